"""Vocabularies of well-known servers, by name: what each says in its own words, as the platform's row.

The law: each entry is what the server's own documentation or source says, quoted above it. A time is the
event's own or none; an id is one that the server gives to events; what is only about the connection is
control. A rule here answers None for a payload that it does not know, and never raises.
"""

from __future__ import annotations

import contextlib
import difflib
import html
import re
from typing import Any, Final

from sse_notebook.errors import ArgumentError
from sse_notebook.events.envelope import envelope_of, text
from sse_notebook.events.payload import find
from sse_notebook.events.rules import OfMessage
from sse_notebook.events.vocabulary import Vocabulary
from sse_notebook.wire import ServerSentEvent

__all__ = ["NAMES", "vocabulary_of"]


def _any(payload: Any, *paths: str) -> Any:
    """What stands at the first of these paths where something stands."""
    return next((found for path in paths if (found := find(payload, path)) is not None), None)


def _number(payload: Any, path: str) -> int | None:
    """The whole number at a path."""
    found = find(payload, path)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _thing(kind: Any, id_: Any) -> tuple[Any, Any] | None:
    """What an event is about, where the payload says it."""
    return None if id_ is None else (kind, id_)


# -- Wikimedia EventStreams --------------------------------------------------------------------------------
# https://wikitech.wikimedia.org/wiki/Event_Platform/EventStreams_HTTP_Service: "discard all canary events:
# if (data.meta.domain === 'canary') return". Every stream has `meta.dt`, `meta.uri` and `meta.stream`; only
# `recentchange` has a `type`. The id is the position to resume from: a JSON array of Kafka topics.


def _wikimedia_message(change: Any) -> str | None:
    title = text(_any(change, "title", "page_title", "page.page_title"))
    comment = text(find(change, "comment"))
    return f"{title}: {comment}" if title and comment else title or comment


_WIKIMEDIA = Vocabulary(
    type=lambda change: text(find(change, "type")) or find(change, "meta.stream"),
    timestamp="meta.dt",
    message=_wikimedia_message,
    resource="meta.uri",
    discard=lambda change: find(change, "meta.domain") == "canary",
)

# -- Mastodon ----------------------------------------------------------------------------------------------
# https://docs.joinmastodon.org/methods/streaming: "delete: A status has been deleted. Payload contains the
# String ID of the deleted Status"; "the connection may be kept alive with a heartbeat comment: :thump". The
# type is the event's name; no event has an id: those in payloads are the ids of statuses and announcements.

_BREAK = re.compile(r"<br\s*/?>|</p>\s*<p[^<>]*>")
_TAG = re.compile(r"<[^<>]*>")


def _words(content: Any) -> str | None:
    """HTML as the text that it shows."""
    if not isinstance(content, str):
        return None
    shown = _TAG.sub("", _BREAK.sub("\n", content))
    with contextlib.suppress(ValueError):  # `&#` and more digits than Python reads
        shown = html.unescape(shown)
    return shown.strip() or None


def _mastodon_message(payload: Any, message: ServerSentEvent) -> str | None:
    if message.event == "filters_changed":  # its data is the word "undefined"
        return "filters changed"
    if message.event == "notification":
        what, who = text(find(payload, "type")), text(find(payload, "account.acct"))
        said = _mastodon_words(find(payload, "status"))
        return f"{what} by {who}{f': {said}' if said else ''}" if what and who else said
    return _mastodon_words(find(payload, "last_status") if message.event == "conversation" else payload)


def _mastodon_words(status: Any) -> str | None:
    """What people see of a status: the warning, if there is one; of a boost, what was boosted."""
    shown = status if find(status, "reblog") is None else find(status, "reblog")
    return text(find(shown, "spoiler_text")) or _words(find(shown, "content"))


def _mastodon_time(payload: Any, message: ServerSentEvent) -> Any:
    if message.event == "status.update":
        return find(payload, "edited_at")
    return _any(payload, "created_at", "published_at", "last_status.created_at")


def _mastodon_resource(payload: Any, message: ServerSentEvent) -> tuple[Any, Any] | None:
    kind, _, what = message.event.partition(".")
    if message.event in ("delete", "announcement.delete"):
        return _thing("announcement" if what else "status", message.data)
    if kind == "announcement":
        return _thing(kind, _any(payload, "announcement_id", "id"))
    if kind == "notification":
        return _thing("status", find(payload, "status.id")) or _thing("account", find(payload, "account.id"))
    if kind == "conversation":
        return _thing(kind, find(payload, "id"))
    return _thing("status", find(payload, "id"))


_MASTODON = Vocabulary(
    timestamp=OfMessage(_mastodon_time),
    message=OfMessage(_mastodon_message),
    resource=OfMessage(_mastodon_resource),
)

