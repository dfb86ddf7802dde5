"""`connect`: one line, and a stream is alive. Which stream it is, where it goes, and with which settings.

The law: a stream *is* its URL, the four filters, `params` and `name`; everything else is a setting. To
connect again to what runs already applies the settings and gives the same stream, so that running a cell
again doubles nothing. `connect` never waits, and raises only for wrong arguments.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import ArgumentError, RecordingError
from sse_notebook.events import Vocabulary
from sse_notebook.events.builtin import vocabulary_of
from sse_notebook.events.moments import Duration, Moment, moment_us
from sse_notebook.filters import Selection
from sse_notebook.source import Backoff
from sse_notebook.source.credentials import AuthMode, Credentials, TokenSource
from sse_notebook.source.policy import FIRST_DELAY, LONGEST_DELAY
from sse_notebook.source.redactor import Redactor, redact_url
from sse_notebook.source.request import check_exposure, check_flag, check_id, secrets_of
from sse_notebook.source.transport import check_client
from sse_notebook.store.bounds import Keeping
from sse_notebook.store.expand import Expand, check_expand
from sse_notebook.stream import running
from sse_notebook.stream.journals import check_journal
from sse_notebook.stream.offline import recorded, replayed
from sse_notebook.stream.question import question
from sse_notebook.stream.replay_stream import Replay
from sse_notebook.stream.stream import EventStream

__all__ = ["connect"]


def connect(
    url: str | None = None,
    *,
    token: TokenSource | None = None,
    auth: AuthMode | None = None,
    name: str | None = None,
    platform: bool | None = None,
    cluster_id: str | Sequence[str] | None = None,
    project_id: str | Sequence[str] | None = None,
    workload_id: str | Sequence[str] | None = None,
    resource_type: str | Sequence[str] | None = None,
    params: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    last_event_id: str | None = None,
    since: Moment | None = None,
    max_events: int = 100,
    max_rows: int = 1_000_000,
    max_age: Duration | None = None,
    max_bytes: int | None = 2**30,
    max_dropped: int = 10_000,
    retry_initial: float = 1.0,
    retry_max: float = 30.0,
    retry_attempts: int | None = 10,
    idle_timeout: float | None = None,
    vocabulary: Vocabulary | str | None = None,
    expand: Expand = None,
    record: str | os.PathLike[str] | None = None,
    journal: str | os.PathLike[str] | None = None,
    writer: str | None = None,
    client: Any = None,
    insecure: bool = False,
) -> EventStream:
    """Connect to a stream of server-sent events, or find the one that is there already.

    A stream is found by its `url`, the four filters, `params` and `name`. All else is a setting: to connect
    again applies what is given now, and the default of what is not (but for `token`, `auth` and `vocabulary`,
    which stay).

    Args:
        url: where. A base URL (no path, `/`), or one that ends in `/api/v1/events/stream`, speaks the
            platform's contract; any other is any server-sent events endpoint. None: `SSE_NOTEBOOK_API_URL`,
            else `NEXT_PUBLIC_API_URL`, else `http://localhost:8000`.
        token: text, or a callable (sync or async) that is asked before every attempt. None: what stands as
            `?token=` in `url`, in `params`, or as `Authorization` in `headers`; else `SSE_NOTEBOOK_TOKEN`, if
            `url` is on the origin that the environment names, spelled as there.
        auth: `"query"`: as the parameter `token` (the platform's way); `"header"`: as
            `Authorization: Bearer` (everybody else's).
        name: what to call it, on the screen and in the column `source`; no secret may be in it.
        platform: True: `url` is a platform's base, whatever its path; False: it is not: another server's
            stream at `/`, say.
        cluster_id: ask the server for this cluster's events only, and check again here; of a list of several
            the server is asked for all, and the rest is left out here.
        project_id: likewise, for a project.
        workload_id: likewise, for a workload.
        resource_type: likewise, for a kind of resource; `"all"` is no filter.
        params: further query parameters.
        headers: further request headers.
        last_event_id: resume after this event.
        since: begin with what the server still has from then on, if it can (as the platform and Wikimedia
            do, by the parameter `since`): a time, or how long before now, as `"1h"`. An id says more.
        max_events: how many of the newest events are kept as objects, in `events`.
        max_rows: how many rows `df` keeps.
        max_age: how long a row is kept after it was received: `"1h"`, a `timedelta`, or seconds; None: no
            bound.
        max_bytes: how many bytes the kept rows may take; None: no bound.
        max_dropped: how many of the rows that were dropped can be read in `dropped`.
        retry_initial: the first delay before a reconnection, in seconds; it doubles.
        retry_max: the longest delay, in seconds; at most a day. With a `retry_initial` above it, give both.
        retry_attempts: how many reconnections before it gives up; None: never.
        idle_timeout: seconds of silence after which the connection is `stale`; after twice that it is made
            anew. None: learned from the server's heartbeats.
        vocabulary: how the server's messages are read: a `Vocabulary`, or the name of one that is built in:
            `"cloudevents"`, `"home_assistant"`, `"horizon"` (Stellar's), `"mastodon"`, `"mercure"`,
            `"nchan"`, `"ntfy"`, `"pocketbase"`, `"wikimedia"`. None: as the platform's, which leaves others
            unharmed.
        expand: which payload fields `df` shows as columns `data.…`: True: all scalars; a list of paths;
            `[]`: none. None: True for any endpoint, none for the platform.
        record: a file to record to from the first byte on, `.ssecast` or `.ssecast.gz`, as `record` of the
            stream does; None: none. The same one again goes on. See `docs/recording.md`.
        journal: a folder to archive all rows in, for good, whatever `max_rows` is; None: none. To connect
            with it again, after a restart too, resumes after its last row that had an id, and `seq` goes on.
            See `docs/archive.md`.
        writer: what this one is called in the folder, where others may write too; None: after this host and
            the stream. One process writes at a time.
        client: an `httpx.Client` of your own, with the proxies, authorities or HTTP/2 that you need; or an
            `httpx2.Client`. It is never closed. With HTTP/2 give each stream a client of its own: requests
            that share its one connection wait for each other, and stopping ends it.
        insecure: let a token travel over a network in plain text (http://, and not to this machine).

    Returns:
        The stream. It connects in the background: `wait_open()` waits until it has.

    Raises:
        ArgumentError: a wrong argument; never for what the network does.
        RecordingError: `record` can't be written.
        ArchiveError: `journal` can't be written, or somebody else does as this `writer`.

    Example:
        >>> import sse_notebook as sse
        >>> stream = sse.connect("http://localhost:9")  # the platform, but no token yet
        >>> stream
        <EventStream localhost:9: unauthenticated>
        >>> stream.close()
    """
    given = locals()
    try:
        return _connect(**given)
    except (ArgumentError, RecordingError) as error:
        # A verbose traceback shows locals: none of those that may hold a secret is left.
        given.clear()
        url = token = name = headers = params = client = None
        raise error.with_traceback(None) from None


def _connect(
    url: str | None,
    token: TokenSource | None,
    auth: AuthMode | None,
    name: str | None,
    platform: bool | None,
    cluster_id: str | Sequence[str] | None,
    project_id: str | Sequence[str] | None,
    workload_id: str | Sequence[str] | None,
    resource_type: str | Sequence[str] | None,
    params: Mapping[str, Any] | None,
    headers: Mapping[str, str] | None,
    last_event_id: str | None,
    since: Moment | None,
    max_events: int,
    max_rows: int,
    max_age: Duration | None,
    max_bytes: int | None,
    max_dropped: int,
    retry_initial: float,
    retry_max: float,
    retry_attempts: int | None,
    idle_timeout: float | None,
    vocabulary: Vocabulary | str | None,
    expand: Expand,
    record: str | os.PathLike[str] | None,
    journal: str | os.PathLike[str] | None,
    writer: str | None,
    client: Any,
    insecure: bool,
) -> EventStream:
    asked = question(url, platform, params, headers, token, auth)
    where, is_platform, params, headers = asked.url, asked.platform, asked.params, asked.headers
    token, auth, mode = asked.token, asked.auth, asked.mode
    selection = Selection(
        cluster_id=cluster_id, project_id=project_id, workload_id=workload_id, resource_type=resource_type
    )
    if name is not None and not (isinstance(name, str) and name):
        raise ArgumentError(f"name must be text, not {name!r}")
    settings: dict[str, Any] = {
        "token": token,
        "no_token": asked.no_token,
        "headers": headers,
        "backoff": _backoff(retry_initial, retry_max, retry_attempts),
        "idle_timeout": _seconds("idle_timeout", idle_timeout) if idle_timeout is not None else None,
        "client": check_client(client),
        "insecure": check_flag("insecure", insecure),
        "keeping": Keeping.checked(max_events, max_rows, max_age, max_bytes, max_dropped),
        "vocabulary": vocabulary_of(vocabulary) if vocabulary is not None else None,
        "expand": _expand((None if is_platform else True) if expand is None else expand),
    }
    folder = check_journal(journal, writer)
    _check_names({"name": name, "writer": writer}, Credentials(token, mode).redact, where, params, headers)
    check_exposure(where, token, settings["headers"], insecure=insecure)
    last_event_id = check_id(last_event_id)
    clock = _clock()
    beginning = {} if since is None else {"since": _moment(since, clock)}
    cast = recorded(where, selection, params, name)  # None, as a rule: where recordings stand for servers
    identity = (where, selection, urlencode(sorted(params.items()), doseq=True), name)
    with running.lock:
        stream = running.find(identity)
        shown = name or _shown(where, is_platform, selection)
        if (made := stream is None) and cast is not None:
            kept = {each: settings[each] for each in ("keeping", "vocabulary", "expand")}
            called = name or redact_url(where)
            stream = replayed(*cast, name=called, shown=shown, selection=selection, **kept)
            running.add(stream, identity)
        elif stream is None:
            stream = EventStream(
                where,
                name=name or redact_url(where),
                shown=shown,
                selection=selection,
                params={**selection.params(), **params},
                needs_token=is_platform,
                auth=mode,
                last_event_id=last_event_id,
                beginning=beginning,
                clock=clock,
                **settings,
            )
            try:
                stream.journal_as_set(folder, writer)
                stream.record_as_set(record)
            except (ArgumentError, RecordingError):
                stream.close()
                raise
            running.add(stream, identity)
            stream.reconnect()
    if isinstance(stream, Replay):
        if made:
            for kind, path in (("record", record), ("journal", folder)):
                if path is not None:
                    stream.note(f"{kind}={str(path)!r:.80}: nothing is written while recordings are played")
            stream.run_until()  # not with the lock: it may take its time
        stream.store.keep(settings["keeping"])
        stream.store.expand = check_expand(settings["expand"])
    elif not made:
        stream.apply(auth=auth, record=record, journal=folder, writer=writer, **settings)
    return stream


def _clock() -> Clock:
    return SYSTEM


def _backoff(initial: float, maximum: float, attempts: int | None) -> Backoff:
    first, longest = _seconds("retry_initial", initial), _seconds("retry_max", maximum)
    if attempts is not None and (isinstance(attempts, bool) or not isinstance(attempts, int) or attempts < 0):
        raise ArgumentError(f"retry_attempts must be a whole number, or None for no limit, not {attempts!r}")
    if first > longest and first != FIRST_DELAY:  # who shortens only the longest delay means the first, too
        raise ArgumentError(
            f"retry_initial is {first:g}, but no delay is longer than retry_max, which is {longest:g}: "
            "give both"
        )
    return Backoff(initial=first, maximum=longest, attempts=attempts)


def _seconds(name: str, value: float) -> float:
    sound = isinstance(value, int | float) and not isinstance(value, bool)
    if not sound or not 0 < value <= LONGEST_DELAY:
        raise ArgumentError(f"{name} must be a number of seconds above 0, and at most a day, not {value!r}")
    return float(value)


def _moment(since: Moment, clock: Clock) -> str:
    """A time as RFC 3339 has it, to the microsecond."""
    micros = moment_us(since, round(clock.time() * 1e6), "since")
    try:
        moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros)
    except OverflowError:
        raise ArgumentError(f"since is no time that a calendar has: {since!r:.80}") from None
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _check_names(
    names: Mapping[str, str | None],
    known: Redactor,
    url: str,
    params: Mapping[str, Any],
    headers: Mapping[str, str],
) -> None:
    """A name is on the screen, in the rows, in files: no secret of this stream may be in it."""
    for secret in secrets_of(url, params, headers):
        known.add(secret)
    for which, name in names.items():
        if name is not None and known(name) != name:
            raise ArgumentError(
                f"{which} has a secret of this stream in it, and names are shown: give another one"
            )


def _expand(expand: Expand) -> Expand:
    if expand is not None and not isinstance(expand, bool | list | tuple | set | frozenset):
        raise ArgumentError(f'expand takes True or a list of paths, as ["duration"], not {expand!r}')
    check_expand(expand)
    return expand


def _shown(url: str, is_platform: bool, selection: Selection) -> str:
    """A short name for people: the host, the path if there are others, and what was asked for."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2] + ("" if is_platform else parts.path.rstrip("/"))
    asked = " ".join(f"{name.removesuffix('_id')} {value}" for name, value in selection.params().items())
    return f"{host} {asked}".strip()
