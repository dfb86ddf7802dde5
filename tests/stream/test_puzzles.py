"""Thirteen reasons why an event was not seen: each is planted, asked about, and named.

The tour `notebooks/02_why_was_it_filtered.ipynb` asks the same of the same events.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from raw_server import CHUNKED, LAST, RawServer, chunk, hold
from support import QUICK, eventually

import sse_notebook as sse
from sse_notebook.errors import FilterError

sys.path.insert(0, str(Path(__file__).parents[2] / "notebooks"))
from puzzles import BUILDS, Platform, build


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as platform:
        yield platform
        sse.close_all()


def builds(platform: Platform, **settings: Any) -> sse.EventStream:
    """A stream to which the builds have come."""
    stream = platform.connect("builds", **settings)
    platform.send(*BUILDS)
    stream.wait_for(len(BUILDS), timeout=20)
    return stream


def suggested(platform: Platform, text: str) -> str:
    return "\n".join(builds(platform).where(text).explain().suggestions)


def told(stream: sse.EventStream, key: Any) -> str:
    """What `why` says, a line for each stage."""
    return "\n".join(f"{stage} {outcome} {reason}" for _, stage, outcome, reason in stream.why(key).values)


# -- the filter asks for something else ----------------------------------------------------------------


def wrong_type(platform: Platform) -> str:
    return suggested(platform, "data.port == 8080")


def wrong_spelling(platform: Platform) -> str:
    return suggested(platform, 'project_id == "p1"')


def other_vocabulary(platform: Platform) -> str:
    return suggested(platform, 'event_type == "build.failed"')


def missing_field(platform: Platform) -> str:
    return suggested(platform, "data.durations > 30")


def case_of_letters(platform: Platform) -> str:
    return suggested(platform, 'status == "failed"')


def no_such_column(platform: Platform) -> str:
    stream = builds(platform)
    with pytest.raises(FilterError) as error:
        stream.where('projectid == "p-1"')
    return str(error.value)


# -- it came, and is not there ---------------------------------------------------------------------------


def evicted(platform: Platform) -> str:
    return told(builds(platform, max_rows=2), 0)


def refused_here(platform: Platform) -> str:
    stream = builds(platform)
    platform.backend.publish_raw(
        b'event: build_failed\ndata: {"project_id": "p-1", "workload_id": "wl-9"}\n\n'
    )
    stream.wait_for(lambda event: event.workload_id == "wl-9", timeout=20)
    near = stream.where("data.duration > 30").explain().near_misses
    return str(near.loc[near["resource_id"] == "wl-9", ["clause", "outcome"]].values.tolist())


def invalid(platform: Platform) -> str:
    vocabulary = sse.Vocabulary(discard=lambda payload: payload.get("workload_id") == "wl-8")
    stream = platform.connect("discarding", vocabulary=vocabulary)
    platform.send(build(8, workload_id="wl-8"), build(9))
    stream.wait_for(1, timeout=20)
    return told(stream, "wl-8")


def duplicate(platform: Platform) -> str:
    def event(number: int) -> bytes:
        return f'id: {number}\nevent: build_failed\ndata: {{"workload_id": "wl-{number}"}}\n\n'.encode()

    with RawServer() as server:
        first = [CHUNKED, chunk(event(1) + event(2)), LAST]
        url = server.play("/x", first, [CHUNKED, chunk(event(2) + event(3)), hold])
        stream = sse.connect(url, **QUICK).wait_for(3, timeout=20)
        eventually(lambda: len(stream.dropped) == 1)
        answer = told(stream, "wl-2")
        stream.close()
    return answer


def in_a_gap(platform: Platform) -> str:
    stream = builds(platform)
    platform.vanish(stream)
    return told(stream, "wl-77")


# -- the server ------------------------------------------------------------------------------------------


def server_ignores(platform: Platform) -> str:
    return audited(platform, ignore_filters=["project_id"])


def server_withholds(platform: Platform) -> str:
    return audited(platform, hold_back=3)


def audited(platform: Platform, **faults: Any) -> str:
    platform.backend.faults.update(faults)
    stream = platform.connect("audited", project_id="p-1")
    with platform.busy():
        return str(stream.audit(seconds=0.5))


class Puzzle(NamedTuple):
    """A cause, and the words that name it."""

    cause: str
    ask: Callable[[Platform], str]
    named: str


PUZZLES = [
    Puzzle("wrong type", wrong_type, "`data.port` is text in 100%"),
    Puzzle("wrong spelling", wrong_spelling, 'did you mean "p-1"'),
    Puzzle("the other vocabulary's name", other_vocabulary, 'type == "build.failed"'),
    Puzzle("missing field", missing_field, "did you mean data.duration"),
    Puzzle("case of letters", case_of_letters, 'lower(status) == "failed"'),
    Puzzle("no such column", no_such_column, "did you mean project_id"),
    Puzzle("evicted", evicted, "by max_rows"),
    Puzzle("refused by a view", refused_here, "['data.duration > 30', 'missing']"),
    Puzzle("invalid", invalid, "discarded"),
    Puzzle("duplicate", duplicate, "duplicate"),
    Puzzle("arrived in a gap", in_a_gap, "gap"),
    Puzzle("the server ignored the parameter", server_ignores, "let through though it does not fit"),
    Puzzle("the server filtered too much", server_withholds, "held back though it fits"),
]


@pytest.mark.parametrize("puzzle", PUZZLES, ids=lambda puzzle: puzzle.cause)
def test_the_cause_is_named(puzzle: Puzzle, platform: Platform) -> None:
    """Whoever asks is told the cause, in words."""
    answer = puzzle.ask(platform)
    assert puzzle.named in answer
