"""hub: numbering, keeping, replaying, and the queues."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable
from typing import Any

import pytest

from sse_notebook.backend.hub import Hub, InvalidEvent, Item, Subscriber, new_epoch
from sse_notebook.backend.selection import Selection

ALL = Selection()


def wake() -> None:
    """Nobody sleeps here."""


def event(**fields: Any) -> dict[str, Any]:
    return {"event_type": "x", "timestamp": 1, **fields}


def ids(items: Iterable[Item]) -> list[str]:
    return [item.frame.split(b"id: ")[1].split(b"\n")[0].decode() for item in items]


def taken(subscriber: Subscriber) -> list[str]:
    queue = subscriber.take()
    return ids([queue.popleft() for _ in range(len(queue))])


def test_ids_count_without_a_hole() -> None:
    """Ids are the epoch and a number from 1 on, in the order of publishing."""
    hub = Hub(epoch="e")
    assert ["e-1", "e-2", "e-3"] == [hub.publish(event()), *hub.publish_all([event(), event()])]


def test_a_later_epoch_sorts_later() -> None:
    """Epochs sort as text in the order of their birth."""
    epochs = [new_epoch() for _ in range(1000)]
    assert sorted(epochs) == epochs
    assert {11} == {len(e) for e in epochs}


def test_publishing_changes_nothing_of_the_callers() -> None:
    """A timestamp is added to what is sent, never to the dict that was given."""
    hub, mine = Hub(), {"event_type": "x"}
    subscriber, _ = hub.subscribe(ALL, wake)
    hub.publish(mine)
    assert {"event_type": "x"} == mine
    assert b'"timestamp":' in subscriber.take()[0].frame


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({}, "event_type is missing"),
        ({"event_type": ""}, "event_type is missing"),
        ({"event_type": 3}, "event_type is missing"),
        ({"event_type": "a\nb"}, "line break"),
        ({"event_type": "\ud800"}, "surrogate"),
        ({"event_type": "x", "value": float("nan")}, "JSON"),
        ({"event_type": "x", "value": object()}, "JSON"),
        ("text", "JSON object"),
    ],
)
def test_a_bad_event_spoils_the_batch_and_nothing_else(bad: Any, says: str) -> None:
    """One bad event refuses all of its batch: no id is used up, nothing is kept or queued."""
    hub = Hub(epoch="e")
    subscriber, _ = hub.subscribe(ALL, wake)
    with pytest.raises(InvalidEvent, match=says):
        hub.publish_all([event(), bad])
    with pytest.raises(InvalidEvent, match=says):
        hub.publish(bad)
    assert [] == taken(subscriber)
    assert "e-1" == hub.publish(event())


def test_each_gets_what_it_asked_for() -> None:
    """One publish reaches every subscriber whose filters it passes, and no other."""
    hub = Hub(epoch="e")
    one, _ = hub.subscribe(Selection(project_id="p-1"), wake)
    two, _ = hub.subscribe(Selection(project_id="p-2"), wake)
    every, _ = hub.subscribe(ALL, wake)
    hub.publish(event(project_id="p-1"))
    hub.publish(event(project_id="p-2"))
    assert (["e-1"], ["e-2"], ["e-1", "e-2"]) == (taken(one), taken(two), taken(every))


def test_a_consumer_is_woken_once_until_it_takes() -> None:
    """However much is queued, `wake` is called once between two takes."""
    hub, calls = Hub(), []
    subscriber, _ = hub.subscribe(ALL, lambda: calls.append(1))
    hub.publish_all([event()] * 3)
    assert 1 == len(calls)
    subscriber.take().clear()
    hub.publish(event())
    assert 2 == len(calls)


def test_after_unsubscribing_nobody_is_woken() -> None:
    """Once `unsubscribe` has returned, nothing is queued and `wake` is not called."""
    hub, calls = Hub(), []
    subscriber, _ = hub.subscribe(ALL, lambda: calls.append(1))
    hub.unsubscribe(subscriber)
    hub.publish(event())
    assert ([], []) == (calls, taken(subscriber))


def test_a_full_queue_ends_without_a_hole() -> None:
    """A subscriber that falls behind keeps what was queued, in order, and gets nothing after the hole."""
    hub = Hub(epoch="e", queue=2)
    subscriber, _ = hub.subscribe(ALL, wake)
    hub.publish_all([event()] * 3)
    assert subscriber.overflowed
    assert ["e-1", "e-2"] == taken(subscriber)
    hub.publish(event())
    assert [] == taken(subscriber)
    hub.unsubscribe(subscriber)
    assert 1 == hub.overflows


def test_a_replay_does_not_count_against_the_queue() -> None:
    """A replay longer than the queue is whole, and there is still room for live events."""
    hub = Hub(epoch="e", queue=1)
    hub.publish_all([event()] * 5)
    subscriber, _ = hub.subscribe(ALL, wake, since=0)
    hub.publish(event())
    assert 6 == len(taken(subscriber))
    assert not subscriber.overflowed


def test_raw_bytes_go_to_everybody_in_their_turn() -> None:
    """Raw bytes pass no filter, have no id, are not replayed and keep their place among events."""
    hub = Hub(epoch="e")
    subscriber, _ = hub.subscribe(Selection(project_id="p"), wake)
    hub.publish(event(project_id="p"))
    hub.put_raw(b"\xff")
    hub.publish(event(project_id="p"))
    assert [True, False, True] == [item.is_event for item in subscriber.take()]
    assert 2 == hub.subscribe(ALL, wake, since=0)[1].replayed


RESUMES = [
    # ring, published, last_event_id -> replayed ids, complete
    (10, 3, "e-1", ["e-2", "e-3"], True),
    (10, 3, "e-3", [], True),
    (3, 6, "e-3", ["e-4", "e-5", "e-6"], True),  # the next is the oldest kept: nothing between was lost
    (3, 6, "e-2", ["e-4", "e-5", "e-6"], False),  # e-3 was let go
    (3, 6, "e-5", ["e-6"], True),
    (10, 3, "other-1", ["e-1", "e-2", "e-3"], False),
    (10, 3, "e-4", ["e-1", "e-2", "e-3"], False),  # never given out
    (10, 3, "e-0", ["e-1", "e-2", "e-3"], False),
    (10, 3, "e-01", ["e-1", "e-2", "e-3"], False),
    (10, 3, "e-", ["e-1", "e-2", "e-3"], False),
    (10, 3, "e--1", ["e-1", "e-2", "e-3"], False),
    (10, 3, "e-²", ["e-1", "e-2", "e-3"], False),
    (10, 3, "e-" + "9" * 5000, ["e-1", "e-2", "e-3"], False),
    (10, 3, "nonsense", ["e-1", "e-2", "e-3"], False),
    (10, 0, "other-1", [], False),
]


@pytest.mark.parametrize(("ring", "published", "after", "expected", "complete"), RESUMES)
def test_resume_by_id(ring: int, published: int, after: str, expected: list[str], complete: bool) -> None:
    """Everything kept after the id is replayed; `complete` only if nothing between was let go or unknown."""
    hub = Hub(ring=ring, epoch="e")
    for _ in range(published):
        hub.publish(event())
    subscriber, resume = hub.subscribe(ALL, wake, last_event_id=after)
    assert expected == taken(subscriber)
    assert (after, len(expected), complete) == resume


def test_a_replay_passes_the_filters() -> None:
    """Replayed events are those that would have come live, and `replayed` counts only them."""
    hub = Hub(epoch="e")
    hub.publish_all([event(project_id=p) for p in "abab"])
    subscriber, resume = hub.subscribe(Selection(project_id="b"), wake, last_event_id="e-2")
    assert (["e-4"], 1, True) == (taken(subscriber), resume.replayed, resume.complete)


def test_resume_by_time() -> None:
    """`since` replays by the events' own time, the moment itself included, whatever order they came in."""
    hub = Hub(epoch="e")
    hub.publish_all([event(timestamp=t) for t in (5, 3, 4, 1)])
    subscriber, resume = hub.subscribe(ALL, wake, since=4.0, since_text="4")
    assert (["e-1", "e-3"], "4", 2) == (taken(subscriber), resume.start, resume.replayed)


