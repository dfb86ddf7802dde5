"""The streams that there are: which one a request is, and all of them in the order in which they were made.

The law: nobody is kept alive by being listed; what is closed is not in the list.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Hashable
from typing import TYPE_CHECKING

from sse_notebook.source import fork

if TYPE_CHECKING:
    from sse_notebook.stream.stream import EventStream

__all__ = ["add", "close_all", "find", "lock", "streams"]

# Guards `_running`: held while a stream is looked up or made, so that two cells can't make two. Reentrant:
# a finalizer or a signal handler may ask for the streams on the thread that is just making one.
lock = threading.RLock()
fork.hold(sys.modules[__name__], "lock")
_running: weakref.WeakValueDictionary[Hashable, EventStream] = weakref.WeakValueDictionary()


def find(identity: Hashable) -> EventStream | None:
    """The stream that is this one, unless it is closed."""
    with lock:
        stream = _running.get(identity)
    return stream if stream is not None and stream.connection.state != "closed" else None


def add(stream: EventStream, identity: Hashable = None) -> None:
    """A new stream, behind all others; what had its identity before is not found any more.

    Args:
        stream: which.
        identity: by which `find` finds it; None: it does not.
    """
    key = object() if identity is None else identity
    with lock:
        _running.pop(key, None)
        _running[key] = stream


def streams() -> list[EventStream]:
    """The streams and replays that are not closed, in the order in which they were made."""
    with lock:
        alive = list(_running.values())
    return [stream for stream in alive if stream.connection.state != "closed"]


def close_all() -> None:
    """Close all streams and replays."""
    for stream in streams():
        stream.close()