# -- ntfy --------------------------------------------------------------------------------------------------
# https://docs.ntfy.sh/subscribe/api: "id: Randomly chosen message identifier"; "time: Message date time, as
# Unix time stamp"; "event: Message type, typically you'd be only interested in message"; "priority: 1=min,
# 3=default and 5=max". server.go names all but ordinary messages: `event: open`, `keepalive`, `poll_request`.

_NTFY_SEVERITY = {5: "error", 4: "warning"}

_NTFY = Vocabulary(
    type="event",
    id="id",
    timestamp="time",
    severity=lambda message: _NTFY_SEVERITY.get(_number(message, "priority") or 3),
    resource=lambda message: _thing("topic", find(message, "topic")),
    priority=lambda message: 6 - (_number(message, "priority") or 3),  # theirs grows with what ours falls
    control=("open", "keepalive", "poll_request"),
)

# -- Mercure -----------------------------------------------------------------------------------------------
# https://mercure.rocks/spec: "events dispatched by the hub MUST include an id property"; "type (optional):
# The SSE's event property"; "When using JSON-LD, the document SHOULD contain an @id property containing the
# IRI of the resource"; the hub's own context calls that `id`. Heartbeats are empty comments. No times.


def _mercure_resource(update: Any) -> tuple[Any, Any] | None:
    if (kind := find(update, "type")) == "Subscription":
        return _thing(kind, find(update, "id"))
    return _thing(_any(update, "@type.0", "@type"), find(update, "@id"))


_MERCURE = Vocabulary(resource=_mercure_resource)

# -- Home Assistant ----------------------------------------------------------------------------------------
# https://developers.home-assistant.io/docs/api/rest and homeassistant/components/api: each message is
# `data: {"event_type", "data", "origin", "time_fired", "context"}`; STREAM_PING_PAYLOAD = "ping", sent first
# and after 50 s of silence. No ids: `context.id` is that of a cause, which several events share.


def _home_message(event: Any) -> str | None:
    kind = find(event, "event_type")
    if kind == "call_service":
        domain, service = text(find(event, "data.domain")), text(find(event, "data.service"))
        return f"{domain}.{service}" if domain and service else None
    if kind != "state_changed":
        return None
    states = "data.new_state", "data.old_state"
    name = text(_any(event, *(f"{state}.attributes.friendly_name" for state in states), "data.entity_id"))
    new, old = (text(find(event, f"{state}.state")) for state in states)
    return f"{name}: {f'{old} → ' if old else ''}{new or 'removed'}" if name else None


_HOME_ASSISTANT = Vocabulary(
    timestamp="time_fired",
    # What a state means is the house's own affair: "on" is no success, "unknown" no warning.
    severity=lambda event: "info" if find(event, "event_type") == "state_changed" else None,
    message=_home_message,
    resource=lambda event: _thing("entity", find(event, "data.entity_id")),
    status="data.new_state.state",
    control=("ping",),
)

# -- Stellar Horizon ---------------------------------------------------------------------------------------
# https://github.com/stellar/go, services/horizon/internal/render/sse/main.go: "Upon initial stream creation,
# we send this event": data "hello", event open, retry 1000; "Upon successful completion of a query we send a
# Goodbye event": data "byebye", event close, retry 10; an error is `event: error` and plain text. The id on
# the wire is the paging_token. Each kind of record has its own name for its time, and only some a `type`.

# What only records of a kind have, where they have no `type`.
_HORIZON_KINDS = {"closed_at": "ledger", "ledger_close_time": "trade", "fee_charged": "transaction"}


def _horizon_type(record: Any) -> str | None:
    kinds = (kind for field, kind in _HORIZON_KINDS.items() if find(record, field) is not None)
    return text(find(record, "type")) or next(kinds, None)


def _horizon_severity(record: Any, message: ServerSentEvent) -> str | None:
    failed = _any(record, "transaction_successful", "successful") is False
    return "error" if failed or message.event == "error" else None


def _horizon_message(record: Any) -> str | None:
    amount = text(_any(record, "amount", "starting_balance"))
    native = find(record, "asset_type") == "native" or find(record, "type") == "create_account"
    asset = "XLM" if native else text(find(record, "asset_code"))
    return f"{amount} {asset}" if amount and asset else None


def _horizon_resource(record: Any) -> tuple[Any, Any] | None:
    account = _any(record, "account", "source_account", "base_account", "seller", "account_id")
    return _thing("account", account) or _thing("ledger", find(record, "sequence"))


_HORIZON = Vocabulary(
    type=_horizon_type,
    timestamp=lambda record: _any(
        record, "created_at", "closed_at", "ledger_close_time", "last_modified_time"
    ),
    severity=OfMessage(_horizon_severity),
    message=_horizon_message,
    resource=_horizon_resource,
    control=("open", "close", '"hello"', '"byebye"'),
)

