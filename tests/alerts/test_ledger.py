"""`alerts.ledger.Ledger`: one alert for each trouble of each resource, in whatever order it is told."""

from __future__ import annotations

from typing import Any

import pytest
from alerts.naive import NOW, Model, event
from hypothesis import given
from hypothesis import strategies as st
from support import examples

from sse_notebook.alerts import lately, ledger
from sse_notebook.alerts.alert import HEAVY, Ack, Alert
from sse_notebook.alerts.ledger import MOST, Ledger
from sse_notebook.events import Event
from sse_notebook.events.batch import Batch


def told(book: Ledger) -> list[tuple[str, int, str, bool]]:
    """Of each alert: what it is about, its count, its worst severity, and whether it is over."""
    return [
        (f"{alert.key[0]} of {alert.key[1]}", alert.count, alert.severity, alert.resolved)
        for alert in book.all()
    ]


def take(book: Ledger, *events: Event) -> list[int]:
    return sorted(book.take(Batch.of(events)))


def test_a_trouble_is_one_alert() -> None:
    """Bad events of one family and one resource; what gets better resolves it; after that it fires anew."""
    book = Ledger()
    take(book, event(at=1), event(at=2), event(who="b-2"), event("build_started", who="b-3"))
    assert [("build of b-1", 2, "error", False), ("build of b-2", 1, "error", False)] == told(book)
    take(book, event("build_complete", at=3), event("workload.running", who="b-2", at=3))
    assert [True, False] == [alert.resolved for alert in book.all()]
    take(book, event(at=4, message="again"))
    one = book.all()[0]
    assert ("#1", 1, False, "again") == (one.id, one.count, one.resolved, one.event.message)
    assert (NOW + 4, NOW + 4) == (one.first_us, one.last_us)


def test_an_older_event_says_nothing_of_now() -> None:
    """It is counted; what a newer one said of the state, and in words, stays."""
    book = Ledger()
    take(book, event(at=10, message="new"), event("build_complete", at=5), event(at=3, message="old"))
    (one,) = book.all()
    assert (2, False, "new", NOW + 3, NOW + 10) == (
        one.count,
        one.resolved,
        one.event.message,
        one.first_us,
        one.last_us,
    )
    take(book, event("build_complete", at=20), event(at=15, message="late"))
    (one,) = book.all()
    assert (3, True, "late") == (one.count, one.resolved, one.event.message)


def test_of_one_moment_what_came_last_is_the_newest() -> None:
    """Also where several come in one read."""
    book = Ledger()
    take(book, event(at=1))
    take(book, *(event(at=2, message=text) for text in "abc"), event(at=0, message="d"))
    assert ["c"] == [alert.event.message for alert in book.all()]


@pytest.mark.parametrize("reads", [1, 2])
def test_late_trouble_that_is_over_does_not_fire(reads: int) -> None:
    """The better news came first, in the same read or in an earlier one, when there was no alert yet."""
    book = Ledger()
    good, bad = event("build_complete", at=20), event(at=10)
    for part in ([good, bad],) if reads == 1 else ([good], [bad]):
        take(book, *part)
    assert [("build of b-1", 1, "error", True)] == told(book)


def test_a_clock_that_is_ahead_delays_no_good_news() -> None:
    """What says that it happens tomorrow happened when it came, at the latest."""
    book = Ledger()
    take(book, event(at=10**12), event("build_complete", at=10**9))
    assert [("build of b-1", 1, "error", True)] == told(book)


def test_an_acknowledgement_holds_until_it_is_over_or_worse() -> None:
    """Rows of what is acknowledged are told; after a worse one, and after it was resolved, none are."""
    book = Ledger()
    mild, bad = "workload.degraded", "workload.failed"
    take(book, event(mild, at=1))
    book.acknowledge({1}, Ack(5, "ann", "mine"))
    assert [0, 2] == take(book, event(mild, at=2), event("workload.running", who="b-9"), event(mild, at=3))
    assert [0] == take(book, event(mild, at=4), event(bad, at=5), event(mild, at=6))
    assert [None] == [alert.ack for alert in book.all()]
    book.acknowledge({1}, Ack(9, None, ""))
    assert [0, 1] == take(book, event(mild, at=7), event(bad, at=8))
    assert [] == take(book, event("workload.running", at=9), event(bad, at=10))
    assert [(1, None)] == [(alert.count, alert.ack) for alert in book.all()]


