"""The user's functions: once per event, in order, on a thread of their own."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import gc
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support import client_threads, eventually, run_all

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.errors import ArgumentError
from sse_notebook.intake import handlers
from sse_notebook.logbook import LogBook

Open = Callable[..., sse.EventStream]


def publish(backend: Backend, *types: str) -> None:
    backend.publish_all([{"event_type": type_, "n": n} for n, type_ in enumerate(types)])


def numbers(events: list[sse.Event]) -> list[int]:
    return [event.data["n"] for event in events]


def test_once_per_event_in_order(backend: Backend, open_stream: Open) -> None:
    """A handler gets each new event once, in order, whether it came live or again after a drop."""
    stream, seen = open_stream(), list[sse.Event]()
    stream.on("*", seen.append)
    for n in range(300):
        backend.publish({"event_type": "x", "n": n})
        if n == 150:
            eventually(lambda: seen)  # an id to resume from
            backend.drop_all()
    eventually(lambda: len(seen) >= 300)
    assert list(range(300)) == numbers(seen)


def test_without_handlers_nothing_is_made() -> None:
    """Rows by columns become events only where somebody is called with them."""
    seen = list[sse.Event]()
    dispatcher = handlers.Dispatcher(LogBook(), lambda lost: None, lambda number: None)
    messages = [sse.ServerSentEvent(data=f'{{"n": {n}}}') for n in range(10)]
    unseen, batch = (sse.Vocabulary().read_all(messages, received_us=1).rows for _ in range(2))
    dispatcher.put(unseen)
    handler = dispatcher.add("*", lambda event: True, seen.append)
    dispatcher.put(batch)
    eventually(lambda: len(seen) == 10)
    assert (list(range(10)), True, {}) == (numbers(seen), seen[1] is batch[1], unseen._made)
    handler.off()
    dispatcher.close()


def test_who_closes_does_not_wait_for_objects() -> None:
    """While the events of a batch are made, which may take long, handlers can be closed; none is called."""
    making, go, seen = threading.Event(), threading.Event(), list[sse.Event]()

    class Slow(list[Any]):
        def __iter__(self) -> Iterator[Any]:
            making.set()
            go.wait(20)
            return super().__iter__()

    dispatcher = handlers.Dispatcher(LogBook(), lambda lost: None, lambda number: None)
    dispatcher.add("*", lambda event: True, seen.append)
    putting = threading.Thread(target=dispatcher.put, args=(Slow(["x"]),))
    putting.start()
    assert making.wait(20)
    dispatcher.close()
    assert putting.is_alive()
    go.set()
    putting.join(20)
    assert ([], []) == (seen, client_threads())


def test_not_what_is_kept_already(backend: Backend, open_stream: Open) -> None:
    """A handler is called from now on: for new events only."""
    stream, seen = open_stream(), list[sse.Event]()
    publish(backend, "x", "x")
    stream.wait_for(2, timeout=20).on("*", seen.append)
    publish(backend, "y")
    eventually(lambda: seen)
    assert ["y"] == [event.type for event in seen]


def test_not_what_still_waits_for_a_slow_handler(backend: Backend, open_stream: Open) -> None:
    """Events that came before a handler was registered are not its own, though they wait for another one."""
    stream, slow, late = open_stream(), list[sse.Event](), list[sse.Event]()
    entered, go = threading.Event(), threading.Event()

    def slowly(event: sse.Event) -> None:
        slow.append(event)
        entered.set()
        go.wait(20)

    stream.on("*", slowly)
    publish(backend, "x", "x", "x")
    stream.wait_for(3, timeout=20)
    entered.wait(20)
    stream.on("*", late.append)
    publish(backend, "y")
    stream.wait_for(4, timeout=20)
    go.set()
    eventually(lambda: len(slow) == 4 and late)
    assert ["y"] == [event.type for event in late]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", [0, 1, 2, 3, 4, 5]),
        ("workload.status", [0, 1]),
        ("workload_status_update", [0, 1]),
        ("workload.running", [1]),
        ("build.*", [2, 3]),
        ("build_*", [2, 3]),
        ("build.completed", [2]),
        ("build_complete", [2]),
        ("error_report", [4]),
        ("mine", [5]),
        ("nothing", []),
    ],
)
def test_names_and_globs(backend: Backend, open_stream: Open, pattern: str, expected: list[int]) -> None:
    """A handler answers to names in either vocabulary, and to globs."""
    stream, seen, last = open_stream(), list[sse.Event](), list[sse.Event]()
    stream.on(pattern, lambda event: seen.append(event))
    stream.on("*", last.append)
    wire = [
        {"event_type": "workload_status_update", "status": "pending"},
        {"event_type": "workload.running"},
        {"event_type": "build_complete"},
        {"event_type": "build_failed"},
        {"event_type": "error_report"},
        {"event_type": "mine"},
    ]
    backend.publish_all([{**event, "n": n} for n, event in enumerate(wire)])
    eventually(lambda: len(last) == len(wire))
    assert expected == numbers(seen)


def test_control_messages_are_no_events(backend: Backend, open_stream: Open) -> None:
    """Handlers are not called for `connected`, heartbeats and comments."""
    stream, seen = open_stream(), list[sse.Event]()
    stream.on("*", seen.append)
    backend.publish_raw(b'event: heartbeat\ndata: {}\n\n: comment\n\nevent: connected\ndata: {"n": 1}\n\n')
    publish(backend, "x")
    eventually(lambda: seen)
    assert ["x"] == [event.type for event in seen]


def test_as_a_decorator(backend: Backend, open_stream: Open) -> None:
    """Without a function `on` is a decorator; what it gives can be called, and has `off`."""
    stream, seen = open_stream(), list[str]()

    @stream.on("x")
    def note(event: Any) -> str:
        seen.append(getattr(event, "type", event))
        return "said"

    assert ("said", ["by hand"]) == (note("by hand"), seen)
    assert repr(note).startswith("<handler ")
    publish(backend, "x", "y")
    eventually(lambda: len(seen) == 2)
    note.off()
    note.off()
    publish(backend, "x")
    stream.wait_for(3, timeout=20)
    assert ["by hand", "x"] == seen
    assert "said" == note("after")


def test_off_counts_at_once(backend: Backend, open_stream: Open) -> None:
    """A handler that another one ends is not called for the same event either."""
    stream, seen = open_stream(), list[str]()

    def first(event: sse.Event) -> None:
        seen.append("first")
        handle.off()

    stream.on("*", first)
    handle = stream.on("*", lambda event: seen.append("second"))
    publish(backend, "x")
    eventually(lambda: seen)
    publish(backend, "x")
    eventually(lambda: len(seen) == 2)
    assert ["first", "first"] == seen


def test_registered_again_replaces(backend: Backend, open_stream: Open) -> None:
    """To run the cell again doubles nothing: the same qualified name takes the earlier one's place."""
    stream, seen = open_stream(), list[int]()
    for version in range(5):

        def note(event: sse.Event, version: int = version) -> None:
            seen.append(version)

        handle = stream.on("*", note)
    publish(backend, "x")
    eventually(lambda: seen)
    handle.off()
    publish(backend, "x")
    stream.wait_for(2, timeout=20)
    assert [4] == seen


