"""What has come lately that is no trouble: asked when trouble comes late, whether it is over already.

The law: it costs nothing until it is asked; it remembers the newest reads, so many rows of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Final

from sse_notebook.alerts.alert import BAD, Key
from sse_notebook.events.batch import Batch, Column

__all__ = ["Lately", "happened"]

ROWS: Final = 4_000  # that are remembered, beside the newest read
READS: Final = 500  # likewise: each is looked at when one is asked

_NAMES: Final = ("timestamp_us", "received_us", "severity", "type", "resource_id")


def happened(timestamp_us: int, received_us: int) -> int:
    """When an event happened: it can't be later than when it came, whatever it says."""
    return min(timestamp_us, received_us)


class _Read:
    """The rows of one read, of which only some columns are kept.

    Attributes:
        size: how many.
        newest_us: when the newest of all rows up to here happened; once it is looked for.
    """

    newest_us = 0

    def __init__(self, batch: Batch) -> None:
        self.size = len(batch)
        self._columns: tuple[Column, ...] = tuple(batch.columns[name] for name in _NAMES)
        self._good: dict[Key, int] | None = None

    def look(self, before_us: int) -> int:
        """See when the newest of all rows up to here happened."""
        times, received, *_ = self._columns
        self.newest_us = max(before_us, max(map(happened, times, received)))
        return self.newest_us

    def good(self, family: Callable[[str], str]) -> dict[Key, int]:
        """When the newest good event of each key happened."""
        if self._good is None:
            good: dict[Key, int] = {}
            for at, received, severity, type_, resource in zip(*self._columns, strict=True):
                if severity not in BAD:
                    key, us = (family(type_), resource), happened(at, received)
                    if good.get(key, us) <= us:
                        good[key] = us
            self._good, self._columns = good, ()
        return self._good


class Lately:
    """The newest reads of one stream. Not guarded: by whoever has it.

    Args:
        family: of a type.
    """

    def __init__(self, family: Callable[[str], str]) -> None:
        self._family = family
        self._reads: deque[_Read] = deque(maxlen=READS)
        self._rows = 0
        self._looked = 0  # reads, the oldest, of which it is known when their newest row happened
        self._newest_us = 0

    def add(self, batch: Batch) -> None:
        """These came; there is at least one."""
        if len(self._reads) == READS:
            self._let_go()
        self._reads.append(_Read(batch))
        self._rows += len(batch)
        while self._rows > ROWS and len(self._reads) > 1:
            self._let_go()

    def _let_go(self) -> None:
        self._rows -= self._reads.popleft().size
        self._looked = max(0, self._looked - 1)

    def good_after(self, key: Key, after_us: int) -> int | None:
        """When the newest good event of this key happened, if one is known to have after a moment."""
        for read in islice(self._reads, self._looked, None):
            self._newest_us = read.look(self._newest_us)
        self._looked = len(self._reads)
        found = None
        for read in reversed(self._reads):
            if read.newest_us <= after_us:
                break  # and so are all before it
            us = read.good(self._family).get(key)
            if us is not None and us > (after_us if found is None else found):
                found = us
        return found
