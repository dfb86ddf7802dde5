"""A recording as the source of a stream's messages: played from its beginning, as often as that begins anew.

The law: what is wrong with the file, or was not recorded, is told in the log, and the rest is played.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from sse_notebook.alerts.record import again
from sse_notebook.clock import ReplayClock
from sse_notebook.intake import Intake
from sse_notebook.journal import Cast, Run
from sse_notebook.logbook import LogBook
from sse_notebook.source import Source
from sse_notebook.source.notes import Note
from sse_notebook.source.replay import ReplaySource
from sse_notebook.store import EventStore

__all__ = ["Playback"]


class Playback:
    """Gives a stream its source: always the same one, which begins again.

    Args:
        cast: the file.
        clock: stands where the replay is.
        together: several reads may be handed on as one.

    Attributes:
        source: it, once it was asked for.
    """

    source: ReplaySource

    def __init__(self, cast: Cast, clock: ReplayClock, *, together: bool = False) -> None:
        self._cast = cast
        self._clock = clock
        self._together = together
        self._log: LogBook | None = None
        self._made = False

    def __call__(self, intake: Intake, log: LogBook, store: EventStore) -> Source:
        """The source, for this listener, from the beginning on."""
        self._log = log
        header, path = self._cast.header, self._cast.path

        def numbered(seq: int) -> None:
            if seq != store.next_seq and not store.begin_at(seq):
                log.warning(
                    "replay",
                    f"{path.name}: rows were numbered from {seq} on, and are from {store.next_seq} here: "
                    "between them were rows that were not recorded",
                )

        attention = intake.toasts.attention

        def noted(note: Note) -> None:
            again(attention, note.us, note.code, note.body)

        store.begin_at(header.first_seq)
        if self._made:
            self.source.rewind(intake, log, numbered, noted)
            return self.source
        self.source = ReplaySource(
            header.started_us,
            self._runs,
            intake,
            clock=self._clock,
            log=log,
            url=header.url,
            asked=header.asked,
            numbered=numbered,
            together=self._together,
            noted=noted,
        )
        self._made = True
        return self.source

    def _runs(self) -> Iterable[Run]:
        cast = self._cast
        yield from chain.from_iterable(cast.runs())
        if (log := self._log) is None:
            return
        goes_on = len(cast.problems) == 1 and not cast.complete  # as one does that is being written
        tell = log.info if goes_on else log.warning
        for line, what in cast.problems[:20]:  # it has them all
            tell("replay", f"{cast.path.name}: {f'line {line}: ' if line else ''}{what}")
