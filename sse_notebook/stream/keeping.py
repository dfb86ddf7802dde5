"""How much a stream keeps, said and changed while it runs.

The law: the store knows; what is set here holds for what the stream itself dropped, too.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sse_notebook.events.moments import Duration
from sse_notebook.stream.parts import Parts

__all__ = ["Keeps"]


class Keeps:
    """A stream's bounds: what `connect` was given, to be read and set."""

    _parts: Parts

    @property
    def max_events(self) -> int:
        """How many events are kept as objects; may be set."""
        return self._parts.store.max_events

    @max_events.setter
    def max_events(self, number: int) -> None:
        self._bound("max_events", number)

    @property
    def max_rows(self) -> int:
        """How many rows are kept; may be set."""
        return self._parts.store.max_rows

    @max_rows.setter
    def max_rows(self, number: int) -> None:
        self._bound("max_rows", number)

    @property
    def max_age(self) -> timedelta | None:
        """How long a row is kept after it was received; may be set, as `"1h"` too."""
        return self._parts.store.max_age

    @max_age.setter
    def max_age(self, age: Duration | None) -> None:
        self._bound("max_age", age)

    @property
    def max_bytes(self) -> int | None:
        """How many bytes the kept rows may take, and a sixteenth of it those in `dropped`; may be set."""
        return self._parts.store.max_bytes

    @max_bytes.setter
    def max_bytes(self, number: int | None) -> None:
        self._bound("max_bytes", number)

    @property
    def max_dropped(self) -> int:
        """How many rows that were dropped are still to be read in `dropped`; may be set."""
        return self._parts.store.max_dropped

    @max_dropped.setter
    def max_dropped(self, number: int) -> None:
        self._bound("max_dropped", number)

    def _bound(self, name: str, value: Any) -> None:
        setattr(self._parts.store, name, value)
        self._parts.intake.dropped.keeping = self._parts.store.keeping
