"""Listening to an open stream for some seconds: what came, when, and in how many pieces.

The law: it ends by its time, by the stream's own end, or when enough has come; what is kept is bounded, and
nothing that comes makes it raise.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sse_notebook.clock import Clock
from sse_notebook.errors import ConnectionFailed
from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.vocabulary import Control
from sse_notebook.intake.greetings import LOST, OPENING
from sse_notebook.source.patience import Within
from sse_notebook.source.reader import is_heartbeat
from sse_notebook.source.transport import Reply
from sse_notebook.wire import Decoder, ServerSentEvent

__all__ = ["Heard", "Read", "listen"]

MOST: Final = 20_000  # messages
MOST_BYTES: Final = 16 * 2**20
MOST_RAW: Final = 2**18  # bytes that are looked through as they came


class Read(NamedTuple):
    """What came at once.

    Attributes:
        at: seconds since the stream was open.
        size: bytes.
        messages: the first of its messages, and the first that is not of it.
        beats: heartbeats, comments too.
    """

    at: float
    size: int
    messages: tuple[int, int]
    beats: int


@dataclass
class Heard:
    """What came.

    Attributes:
        opened: when it was open, Unix time in seconds.
        waited: seconds until then, since it was asked for.
        seconds: how long it was listened to.
        ended: why it ended before that; `""`: it did not.
        broke: it ended because the connection broke, and not because the server had sent all.
        full: so much came that the rest was not waited for.
        reads: the reads.
        messages: all messages, in order; and of which read each is.
        events: those that are events, by the vocabulary, each with the number of its message.
        controls: those about the connection itself, likewise.
        raw: the first bytes.
        decoder: what decoded them.
    """

    opened: float
    waited: float = 0.0
    seconds: float = 0.0
    ended: str = ""
    broke: bool = False
    full: bool = False
    reads: list[Read] = field(default_factory=list)
    messages: list[ServerSentEvent] = field(default_factory=list)
    events: list[tuple[int, Event]] = field(default_factory=list)
    controls: list[tuple[int, Control]] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)
    decoder: Decoder = field(default_factory=Decoder)

    @property
    def rows(self) -> list[Event]:
        """The events."""
        return [event for _, event in self.events]

    @property
    def size(self) -> int:
        """How many bytes came."""
        return sum(read.size for read in self.reads)

    @property
    def beats(self) -> int:
        """How many heartbeats came."""
        return sum(read.beats for read in self.reads)

    @property
    def with_id(self) -> list[Event]:
        """The events that have an id on the wire."""
        return [event for at, event in self.events if self.messages[at].own_id]

    @property
    def greeting(self) -> dict[str, object]:
        """What the server's first word about the connection says; empty: it said none."""
        said = self.controls[0][1].payload if self.controls and self.controls[0][0] == 0 else None
        return said if isinstance(said, dict) else {}

    @property
    def complete(self) -> bool | None:
        """Whether the server says that it sends all that was missed; None: it does not say."""
        if any(control.name in LOST for _, control in self.controls):
            return False
        resume = self.greeting.get("resume")
        said = resume.get("complete") if isinstance(resume, dict) else None
        return said if isinstance(said, bool) else None


def listen(
    reply: Reply,
    seconds: float,
    clock: Clock,
    vocabulary: Vocabulary,
    *,
    last_event_id: str = "",
    waited: float = 0.0,
    enough: Callable[[Heard], bool] = lambda _heard: False,
) -> Heard:
    """Listen to an open stream, and let go of it.

    Args:
        reply: the stream.
        seconds: how long at the most.
        clock: by which clock.
        vocabulary: how its messages are read.
        last_event_id: where it resumes from.
        waited: seconds until it was open.
        enough: asked after each read; true ends it.
    """
    heard = Heard(clock.time(), waited, decoder=Decoder(last_event_id))
    opened = clock.monotonic()
    reply.be_patient(Within(seconds, clock, "enough"))
    with contextlib.closing(reply):
        try:
            for chunk in reply:
                _take(heard, chunk, clock.monotonic() - opened, clock.time(), vocabulary)
                heard.full = len(heard.messages) >= MOST or heard.size >= MOST_BYTES
                if heard.full or enough(heard) or clock.monotonic() - opened >= seconds:
                    break
            else:
                heard.ended = "the server ended it"
        except ConnectionFailed as error:
            if clock.monotonic() - opened < seconds:
                heard.ended, heard.broke = error.cause, True
    heard.seconds = clock.monotonic() - opened
    return heard


def _take(heard: Heard, chunk: bytes, at: float, now: float, vocabulary: Vocabulary) -> None:
    decoder = heard.decoder
    comments, first = decoder.comments + decoder.hollow, len(heard.messages)
    messages = decoder.feed(chunk)
    read = vocabulary.read_all(messages, round(now * 1e6))
    heard.messages += messages
    heard.events += [(first + place, event) for place, event in zip(read.places, read.rows, strict=True)]
    heard.controls += [(first + place, control) for place, control in read.controls]
    named = {
        place for place, control in read.controls if control.name not in OPENING and control.name not in LOST
    }
    named |= {place for place, message in enumerate(messages) if is_heartbeat(message)}
    beats = len(named) + decoder.comments + decoder.hollow - comments
    heard.reads.append(Read(at, len(chunk), (first, len(heard.messages)), beats))
    heard.raw += chunk[: max(0, MOST_RAW - len(heard.raw))]
