"""`serve`: a recording over real sockets, read by clients that nobody here wrote."""

from __future__ import annotations

import json
import math
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from httpx_sse import connect_sse
from replay.casts import build, ten, write
from support import QUICK, client_threads, eventually, open_files

import sse_notebook as sse
from sse_notebook.errors import ArgumentError, StreamClosed
from sse_notebook.serving.chunking import chunking_of
from sse_notebook.wire import Decoder

INF = math.inf
JS = Path(__file__).parents[2] / "js"


@pytest.fixture(autouse=True)
def nothing_remains() -> Iterator[None]:
    yield
    sse.close_all()
    eventually(lambda: client_threads() == [], what=f"threads remain: {client_threads()}")


def world(path: Path) -> Path:
    """Thirty events with characters of all lengths, texts of several lines, comments, names of all kinds."""
    texts = ["naïve ☃ 🌋\u2028", "two\nlines\n", " leads", "", '{"a":\n 1}', "\ufeffx", ":", "🏳️‍🌈" * 20]
    lines: list[Any] = [[0, "retry", 50]]
    for n in range(30):
        body = {"event": ["message", "größer", "x:y"][n % 3], "data": f"{texts[n % 8]}#{n}", "id": f"ï-{n}"}
        lines.append([n // 4, "ev", body])
        if n % 5 == 0:
            lines.append([n // 4, "cm", " größe: data: no\nfalse"])
    return write(path, lines)


def of_file(path: Path) -> list[tuple[str, str, str]]:
    """The events as the file has them: name, data, id."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return [(body["event"], body["data"], body["id"]) for _, code, body in lines if code == "ev"]


def by_curl(url: str, *more: str) -> list[tuple[str, str, str]]:
    """What curl prints, decoded."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("there is no curl")
    done = subprocess.run([curl, "-sSN", *more, url], capture_output=True, check=False, timeout=30)
    assert done.returncode in ((0, 28) if "-m" in more else (0,)), done.stderr  # 28: its time ran out
    printed = done.stdout
    return [(event.event, event.data, event.id) for event in Decoder().feed(printed)]


def by_httpx_sse(url: str) -> list[tuple[str, str, str]]:
    with httpx.Client(trust_env=False) as client, connect_sse(client, "GET", url) as source:
        return [(event.event, event.data, event.id) for event in source.iter_sse()]


def by_ours(url: str) -> list[tuple[str, str, str]]:
    stream = sse.connect(url, **QUICK)
    eventually(lambda: stream.connection.state == "exhausted")  # by the 204
    df = stream.df
    return list(zip(df["event_type"], df["data"], df["id"], strict=True))


NODE = """
const source = new EventSource(process.argv[1]), told = [];
for (const name of JSON.parse(process.argv[2]))
  source.addEventListener(name, e => told.push([e.type, e.data, e.lastEventId]));
process.on("exit", () => console.log(JSON.stringify(told)));  // at the end nothing keeps it
"""


def in_node(script: list[str], url: str, events: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """What a client in Node is told of events with these names, until it has nothing more to do."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node")
    command = [node, *script, url, json.dumps(sorted({name for name, _, _ in events}))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=JS)
    if "bad option" in done.stderr:
        pytest.skip("this node has no EventSource")
    assert done.returncode == 0, done.stderr
    return [(name, data, id_) for name, data, id_ in json.loads(done.stdout)]


def by_node(url: str, events: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Node's own EventSource, where it has one."""
    return in_node(["--experimental-eventsource", "-e", NODE], url, events)


def by_npm(url: str, events: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """The EventSource of the npm package `eventsource`."""
    script = f'import {{ EventSource }} from "eventsource";{NODE}'
    return in_node(["--input-type=module", "-e", script], url, events)


@pytest.mark.parametrize("chunking", [None, "split-utf8", "bytes", 7])
def test_every_client_reads_the_same(tmp_path: Path, chunking: Any) -> None:
    """curl, httpx-sse and our own client read the events of the file, however they are cut up on the way."""
    path = world(tmp_path / "x.ssecast")
    with sse.serve(path, INF, chunking=chunking) as url:
        assert of_file(path) == by_curl(url) == by_httpx_sse(url)
        assert of_file(path) == by_ours(url)


def test_nodes_own_eventsource_reads_the_same(tmp_path: Path) -> None:
    """Node's EventSource reads the same."""
    path = world(tmp_path / "x.ssecast")
    with sse.serve(path, INF, chunking="split-utf8") as url:
        assert of_file(path) == by_node(url, of_file(path))


@pytest.mark.parametrize("chunking", [None, "split-utf8", "bytes"])
def test_npms_eventsource_reads_the_same(tmp_path: Path, chunking: Any) -> None:
    """The package that Node programs use reads what curl and httpx-sse read, and ends with the 204."""
    path = world(tmp_path / "x.ssecast")
    with sse.serve(path, INF, chunking=chunking) as url:
        assert of_file(path) == by_npm(url, of_file(path)) == by_curl(url) == by_httpx_sse(url)


def test_npms_eventsource_through_faults(tmp_path: Path) -> None:
    """Cut where the recording was cut, it resumes by id: each event once, and nothing twice."""
    path = ten(tmp_path / "x.ssecast")
    lines = [json.loads(line) for line in path.read_text().splitlines()[1:]]
    lines.insert(0, [0, "retry", 20])
    assert "gap" in [code for _, code, _ in write(path, lines) and lines]
    with sse.serve(path, INF, faults=True, chunking="split-utf8") as url:
        assert of_file(path) == by_npm(url, of_file(path))


def test_resuming(tmp_path: Path) -> None:
    """By id it goes on behind that event, by `since` at its time; an unknown id begins anew."""
    path = ten(tmp_path / "x.ssecast")

    def ids(*more: str, query: str = "") -> list[str]:
        return [id_ for _, _, id_ in by_curl(url + query, *more)]

    with sse.serve(path, INF) as url:
        assert list("6789") == ids("-H", "Last-Event-ID: 5")
        assert list("6789") == ids(query="?last_event_id=5")
        assert list("789") == ids(
            "-H", "Last-Event-ID: 6", query="?last_event_id=2&since=2026-11-24T10:00:01"
        )
        assert list("789") == ids(query="?since=2026-11-24T10:00:06.5Z")
        assert list("0123456789") == ids("-H", "Last-Event-ID: nothing")
        assert [] == ids("-m", "1", query="?since=2027-01-01")  # it stays open: nothing has come yet
        assert 204 == httpx.get(url, headers={"Last-Event-ID": "9"}, trust_env=False).status_code
        assert 400 == httpx.get(url + "?since=soon", trust_env=False).status_code


def test_since_counts_back_from_the_end_of_the_recording(tmp_path: Path) -> None:
    """As `since` does elsewhere: what is recorded has no other now."""
    with sse.serve(ten(tmp_path / "x.ssecast"), INF) as url:
        assert ["7", "8", "9"] == [id_ for _, _, id_ in by_curl(url + "?since=2s")]
        refused = httpx.get(url + "?since=soon", trust_env=False)
        assert (400, True) == (refused.status_code, "the recording's end" in refused.text)


def test_who_has_all_that_is_for_him_asks_no_more(tmp_path: Path) -> None:
    """A client with a filter, and one of a recording that ends with a heartbeat, get their 204 too."""
    lines = [build(n, n, project_id=f"p-{n % 2}") for n in range(4)]
    lines.append([9, "ev", {"event": "heartbeat", "data": '{"event_type": "heartbeat"}'}])
    path = write(tmp_path / "x.ssecast", lines)
    with sse.serve(path, INF) as url, httpx.Client(trust_env=False) as client:
        assert ["0", "1", "2", "3", ""] == [
            "" if name == "heartbeat" else id_ for name, _, id_ in by_curl(url)
        ]  # and it ends: curl comes back
        for query, id_ in [("", "3"), ("?project_id=p-0", "2"), ("?project_id=p-0", "3")]:
            assert 204 == client.get(url + query, headers={"Last-Event-ID": id_}).status_code, (query, id_)
        assert 200 == client.get(url + "?project_id=p-1", headers={"Last-Event-ID": "2"}).status_code


def test_ids_beyond_ascii_resume(tmp_path: Path) -> None:
    """An id is UTF-8, in the header as in the query."""
    path = world(tmp_path / "x.ssecast")
    with sse.serve(path, INF) as url:
        assert ["ï-28", "ï-29"] == [id_ for _, _, id_ in by_curl(url, "-H", "Last-Event-ID: ï-27")]
        assert ["ï-29"] == [id_ for _, _, id_ in by_curl(url + "?last_event_id=%C3%AF-28")]


def test_the_four_filters(tmp_path: Path) -> None:
    """The filters and `event_types` narrow; messages of the connection itself pass."""
    lines = [[0, "ev", {"event": "connected", "data": '{"event_type": "connected"}'}]]
    lines += [
        build(n, n, project_id=f"p-{n % 2}", event_type=["build_failed", "build_started"][n % 3 == 0])
        for n in range(6)
    ]
    path = write(tmp_path / "x.ssecast", lines)
    with sse.serve(path, INF) as url:
        for query, wanted in [
            ("?project_id=p-1", "135"),
            ("?projectId=p-1", "012345"),
            ("?event_types=build_started", "03"),
            ("?event_types=build.failed,nothing&project_id=p-0", "24"),
            ("?resource_type=build&cluster_id=c", ""),
            ("?resource_type=all", "012345"),
        ]:
            greeting = ["connected"] if wanted else []  # where nothing fits it is over at once: a 204
            assert [*greeting, *wanted] == [id_ or name for name, _, id_ in by_curl(url + query)], query


def test_filters_that_fit_nothing(tmp_path: Path) -> None:
    """Who asks for events of which none comes, or none any more, is told so, and does not wait for ever."""
    path = write(tmp_path / "x.ssecast", [build(n, n, project_id=f"p-{n % 2}") for n in range(4)])
    with sse.serve(path, INF) as url, httpx.Client(trust_env=False) as client:
        for query in (
            "project_id=p-9",
            "event_types=nothing.*",
            "project_id=p-0&since=2026-11-24T10:00:02.5",
        ):
            assert 204 == client.get(f"{url}?{query}").status_code, query
        assert ["3"] == [id_ for _, _, id_ in by_curl(f"{url}?project_id=p-1&since=2026-11-24T10:00:02.5")]
        stream = sse.connect(url, params={"project_id": "p-9"}, **QUICK)
        eventually(lambda: stream.connection.state == "exhausted")
        stream.close()


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """Said as an error of ours, with the port."""
    path = ten(tmp_path / "x.ssecast")
    with sse.serve(path) as url, pytest.raises(ArgumentError, match=r"port \d+ can't be had: "):
        sse.serve(path, port=urlsplit(url).port or 0).start()


def test_faults_cut_where_it_was_cut(tmp_path: Path) -> None:
    """With `faults` each gap cuts the connection: who resumes has all events once, and sees the holes."""
    lines: list[Any] = [build(0, 0), build(1, 1)]
    lines.append(
        [
            2,
            "gap",
            {
                "start": 1,
                "end": 2,
                "reason": "the server ended the stream",
                "recovered": True,
                "last_event_id": "1",
            },
        ]
    )
    lines += [[2, "dup", build(1, 1)[2]], build(2, 2), build(3, 3)]
    lines.append(
        [4, "gap", {"start": 3, "end": 4, "reason": "reset", "recovered": None, "last_event_id": "3"}]
    )
    lines += [build(4, 4)]
    path = write(tmp_path / "x.ssecast", lines)
    serving = sse.serve(path, INF, faults=True)
    with serving as url:
        stream = sse.connect(url, **QUICK)
        eventually(lambda: stream.connection.state == "exhausted")
        assert list("01234") == list(stream.df["id"])
        reasons = list(stream.gaps["reason"])
        assert ["the server ended the stream", "the server ended the stream"] == [reasons[0], reasons[2]]
        assert "broke" in reasons[1]
        assert 3 <= serving.requests
        assert ["1"] == [id_ for _, _, id_ in by_curl(url, "-H", "Last-Event-ID: 0")]
        stream.close()


def test_cut_without_ids_the_next_one_goes_on(tmp_path: Path) -> None:
    """Who can't say where he was is not sent all of it again; at the end the connection stays open."""
    plain = [[n, "ev", {"event": "x", "data": str(n)}] for n in range(4)]
    gap = [1.5, "gap", {"start": 1, "end": 1.5, "reason": "cut", "recovered": False, "last_event_id": ""}]
    path = write(tmp_path / "x.ssecast", [*plain[:2], gap, *plain[2:]])
    with sse.serve(path, INF, faults=True) as url:
        stream = sse.connect(url, **QUICK)
        stream.wait_for(4, timeout=20)
        assert list("0123") == list(stream.df["data"])
        assert stream.wait_open().connected
        assert [2] == list(stream.df.index[stream.df["after_gap"]])
        stream.close()


def test_only_this_machine_and_only_who_knows(tmp_path: Path) -> None:
    """Another host's name, another path, another method are refused; it listens on loopback only."""
    path = ten(tmp_path / "x.ssecast")
    with sse.serve(path, INF) as url:
        parts = urlsplit(url)
        base = f"http://127.0.0.1:{parts.port}"
        assert "127.0.0.1" == parts.hostname
        assert len(parts.path) > 20
        with httpx.Client(trust_env=False) as client:
            for host in (
                "evil.example",
                f"evil.example:{parts.port}",
                f"127.0.0.1.evil.example:{parts.port}",
                "",
            ):
                assert 421 == client.get(url, headers={"Host": host}).status_code
            for other in ("/", "/events", parts.path + "/", parts.path[:-1], "/%00"):
                assert 404 == client.get(base + other).status_code, other
            for method in ("POST", "PUT", "DELETE", "HEAD", "OPTIONS"):
                refused = client.request(method, url)
                assert (405, "GET") == (refused.status_code, refused.headers["Allow"])
            assert 501 == client.request("BREW", url).status_code
            assert 200 == client.get(url.replace("127.0.0.1", "localhost")).status_code
        with socket.create_connection(("127.0.0.1", parts.port), 5) as raw:
            raw.sendall(b"\x16\x03\x01 what\r\n\r\n")
            assert b"400" in raw.recv(1000)
    with sse.serve(path) as another:
        assert url.split("/")[3] != another.split("/")[3]


def test_it_is_paced(tmp_path: Path) -> None:
    """What is later comes later: with a slow serving only the beginning has come."""
    path = write(tmp_path / "x.ssecast", [build(0, 0), build(3600, 1)])
    with sse.serve(path, speed=1) as url:
        stream = sse.connect(url)
        stream.wait_for(1, timeout=20)
        assert 1 == len(stream)
        stream.close()
    with sse.serve(path, speed=36_000) as url:
        stream = sse.connect(url, **QUICK)
        stream.wait_for(2, timeout=20)
        stream.close()


def test_closing_ends_everything(tmp_path: Path) -> None:
    """With clients in the middle of it, in a pause or not reading, closing leaves no thread and no socket."""
    before = open_files()
    path = write(tmp_path / "x.ssecast", [build(0, 0), build(3600, 1)])
    serving = sse.serve(path)
    assert "<Serving x.ssecast>" == repr(serving)
    with serving as url:
        assert url in repr(serving)
        assert url == serving.start()
        parts = urlsplit(url)
        lazy = [socket.create_connection(("127.0.0.1", parts.port), 5) for _ in range(3)]
        for each in lazy[:2]:
            each.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
            assert each.recv(100)
        eventually(lambda: len(client_threads()) >= 3)
    serving.close()
    eventually(lambda: client_threads() == [])
    for each in lazy:
        each.close()
    eventually(lambda: open_files() <= before)
    with pytest.raises(StreamClosed):
        serving.start()


def test_many_clients_at_once(tmp_path: Path) -> None:
    """Each of them reads all of it."""
    path = world(tmp_path / "x.ssecast")
    found: list[Any] = []
    with sse.serve(path, INF, chunking="split-utf8") as url:
        threads = [threading.Thread(target=lambda: found.append(by_httpx_sse(url))) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert [of_file(path)] * 12 == found


def test_wrong_arguments(tmp_path: Path) -> None:
    """They say what would be right."""
    path = ten(tmp_path / "x.ssecast")
    for wrong in (
        {"speed": 0},
        {"faults": 1},
        {"chunking": "lines"},
        {"chunking": 0},
        {"chunking": True},
        {"port": -1},
        {"port": "80"},
    ):
        with pytest.raises(ArgumentError, match=f"{next(iter(wrong))}"):
            sse.serve(path, **wrong)
    with pytest.raises(ArgumentError, match="can't be read"):
        sse.serve(tmp_path / "none.ssecast")


@pytest.mark.parametrize("given", [None, "split-utf8", "bytes", 1, 3, 10_000])
def test_pieces_are_the_bytes(given: Any) -> None:
    """Whatever the cuts, the pieces are the bytes; `split-utf8` cuts every character of several bytes."""
    data = "data: naïve ☃ 🌋\r\n\r\nid: ü\n\n".encode()
    pieces = list(chunking_of(given)(data))
    assert data == b"".join(pieces)
    assert b"" not in pieces
    assert [] == list(chunking_of(given)(b""))
    if given == "split-utf8":
        for piece in pieces[1:5]:
            with pytest.raises(UnicodeDecodeError):
                piece.decode()
