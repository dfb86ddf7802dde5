"""What a backend's stream shows by itself: its head, its greeting, its heartbeats, how its events are made.

The law: each requirement is judged by what came; where nothing came, it is unknown.
"""

from __future__ import annotations

import contextlib
import json
from itertools import pairwise
from statistics import median
from typing import Any, Final

from sse_notebook.checkup.case import Case
from sse_notebook.checkup.findings import Findings
from sse_notebook.checkup.listening import Heard
from sse_notebook.checkup.words import few, span
from sse_notebook.errors import ConnectionFailed
from sse_notebook.events.times import to_micros
from sse_notebook.markup import plain
from sse_notebook.source.answer import Answer
from sse_notebook.wire import ServerSentEvent
from sse_notebook.words import counted

__all__ = ["HEARTBEAT", "judge_head", "judge_heard", "judge_origin"]

HEARTBEAT: Final = "heartbeat"
ORIGIN: Final = "https://checkup.invalid"
UNEVEN: Final = 3.0  # how many times as long as the usual one an interval may be
LONGEST: Final = 40  # characters of a name that is shown


def judge_head(found: Findings, answer: Answer) -> None:
    """Caches and proxies on the way: may they keep the stream, or hold it back?"""
    said = answer.headers
    caches = said.get("cache-control", "")
    if "no-store" in caches.lower() or "no-cache" in caches.lower():
        found.ok("Cache-Control", caches)
    else:
        found.failed(
            "Cache-Control",
            caches or "not sent",
            "send `Cache-Control: no-store`, or a cache may keep the stream",
        )
    accelerated = said.get("x-accel-buffering", "").strip().lower()
    if answer.encoding != "identity" or "content-length" in said or accelerated == "yes":
        found.failed(
            "buffering",
            f"content-encoding: {answer.encoding}"
            if answer.encoding != "identity"
            else "it has a length, or is held back",
            "send events as they are made: not compressed, without a length, with `X-Accel-Buffering: no`",
        )
    elif accelerated == "no":
        found.ok("buffering", "not compressed; X-Accel-Buffering: no")
    else:
        found.warning(
            "buffering",
            "not compressed; X-Accel-Buffering is not sent",
            "nginx collects a stream unless it is `no`",
        )


def judge_origin(case: Case) -> None:
    """Whether a page of another origin may read it."""
    there = case.headers
    case.headers = {**there, "Origin": ORIGIN}
    try:
        with contextlib.closing(case.ask()) as reply:
            allowed = reply.answer.headers.get("access-control-allow-origin", "")
    except ConnectionFailed as error:
        case.found.unknown("CORS", f"asked with an Origin: {error.cause}")
        return
    finally:
        case.headers = there
    if allowed:
        case.found.ok("CORS", f"Access-Control-Allow-Origin: {plain(allowed, LONGEST)}")
    else:
        case.found.unknown(
            "CORS",
            f"no Access-Control-Allow-Origin for {ORIGIN}: a kernel needs none, a page of another origin "
            "does",
            "if a front-end on another origin reads it, allow that origin",
        )


def judge_heard(found: Findings, heard: Heard) -> None:
    """All that can be seen in what came."""
    payloads = [_payload(message) for message in heard.messages]
    _connected(found, heard)
    _heartbeat(found, heard)
    _ids(found, heard)
    _names(found, heard, payloads)
    _times(found, heard, payloads)
    _text(found, heard)


def _payload(message: ServerSentEvent) -> dict[str, Any] | None:
    try:
        said = json.loads(message.data)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _connected(found: Findings, heard: Heard) -> None:
    first = next((message.event for message in heard.messages), None)
    if first is None:
        found.failed("connected", f"nothing came in {span(heard.seconds)}", _GREETING)
    elif heard.controls and heard.controls[0][0] == 0 and heard.controls[0][1].name == "connected":
        found.ok("connected", "comes first")
    else:
        found.failed("connected", f"the first event is {plain(first, LONGEST)!r}", _GREETING)


_GREETING: Final = "send `event: connected` at once when a stream opens"


