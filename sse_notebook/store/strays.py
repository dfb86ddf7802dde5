"""No attribute that nobody reads, and none that is missing without a word on where to look.

The law: what is set is there to be set. `stream.max_row = 5` would be a stray, of which nobody hears. What is
asked for and is not there is an `AttributeError`, as ever; it says what was meant.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, ClassVar

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
        >>> room.sizes
        Traceback (most recent call last):
        AttributeError: Room has no attribute 'sizes'; did you mean size?
    """

    attributes: ClassVar[frozenset[str]] = frozenset()

    def __setattr__(self, name: str, value: Any) -> None:
        kind = type(self)
        strange = name[:1] != "_" and not hasattr(kind, name) and name not in kind.attributes
        if strange and kind.__module__.startswith(f"{__package__.partition('.')[0]}."):
            raise AttributeError(f"{kind.__name__} has no attribute {name!r} to set{_hint(kind, name)}")
        super().__setattr__(name, value)

    def _instead(self, name: str) -> str:  # noqa: ARG002 - for who derives
        """Where a public attribute is that this has not; `""`: nobody knows."""
        return ""

    if not TYPE_CHECKING:  # or a type checker would let every attribute pass

        def __getattr__(self, name: str) -> Any:
            """Called for what is not there, and for a property that raised an AttributeError of its own."""
            kind = type(self)
            if hasattr(kind, name):
                return object.__getattribute__(self, name)  # which raises that one again
            if name[:1] == "_":  # a library's question; no person's
                raise AttributeError(
                    f"{kind.__name__!r} object has no attribute {name!r}", name=name, obj=self
                )
            hint = self._instead(name) or _hint(kind, name)
            # Of the name Python would make a second "Did you mean"; and where there is none, it looks for it.
            raise AttributeError(f"{kind.__name__} has no attribute {name!r}{hint}", name="")


def _hint(kind: type[NoStrays], name: str) -> str:
    known = [each for each in (*dir(kind), *kind.attributes) if each[:1] != "_"]
    longer = [each for each in known if each.startswith(f"{name}_")]
    # Below this likeness `append` is `dropped`, and `until` is `tail`.
    close = longer or difflib.get_close_matches(name, known, n=1, cutoff=0.7)
    return f"; did you mean {close[0]}?" if close else ""
