"""`sse-notebook doctor`: why there are no events; or whether a server keeps the platform's contract."""

from __future__ import annotations

import argparse

from sse_notebook.checkup import check_backend, doctor
from sse_notebook.cli.request import MORE, add_request, headers_of
from sse_notebook.cli.words import Commands, harmless
from sse_notebook.errors import ArgumentError

__all__ = ["add"]

LISTENS, OF_BACKEND = 10.0, 35.0  # seconds; of a backend that sends one each 15 s, two heartbeats come


def add(commands: Commands) -> None:
    """The command and its arguments."""
    help_ = "Find out why there are no events, link by link; 1 if something failed."
    command = commands.add_parser("doctor", help=help_, description=help_, epilog=MORE)
    command.set_defaults(run=_doctor)
    command.add_argument("url", nargs="?", help="(default: the one that the environment names)")
    command.add_argument(
        "--backend", action="store_true", help="see whether the server keeps the platform's contract"
    )
    command.add_argument(
        "--publish", action="store_true", help="of --backend: publish some events too, which everybody sees"
    )
    command.add_argument(
        "--seconds", type=float, help=f"how long to listen (default: {LISTENS:g}; {OF_BACKEND:g})"
    )
    add_request(command)


def _doctor(args: argparse.Namespace) -> int:
    headers = headers_of(args)
    if args.publish and not args.backend:
        raise ArgumentError("--publish is for --backend")
    if args.backend and args.platform is False:
        raise ArgumentError("--backend is about a platform: --no-platform makes no sense")
    if args.backend:
        seconds = OF_BACKEND if args.seconds is None else args.seconds
        report = check_backend(args.url, headers=headers, publish=args.publish, seconds=seconds)
    else:
        seconds = LISTENS if args.seconds is None else args.seconds
        report = doctor(args.url, platform=args.platform, headers=headers, seconds=seconds)
    for line in str(report).split("\n"):
        print(harmless(line), flush=True)
    return 0 if report else 1
