"""What a server sends again: which messages these are, when all have come, which row shows the hole."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sse_notebook.intake.refill import Refill
from sse_notebook.source.continuity import Gaps
from sse_notebook.wire import ServerSentEvent


def messages(ids: str) -> list[ServerSentEvent]:
    """One for each character: with this id, or with none for `-`."""
    return [ServerSentEvent(data="x", own_id=None if each == "-" else each) for each in ids]


def second(resumed_from: str = "a") -> tuple[Refill, Gaps]:
    """The second connection, after a hole."""
    gaps = Gaps()
    gaps.opened(0.0, resumed_from="", knew=None)
    gaps.lost(1.0, "the server ended the stream")
    gaps.opened(2.0, resumed_from=resumed_from, knew=None)
    source: Any = SimpleNamespace(gaps=gaps, connections=2, resumed_from=resumed_from)
    refill = Refill()
    refill.begin(source)
    return refill, gaps


def recovered(gaps: Gaps) -> bool | None:
    assert gaps.newest is not None
    return gaps.newest.recovered


def test_nothing_comes_again_by_itself() -> None:
    """Where no server says so, all is new, and no row is marked."""
    for refill in (Refill(), second()[0]):
        assert (False, messages("bc"), []) == (
            refill.goes_on,
            refill.until_over(messages("bc")),
            refill.marked([0]),
        )


@pytest.mark.parametrize(
    ("resumed_from", "first"), [pytest.param("a", "b-c", id="by an id"), pytest.param("", "b-", id="by none")]
)
def test_what_has_no_id_is_not_of_it(resumed_from: str, first: str) -> None:
    """Of two messages that come again, where an id was asked by, one without an id is none."""
    refill, gaps = second(resumed_from)
    refill.greeted({"replayed": 2, "complete": True})
    part = refill.until_over(messages("b-cd"))
    assert (messages(first), True) == (part, refill.goes_on)
    refill.came(part, but=())
    assert (False, True) == (refill.goes_on, recovered(gaps))


def test_recovered_once_all_came() -> None:
    """What was announced counts, those that had come before too; the connection's own messages do not."""
    refill, gaps = second()
    refill.came_again(messages("b"))
    refill.greeted({"replayed": 4, "complete": True})
    refill.came(messages("cd"), but={0})
    refill.came_again(messages("e"))
    assert (True, False) == (refill.goes_on, recovered(gaps) is True)
    refill.came(messages("f"), but=())
    assert (False, True) == (refill.goes_on, recovered(gaps))


def test_a_hole_is_shown_once() -> None:
    """The first row after what was not refilled is marked; if none came, in the next connection."""
    refill, gaps = second()
    refill.greeted({"replayed": 0, "complete": False})
    assert (False, []) == (recovered(gaps), refill.marked([]))
    gaps.lost(3.0, "the server ended the stream")
    gaps.opened(4.0, resumed_from="a", knew=None)
    refill.begin(SimpleNamespace(gaps=gaps, connections=3, resumed_from="a"))  # type: ignore[arg-type]
    refill.greeted({"replayed": 0, "complete": True})
    assert ([7], []) == (refill.marked([7]), refill.marked([8]))


def test_the_first_connection_has_nothing_to_refill() -> None:
    """Whatever a server says there: before it there was no hole."""
    gaps = Gaps()
    gaps.opened(0.0, resumed_from="", knew=None)
    refill = Refill()
    refill.begin(SimpleNamespace(gaps=gaps, connections=1, resumed_from=""))  # type: ignore[arg-type]
    refill.said(complete=False)
    assert [] == refill.marked([0])
