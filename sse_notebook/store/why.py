"""How far an event got, and why no further: told in words, for one event or all of one resource.

The law: what is said of an event is read from the event itself, from what was dropped, or from counters; what
is not known is said to be unknown. Whoever asks for what never came is told that, and what else it may be.
"""

from __future__ import annotations

import difflib
import json
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from sse_notebook.errors import ArgumentError, FilterError
from sse_notebook.events import Event
from sse_notebook.filters import Filter, where
from sse_notebook.filters.names import PREFIX
from sse_notebook.filters.tree import Field, Value, clauses
from sse_notebook.source.continuity import Gap
from sse_notebook.store.merged import in_order
from sse_notebook.store.schema import STR, table
from sse_notebook.store.told import Told

if TYPE_CHECKING:
    import pandas as pd

    from sse_notebook.store.readable import Readable

__all__ = ["LOOKED_AT", "Found", "Known", "Standing", "asked_for", "found_in", "wanted", "why"]

MOST: Final = 50  # events that are told of: the newest
LOOKED_AT: Final = 10_000  # ids among which near ones are looked for
GAPS: Final = 3  # that are named
LONGEST_ID: Final = 16_000  # characters that an id can have, to be asked for
LONGEST: Final = 80  # characters of a value that is shown

_ALL: Final = ("workload_id", "project_id", "cluster_id")
_INSIDE: Final = ("id", "build_id", "name")  # fields of a payload that may be what somebody means
_HOW: Final = {
    "live": "as it happened",
    "resumed": "sent by the server after a reconnection",
    "replayed": "replayed",
    "added": "added by hand",
}

Row = tuple[int, str, str, str]


Standing = Callable[["pd.DataFrame"], tuple[str, str]]
"""Of a row, as a frame: whether it is in the view that is asked, and why."""


class Found(NamedTuple):
    """What is meant, of what there is.

    Attributes:
        asked: a `seq`, or an id.
        kept: rows that are meant, as a frame.
        lost: what is meant of what was dropped.
        dropped: all that was dropped and can still be read, each with its place among the rows.
        newest: gives the newest rows, whatever is asked for.
    """

    asked: int | str
    kept: pd.DataFrame
    lost: pd.DataFrame
    dropped: pd.DataFrame
    newest: Callable[[], pd.DataFrame]


class Known(NamedTuple):
    """What else is known, to be told.

    Attributes:
        rows: the `seq` that the next row will have.
        filter: what is checked here.
        gaps: holes between connections, oldest first.
        became: of a row, by its `seq`, and its type, severity and status: what became of it among the toasts;
            None: there are none.
        state: what the connection is doing, in words.
        view: whether a row is in the view that is asked; None: no view is.
        hide: masks secrets in what is said: a notebook keeps it, and people share that.
    """

    rows: int
    filter: Filter
    gaps: Sequence[Gap] = ()
    became: Callable[[int, Any], tuple[str, str]] | None = None
    state: str = ""
    view: Standing | None = None
    hide: Callable[[str], str] = str


def asked_for(key: Any, verb: str = "why", also: str = "") -> int | str:
    """What is asked for: a `seq`, or an id; by which verb, and what else that takes, for the error.

    Raises:
        ArgumentError: neither.
    """
    if isinstance(key, Event):
        key = key.seq if key.seq >= 0 else key.id
    elif hasattr(key, "iloc"):
        if not isinstance(row := getattr(key, "name", None), int | np.integer):
            also += ", or one row of a frame, as df.iloc[-1]"
        else:  # a row of `df` or `dropped`
            key = int(row) if row >= 0 else key.get("id")
    if isinstance(key, str) and 0 < len(key) <= LONGEST_ID:
        return key
    try:
        if not isinstance(key, bool) and abs(number := operator.index(key)) < 2**63:  # numpy's numbers too
            return number
    except TypeError:
        pass
    raise ArgumentError(
        f"{verb} takes a seq (a number), the id of an event or of a resource{also}, not {key!r:.80}"
    )


def wanted(key: str, *, wide: bool = False) -> Filter:
    """Which events have this id, or are about the resource that has; or, `wide`, belong to it."""
    names = _ALL if wide else ("id", "resource_id")
    first, *others = (where(**{name: key}) for name in names)
    for other in others:
        first |= other
    return first


