"""A function of texts that remembers what it gave: names and statuses come again and again.

The law: it gives what the function gives, and its memory is bounded, whatever the wire calls things.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["Memo", "same"]

MOST = 4_096  # texts remembered
LONGEST = 200  # characters of one of them


def same(values: Sequence[Any]) -> bool:
    """Whether all of these (at least one) are equal.

    Example:
        >>> same(["a", "a"]), same(["a", "b", "a"])
        (True, False)
    """
    first = values[0]
    return bool(first == values[-1] and values.count(first) == len(values))


class Memo(dict[Any, Any]):
    """What a function gives for each text (or None) that it was asked for.

    Args:
        function: takes one value; gives the same for the same.

    Example:
        >>> shout = Memo(str.upper)
        >>> shout["a"], shout.all(["b", "a"])
        ('A', ['B', 'A'])
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, value: Any) -> Any:
        found = self._function(value)
        # Texts and None only: 1, 1.0 and True are one key, and mean different things.
        if value is None or (type(value) is str and len(value) <= LONGEST):
            if len(self) >= MOST:
                self.clear()
            self[value] = found
        return found

    def all(self, values: Sequence[Any]) -> list[Any]:
        """What the function gives for each of these."""
        if values and type(values[0]) is str and same(values):  # as a rule, or at least often
            return [self[values[0]]] * len(values)
        try:
            return list(map(self.__getitem__, values))
        except TypeError:  # a list or an object among them: no key
            return list(map(self._function, values))
