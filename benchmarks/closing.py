"""`close()`: how long it takes until it is back, in every phase of a connection.

The law: each close is of a stream of its own, known to be in its phase, at a moment that chance chooses
within it; what the streams before it left is gone by then. Here a time counts, not a ratio: whoever closes a
stream waits so long. How often the stream's thread was not gone yet is said beside it.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import random
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import sse_notebook as sse
from benchmarks import peers
from benchmarks.harness import Report, Size, Target, release
from benchmarks.sender import Sender
from sse_notebook.source.live import FINISHING, PARTING

__all__ = ["run"]

LIMIT = 10.0  # milliseconds
PATIENCE = 30.0  # seconds to get into a phase
LONGEST_WAIT = 0.01  # seconds within a phase

_numbers = itertools.count()
_chance = random.Random(1)  # noqa: S311 - moments, not secrets


class Closed(NamedTuple):
    """How a stream was closed."""

    seconds: float
    left: bool  # its thread was not gone when `close` was back


# A phase, named by its docstring: what makes a stream that is in it, closes it, and says how that went.
Phase = Callable[[Sender], contextlib.AbstractContextManager[Callable[[], Closed]]]


def run(size: Size) -> Iterator[Report]:
    """Close many streams in each phase; then one of each peer's."""
    with Sender() as sender:
        rows: list[Sequence[str]] = []
        worst, where = 0.0, ""
        gc.collect()
        gc.freeze()  # or each collection below would look through all modules again
        for phase in PHASES:
            with phase(sender) as once:
                closed = [alone(once) for _ in range(size.closes)]
            took = sorted(each.seconds * 1000 for each in closed)
            last = percentile(took, 99)
            name = (phase.__doc__ or "").rstrip(".")
            if last > worst:
                worst, where = last, name
            times = (f"{each:.2f}" for each in (statistics.median(took), last, took[-1]))
            rows.append((name, *times, str(sum(each.left for each in closed))))
        gc.unfreeze()
        yield Report(
            "Closing",
            f"`stream.close()` in milliseconds, {size.closes} streams in each phase. `close` waits for the "
            f"stream's thread, but {PARTING * 1000:g} ms at most, and {FINISHING * 1000:g} ms where it is "
            "handing a read on; the last column says how often the thread was not gone then, and ended by "
            "itself afterwards. So it is during a name look-up, which nobody can interrupt, and where a "
            "function of the user's own is on that thread (the observers).",
            ("phase", "p50", "p99", "longest", "thread left"),
            rows,
            [Target(f"p99 in the slowest phase ({where})", worst, LIMIT, least=False, unit="ms")],
        )
        yield Report(
            "Closing, the others",
            "A thread reads a stream that is open and idle; another one closes it in the way that the client "
            f"has. Milliseconds until the reading thread had ended, at most {size.patience:g} s.",
            ("", "version", "ms"),
            [others(name, package, opened, sender, size.patience) for name, package, opened in OTHERS],
        )