def found_in(rows: Readable, key: Any, dropped: Callable[[], pd.DataFrame]) -> Found:
    """What is meant by a key.

    Args:
        rows: what is kept.
        key: a `seq`, an event, or an id.
        dropped: gives what was dropped; later than the rows: what is evicted in between is in both.

    Raises:
        ArgumentError: it is none of them.
    """
    asked = asked_for(key)
    if isinstance(asked, int):
        snapshot = rows._snapshot()  # noqa: SLF001 - what reads alike
        place = asked - int(snapshot.seqs[0]) if snapshot.size else -1
        own = snapshot.first(place + 1).last(1) if 0 <= place < snapshot.size else snapshot.first(0)
        kept, gone = own.frame([]), dropped()
        lost = gone[(gone.index == asked) & (asked >= 0)]
    else:
        for wide in (False, True):
            meant = wanted(asked, wide=wide)
            kept, gone = rows.where(meant).to_pandas(expand=[]), dropped()
            lost = gone[meant.mask(gone)]
            if len(kept) or len(lost):
                break
    return Found(asked, kept, lost, gone, lambda: rows.tail(LOOKED_AT))


def why(found: Found, known: Known) -> pd.DataFrame:
    """What became of what is asked for: `seq`, `stage`, `outcome`, `reason`, a row for each stage."""
    kept, lost = found.kept, found.lost
    if len(lost) and len(kept):
        lost = lost[~((lost["reason"] == "evicted") & (lost.index >= kept.index[0]))]
    events = _records(in_order(kept, lost))
    if not events:
        return _table(_nothing(found, known), known.hide)
    rows = [row for each in events[-MOST:] for row in _told(each, found, known)]
    if (more := len(events) - MOST) > 0:
        rows.append((-1, "received", "more", f"{more:,} older events at least; where(…) finds those kept"))
    return _table(rows, known.hide)


