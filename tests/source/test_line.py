"""A line between a library and its connection: coalesced, patient, and gone without a trace."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpcore
import pytest
from raw_server import CHUNKED, chunk

from sse_notebook.errors import ConnectionLost
from sse_notebook.source.line import Line, keep_alive
from sse_notebook.source.network import Interrupter, SocketStream
from sse_notebook.source.patience import Forever

TWO = chunk(b"a") + chunk(b"bc")


class Counted:
    """Waits as long as it is told, and lets go after a few times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def left(self) -> float | None:
        return 0.001

    def ran_out(self) -> None:
        self.times -= 1
        if not self.times:
            raise ConnectionLost("enough")


@pytest.fixture
def pair() -> Iterator[tuple[SocketStream, socket.socket]]:
    ours, theirs = socket.socketpair()
    interrupter = Interrupter()
    interrupter.open()
    with ours, theirs:
        yield SocketStream(ours, interrupter), theirs
    interrupter.close()


Pair = tuple[SocketStream, socket.socket]


def test_chunks_are_coalesced(pair: Pair) -> None:
    """The library reads a head as it is, and chunks as one."""
    stream, peer = pair
    assert Line.put_on(stream, Forever()) is not None
    peer.sendall(CHUNKED)
    assert CHUNKED == stream.read(65536)
    peer.sendall(TWO)
    assert chunk(b"abc") == stream.read(65536)


def test_after_a_request_a_head_is_expected(pair: Pair) -> None:
    """The first write after a read begins another response."""
    stream, peer = pair
    Line.put_on(stream, Forever())
    for _ in range(2):
        stream.write(b"GET / HTTP/1.1\r\n")
        stream.write(b"\r\n")
        peer.sendall(CHUNKED + TWO)
        assert CHUNKED + chunk(b"abc") == stream.read(65536)


def test_what_was_ended_takes_no_other_request() -> None:
    """The write of another thread is told, in the library's words, to go elsewhere; later every write."""
    ended = False
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = httpcore.SyncBackend().connect_tcp(*server.getsockname())
        peer, _ = server.accept()
    with peer:
        line = Line.put_on(stream, Forever(), ended=lambda: ended)
        assert line is not None
        in_another_thread(lambda: stream.write(b"1"))
        ended = True
        stream.write(b"2")  # its own request fails as it does, and is not asked again
        with pytest.raises(httpcore.ConnectionNotAvailable):
            in_another_thread(lambda: stream.write(b"3"))
        line.take_off()
        with pytest.raises(httpcore.ConnectionNotAvailable):
            stream.write(b"4")
        stream.close()
        assert [b"12", b""] == [peer.recv(10, socket.MSG_WAITALL), peer.recv(10)]


UPDATE = b"\0\0\4\x08\0\0\0\0\0\0\0\0\1"  # a frame of HTTP/2 that lets the other side send more
ASKS = b"\0\0\1\x01\5\0\0\0\3\x82"  # and one that a request begins with


@pytest.mark.parametrize(
    ("written", "goes_on"),
    [(b"", True), (UPDATE, True), (UPDATE * 2, True), (ASKS, False), (UPDATE + ASKS, False)],
    ids=["nothing", "an update", "two", "a request", "a request behind one"],
)
def test_what_is_under_way_is_not_asked_again(written: bytes, goes_on: bool) -> None:
    """With HTTP/2: a request that was sent fails as it does; asked again it might be taken twice."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = httpcore.SyncBackend().connect_tcp(*server.getsockname())
        peer, _ = server.accept()
    with peer:
        Line.put_on(stream, Forever(), ended=lambda: True)
        if goes_on:
            in_another_thread(lambda: stream.write(written))
        else:
            with pytest.raises(httpcore.ConnectionNotAvailable) as caught:
                in_another_thread(lambda: stream.write(written))
            assert isinstance(caught.value, httpcore.WriteError)  # as who reads a response is told
        stream.close()
        assert peer.recv(100) == (written if goes_on else b"")


def test_what_was_not_ended_is_left_as_it_was() -> None:
    """Without an end, nothing of a line remains on the connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stream = httpcore.SyncBackend().connect_tcp(*server.getsockname())
        before = set(vars(stream))
        line = Line.put_on(stream, Forever())
        assert line is not None
        line.take_off()
        assert before == set(vars(stream))
        stream.close()


