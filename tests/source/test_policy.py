"""Delays and verdicts: arithmetic, and a table of what failures mean."""

from __future__ import annotations

import pytest

from sse_notebook.errors import (
    BadRedirect,
    BadStatus,
    ConnectionLost,
    Exhausted,
    NotAnEventStream,
    Unauthorized,
    Unreachable,
)
from sse_notebook.source.policy import SHORTEST, Backoff, judge

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


def test_chance_differs() -> None:
    """Two clients do not come back in step: the jitter is drawn anew for each delay."""
    assert len({Backoff().delay(1) for _ in range(50)}) > 1


@pytest.mark.parametrize(
    ("failure", "verdict"),
    [
        (Unreachable("x"), "again"),
        (ConnectionLost("x"), "again"),
        *((BadStatus("x", status), "again") for status in (408, 418, 429, 500, 502, 503, 504)),
        *((BadStatus("x", status), "final") for status in (204, 400, 404, 405, 406, 410, 501)),
        (NotAnEventStream("x"), "final"),
        (BadRedirect("x"), "final"),
        (Exhausted("x"), "final"),
        (Unauthorized("x", 401), "credentials"),
        (Unauthorized("x", 403), "credentials"),
    ],
)
def test_verdicts(failure: BadStatus, verdict: str) -> None:
    """Each failure means what the contract says."""
    assert verdict == judge(failure)
