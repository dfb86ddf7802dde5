"""`store.observed`: observers that can't harm each other."""

from __future__ import annotations

import doctest
from typing import Any

import pytest
import traitlets

from sse_notebook.errors import ArgumentError
from sse_notebook.store import observed
from sse_notebook.store.observed import Observed
from sse_notebook.store.store import EventStore


class Counting(Observed):
    """Something with two traits."""

    count = traitlets.Int()
    name = traitlets.Unicode()


def broken(change: Any) -> None:
    raise RuntimeError(f"no {change.name}")


def test_observers_are_told() -> None:
    """Each change of a trait tells those who observe it, and who observes all, with old and new value."""
    counting, told = Counting(), []
    counting.observe(lambda change: told.append(("count", change.old, change.new)), "count")
    counting.observe(lambda change: told.append(("any", change.name)))
    counting.count = 1
    counting.name = "x"
    assert [("count", 0, 1), ("any", "count"), ("any", "name")] == told


def test_one_that_raises_harms_nobody() -> None:
    """The others hear of the change all the same, the setter does not fail, and the error is reported."""
    counting, told, reports = Counting(), [], []
    counting.report = lambda where, error: reports.append((where, repr(error)))
    counting.observe(lambda change: told.append("first"), "count")
    counting.observe(broken, "count")
    counting.observe(lambda change: told.append("last"), "count")
    counting.count = 1
    assert (1, ["first", "last"]) == (counting.count, told)
    assert [("observer of count", "RuntimeError('no count')")] == reports


def test_by_itself_it_logs_the_first_error_of_each_observer(caplog: pytest.LogCaptureFixture) -> None:
    """Without a stream it is a warning of Python's logging, once for each place and kind; it harms nobody."""
    counting = Counting()
    counting.observe(broken)
    counting.observe(lambda change: 1 // 0, "count")
    with caplog.at_level("WARNING", "sse_notebook"):
        for number in range(1, 4):
            counting.count = number
    assert 3 == counting.count
    said = sorted(record.getMessage().partition(" (line")[0] for record in caplog.records)
    assert [
        "[SSE] Error in observer of count: RuntimeError: no count",
        "[SSE] Error in observer of count: ZeroDivisionError: integer division or modulo by zero",
    ] == said
    assert {"WARNING"} == {record.levelname for record in caplog.records}


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("cuont", r"no trait 'cuont' to observe \(there are count, name\); did you mean count\?"),
        (["count", "nmae"], "'nmae'.*did you mean name"),
        (7, "no trait 7"),
        ([7], "no trait 7"),
    ],
)
def test_a_trait_that_there_is_not(names: Any, said: str) -> None:
    """Who would wait for ever hears of it, with what there is."""
    with pytest.raises(ArgumentError, match=said):
        Counting().observe(broken, names)


def test_what_cannot_be_called() -> None:
    """No observer is no function."""
    with pytest.raises(ArgumentError, match=r"observe takes a function.*not 'count'"):
        Counting().observe("count", broken)


def test_what_ends_a_program_is_not_swallowed() -> None:
    """An interrupt in an observer is no error of its own: it goes on."""
    counting = Counting()

    def interrupted(change: Any) -> None:
        raise KeyboardInterrupt

    counting.observe(interrupted, "count")
    with pytest.raises(KeyboardInterrupt):
        counting.count = 1


def test_unobserve_ends_it() -> None:
    """An observer is removed by itself: functions, bound methods, one of several, all of them."""
    counting, told = Counting(), []
    counting.observe(told.append, "count")
    counting.observe(told.append, "name")
    counting.unobserve(told.append, "count")
    counting.count = 1
    assert [] == told
    counting.name = "x"
    assert ["name"] == [change.name for change in told]
    counting.unobserve_all()
    counting.name = "y"
    assert 1 == len(told)


def test_the_same_observer_twice_is_told_once() -> None:
    """As in traitlets: registering again changes nothing."""
    counting, told = Counting(), []
    counting.observe(told.append, "count")
    counting.observe(told.append, "count")
    counting.count = 1
    assert 1 == len(told)


def test_a_subclass_may_observe_itself() -> None:
    """Methods marked with traitlets' `@observe` are called, with their object."""

    class Doubling(Counting):
        double = traitlets.Int()

        @traitlets.observe("count")
        def _doubled(self, change: Any) -> None:
            self.double = 2 * change.new

    doubling = Doubling()
    doubling.count = 4
    assert 8 == doubling.double


def test_links_go_on_working() -> None:
    """traitlets' own links, which observe too, bind and unbind."""
    one, two = Counting(), Counting()
    link = traitlets.dlink((one, "count"), (two, "count"))
    one.count = 5
    assert 5 == two.count
    link.unlink()
    one.count = 6
    assert 5 == two.count


def test_the_examples_hold() -> None:
    """What the docstrings show is what happens."""
    assert 0 == doctest.testmod(observed).failed


def test_nobody_need_observe() -> None:
    """What is set while nobody observes is there, and who comes later hears of what comes after."""
    store, told = EventStore(), []
    store.set_together(version=1, count=2)
    store.observe(lambda change: told.append((change.name, change.old, change.new)), "count")
    store.set_together(version=3, count=4)
    assert ((3, 4), [("count", 2, 4)]) == ((store.version, store.count), told)


def test_a_user_s_class_may_validate() -> None:
    """Its validators are asked although nobody observes."""

    class Theirs(EventStore):
        @traitlets.validate("count")
        def _tenfold(self, proposal: Any) -> Any:
            return 10 * proposal.value

    store = Theirs()
    store.set_together(version=1, count=2)
    assert 20 == store.count


def test_a_class_may_observe_itself() -> None:
    """Its methods are told although nobody else observes, also where the class is one of ours."""
    told: list[Any] = []

    class Ours(EventStore):
        __module__ = "sse_notebook.somewhere"

        @traitlets.observe("version")
        def _seen(self, change: Any) -> None:
            told.append(change.new)

    Ours().set_together(version=1, count=2)
    assert [1] == told
