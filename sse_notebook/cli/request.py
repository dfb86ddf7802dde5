"""What the commands have in common that connect: how a server is asked, and what is said when it fails."""

from __future__ import annotations

import argparse
from typing import Any, Final

from sse_notebook.cli.words import say
from sse_notebook.errors import ArgumentError

__all__ = ["MORE", "Trouble", "add_request", "headers_of"]

MORE: Final = """\
A token comes from the environment: SSE_NOTEBOOK_TOKEN goes to the server that SSE_NOTEBOOK_API_URL names
(else NEXT_PUBLIC_API_URL, else http://localhost:8000), its host spelled as in the URL here. Or it stands in
the URL (?token=…) or a header (--header "Authorization: Bearer …"), where other users of this machine may
see it.
"""


def add_request(command: argparse.ArgumentParser) -> None:
    """The arguments that say how a server is asked."""
    command.add_argument(
        "--header", action="append", default=[], metavar="NAME:VALUE", help="add a request header"
    )
    command.add_argument(
        "--platform",
        action=argparse.BooleanOptionalAction,
        help="the URL is a platform's base, or is not (default: it is one without a path)",
    )


def headers_of(args: argparse.Namespace) -> dict[str, str]:
    """The request headers that were given.

    Raises:
        ArgumentError: one of them is none.
    """
    headers = {}
    for line in args.header:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise ArgumentError(f'--header takes "Name: value", not {line!r}')
        headers[name.strip()] = value.strip()
    return headers


class Trouble:
    """It is tried again and again; whoever waits should know why nothing comes, and when it is over."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._said = False

    def __call__(self, change: Any) -> None:
        """The connection is in another state."""
        status = change["new"]
        if status.state == "retrying":
            self._said = True
            pause = (status.next_retry_at - status.since).total_seconds()
            say(f"{self._host}: {status.cause}; trying again in {pause:.1f} s")
        elif status.state == "open" and self._said:
            self._said = False
            say(f"{self._host}: connected again")
