"""What people say of a stream's alerts, on its way into recordings.

The law: it is said between two reads, and is written between them: a replay hears it where it was said. It
knows nothing of the stream object.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

from sse_notebook.alerts.attention import Attention
from sse_notebook.journal.tape import Tape
from sse_notebook.source import EventSource, Source
from sse_notebook.source.notes import Note
from sse_notebook.source.replay import ReplaySource
from sse_notebook.source.turns import let_pass

__all__ = ["Noting", "between_reads", "settle"]

MOST: Final = 10_000  # acknowledgements and silences that are kept for `save`
PATIENCE: Final = 1.0  # seconds that an observer may take for a read, before we begin in the middle of it


@contextmanager
def between_reads(source: Source) -> Iterator[None]:
    """While this lasts nothing is handed on, unless that takes long."""
    hearing = source.hearing if isinstance(source, EventSource) else None
    held = hearing is not None and hearing.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        if held and hearing is not None:
            hearing.release()


def settle(source: Source) -> None:
    """Wait until what is being handed on is, unless that takes long: whose rows are there, its alerts are."""
    handing: Any = source.turn if isinstance(source, ReplaySource) else None
    if isinstance(source, EventSource):
        handing = source.hearing
    if handing is not None:
        let_pass(handing, PATIENCE)


class Noting:
    """Writes down what is said.

    Args:
        tape: knows who records.

    Attributes:
        said: the newest of it.
    """

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self.said: deque[Note] = deque(maxlen=MOST)

    def follow(self, attention: Attention) -> None:
        """Write down what is said there."""
        attention.turn, attention.said = self._turn, self._note

    def _turn(self) -> AbstractContextManager[object]:
        recorders = self._tape.recorders
        return between_reads(recorders[0].source) if recorders else nullcontext()

    def _note(self, us: int, code: str, body: Mapping[str, Any]) -> None:
        self.said.append(Note(us, code, body))
        self._tape.noted(us, code, body)
