"""The encoder: what it writes, the decoder reads back as the same events."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.errors import ArgumentError
from sse_notebook.wire import Decoder, ServerSentEvent
from sse_notebook.wire.encoder import encode, encode_comment, encode_retry

line = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=12)
names = st.sampled_from(["message", "edit", " x", "größer", "event: x"]) | line.map(
    lambda text: text or "message"
)
data = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=30)


@st.composite
def events(draw: st.DrawFn) -> list[ServerSentEvent]:
    """Events as a decoder gives them: the id of one stays until the next."""
    last, found = "", []
    uniform = draw(st.booleans())  # as those of one server mostly are
    name, has_id = draw(names), draw(st.booleans())
    for _ in range(draw(st.integers(0, 8))):
        own = draw(line) if (has_id if uniform else draw(st.booleans())) else None
        last = last if own is None else own
        found.append(ServerSentEvent(name if uniform else draw(names), draw(data), last, own))
    return found


@given(events())
def test_there_and_back(sent: list[ServerSentEvent]) -> None:
    """The same events, their own ids too, whatever the texts."""
    got = Decoder().feed(encode(iter(sent)))
    assert sent == got
    assert [event.own_id for event in sent] == [event.own_id for event in got]


@given(events(), line)
def test_comments_and_retries_between_them_change_nothing(sent: list[ServerSentEvent], text: str) -> None:
    """They are no events, and take nothing of one."""
    decoder = Decoder()
    wire = encode_comment(text + "\n" + text) + encode_retry(1_500) + encode(sent)
    assert sent == decoder.feed(wire)
    assert (2, 1.5) == (decoder.comments, decoder.reconnection_time)


@pytest.mark.parametrize(
    "event",
    [
        ServerSentEvent("x\ndata: forged", "d"),
        ServerSentEvent("x\rdata: forged", "d"),
        ServerSentEvent("x", "d", "1\n\nevent: y", "1\n\nevent: y"),
        ServerSentEvent("message", "d", "1\r", "1\r"),
    ],
)
def test_no_text_breaks_out(event: ServerSentEvent) -> None:
    """A name or an id with a line end in it is an error; in data a line end is one of data."""
    for several in ([event], [ServerSentEvent("x", "d", "1", "1"), event]):
        with pytest.raises(ArgumentError, match="line end"):
            encode(several)
    assert b"data: a\ndata: event: y\n\n" == encode([ServerSentEvent(data="a\revent: y")])
    assert b"data: a\ndata: event: y\n\n" == encode([ServerSentEvent(data="a\r\nevent: y")])
    assert b": a\n: b\n: c\n" == encode_comment(" a\r b\r\n c")


def test_half_a_character_is_replaced() -> None:
    """Text that UTF-8 can't tell, of a file that nobody's wire has made, does no harm."""
    assert ["\ufffdx"] == [event.data for event in Decoder().feed(encode([ServerSentEvent(data="\ud800x")]))]
    assert [] == Decoder().feed(encode([]))
