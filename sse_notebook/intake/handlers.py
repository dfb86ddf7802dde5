"""The user's own functions, called once per event, in order, on one thread of their own.

The law: a handler never holds up the stream, never runs twice for one event, and its error reaches nobody but
the log, and the cell that registered it. It runs in the context of that cell: what it prints lands there.
"""

from __future__ import annotations

import contextlib
import contextvars
import inspect
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.logbook import LogBook
from sse_notebook.source import fork

__all__ = ["Dispatcher", "Handler", "function_name"]

Wanted = Callable[[Event], bool]

# Events that may wait for slow handlers; beyond it the oldest are dropped, and counted.
BACKLOG = 100_000

NEVER_AWAITED = "a handler is a plain function; an async one would never be awaited"


class Handler:
    """A registered function; `off()` ends it. It can be called, as the function itself."""

    def __init__(self, owner: Dispatcher, pattern: str, wanted: Wanted, fn: Callable[[Event], Any]) -> None:
        self._owner = owner
        self._name = function_name(fn)
        self.key = (self._name, pattern)
        self._failed = False
        self._wanted: Wanted | None = wanted  # holds the stream, or the view
        self._fn = fn
        self._context = contextvars.copy_context()
        self.since = 0  # which event is the first for it, counted as `Dispatcher` counts them

    def off(self) -> None:
        """Call it no more."""
        self._owner.remove(self)

    def end(self) -> None:
        """Let go of the stream: who keeps the handle, or the decorated function, does not keep that alive."""
        self._wanted = None

    def __call__(self, event: Event) -> Any:
        """Call the function itself."""
        return self._fn(event)

    def run(self, event: Event) -> None:
        """Call it for an event, if it wants it, in the context where it was registered."""
        wanted = self._wanted
        if wanted is None or not wanted(event):
            return
        answer = self._context.run(self._fn, event)
        if inspect.iscoroutine(answer):  # of a lambda, say, that calls an async function
            answer.close()
            raise ArgumentError(NEVER_AWAITED)

    def failed(self, error: BaseException, hide: Callable[[str], str] = str) -> None:
        """Show its first error where its words go: below the cell that registered it.

        Args:
            error: what it raised, which may repeat what the event says.
            hide: masks secrets in a text: a notebook keeps it.
        """
        if not self._failed:
            self._failed = True
            said = hide("".join(traceback.format_exception(error)))
            with contextlib.suppress(Exception):  # it is in the log; whoever read standard error may be gone
                self._context.run(lambda: sys.stderr and sys.stderr.write(said))

    @property
    def function(self) -> Callable[[Event], Any]:
        """The function itself."""
        return self._fn

    @property
    def name(self) -> str:
        """Module and qualified name of the function: what tells a handler registered again."""
        return self._name

    def __repr__(self) -> str:
        return f"<handler {self._name}>"


