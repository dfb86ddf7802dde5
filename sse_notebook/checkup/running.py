"""A stream that is there: what became of what came, in plain words.

The law: only what the stream itself tells is said; nothing in it is changed, and nobody is asked.
"""

from __future__ import annotations

from typing import Any, Final

from sse_notebook.checkup.findings import Findings
from sse_notebook.checkup.paths import look_at_paths
from sse_notebook.checkup.report import Outcome
from sse_notebook.checkup.words import ago, few, span
from sse_notebook.clock import Clock
from sse_notebook.errors import BadStatus
from sse_notebook.markup import plain
from sse_notebook.source import ConnectionStatus
from sse_notebook.stream import EventStream
from sse_notebook.stream.funnel import by_label
from sse_notebook.words import counted

__all__ = ["NOT_THERE", "look_at_stream"]

#: States in which the way to the server may tell more.
NOT_THERE: Final = ("connecting", "stale", "retrying", "exhausted", "unauthorized")

MINUTE: Final = 60.0
FAST: Final = 1_000.0  # events a second, above which narrowing is worth a thought
LONGEST: Final = 80  # characters of a name that is shown

_STATES: Final[dict[str, tuple[Outcome, str]]] = {
    "unauthenticated": ("failed", "`stream.login(token)` connects it"),
    "connecting": ("unknown", "wait a moment: `stream.wait_open()`"),
    "open": ("ok", ""),
    "stale": ("warning", "it is made anew by itself if that goes on; `stream.reconnect()` does so now"),
    "retrying": ("failed", "it is tried again by itself; the way below may tell why it fails"),
    "exhausted": ("failed", "`stream.reconnect()` tries again, once what is wrong is mended"),
    "unauthorized": ("failed", "`stream.login(token)` with another token"),
    "disconnected": ("warning", "`stream.reconnect()`, or the button *Resume*"),
    "closed": ("failed", "it is over; connect again for a new one. What was kept stays readable"),
}
_AS_RECORDED: Final = "so it was when it was recorded: nothing is connected to"
_GO_ON: Final = "`resume()` lets it go on, `seek(0)` leads to its beginning"
_FILES: Final = ("recording", "files", "journal", "archive")


def look_at_stream(found: Findings, stream: EventStream, clock: Clock) -> None:
    """Look at all of it."""
    _state(found, stream.connection, clock, playing=getattr(stream, "playing", None))
    _gaps(found, stream)
    _refused(found, stream)
    look_at_paths(found, stream)
    _rows(found, stream)
    _rate(found, stream)
    _toasts(found, stream)
    _mutes(found, stream)
    _handlers(found, stream)
    _files(found, stream)


def _state(found: Findings, status: ConnectionStatus, clock: Clock, *, playing: bool | None) -> None:
    outcome, advice = _STATES[status.state]
    seen: str = status.state
    if status.since is not None:
        seen += f" since {span(clock.time() - status.since.timestamp())}"
    if status.cause:
        seen += f": {status.cause}"
    if status.attempt:
        seen += f"; {counted(status.attempt, 'attempt')} to reconnect"
    if status.last_byte_at is not None:
        seen += f"; the last byte came {ago(clock.time() - status.last_byte_at.timestamp())}"
    else:
        seen += "; not one byte came yet"
    if isinstance(status.error, BadStatus) and status.error.status == 401:
        advice = "the token has ended, or is wrong: `stream.login(token)` with a new one"
    if playing is not None and status.state != "closed":  # a recording that is played
        outcome, advice = ("ok", "") if status.state == "open" else ("warning", _AS_RECORDED)
        if not playing:
            outcome, advice = "warning", _GO_ON
            seen += "" if status.state == "disconnected" else "; it is paused there"
    found.put("state", outcome, seen, advice)


def _gaps(found: Findings, stream: EventStream) -> None:
    gaps = stream.gaps
    if not len(gaps):
        found.ok("gaps", "none: it was never interrupted")
        return
    lost = int((~gaps["recovered"].fillna(value=True)).sum())
    lasts = int(gaps["end"].isna().sum())
    unsaid = int((gaps["recovered"].isna() & gaps["end"].notna()).sum())
    last = plain(str(gaps["reason"].iloc[-1]), LONGEST)
    seen = f"{counted(len(gaps), 'interruption')}, the last one: {last}{', and it lasts' if lasts else ''}"
    if lost:
        found.warning(
            "gaps",
            f"{seen}; {lost:,} of them were not refilled",
            "what happened then is not here (`stream.gaps`, the column `after_gap`): the server gives no "
            "ids, or does not keep enough",
        )
    elif unsaid:
        found.unknown("gaps", f"{seen}; after {unsaid:,} of them the server did not say whether it sent all")
    elif lasts:
        found.unknown("gaps", f"{seen}: what is missed meanwhile is known when it is open again")
    else:
        found.ok("gaps", f"{seen}; all were refilled")


def _refused(found: Findings, stream: EventStream) -> None:
    """What came and became no row."""
    counted_ = stream.metrics.snapshot()
    by_reason = by_label(counted_, "sse_events_dropped_total")
    stored = counted_.get("sse_events_stored_total", 0)
    filtered = by_reason.get("filtered", 0)
    said = ", ".join(f"{number:,} {reason}" for reason, number in sorted(by_reason.items()) if number)
    clauses = by_label(counted_, "sse_events_refused_total")
    top = max(clauses, key=lambda each: clauses[each], default="")
    if not said:
        found.ok("refused", f"none; {counted(stored, 'event')} became rows")
    elif filtered and not stored:
        found.failed(
            "refused",
            f"none of the events that came is here: {said}; most by {plain(top, LONGEST)}",
            "look at the spelling of what it was connected with; `stream.explain(stream.filter)` tells "
            "which clause refuses what",
        )
    elif by_reason.get("invalid"):
        why = by_label(counted_, "sse_events_invalid_total")
        found.warning(
            "refused",
            f"{said} ({', '.join(f'{number:,} {name}' for name, number in why.items())}); {stored:,} became "
            "rows",
            "`stream.dropped` has them: discarded by the vocabulary, or too large",
        )
    else:
        found.ok("refused", f"{said}; {stored:,} became rows (`stream.dropped` has the others)")


