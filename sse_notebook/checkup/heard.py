"""What was heard of a stream, judged: does it live, do events come, can they be read, can it be resumed.

The law: a server is blamed only for what was seen; where too little was seen, that is said. Pure.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from statistics import median
from typing import Final

from sse_notebook.checkup.findings import Findings
from sse_notebook.checkup.listening import Heard, Read
from sse_notebook.checkup.wire_lines import broken_lines
from sse_notebook.checkup.words import few, span
from sse_notebook.events import Event
from sse_notebook.events.types import ALIASES
from sse_notebook.markup import plain
from sse_notebook.words import counted

__all__ = ["judge"]

#: Seconds within which a server sends a heartbeat, if it sends any (Home Assistant's come every 50).
BEAT_WITHIN: Final = 55.0
TOO_OLD: Final = 60.0  # seconds from an event's own time to its arrival
PAUSE: Final = 1.0  # seconds of silence before what comes at once, or it is we who were late
PER_TICK: Final = 2  # signs of life that a server may send at once: a comment, and an event
HELD: Final = 2.0  # seconds of events that come at once, though they were made one after the other
BLOCKS: Final = (4_096, 8_192, 16_384, 32_768)  # bytes that proxies collect
FEW_BLOCKS: Final = 3  # reads of such a size, before they are no chance
QUICK_RETRY, LONG_RETRY = 0.1, 60.0  # seconds
LONGEST: Final = 60  # characters of a name that is shown

_KNOWN: Final = frozenset(meaning.type for meaning in ALIASES.values())


def judge(found: Findings, heard: Heard, *, platform: bool) -> None:
    """Put down what was heard.

    Args:
        found: where.
        heard: what came.
        platform: the server should speak the platform's contract.
    """
    _lasting(found, heard)
    _events(found, heard)
    _heartbeats(found, heard)
    _bursts(found, heard)
    _ids(found, heard)
    _retry(found, heard)
    _lines(found, heard)
    _types(found, heard, platform=platform)
    _times(found, heard)


def _lasting(found: Findings, heard: Heard) -> None:
    after = span(heard.seconds)
    if heard.broke and not heard.size:
        found.failed(
            "lasting",
            f"it broke after {after}, before anything could be read: {heard.ended}",
            "try once more; if it ends like that again, only who runs the server, or the proxy before it, "
            "can mend that",
        )
    elif heard.ended:
        found.warning(
            "lasting",
            f"it ended after {after}: {heard.ended}",
            "a stream is made anew each time it ends: a proxy's time limit, or a server whose answers end "
            "(a language model's, say), which is no stream of events",
        )
    else:
        first = f"; the first byte came after {span(heard.reads[0].at)}" if heard.reads else ""
        found.ok("lasting", f"still open after {after}{first}")


def _events(found: Findings, heard: Heard) -> None:
    number = len(heard.events)
    if number:
        rate = number / max(heard.seconds, 0.001)
        first = next(read.at for read in heard.reads if read.messages[1] > heard.events[0][0])
        seen = f"{counted(number, 'event')} in {span(heard.seconds)}, the first after {span(first)}"
        if heard.full:
            seen += f"; then it was enough: {rate:,.0f} events/s"
        found.ok("events", seen)
    elif heard.ended:
        found.unknown("events", f"no event came before it ended, after {span(heard.seconds)}")
    elif not heard.size:
        found.warning(
            "events",
            f"nothing at all came in {span(heard.seconds)}: no event, no heartbeat, not one byte",
            "the server has nothing to say, or something on the way holds it back (see buffering): let "
            "something happen there, or listen for longer (`seconds=60`)",
        )
    else:
        signs = counted(heard.beats, "heartbeat") if heard.beats else counted(heard.size, "byte")
        found.unknown(
            "events",
            f"the connection lives ({signs}), but no event came in {span(heard.seconds)}",
            "let something happen there (publish an event), ask for less narrow a part, or listen for longer "
            "(`seconds=60`)",
        )


def _heartbeats(found: Findings, heard: Heard) -> None:
    times = [read.at for read in heard.reads if read.beats]
    if len(times) > 1:
        every = median(later - earlier for earlier, later in pairwise(times))
        found.ok("heartbeats", f"{heard.beats:,}, one each {span(every)}")
    elif heard.beats:
        found.ok("heartbeats", f"{heard.beats:,}: how often they come can't be told yet")
    elif heard.ended and heard.seconds < BEAT_WITHIN:
        found.unknown("heartbeats", f"none before it ended, after {span(heard.seconds)}")
    elif heard.seconds < BEAT_WITHIN:
        found.unknown(
            "heartbeats",
            f"none in {span(heard.seconds)}: many servers send one each 15 to 50 s",
            f"listen for longer (`seconds={BEAT_WITHIN + 5:.0f}`)",
        )
    else:
        found.warning(
            "heartbeats",
            f"none in {span(heard.seconds)}",
            "without them nobody knows a quiet server from a dead connection: the server should send a "
            "comment each 15 s; or pass `idle_timeout=`",
        )


def _bursts(found: Findings, heard: Heard) -> None:
    """Whether somebody on the way collects what is sent."""
    advice = (
        "a proxy collects the stream before it passes it on: let it not (`proxy_buffering off` in nginx), "
        "or let the server send `X-Accel-Buffering: no`"
    )
    befores = [-heard.waited, *(read.at for read in heard.reads)]
    late = [
        read.beats for before, read in zip(befores, heard.reads, strict=False) if read.at - before >= PAUSE
    ]
    beats = max(late, default=0)
    held = max((_spread(heard, read) for read in heard.reads), default=0.0)
    blocks = [read.size for read in heard.reads if read.size in BLOCKS]
    if beats > PER_TICK:
        found.warning("bursts", f"{counted(beats, 'heartbeat')} came at once", advice)
    elif held >= HELD:
        found.warning("bursts", f"events of {span(held)} came at once, the newest of them late", advice)
    elif len(blocks) >= FEW_BLOCKS and 2 * len(blocks) > len(heard.reads):
        found.warning("bursts", f"it comes in blocks of {blocks[0]:,} bytes", advice)
    elif not heard.size:
        found.unknown("bursts", "nothing came")
    elif len(heard.reads) < FEW_BLOCKS and not heard.full:
        found.unknown("bursts", f"too little came to tell: {counted(len(heard.reads), 'read')}")
    else:
        found.ok("bursts", f"{heard.size:,} bytes in {counted(len(heard.reads), 'read')}, as they were made")


def _spread(heard: Heard, read: Read) -> float:
    """Over how many seconds the live events of a read were made, by their own times."""
    begin, end = read.messages
    made = [
        event.timestamp_us / 1e6
        for at, event in heard.events
        if begin <= at < end and event.timestamp_us != event.received_us
    ]
    live = [at for at in made if -heard.waited <= at - heard.opened <= read.at]
    return max(live) - min(live) if len(live) > 1 else 0.0


def _ids(found: Findings, heard: Heard) -> None:
    number, own = len(heard.events), heard.with_id
    if not number:
        found.unknown("ids", "no event came")
    elif not own:
        found.warning(
            "ids",
            f"none of {counted(number, 'event')} has one",
            "the stream can't be resumed: what happens between two connections is lost. The server should "
            "give each event an `id:`",
        )
    elif len(own) > 1 and len({event.id for event in own}) == 1:
        found.warning(
            "ids",
            f"all {counted(number, 'event')} have the same one",
            "it tells no event from another (PocketBase's is the client's): the stream can't be resumed by "
            "it",
        )
    elif len(own) < number:
        found.warning(
            "ids", f"{number - len(own):,} of {number:,} events have none", "those can't be resumed after"
        )
    else:
        found.ok("ids", f"each of {counted(number, 'event')} has one")


def _retry(found: Findings, heard: Heard) -> None:
    asked = heard.decoder.reconnection_time
    if asked is None:
        found.ok("retry", "not set: a stream waits from 1 s up to 30 s")
    elif asked < QUICK_RETRY:
        found.warning(
            "retry", f"{span(asked)}", "all its clients come back at once, when it can least bear that"
        )
    elif asked > LONG_RETRY:
        found.warning("retry", f"{span(asked)}", "a stream waits for `retry_max` at the most, 30 s")
    else:
        found.ok("retry", f"the first pause is {span(asked)}")


def _lines(found: Findings, heard: Heard) -> None:
    wrong = broken_lines(bytes(heard.raw), ended=bool(heard.ended) and heard.size == len(heard.raw))
    if heard.decoder.oversized:
        wrong.append(f"{counted(heard.decoder.oversized, 'event')} larger than a decoder takes")
    if wrong:
        found.warning("lines", "; ".join(wrong), "only who writes the server can mend that")
    elif heard.decoder.lines:
        found.ok("lines", f"{counted(heard.decoder.lines, 'line')}, all of them sound")
    else:
        found.unknown("lines", "none came")


def _types(found: Findings, heard: Heard, *, platform: bool) -> None:
    rows = heard.rows
    if not rows:
        found.unknown("types", "no event came")
        return
    types = Counter(event.type for event in rows)
    named = few([f"{plain(name, LONGEST)} {number:,}" for name, number in types.most_common()])
    texts = [event.raw for event in rows if not _is_json(event.raw)]
    unknown = [plain(name, LONGEST) for name in types if name not in _KNOWN]
    if any(text[:2] in ("{'", "['") for text in texts):
        found.warning(
            "types",
            f"{named}; payloads are Python's own notation, not JSON",
            "the server should send `json.dumps(…)` of them",
        )
    elif platform and unknown:
        found.warning(
            "types",
            f"{named}; the vocabulary does not know {few(unknown)}",
            "they are kept, but no toast shows them unless they are warnings: pass `vocabulary=` with "
            "`aliases`, or give them a template (`stream.toast_template`)",
        )
    elif texts:
        found.ok("types", f"{named}; {len(texts):,} of {len(rows):,} payloads are plain text, not JSON")
    else:
        found.ok("types", named)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _times(found: Findings, heard: Heard) -> None:
    rows = heard.rows
    if not rows:
        found.unknown("times", "no event came")
        return
    dated = [event for event in rows if event.timestamp_us != event.received_us]
    lag = median([_lag(event) for event in dated]) if dated else 0.0
    if len(dated) < len(rows):
        found.warning(
            "times",
            f"{len(rows) - len(dated):,} of {len(rows):,} events say no time that can be read",
            "they get that of their arrival: name the field (`vocabulary=sse.Vocabulary(timestamp=…)`)",
        )
    elif abs(lag) > TOO_OLD:
        which = "older" if lag > 0 else "later"
        found.warning(
            "times",
            f"half of the events are {span(lag)} {which} than their arrival, or more",
            "they were sent again, or the server's clock is wrong (see clocks)",
        )
    else:
        found.ok("times", f"all can be read; half of the events are {span(lag)} old at the most")


def _lag(event: Event) -> float:
    return (event.received_us - event.timestamp_us) / 1e6
