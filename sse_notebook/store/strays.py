"""No attribute that nobody reads.

The law: what is set is there to be set. `stream.max_row = 5` would be a stray, of which nobody hears.
"""

from __future__ import annotations

import difflib
from typing import Any, ClassVar

__all__ = ["NoStrays"]


class NoStrays:
    """Refuses public attributes that its class does not have. Who derives a class of his own may set his own.

    Attributes:
        attributes: those that an instance of the class sets itself.

    Example:
        >>> class Room(NoStrays):
        ...     attributes = frozenset({"size"})
        >>> room = Room()
        >>> room.size = 3
        >>> room.sice = 3
        Traceback (most recent call last):
        AttributeError: Room has no attribute 'sice' to set; did you mean size?
    """

    attributes: ClassVar[frozenset[str]] = frozenset()

    def __setattr__(self, name: str, value: Any) -> None:
        kind = type(self)
        strange = name[:1] != "_" and not hasattr(kind, name) and name not in kind.attributes
        if strange and kind.__module__.startswith(f"{__package__.partition('.')[0]}."):
            known = [each for each in (*dir(kind), *kind.attributes) if each[:1] != "_"]
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise AttributeError(f"{kind.__name__} has no attribute {name!r} to set{hint}")
        super().__setattr__(name, value)