def in_another_thread(work: Callable[[], object]) -> None:
    """Do `work` in a thread of its own, and raise what it raises."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(work).result()


def test_midway_nothing_is_changed(pair: Pair) -> None:
    """Who comes in the middle of a response changes none of its bytes."""
    stream, peer = pair
    Line.put_on(stream, Forever(), midway=True)
    peer.sendall(TWO)
    assert stream.read(65536) == TWO


def test_a_read_that_brings_nothing_goes_on(pair: Pair) -> None:
    """A size without its chunk is not passed on as the end; the end is."""
    stream, peer = pair

    class Sends(Counted):
        def ran_out(self) -> None:
            peer.sendall(b"abc\r\n")
            peer.shutdown(socket.SHUT_WR)

    Line.put_on(stream, Sends(1))
    peer.sendall(CHUNKED)
    stream.read(65536)
    peer.sendall(b"3\r\n")
    assert [chunk(b"abc"), b"", b""] == [stream.read(65536) for _ in range(3)]


def test_what_was_held_back_comes_before_the_end(pair: Pair) -> None:
    """Half a size at the end is passed on, so that the library sees the stream as cut."""
    stream, peer = pair
    Line.put_on(stream, Forever())
    peer.sendall(CHUNKED + b"ff")
    peer.shutdown(socket.SHUT_WR)
    assert [CHUNKED, b"ff", b""] == [stream.read(65536) for _ in range(3)]


def test_patience_is_asked_and_ends_a_read(pair: Pair) -> None:
    """When no byte comes the patience is asked, again and again, until it ends the read."""
    stream, _ = pair
    patience = Counted(3)
    Line.put_on(stream, patience)
    with pytest.raises(ConnectionLost, match="enough"):
        stream.read(65536)
    assert patience.times == 0


def test_what_is_there_is_read_before_patience_is_asked(pair: Pair) -> None:
    """A reader that was held up itself does not take its own delay for the server's silence."""
    stream, peer = pair
    patience = Counted(1)
    Line.put_on(stream, patience)
    peer.sendall(b"x")
    assert (b"x", 1) == (stream.read(65536), patience.times)
    patience.left = lambda: 0.0  # type: ignore[method-assign] # its time is over already
    peer.sendall(b"y")
    assert (b"y", 1) == (stream.read(65536), patience.times)
    with pytest.raises(ConnectionLost, match="enough"):
        stream.read(65536)


def test_the_librarys_own_timeout_stays_its_own(pair: Pair) -> None:
    """A shorter limit of the library's ends a read as it always did."""
    stream, _ = pair
    Line.put_on(stream, Forever())
    with pytest.raises(httpcore.ReadTimeout):
        stream.read(65536, 0.001)


def test_errors_stay_the_librarys(pair: Pair) -> None:
    """What else a read raises is passed on."""
    stream, _ = pair
    Line.put_on(stream, Counted(5))
    stream.close()
    with pytest.raises(httpcore.ReadError):
        stream.read(65536)


def test_one_line_a_connection(pair: Pair) -> None:
    """A second one on the same connection is the first one; taken off, nothing is left of it."""
    stream, peer = pair
    before = dict(vars(stream))
    line = Line.put_on(stream, Forever())
    assert line is not None
    assert line is Line.put_on(stream, Forever())
    line.take_off()
    line.take_off()
    assert before == vars(stream)
    peer.sendall(CHUNKED + TWO)
    assert CHUNKED + TWO == stream.read(65536)


def test_no_face_no_line() -> None:
    """Where there is nothing to stand in front of, there is no line."""

    class Slotted:
        __slots__ = ()

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            return b""

        def write(self, data: bytes, timeout: float | None = None) -> None:
            pass

    assert (None, None) == (Line.put_on(object(), Forever()), Line.put_on(Slotted(), Forever()))


def test_the_system_watches_too() -> None:
    """A peer that is gone without a word is found out by TCP itself."""
    with socket.socket() as sock:
        keep_alive(sock)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    keep_alive(None)
    here, there = socket.socketpair()
    with here, there:
        keep_alive(here)  # no TCP: nothing happens
