"""The numbers of a stream as a page is told them: all of them, or what is new since they were told last.

The law: what is told at one moment fits together, and is bounded, however much came, however long it goes on.
What is told twice does no harm: a page takes each part for what it is now. What a second brought is counted
as it comes in, whether its rows are kept or not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.metrics import RECEIVED, Metrics, labels_of
from sse_notebook.pulse import LEVELS, Series
from sse_notebook.store.readable import Readable
from sse_notebook.widget.face import Measured
from sse_notebook.widget.heat import Heat, lag
from sse_notebook.widget.shares import Shares
from sse_notebook.widget.texts import cut

__all__ = ["KEYED", "Measuring"]

STATES: Final = 120  # that are told, the newest
GAPS: Final = 60
CAUSE: Final = 100  # characters
AGAIN: Final = 5  # seconds that are told again each time: a page may have missed a message
SPAN: Final = max(width * number for width, number in LEVELS)

_SERIES: Final = ("seconds", "quarters")  # as LEVELS
#: Parts that are lists of items, and by how many of its first values each of these is known.
KEYED: Final[Mapping[str, int]] = {"seconds": 1, "quarters": 1, "states": 2, "gaps": 1}

_DROPPED: Final = "sse_events_dropped_total"
_TOASTS: Final = "sse_toasts_total"
_TOTALS: Final[Mapping[str, str]] = {
    "bytes": "sse_bytes_received_total",
    "received": RECEIVED,
    "stored": "sse_events_stored_total",
    "control": "sse_events_control_total",
    **{why: f'{_DROPPED}{{reason="{why}"}}' for why in ("filtered", "duplicate", "invalid")},
    **{outcome: f'{_TOASTS}{{outcome="{outcome}"}}' for outcome in ("shown", "suppressed")},
    "evicted": "sse_rows_evicted_total",
    "gaps": "sse_gaps_total",
}


class Measuring:
    """Measures a stream, or some of its rows.

    Args:
        of: whose rows are counted: the stream, or a view of it.
        whole: the stream.
        clock: what the time is.
    """

    def __init__(self, of: Readable, whole: Measured, clock: Clock) -> None:
        self._of = of
        self._whole = whole
        self._narrowed = of is not whole  # type: ignore[comparison-overlap]  # a stream is both
        self._clock = clock
        self._told: dict[str, Any] = {}
        self._begin(whole.metrics)

    def _begin(self, metrics: Metrics) -> None:
        self._metrics, self._asked = metrics, self._filter()
        self._heat = Heat()
        self._shares = Shares(self._of._outgoing.text)  # noqa: SLF001 - what reads alike
        self._began: float | None = None

    def _filter(self) -> str:
        """What a view asks for; it may be set to something else."""
        return str(getattr(self._of, "filter", "")) if self._narrowed else ""

    def _changed(self) -> bool:
        """Whether nothing is as it was: a replay was sent back, a view asks for something else."""
        return self._whole.metrics is not self._metrics or self._filter() != self._asked

    def all(self) -> dict[str, Any]:
        """All numbers.

        Returns:
            `now` (milliseconds since 1970, as all times but those of `seconds` and `quarters`), `tempo` (of
            the clock), `virtual` (that is not the system's), `name`, `view` (whether these are the rows of a
            view), `began` (since when there are numbers; None: there are none yet), `status`, `totals`,
            `reconnects` (by reason), `kept` (of all rows, and how many at most), `rows`, `severities`,
            `types`, `others` (as `Shared`), `lag` (newest, half, rows; None: not known), `states` (start,
            state, end, cause), `gaps` (start, end, reason, recovered), and for each level of `pulse.LEVELS`
            the buckets that have anything: second, events, bytes, warnings, errors.
        """
        told = self._look()
        self._told = {name: _by_key(name, part) if name in KEYED else part for name, part in told.items()}
        return told

    def news(self) -> dict[str, Any]:
        """What differs from what was told last, and the moment; of a part with items, those that differ.

        Where nothing is as it was it is all of it, `anew`.
        """
        if self._changed():
            return {"anew": True, **self.all()}
        told = self._look()
        fresh: dict[str, Any] = {"now": told["now"], "tempo": told["tempo"]}
        for name, part in told.items():
            before = self._told.get(name)
            if name in KEYED:
                items, recent = _by_key(name, part), int(told["now"] // 1000) - AGAIN
                known = before or {}
                new = [
                    item
                    for key, item in items.items()
                    if known.get(key) != item or (name == "seconds" and key[0] >= recent)
                ]
                self._told[name] = items
                if new:
                    fresh[name] = new
            elif part != before:
                self._told[name] = fresh[name] = part
        return fresh

    def _look(self) -> dict[str, Any]:
        whole, now = self._whole, self._clock.time()
        if self._changed():
            self._begin(whole.metrics)
        connection, metrics, narrowed = whole.connection, self._metrics, self._narrowed
        snapshot = self._of._snapshot()  # noqa: SLF001 - what reads alike
        counted, series = metrics.pulse.read(metrics.snapshot)
        self._heat.look(snapshot, now)
        shared = self._shares.look(snapshot)
        late = lag(snapshot)
        version = snapshot.version
        return {
            "now": now * 1000,
            "tempo": tempo if math.isfinite(tempo := self._clock.tempo) else 0.0,
            "virtual": self._clock is not SYSTEM,
            "name": cut(str(getattr(self._of, "name", whole.name)), 200),
            "view": narrowed,
            "began": self._since(),
            "status": {
                "state": connection.state,
                "since": _ms(connection.since),
                "attempt": connection.attempt,
                "attempts": whole.attempts,
                "next_retry_at": _ms(connection.next_retry_at),
                "last_event_at": _ms(connection.last_event_at),
                "last_byte_at": _ms(connection.last_byte_at),
                "cause": cut(connection.cause, 2 * CAUSE),
            },
            "totals": {name: _total(counted, counter) for name, counter in _TOTALS.items()},
            "reconnects": _labelled(counted, "sse_reconnects_total"),
            "kept": [version.stop - version.start, whole.max_rows],
            **shared._asdict(),
            "lag": None if late is None else [round(late.newest, 3), round(late.half, 3), late.rows],
            "states": list(self._states(now)),
            "gaps": list(self._gaps(now)),
            **{
                name: _joined(came, self._heat.buckets.series(level), narrowed, LEVELS[level].number)
                for level, (name, came) in enumerate(zip(_SERIES, series, strict=True))
            },
        }

    def _since(self) -> float | None:
        """Since when there is anything to count: the first connection that was open, as far as is known."""
        if self._began is None:
            opened = [status for status, _ in self._whole.changes(1_000) if status.state in ("open", "stale")]
            self._began = _ms(opened[0].since) if opened else None
        return self._began

    def _states(self, now: float) -> Iterable[list[Any]]:
        for status, end in self._whole.changes(STATES):
            if end is None or end.timestamp() >= now - SPAN:
                yield [_ms(status.since), status.state, _ms(end), cut(status.cause, CAUSE)]

    def _gaps(self, now: float) -> Iterable[list[Any]]:
        gaps = list(self._of._gaps_now())[-GAPS:]  # noqa: SLF001 - what reads alike
        for gap in gaps:
            if gap.end is None or gap.end >= now - SPAN:
                end = None if gap.end is None else gap.end * 1000
                yield [gap.start * 1000, end, cut(gap.reason, CAUSE), gap.recovered]


def _joined(came: Series, rows: Series, narrowed: bool, number: int) -> list[list[int]]:
    """The newest buckets, in the order of time."""
    found = []
    for at in sorted({*rows, *came}):
        (events, size, *bad), (seen, *seen_bad) = came.get(at, (0, 0, 0, 0)), rows.get(at, (0, 0, 0))
        # Of a stream the counters know also those that are not kept any more; rows added by hand they do not.
        events = seen if narrowed else max(events, seen)
        warnings, errors = seen_bad if narrowed else map(max, bad, seen_bad)
        if events or size:
            found.append([at, events, size, warnings, errors])
    return found[-number:]


def _by_key(name: str, items: list[list[Any]]) -> dict[tuple[Any, ...], list[Any]]:
    return {tuple(item[: KEYED[name]]): item for item in items}


def _total(counted: Mapping[str, int], name: str) -> int:
    if name in counted or "{" in name:
        return counted.get(name, 0)
    return sum(number for each, number in counted.items() if each.startswith(f"{name}{{"))


def _labelled(counted: Mapping[str, int], name: str) -> list[list[Any]]:
    """A counter by its label, most frequent first."""
    found = [
        [next(iter(labels_of(each).values()), ""), n]
        for each, n in counted.items()
        if each.startswith(f"{name}{{")
    ]
    return sorted(found, key=lambda pair: -pair[1])


def _ms(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp() * 1000