@pytest.mark.parametrize(
    ("since", "complete"),
    [(-10.0, None), (+5.0, True), (+2.0, False), (+1.0, False), (+100.0, True)],
)
def test_resume_by_time_says_what_it_knows(since: float, complete: bool | None) -> None:
    """Complete only while nothing from then on was let go; before its own birth the hub knows nothing."""
    hub = Hub(ring=2, epoch="e")
    offsets = (1, 2, 5, 6) if since > 0 else (5, 6)
    hub.publish_all([event(timestamp=hub.born + t) for t in offsets])
    _, resume = hub.subscribe(ALL, wake, since=hub.born + since, since_text="then")
    assert complete is resume.complete


def test_an_id_wins_over_a_time() -> None:
    """With both, the id decides: it is exact."""
    hub = Hub(epoch="e")
    hub.publish_all([event()] * 3)
    subscriber, resume = hub.subscribe(ALL, wake, last_event_id="e-2", since=0.0, since_text="0")
    assert (["e-3"], "e-2") == (taken(subscriber), resume.start)


def test_without_a_resume_nothing_is_replayed() -> None:
    """A new subscriber starts with what comes from now on."""
    hub = Hub()
    hub.publish(event())
    subscriber, resume = hub.subscribe(ALL, wake)
    assert ([], (None, 0, None)) == (taken(subscriber), resume)


def test_nothing_is_lost_or_doubled_between_replay_and_live() -> None:
    """Whenever somebody subscribes while others publish, replay and live together are every id once."""
    hub = Hub(epoch="e")
    first = hub.publish(event())
    go = threading.Barrier(3)

    def publish() -> None:
        go.wait()
        for _ in range(1000):
            hub.publish(event())

    threads = [threading.Thread(target=publish) for _ in range(2)]
    for thread in threads:
        thread.start()
    go.wait()
    subscribers = [hub.subscribe(ALL, wake, last_event_id=first)[0] for _ in range(200)]
    for thread in threads:
        thread.join()
    expected = [f"e-{n}" for n in range(2, 2002)]
    for subscriber in subscribers:
        assert expected == taken(subscriber)


def test_an_ack_is_recorded_once() -> None:
    """The first to acknowledge an event stands; an event that is not kept has no ack."""
    hub = Hub(epoch="e")
    hub.publish(event())
    first = hub.ack("e-1", "ana")
    assert first is not None
    assert first is hub.ack("e-1", "ben")
    assert ("e-1", "ana") == first[:2]
    for unknown in ("e-2", "e-0", "other-1", ""):
        assert hub.ack(unknown, "ana") is None


def test_acks_go_with_their_events() -> None:
    """An ack leaves with its event, so that a long-running server does not fill up."""
    hub = Hub(ring=2, epoch="e")
    for n in itertools.count(1):
        hub.ack(hub.publish(event()), "ana")
        assert [f"e-{k}" for k in range(max(1, n - 1), n + 1)] == list(hub.acks)
        if n == 5:
            break
    assert hub.ack("e-3", "ana") is None


@pytest.mark.parametrize("sizes", [{"ring": 0}, {"queue": 0}])
def test_sizes_make_sense(sizes: dict[str, int]) -> None:
    """A ring or a queue without room is refused."""
    with pytest.raises(ValueError, match="at least one"):
        Hub(**sizes)
