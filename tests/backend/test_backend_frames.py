"""frames: what one event looks like on the wire."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.backend.frames import encode, encode_event, json_text, retry_frame, with_line_ending


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        ("one", b"data: one\n"),
        ("a\nb", b"data: a\ndata: b\n"),
        ("a\r\nb\rc", b"data: a\ndata: b\ndata: c\n"),
        ("", b"data: \n"),
        ("\n", b"data: \ndata: \n"),
        (" led by a blank", b"data:  led by a blank\n"),
        ("a\u2028b\x85c", "data: a\u2028b\x85c\n".encode()),
        (b"a\nb", b"data: a\ndata: b\n"),
    ],
)
def test_each_line_of_the_data_gets_its_own_data_line(data: str | bytes, lines: bytes) -> None:
    """Line ends of the format split the data; what only looks like one (U+2028, U+0085) does not."""
    assert lines + b"\n" == encode(data)


def test_event_and_id_come_first() -> None:
    """The name and the id precede the data, and the block ends with a blank line."""
    assert b"event: note\nid: 7\ndata: x\n\n" == encode("x", event="note", id="7")


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "x\n\ndata: forged"])
def test_a_line_break_cannot_forge_a_field(bad: str) -> None:
    """A line break in a name or an id is refused, since it would begin another field or event."""
    with pytest.raises(ValueError, match="line break"):
        encode("x", event=bad)
    with pytest.raises(ValueError, match="line break"):
        encode("x", id=bad)
    with pytest.raises(ValueError, match="line break"):
        encode_event({"event_type": bad})


def test_an_id_cannot_hold_nul() -> None:
    """An id with a NUL, which every parser ignores, is refused."""
    with pytest.raises(ValueError, match="NUL"):
        encode("x", id="a\0b")


def test_a_platform_event_is_its_name_its_id_and_its_json() -> None:
    """The whole dict is the data, on one line, with text as UTF-8."""
    event = {"event_type": "build_failed", "message": "größer\nals"}
    expected = (
        'event: build_failed\nid: e-1\ndata: {"event_type":"build_failed","message":"größer\\nals"}\n\n'
    )
    assert expected.encode() == encode_event(event, "e-1")


def test_a_lone_surrogate_is_escaped() -> None:
    """Text without a UTF-8 form still arrives, as its JSON escape."""
    assert b'{"m":"\\ud800"}' == json_text({"m": "\ud800"})


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_json_has_not_is_refused(bad: float) -> None:
    """NaN and infinities raise instead of becoming text that is no JSON."""
    with pytest.raises(ValueError, match="JSON"):
        json_text({"x": bad})


def test_retry_is_a_block_of_its_own() -> None:
    """The reconnection time alone is a whole block."""
    assert b"retry: 1500\n\n" == retry_frame(1500)


@pytest.mark.parametrize("ending", [b"\n", b"\r", b"\r\n"])
@given(data=st.text())
def test_other_line_ends_change_nothing_but_line_ends(ending: bytes, data: str) -> None:
    """A frame with CR or CRLF has the same lines as with LF, whatever the data."""
    data = data.encode("utf-8", "replace").decode()
    frame = encode(data, event="e", id="1")
    assert frame.split(b"\n") == with_line_ending(frame, ending).split(ending)


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.text() | st.lists(st.text())))
def test_json_is_one_line_and_reads_back(payload: dict[str, object]) -> None:
    """Any JSON object becomes one line without CR or LF that decodes to the same object."""
    text = json_text(payload)
    assert not set(b"\r\n") & set(text)
    assert payload == json.loads(text)
