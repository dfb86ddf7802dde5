"""Silences: a limit that is given or learned, and what follows when it passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.source.freshness import INTERVALS, REMEMBERED, SHORTEST, SOONEST, WHILE_AGO, Freshness


def beats(fresh: Freshness, *seconds: float) -> Freshness:
    """A connection with heartbeats at these times."""
    fresh.opened(seconds[0])
    for at in seconds:
        fresh.heard(at, heartbeat=True)
    return fresh


def test_nothing_is_known_at_first() -> None:
    """Without a word of the user's or the server's no silence is too long."""
    fresh = Freshness()
    fresh.opened(0)
    fresh.heard(5, heartbeat=False)
    assert (None, None, None) == (fresh.limit, fresh.stale_at, fresh.lost_at)


def test_two_heartbeats_are_not_enough() -> None:
    """The interval is trusted from the third heartbeat on."""
    assert (None, 20.0) == (beats(Freshness(), 0, 10).limit, beats(Freshness(), 0, 10, 20).limit)


def test_the_users_own_limit() -> None:
    """A limit that is given counts from the opening on, whatever the heartbeats."""
    fresh = Freshness(3)
    fresh.opened(100)
    assert (103.0, 106.0) == (fresh.stale_at, fresh.lost_at)
    assert beats(fresh, 200, 300, 400).limit == 3
    fresh.idle_timeout = None
    assert fresh.limit == 200


def test_any_byte_ends_a_silence() -> None:
    """Not only heartbeats move the deadline."""
    fresh = beats(Freshness(), 0, 10, 20)
    fresh.heard(33, heartbeat=False)
    assert (53.0, 73.0) == (fresh.stale_at, fresh.lost_at)


@given(st.lists(st.booleans(), max_size=20))
def test_events_between_teach_nothing(events: list[bool]) -> None:
    """However many events come between heartbeats of a fixed period, it is that period that is learned."""
    fresh = Freshness()
    fresh.opened(0)
    for number, event in enumerate([*events, False, False, False]):
        fresh.heard(number * 10, heartbeat=True)
        if event:
            fresh.heard(number * 10 + 3, heartbeat=False, event=True)
    assert fresh.limit == INTERVALS * 10


@pytest.mark.parametrize("pause", [0.0, 0.03])
def test_a_comment_after_each_event_teaches_nothing(pause: float) -> None:
    """What comes with every event says how often events come; silences are none of our business."""
    fresh = Freshness()
    fresh.opened(0)
    for number in range(50):
        fresh.heard(number * 0.1, heartbeat=False, event=True)
        fresh.heard(number * 0.1 + pause, heartbeat=True)
    assert fresh.limit is None


@pytest.mark.parametrize("events", [(0.2,), (0.5,), (0.3, 0.6, 0.9), (0.97, 0.98, 0.99)])
def test_a_timers_heartbeats_among_events(events: tuple[float, ...]) -> None:
    """Where events come all the time the period of heartbeats is learned too: it is not theirs."""
    fresh = Freshness()
    fresh.opened(0)
    for number in range(3):
        fresh.heard(number * 10, heartbeat=True)
        for part in events:
            fresh.heard(number * 10 + 10 * part, heartbeat=False, event=True)
    assert fresh.limit == INTERVALS * 10


def test_silent_intervals_count_more() -> None:
    """A server whose heartbeats wait for a silence has longer intervals where there was an event."""
    fresh = beats(Freshness(), 0, 10, 20)
    for begin in range(20, 200, 18):
        fresh.heard(begin + 8, heartbeat=False, event=True)
        fresh.heard(begin + 18, heartbeat=True)
    assert fresh.limit == 20


def test_the_longest_of_the_newest_counts() -> None:
    """A heartbeat that was late once is waited for as long again; until it is forgotten."""
    fresh = beats(Freshness(), 0, 10, 25, 35)
    assert fresh.limit == 30
    assert beats(fresh, *range(100, 200, 10)).limit == 20


def test_a_pause_between_connections_is_no_interval() -> None:
    """What was learned stays over a reconnection; the time in between is not learned."""
    fresh = beats(Freshness(), 0, 10, 20)
    assert beats(fresh, 1000).limit == 20
    assert fresh.stale_at == 1020


def test_a_beginning_in_pieces() -> None:
    """Several comments right after each other are no interval."""
    step = SHORTEST / 2
    assert beats(Freshness(), 0, step, 2 * step, 3 * step).limit is None


def test_a_learned_limit_that_was_wrong() -> None:
    """After a connection was given up the learned limit is doubled, or a server that has slowed down would be
    given up for ever."""
    fresh = beats(Freshness(), 0, 10, 20)
    fresh.given_up()
    assert fresh.limit == 40
    given_one = Freshness(5)
    given_one.given_up()
    assert given_one.limit == 5


def test_a_burst_does_not_bring_a_wrong_limit_back() -> None:
    """A server that says much at the beginning of a connection, and then nothing for half a minute: in eight
    hours it is given up some times, and not a thousand times."""
    fresh, given_up = Freshness(), 0
    for number in range(1_000):
        beats(fresh, *(32 * number + 0.1 * beat for beat in range(20)))
        if fresh.lost_at is not None and fresh.lost_at < 32 * number + 32:
            given_up += 1
            fresh.given_up()
        else:
            fresh.heard(32 * number + 32, heartbeat=True)
    assert given_up < 20


def test_a_limit_is_trusted_again() -> None:
    """After a server that froze indeed its heartbeats are believed: after some, the next time after twice as
    many, and after a long while after half as many."""
    fresh, at = beats(Freshness(), 0, 10, 20), 20.0
    for needed in (REMEMBERED, 2 * REMEMBERED, 4 * REMEMBERED):
        fresh.given_up()
        for _ in range(needed):
            assert fresh.limit == 40
            at += 10
            fresh.heard(at, heartbeat=True)
        assert fresh.limit == 20
    at += WHILE_AGO
    fresh.opened(at)
    fresh.given_up()
    beats(fresh, *(at + 10 * number for number in range(2 * REMEMBERED)))
    assert fresh.limit == 40
    fresh.heard(at + 20 * REMEMBERED, heartbeat=True)
    assert fresh.limit == 20


def test_an_event_after_a_silence_without_heartbeats() -> None:
    """If an event ends a silence that was too long, then no heartbeat was due in it: the limit was wrong."""
    fresh = beats(Freshness(), 0, 1, 2)
    fresh.heard(5, heartbeat=False, event=True)
    assert fresh.limit == INTERVALS * 3
    fresh.heard(10, heartbeat=False, event=True)
    assert fresh.limit == INTERVALS * 3
    given_one = Freshness(1)
    given_one.opened(0)
    given_one.heard(5, heartbeat=False, event=True)
    assert given_one.limit == 1


def test_not_given_up_too_soon() -> None:
    """Heartbeats that come fast make it stale fast; but to connect anew is for later."""
    fresh = beats(Freshness(), 0, 0.1, 0.2)
    assert (pytest.approx(0.4), 0.2 + SOONEST) == (fresh.stale_at, fresh.lost_at)
    given_one = Freshness(0.1)
    given_one.opened(1)
    assert given_one.lost_at == 1.2


@pytest.mark.parametrize("interval", [0.1, 1, 15, 60])
def test_stale_within_two_and_a_half_intervals(interval: float) -> None:
    """A server that freezes after a heartbeat is stale before two and a half intervals are over."""
    fresh = beats(Freshness(), 0, interval, 2 * interval)
    assert fresh.stale_at is not None
    assert interval < fresh.stale_at - 2 * interval <= 2.5 * interval
