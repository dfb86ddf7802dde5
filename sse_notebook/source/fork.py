"""What becomes of a source when its process forks.

The law: the parent's connection stays the parent's: the child never writes to it, never shuts it down, and
has no thread. Nothing is locked in the child that a thread of the parent held: a fork waits until what was
read is handed on, and for the locks that it was told of, so that what they guard is whole. But it does not
wait for ever: a lock that is not free within a second is another one in the child.
"""

from __future__ import annotations

import itertools
import os
import threading
import weakref
from typing import Any, Protocol

__all__ = ["Forkable", "hold", "watch"]

PATIENCE = 1.0  # seconds
_PLAIN = type(threading.Lock())


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


_number = itertools.count()
_locks: weakref.WeakValueDictionary[tuple[int, str], object] = weakref.WeakValueDictionary()
_taken: list[tuple[object, str, Any, bool]] = []  # whose, which, the lock itself, and whether it was free
# Guards that `_watched` and `_locks` do not change while they are copied.
_listing = threading.Lock()


def watch(one: Forkable) -> None:
    """Tell it of forks for as long as it lives."""
    with _listing:
        _watched.add(one)


def hold(owner: object, *names: str) -> None:
    """Let forks wait for these locks of an object, as long as it lives.

    Args:
        owner: whose.
        names: its attributes that are locks, no conditions; of two, the one that is taken first comes first.
    """
    with _listing:
        for name in names:
            _locks[next(_number), name] = owner


def _before() -> None:
    with _listing:
        _resting.extend(_watched)
        locks = [(name, owner) for (_, name), owner in sorted(_locks.items(), key=lambda item: item[0])]
    for one in _resting:
        one.before_fork()
    for name, owner in locks:
        lock = getattr(owner, name)
        _taken.append((owner, name, lock, lock.acquire(timeout=PATIENCE)))


def _after(*, child: bool) -> None:
    for owner, name, lock, free in reversed(_taken):
        if free:
            lock.release()
        elif child:
            setattr(owner, name, threading.Lock() if isinstance(lock, _PLAIN) else threading.RLock())
    _taken.clear()
    for one in reversed(_resting):
        one.after_fork(child=child)
    _resting.clear()


def _in_child() -> None:
    global _listing
    _listing = threading.Lock()  # another thread may have held it
    _after(child=True)


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(
        before=_before,
        after_in_parent=lambda: _after(child=False),
        after_in_child=_in_child,
    )
