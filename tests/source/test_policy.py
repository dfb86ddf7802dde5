"""Delays, and what failures mean: arithmetic and tables."""

from __future__ import annotations

from typing import Any

import pytest

from sse_notebook.errors import (
    ArgumentError,
    BadRedirect,
    BadStatus,
    ConnectionFailed,
    ConnectionLost,
    Exhausted,
    NotAnEventStream,
    Unauthorized,
    Unreachable,
    Untrusted,
)
from sse_notebook.source.policy import (
    LONGEST_RETRY_AFTER,
    POLICIES,
    SHORTEST,
    Backoff,
    Policy,
    classify,
    policy_for,
    retry_after,
)

SEED = [1, 2, 4, 8, 16, 30, 30, 30, 30, 30]


@pytest.mark.parametrize(("chance", "part"), [(0.0, 1.0), (0.5, 0.875), (1.0, 0.75)])
def test_the_seeds_delays(chance: float, part: float) -> None:
    """By default the delays are 1 s doubling to 30 s, less at most a quarter by chance."""
    backoff = Backoff()
    assert [n * part for n in SEED] == [backoff.delay(n, chance=lambda: chance) for n in range(1, 11)]


def test_the_seeds_attempts() -> None:
    """By default the tenth reconnection is made, and the eleventh is not."""
    assert [False, True] == [Backoff().gives_up(10), Backoff().gives_up(11)]


def test_none_never_gives_up() -> None:
    """`attempts=None` has no last attempt, and delays stay at the maximum however long it takes."""
    backoff = Backoff(attempts=None, jitter=0)
    assert (False, 30.0) == (backoff.gives_up(10**6), backoff.delay(10**6))


def test_zero_attempts() -> None:
    """`attempts=0` makes no reconnection at all."""
    assert Backoff(attempts=0).gives_up(1)


@pytest.mark.parametrize(
    ("base", "delays"),
    [
        (3.0, [3.0, 6.0, 12.0, 24.0, 30.0]),
        (0.5, [0.5, 1.0, 2.0, 4.0, 8.0]),
        (3600.0, [30.0] * 5),  # a server can't silence us for an hour
        (float("inf"), [30.0] * 5),
        (0.0, [SHORTEST * n for n in (1, 2, 4, 8, 16)]),  # nor make us hammer it
    ],
)
def test_the_servers_wish_is_the_base(base: float, delays: list[float]) -> None:
    """`retry:` sets the first delay, clamped; it doubles all the same."""
    assert delays == [Backoff(jitter=0).delay(n, base=base) for n in range(1, 6)]


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_the_servers_wish_is_not_undercut(chance: float) -> None:
    """Chance adds to the pause that a server asked for by `retry:`, within the maximum."""
    backoff = Backoff()
    assert 3 <= backoff.delay(1, base=3.0, chance=lambda: chance) <= 3.75
    assert 30 == backoff.delay(1, base=40.0, chance=lambda: chance)


def test_chance_differs() -> None:
    """Two clients do not come back in step: the jitter is drawn anew for each delay."""
    assert len({Backoff().delay(1) for _ in range(50)}) > 1


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        *((kind("x"), "transient") for kind in (Unreachable, ConnectionLost)),
        *((BadStatus("x", status), "transient") for status in (408, 425, 429, 500, 501, 502, 503, 504, 599)),
        *((BadStatus("x", status), "permanent") for status in (201, 204, 206, 304, 400, 404, 405, 410, 418)),
        *((kind("x"), "permanent") for kind in (NotAnEventStream, BadRedirect, Untrusted, Exhausted)),
        (Exhausted("x", 503), "permanent"),
        (Unauthorized("x", 401), "credentials"),
        (Unauthorized("x", 403), "forbidden"),
        (ConnectionFailed("x"), "transient"),
    ],
)
def test_classes(failure: ConnectionFailed, expected: str) -> None:
    """Each failure has the class that the contract says."""
    assert expected == classify(failure)