class Dispatcher:
    """Calls the handlers of one stream.

    Args:
        log: where errors go.
        dropped: told how many events were dropped because handlers were too slow.
        changed: told how many handlers there are, whenever that changes, in order.
    """

    def __init__(self, log: LogBook, dropped: Callable[[int], None], changed: Callable[[int], None]) -> None:
        self._log = log
        self._dropped = dropped
        self._changed = changed
        # Guards everything below; held to change the lists, let go of while handlers run.
        self._more = threading.Condition()
        self._handlers: dict[tuple[str, str], Handler] = {}  # by name and type
        self._queue: deque[Event] = deque()
        self._taken = 0  # events ever put into the queue
        self._thread: threading.Thread | None = None
        self._closed = False
        self._warned = False  # that handlers are too slow
        fork.watch(self)

    def before_fork(self) -> None:
        """Nothing to wait for: what the lock guards is whole at any moment."""

    def after_fork(self, *, child: bool) -> None:
        """In the child there is no thread yet; what waits is the parent's to handle."""
        if child:
            self._more = threading.Condition()  # another thread may hold the old one, or wait on it
            self._queue.clear()
            self._thread = None

    def add(self, pattern: str, wanted: Wanted, fn: Callable[[Event], Any]) -> Handler:
        """Call `fn` for each event that `wanted` accepts, from now on.

        Another function of the same qualified name is what the cell defined before it was run again: it goes.
        The very same function, lambdas, and functions made by others may be registered for several types.

        Raises:
            ArgumentError: it can't be called.
        """
        if not callable(fn):
            raise ArgumentError(f"a handler is a function that takes an event, not {type(fn).__name__}")
        if isinstance(fn, Handler):  # a function that `on` has decorated already
            fn = fn.function
        if inspect.iscoroutinefunction(fn) or inspect.iscoroutinefunction(type(fn).__call__):
            raise ArgumentError(NEVER_AWAITED)
        handler = Handler(self, pattern, wanted, fn)
        with self._more:
            same = [each for each in self._handlers.values() if each.name == handler.name]
            # What a cell defines by name is one thing, whatever type it is for; lambdas and what a function
            # makes are many things of one name, told by their type too.
            one = "<l" not in handler.name  # neither <lambda> nor <locals>
            replaced = [each for each in same if each.key == handler.key or (one and each.function is not fn)]
            handler.since = min((each.since for each in replaced), default=self._taken)
            for each in replaced:
                del self._handlers[each.key]
            if self._closed:
                handler.end()
            else:
                self._handlers[handler.key] = handler
            self._changed(len(self._handlers))
        return handler

    def remove(self, handler: Handler) -> None:
        """Call it no more; nothing happens if it was replaced or removed already."""
        with self._more:
            if self._handlers.get(handler.key) is handler:
                del self._handlers[handler.key]
            self._changed(len(self._handlers))
            self._more.notify()  # without handlers the thread ends
        handler.end()

    def put(self, events: Sequence[Event]) -> None:
        """Hand on new events. Never waits; without handlers, no event of a batch becomes an object."""
        if not self._handlers or self._closed:
            return
        # Not under the lock: to make the objects of a large read takes longer than who closes should wait.
        made = list(events)
        with self._more:
            if not self._handlers or self._closed:
                return
            self._queue.extend(made)
            self._taken += len(made)
            lost = len(self._queue) - BACKLOG
            for _ in range(lost):
                self._queue.popleft()
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="sse-notebook handlers", daemon=True)
                thread.start()  # it waits for the lock; if none can start, the next read tries again
                self._thread = thread
            self._more.notify()
        if lost > 0:
            self._dropped(lost)
            if not self._warned:
                self._warned = True  # once: a flood of events must not become one of log lines
                self._log.warning(
                    "handlers", "handlers are too slow: the oldest events are not handed to them"
                )

    def close(self) -> None:
        """Finish the call that is running, then stop."""
        with self._more:
            self._closed = True
            self._queue.clear()
            for handler in self._handlers.values():
                handler.end()
            self._handlers.clear()
            self._changed(0)
            self._more.notify()
        # Its thread is not waited for: a handler may run long, and may be the one that closes.

    def _run(self) -> None:
        while True:
            with self._more:
                while not self._queue and self._handlers:
                    self._more.wait()
                if not self._handlers:  # closed, or nobody wants events any more; `put` starts another
                    self._queue.clear()
                    self._thread = None
                    return
                number = self._taken - len(self._queue)
                event = self._queue.popleft()
                handlers = [each for each in self._handlers.values() if each.since <= number]
            for handler in handlers:
                if handler.key not in self._handlers:  # another handler has just ended it
                    continue
                try:
                    handler.run(event)
                # SystemExit too: a handler's `sys.exit()` would end all handlers in silence
                except BaseException as error:  # noqa: BLE001 - a handler may raise anything
                    self._log.caught(f"handler {handler.name}", error)
                    handler.failed(error, self._log.redact)


def function_name(fn: Callable[..., Any]) -> str:
    """What tells a handler registered again from another one.

    Named functions: module and qualified name. Lambdas share one name, so their place in the source is added
    (a cell that is run again has the same); methods of two objects are two handlers.
    """
    inner = getattr(fn, "func", fn)  # functools.partial
    name = f"{getattr(inner, '__module__', '')}.{getattr(inner, '__qualname__', type(inner).__qualname__)}"
    code = getattr(inner, "__code__", None)
    if "<lambda>" in name and code is not None:
        column = next((each[2] for each in code.co_positions() if each[2]), 0)  # two may share a line
        name += f" at {code.co_filename.rpartition('/')[2]}:{code.co_firstlineno}:{column}"
    if (owner := getattr(inner, "__self__", None)) is not None:
        name += f" of {type(owner).__qualname__} {id(owner):x}"
    return name