def test_the_same_acknowledgement_again_changes_nothing() -> None:
    """A cell that is run again says nothing new: the time stays. Another note is another one."""
    book = Ledger()
    take(book, event(at=1))
    (one,) = book.acknowledge({1}, Ack(5, "ann", "mine"))
    (two,) = book.acknowledge({1}, Ack(6, "ann", "mine"))
    (three,) = book.acknowledge({1, 7}, Ack(7, "ann", "yours"))
    assert one is two is three
    assert Ack(7, "ann", "yours") == three.ack
    take(book, event("build_complete", at=2))
    assert [] == book.acknowledge({1}, Ack(8, "ann", ""))


def test_there_are_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are over make room first, then the oldest; what went is counted."""
    monkeypatch.setattr(ledger, "MOST", 3)
    book = Ledger()
    take(book, *(event(who=f"b-{n}", at=n) for n in range(3)))
    take(book, event("build_complete", who="b-1", at=5), event(who="b-3", at=6), event(who="b-4", at=7))
    assert ["b-2", "b-3", "b-4"] == [alert.key[1] for alert in book.all()]
    assert 2 == book.forgotten
    assert 1_000 == MOST
    take(book, event(who="b-0", at=9))
    assert "#6" == book.all()[-1].id  # another one


def test_a_huge_event_is_kept_without_its_payload() -> None:
    """There may be a thousand of them."""
    book = Ledger()
    take(book, event(message="m" * 3 * HEAVY))
    (one,) = book.all()
    assert ("", HEAVY, "b-1") == (one.event.raw, len(one.event.message or ""), one.event.resource_id)


def test_what_is_forgotten_begins_anew() -> None:
    """Numbers go on."""
    book = Ledger()
    take(book, event())
    book.clear()
    assert [] == book.all()
    assert [] == take(book, event("build_complete"), event(at=1))
    assert ["#2"] == [alert.id for alert in book.all()]


def test_a_read_without_trouble_is_not_gone_into(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither when there are no alerts, nor when they are about other resources: no row is looked at."""
    book = Ledger()
    monkeypatch.setattr(Ledger, "_run", lambda *_: pytest.fail("a row was looked at"))
    flood = Batch.of([event("build_started", who=f"b-{n}") for n in range(100)])
    book.take(flood)
    monkeypatch.undo()
    take(book, event(who="other"))
    monkeypatch.setattr(Ledger, "_run", lambda *_: pytest.fail("a row was looked at"))
    book.take(flood)


# -- against a naive model -----------------------------------------------------------------------------------

NAMES = ["build_failed", "build_complete", "build_started", "workload.degraded", "workload.failed",
         "workload.running", "odd"]  # fmt: skip


reads = st.lists(
    st.builds(
        event,
        st.sampled_from(NAMES),
        st.sampled_from(["a", "b", None]),
        st.integers(0, 30),
        message=st.sampled_from("xyz"),
    ),
    min_size=1,
    max_size=8,
)


@examples(600)
@given(st.lists(st.one_of(reads, st.none()), max_size=12))
def test_it_is_what_a_naive_model_says(steps: list[list[Event] | None]) -> None:
    """Reads of events in any order, and acknowledgements (None): the same counts, states and rows held."""
    book, model = Ledger(), Model()
    for number, step in enumerate(steps):
        if step is None:
            ack = Ack(number, "ann", str(number))
            book.acknowledge([alert.number for alert in book.all()], ack)
            model.acknowledge(ack)
            continue
        held = [at for at, one in enumerate(step) if model.take(one)]
        assert held == take(book, *step)
        found: dict[Any, Alert] = {alert.key: alert for alert in book.all()}
        assert {
            key: (naive.count, naive.severity, naive.over, naive.ack, naive.first, naive.newest)
            for key, naive in model.alerts.items()
        } == {
            key: (
                *(each.count, each.severity, each.resolved, each.ack, each.first_us),
                (each.last_us, each.event.message),
            )
            for key, each in found.items()
        }


@examples(100)
@given(st.lists(reads, max_size=12))
def test_how_it_is_read_makes_no_difference_to_the_state(steps: list[list[Event]]) -> None:
    """All in one read, or each event in one of its own: the same alerts are open."""
    whole, single = Ledger(), Ledger()
    every = [one for step in steps for one in step]
    if every:
        take(whole, *every)
    for one in every:
        take(single, one)
    assert told(single) == told(whole)


def test_what_came_long_ago_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a bound to what is known of better news: then late trouble fires, rather than being missed."""
    monkeypatch.setattr(lately, "ROWS", 3)
    book = Ledger()
    take(book, event("build_complete", at=20))
    take(book, *(event("build_started", who=f"b-{n}", at=1) for n in range(2, 5)))
    take(book, event(at=10))
    assert [("build of b-1", 1, "error", False)] == told(book)
