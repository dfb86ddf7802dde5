"""Gaps between connections, and events that come twice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.source.continuity import (
    KEPT,
    PIECE,
    REMEMBERED,
    REMEMBERED_SIZE,
    Gap,
    Gaps,
    Replay,
    server_knew,
)
from sse_notebook.wire import ServerSentEvent


def event(id: str | None, data: str = "", name: str = "message") -> ServerSentEvent:
    return ServerSentEvent(name, data or f"data of {id}", id or "", id)


def events(*ids: str | None) -> list[ServerSentEvent]:
    return [event(id) for id in ids]


def sift(replay: Replay, *of: ServerSentEvent) -> tuple[list[str], list[str]]:
    """The data of those that are new, and of those that came again."""
    new, again = replay.sift(list(of), size=10 * len(of))
    return [e.data for e in new], [e.data for e in again]


# -- gaps ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resumed_from", "knew", "recovered"),
    [("7", None, None), ("7", True, True), ("7", False, False), ("", None, False), ("", True, False)],
)
def test_a_gap(resumed_from: str, knew: bool | None, recovered: bool | None) -> None:
    """A gap is open until the next connection; whether it was refilled is the server's to say, unless nobody
    asked."""
    gaps = Gaps()
    gaps.lost(10.0, "why")
    assert [Gap(10.0, None, "why", None, "")] == list(gaps)
    gaps.opened(20.0, resumed_from=resumed_from, knew=knew)
    assert [Gap(10.0, 20.0, "why", recovered, resumed_from, recovered is True)] == list(gaps)
    gaps.said(True)
    assert gaps.newest is not None
    assert (True, 1) == (gaps.newest.recovered, gaps.count)


@pytest.mark.parametrize(
    ("second", "knew", "expected"),
    [
        ("7", True, [True, True]),
        ("7", False, [None, False]),
        ("7", None, [None, None]),
        ("8", False, [True, False]),
        ("8", None, [True, None]),
    ],
)
def test_what_a_header_promised(second: str, knew: bool | None, expected: list[bool | None]) -> None:
    """A server that said in its header that it would send all, and was cut before any of it came, has
    refilled nothing: unless it says the same of the same id again."""
    gaps = Gaps()
    for at, resumed_from, said in ((10.0, "7", True), (30.0, second, knew)):
        gaps.lost(at, "why")
        gaps.opened(at + 1, resumed_from=resumed_from, knew=said)
    assert expected == [gap.recovered for gap in gaps]


def test_a_replay_of_nothing_is_refilled() -> None:
    """A greeting that promises nothing, since nothing was missed, keeps its word whatever comes later."""
    gaps = Gaps()
    for at in (10.0, 30.0):
        gaps.lost(at, "why")
        gaps.opened(at + 1, resumed_from="7", knew=None)
        gaps.said(at < 20)
    assert [True, False] == [gap.recovered for gap in gaps]


def test_no_gap_before_the_first_connection() -> None:
    """A first connection closes no gap, and a server's word changes none."""
    gaps = Gaps()
    gaps.opened(1.0, resumed_from="", knew=None)
    gaps.said(False)
    assert ([], None, 0) == (list(gaps), gaps.newest, gaps.count)


def test_a_word_about_an_open_gap_is_none() -> None:
    """Nobody can say of a gap that is still open whether it was refilled."""
    gaps = Gaps()
    gaps.lost(1.0, "why")
    gaps.said(True)
    assert [Gap(1.0, None, "why", None, "")] == list(gaps)


def test_the_newest_gaps_are_kept() -> None:
    """So many gaps are kept, all of them counted; the same reason is one text for all of them."""
    gaps = Gaps()
    for number in range(KEPT + 3):
        gaps.lost(float(number), f"the connection {'broke'}")
    starts = [gap.start for gap in gaps]
    assert (KEPT, 3.0, KEPT + 3) == (len(starts), starts[0], gaps.count)
    assert 1 == len({id(gap.reason) for gap in gaps})


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"last-event-id": "7"}, True),
        ({"mercure-last-event-id": " 7 "}, True),
        ({"last-event-id": "6"}, False),
        ({"last-event-id": "earliest"}, False),
    ],
)
def test_mercures_header(headers: dict[str, str], expected: bool | None) -> None:
    """The response header tells whether the hub knew the id; who did not ask is told nothing."""
    assert (expected, None) == (server_knew(headers, "7"), server_knew(headers, ""))


# -- what comes again ------------------------------------------------------------------------------------


def test_an_overlap_is_dropped() -> None:
    """What a server sends again at the beginning of a resumed connection is told from what is new."""
    replay = Replay()
    sift(replay, *events("1", "2", "3"))
    replay.begin(resumed=True)
    assert (["data of 4"], ["data of 2", "data of 3"]) == sift(replay, *events("2", "3", "4"))