def percentile(ordered: Sequence[float], part: int) -> float:
    """The value that `part` percent of these do not exceed."""
    return ordered[min(len(ordered) - 1, len(ordered) * part // 100)]


# -- how a stream gets there, and how long its close takes -------------------------------------------------


def connect(url: str, **options: Any) -> sse.EventStream:
    """Another stream each time."""
    return sse.connect(url, name=f"close {next(_numbers)}", retry_attempts=None, **options)


def until(condition: Callable[[], object]) -> None:
    """Wait until this is so."""
    pause, deadline = threading.Event(), time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"never true: {condition}")
        pause.wait(0.0005)


def threads() -> list[threading.Thread]:
    """Those of streams, as many as there are; not those of handlers."""
    ours = [each for each in threading.enumerate() if each.name.startswith("sse-notebook ")]
    return [each for each in ours if each.name != "sse-notebook handlers"]


def alone(once: Callable[[], Closed]) -> Closed:
    """Once more. What closed streams left is not for this one to collect: it would stop all its threads."""
    until(lambda: not threads())
    gc.collect()
    return once()


def close(stream: sse.EventStream) -> Closed:
    """Close it, at a moment that chance chooses."""
    threading.Event().wait(_chance.uniform(0, LONGEST_WAIT))
    began = time.perf_counter()
    stream.close()
    seconds = time.perf_counter() - began
    return Closed(seconds, bool(threads()))


@contextlib.contextmanager
def resolving(sender: Sender) -> Iterator[Callable[[], Closed]]:  # noqa: ARG001 - a phase
    """Resolving the name."""
    answered, asked = threading.Event(), threading.Event()
    ask = socket.getaddrinfo

    def silent(*_args: Any, **_options: Any) -> Any:
        asked.set()
        answered.wait(PATIENCE)
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")

    def once() -> Closed:
        answered.clear()
        asked.clear()
        stream = connect("http://nowhere.invalid/events")
        until(asked.is_set)
        closed = close(stream)
        answered.set()
        return closed

    # No real server keeps a question for as long as one likes, and traffic stays on this machine.
    socket.getaddrinfo = silent
    try:
        yield once
    finally:
        answered.set()
        socket.getaddrinfo = ask


@contextlib.contextmanager
def connecting(sender: Sender) -> Iterator[Callable[[], Closed]]:  # noqa: ARG001 - a phase
    """Connecting to a full backlog."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        with contextlib.suppress(TimeoutError):
            while True:
                waiting = stack.enter_context(socket.socket())
                waiting.settimeout(0.2)
                waiting.connect(("127.0.0.1", port))

        def once() -> Closed:
            stream = connect(f"http://127.0.0.1:{port}/events")
            until(lambda: stream.connection.state == "connecting")
            return close(stream)

        yield once


@contextlib.contextmanager
def waiting_for_headers(sender: Sender) -> Iterator[Callable[[], Closed]]:
    """Waiting for headers."""

    def once() -> Closed:
        stream = connect(sender.url("silent"))
        until(lambda: stream.connection.state == "connecting")
        return close(stream)

    yield once


@contextlib.contextmanager
def reading_idle(sender: Sender) -> Iterator[Callable[[], Closed]]:
    """Reading, idle."""

    def once() -> Closed:
        stream = connect(sender.url("hold"))
        stream.wait_for(1, timeout=PATIENCE)
        return close(stream)

    yield once


@contextlib.contextmanager
def reading_a_flood(sender: Sender) -> Iterator[Callable[[], Closed]]:
    """Reading a flood."""

    def once() -> Closed:
        stream = connect(sender.url("flood"))
        stream.wait_for(1, timeout=PATIENCE)
        return close(stream)

    yield once


@contextlib.contextmanager
def backing_off(sender: Sender) -> Iterator[Callable[[], Closed]]:  # noqa: ARG001 - a phase
    """Backing off."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    def once() -> Closed:
        stream = connect(f"http://127.0.0.1:{port}/events", retry_initial=3600.0, retry_max=3600.0)
        until(lambda: stream.connection.state == "retrying")
        return close(stream)

    yield once


@contextlib.contextmanager
def from_a_handler(sender: Sender) -> Iterator[Callable[[], Closed]]:
    """From inside a handler."""

    def once() -> Closed:
        took: list[Closed] = []
        stream = connect(sender.url("flood"))

        def handler(_event: sse.Event) -> None:
            if not took:
                took.append(close(stream))

        stream.on("*", handler)
        until(lambda: took)
        return took[0]

    yield once


@contextlib.contextmanager
def from_an_observer(sender: Sender) -> Iterator[Callable[[], Closed]]:
    """From inside an observer of the store."""

    def once() -> Closed:
        took: list[Closed] = []
        stream = connect(sender.url("flood"))

        def observer(_change: Any) -> None:
            if not took:
                took.append(close(stream))

        stream.store.observe(observer, "count")
        until(lambda: took)
        return took[0]

    yield once


@contextlib.contextmanager
def while_a_handler_waits(sender: Sender) -> Iterator[Callable[[], Closed]]:
    """While a handler takes long."""

    def once() -> Closed:
        inside, done = threading.Event(), threading.Event()
        stream = connect(sender.url("hold"))

        def handler(_event: sse.Event) -> None:
            inside.set()
            done.wait(PATIENCE)

        stream.on("*", handler)
        until(inside.is_set)
        closed = close(stream)
        done.set()
        return closed

    yield once


@contextlib.contextmanager
def while_an_observer_waits(sender: Sender) -> Iterator[Callable[[], Closed]]:
    """While an observer of the store takes long."""

    def once() -> Closed:
        inside, done = threading.Event(), threading.Event()
        stream = connect(sender.url("hold"))

        def observer(_change: Any) -> None:
            inside.set()
            done.wait(PATIENCE)

        stream.store.observe(observer, "count")
        until(inside.is_set)
        closed = close(stream)
        done.set()
        return closed

    yield once


PHASES: list[Phase] = [
    *(resolving, connecting, waiting_for_headers, reading_idle, reading_a_flood, backing_off),
    *(from_a_handler, from_an_observer, while_a_handler_waits, while_an_observer_waits),
]


# -- the others --------------------------------------------------------------------------------------------


def others(
    name: str,
    package: str,
    opened: Callable[[str], tuple[Iterator[Any], Callable[[], Any]]],
    sender: Sender,
    patience: float,
) -> Sequence[str]:
    """A row: how long one of a peer's readers lives on after it was closed."""
    try:
        events, shut = opened(sender.url("hold"))
        first = threading.Event()
    except ImportError as error:
        return name, "", f"not installed ({error.name})"

    def read() -> None:
        with contextlib.suppress(Exception):  # that it was closed under the reader is no news
            for _ in events:
                first.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    first.wait(PATIENCE)
    began = time.perf_counter()
    # On a thread too: some wait for the very reader that they should end.
    threading.Thread(target=shut, daemon=True).start()
    reader.join(patience)
    seconds = time.perf_counter() - began
    return name, release(package), "not in time" if reader.is_alive() else f"{seconds * 1000:.1f}"


def _httpx_sse(url: str) -> tuple[Iterator[Any], Callable[[], Any]]:
    import httpx_sse

    client = peers.httpx_client()
    response = client.send(client.build_request("GET", url), stream=True)
    return httpx_sse.EventSource(response).iter_sse(), response.close


def _launchdarkly(url: str) -> tuple[Iterator[Any], Callable[[], Any]]:
    from ld_eventsource import SSEClient

    client = SSEClient(url)
    return iter(client.events), client.close


def _sseclient_py(url: str) -> tuple[Iterator[Any], Callable[[], Any]]:
    import sseclient
    import urllib3

    client = sseclient.SSEClient(urllib3.PoolManager().request("GET", url, preload_content=False))
    return client.events(), client.close


def _requests_sse(url: str) -> tuple[Iterator[Any], Callable[[], Any]]:
    import requests_sse

    source = requests_sse.EventSource(url)
    source.connect()
    return source, source.close


def _ours(url: str) -> tuple[Iterator[Any], Callable[[], Any]]:
    """The same for ours: what reads is its own thread, so one waits for that."""
    stream = connect(url)
    stream.wait_for(1, timeout=PATIENCE)
    reading = threads()

    def events() -> Iterator[None]:
        yield
        for thread in reading:
            thread.join()

    return events(), stream.close


OTHERS = [
    ("**sse_notebook**", "", _ours),
    ("launchdarkly-eventsource", "launchdarkly-eventsource", _launchdarkly),
    ("httpx-sse", "httpx-sse", _httpx_sse),
    ("sseclient-py on urllib3", "sseclient-py", _sseclient_py),
    ("requests-sse", "requests-sse", _requests_sse),
]
