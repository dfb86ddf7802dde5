"""One row, whole: what the drawer of a feed shows, and what is copied from it.

The law: bounded whatever came: a megabyte is cut, and says so. Numbers are shown as they came, not as a
browser would round them. No line that is copied has a secret in it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sse_notebook.events import Event
from sse_notebook.events.payload import encode
from sse_notebook.filters import Filter
from sse_notebook.widget.texts import cut

__all__ = ["curl", "tree", "whole"]

RAW: Final = 40_000  # characters of the payload as it came
LEAF: Final = 1_000  # characters of one value
NODES: Final = 800  # in a tree
DEEPEST: Final = 12
FIELDS: Final = (
    *("event_type", "id", "severity", "priority", "status", "resource_type", "resource_id"),
    *("cluster_id", "project_id", "workload_id", "origin", "source"),
)


def whole(
    event: Event, of: object, before: str | None = None, hide: Callable[[str], str] = str
) -> dict[str, Any]:
    """What is known of one row.

    Args:
        event: the row.
        of: what is shown: a stream has an address.
        before: the id of the row before it: whoever resumes from there gets this one.
        hide: masks secrets in a text.

    Returns:
        `fields` (pairs of name and text), `tree`, `raw`, `length` (of the payload, in characters), `curl`
        (None: there is no address) and `pandas`.
    """
    fields = [(name, getattr(event, name)) for name in FIELDS]
    raw = hide(event.raw)  # before it is cut, which would be seen by nothing
    times = [("timestamp", event.timestamp), ("received_at", event.received_at)]
    return {
        "seq": event.seq,
        "type": cut(event.type),
        "message": cut(event.message, LEAF),
        "fields": [
            *([name, time.isoformat(sep=" ", timespec="milliseconds")] for name, time in times),
            *([name, cut(str(value), LEAF)] for name, value in fields if value is not None),
        ],
        "tree": tree(event.data),
        "raw": raw[:RAW],
        "length": len(raw),
        "curl": curl(of, before),
        "pandas": f"df.loc[[{event.seq}]]",
    }


def tree(value: Any) -> list[Any]:
    """A decoded payload as nested lists that a browser can show without knowing JSON.

    Returns:
        `[kind, text]` of a value (`text`, `number`, `flag`, `none`), or `[kind, size, [[key, node], …]]` of
        an `object` or a `list`; fewer entries than `size` where it was cut.

    Example:
        >>> tree({"a": [1, None]})
        ['object', 1, [['a', ['list', 2, [['0', ['number', '1']], ['1', ['none', 'null']]]]]]]
    """
    left = NODES

    def node(value: Any, depth: int) -> list[Any]:
        nonlocal left
        left -= 1
        if isinstance(value, dict | list):
            kind = "object" if isinstance(value, dict) else "list"
            entries = value.items() if isinstance(value, dict) else enumerate(value)
            inner = []
            for key, each in islice(entries, NODES if depth < DEEPEST else 0):
                if left <= 0:
                    break
                inner.append([cut(str(key)), node(each, depth + 1)])
            return [kind, len(value), inner]
        if isinstance(value, str):
            return ["text", cut(value, LEAF)]
        if value is None or isinstance(value, bool):
            return ["none" if value is None else "flag", encode(value)]
        return ["number", cut(str(value), LEAF)]

    return node(value, 0)


def curl(of: object, before: str | None = None) -> str | None:
    """How to ask the server for this from a shell, without any token; None: there is no address.

    Args:
        of: a stream.
        before: the id to resume from.
    """
    url = getattr(of, "url", None)
    if not isinstance(url, str) or not url:
        return None
    parts = urlsplit(url)
    asked: Any = getattr(of, "filter", None)
    server = dict(asked.split().server) if isinstance(asked, Filter) else {}
    query = [(name, value) for name, value in parse_qsl(parts.query) if "*" not in value]
    query += [(name, str(value)) for name, value in server.items()]
    host = parts.netloc.rpartition("@")[2]
    address = urlunsplit((parts.scheme, host, parts.path, urlencode(query), ""))
    words = ["curl", "-N", "-H", "Accept: text/event-stream"]
    if before and before.isprintable():
        words += ["-H", f"Last-Event-ID: {cut(before, LEAF)}"]
    return shlex.join([*words, address])