def _heartbeat(found: Findings, heard: Heard) -> None:
    beats = {at for at, control in heard.controls if control.name == HEARTBEAT}
    times = [read.at for read in heard.reads if beats.intersection(range(*read.messages))]
    advice = "send `event: heartbeat` each 15 s or so, also while there is nothing else to send"
    others = heard.beats - len(beats)
    if len(times) < 2:
        seen = f"{counted(len(times), 'heartbeat')} in {span(heard.seconds)}"
        if others and not beats:
            found.failed("heartbeat", f"none; but {counted(others, 'comment')}, or others", advice)
        elif times:
            found.unknown("heartbeat", f"{seen}: its period can't be told", "listen for longer (`seconds=`)")
        else:
            found.failed("heartbeat", f"none in {span(heard.seconds)}", advice)
        return
    between = [later - earlier for earlier, later in pairwise(times)]
    usual = median(between)
    # What lay in the socket before anybody read came at once: only what is too long tells.
    if max(between) > UNEVEN * usual and len(between) > 2:
        found.warning("heartbeat", f"one each {span(usual)}, but once none for {span(max(between))}", advice)
    else:
        found.ok("heartbeat", f"one each {span(usual)}")


def _ids(found: Findings, heard: Heard) -> None:
    number, own = len(heard.events), [event.id for event in heard.with_id]
    advice = "give each event an `id:` of its own: streams resume by it"
    if not number:
        found.unknown("id", "no event came")
    elif len(own) < number:
        found.failed("id", f"{number - len(own):,} of {counted(number, 'event')} have none", advice)
    elif len(set(own)) < len(own):
        found.failed("id", f"{len(own) - len(set(own)):,} of {number:,} have one that another has", advice)
    else:
        found.ok("id", f"each of {counted(number, 'event')} has one of its own")


def _names(found: Findings, heard: Heard, payloads: list[dict[str, Any] | None]) -> None:
    wrong = [
        f"{plain(message.event, LONGEST)} / {plain(str((payload or {}).get('event_type')), LONGEST)}"
        for message, payload in zip(heard.messages, payloads, strict=True)
        if payload is None or payload.get("event_type") != message.event
    ]
    if not heard.messages:
        found.unknown("event_type", "nothing came")
    elif wrong:
        found.failed(
            "event_type",
            f"`event:` and the payload's event_type differ in {len(wrong):,} of {len(heard.messages):,}: "
            f"{few(list(dict.fromkeys(wrong)), 3)}",
            "send the same name in `event:` and in the payload",
        )
    else:
        found.ok("event_type", f"as `event:` says, in {counted(len(heard.messages), 'message')}")


def _times(found: Findings, heard: Heard, payloads: list[dict[str, Any] | None]) -> None:
    wrong = [payload for payload in payloads if not to_micros((payload or {}).get("timestamp"))]
    if not heard.messages:
        found.unknown("timestamp", "nothing came")
    elif wrong:
        said = plain(repr((wrong[0] or {}).get("timestamp")), LONGEST)
        found.failed(
            "timestamp",
            f"{len(wrong):,} of {counted(len(payloads), 'message')} have none that can be read: {said}",
            "send `timestamp` as Unix seconds or milliseconds, or RFC 3339",
        )
    else:
        found.ok("timestamp", f"can be read in {counted(len(payloads), 'message')}")


def _text(found: Findings, heard: Heard) -> None:
    raw = bytes(heard.raw)
    whole = raw[: raw.rfind(b"\n") + 1]
    try:
        text = whole.decode("utf-8")
    except UnicodeDecodeError as error:
        found.failed(
            "UTF-8",
            f"it is not UTF-8, from byte {error.start:,} on",
            "encode each event whole, and cut the bytes, not the text",
        )
        return
    if text.isascii():
        found.unknown("UTF-8", "nothing but ASCII came", "publish=True sends other characters")
    elif "\N{REPLACEMENT CHARACTER}" in text:
        found.failed(
            "UTF-8",
            "a character was replaced before it was sent",
            "encode each event whole, and cut the bytes",
        )
    else:
        found.ok("UTF-8", "also beyond ASCII")
