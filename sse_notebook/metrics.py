"""Counters, and the invariant that ties them.

The law: at every moment, messages received = stored + control + filtered + duplicate + invalid; whatever is
dropped is counted under its reason.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping

__all__ = ["Counters"]


class Counters(Mapping[str, int]):
    """The counters of one stream, by their Prometheus names; a mapping, zero where nothing was counted.

    Example:
        >>> counters = Counters()
        >>> counters.add("sse_events_dropped_total", 2, reason="filtered")
        >>> counters['sse_events_dropped_total{reason="filtered"}']
        2
    """

    def __init__(self) -> None:
        # Guards `_values`: counters are written by several threads, and `+=` on a dict entry is not atomic.
        self._lock = threading.Lock()
        self._values: dict[str, int] = {}

    def add(self, name: str, number: int = 1, **labels: str) -> None:
        """Count `number` more."""
        if labels:
            name += "{" + ",".join(f'{label}="{value}"' for label, value in labels.items()) + "}"
        with self._lock:
            self._values[name] = self._values.get(name, 0) + number

    def __getitem__(self, name: str) -> int:
        return self._values.get(name, 0)

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter(list(self._values))

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Counters({dict(self)})"