# -- CloudEvents -------------------------------------------------------------------------------------------
# https://github.com/cloudevents/spec, spec.md: "Producers MUST ensure that source + id is unique for each
# distinct event"; "subject: the subject of the event in the context of the event producer (identified by
# source)"; "time: Timestamp of when the occurrence happened". extensions/severity.md: `severitytext`, and
# `severitynumber` as OpenTelemetry's: 13 and more is WARN, 17 and more ERROR.


def _cloudevents_severity(event: Any) -> str | None:
    number = _number(event, "severitynumber")
    if number is None:
        return text(find(event, "severitytext"))
    return "error" if number >= 17 else "warning" if number >= 13 else "info"


_CLOUDEVENTS = Vocabulary(
    type="type",
    id="id",
    timestamp="time",
    severity=_cloudevents_severity,
    message=lambda event: data if isinstance(data := find(event, "data"), str) else None,
    resource=lambda event: _thing(find(event, "source"), find(event, "subject")),
)

# -- PocketBase --------------------------------------------------------------------------------------------
# https://pocketbase.io/docs/api-realtime: "Establishes a new SSE connection and immediately sends a
# PB_CONNECT SSE event with the created client ID"; "SSE events are sent for create, update and delete record
# operations". The id on the wire is the client's, the same on every event. A deleted record says when it was
# changed last, which is not when it was deleted.


def _pocketbase_message(event: Any) -> str | None:
    names = [text(find(event, path)) for path in ("action", "record.collectionName", "record.id")]
    return "{} {}/{}".format(*names) if all(names) else None


_POCKETBASE = Vocabulary(
    type="action",
    id="record.id",
    timestamp=lambda event: find(event, "record.updated") if find(event, "action") != "delete" else None,
    message=_pocketbase_message,
    resource=lambda event: _thing(find(event, "record.collectionName"), find(event, "record.id")),
    control=("PB_CONNECT",),
)

# -- nchan -------------------------------------------------------------------------------------------------
# https://nchan.io: an id is "a time and tag pair": `1700000000:0`; over several channels `1700000000:[0],-`.
# What is published is passed on as it is: a time in it goes first. "nchan_eventsource_ping_event, default:
# ping".

_NCHAN_SECOND = re.compile(r"([0-9]{9,11}):")


def _nchan_time(payload: Any, message: ServerSentEvent) -> int | None:
    if envelope_of(payload).timestamp_us is not None:
        return None
    found = _NCHAN_SECOND.match(message.own_id or "")
    return int(found[1]) if found else None


_NCHAN = Vocabulary(timestamp=OfMessage(_nchan_time), control=("ping",))

# ----------------------------------------------------------------------------------------------------------

_BUILTIN: Final[dict[str, Vocabulary]] = {
    "cloudevents": _CLOUDEVENTS,
    "home_assistant": _HOME_ASSISTANT,
    "horizon": _HORIZON,
    "mastodon": _MASTODON,
    "mercure": _MERCURE,
    "nchan": _NCHAN,
    "ntfy": _NTFY,
    "pocketbase": _POCKETBASE,
    "wikimedia": _WIKIMEDIA,
}

NAMES: Final = tuple(_BUILTIN)
"""The names of the built-in vocabularies."""

_BY_SPELLING: Final = {
    **{name.replace("_", ""): vocabulary for name, vocabulary in _BUILTIN.items()},
    "stellar": _HORIZON,
    "stellarhorizon": _HORIZON,
}


def name_of(vocabulary: Vocabulary) -> str | None:
    """The name of a built-in vocabulary; None: it is none."""
    return next((name for name, builtin in _BUILTIN.items() if builtin is vocabulary), None)


def vocabulary_of(given: Vocabulary | str) -> Vocabulary:
    """A vocabulary, or the built-in one of that name.

    Raises:
        ArgumentError: it is neither.

    Example:
        >>> message = ServerSentEvent(data='{"id": "Xy", "time": 1700000000, "event": "message"}')
        >>> vocabulary_of("ntfy").read(message, received_us=0).timestamp.year
        2023
    """
    if isinstance(given, Vocabulary):
        return given
    if not isinstance(given, str):
        raise ArgumentError(f"vocabulary is a Vocabulary, or the name of one, not {given!r}")
    if (found := _BY_SPELLING.get(re.sub(r"[\W_]", "", given.lower()))) is not None:
        return found
    close = difflib.get_close_matches(given.lower(), NAMES, n=1)
    hint = f": did you mean {close[0]!r}? There" if close else "; there"
    raise ArgumentError(f"there is no vocabulary {given!r}{hint} are {', '.join(NAMES)}")