def _table(rows: Sequence[Row], hide: Callable[[str], str]) -> pd.DataFrame:
    said = [(seq, stage, outcome, hide(reason)) for seq, stage, outcome, reason in rows]
    return Told(table(said, seq="int64", stage=STR, outcome=STR, reason=STR))


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dictionaries, with None where there is nothing; the newest."""
    frame = frame.tail(MOST + 1) if len(frame) > 10 * MOST else frame
    plain = frame.astype(object).where(frame.notna(), None)
    rows: list[dict[Any, Any]] = plain.to_dict("records")
    return [{"seq": seq, **row} for seq, row in zip(frame.index, rows, strict=True)]


# -- what is known of an event -------------------------------------------------------------------------------


def _told(event: Mapping[str, Any], found: Found, known: Known) -> Iterator[Row]:
    """The stages of one event."""
    seq, reason, clause = int(event["seq"]), event.get("reason"), event.get("clause")

    def row(stage: str, outcome: str, said: str) -> Row:
        return seq, stage, outcome, said

    yield row("received", "yes", _received(event, known))
    if reason in ("invalid", "oversized"):
        yield row("read", reason, f"it became no event: {clause}")
        return
    called = "" if event["event_type"] == event["type"] else f", on the wire {_shown(event['event_type'])}"
    yield row("read", "yes", f"{_shown(event['type'])}{called}")
    if reason == "duplicate":
        yield row("unique", "duplicate", _first_of(event, found))
        return
    yield row("unique", "yes", "it came for the first time, as far as that is remembered")
    if reason == "filtered":
        yield row("matched", "filtered", refused_by(str(clause), event))
        return
    own = str(known.filter)
    yield row(
        "matched", "yes", f"it fits {_shown(own, quoted=False)}" if own != "True" else "there is no filter"
    )
    yield row("stored", "yes", f"row {seq}")
    if reason == "evicted":
        yield row("evicted", "yes", f"by {clause}, to make room for newer ones")
    elif known.view is not None:
        yield row("in view", *known.view(found.kept.loc[[seq]]))
    if known.became is None:
        return
    if event["origin"] == "added":
        yield row("toasted", "no", "it was added by hand: no toast was asked for it")
    else:
        yield row("toasted", *known.became(seq, (event["type"], event["severity"], event["status"])))


def _received(event: Mapping[str, Any], known: Known) -> str:
    said = f"at {_time(event['received_at'])}, {_HOW.get(event['origin'], event['origin'])}"
    if event["id"]:
        said += f", id {_shown(event['id'])}"
    if event["after_gap"]:
        at = event["received_at"].timestamp()
        gap = next((gap for gap in reversed(known.gaps) if gap.end is not None and gap.end <= at), None)
        said += "; the first after a gap that was not refilled"
        said += f": {_hole(gap)}" if gap is not None else ""
    return said


def _first_of(event: Mapping[str, Any], found: Found) -> str:
    """Which event another one repeats."""
    for frame in (found.kept, found.dropped[found.dropped["reason"] == "evicted"]):
        same = frame[(frame["id"] == event["id"]) & (frame["data"] == event["data"])]
        if len(same):
            return f"the server sent it again: it is seq {same.index[-1]}, by id and content"
    return "the server sent it again: by id and content it came before; that row is not kept"


def refused_by(clause: str, event: Mapping[str, Any]) -> str:
    """That a clause refused an event, and what it saw.

    Example:
        >>> refused_by('project_id == "p-1"', {"project_id": "p-2"})
        'project_id == "p-1" refused it: project_id is "p-2"'
    """
    said = f"{_shown(clause, quoted=False)} refused it"
    try:
        parts = list(clauses(where(clause).tree))
    except FilterError:  # the clauses of others, as "other"
        return said
    names = {left.name for part in parts if isinstance(left := getattr(part, "left", None), Field)}
    seen = [
        f"{name} is {_shown(event[name])}" if event[name] is not None else f"it has no {name}"
        for name in sorted(names)
        if name in event
    ]
    return f"{said}: {', '.join(seen)}" if seen else said


# -- what never came -----------------------------------------------------------------------------------------


def _nothing(found: Found, known: Known) -> list[Row]:
    """One row about what is not there, and what it may be."""
    key = found.asked
    if isinstance(key, int):
        if 0 <= key < known.rows:
            return [(key, "stored", "gone", _gone(found))]
        newest = f"the newest is seq {known.rows - 1}" if known.rows else "there are no rows yet"
        return [(key, "stored", "unknown", f"no row has this number: {newest}; for an id, ask with a text")]
    said = [f"nothing with the id {_shown(key)}, or about a resource of that id, arrived or is still known"]
    if inside := _inside(key, found):
        said.append(inside)
    elif other := _no_id(key, found):
        said.append(other)
    if near := difflib.get_close_matches(key[:LONGEST], _ids(found), n=3):
        said.append(f"did you mean {' or '.join(map(_shown, near))}?")
    holes = [gap for gap in known.gaps if gap.recovered is not True]
    said += map(_unfilled, holes[-GAPS:])
    if len(holes) > GAPS:
        said.append(f"and {len(holes) - GAPS:,} earlier gaps, see `gaps`")
    if known.state:
        said.append(known.state)
    if (own := str(known.filter)) != "True":
        said.append(
            f"the server was asked for {_shown(own, quoted=False)}; audit() tells if it holds back more"
        )
    return [(-1, "received", "gap" if holes else "unknown", "; ".join(said))]


def _inside(key: str, found: Found) -> str:
    """That events have it in their payload, as an id of another thing."""
    frame = found.newest()
    own = frame[frame["data"].str.contains(json.dumps(key), regex=False, na=False)].tail(LOOKED_AT)
    for name in _INSIDE:
        having = own[where(f"{PREFIX}{name} == {Value(key)}").mask(own)]
        if number := len(having):
            seqs = ", ".join(map(str, having.index[-3:]))
            have = "1 event has" if number == 1 else f"{number:,} events have"
            more = "…, " if number > 3 else ""
            return f"{have} {PREFIX}{name} {_shown(key)}, ask with their seq: {more}{seqs}"
    return ""


def _no_id(key: str, found: Found) -> str:
    """That it is the name of a type, or an expression: those are other questions."""
    if where(type=key).mask(found.newest()).any():
        return f"there are events of that type: where(type={_shown(key)}) has them, explain(…) tells why not"
    try:
        where(key)
    except FilterError:
        return ""
    return "an expression is asked by explain(…)"


def _gone(found: Found) -> str:
    said = ["it was stored, and was evicted or cleared since; it is no longer in `dropped`"]
    evicted = found.dropped.index[found.dropped["reason"] == "evicted"]
    if len(evicted):
        said.append(f"the oldest there is seq {evicted.min()}")
    return "; ".join([*said, "max_rows and max_dropped say how much is kept"])


def _ids(found: Found) -> list[str]:
    """Ids that did come, the newest ones, each once."""
    frames = [found.newest(), found.dropped]
    names = ("id", "resource_id", *_ALL)
    seen = [frame[name].dropna().tail(LOOKED_AT).unique() for frame in frames for name in names]
    return list(dict.fromkeys(each for values in seen for each in values))[:LOOKED_AT]


def _unfilled(gap: Gap) -> str:
    known = (
        "that was not refilled" if gap.recovered is False else "of which it is not known that it was refilled"
    )
    return f"{_hole(gap)}: a gap {known}"


def _hole(gap: Gap) -> str:
    start = _time(datetime.fromtimestamp(gap.start, UTC))
    end = "now" if gap.end is None else _time(datetime.fromtimestamp(gap.end, UTC))
    return f"the connection was down from {start} to {end} ({gap.reason})"


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03} UTC"


def _shown(value: Any, *, quoted: bool = True) -> str:
    """A value in a sentence, on one line and not too long."""
    text = str(value)
    text = text if len(text) <= LONGEST or not quoted else f"{text[: LONGEST - 1]}…"
    plain = "".join(c if c.isprintable() else "\ufffd" for c in text)
    return f'"{plain}"' if quoted and isinstance(value, str) else plain
