"""`Player`: whatever stands in a recording, what is sound of it is played."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from replay.casts import build, ten, write

import sse_notebook as sse

INF = math.inf

HOSTILE: list[list[Any]] = [
    [1, "open", None],
    [1, "open", {"connection": "two", "resumed_from": 7, "recovered": "yes"}],
    [1, "state", {}],
    [1, "state", {"state": "on fire"}],
    [1, "state", {"state": ["open"]}],
    [1, "state", {"state": "open", "since": 1e300, "attempt": None, "lost": ["x", 1]}],
    [1, "state", {"state": "retrying", "retry_at": "soon"}],
    [1, "state", {"state": "retrying", "bytes": "many", "lines": -1, "lost": [0.5, None]}],
    [1, "gap", {}],
    [1, "gap", {"start": "x"}],
    [1, "gap", {"start": 1, "end": [], "recovered": 7, "last_event_id": {}}],
    [1, "gap", []],
    [1, "fill", {"recovered": "maybe"}],
    [1, "fill", 3],
    [1, "seq", "x"],
    [1, "seq", -5],
    [1, "seq", 10**30],
    [1, "cm", {"a": 1}],
    [1, "cm", "a\ndata: forged\n\n"],
    [1, "retry", "soon"],
    [1, "retry", -5],
    [1, "retry", 10**40],
    [1, "bad", None],
    [1, "bad", {"event": 7, "id": [1]}],
    [1, "mark", None],
    [1, "mark", "<script>"],
    [1, "lost", "all"],
    [1, "ev", {"event": "x\nid: forged", "data": "d"}],
    [1, "ev", {"event": "../../x", "data": "a\rb", "id": "1\r\n2"}],
    [1, "ev", {"event": "\u0000", "data": "\u0000", "id": "\u0000"}],
    [1, "ev", {"event": "", "data": ""}],
    [1, "dup", {"event": "x", "data": "again", "id": "3"}],
    [1, "what is this", [[[]]]],
    [0.5, "ev", {"event": "x", "data": "from the past"}],
    [1, "end", {"n": "x"}],
]


@pytest.mark.parametrize("line", HOSTILE[:-1], ids=lambda line: json.dumps(line)[:40])
def test_an_odd_line_harms_no_other(tmp_path: Path, line: list[Any]) -> None:
    """Before it and behind it all is played."""
    path = write(tmp_path / "x.ssecast", [build(0, 0), line, build(2, 2), build(3, 3)])
    stream = sse.replay(path, INF)
    assert {"0", "2", "3"} <= set(stream.df["id"].dropna())
    assert stream.ended
    assert stream.df["received_at"].iloc[-1].isoformat().startswith("2026-11-24T10:00:03")
    assert "forged" not in set(stream.df["data"]) | set(stream.df["id"].dropna())
    for table in (stream.gaps, stream.timeline, stream.dropped, stream.metrics.df, stream.log):
        assert len(table) >= 0


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.sampled_from(HOSTILE),
            st.builds(
                lambda t, n: build(t, n), st.floats(-5, 50).map(lambda t: round(t, 6)), st.integers(0, 9)
            ),
        ),
        max_size=14,
    ),
    st.lists(st.floats(0, 60), max_size=4),
)
def test_any_mixture_plays_and_two_replays_of_it_are_equal(
    tmp_path: Path, lines: list[list[Any]], moments: list[float]
) -> None:
    """Whatever stands in it: it is played to the end, and a replay that was sent to and fro is the same."""
    path = write(tmp_path / "x.ssecast", lines)
    one = sse.replay(path, INF)
    other = sse.replay(path, paused=True)
    for moment in moments:
        other.seek(moment)
    other.run_until()
    assert one.df.equals(other.df)
    assert one.gaps.equals(other.gaps)
    assert one.timeline.equals(other.timeline)
    assert {k: repr(v) for k, v in one.metrics.items()} == {k: repr(v) for k, v in other.metrics.items()}
    other.close()
    received, became = 0, 0
    for name, number in one.metrics.items():
        received += number if name.startswith("sse_events_received_total") else 0
        kinds = ("sse_events_stored_total", "sse_events_control_total", "sse_events_dropped_total")
        became += number if name.startswith(kinds) else 0
    assert received == became


def test_what_was_too_large_is_counted_as_it_was(tmp_path: Path) -> None:
    """A `bad` line is an event that was skipped: counted, and among the dropped ones."""
    bad = {"event": "build_failed", "id": "7", "reason": "larger than 16,777,216 bytes"}
    stream = sse.replay(write(tmp_path / "x.ssecast", [build(0, 0), [1, "bad", bad], build(1, 1)]), INF)
    assert 1 == stream.metrics['sse_events_dropped_total{reason="invalid"}']
    assert [("oversized", "7")] == list(stream.dropped[["reason", "id"]].itertuples(index=False, name=None))


def test_duplicates_are_dropped_as_they_were(tmp_path: Path) -> None:
    """A `dup` line is no row."""
    dup = [5, "dup", build(0, 4)[2]]
    stream = sse.replay(ten(tmp_path / "x.ssecast"), INF)
    path = write(tmp_path / "y.ssecast", [*[build(n, n) for n in range(5)], dup, build(5, 5)])
    again = sse.replay(path, INF)
    assert list("012345") == list(again.df["id"])
    assert ["duplicate"] == list(again.dropped["reason"])
    assert 0 == len(stream.dropped)
