"""What becomes of threads, connections, files and locks when the process forks: for all who have some.

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
# Guards `_watched` and `_locks`. Held while they are copied; and by who forks, from when there is nothing
# more to wait for until it is done: so nothing comes into being meanwhile.
_listing = threading.Lock()
_forking = threading.Lock()  # one fork after the other


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
    _forking.acquire()
    waited_for = -1
    while True:
        _listing.acquire()
        here = set(map(id, _resting))
        fresh = [one for one in _watched if id(one) not in here]
        locks = sorted((key, owner) for key, owner in _locks.items() if key[0] > waited_for)
        if not fresh and not locks:
            return
        _listing.release()
        for one in fresh:
            _resting.append(one)
            one.before_fork()
        for (number, name), owner in locks:
            lock = getattr(owner, name)
            _taken.append((owner, name, lock, lock.acquire(timeout=PATIENCE)))
            waited_for = number


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
    _listing.release()
    _forking.release()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(
        before=_before,
        after_in_parent=lambda: _after(child=False),
        after_in_child=lambda: _after(child=True),
    )
