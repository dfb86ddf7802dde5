"""`sse-notebook tail`: the events of a stream as they come."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Final
from urllib.parse import urlsplit

from sse_notebook.cli.request import MORE, Trouble, add_request, headers_of
from sse_notebook.cli.words import Commands, harmless, whole
from sse_notebook.errors import SSENotebookError, WaitTimeout
from sse_notebook.events import Event
from sse_notebook.events.payload import encode
from sse_notebook.stream import connect

__all__ = ["add", "as_json", "as_line"]

_LONGEST: Final = 200  # characters of a payload on one line


def add(commands: Commands) -> None:
    """The command and its arguments."""
    help_ = "Print the events of a stream as they come."
    tail = commands.add_parser("tail", help=help_, description=help_, epilog=MORE)
    tail.set_defaults(run=_tail)
    tail.add_argument("url")
    tail.add_argument("--json", action="store_true", help="one JSON object a line")
    tail.add_argument("-n", "--number", type=whole, help="stop after so many events")
    tail.add_argument("--last-event-id", help="resume after this event")
    add_request(tail)


def _tail(args: argparse.Namespace) -> int:
    headers = headers_of(args)
    show = as_json if args.json else as_line
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
        trouble = Trouble(urlsplit(stream.url).netloc)
        stream.store.observe(trouble, "connection")
        while args.number is None or printed < args.number:
            try:
                stream.wait_for(seen + 2)
            except WaitTimeout:  # only a recording ends: SSE_NOTEBOOK_REPLAY is set
                break
            for event in stream.store.scan(after=seen)[: args.number and args.number - printed]:
                if skipped := event.seq - seen - 1:
                    print(f"sse-notebook: {skipped} events came too fast to be printed", file=sys.stderr)
                print(show(event), flush=True)
                printed, seen = printed + 1, event.seq
    return 0


def as_json(event: Event) -> str:
    """An event as a line of JSON."""
    row = event.to_dict()
    for name in ("timestamp", "received_at"):
        row[name] = row[name].isoformat().replace("+00:00", "Z")
    # Beyond ASCII's own, JSON leaves control and bidi characters as they are.
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in encode(row))


def as_line(event: Event) -> str:
    """An event as a line for people."""
    time = event.timestamp.strftime("%H:%M:%S")
    data = " ".join(event.raw.split())
    data = data if len(data) <= _LONGEST else f"{data[:_LONGEST]}…"
    words = (event.resource_id or "-", event.status, event.message or data)
    return harmless(f"{time} {event.severity:<7} {event.type:<20} {' '.join(word for word in words if word)}")
