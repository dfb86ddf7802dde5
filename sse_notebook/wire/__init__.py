"""Bytes to server-sent events and back: no I/O, no clock, no knowledge of what an event means."""

from sse_notebook.wire.decoder import Decoder
from sse_notebook.wire.message import ServerSentEvent, pack, unpack

__all__ = ["Decoder", "ServerSentEvent", "pack", "unpack"]
