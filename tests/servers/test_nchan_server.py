"""The nchan fixture does what its page says, seen with plain httpx."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from servers import nchan as module
from servers.nchan import Nchan
from servers.process import MissingProgramError, find_program

ACCEPT = {"Accept": "text/event-stream"}


@pytest.fixture(scope="module")
def nchan() -> Iterator[Nchan]:
    with Nchan() as nchan:
        yield nchan


class Reader:
    """Reads one event's text after the other."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._pieces = response.iter_text()
        self._text = ""

    def next(self) -> str:
        while "\n\n" not in self._text:
            self._text += next(self._pieces)
        block, _, self._text = self._text.partition("\n\n")
        return block


def stream(url: str, last_event_id: str | None = None) -> httpx._client.Response:
    headers = ACCEPT if last_event_id is None else {**ACCEPT, "Last-Event-ID": last_event_id}
    return httpx.stream("GET", url, headers=headers, timeout=20)


def test_what_a_subscriber_gets(nchan: Nchan) -> None:
    """An un-chunked stream: a comment, then events with name, id and a data line for each line."""
    with stream(nchan.sub_url("a")) as response:
        reader = Reader(response)
        assert ": hi" == reader.next()
        nchan.wait_for_subscribers("a", 1)
        first = nchan.publish("a", '{"mag": 1}\nzwei', event="quake")
        second = nchan.publish("a", "plain")
        assert f'event: quake\nid: {first}\ndata: {{"mag": 1}}\ndata: zwei' == reader.next()
        assert f"id: {second}\ndata: plain" == reader.next()
    assert response.headers["content-type"].startswith("text/event-stream")
    assert not {"transfer-encoding", "content-length"} & set(response.headers)


def test_a_bare_carriage_return_is_passed_on(nchan: Nchan) -> None:
    """A CR in a body reaches the wire as it is, and would forge an event for a correct parser."""
    nchan.publish("cr", "first")
    id_ = nchan.publish("cr", "a\r\revent: forged\rdata: b")
    with stream(nchan.sub_url("cr"), "1:0") as response:
        reader = Reader(response)
        assert [": hi", "first"] == [reader.next(), reader.next()[-5:]]
        assert f"id: {id_}\ndata: a\r\revent: forged\rdata: b" == reader.next()


def test_without_the_accept_header_it_is_refused(nchan: Nchan) -> None:
    """nchan tells an event stream by the Accept header, and answers 403 to anything else."""
    assert 403 == httpx.get(nchan.sub_url("a")).status_code


def test_resume_by_id(nchan: Nchan) -> None:
    """With Last-Event-ID everything after that message comes, each once, in order."""
    ids = [nchan.publish("b", str(n)) for n in range(50)]
    with stream(nchan.sub_url("b"), ids[9]) as response:
        reader = Reader(response)
        reader.next()
        assert [f"id: {ids[n]}\ndata: {n}" for n in range(10, 50)] == [reader.next() for _ in range(40)]


def test_a_cut_loses_nothing(nchan: Nchan) -> None:
    """A cut ends the connection while nchan goes on: what was published meanwhile comes on resume."""
    with stream(nchan.cuttable_sub_url("c")) as response:
        reader = Reader(response)
        reader.next()
        nchan.wait_for_subscribers("c", 1)
        seen = nchan.publish("c", "seen")
        assert f"id: {seen}\ndata: seen" == reader.next()
        assert 1 == nchan.cut_connections()
        with pytest.raises(StopIteration):  # without a length, a cut is the end
            reader.next()
    missed = nchan.publish("c", "missed")
    with stream(nchan.cuttable_sub_url("c"), seen) as response:
        reader = Reader(response)
        assert [": hi", f"id: {missed}\ndata: missed"] == [reader.next(), reader.next()]


def test_a_cut_can_be_a_reset(nchan: Nchan) -> None:
    """With `reset` the client gets an error instead of an end."""
    with stream(nchan.cuttable_sub_url("d")) as response:
        reader = Reader(response)
        reader.next()
        nchan.wait_for_subscribers("d", 1)
        nchan.cut_connections(reset=True)
        with pytest.raises(httpx.ReadError):
            reader.next()


def test_kill_and_restart_between_events_loses_nothing() -> None:
    """A restart forgets what was kept, but who resumes by an old id gets all that is published afterwards."""
    with Nchan() as nchan:
        port = nchan.port
        last = nchan.publish("a", "before")
        for n in range(3):
            with stream(nchan.sub_url("a"), last) as response:
                reader = Reader(response)
                reader.next()
                nchan.wait_for_subscribers("a", 1)
                nchan.kill()
                with pytest.raises(StopIteration):
                    reader.next()
            with pytest.raises(httpx.ConnectError):
                httpx.get(nchan.url)
            nchan.start()
            ids = [nchan.publish("a", f"{n} {m}") for m in range(3)]
            with stream(nchan.sub_url("a"), last) as response:
                reader = Reader(response)
                reader.next()
                assert [f"id: {i}\ndata: {n} {m}" for m, i in enumerate(ids)] == [reader.next() for _ in ids]
            assert last < ids[0]
            last = ids[-1]
        assert port == nchan.port


def test_what_a_restart_forgets() -> None:
    """What was published and not received before a kill is gone: the reason for `cut_connections`."""
    with Nchan() as nchan:
        first = nchan.publish("a", "received")
        nchan.publish("a", "not received")
        nchan.restart()
        after = nchan.publish("a", "after")
        with stream(nchan.sub_url("a"), first) as response:
            reader = Reader(response)
            assert [": hi", f"id: {after}\ndata: after"] == [reader.next(), reader.next()]


def test_pings_and_the_oldest_first() -> None:
    """Pings are a name without data; with first_message="oldest" a newcomer gets all that is kept."""
    with Nchan(ping=1, first_message="oldest", buffer=2) as nchan:
        ids = [nchan.publish("a", str(n)) for n in range(3)]
        with stream(nchan.sub_url("a")) as response:
            reader = Reader(response)
            expected = [": hi", f"id: {ids[1]}\ndata: 1", f"id: {ids[2]}\ndata: 2", "event: ping"]
            assert expected == [reader.next() for _ in range(4)]


def test_nothing_is_left() -> None:
    """After the context the port is closed and the folder gone."""
    with Nchan() as nchan:
        folder, url = nchan.folder, nchan.url
        assert (folder / "nginx.conf").exists()
    assert not folder.exists()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_a_missing_server_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is not installed, the error says what to install."""
    monkeypatch.setattr(module, "find_program", lambda name, remedy: find_program("no-such-program", remedy))
    with (
        pytest.raises(MissingProgramError, match=r"^no-such-program is not installed: apt-get install nginx"),
        Nchan(),
    ):
        pass