def _rows(found: Findings, stream: EventStream) -> None:
    """How much is kept, and what had to go."""
    snapshot = stream.metrics.snapshot()
    evicted = by_label(snapshot, "sse_rows_evicted_total")
    ever, kept = stream.store.count, len(stream)
    newest = f"; `events` has the newest {stream.max_events:,}" if ever > stream.max_events else ""
    seen = f"{kept:,} of {ever:,} rows are kept{newest}"
    if evicted:
        said = ", ".join(f"{number:,} because of {bound}" for bound, number in evicted.items())
        bound = max(evicted, key=lambda each: evicted[each])
        found.warning(
            "rows",
            f"{seen}; {said}",
            f"what is older is gone from `df`: raise `{bound}` (connect again with it), ask for less, or "
            "`stream.record(path)`, which keeps all",
        )
    else:
        found.ok("rows", seen)


def _rate(found: Findings, stream: EventStream) -> None:
    """How fast they come, and how far back what is kept reaches at that."""
    numbers = stream.metrics.df
    name = "sse_events_stored_total"
    if not numbers[name].iloc[-1] or len(numbers) < 2:
        found.ok("rate", "too little came to tell")
        return
    ages = (numbers.index[-1] - numbers.index).total_seconds()
    first = min(next(place for place, age in enumerate(ages) if age <= MINUTE), len(ages) - 2)
    length = max(float(ages[first]), 0.001)
    rate = int(numbers[name].iloc[-1] - numbers[name].iloc[first]) / length
    seen = f"{rate:,.{0 if rate >= 10 else 2}f} events/s over the last {span(length)}"
    if rate > 0:
        seen += f"; {stream.max_rows:,} rows (max_rows) reach {span(stream.max_rows / rate)} back"
    if rate >= FAST:
        found.warning(
            "rate",
            seen,
            "ask the server for less (`project_id=` …), narrow what is shown (`stream.where(…)`), and read "
            "`df` once per cell",
        )
    else:
        found.ok("rate", seen)


def _toasts(found: Findings, stream: EventStream) -> None:
    board = stream.toast_board
    muted = int(stream.silences["suppressed"].sum())
    others = max(0, board.suppressed - muted)
    seen = f"{counted(board.shown, 'event')} in toasts, {board.suppressed:,} in none"
    if board.more:
        seen += f"; {counted(board.more, 'toast')} made room for others"
    if not stream.on_screen:
        found.warning(
            "toasts",
            f"{seen}; nothing shows the stream, so nobody sees a toast",
            "put `stream` alone in the last line of a cell; `%pip install anywidget` if only text appears",
        )
    elif others:
        found.warning(
            "toasts",
            f"{seen}; {others:,} of them are below warning, and of a type that no template knows, or were "
            "muted",
            "`stream.toast_template(type, …)` gives a type its words; `stream.why(seq)` tells of a single "
            "event",
        )
    else:
        found.ok("toasts", seen)


def _mutes(found: Findings, stream: EventStream) -> None:
    silences = stream.silences  # mutes are some of them
    if not len(silences):
        found.ok("mutes", "nothing is muted, or silenced")
        return
    what = [plain(said, LONGEST) for said in silences["filter"]]
    suppressed = int(silences["suppressed"].sum())
    found.warning(
        "mutes",
        f"muted: {few(what)}; {counted(suppressed, 'event')} kept from the screen",
        "each ends by itself (`stream.silences` says when); `stream.unmute()` ends mutes, `lift()` of its "
        "handle a silence",
    )


def _handlers(found: Findings, stream: EventStream) -> None:
    """Errors of the user's own code."""
    snapshot = stream.metrics.snapshot()
    errors = by_label(snapshot, "sse_user_errors_total")
    overruns = snapshot.get("sse_handler_overruns_total", 0)
    said = [f"{plain(where, LONGEST)} {number:,}" for where, number in errors.items()]
    if overruns:
        said.append(f"{counted(overruns, 'event')} came too fast for handlers")
    if said:
        found.warning(
            "handlers",
            f"errors in your own code: {few(said)}" if errors else said[0],
            "`stream.log` has their words; the events themselves are kept",
        )
    else:
        found.ok("handlers", "no error in your own code")


def _files(found: Findings, stream: EventStream) -> None:
    recordings: list[Any] = stream.recordings
    wrong = [
        f"{each.path.name}: {each.error or f'{each.lost:,} events lost'}"
        for each in recordings
        if each.error or each.lost
    ]
    log = stream.log
    told = log[log["where"].isin(_FILES) & log["level"].isin(("WARNING", "ERROR"))]["text"].to_list()
    if wrong or told:
        found.warning(
            "files",
            few([plain(each, 200) for each in [*wrong, *told[-3:]]], 4),
            "is the disk full, or the folder read-only? `stream.save(path)` writes what is kept to another "
            "place",
        )
    elif recordings:
        found.ok("files", f"{counted(len(recordings), 'recording')}, all well")
    else:
        found.ok("files", "nothing is recorded")
