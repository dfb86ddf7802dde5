"""What becomes of a source when its process forks.

The law: the parent's connection stays the parent's: the child never writes to it, never shuts it down, and
has no thread. Nothing is locked in the child that a thread of the parent held: a fork waits until what was
read is handed on.
"""

from __future__ import annotations

import os
import weakref
from typing import Protocol

__all__ = ["Forkable", "watch"]


class Forkable(Protocol):
    """What lives through a fork."""

    def before_fork(self) -> None:
        """Come to a rest; another thread waits."""
        ...

    def after_fork(self, *, child: bool) -> None:
        """Go on; in the child, without the parent's thread and connection."""
        ...


_watched: weakref.WeakSet[Forkable] = weakref.WeakSet()
_resting: list[Forkable] = []


def watch(one: Forkable) -> None:
    """Tell it of forks for as long as it lives."""
    _watched.add(one)


def _before() -> None:
    _resting.extend(_watched)
    for one in _resting:
        one.before_fork()


def _after(*, child: bool) -> None:
    for one in reversed(_resting):
        one.after_fork(child=child)
    _resting.clear()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(
        before=_before,
        after_in_parent=lambda: _after(child=False),
        after_in_child=lambda: _after(child=True),
    )
