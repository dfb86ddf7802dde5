"""Silences: a limit that is given or learned, and what follows when it passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.source.freshness import INTERVALS, SHORTEST, Freshness


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
        if event:
            fresh.heard(number * 10 + 3, heartbeat=False)
        fresh.heard(number * 10, heartbeat=True)
    assert fresh.limit == INTERVALS * 10


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


@pytest.mark.parametrize("interval", [0.1, 1, 15, 60])
def test_stale_within_two_and_a_half_intervals(interval: float) -> None:
    """A server that freezes after a heartbeat is stale before two and a half intervals are over."""
    fresh = beats(Freshness(), 0, interval, 2 * interval)
    assert fresh.stale_at is not None
    assert interval < fresh.stale_at - 2 * interval <= 2.5 * interval
