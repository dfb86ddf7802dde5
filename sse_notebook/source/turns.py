"""Locks that an interrupt does not leave behind: taken for a time at most, or waited for.

The law: whoever takes one knows of it, wherever an interrupt cuts in. Python looks for interrupts when a call
returns, so that `lock.acquire(timeout=1)` may have taken it, and raise; `with lock:` may not, but waits for
ever.
"""

from __future__ import annotations

from typing import Any

__all__ = ["let_pass", "take"]

Lock = Any  # `threading.Lock()` or `threading.RLock()`


def take(lock: Lock, timeout: float, into: list[bool]) -> bool:
    """Take a lock, if it can be had within so many seconds.

    Args:
        lock: it.
        timeout: 0: now, or not.
        into: gets whether it was taken, even if this raises. Who calls gives it back if True is in it.

    Returns:
        Whether.
    """
    into.extend(map(lock.acquire, (True,), (timeout,)))  # all of it is one call, and no line of Python
    return into[-1]


def let_pass(lock: Lock, timeout: float) -> None:
    """Wait until whoever has a lock has given it back; so long at most.

    Example:
        >>> import threading
        >>> lock = threading.Lock()
        >>> let_pass(lock, timeout=1.0)
        >>> lock.locked()
        False
    """
    taken: list[bool] = []
    try:
        take(lock, timeout, taken)
    finally:
        if True in taken:
            lock.release()
