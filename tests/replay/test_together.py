"""Reads of a recording that are taken as one, for who wants its rows: as if each had been played alone."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from replay.casts import build, write
from replay.test_player import HOSTILE

import sse_notebook as sse
from sse_notebook.journal import open_cast
from sse_notebook.source import recorded_lines as module
from sse_notebook.stream.replaying import Replay, read

LATER = 1_800_000_000  # Unix time of an event that says its own


def event(t: float, payload: Any, **more: Any) -> list[Any]:
    return [t, "ev", {"event": "message", "data": json.dumps(payload), **more}]


def again(t: float, n: int) -> list[Any]:
    return [t, "dup", build(t, n)[2]]


def opened(t: float, n: int) -> list[list[Any]]:
    """A hole, a new connection, and its greeting: so many come again."""
    resume = {"replayed": n, "complete": n != 1}
    hole = {"start": t - 0.5, "end": t, "reason": "cut", "recovered": None, "last_event_id": "3"}
    return [
        [t, "gap", hole],
        [t, "open", {"connection": 2, "resumed_from": "3", "recovered": None}],
        event(t, {"event_type": "connected", "connection_id": f"c-{n}", "resume": resume}),
    ]


TIMES = st.floats(0, 50).map(lambda t: round(t, 6))
LINES = st.one_of(
    st.sampled_from(HOSTILE).map(lambda line: [line]),
    *(
        st.builds(lambda t, n, make=make: [make(t, n)], TIMES, st.integers(0, 4))
        for make in (
            lambda t, n: build(t, n, project_id=f"p-{n % 2}"),
            lambda t, n: build(t, n, project_id="p-1", timestamp=LATER + n),
            lambda t, n: event(t, {"event_type": "heartbeat"}),
            lambda t, n: event(t, "no object", id=str(n)),
            lambda t, n: [t, "cm", "still here"],
            lambda t, n: [t, "retry", n],
            lambda t, n: [t, "mark", {"text": f"note {n}"}],
            again,
        )
    ),
    st.builds(opened, TIMES, st.integers(0, 4)),
)


def told(of: Replay) -> dict[str, Any]:
    """All that a recording says, but for toasts, and numbers over time."""
    counters = of._parts.counters.snapshot()
    return {
        "rows": of.df.to_csv(),
        "dropped": of.dropped.to_csv(),
        "gaps": of.gaps.to_csv(),
        "timeline": of.timeline.to_csv(),
        "marks": of.marks.to_csv(),
        "connection": of.connection,
        "position": of.position,
        "wrong": of._source.player.wrong,
        "events": of.events,
        "numbers": {name: n for name, n in counters.items() if not name.startswith("sse_toasts")},
    }


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES, max_size=12), st.booleans(), st.booleans(), st.sampled_from([2, 5, 1_000]))
def test_it_gives_what_each_read_alone_gives(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    parts: list[list[list[Any]]],
    ordered: bool,
    filtered: bool,
    most: int,
) -> None:
    """Whatever stands between them, and however many are taken together."""
    lines = [line for part in parts for line in part]
    if ordered:
        lines.sort(key=lambda line: line[0])
    request = {"platform": True, "filters": {"project_id": "p-1"} if filtered else {}}
    cast = open_cast(write(tmp_path / "x.ssecast", lines, request=request))
    with monkeypatch.context() as patched:
        patched.setattr(module, "TOGETHER", most)
        together = told(read(cast, together=True))
    assert told(read(cast)) == together


def test_hundreds_are_one_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of events that came one by one a recording's rows are made many at a time."""
    taken = []
    take = sse.EventStore.take

    def taking(store: sse.EventStore, rows: Any, *first: Any) -> Any:
        taken.append(len(rows))
        return take(store, rows, *first)

    monkeypatch.setattr(sse.EventStore, "take", taking)
    lines = [build(n, n) for n in range(600)]
    assert (600, [500, 100]) == (len(sse.load(write(tmp_path / "x.ssecast", lines)).df), taken)


def test_a_large_one_harms_no_other(tmp_path: Path) -> None:
    """One that a decoder may not take is played alone, as are those that are taken with it."""
    lines = [build(n, n, text="x" * (2**20 if n == 7 else 1)) for n in range(10)]
    cast = open_cast(write(tmp_path / "x.ssecast", lines))
    assert told(read(cast)) == told(read(cast, together=True))


def test_toasts_and_numbers_are_those_of_each_moment(tmp_path: Path) -> None:
    """`why`, `funnel` and `metrics` of a recording say what its replay says, whatever was read before."""
    path = write(tmp_path / "x.ssecast", [build(n, n % 3, project_id=f"p-{n % 2}") for n in range(40)])
    recording, stream = sse.load(path), sse.replay(path, math.inf)
    assert recording.df.equals(stream.df)
    for key in (3, "b-1"):
        assert stream.why(key).equals(recording.why(key))
        asked = recording.where(project_id="p-1")
        assert stream.where(project_id="p-1").why(key).equals(asked.why(key))
    assert stream.funnel().equals(recording.funnel())
    assert stream.metrics.df.equals(recording.metrics.df)
    assert stream.where(project_id="p-1").funnel().equals(asked.funnel())
    stream.close()