def test_in_any_reads() -> None:
    """Also when it comes in several reads."""
    replay = Replay()
    sift(replay, *events("1", "2", "3"))
    replay.begin(resumed=True)
    assert [([], ["data of 2"]), ([], ["data of 3"]), (["data of 4"], [])] == [
        sift(replay, *events(id)) for id in ("2", "3", "4")
    ]


def test_only_in_the_replayed_window() -> None:
    """After something new, what looks like an earlier event is one of its own."""
    replay = Replay()
    sift(replay, *events("1", "2"))
    replay.begin(resumed=True)
    assert (["data of 3"], ["data of 1"]) == sift(replay, *events("1", "3"))
    assert (["data of 2"], []) == sift(replay, *events("2"))


def test_without_a_resume_nothing_comes_again() -> None:
    """A connection that resumes from nowhere begins anew, whatever its ids."""
    replay = Replay()
    sift(replay, *events("1"))
    replay.begin(resumed=False)
    assert (["data of 1"], []) == sift(replay, *events("1"))


def test_two_honest_events_stay_two() -> None:
    """Two events of one connection are two, also with one id, also with one content."""
    replay = Replay()
    assert (["data of 1"] * 2, []) == sift(replay, *events("1", "1"))
    assert (["same", "same"], []) == sift(replay, event(None, "same"), event(None, "same"))


def test_an_id_that_is_no_identity() -> None:
    """A server that gives all its events one id (PocketBase) loses none of them after a reconnection."""
    replay = Replay()
    sift(replay, event("X", "a"), event("X", "b"))
    replay.begin(resumed=True)
    assert (["b", "c"], []) == sift(replay, event("X", "b"), event("X", "c"))


def test_another_content_is_another_event() -> None:
    """A server that counts from 1 again after a restart loses nothing."""
    replay = Replay()
    sift(replay, event("1", "old"), event("2", "old"))
    replay.begin(resumed=True)
    assert (["new", "new"], []) == sift(replay, event("1", "new"), event("2", "new"))


def test_another_name_is_another_event() -> None:
    """The name of an event is part of what it is."""
    replay = Replay()
    sift(replay, event("1", "x", "a"))
    replay.begin(resumed=True)
    assert (["x"], []) == sift(replay, event("1", "x", "b"))


def test_heartbeats_and_a_greeting_end_no_window() -> None:
    """What has no id, and what has the name of a greeting, say nothing about what follows."""
    replay = Replay()
    sift(replay, *events("1", "2"))
    replay.begin(resumed=True)
    hello, beat = event("g-17", "hello", "connected"), event(None, "beat")
    assert (["hello", "beat", "data of 3"], ["data of 2"]) == sift(
        replay, hello, beat, event("2"), event("3")
    )


def test_nothing_comes_again_twice() -> None:
    """On one connection an event can come again once: a server that repeats itself for ever is believed."""
    replay = Replay()
    sift(replay, *events("1", "2"))
    replay.begin(resumed=True)
    assert (["data of 2", "data of 1"], ["data of 2"]) == sift(replay, *events("2", "2", "1"))


def test_many_reconnections() -> None:
    """What came again is remembered still: the next server may send it a third time."""
    replay = Replay()
    sift(replay, *events("1", "2"))
    for _ in range(3):
        replay.begin(resumed=True)
        assert ([], ["data of 2"]) == sift(replay, *events("2"))


