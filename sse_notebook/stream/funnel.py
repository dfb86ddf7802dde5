"""The funnel of a stream: from bytes to toasts, and where the rest was lost.

The law: a stream's numbers are counters of one moment, and nothing else; each stage is the one before it,
less what was lost there. A view asks the rows of one moment besides, and says how far counters are ahead.
"""

from __future__ import annotations

from collections.abc import Mapping

from sse_notebook.metrics import RECEIVED, labels_of
from sse_notebook.store.funnel import Stage, evicted_since, listed

__all__ = ["by_label", "narrowed", "stages"]


def by_label(counted: Mapping[str, int], name: str) -> dict[str, int]:
    """A counter by the values of its label.

    Args:
        counted: a snapshot of counters.
        name: the counter's, without labels.

    Example:
        >>> by_label({'a_total{reason="x"}': 2, "b_total": 1}, "a_total")
        {'x': 2}
    """
    found = {each: number for each, number in counted.items() if each.startswith(f"{name}{{")}
    return {next(iter(labels_of(each).values()), ""): number for each, number in found.items()}


def stages(counted: Mapping[str, int]) -> dict[str, Stage]:
    """What a snapshot of a stream's counters says of each stage."""
    dropped = by_label(counted, "sse_events_dropped_total")
    filtered, again, invalid = (dropped.get(why, 0) for why in ("filtered", "duplicate", "invalid"))
    control = counted.get("sse_events_control_total", 0)
    messages = sum(by_label(counted, RECEIVED).values())
    events = messages - control - invalid
    unique = events - again
    matched = unique - filtered
    shown = by_label(counted, "sse_toasts_total").get("shown", 0)
    suppressed = by_label(counted, "sse_toasts_total").get("suppressed", 0)
    stored = counted.get("sse_events_stored_total", 0)
    return {
        "bytes": Stage(counted.get("sse_bytes_received_total", 0)),
        "lines": Stage(counted.get("sse_lines_received_total", 0)),
        "messages": Stage(messages),
        "events": Stage(
            events,
            control + invalid,
            _said(
                {"control": control, "invalid": invalid},
                invalid=by_label(counted, "sse_events_invalid_total"),
            ),
        ),
        "unique": Stage(unique, again, _said({"duplicate": again})),
        "matched": Stage(
            matched,
            filtered,
            _said({"filtered": filtered}, filtered=by_label(counted, "sse_events_refused_total")),
        ),
        "stored": Stage(stored, matched - stored, evicted_since(by_label(counted, "sse_rows_evicted_total"))),
        "toasted": Stage(
            shown,
            stored - shown,
            _said({"suppressed": suppressed, "not offered yet": stored - shown - suppressed}),
        ),
    }


def narrowed(whole: Mapping[str, Stage], number: int, kept: int, gone: int) -> dict[str, Stage]:
    """The stages of a view.

    Args:
        whole: those of its stream.
        number: the rows that fit it.
        kept: the rows that the stream has, at the same moment.
        gone: those that it had before.
    """
    unique, matched = whole["unique"].n or 0, whole["matched"]
    others = max(0, kept - number)
    # Counters run ahead of rows, which are counted before anybody can see them.
    rest = unique - (matched.lost or 0) - kept - gone
    counts = {"not of this view": others, "not kept any more": gone, "not a row yet": max(0, rest)}
    said = _said({**counts, "added by hand": max(0, -rest)})
    return {
        **whole,
        "matched": Stage(number, max(0, unique - number), ", ".join(filter(None, [matched.why, said]))),
        "stored": Stage(number, 0),
        "toasted": Stage(why="toasts are the whole stream's"),
    }


def _said(counts: Mapping[str, int], **parts: Mapping[str, int]) -> str:
    """Reasons with their numbers; and of what some of them are made up."""
    said = []
    for name, number in counts.items():
        if number:
            inner = listed(parts.get(name, {}))
            said.append(f"{name} {number:,}" + (f" ({inner})" if inner else ""))
    return ", ".join(said)
