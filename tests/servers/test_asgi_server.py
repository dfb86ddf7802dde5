"""The apps of other frameworks do what their page says, seen with plain httpx."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from servers.asgi import AsgiServer, DjangoEventstream, FastApi, SseStarlette

PADDING = ":" + " " * 2048
OPENING = [PADDING, "event: stream-open\ndata:"]  # of django-eventstream
PUBLISHED = [{"data": {"mag": 4.5}, "event": "quake"}, {"data": "two\nlines"}]


class Reader:
    """Reads one block after the other, up to its blank line, pings included."""

    def __init__(self, response: httpx.Response, end: str) -> None:
        self.response = response
        self._pieces = response.iter_text()
        self._end = end
        self._text = ""

    def next(self) -> str:
        while self._end not in self._text:
            self._text += next(self._pieces)
        block, _, self._text = self._text.partition(self._end)
        return block

    def next_id(self) -> str:
        """The id of the next event that has one."""
        while not (ids := [line[4:] for line in self.next().splitlines() if line.startswith("id: ")]):
            pass
        return ids[0]

    def take(self, n: int) -> list[str]:
        return [self.next() for _ in range(n)]


@contextmanager
def reading(url: str, last_event_id: str | None = None) -> Iterator[Reader]:
    headers = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
    with httpx.stream("GET", url, headers=headers, timeout=20) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert "chunked" == response.headers["transfer-encoding"]
        yield Reader(response, "\r\n\r\n" if "no-store" in response.headers["cache-control"] else "\n\n")


def test_sse_starlettes_bytes() -> None:
    """CRLF; id, event, data, retry; pings are comments with a date; a dictionary is sent as Python's."""
    with SseStarlette(ping=0.05) as server, reading(server.stream_url("a")) as reader:
        server.wait_for_followers("a", 1)
        while not reader.next().startswith(": ping - 20"):
            pass
        server.publish("a", *PUBLISHED, {"data": "3", "retry": 50})
        blocks = [block for block in reader.take(9) if not block.startswith(": ping")]
        assert 'id: 1\r\nevent: quake\r\ndata: {"mag": 4.5}' == blocks[0]
        assert "id: 2\r\ndata: two\r\ndata: lines" == blocks[1]
        assert "id: 3\r\ndata: 3\r\nretry: 50" == blocks[2]
        with reading(server.stream_url("a?plainly"), "0") as plainly:
            assert "id: 1\r\nevent: quake\r\ndata: {'mag': 4.5}" == plainly.next()


def test_fastapis_bytes() -> None:
    """LF; event, data as JSON, id, retry; pings are comments, after silence only."""
    with FastApi(ping=0.05) as server, reading(server.stream_url("a")) as reader:
        assert ": ping" == reader.next()
        server.publish("a", *PUBLISHED, {"data": 3, "retry": 50})
        blocks = [block for block in reader.take(9) if block != ": ping"]
        assert 'event: quake\ndata: {"mag": 4.5}\nid: 1' == blocks[0]
        assert 'data: "two\\nlines"\nid: 2' == blocks[1]
        assert "data: 3\nid: 3\nretry: 50" == blocks[2]


def test_django_eventstreams_bytes() -> None:
    """A padding, stream-open, keep-alives with an empty data; event, id, data; ids name the channel."""
    with DjangoEventstream(ping=0.05) as server, reading(server.stream_url("a")) as reader:
        assert OPENING == reader.take(2)
        assert "event: keep-alive\ndata:" == reader.next()
        server.publish("a", *PUBLISHED[:1])
        while (block := reader.next()) == "event: keep-alive\ndata:":
            pass
        assert 'event: quake\nid: a:1\ndata: {"mag": 4.5}' == block


def test_what_django_eventstream_has_forgotten_is_a_reset() -> None:
    """Who comes back with an id that is gone is told so, with the newest id; an error has the id `error`."""
    with DjangoEventstream() as server:
        server.publish("a", *({"data": n} for n in range(5)))
        server.forget("a")
        with reading(server.stream_url("a"), "a:3") as reader:
            reset = 'event: stream-reset\nid: a:5\ndata: {"channels": ["a"]}'
            assert [*OPENING, reset] == reader.take(3)
        with reading(server.channels_url("a", "b"), "a:5,b:0") as reader:
            assert OPENING == reader.take(2)
            server.wait_for_followers("b", 1)
            server.publish("b", {"data": 1})
            kind, id_, _ = reader.next().split("\n")
            assert ("event: message", {"id:", "a:5", "b:1"}) == (kind, {*id_.replace(",", " ").split()})
        error = httpx.get(server.stream_url("secret")).text.split("\n")
        assert ["event: stream-error", "id: error"] == error[:2]
        assert 400 == httpx.get(server.stream_url("a"), headers={"Last-Event-ID": "error"}).status_code


@pytest.mark.parametrize("kind", [SseStarlette, FastApi, DjangoEventstream])
def test_resume_by_id(kind: type[AsgiServer]) -> None:
    """With Last-Event-ID everything after that event comes, each once, in order, and then what comes."""
    with kind() as server:
        ids = server.publish("a", *({"data": f"{n}"} for n in range(50)))
        with reading(server.stream_url("a"), ids[9]) as reader:
            server.wait_for_followers("a", 1)
            ids += server.publish("a", {"data": "live"})
            assert ids[10:] == [reader.next_id() for _ in range(41)]


@pytest.mark.parametrize(
    ("kind", "kept"), [(SseStarlette, False), (FastApi, True), (DjangoEventstream, True)]
)
def test_a_kill_breaks_the_body(kind: type[AsgiServer], kept: bool) -> None:
    """A kill is an unfinished body; afterwards the port is the same, and ids go on or begin anew."""
    with kind() as server:
        url = server.url
        with reading(server.stream_url("a")) as reader:
            server.wait_for_followers("a", 1)
            before = server.publish("a", {"data": "before"})
            while "before" not in reader.next():
                pass
            server.kill()
            with pytest.raises(httpx.RemoteProtocolError):
                reader.next()
        server.start()
        assert url == server.url
        assert kept == (before != server.publish("a", {"data": "after"}))


@pytest.mark.parametrize("kind", [SseStarlette, FastApi, DjangoEventstream])
def test_it_sees_who_leaves(kind: type[AsgiServer]) -> None:
    """A client that goes is no follower any more, though nothing was sent."""
    with kind() as server:
        with reading(server.stream_url("a")):
            server.wait_for_followers("a", 1)
        server.wait_for_followers("a", 0)


def test_a_cut_and_a_freeze() -> None:
    """A cut ends what came through the relay; a frozen server accepts, says nothing, and goes on later."""
    with FastApi(ping=0.05) as server:
        with reading(server.cuttable_url("a")) as reader:
            assert ": ping" == reader.next()
            assert 1 == server.cut_connections(reset=True)
            with pytest.raises(httpx.TransportError):
                reader.take(1000)
        server.freeze()
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{server.url}/followers/a", timeout=0.2)
        server.thaw()
        server.wait_for_followers("a", 0)
