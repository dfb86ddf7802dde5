"""Server-sent events in, bytes out: what `Decoder` reads back as the same events.

The law: what is written is one block an event, and no text breaks out of its field; what can't be written so
is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sse_notebook.errors import ArgumentError
from sse_notebook.wire.message import ServerSentEvent

__all__ = ["encode", "encode_comment", "encode_retry"]


def encode(events: Iterable[ServerSentEvent]) -> bytes:
    """The blocks of events; an `id` only where the event has one of its own.

    Raises:
        ArgumentError: a name or an id that has a line end in it.

    Example:
        >>> encode([ServerSentEvent("edit", "a\\nb", "7", "7")])
        b'event: edit\\nid: 7\\ndata: a\\ndata: b\\n\\n'
    """
    listed = events if isinstance(events, list) else list(events)
    text = _alike(listed)
    return _bytes("".join(map(_block, listed)) if text is None else text)


def _alike(events: Sequence[ServerSentEvent]) -> str | None:
    """All blocks at once, where all have the same fields, each of one line; None: they have not."""
    plain = [event.event == "message" for event in events]
    if any(plain) is not all(plain):
        return None
    with_id = not any(event.own_id is None for event in events)
    if not with_id:
        if any(event.own_id is not None for event in events):
            return None
        if any(plain):
            text = "".join([f"data: {event.data}\n\n" for event in events])
        else:
            text = "".join([f"event: {event.event}\ndata: {event.data}\n\n" for event in events])
    elif any(plain):
        text = "".join([f"id: {event.own_id}\ndata: {event.data}\n\n" for event in events])
    else:
        text = "".join(
            [f"event: {event.event}\nid: {event.own_id}\ndata: {event.data}\n\n" for event in events]
        )
    # Were there a line end in any of the texts, there would be more.
    lines = 2 + with_id + (not any(plain))
    return None if "\r" in text or text.count("\n") != lines * len(events) else text


def _block(event: ServerSentEvent) -> str:
    name, data, own = event.event, event.data, event.own_id
    head = "" if name == "message" else f"event: {name}\n"
    if own is not None:
        head += f"id: {own}\n"
    if head.count("\n") != (name != "message") + (own is not None) or "\r" in head:
        raise ArgumentError(f"an event whose name or id has a line end in it can't be sent: {name!r:.80}")
    if "\n" in data or "\r" in data:
        data = data.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\ndata: ")
    return f"{head}data: {data}\n\n"


def encode_comment(text: str) -> bytes:
    """A comment, of as many lines as the text has.

    Example:
        >>> encode_comment(" still here")
        b': still here\\n'
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return _bytes("".join(f":{line}\n" for line in lines))


def encode_retry(milliseconds: int) -> bytes:
    """The line that sets the reconnection time.

    Example:
        >>> encode_retry(1500)
        b'retry: 1500\\n'
    """
    return b"retry: %d\n" % milliseconds


def _bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:  # half a character: no wire has brought that
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
