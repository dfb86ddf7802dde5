"""`connect`: one line, and a stream is alive. Which stream it is, where it goes, and with which settings.

The law: a stream *is* its URL, the four filters, `params` and `name`; everything else is a setting. To
connect again to what runs already applies the settings and gives the same stream, so that running a cell
again doubles nothing. `connect` never waits, and raises only for wrong arguments.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Hashable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Vocabulary
from sse_notebook.filters import Selection
from sse_notebook.source import Backoff
from sse_notebook.source.credentials import AuthMode, TokenSource, origin_of, redact_url
from sse_notebook.store.expand import Expand
from sse_notebook.stream.stream import EventStream

__all__ = ["close_all", "connect", "streams"]

PATH = "/api/v1/events/stream"

# Guards `_running`: held while a stream is looked up or made, so that two cells can't make two.
_lock = threading.Lock()
_running: dict[Hashable, weakref.ref[EventStream]] = {}


def connect(
    url: str | None = None,
    *,
    token: TokenSource | None = None,
    auth: AuthMode | None = None,
    name: str | None = None,
    platform: bool | None = None,
    cluster_id: str | None = None,
    project_id: str | None = None,
    workload_id: str | None = None,
    resource_type: str | None = None,
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    last_event_id: str | None = None,
    max_events: int = 100,
    max_rows: int = 1_000_000,
    retry_initial: float = 1.0,
    retry_max: float = 30.0,
    retry_attempts: int | None = 10,
    vocabulary: Vocabulary | None = None,
    expand: Expand = None,
) -> EventStream:
    """Connect to a stream of server-sent events, or find the one that is connected already.

    Args:
        url: where. A base URL (no path, `/`), or one that ends in `/api/v1/events/stream`, speaks the
            platform's contract; any other is any server-sent events endpoint. None: `SSE_NOTEBOOK_API_URL`,
            else `NEXT_PUBLIC_API_URL`, else `http://localhost:8000`.
        token: text, or a callable (sync or async) that is asked before every attempt. None:
            `SSE_NOTEBOOK_TOKEN`, if `url` is on the origin that the environment names.
        auth: `"query"`: as the parameter `token` (the platform's way); `"header"`: as
            `Authorization: Bearer` (everybody else's).
        name: what to call it, on the screen and in the column `source`.
        platform: True: `url` is a platform's base, whatever its path; False: it is not.
        cluster_id: ask the server for this cluster's events only, and check again here.
        project_id: likewise, for a project.
        workload_id: likewise, for a workload.
        resource_type: likewise, for a kind of resource; `"all"` is no filter.
        params: further query parameters.
        headers: further request headers.
        last_event_id: resume after this event.
        max_events: how many of the newest events are kept as objects, in `events`.
        max_rows: how many rows `df` keeps.
        retry_initial: the first delay before a reconnection, in seconds; it doubles.
        retry_max: the longest delay, in seconds.
        retry_attempts: how many reconnections before it gives up; None: never.
        vocabulary: how the server's messages are read; None: as the platform's, which leaves others unharmed.
        expand: which payload fields `df` shows as columns `data.…`: True: all scalars; a list of paths;
            `[]`: none. None: True for any endpoint, none for the platform.

    Returns:
        The stream. It connects in the background: `wait_open()` waits until it has.

    Raises:
        ArgumentError: a wrong argument; never for what the network does.

    Example:
        >>> import sse_notebook as sse
        >>> stream = sse.connect("http://localhost:9")  # the platform, but no token yet
        >>> stream
        <EventStream localhost:9: unauthenticated>
        >>> stream.close()
    """
    where, is_platform = _target(url, platform)
    selection = Selection(
        cluster_id=cluster_id, project_id=project_id, workload_id=workload_id, resource_type=resource_type
    )
    backoff = _backoff(retry_initial, retry_max, retry_attempts)
    if vocabulary is not None and not isinstance(vocabulary, Vocabulary):
        raise ArgumentError(f"vocabulary is a Vocabulary, not {vocabulary!r}")
    if token is None and origin_of(where) == origin_of(_default_base()):
        token = os.environ.get("SSE_NOTEBOOK_TOKEN") or None
    settings: dict[str, Any] = {
        "token": token,
        "auth": auth or ("query" if is_platform else "header"),
        "headers": headers,
        "backoff": backoff,
        "max_events": max_events,
        "max_rows": max_rows,
        "vocabulary": vocabulary,
        "expand": (None if is_platform else True) if expand is None else expand,
    }
    identity = (where, selection, tuple(sorted((params or {}).items(), key=str)), name)
    with _lock:
        running = _find(identity)
        if running is not None:
            running.apply(**settings)
            return running
        stream = EventStream(
            where,
            name=name or redact_url(where),
            shown=name or _shown(where, selection),
            selection=selection,
            params={**selection.params(), **(params or {})},
            needs_token=is_platform,
            last_event_id=last_event_id or "",
            clock=_clock(),
            **settings,
        )
        _running[identity] = weakref.ref(stream, lambda _: _running.pop(identity, None))
    stream.reconnect()
    return stream


def streams() -> list[EventStream]:
    """The streams that are not closed, in the order in which they were made."""
    with _lock:
        alive = [reference() for reference in _running.values()]
    return [stream for stream in alive if stream is not None and stream.connection.state != "closed"]


def close_all() -> None:
    """Close all streams."""
    for stream in streams():
        stream.close()


def _find(identity: Hashable) -> EventStream | None:
    reference = _running.get(identity)
    stream = reference() if reference is not None else None
    return stream if stream is not None and stream.connection.state != "closed" else None


def _clock() -> Clock:
    return SYSTEM


def _default_base() -> str:
    return (
        os.environ.get("SSE_NOTEBOOK_API_URL")
        or os.environ.get("NEXT_PUBLIC_API_URL")
        or "http://localhost:8000"
    )


def _target(url: str | None, platform: bool | None) -> tuple[str, bool]:
    """The full URL, and whether it speaks the platform's contract."""
    if url is None:
        url = _default_base()
    if not isinstance(url, str):
        raise ArgumentError(f"url must be text, not {type(url).__name__}")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ArgumentError(f"url must be http://… or https://…, not {redact_url(url)!r}")
    try:
        _ = parts.port
    except ValueError as error:
        raise ArgumentError(f"url: {error}") from None
    path = parts.path.rstrip("/")
    if platform is None:
        platform = path in ("", PATH) or path.endswith(PATH)
    if platform and not path.endswith(PATH):
        path += PATH
    if not platform:
        path = parts.path or "/"
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, "")), platform


def _backoff(initial: float, maximum: float, attempts: int | None) -> Backoff:
    for label, value in (("retry_initial", initial), ("retry_max", maximum)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise ArgumentError(f"{label} must be a number of seconds above 0, not {value!r}")
    if attempts is not None and (isinstance(attempts, bool) or not isinstance(attempts, int) or attempts < 0):
        raise ArgumentError(f"retry_attempts must be a whole number, or None for no limit, not {attempts!r}")
    return Backoff(initial=float(initial), maximum=float(maximum), attempts=attempts)


def _shown(url: str, selection: Selection) -> str:
    """A short name for people: the host, and what was asked for."""
    host = urlsplit(url).netloc.rpartition("@")[2]
    asked = " ".join(f"{name.removesuffix('_id')} {value}" for name, value in selection.params().items())
    return f"{host} {asked}".strip()
