"""Several events by columns: how rows travel from the wire to the store, to the toasts, to the handlers.

The law: a batch never changes; as a sequence it is its events, made one by one when somebody asks, and then
the same objects for all who do. What was made of events has its columns likewise: each when somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any, Final, overload

import msgspec

from sse_notebook.events.event import Event, number

__all__ = ["COLUMNS", "Batch", "Column", "pick"]

Column = Sequence[Any]

FEW: Final = 8  # events of which most columns are not worth making

#: The attributes of an `Event`, in its order: what a batch has a column for each of.
COLUMNS: Final = Event.__struct_fields__


def pick(column: Column, rows: Sequence[int]) -> Column:
    """These values of a column: the column itself, where `rows` is the range of all."""
    if isinstance(rows, range) and len(rows) == len(column):
        return column
    if isinstance(column, range) and column == range(len(column)):
        return rows  # of the whole numbers each is its own
    return list(map(column.__getitem__, rows))


class _Asked(Mapping[str, Column]):
    """The columns of events, each made when it is asked for: of few events most never are.

    Args:
        events: these.
        known: columns that there are already.
    """

    __slots__ = ("_made", "events")

    def __init__(self, events: Sequence[Event], **known: Column) -> None:
        self.events = events
        self._made: dict[str, Column] = known

    def __getitem__(self, name: str) -> Column:
        column = self._made.get(name)
        if column is None:
            column = self._made[name] = list(map(_GETTERS[name], self.events))
        return column

    def __iter__(self) -> Iterator[str]:
        return iter(COLUMNS)

    def __len__(self) -> int:
        return len(COLUMNS)


_GETTERS: Final = {name: attrgetter(name) for name in COLUMNS}


class Batch(Sequence[Event]):
    """Rows, by columns.

    Args:
        columns: for each attribute of `Event` its values: one for each row. Nobody writes into them any more.
        made: the events of some rows, where there are such objects already.

    Example:
        >>> from sse_notebook.events import Vocabulary
        >>> from sse_notebook.wire import ServerSentEvent
        >>> rows = Vocabulary().read_all([ServerSentEvent(data='{"type": "edit"}')], received_us=1).rows
        >>> list(rows.columns["type"]), rows[0]
        (['edit'], <Event -1 info: edit>)
    """

    __slots__ = ("_made", "_rows", "columns")

    def __init__(self, columns: Mapping[str, Column], made: dict[int, Event] | None = None) -> None:
        self.columns: Mapping[str, Column] = {name: columns[name] for name in COLUMNS}
        self._rows = len(columns["seq"])
        self._made = {} if made is None else made

    @classmethod
    def of(cls, events: Iterable[Event]) -> Batch:
        """The batch of these events; they stay the objects that it hands out. One of a batch is itself."""
        if isinstance(events, Batch):
            return events
        kept = list(events)
        made = dict(enumerate(kept))
        if len(kept) > FEW:
            rows = zip(*map(msgspec.structs.astuple, kept), strict=True)
            return cls(dict(zip(COLUMNS, rows, strict=True)), made)
        return cls._as(_Asked(kept), len(kept), made)

    @classmethod
    def _as(cls, columns: Mapping[str, Column], rows: int, made: dict[int, Event]) -> Batch:
        """The same as with these columns, which stand in their order already."""
        batch = cls.__new__(cls)
        batch.columns = columns
        batch._rows, batch._made = rows, made  # noqa: SLF001 - its own kind
        return batch

    @classmethod
    def joined(cls, batches: Sequence[Batch]) -> Batch:
        """One batch of several, in order."""
        if len(batches) == 1:
            return batches[0]
        asked = [columns for batch in batches if isinstance(columns := batch.columns, _Asked)]
        if len(asked) == len(batches):
            rows = cls.of(chain.from_iterable(columns.events for columns in asked))
            seqs = list(chain.from_iterable(columns["seq"] for columns in asked))
            return cls._as({**rows.columns, "seq": seqs}, len(rows), rows._made)  # noqa: SLF001 - likewise
        joined: dict[str, list[Any]] = {name: [] for name in COLUMNS}
        for batch in batches:
            for name, values in joined.items():
                values += batch.columns[name]
        return cls(joined)

    @property
    def first(self) -> int:
        """The `seq` of the first row; there must be one."""
        return int(self.columns["seq"][0])

    def with_columns(self, **columns: Column) -> Batch:
        """The same rows with other values in these columns."""
        return Batch({**self.columns, **columns})

    def numbered(self, first: int) -> Batch:
        """The same rows with a `seq`, counting from `first`; events that are objects already get theirs too.

        Only the store that keeps them may say it.
        """
        for row, event in self._made.items():
            number([event], first + row)
        columns, seqs = self.columns, range(first, first + self._rows)
        if isinstance(columns, _Asked):
            return self._as(_Asked(columns.events, seq=seqs), self._rows, self._made)
        return self._as({**columns, "seq": seqs}, self._rows, dict(self._made))

    def without(self, oldest: int) -> Batch:
        """The rows but for so many at the beginning."""
        made = {row - oldest: event for row, event in self._made.items() if row >= oldest}
        return Batch({name: column[oldest:] for name, column in self.columns.items()}, made)

    def pick(self, rows: Sequence[int]) -> Batch:
        """These rows, in this order."""
        if len(rows) < 2 or (isinstance(rows, range) and len(rows) == self._rows):
            return Batch({name: pick(column, rows) for name, column in self.columns.items()})
        chosen = itemgetter(*rows)  # made once for all columns
        return Batch({name: chosen(column) for name, column in self.columns.items()})

    def __len__(self) -> int:
        return self._rows

    @overload
    def __getitem__(self, at: int) -> Event: ...
    @overload
    def __getitem__(self, at: slice) -> list[Event]: ...
    def __getitem__(self, at: int | slice) -> Event | list[Event]:
        rows = range(self._rows)[at]
        if isinstance(rows, int):
            return self._event(rows)
        if rows != range(self._rows) or 2 * len(self._made) > self._rows:
            return list(map(self._event, rows))
        keep = self._made.setdefault  # see `_event`
        return [keep(row, event) for row, event in enumerate(map(Event, *self.columns.values()))]

    def __iter__(self) -> Iterator[Event]:
        return iter(self[:])

    def _event(self, row: int) -> Event:
        event = self._made.get(row)
        if event is None:
            # Two threads may both make it: then the first one's counts for both.
            event = self._made.setdefault(row, Event(*(column[row] for column in self.columns.values())))
        return event
