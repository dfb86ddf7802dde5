"""Counters, and the invariant that ties them.

The law: in every `snapshot`, messages received = stored + control + dropped, whatever the reason of dropping;
what one read brought is counted in one step.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping

from sse_notebook.source import fork

__all__ = ["Counters", "labelled"]


def labelled(name: str, **labels: str) -> str:
    """The name of a counter with its labels, as Prometheus writes it.

    Example:
        >>> labelled("sse_events_dropped_total", reason="filtered")
        'sse_events_dropped_total{reason="filtered"}'
    """
    return name + "{" + ",".join(f'{label}="{value}"' for label, value in labels.items()) + "}"


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
        fork.hold(self, "_lock")
        self._values: dict[str, int] = {}

    def add(self, name: str, number: int = 1, **labels: str) -> None:
        """Count `number` more."""
        self.add_all({labelled(name, **labels) if labels else name: number})

    def add_all(self, numbers: Mapping[str, int]) -> None:
        """Count these in one step: no snapshot has some of them without the others."""
        with self._lock:
            for name, number in numbers.items():
                self._values[name] = self._values.get(name, 0) + number

    def snapshot(self) -> dict[str, int]:
        """All counters at one moment; `dict(counters)` would read one after another."""
        with self._lock:
            return dict(self._values)

    def __getitem__(self, name: str) -> int:
        return self._values.get(name, 0)

    def __iter__(self) -> Iterator[str]:
        return iter(self.snapshot())

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        lines = "\n".join(f"{name} {number}" for name, number in sorted(self.snapshot().items()))
        return lines or "nothing counted yet"
