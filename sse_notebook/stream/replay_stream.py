"""`Replay`: a recording as a stream, on a clock of its own.

The law: what came live comes again by the same way: decoder, vocabulary, store, toasts, handlers, counters.
Two replays of one recording are equal, however fast, wherever, and whatever was played before.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

from sse_notebook.clock import ReplayClock
from sse_notebook.errors import ArgumentError, NoArchive
from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.moments import Duration, Moment
from sse_notebook.filters import Filter, Selection, where
from sse_notebook.journal import Cast, open_cast
from sse_notebook.journal.past import Mark, mark_of
from sse_notebook.source import fork
from sse_notebook.source.notes import Note
from sse_notebook.store.bounds import Keeping, at_least
from sse_notebook.store.expand import Expand
from sse_notebook.stream.audit import Audit
from sse_notebook.stream.commanding import Commanded, one_by_one
from sse_notebook.stream.places import place_us
from sse_notebook.stream.playback import Playback
from sse_notebook.stream.stream import EventStream
from sse_notebook.wire import ServerSentEvent

if TYPE_CHECKING:
    from sse_notebook.stream.archive import Archive
    from sse_notebook.widget import StreamWidget

__all__ = ["Replay"]


class Replay(Commanded, EventStream):
    """A recording as a stream: what `sse.replay` returns.

    It has the face of a stream, and the keys of a player. `connection`, `gaps`, `timeline` are the recorded
    ones, as far as it is played; its clock, from which `"1h"` is counted back, stands where it is. At the end
    the state is `disconnected`: nothing more comes, though nobody closed it, and `seek` leads back.
    """

    attributes = frozenset({"siblings", "cast"})

    def __init__(
        self,
        cast: Cast,
        *,
        name: str,
        shown: str,
        selection: Selection,
        keeping: Keeping,
        vocabulary: Vocabulary | None = None,
        expand: Expand = None,
        together: bool = False,
    ) -> None:
        #: The file, as it was read last: its header, and what was found wrong in it.
        self.cast = cast
        header = cast.header
        clock = ReplayClock(header.started_us / 1e6)
        playback = Playback(cast, clock, together=together)
        super().__init__(
            header.url,
            name=name,
            shown=shown,
            selection=selection,
            params={},
            needs_token=False,
            token=None,
            auth="header",
            keeping=keeping,
            vocabulary=vocabulary,
            expand=expand,
            clock=clock,
            source=playback,
        )
        self._source = playback.source
        self._commanding = threading.RLock()  # held for as long as a command takes
        fork.hold(self, "_commanding")
        self._clock = clock
        self._started_us = header.started_us
        self._duration_us: int | None = None

    @property
    def archive(self) -> Archive:
        """A replay writes none.

        Raises:
            NoArchive: (an `AttributeError`) always.
        """
        raise NoArchive("a replay writes no archive; load(folder) reads the one that the stream wrote")

    # -- where it is -----------------------------------------------------------------------------------

    @property
    def position(self) -> timedelta:
        """How far it is: time since the recording began."""
        return timedelta(microseconds=round(self._clock.time() * 1e6) - self._started_us)

    @property
    def duration(self) -> timedelta:
        """How long the recording is. The first time it reads the file to find out."""
        if self._duration_us is None:
            if self._source.at_end:
                self._duration_us = self._source.player.at_us
            else:
                runs = chain.from_iterable(open_cast(self.cast.path).runs())
                self._duration_us = max(max((run.us for run in runs), default=0), 0)
        return timedelta(microseconds=self._duration_us)

    @property
    def started(self) -> datetime:
        """When the recording began (aware, UTC)."""
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self._started_us)

    @property
    def ended(self) -> bool:
        """Whether it is played to its end."""
        return self._source.at_end

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._source.playing

    @property
    def speed(self) -> float:
        """How many times as fast as it was; may be set at any time, to `float("inf")` too.

        Raises:
            ArgumentError: when it is set to what is no number above 0.
        """
        return self._source.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._source.speed = speed
        self._moved()

    @property
    def notes(self) -> list[Note]:
        """Marks and the like that were recorded, as far as it is played: each with `us`, `code`, `body`."""
        return self._source.notes

    def _recorded_marks(self) -> list[Mark]:
        noted = (mark_of(at, body, self._started_us) for at, code, body in self.notes if code == "mark")
        return [mark for mark in noted if mark is not None]

    def _recorded_said(self) -> list[Note]:
        return [note for note in self.notes if note.code != "mark"]

    def _widget_made(self, part: str) -> StreamWidget:
        if part != "all":
            return super()._widget_made(part)
        from sse_notebook.widget.replay import ReplayWidget  # not imported before it is needed

        return ReplayWidget(self, part=part, clock=self._parts.clock, closed=self._widget_closed)

    def _moved(self) -> None:
        """It is somewhere else, or goes another way: who shows it is told."""
        self._parts.intake.tell(at_once=True)

    # -- transport -------------------------------------------------------------------------------------

    def pause(self) -> Self:
        """Stand where it is. From any thread, a handler's too; it ends a `run_until`."""
        self._source.pause()
        self._moved()
        return self

    @one_by_one
    def resume(self) -> Self:
        """Go on by itself, at its speed; from the end: from the beginning again.

        At infinite speed it returns when all has passed.

        Raises:
            StreamClosed: it is closed.
        """
        if self._source.at_end:
            self._rewind()
        if math.isinf(self.speed):
            self.run_until()
        else:
            self._source.play()
            self._moved()
        return self

    @one_by_one
    def step(self, n: int = 1) -> int:
        """Play on until so many more rows have come, at once, and stand there.

        Args:
            n: how many.

        Returns:
            How many came: fewer where the recording ends.

        Raises:
            ArgumentError: `n` is no whole number above 0.
            StreamClosed: it is closed.
        """
        wanted = at_least("n", n, 1)
        self._source.pause()
        store = self._parts.store
        before = store.count
        self._source.run(lambda: store.count >= before + wanted, singly=bool)
        self._moved()
        return store.count - before

    @one_by_one
    def seek(self, t: Moment | Duration) -> Self:
        """Go to a moment: all that had come by then is there, and nothing else. What was playing plays on.

        Backwards it begins anew: `store` and `metrics` are others then, handlers are called again.

        Args:
            t: a time (aware, or naive and UTC); or a length of time from the beginning on: `"90s"`, a
                `timedelta`, seconds. Beyond the end is the end.

        Raises:
            ArgumentError: it is neither, or before the beginning.
            StreamClosed: it is closed.
        """
        us = self._us(t)
        playing = self.playing
        self._source.pause()
        if us < self._source.player.at_us:
            self._rewind()
        self._run_to(us)
        if playing:
            self._source.play()
            self._moved()
        return self

    @one_by_one
    def run_until(self, what: Filter | str | Callable[[Event], Any] | Moment | None = None) -> Event | None:
        """Play on as fast as possible, until a moment or an event, and stand there; from the end: once more.

        Args:
            what: a time, or a length of time from the beginning, as `seek` takes it; a filter, as `where`
                takes it: until an event that fits has come. Nothing: until the end.

        Returns:
            The event; None where there was none, or none was asked for.

        Raises:
            ArgumentError: it is none of these; a `FilterError` where it is no filter.
            StreamClosed: it is closed.

        Example:
            replay.run_until('severity == "error"')
        """
        us = None if what is None else self._us_of(what)
        asked = where(what) if us is None and what is not None else None  # type: ignore[arg-type]  # no time
        if self._source.at_end and what is not None:
            self._rewind()
        self._source.pause()
        if asked is None:
            self._run_to(math.inf if us is None else us)
            return None
        return self._run_until(asked)

    def _run_until(self, asked: Filter) -> Event | None:
        parts, fits = self._parts, asked.predicate(self._time)
        store, vocabulary, name = parts.store, parts.intake.vocabulary, self._wiring.name
        found: list[Event] = []
        looked_at = store.next_seq - 1

        def done() -> bool:
            nonlocal looked_at
            if store.next_seq - 1 > looked_at:
                for event in store.scan(after=looked_at):
                    looked_at = event.seq
                    if fits(event):
                        found.append(event)
                        break
            return bool(found)

        def near(messages: Sequence[ServerSentEvent]) -> bool:
            rows = vocabulary.read_all(messages, 0, source=name, origin="replayed").rows
            return any(map(fits, rows))

        self._source.run(done, singly=near)
        self._moved()
        return found[0] if found else None

    def _run_to(self, us: float) -> None:
        """Play all that came up to a moment, and stand there."""
        source = self._source
        source.run(lambda: False, us)
        with source.turn:
            if source.player.at_us < us < math.inf and not source.at_end:
                source.player.at_us = round(us)
                self._clock.stand((self._started_us + us) / 1e6)
        self._moved()

    def _check_command(self) -> None:
        self._source.check()

    def _rewind(self) -> None:
        """Begin anew: other parts, in the place of those that there are."""
        with self._source.turn:
            self._source.check()
            parts, store = self._parts, self._parts.store
            wiring = replace(
                self._wiring,
                keeping=parts.intake.dropped.keeping,
                vocabulary=store.vocabulary,
                expand=store.expand,
            )
            vars(parts).update(vars(wiring.parts(parts)))
        self._moved()

    def _us(self, t: Any) -> int:
        """A moment of the recording, in microseconds since its beginning."""
        us = self._us_of(t)
        if us is None:
            raise ArgumentError(
                't is a time, as "2026-11-24T10:00" (UTC, if it says nothing else), or a length of time from '
                f'the beginning on, as "90s" or 90, not {t!r:.80}'
            )
        return us

    def _us_of(self, t: Any) -> int | None:
        """The same; None: it is no time at all, and may be a filter."""
        return place_us(t, self._started_us)

    # -- as a stream -----------------------------------------------------------------------------------

    def audit(self, what: Any = None, /, *, seconds: float = 10, **fields: Any) -> Audit:  # noqa: ARG002
        """There is no server that could be asked.

        Raises:
            ArgumentError: always.
        """
        raise ArgumentError(
            "this is a replay: there is no server to ask, and what it held back was not recorded; explain() "
            "and why() say what became of all that came, and audit() of a live stream asks"
        )

    def wait_open(self, timeout: float | None = 10) -> Self:
        """Wait until a connection was open, in the recording: one that is over counts once all is played."""
        source = self._source
        self._wait(
            lambda: self.connected or (source.at_end and source.connections > 0),
            timeout,
            lambda: "an open connection",
        )
        return self

    def note(self, text: str, *, warn: bool = False) -> None:
        """Say something in its log."""
        (self._parts.log.warning if warn else self._parts.log.info)("replay", text)

    def __repr__(self) -> str:
        return f"<Replay {self.name}: {self.connection.state}>"
