"""Whatever a server sends: a checkup never raises, ends, and shows no secret."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from raw_server import CHUNKED, STREAM, RawServer, answer, chunk, hold
from support import examples, nothing_left
from test_canary import CANARY, MODES, Ears, found

import sse_notebook as sse
from sse_notebook.checkup.report import OUTCOMES

HEADS = st.sampled_from(
    [
        b"",
        STREAM,
        CHUNKED,
        STREAM[:-2] + b"Content-Encoding: gzip\r\n\r\n",
        STREAM[:-2] + b"Date: soon\r\nAge: -1\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: ",
        b"HTTP/1.1 ",
        b"HTTP/1.1 401 ",
    ]
)
PIECES = st.sampled_from(
    [
        *(b"data: 1\n\n", b"id: 1\n", b"event: connected\n", b"retry: 99999999999999999999\n", b": x\n\n"),
        *(b'data: {"event_type": 7, "timestamp": 1e400}\n\n', b"data: " + b"[" * 3_000 + b"\n\n"),
        *(
            b'data: {"timestamp": -1, "resume": {"complete": 7}}\n\n',
            b"\r",
            b"\n\n",
            b"\0",
            b"\xff\xfe",
            b"\xef\xbb\xbf",
        ),
        *(
            b'event: connected\ndata: {"event_type":"connected","resume":[]}\n\n',
            b"5\r\nda\n\n\r\n",
            b"0\r\n\r\n",
        ),
        *(
            b'id: 1\ndata: {"event_type": "\\ud800", "timestamp": "9999-12-31"}\n\n',
            b"id: 2\ndata: {'a': 1}\n\n",
        ),
    ]
)


@pytest.fixture(scope="module")
def shared() -> Iterator[RawServer]:
    with RawServer() as server:
        yield server


@given(head=HEADS, body=st.lists(st.one_of(PIECES, st.binary(max_size=60)), max_size=8))
@settings(examples(100), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes(shared: RawServer, head: bytes, body: list[bytes]) -> None:
    """Any bytes as an answer, to any question: a report comes of it, in all its forms."""
    script = [head + b"".join(body)]
    for path in ("/events", "/api/v1/events/stream", "/api/v1/events"):
        shared.play(path, script)
    for report in (
        sse.doctor(shared.url("/events"), seconds=0.02),
        sse.check_backend(shared.url("/"), token="t-12345", publish=True, seconds=0.02),
    ):
        assert {each.outcome for each in report} <= set(OUTCOMES)
        assert len(str(report)) < 50_000
        report._repr_html_().encode()
        assert len(report) == len(report.df)


@pytest.fixture
def ears() -> Iterator[Ears]:
    """Debug logging for everybody, into one ear."""
    ears, root = Ears(), logging.getLogger()
    before = root.level
    root.addHandler(ears)
    root.setLevel(logging.DEBUG)
    yield ears
    root.setLevel(before)
    root.removeHandler(ears)


PAYLOAD = f'{{"event_type": "{CANARY}", "message": "{CANARY}", "project_id": "{CANARY}"}}'
SAID = f"id: {CANARY}\nevent: {CANARY}\ndata: {PAYLOAD}\n\n"
ANSWERS: dict[str, list[Any]] = {
    "in events": [
        CHUNKED,
        chunk(SAID.encode() * 2),
        chunk(f"{CANARY}: 1\nretry: {CANARY}\n\n".encode()),
        hold,
    ],
    "in a refusal": [answer("403 Forbidden", f"{CANARY} may not".encode())],
    "in a page": [answer("200 OK", CANARY.encode(), content_type=f"text/html; x={CANARY}")],
    "in a redirect": [
        answer("302 Found", location=f"https://me:{quote(CANARY)}@example.com/{CANARY}?t={CANARY}")
    ],
    "in headers": [
        CHUNKED[:-2] + f"Server: {CANARY}\r\nVia: {CANARY}\r\n\r\n".encode(),
        chunk(SAID.encode()),
        hold,
    ],
    "in the phrase": [answer(f"400 {CANARY}")],
}


@pytest.mark.parametrize("way", ANSWERS)
@pytest.mark.parametrize("mode", MODES)
def test_the_token_is_seen_nowhere(
    server: RawServer, ears: Ears, capfd: pytest.CaptureFixture[str], mode: str, way: str
) -> None:
    """However it was given, and wherever a server sends it back."""
    server.play("/events", ANSWERS[way])
    given = dict(MODES[mode].arguments(server.url("/events")))
    with nothing_left():
        report = sse.doctor(given.pop("url"), seconds=0.05, **given)
    assert any(map(MODES[mode].arrived, server.asked("/events")))
    shown = [str(report), repr(list(report)), report._repr_html_(), report.df.to_csv(), report.headline]
    assert [] == [
        each for text in (*shown, ears.said.getvalue(), *capfd.readouterr()) for each in found(text)
    ]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("way", ANSWERS)
def test_the_token_is_seen_nowhere_in_the_contract(server: RawServer, ears: Ears, way: str) -> None:
    """Likewise, also where it is sent by POST, and where a token was made."""
    for path in ("/api/v1/events/stream", "/api/v1/events"):
        server.play(path, ANSWERS[way])
    made = f"{CANARY}-made"
    report = sse.check_backend(
        server.url("/"), token=CANARY, publish=True, make_token=lambda _seconds: made, seconds=0.05
    )
    shown = [str(report), repr(list(report)), report._repr_html_(), report.df.to_csv(), report.headline]
    assert [] == [each for text in (*shown, ears.said.getvalue()) for each in found(text)]


def test_of_a_stream(server: RawServer) -> None:
    """A stream's own report masks it too, though rows have what came."""
    url = server.play("/events", [CHUNKED, chunk(SAID.encode()), hold])
    with sse.connect(url, token=CANARY, project_id="p-1") as stream:
        stream.mute(resource="x")
        assert stream.wait_open()
        report = sse.doctor(stream, seconds=0.1)
    assert [] == [
        each for text in (str(report), report._repr_html_(), report.df.to_csv()) for each in found(text)
    ]
