"""The events that a checkup publishes: what each is for, how they are sent, and whether they arrive.

The law: they say what they are, and whom to ask about them; each is told from all others by a mark of this
run.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from sse_notebook.checkup.case import Case
from sse_notebook.checkup.listening import Heard
from sse_notebook.errors import ConnectionFailed
from sse_notebook.events import Event
from sse_notebook.filters.selection import FILTERS
from sse_notebook.source.posting import ack_url
from sse_notebook.source.request import request
from sse_notebook.words import counted

__all__ = ["Published", "judge_writing", "send"]

TYPE, OTHER_TYPE = "workload_status_update", "project_status_update"
LAST: Final = "last"
# Characters of one to four bytes; so many of them that they cross the ends of many a chunk.
_TEXT: Final = "läuft → 汉字 🌋 " * 1_000


class Published:
    """The events of one run.

    Attributes:
        asked: for each filter the value that all of them but one have.
        payloads: by what each is for.
    """

    def __init__(self) -> None:
        mark = f"checkup-{secrets.token_hex(6)}"
        self._mark = mark
        self.asked = {name: f"{mark}-{name}" for name in FILTERS} | {
            "resource_type": "workload",
            "event_types": TYPE,
        }
        fits = {name: value for name, value in self.asked.items() if name != "event_types"}
        others = {
            **{name: {name: f"{mark}-another"} for name in FILTERS},
            "resource_type": {"resource_type": "project"},
            "event_types": {"event_type": OTHER_TYPE},
        }
        self.payloads: dict[str, dict[str, Any]] = {
            key: {
                "event_type": TYPE,
                "status": "running",
                **fits,
                "message": f"{mark}/{key}: sse_notebook's check_backend was here",
                **others.get(key, {}),
            }
            for key in ("text", *others, LAST)
        }
        self.payloads["text"]["message"] += _TEXT

    def key_of(self, event: Event) -> str | None:
        """What an event is for; None: it is somebody else's."""
        mark, _, rest = (event.message or "").partition("/")
        key = rest.partition(":")[0]
        return key if mark == self._mark and key in self.payloads else None

    def last_in(self, heard: Heard) -> bool:
        """Whether the last of them came."""
        return any(self.key_of(event) == LAST for event in reversed(heard.rows))

    def fitting(self, name: str) -> set[str]:
        """Those that fit a filter."""
        return set(self.payloads) - {name}


def send(case: Case, said: Published) -> None:
    """Publish them, one after the other."""
    url = urlsplit(case.url)
    url = url._replace(path=url.path.removesuffix("/stream"))
    bearer = {"Authorization": f"Bearer {case.token}"} if case.token else {}
    headers = {"Content-Type": "application/json", **bearer, **case.headers}
    for payload in said.payloads.values():
        if words := _post(case, url.geturl(), case.params, headers, json.dumps(payload).encode()):
            advice = (
                "it takes a JSON object with an event_type, with the token of the stream, and answers 2xx"
            )
            case.found.failed("publish", f"POST /api/v1/events: {words}", advice)
            return
    case.found.ok("publish", f"POST /api/v1/events took {counted(len(said.payloads), 'event')}")


def judge_writing(case: Case, heard: Heard, said: Published | None) -> None:
    """Whether what was published arrived, whole, and can be acknowledged."""
    found = case.found
    if said is None or found.outcome("publish") != "ok":
        why = (
            "nothing was published (publish=True does; everybody sees it)"
            if said is None
            else "nothing was published"
        )
        for name in ("publish", "arrives", "ack"):
            if found.outcome(name) is None:
                found.unknown(name, why)
        return
    came = {key: event for event in heard.rows if (key := said.key_of(event)) is not None}
    missing = [key for key in said.payloads if key not in came]
    if missing:
        found.failed(
            "arrives",
            f"{counted(len(missing), 'event')} of {len(said.payloads)} that were published did not arrive",
            "what is published goes to every open stream that asks for it",
        )
    else:
        found.ok("arrives", f"all {len(said.payloads)} that were published came on the stream")
    if "text" in came:
        sound = came["text"].message == said.payloads["text"]["message"]
        found.put("UTF-8", "ok" if sound else "failed", _text(sound=sound), "" if sound else _ENCODED)
    _acknowledge(case, next(iter(came.values()), None))


_ENCODED: Final = "encode each event whole, and cut the bytes, not the text"


def _text(*, sound: bool) -> str:
    many = f"{len(_TEXT.encode()):,} bytes of characters of one to four bytes"
    return f"{many} arrived as they were sent" if sound else f"of {many} some arrived as others"


def _acknowledge(case: Case, event: Event | None) -> None:
    """As a stream does it."""
    where = ack_url(case.url, event.id, case.params) if event is not None and event.id else None
    if where is None:
        case.found.unknown("ack", "no event with an id came that could be acknowledged")
    elif words := _post(case, *where, case.headers, b""):
        advice = "it takes the id of an event, with the token of the stream, and answers 2xx"
        case.found.failed("ack", f"POST /api/v1/events/{{id}}/ack: {words}", advice)
    else:
        case.found.ok("ack", "POST /api/v1/events/{id}/ack was taken")


def _post(case: Case, url: str, params: Mapping[str, Any], said: Mapping[str, str], body: bytes) -> str:
    """Why the server did not take it, in words; `""`: it did."""
    url, headers = request(url, params, said, token=case.token, mode=case.mode)
    try:
        case.transport().post(url, headers, wanted=lambda: True, body=body)
    except ConnectionFailed as error:
        return error.cause
    return ""
