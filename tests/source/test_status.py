"""States, and the table of legal moves."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest

from sse_notebook.errors import IllegalMove
from sse_notebook.source import ConnectionStatus, ReadyState
from sse_notebook.source.status import MOVES, STATES, Signal, move

SIGNALS = get_args(Signal)

FAILURES = {"failed": "retrying", "gave_up": "exhausted", "refused": "unauthorized"}

# Written down a second time, by hand, from what the states mean: a slip in the table's comprehensions shows.
# state: {signal: next}; what is not here is illegal.
USER = {"attempt": "connecting", "stop": "disconnected", "forget": "unauthenticated", "close": "closed"}
EXPECTED = {
    "unauthenticated": USER,
    "connecting": {**USER, **FAILURES, "opened": "open"},
    "open": {**USER, **FAILURES, "silent": "stale"},
    "stale": {**USER, **FAILURES, "heard": "open"},
    "retrying": {**USER, "gave_up": "exhausted"},
    "exhausted": USER,
    "unauthorized": USER,
    "disconnected": USER,
    "closed": {"close": "closed"},
}


def test_the_states_are_the_contracts() -> None:
    """There are exactly the nine states of the contract, in its order."""
    assert STATES == (
        *("unauthenticated", "connecting", "open", "stale", "retrying", "exhausted", "unauthorized"),
        *("disconnected", "closed"),
    )
    assert set(STATES) == set(EXPECTED)


@pytest.mark.parametrize(("state", "signal"), list(product(STATES, SIGNALS)))
def test_every_pair_moves_as_expected_or_is_illegal(state: str, signal: str) -> None:
    """Each state answers each signal by the expected state, or by IllegalMove."""
    if signal in EXPECTED[state]:
        assert EXPECTED[state][signal] == move(state, signal)
    else:
        with pytest.raises(IllegalMove, match=f"'{state}' on '{signal}'"):
            move(state, signal)


def test_the_table_knows_only_states_and_signals() -> None:
    """No entry of the table has a name that is no state or signal."""
    assert {s for s, _ in MOVES} | set(MOVES.values()) == set(STATES)
    assert {signal for _, signal in MOVES} == set(SIGNALS)


@pytest.mark.parametrize("state", [state for state in STATES if state != "closed"])
def test_the_user_can_leave_every_state_but_closed(state: str) -> None:
    """From each state but `closed` the user's word leads to a connection, a pause and the end."""
    assert ["connecting", "disconnected", "unauthenticated", "closed"] == [
        move(state, signal) for signal in ("attempt", "stop", "forget", "close")
    ]


def test_closed_is_final() -> None:
    """Nothing leads out of `closed`."""
    assert {"closed"} == {after for (before, _), after in MOVES.items() if before == "closed"}


def test_every_state_can_be_reached() -> None:
    """From `disconnected`, where a source begins, moves lead to every state."""
    reached, before = {"disconnected"}, set[str]()
    while reached != before:
        before = set(reached)
        reached |= {after for (state, _), after in MOVES.items() if state in before}
    assert set(STATES) == reached


@pytest.mark.parametrize(
    ("state", "ready"),
    [
        *((s, ReadyState.CONNECTING) for s in ("connecting", "retrying")),
        *((s, ReadyState.OPEN) for s in ("open", "stale")),
        *(
            (s, ReadyState.CLOSED)
            for s in ("unauthenticated", "exhausted", "unauthorized", "disconnected", "closed")
        ),
    ],
)
def test_ready_state(state: str, ready: ReadyState) -> None:
    """Each state has its WHATWG number."""
    assert ready == ConnectionStatus(state=state).ready_state


def test_ready_states_are_whatwgs_numbers() -> None:
    """CONNECTING, OPEN and CLOSED are 0, 1 and 2."""
    assert [("CONNECTING", 0), ("OPEN", 1), ("CLOSED", 2)] == [(r.name, r.value) for r in ReadyState]


def test_a_status_cannot_be_changed() -> None:
    """A status is what was known at one moment: nobody can alter it."""
    with pytest.raises(AttributeError):
        ConnectionStatus().state = "open"
