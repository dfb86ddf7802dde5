"""The command `sse-notebook`: exit statuses, one line when something is wrong, a terminal that stays sane."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pytest
from raw_server import CHUNKED, RawServer, answer, chunk, dead_port, hold
from support import QUICK, eventually

import sse_notebook as sse
from sse_notebook import cli
from sse_notebook.backend import Backend

# As the installed script does; with all of Python's own warnings.
SCRIPT = "import sys; from sse_notebook.cli import main; sys.exit(main())"
COMMAND = [sys.executable, "-X", "dev", "-c", SCRIPT]
PATIENCE = 60  # seconds: a fresh interpreter with pandas takes its time on a busy machine


class Running:
    """The command in a process of its own; its lines as they come."""

    def __init__(self, arguments: Sequence[str], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.errors: list[str] = []
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, self.lines.put), daemon=True),
            threading.Thread(target=self._read, args=(self.process.stderr, self.errors.append), daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, pipe: IO[bytes], put: object) -> None:
        with pipe:
            for line in pipe:
                put(line.decode().rstrip("\n"))  # type: ignore[operator]

    def line(self) -> str:
        """The next line of its output."""
        try:
            return self.lines.get(timeout=PATIENCE)
        except queue.Empty:
            raise AssertionError(f"no line; it complained: {self.errors}") from None

    def ends(self) -> tuple[int, list[str], list[str]]:
        """Its exit status, what else it printed, what it complained about."""
        status = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        rest = []
        with contextlib.suppress(queue.Empty):
            while True:
                rest.append(self.lines.get_nowait())
        return status, rest, self.errors

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for reader in self._readers:
            reader.join(PATIENCE)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own, also for the processes that it starts."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def run() -> Iterator[object]:
    """Starts the command; whatever a test leaves running is killed."""
    started: list[Running] = []

    def start(*arguments: str, **environment: str) -> Running:
        started.append(Running(arguments, environment))
        return started[-1]

    yield start
    for running in started:
        running.kill()


Run = type[Running]


def here(*arguments: str) -> int:
    """The command in this process: its exit status."""
    try:
        return cli.main(arguments)
    except SystemExit as ended:  # argparse's own way
        return int(ended.code or 0)
    finally:
        sse.close_all()


# -- tail ------------------------------------------------------------------------------------------------


def test_tail_json(backend: Backend, run: Run) -> None:
    """`tail URL --json -n 3` prints three events, one JSON object a line, and ends with 0."""
    tail = run("tail", backend.url, "--json", "-n", "3", **login(backend))
    backend.wait_for_connections(1, timeout=PATIENCE)
    ids = backend.publish_all([{"event_type": "build_failed", "n": n, "timestamp": 1} for n in range(5)])
    rows = [json.loads(tail.line()) for _ in range(3)]
    assert (0, [], []) == tail.ends()
    assert (ids[:3], [0, 1, 2]) == ([row["id"] for row in rows], [row["data"]["n"] for row in rows])
    names = [name for name in sse.EventStore().df.columns if name != "data"]
    assert {"seq", "data", *names} == set(rows[0])
    assert "build.failed error 1970-01-01T00:00:01Z" == ("{type} {severity} {timestamp}".format_map(rows[0]))


def test_tail_goes_on_after_a_drop(backend: Backend, run: Run) -> None:
    """A connection that breaks is made again, nothing is missed or doubled; the trouble is one line."""
    tail = run("tail", backend.url, "--json", "-n", "3", **login(backend))
    backend.wait_for_connections(1, timeout=PATIENCE)
    backend.publish({"event_type": "x", "n": 0})
    first = json.loads(tail.line())
    backend.kill()
    backend.publish_all([{"event_type": "x", "n": n} for n in (1, 2, 3)])
    backend.start()
    rest = [json.loads(tail.line()) for _ in range(2)]
    status, more, errors = tail.ends()
    assert [0, 1, 2] == [row["data"]["n"] for row in (first, *rest)]
    assert (0, []) == (status, more)
    host = backend.url.removeprefix("http://")
    assert f"sse-notebook: {host}: connected again" == errors.pop()
    assert errors
    tried = re.compile(rf"sse-notebook: {host}: .+; trying again in \d+\.\d s")
    assert [] == [line for line in errors if not tried.fullmatch(line)]


def test_tail_resumes_after(backend: Backend, capsys: pytest.CaptureFixture[str]) -> None:
    """`--last-event-id` resumes, `--header` is sent, and lines are for people."""
    ids = backend.publish_all(
        [{"event_type": "workload.running", "workload_id": f"w-{n}", "message": "up"} for n in range(3)]
    )
    arguments = ("--header", f"Authorization: Bearer {backend.token()}", "--header", "X-A:  b ")
    url = backend.url + "/api/v1/events/stream"
    with RawServer() as server:  # any endpoint, which needs no token of ours
        body = b"".join(
            b'id: %s\ndata: {"event_type": "workload.running", "workload_id": "w-%d", "message": "up"}\n\n'
            % (each.encode(), n)
            for n, each in enumerate(ids[1:], 1)
        )
        url = server.play("/x", [CHUNKED, chunk(body), hold])
        assert 0 == here("tail", url, "-n", "2", "--last-event-id", ids[0], *arguments)
        request = server.requests[0]
    out, err = capsys.readouterr()
    assert ("b", ids[0], "") == (request.get("x-a"), request.get("last-event-id"), err)
    lines = [line.split() for line in out.splitlines()]
    assert [["success", "workload.status", f"w-{n}", "running", "up"] for n in (1, 2)] == [
        line[1:] for line in lines
    ]


def test_more_events_than_are_kept_as_objects(capsys: pytest.CaptureFixture[str]) -> None:
    """A burst of more events than a stream keeps as objects is printed whole."""
    burst = b"".join(b"data: %d\n\n" % n for n in range(500))
    with RawServer() as server:
        assert 0 == here("tail", server.play("/x", [CHUNKED, chunk(burst), hold]), "--json", "-n", "500")
    lines = capsys.readouterr().out.splitlines()
    assert list(range(500)) == [json.loads(line)["data"] for line in lines]


NASTY = "a\x1b[31m\x07\x00\x7f\x9b2J\u202egnp\u2066\u200b\r\nb\U000e0041\\"


@pytest.mark.parametrize("form", [["--json"], []])
def test_control_characters_are_made_harmless(form: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What a stream sends reaches the terminal on one line, without control, bidi or invisible characters."""
    data = json.dumps({"event_type": f"x{NASTY}", "message": NASTY, "workload_id": NASTY}).encode()
    with RawServer() as server:
        url = server.play("/x", [CHUNKED, chunk(b"data: " + data + b"\n\n"), hold])
        assert 0 == here("tail", url, "-n1", *form)
    out = capsys.readouterr().out
    (line,) = out.splitlines()
    assert [] == [character for character in line if not character.isprintable()]
    if form:
        row = json.loads(line)
        assert (NASTY, f"x{NASTY}") == (row["message"], row["type"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tail", "localhost:8000"], "url must be http"),
        (["tail", "ftp://host/"], "url must be http"),
        (["tail", "http://host:port/"], "port can't be read"),
        (["tail", "http://host/x", "--header", "nonsense"], 'takes "Name: value"'),
        (["tail", "http://host/x", "--header", ": x"], 'takes "Name: value"'),
        (["tail", "http://host/x", "--header", "a b: x"], "is no header's name"),
        (["tail", "http://host/x", "-n", "-1"], "'-1' is below 0"),
        (["tail", "http://host/x", "-n", "many"], "not a whole number"),
        (["tail"], "required: url"),
        (["nonsense"], "invalid choice"),
        ([], "required: command"),
        (["serve", "--speed", "0"], "speed is a factor above 0"),
        (["serve", "--heartbeat", "0"], "heartbeat is a number of seconds"),
        (["serve", "--port", "99999"], "is no port: they end at 65535"),
        (["serve", "--port", "-1"], "'-1' is below 0"),
    ],
    ids=" ".join,
)
def test_wrong_arguments(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong argument is status 2, and the last line says what is wrong."""
    assert 2 == here(*arguments)
    out, err = capsys.readouterr()
    assert ("", True) == (out, words in err.splitlines()[-1])
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("bytes_", "words"),
    [
        (answer("404 Not Found"), "404 Not Found"),
        (answer("403 \x1b[31mForbidden"), "403"),
        (answer("200 OK", b"<html>", content_type="text/html"), "text/html"),
    ],
)
def test_what_will_not_work(bytes_: bytes, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An answer that would not change is status 1, and one line with the reason."""
    with RawServer() as server:
        assert 1 == here("tail", server.play("/x", [bytes_]))
    out, err = capsys.readouterr()
    (line,) = err.splitlines()
    assert ("", True, True) == (out, line.startswith("sse-notebook: "), line.isprintable())


def test_no_token(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a token for the platform it says so, instead of waiting for ever."""
    assert 1 == here("tail", "http://127.0.0.1:9")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("sse-notebook: http://127.0.0.1:9/api/v1/events/stream: no token was given (")
    assert '(--header "Authorization: Bearer …", or SSE_NOTEBOOK_TOKEN with SSE_NOTEBOOK_API_URL=' in line
    assert line.endswith("a URL without a path is taken for the platform, unless --no-platform")


def test_a_stream_at_the_root(capsys: pytest.CaptureFixture[str]) -> None:
    """`--no-platform` reads any server's stream at `/`; `--platform` asks below any path."""
    with RawServer() as server:
        server.play("/", [CHUNKED, chunk(b"data: 1\n\n"), hold])
        server.play("/a/api/v1/events/stream", [CHUNKED, chunk(b"data: 2\n\n"), hold])
        assert 0 == here("tail", server.url("/"), "-n1", "--json", "--no-platform")
        assert 0 == here("tail", server.url("/a?token=t-1"), "-n1", "--json", "--platform")
    assert [1, 2] == [json.loads(line)["data"] for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("way", ["header", "URL"])
def test_a_token_on_the_command_line(backend: Backend, way: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A token in a header or in the URL is one; it is sent where it was put, and shown nowhere."""
    backend.publish({"event_type": "x"})
    url, token = f"{backend.url}/api/v1/events/stream", backend.token()
    header = [url, "--header", f"authorization: Bearer {token}"]
    arguments = [f"{url}?token={token}"] if way == "URL" else header
    assert 0 == here("tail", *arguments, "-n1", "--json", "--last-event-id", "0")
    assert ["query" if way == "URL" else "header"] == [request.auth for request in backend.requests]
    assert token not in "".join(capsys.readouterr())


def test_a_strange_payload_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Of an event without a message the payload is shown, on one line and cut."""
    with RawServer() as server:
        body = b'data: {"symbol": "A",\ndata:  "price": 1}\n\ndata: {"x": "' + b"y" * 500 + b'"}\n\n'
        assert 0 == here("tail", server.play("/x", [CHUNKED, chunk(body), hold]), "-n2")
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith(' {"symbol": "A", "price": 1}')
    assert second.endswith(f' {{"x": "{"y" * 193}…')


def test_a_dead_port(run: Run) -> None:
    """A dead port is said, once for each attempt; Ctrl-C ends it with 130, without a traceback."""
    tail = run("tail", f"http://me:canary@127.0.0.1:{dead_port()}/x")
    eventually(lambda: tail.errors, PATIENCE)
    tail.process.send_signal(signal.SIGINT)
    status, out, errors = tail.ends()
    assert (130, []) == (status, out)
    assert re.fullmatch(
        r"sse-notebook: 127.0.0.1:\d+: Connection refused; trying again in [01]\.\d s", errors[0]
    )


def test_a_reader_that_goes_away(backend: Backend) -> None:
    """`tail … | head` ends quietly, with 0, once there is something that nobody reads."""
    tail = subprocess.Popen(
        [*COMMAND, "tail", backend.url, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **login(backend)},
    )
    with tail:
        backend.wait_for_connections(1, timeout=PATIENCE)
        assert tail.stdout is not None
        assert tail.stderr is not None
        backend.publish({"event_type": "x"})
        assert tail.stdout.readline()
        tail.stdout.close()
        backend.publish_all([{"event_type": "x"}] * 3)
        assert (0, b"") == (tail.wait(PATIENCE), tail.stderr.read())


# -- serve -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", [signal.SIGTERM, signal.SIGINT])
def test_serve(run: Run, word: signal.Signals, state: Path) -> None:
    """`serve` prints where it serves and how to log in, serves, and stops on a signal with 0."""
    serve = run("serve", "--port", "0", "--heartbeat", "0.5")
    url = serve.line().removeprefix("Serving ").removesuffix("/api/v1/events/stream")
    serve.line()
    exports = dict(serve.line().removeprefix("  export ").split("=", 1) for _ in range(2))
    assert url == exports["SSE_NOTEBOOK_API_URL"]
    token = exports["SSE_NOTEBOOK_TOKEN"]
    with sse.connect(url, token=token).wait_open(PATIENCE) as stream:
        request = urllib.request.Request(
            f"{url}/api/v1/events",
            data=b'{"event_type": "x"}',
            headers={"Authorization": f"Bearer {token}"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            assert 201 == response.status
        stream.wait_for(1, timeout=PATIENCE)
        serve.process.send_signal(word)
        status, (kept, quiet), errors = serve.ends()
        assert (0, []) == (status, errors)
        assert kept.endswith(f"its secret is in {state / 'sse_notebook' / 'serve-secret'}")
        assert "--scenario plays a platform" in quiet


def test_serve_again(run: Run) -> None:
    """After a restart of `serve` the token is good, and a stream goes on by itself."""
    serve = run("serve", "--port", "0")
    url, _, _, export = (serve.line() for _ in range(4))
    url = url.removeprefix("Serving ")
    with sse.connect(url, token=export.partition("=")[2], **QUICK).wait_open(PATIENCE) as stream:
        serve.process.terminate()
        assert 0 == serve.ends()[0]
        ended = datetime.now(UTC)  # until then it may have come back to the one that was about to end
        run("serve", "--port", str(urlsplit(url).port)).line()
        eventually(lambda: stream.connected and stream.connection.since > ended, PATIENCE)


def test_serve_where_nothing_can_be_kept(run: Run, state: Path) -> None:
    """A state folder that can't be used is said, and in nobody's way."""
    serve = run("serve", "--port", "0", XDG_STATE_HOME=f"{__file__}/x")
    assert serve.line().startswith("Serving ")
    serve.process.terminate()
    status, lines, errors = serve.ends()
    assert (0, []) == (status, errors)
    assert any("ends with this run" in line for line in lines)


def test_serve_a_scenario(run: Run) -> None:
    """`serve --scenario` lets a platform happen by itself; the environment may name the secret."""
    serve = run("serve", "--port", "0", "--scenario", "--speed", "1000", SSE_NOTEBOOK_SECRET="s" * 32)
    url = serve.line().removeprefix("Serving ")
    lines = [serve.line() for _ in range(3)]
    assert "with this SSE_NOTEBOOK_SECRET" in serve.line()
    with sse.connect(url, token=lines[-1].rpartition("=")[2]) as stream:
        stream.wait_for(20, timeout=PATIENCE)
    serve.process.terminate()
    assert 0 == serve.ends()[0]


def test_serve_on_a_port_that_is_taken(backend: Backend, capsys: pytest.CaptureFixture[str]) -> None:
    """A port that cannot be had is status 1, and one line."""
    assert 1 == here("serve", "--port", backend.url.rpartition(":")[2])
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("sse-notebook: ")
    assert "is in use; choose another with --port" in line


def test_serve_with_a_secret_that_is_too_short(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A secret that is too short is status 2, and not repeated."""
    monkeypatch.setenv("SSE_NOTEBOOK_SECRET", "canary")
    assert 2 == here("serve", "--port", "0")
    err = capsys.readouterr().err
    assert ("too short" in err, "canary" in err) == (True, False)


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` of the program and of each command says what it does, and is status 0."""
    for arguments in ((), ("serve",), ("demo",), ("tail",)):
        assert 0 == here(*arguments, "--help")
        assert "usage: sse-notebook" in capsys.readouterr().out


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend(heartbeat=1.0) as backend:
        yield backend


def login(backend: Backend) -> dict[str, str]:
    """The environment of one who may read this backend."""
    return {"SSE_NOTEBOOK_API_URL": backend.url, "SSE_NOTEBOOK_TOKEN": backend.token()}


def test_as_a_module_of_python() -> None:
    """`python -m sse_notebook` is the same command, by its own name."""
    command = [sys.executable, "-m", "sse_notebook", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert done.stdout.startswith("usage: sse-notebook ")