def test_off_of_one_that_was_replaced(backend: Backend, open_stream: Open) -> None:
    """The handle of a handler that was replaced ends nothing any more."""
    stream, seen = open_stream(), list[sse.Event]()

    def note(event: sse.Event) -> None:
        seen.append(event)

    old = stream.on("*", note)
    stream.on("*", note)
    old.off()
    publish(backend, "x")
    eventually(lambda: seen)


def test_different_functions_are_different_handlers(backend: Backend, open_stream: Open) -> None:
    """Two functions, two lambdas, be it on one line, methods of two objects: each is a handler of its own."""
    stream, seen = open_stream(), list[str]()

    class Noter:
        def __init__(self, name: str) -> None:
            self.name = name

        def note(self, event: sse.Event) -> None:
            seen.append(self.name)

    one, two = Noter("one"), Noter("two")
    stream.on("*", one.note)
    stream.on("*", two.note)
    stream.on("*", lambda event: seen.append("three"))
    four, five = (lambda event: seen.append("four")), (lambda event: seen.append("five"))
    stream.on("*", four)
    stream.on("*", five)
    stream.on("*", functools.partial(seen.insert, 99))  # takes the event itself
    last = threading.Event()
    stream.on("*", lambda event: last.set())
    publish(backend, "x")
    assert last.wait(20)
    assert ["one", "two", "three", "four", "five"] == seen[:5]
    assert 6 == len(seen)


