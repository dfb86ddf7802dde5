"""What people said of a stream, as it stands in its recording.

The law: there are only so many notes of one replay.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

__all__ = ["MOST_NOTES", "NOTES", "Note"]

#: The codes of such lines: marks, acknowledgements, silences.
NOTES: Final = frozenset({"mark", "ack", "sil"})
MOST_NOTES: Final = 100_000


class Note(NamedTuple):
    """What people said of the stream: Unix time in microseconds, the code of the line, its body."""

    us: int
    code: str
    body: Any
