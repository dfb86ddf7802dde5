"""`AsBytes`: what was recorded, as bytes of the wire again, which the decoder reads as it read those.

The law: nothing is taken for read that the decoder did not read; what can't be bytes is told, and left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sse_notebook.errors import ArgumentError
from sse_notebook.wire import Decoder, ServerSentEvent
from sse_notebook.wire.decoder import Oversized
from sse_notebook.wire.encoder import encode, encode_comment, encode_retry

__all__ = ["AsBytes"]

Wrong = Callable[[str, BaseException], object]

_NONE: Final[Mapping[str, Any]] = {}


class AsBytes:
    """Feeds a decoder with what was recorded."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder

    def decoded(self, events: Sequence[ServerSentEvent], wrong: Wrong) -> tuple[list[ServerSentEvent], int]:
        """Events as the decoder reads them, and the bytes that they took at least.

        Args:
            events: what was recorded.
            wrong: told of each that can't be bytes: its code, and why.
        """
        if not events:
            return [], 0
        try:
            chunk = encode(events)
        except (ArgumentError, TypeError, AttributeError) as error:
            if len(events) == 1:
                wrong("ev", error)
                return [], 0
            parts = [self.decoded([event], wrong) for event in events]
            return [event for found, _ in parts for event in found], sum(size for _, size in parts)
        return self.fed(chunk, len(events))

    def fed(self, chunk: bytes, events: int) -> tuple[list[ServerSentEvent], int]:
        """So many events as the decoder reads them, and the bytes that they took at least."""
        before = self._decoder.lines
        read = self._decoder.feed(chunk)
        # Less the space behind each field's colon, which a server need not send.
        return read, len(chunk) - (self._decoder.lines - before - events)

    def aside(self, code: str, body: Any) -> int:
        """What of a read is no event; returns its bytes."""
        decoder, chunk = self._decoder, b""
        if code == "bad":
            said = body if isinstance(body, dict) else _NONE
            own = said.get("id")
            decoder.oversized += 1
            decoder.skipped.append(
                Oversized(str(said.get("event", "message"))[:200], None if own is None else str(own)[:200])
            )
        elif code == "cm":
            chunk = encode_comment(body if isinstance(body, str) else "")
        elif isinstance(body, int) and not isinstance(body, bool) and 0 <= body < 10**12:
            chunk = encode_retry(body)
        decoder.feed(chunk)
        return len(chunk)
