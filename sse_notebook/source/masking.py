"""What HTTP libraries log of our requests, with secrets masked.

The law: the user's own client logs the URLs it asks for, and while debug logging is on httpcore logs
headers, in which a server may repeat a token too (a redirect that adds a slash repeats the whole query). On
our threads such a line is masked before anybody sees it; lines of other threads are left alone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["mask_on_this_thread", "masked_here"]

# httpx's client logs whole URLs at INFO; the others log headers at DEBUG. A filter of a logger does not count
# for those below it, so each is named.
_LOGGERS = (
    *("httpx", "httpx2", "hpack.hpack", "hpack.table"),
    *(
        f"{library}.{part}"
        for library in ("httpcore", "httpcore2")
        for part in ("connection", "http11", "http2", "proxy", "socks")
    ),
)

_ours = threading.local()


def mask_on_this_thread(redact: Callable[[str], str]) -> None:
    """From now on `redact` masks what HTTP libraries log on the thread that calls this."""
    _ours.redact = redact


@contextmanager
def masked_here(redact: Callable[[str], str]) -> Iterator[None]:
    """The same while this lasts: for a thread that is not ours."""
    before = getattr(_ours, "redact", None)
    _ours.redact = redact
    try:
        yield
    finally:
        _ours.redact = before


def _masked(record: logging.LogRecord) -> bool:
    redact = getattr(_ours, "redact", None)
    if redact is not None:
        record.msg, record.args = redact(record.getMessage()), ()
    return True


for _name in _LOGGERS:
    logging.getLogger(_name).addFilter(_masked)
