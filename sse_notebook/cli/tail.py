"""`sse-notebook tail`: the events of a stream as they come."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, Final
from urllib.parse import urlsplit

from sse_notebook.cli.words import Commands, harmless, say, whole
from sse_notebook.errors import ArgumentError, SSENotebookError
from sse_notebook.events import Event
from sse_notebook.events.payload import encode
from sse_notebook.stream import connect

__all__ = ["add"]

_LONGEST: Final = 200  # characters of a payload on one line

_MORE: Final = """\
A token comes from the environment: SSE_NOTEBOOK_TOKEN goes to the server that SSE_NOTEBOOK_API_URL names
(else NEXT_PUBLIC_API_URL, else http://localhost:8000), its host spelled as in the URL here. Or it stands in
the URL (?token=…) or a header (--header "Authorization: Bearer …"), where other users of this machine may
see it.
"""


def add(commands: Commands) -> None:
    """The command and its arguments."""
    help_ = "Print the events of a stream as they come."
    tail = commands.add_parser("tail", help=help_, description=help_, epilog=_MORE)
    tail.set_defaults(run=_tail)
    tail.add_argument("url")
    tail.add_argument("--json", action="store_true", help="one JSON object a line")
    tail.add_argument("-n", "--number", type=whole, help="stop after so many events")
    tail.add_argument("--last-event-id", help="resume after this event")
    tail.add_argument(
        "--header", action="append", default=[], metavar="NAME:VALUE", help="add a request header"
    )
    tail.add_argument(
        "--platform",
        action=argparse.BooleanOptionalAction,
        help="the URL is a platform's base, or is not (default: it is one without a path)",
    )


def _tail(args: argparse.Namespace) -> int:
    headers = {}
    for line in args.header:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise ArgumentError(f'--header takes "Name: value", not {line!r}')
        headers[name.strip()] = value.strip()
    show = _as_json if args.json else _as_line
    printed, seen = 0, -1
    with connect(
        args.url,
        platform=args.platform,
        headers=headers,
        last_event_id=args.last_event_id,
        retry_attempts=None,
    ) as stream:
        if stream.connection.state == "unauthenticated":
            raise SSENotebookError(f"{stream.url}: {stream.connection.cause}")
        trouble = _Trouble(urlsplit(stream.url).netloc)
        stream.store.observe(trouble, "connection")
        while args.number is None or printed < args.number:
            stream.wait_for(seen + 2)
            for event in stream.store.scan(after=seen)[: args.number and args.number - printed]:
                if skipped := event.seq - seen - 1:
                    print(f"sse-notebook: {skipped} events came too fast to be printed", file=sys.stderr)
                print(show(event), flush=True)
                printed, seen = printed + 1, event.seq
    return 0


class _Trouble:
    """It is tried again and again; whoever waits should know why nothing comes, and when it is over."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._said = False

    def __call__(self, change: Any) -> None:
        status = change["new"]
        if status.state == "retrying":
            self._said = True
            pause = (status.next_retry_at - status.since).total_seconds()
            say(f"{self._host}: {status.cause}; trying again in {pause:.1f} s")
        elif status.state == "open" and self._said:
            self._said = False
            say(f"{self._host}: connected again")


def _as_json(event: Event) -> str:
    row = event.to_dict()
    for name in ("timestamp", "received_at"):
        row[name] = row[name].isoformat().replace("+00:00", "Z")
    # Beyond ASCII's own, JSON leaves control and bidi characters as they are.
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in encode(row))


def _as_line(event: Event) -> str:
    time = event.timestamp.strftime("%H:%M:%S")
    data = " ".join(event.raw.split())
    data = data if len(data) <= _LONGEST else f"{data[:_LONGEST]}…"
    words = (event.resource_id or "-", event.status, event.message or data)
    return harmless(f"{time} {event.severity:<7} {event.type:<20} {' '.join(word for word in words if word)}")