def test_a_decorated_function_registered_elsewhere(backend: Backend, open_stream: Open) -> None:
    """What `on` gave can be given to `on` of a view or another stream: it is the function, not a wrapping."""
    stream, seen = open_stream(), list[str]()
    other = open_stream(name="other")

    @stream.on("*")
    def one(event: sse.Event) -> None:
        seen.append("one")

    @stream.on("*")
    def two(event: sse.Event) -> None:
        seen.append("two")

    other.on("*", one)
    other.on("*", two)
    publish(backend, "x")
    eventually(lambda: len(seen) == 4)
    assert ["one", "one", "two", "two"] == sorted(seen)


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyError("x")])
def test_an_error_harms_nobody(
    backend: Backend, open_stream: Open, error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a handler raises is logged with its place, counted, shown once; others, and later events, come."""
    stream, seen = open_stream(), list[sse.Event]()

    def broken(event: sse.Event) -> None:
        raise error

    stream.on("*", broken)
    stream.on("*", seen.append)
    publish(backend, "x", "y")
    eventually(lambda: len(seen) == 2)
    log = stream.log
    lines = log[log["where"].str.startswith("handler ")]
    assert [("ERROR", True)] == [
        (level, type(error).__name__ in text and "of broken)" in text)
        for level, text in zip(lines["level"], lines["text"], strict=True)
    ]
    assert lines["where"].str.endswith("test_an_error_harms_nobody.<locals>.broken").all()
    assert {2} == set(stream._parts.log.errors.values())
    [counted] = [
        number for name, number in stream.metrics.items() if name.startswith("sse_user_errors_total")
    ]
    assert 2 == counted
    shown = capsys.readouterr().err
    assert 1 == shown.count("Traceback")
    assert "in broken" in shown


def test_an_error_that_nobody_can_be_shown(
    backend: Backend, open_stream: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where standard error can't be written to, the log has the error, and later events come."""
    reader, writer = os.pipe()
    os.close(reader)
    stream, seen = open_stream(), list[sse.Event]()

    def broken(event: sse.Event) -> None:
        seen.append(event)
        raise ValueError("no")

    stream.on("*", broken)
    with open(writer, "w", buffering=1) as nobody:  # noqa: PTH123 - a descriptor
        monkeypatch.setattr("sys.stderr", nobody)
        publish(backend, "x")
        eventually(lambda: len(seen) == 1)
        publish(backend, "y")
        eventually(lambda: len(seen) == 2)
        monkeypatch.undo()
        with contextlib.suppress(BrokenPipeError):
            nobody.close()
    eventually(lambda: stream.metrics["sse_user_errors_total"] == 2)


def test_what_would_never_be_awaited(
    backend: Backend, open_stream: Open, capsys: pytest.CaptureFixture[str]
) -> None:
    """A function that gives a coroutine does nothing; that is an error of its own, and not silence."""
    stream = open_stream()
    stream.on("*", lambda event: asynchronous(event))
    publish(backend, "x", "y")
    eventually(lambda: stream.metrics["sse_user_errors_total"] == 2)
    assert 1 == capsys.readouterr().err.count("would never be awaited")


def test_how_many_there_are_is_told_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one thread adds while another removes is not told first: the last word counts."""
    told: list[int] = []
    dispatcher = handlers.Dispatcher(LogBook(), lambda n: None, told.append)
    first = dispatcher.add("*", bool, print)

    def end(self: handlers.Handler) -> None:
        run_all(lambda: dispatcher.add("*", bool, repr))

    monkeypatch.setattr(handlers.Handler, "end", end)
    first.off()
    assert [1, 0, 1] == told


def test_a_thread_of_their_own(backend: Backend, open_stream: Open) -> None:
    """Handlers run on one thread, which is not the stream's, and only while there are handlers."""
    stream, names = open_stream(), set[str]()
    assert 1 == len(client_threads())
    handles = [
        stream.on("*", lambda event: names.add(threading.current_thread().name)),
        stream.on("*", lambda event: names.add(threading.current_thread().name)),
    ]
    publish(backend, *["x"] * 50)
    stream.wait_for(50, timeout=20)
    eventually(lambda: names)
    assert ({"sse-notebook handlers"}, 2) == (names, len(client_threads()))
    for handle in handles:
        handle.off()
    eventually(lambda: len(client_threads()) == 1)
    names.clear()
    stream.on("*", lambda event: names.add("again"))
    publish(backend, "x")
    eventually(lambda: names == {"again"})


def test_a_slow_handler_does_not_hold_up_the_stream(backend: Backend, open_stream: Open) -> None:
    """While a handler takes its time, rows go on coming in."""
    stream, go = open_stream(), threading.Event()
    stream.on("*", lambda event: go.wait(20))
    publish(backend, *["x"] * 500)
    stream.wait_for(500, timeout=20)
    assert 500 == len(stream.df)
    go.set()


def test_too_slow_handlers(backend: Backend, open_stream: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the backlog the oldest events are not handed on: counted, and said once; rows are kept."""
    monkeypatch.setattr(handlers, "BACKLOG", 10)
    stream, seen = open_stream(), list[sse.Event]()
    entered, go = threading.Event(), threading.Event()

    def slowly(event: sse.Event) -> None:
        seen.append(event)
        entered.set()
        go.wait(20)

    stream.on("*", slowly)
    backend.publish({"event_type": "x", "n": -1})
    entered.wait(20)
    for n in range(100):
        backend.publish({"event_type": "x", "n": n})
    stream.wait_for(101, timeout=20)
    eventually(lambda: stream.metrics["sse_handler_overruns_total"] == 90)
    go.set()
    eventually(lambda: len(seen) == 11)
    assert [-1, *range(90, 100)] == numbers(seen)
    assert 101 == len(stream.df)
    assert 1 == int(stream.log["text"].str.contains("handlers are too slow").sum())


def test_the_context_of_the_registering_cell(backend: Backend, open_stream: Open) -> None:
    """A handler runs in the context where it was registered: what it prints lands in that cell."""
    cell: contextvars.ContextVar[str] = contextvars.ContextVar("cell", default="none")
    stream, seen = open_stream(), list[str]()
    for name in ("first", "second"):
        token = cell.set(name)

        def note(event: sse.Event) -> None:
            seen.append(cell.get())

        note.__qualname__ = name
        stream.on("*", note)
        cell.reset(token)
    publish(backend, "x", "y")
    eventually(lambda: len(seen) == 4)
    assert ["first", "second"] * 2 == seen


async def asynchronous(event: sse.Event) -> None:
    """Would never be awaited."""


class Asynchronous:
    """Would not be, either."""

    async def __call__(self, event: sse.Event) -> None: ...


@pytest.mark.parametrize(
    ("type_", "fn", "words"),
    [
        ("*", 5, "a handler is a function that takes an event, not int"),
        ("*", asynchronous, "plain function"),
        ("*", Asynchronous(), "plain function"),
        (5, print, "takes a type or a glob"),
        (None, print, "takes a type or a glob"),
    ],
)
def test_wrong_arguments(backend: Backend, open_stream: Open, type_: Any, fn: Any, words: str) -> None:
    """What can't be called with an event, or is no type, is refused with what would be right."""
    with pytest.raises(ArgumentError, match=words):
        open_stream().on(type_, fn)


def test_close_from_inside_a_handler(backend: Backend, open_stream: Open) -> None:
    """A handler may close its stream; no further event is handed to it."""
    stream, seen = open_stream(), list[sse.Event]()

    def once(event: sse.Event) -> None:
        seen.append(event)
        stream.close()

    stream.on("*", once)
    publish(backend, *["x"] * 20)
    eventually(lambda: stream.connection.state == "closed")
    eventually(lambda: client_threads() == [])
    assert 1 == len(seen)


def test_a_handle_does_not_keep_a_closed_stream(backend: Backend, open_stream: Open) -> None:
    """Who keeps the decorated function does not keep a stream, and its rows, that is closed."""
    stream = open_stream()
    handle = stream.on("*", print)
    stream.close()
    gone = weakref.ref(stream)
    del stream
    eventually(lambda: gone() is None or gc.collect() < 0)
    handle.off()


def test_one_function_for_several_types(backend: Backend, open_stream: Open) -> None:
    """The very same function may be registered for two types; another of its name replaces both."""
    stream, seen = open_stream(), list[str]()

    def make(word: str) -> Callable[[sse.Event], None]:
        def tell(event: sse.Event) -> None:
            seen.append(f"{word} {event.type}")

        tell.__qualname__ = "tell"  # as a cell defines it
        return tell

    first = make("first")
    stream.on("a", first)
    stream.on("b", first)
    publish(backend, "a", "b")
    eventually(lambda: len(seen) == 2)
    assert ["first a", "first b"] == seen
    stream.on("b", make("second"))
    publish(backend, "a", "b")
    eventually(lambda: len(seen) == 3)
    assert "second b" == seen[-1]


def test_lambdas_in_a_loop_are_several(backend: Backend, open_stream: Open) -> None:
    """A lambda for each of some types: each is called, though they stand in one place of the source."""
    stream, seen = open_stream(), list[str]()
    for kind in ("a", "b"):
        stream.on(kind, lambda event, kind=kind: seen.append(kind))
    publish(backend, "a", "b")
    eventually(lambda: len(seen) == 2)
    assert ["a", "b"] == seen


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_in_a_forked_child(backend: Backend, open_stream: Open) -> None:
    """A child that connects has its own events handled, though its parent's thread is not there."""
    stream, seen = open_stream(), list[sse.Event]()
    stream.on("*", seen.append)
    publish(backend, "x")
    eventually(lambda: len(seen) == 1)
    child = os.fork()
    if child == 0:
        try:
            stream.reconnect()
            eventually(lambda: len(seen) == 2, timeout=10)
            stream.close()
            os._exit(0)
        finally:
            os._exit(1)
    publish(backend, "y")  # before the child connects or after: it resumes
    assert (child, 0) == os.waitpid(child, 0)
    eventually(lambda: len(seen) == 2)
