"""Whether each filter narrows a stream: one connection for each, beside one that asks for everything.

The law: a filter is judged by events that fit it and events that do not; without both it is unknown.
Connections are open before anything is published, so that none of it is missed.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from sse_notebook.checkup.case import Case
from sse_notebook.checkup.contract_writing import Published
from sse_notebook.checkup.listening import Heard, listen
from sse_notebook.checkup.words import few
from sse_notebook.errors import ConnectionFailed
from sse_notebook.events import Event
from sse_notebook.markup import plain
from sse_notebook.source.policy import classify
from sse_notebook.source.transport import Reply
from sse_notebook.stream.audit import PARAMETERS
from sse_notebook.words import counted

__all__ = ["Narrowed", "earliest", "judge_filters", "listen_to", "moment", "open_narrowed", "values_in"]

ARRIVES_WITHIN: Final = 5.0  # seconds
FEW: Final = 5  # events, that are enough where none are published
LONGEST: Final = 60  # characters of a value that is shown


class Narrowed(NamedTuple):
    """A connection that asks for a part.

    Attributes:
        value: of its filter.
        reply: the open stream; None: it could not be had.
        failure: why not.
    """

    value: str
    reply: Reply | None
    failure: ConnectionFailed | None = None


def open_narrowed(
    case: Case, asked: Mapping[str, str], stack: contextlib.ExitStack, since: str = ""
) -> dict[str, Narrowed]:
    """Open a connection for each of these filters; `stack` closes them.

    Args:
        case: the case.
        asked: the value of each.
        stack: what closes them.
        since: from when on the server is to send again what it kept; `""`: it need not.
    """
    opened: dict[str, Narrowed] = {}
    again = {"since": since} if since else {}
    for name, value in asked.items():
        try:
            reply = case.ask(params={**case.params, **again, name: value})
        except ConnectionFailed as failure:
            opened[name] = Narrowed(value, None, failure)
        else:
            stack.callback(reply.close)
            opened[name] = Narrowed(value, reply)
    return opened


def values_in(heard: Heard) -> dict[str, str]:
    """For each filter a value that some events have, and others have not."""
    found: dict[str, str] = {}
    for name in PARAMETERS:
        values = Counter(_value(event, name) for event in heard.rows)
        if len(values) > 1:
            common = [value for value, _ in values.most_common() if value and "," not in value]
            found |= {name: common[0]} if common else {}
    return found


def earliest(heard: Heard) -> str:
    """When the first of the events was, as `since=` takes it; `""`: there is none."""
    return moment(min(event.timestamp_us for event in heard.rows)) if heard.rows else ""


def moment(us: int) -> str:
    """A time as RFC 3339 has it; a little earlier, for who rounds."""
    try:
        at = datetime.fromtimestamp((us - 1_000) / 1e6, UTC)
    except (OverflowError, ValueError, OSError):  # no time that a calendar has
        return ""
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def listen_to(
    case: Case, narrowed: Mapping[str, Narrowed], seconds: float, said: Published | None = None
) -> dict[str, Heard]:
    """What comes on each.

    Args:
        case: the case.
        narrowed: what was opened.
        seconds: how long at the most, where nothing was published.
        said: what was published since.
    """

    def enough(so_far: Heard) -> bool:
        return len(so_far.events) >= FEW if said is None else said.last_in(so_far)

    within = ARRIVES_WITHIN if said is not None else min(ARRIVES_WITHIN, max(seconds, 0.1))
    return {
        name: listen(each.reply, within, case.clock, case.vocabulary, enough=enough)
        for name, each in narrowed.items()
        if each.reply is not None
    }


def judge_filters(
    case: Case,
    narrowed: Mapping[str, Narrowed],
    came: Mapping[str, Heard],
    heard: Heard,
    said: Published | None = None,
) -> None:
    """Put down what each brought.

    Args:
        case: the case.
        narrowed: what was opened.
        came: what came on it.
        heard: what came on the one that asks for everything.
        said: what was published.
    """
    arrived = set() if said is None else {said.key_of(event) for event in heard.rows}
    for name in PARAMETERS:
        asked, got = narrowed.get(name), came.get(name)
        if asked is None:
            case.found.unknown(name, "no two events came that differ in it", "`publish=True` makes some")
        elif asked.reply is None:
            _could_not(case, name, asked)
        elif got is None:
            case.found.unknown(name, "nothing that would show it could be published")
        elif strange := _strange(got, name, asked.value):
            case.found.failed(name, strange, _ADVICE)
        elif said is None:
            _by_what_came(case, name, asked, got)
        elif name in arrived and len(arrived - {None, name}) > 0:
            _by_what_was_published(case, name, got, said, arrived)
        else:
            case.found.unknown(name, "nothing that would show it could be published")


def _could_not(case: Case, name: str, asked: Narrowed) -> None:
    failure = asked.failure
    seen = f"?{name}={asked.value}: {failure.cause if failure else 'not asked'}"
    if failure is not None and classify(failure) == "transient":
        case.found.unknown(name, seen)
    else:
        case.found.failed(name, seen, _ADVICE)


_ADVICE: Final = "a stream that asks for a filter gets the events that say so, and no others"


def _by_what_was_published(
    case: Case, name: str, got: Heard, said: Published, arrived: Collection[str | None]
) -> None:
    came = {key for event in got.rows if (key := said.key_of(event)) is not None}
    # What did not even come on the other one is not this filter's fault.
    fitting = said.fitting(name).intersection(arrived)
    if missing := fitting - came:
        seen = f"of {counted(len(fitting), 'event')} that fit {len(missing)} did not come"
        case.found.failed(name, seen, _ADVICE)
    else:
        case.found.ok(name, f"{counted(len(came), 'event')} that fit came, and none that does not")


def _by_what_came(case: Case, name: str, asked: Narrowed, got: Heard) -> None:
    shown = plain(asked.value, LONGEST)
    if got.events:
        case.found.ok(name, f"asked for {shown}: {counted(len(got.events), 'event')} that fit, and no other")
    else:
        case.found.unknown(name, f"asked for {shown}: no event came", "`publish=True` makes some")


def _strange(got: Heard, name: str, value: str) -> str:
    """What came that does not fit, in words; `""`: nothing."""
    values = Counter(_value(event, name) or "nothing" for event in got.rows if _value(event, name) != value)
    if not values:
        return ""
    shown = few([plain(each, LONGEST) for each in values], 3)
    return f"asked for {plain(value, LONGEST)}, it sends {counted(values.total(), 'event')} of {shown}"


def _value(event: Event, name: str) -> str:
    said = event.event_type if name == "event_types" else getattr(event, name)
    return said if isinstance(said, str) else ""
