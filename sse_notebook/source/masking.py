"""What httpcore logs of our requests, with secrets masked.

The law: while debug logging is on, httpcore logs the headers of answers, and a server may repeat a token in
them (a redirect that adds a slash repeats the whole query). On our threads such a line is masked before
anybody sees it; lines of other threads are left alone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

__all__ = ["mask_on_this_thread"]

_LOGGERS = ("httpcore.connection", "httpcore.http11", "httpcore.proxy")

_ours = threading.local()


def mask_on_this_thread(redact: Callable[[str], str]) -> None:
    """From now on `redact` masks what httpcore logs on the thread that calls this."""
    _ours.redact = redact


def _masked(record: logging.LogRecord) -> bool:
    redact = getattr(_ours, "redact", None)
    if redact is not None:
        record.msg, record.args = redact(record.getMessage()), ()
    return True


for _name in _LOGGERS:
    logging.getLogger(_name).addFilter(_masked)