@pytest.mark.parametrize("resumed", [False, True])
def test_memory_is_bounded(resumed: bool) -> None:
    """So many events are remembered, of so many bytes; the newest read always, alone if it is large."""
    replay = Replay()
    for number in range(REMEMBERED + 10):
        replay.begin(resumed=resumed)
        replay.sift(events(str(number)), size=10)
    kept = sum(map(len, replay._recent.pieces))
    assert REMEMBERED - PIECE <= kept <= REMEMBERED
    aside = 0 if replay._aside is None else replay._aside.number
    assert (kept - 1 + aside if resumed else 0) == len(replay._index)
    replay.begin(resumed=False)
    for number in range(2 * PIECE):
        replay.sift(events(f"large {number}"), size=REMEMBERED_SIZE // 10)
    assert 10 == sum(map(len, replay._recent.pieces))
    replay.sift(events("big"), size=REMEMBERED_SIZE + 1)
    replay.begin(resumed=True)
    assert [["big"], ["big"]] == [[e.id for e in replay._recent.pieces[0]], [*replay._index]]
    assert ([], ["data of big"]) == sift(replay, *events("big"))


def test_small_reads_share_a_list() -> None:
    """Events that come one by one have no list each; and that of a listener never grows behind its back."""
    replay = Replay()
    told = [replay.sift(events(str(number)), size=10).new for number in range(10 * PIECE)]
    assert (10, {1}) == (len(replay._recent.pieces), {len(new) for new in told})


def test_an_id_that_all_events_have_is_never_an_identity() -> None:
    """That an id was used twice is known for as long as any event that has it, however many came since."""
    replay = Replay()
    sift(replay, event("7", "tick"), event("7", "tick"))
    for _ in range(REMEMBERED + 2 * PIECE):
        replay.begin(resumed=True)
        assert (["tick"], []) == sift(replay, event("7", "tick"))
    assert (1, 1) == (len(replay._index), len(replay._twice))


def test_an_id_is_forgotten_with_its_events() -> None:
    """Long after an id was used twice, and gone, it is an identity like others."""
    replay = Replay()
    sift(replay, *events("a", "a", "b"))
    replay.begin(resumed=True)
    sift(replay, *events("b"))
    sift(replay, *events(*map(str, range(REMEMBERED + PIECE))))
    sift(replay, *events(*map(str, range(REMEMBERED + PIECE))))
    assert ({}, set(), {}) == (replay._index, replay._twice, replay._matched)
    sift(replay, *events("a"))
    replay.begin(resumed=True)
    assert ([], ["data of a"]) == sift(replay, *events("a"))


def heard_all(replay: Replay, ids: Sequence[int], size: int) -> tuple[list[str], list[str]]:
    """What is new of these, and what came again, if they come in reads of some size."""
    new, again = [], []
    for begin in range(0, len(ids), size):
        sifted = replay.sift(events(*map(str, ids[begin : begin + size])), size=10 * size)
        new += [event.id for event in sifted.new]
        again += [event.id for event in sifted.again]
    return new, again


@pytest.mark.parametrize("size", [1, 100, 1_500, 50_000])
def test_more_comes_again_than_is_remembered(size: int) -> None:
    """Of a server that sends everything again each time only what was forgotten is taken for new."""
    replay, all_ids = Replay(), range(REMEMBERED * 3 // 2)
    heard_all(replay, all_ids, 100)
    forgotten = len(all_ids) - REMEMBERED
    for _ in range(3):
        replay.begin(resumed=True)
        new, again = heard_all(replay, all_ids, size)
        assert ([*map(str, all_ids[:forgotten])], [*map(str, all_ids[forgotten:])]) == (new, again)
    assert (["data of x"], []) == sift(replay, *events("x"))
    assert (["data of 14999"], []) == sift(replay, *events("14999"))


def test_what_is_new_stays_new_after_much_was_forgotten() -> None:
    """A server that resumes by id is believed, though one of its events is as one of long ago was."""
    replay = Replay()
    heard_all(replay, range(2 * REMEMBERED), 100)
    replay.begin(resumed=True)
    assert (["data of x", "data of 19000"], []) == sift(replay, *events("x", "19000"))
    assert (["data of 19001", "data of y"], []) == sift(replay, *events("19001", "y"))
    replay.begin(resumed=True)
    assert ([], ["data of y"]) == sift(replay, *events("y"))
    assert (["data of z"], []) == sift(replay, *events("z"))
    oldest = replay._recent.pieces[0][0].id
    assert ([f"data of {oldest}"], []) == sift(replay, *events(oldest))


def test_what_was_forgotten_is_waited_for_only_so_long() -> None:
    """When more has come than was forgotten, and much more than that, all of it is new, and is remembered."""
    replay, ids = Replay(), range(REMEMBERED + 100)
    heard_all(replay, ids, 100)
    replay.begin(resumed=True)
    fresh = range(20_000, 20_000 + len(ids))
    assert len(fresh) == len(heard_all(replay, fresh, 10)[0])
    oldest = str(ids[len(ids) - REMEMBERED])
    assert ([f"data of {oldest}"], []) == sift(replay, *events(oldest))
    replay.begin(resumed=True)
    assert ([], [f"data of {fresh[-1]}"]) == sift(replay, *events(str(fresh[-1])))


def test_what_is_put_aside_is_bounded() -> None:
    """However much was forgotten, no more is put aside than is remembered."""
    replay = Replay()
    heard_all(replay, range(4 * REMEMBERED), 100)
    replay.begin(resumed=True)
    heard_all(replay, range(50_000, 50_000 + 2 * REMEMBERED), 100)
    assert replay._aside is not None
    assert (REMEMBERED, REMEMBERED) == (replay._aside.number, replay._recent.number)


@given(
    st.lists(st.integers(0, 30), unique=True, max_size=20).map(sorted),
    st.integers(0, 20),
    st.lists(st.integers(1, 4), min_size=1, max_size=10),
)
def test_any_overlap_in_any_reads(sent: list[int], back: int, sizes: list[int]) -> None:
    """Whatever part of the past comes again, in whatever reads: each event is new exactly once."""
    replay = Replay()
    before, after = [str(n) for n in sent], ["100", "101"]
    heard, _ = sift(replay, *events(*before))
    replay.begin(resumed=True)
    coming = events(*before[max(0, len(before) - back) :], *after)
    while coming:
        size = sizes[len(coming) % len(sizes)]
        heard += sift(replay, *coming[:size])[0]
        coming = coming[size:]
    assert [f"data of {id}" for id in (*before, *after)] == heard
