"""What rows have in common: the types that come most often, counted, and the rows of some of them.

The law: a type is named as a row on the screen has it, cut and seen, without secrets, so that what is pressed
there means the same here. No row is made: words are counted by their numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

import numpy as np

from sse_notebook.store.columns import Version
from sse_notebook.store.snapshot import Snapshot
from sse_notebook.widget.texts import cut

__all__ = ["TYPES", "of_types", "types_of"]

TYPES: Final = 5  # that are told


def types_of(
    snapshot: Snapshot, also: Collection[str] = (), hide: Callable[[str], str] = str
) -> list[list[Any]]:
    """The most frequent types of some rows, most frequent first.

    Args:
        snapshot: the rows.
        also: types that are told even if they are seldom.
        hide: masks secrets in a text.

    Returns:
        Pairs of a type, as a row on the screen has it, and how many rows have it.

    Example:
        >>> from sse_notebook import EventStore
        >>> store = EventStore()
        >>> _ = store.add_events([{"type": "edit"}, {"type": "log"}, {"type": "edit"}])
        >>> types_of(store._snapshot())
        [['edit', 2], ['log', 1]]
    """
    chosen = np.zeros(snapshot.version.stop - snapshot.version.start, bool)
    chosen[snapshot.rows] = True
    counted: Counter[str] = Counter()
    for low, codes, words in _coded(snapshot.version):
        numbers = np.bincount(codes[chosen[low : low + len(codes)]], minlength=len(words))
        for code in np.flatnonzero(numbers).tolist():
            counted[_name(words[code], hide)] += int(numbers[code])
    most = counted.most_common(TYPES)
    told = {name for name, _ in most}
    return [[name, number] for name, number in most] + [
        [name, counted[name]] for name in dict.fromkeys(also) if name not in told
    ]


def of_types(version: Version, wanted: Collection[str], hide: Callable[[str], str] = str) -> Any:
    """For each row that is kept, whether its type is one of these, as `types_of` names them."""
    names = set(wanted)
    found = [
        np.array([word in names or _name(word, hide) in names for word in words], bool)[codes]
        for _, codes, words in _coded(version)
    ]
    return np.concatenate(found) if found else np.zeros(0, bool)


def _name(word: str | None, hide: Callable[[str], str]) -> str:
    return hide(cut(word or ""))


def _coded(version: Version) -> Iterator[tuple[int, Any, list[str | None]]]:
    """Of each segment where its rows begin among those that are kept, their codes, and the words."""
    for segment in version.within:
        low, high = max(version.start, segment.first), min(version.stop, segment.first + segment.rows)
        codes, words = segment.coded("type", low - segment.first, high - segment.first)
        yield low - version.start, codes, words
