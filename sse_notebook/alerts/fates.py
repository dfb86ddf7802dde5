"""What became of events that toasts were asked for: with which one each toast began, and what was muted.

The law: what is remembered is bounded; what is forgotten is said to be.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from sse_notebook.alerts.toast import Key
from sse_notebook.events.batch import Batch

__all__ = ["REMEMBERED", "Became", "Fates", "alike"]

KEY: Final = ("type", "severity", "status")  # the columns of a `Key`
REMEMBERED: Final = 10_000  # toasts of which it is remembered with which event each began; muted events


class Became(NamedTuple):
    """What became of an event that was offered.

    Attributes:
        outcome: `"shown"`, `"suppressed"`, or `"unknown"`.
        reason: why, or where.
    """

    outcome: str
    reason: str


class _Began(NamedTuple):
    """With which event a toast began; or, not `own`, from which on events of a key are in a summary."""

    seq: int
    key: Key
    title: str
    own: bool


class Fates:
    """What is remembered of one stream's events. Not guarded: by whoever has it."""

    def __init__(self) -> None:
        self._began: deque[_Began] = deque(maxlen=REMEMBERED)  # by `seq`
        self._muted: deque[tuple[int, str]] = deque(maxlen=REMEMBERED)  # events, and what kept them off
        self._offered = -1  # the `seq` of the newest event that was offered

    def offered(self, seq: int) -> None:
        """All events up to this one have been offered."""
        self._offered = max(self._offered, seq)

    def began(self, seq: int, key: Key, title: str) -> None:
        """A toast began with this event."""
        self._began.append(_Began(seq, key, title, own=True))

    def summed(self, seq: int, key: Key, title: str) -> None:
        """From this event on, those of its key are in a summary."""
        self._began.append(_Began(seq, key, title, own=False))

    def muted(self, seqs: Sequence[int], why: str) -> None:
        """These were kept from the screen."""
        self._muted.extend((seq, why) for seq in seqs[-REMEMBERED:])

    def became(self, seq: int, key: Key, why_not: str) -> Became:
        """What became of an event.

        Args:
            seq: its number.
            key: its type, severity and status.
            why_not: why events of this kind are not shown; `""`: they are.
        """
        muted = next((why for number, why in reversed(self._muted) if number == seq), "")
        if why := muted or why_not:
            return Became("suppressed", why)
        earlier = (each for each in reversed(self._began) if each.key == key and each.seq <= seq)
        began = next(earlier, None)
        if began is not None and not began.own:
            return Became("shown", f"counted in a summary: {began.title}")
        if began is not None and began.seq == seq:
            return Became("shown", f"in a toast of its own: {began.title}")
        if began is not None:
            return Became("shown", f"counted in the toast that began with seq {began.seq}: {began.title}")
        if seq > self._offered:
            return Became("unknown", "no toast was asked for it")
        return Became("shown", "in which toast is forgotten")


def alike(
    batch: Batch, rows: Sequence[int], names: Sequence[str] = KEY
) -> Iterable[tuple[Any, Sequence[int]]]:
    """Rows of a batch by their values in some columns, in the order of the first of each.

    As it stands, by what folds together.
    """
    if not rows:
        return
    columns = [batch.columns[name] for name in names]
    apart: defaultdict[Any, list[int]] = defaultdict(list)
    if len(rows) == len(batch):
        keys: list[Any] = list(zip(*columns, strict=True))
        if keys.count(keys[0]) == len(keys):  # as a rule, in a flood
            yield keys[0], rows
            return
        for row, key in enumerate(keys):
            apart[key].append(row)
    else:
        for row in rows:
            apart[tuple(column[row] for column in columns)].append(row)
    yield from apart.items()