def test_policies() -> None:
    """What follows each class: the table itself."""
    assert {
        "transient": Policy("exhausted", backs_off=True),
        "credentials": Policy("unauthorized", asks_again=True),
        "forbidden": Policy("unauthorized"),
        "permanent": Policy("exhausted"),
    } == POLICIES
    assert POLICIES["permanent"] is policy_for(BadStatus("x", 404))


NOON = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


@pytest.mark.parametrize(
    ("value", "date", "expected"),
    [
        ("120", None, 120.0),
        (" 0 ", None, 0.0),
        ("Tue, 14 Nov 2023 22:14:20 GMT", None, 60.0),
        ("Tuesday, 14-Nov-23 22:14:20 GMT", None, 60.0),  # RFC 850's form, which must be understood too
        ("Tue, 14 Nov 2023 22:14:20 GMT", "Tue, 14 Nov 2023 22:14:15 GMT", 5.0),  # by the server's own clock
        ("Tue, 14 Nov 2023 22:14:20 GMT", "nonsense", 60.0),
        ("Tue, 14 Nov 2023 22:00:00 GMT", None, 0.0),  # over already
        ("999999999999", None, LONGEST_RETRY_AFTER),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None, LONGEST_RETRY_AFTER),
        *((value, None, None) for value in (None, "", "-1", "+5", "1.5", "1_0", "soon", "٣", "Tue, 99 Nov")),
    ],
)
def test_retry_after(value: str | None, date: str | None, expected: float | None) -> None:
    """A `Retry-After` is a number of seconds or a date; anything else is none."""
    assert expected == retry_after(value, now=NOON, date=date)


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_a_servers_word_is_never_undercut(chance: float) -> None:
    """A pause is at least what `Retry-After` said, also beyond the maximum, and chance only adds to it."""
    backoff = Backoff()
    assert 100 <= backoff.delay(1, after=100, chance=lambda: chance) <= 110
    assert 20_000 <= backoff.delay(1, after=20_000, chance=lambda: chance) <= 20_010
    assert backoff.delay(5, chance=lambda: chance) == backoff.delay(5, after=0, chance=lambda: chance)


def test_short_lived_connections_get_longer_pauses() -> None:
    """Connections that bring something but never last: their pauses grow to ten seconds, and no further."""
    backoff = Backoff(jitter=0)
    assert [1, 1, 2, 4, 8, 10, 10] == [backoff.delay(1, short_lived=n) for n in range(7)]
    assert [0.02] * 3 == [Backoff(0.02, 0.02, jitter=0).delay(1, short_lived=n) for n in (1, 5, 50)]


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_at_most_twelve_requests_a_minute(chance: float) -> None:
    """By default no server that accepts and drops is asked more than twelve times in any minute."""
    backoff, at, times = Backoff(), 0.0, []
    for number in range(60):
        times.append(at)
        at += backoff.delay(1, short_lived=number + 1, chance=lambda: chance)
    assert max(sum(begin <= time < begin + 60 for time in times) for begin in times) <= 12


def test_a_shorter_longest_delay_is_the_first_too() -> None:
    """Who asks only that no delay be longer than so much is not asked for the first one."""
    assert [0.5, 0.5] == [Backoff(maximum=0.5, jitter=0).delay(n) for n in (1, 2)]


@pytest.mark.parametrize(
    "wrong",
    [
        *({"initial": 0}, {"initial": -1}, {"initial": "1"}, {"initial": float("nan")}, {"initial": True}),
        *({"initial": 60}, {"initial": 2, "maximum": 1.5}),
        *({"maximum": 0}, {"maximum": float("inf")}, {"maximum": 1e12}),
        *({"factor": 0.5}, {"factor": -2}, {"jitter": -0.1}, {"jitter": 5}),
        *({"attempts": -1}, {"attempts": 1.5}, {"attempts": "3"}, {"attempts": True}),
    ],
)
def test_numbers_that_make_no_delay(wrong: dict[str, Any]) -> None:
    """They are refused where they are given, by name: later they would end the source's thread."""
    with pytest.raises(ArgumentError, match=f"Backoff: {next(iter(wrong))} must be"):
        Backoff(**wrong)
