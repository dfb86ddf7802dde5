"""`sse-notebook serve`: the bundled backend, until interrupted."""

from __future__ import annotations

import argparse
import errno
import os
from typing import TYPE_CHECKING, Final

from sse_notebook.cli.words import Commands, harmless, port
from sse_notebook.errors import ArgumentError, SSENotebookError

if TYPE_CHECKING:
    from sse_notebook.backend import Backend

__all__ = ["DAY", "add"]

DAY: Final = 24 * 3600  # seconds

_MORE: Final = """\
It prints a token for a day. Tokens are signed with a secret: SSE_NOTEBOOK_SECRET, or one that is drawn once
and kept, readable for you only, in your state folder (~/.local/state/sse_notebook/serve-secret). So a token
is good for the next run, too: streams go on after a restart.
"""


def add(commands: Commands) -> None:
    """The command and its arguments."""
    help_ = "Run the bundled backend until interrupted."
    serve = commands.add_parser("serve", help=help_, description=help_, epilog=_MORE)
    serve.set_defaults(run=_serve)
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=port, default=8000)
    serve.add_argument(
        "--scenario", action="store_true", help="let a plausible platform deploy, build and break"
    )
    serve.add_argument("--speed", type=float, default=1.0, help="how fast the scenario runs (default: 1)")
    serve.add_argument("--seed", type=int, default=0, help="which scenario (default: 0)")
    serve.add_argument(
        "--heartbeat", type=float, default=15.0, help="seconds between heartbeats (default: 15)"
    )
    serve.add_argument("--faults", action="store_true", help="let POST /api/v1/_faults make it misbehave")


def _serve(args: argparse.Namespace) -> int:
    from sse_notebook.backend import serve_forever  # an extra
    from sse_notebook.backend.secret import kept_secret

    secret = os.environ.get("SSE_NOTEBOOK_SECRET")
    kept = None if secret else kept_secret()

    def ready(backend: Backend) -> None:
        print(f"Serving {backend.stream_url}", flush=True)
        print("To connect from another terminal, or from a notebook started there:", flush=True)
        print(f"  export SSE_NOTEBOOK_API_URL={backend.url}", flush=True)
        print(f"  export SSE_NOTEBOOK_TOKEN={backend.token(expires_in=DAY)}", flush=True)
        if kept is None:
            print(
                "The token is good for a day, also after a restart with this SSE_NOTEBOOK_SECRET", flush=True
            )
        elif kept.trouble:
            print("The token ends with this run; set SSE_NOTEBOOK_SECRET for one that does not.", flush=True)
            print(f"  {harmless(kept.trouble)}", flush=True)
        else:
            where = harmless(str(kept.path))
            print(f"The token is good for a day, also after a restart: its secret is in {where}", flush=True)
        if not args.scenario:
            print("It sends what is posted to /api/v1/events; --scenario plays a platform.", flush=True)

    try:
        serve_forever(
            args.host,
            args.port,
            secret=kept.secret if kept else secret,
            heartbeat=args.heartbeat,
            scenario="platform" if args.scenario else None,
            speed=args.speed,
            seed=args.seed,
            faults=args.faults,
            on_ready=ready,
        )
    except ValueError as error:  # a speed of 0, a secret too short
        raise ArgumentError(str(error)) from None
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise SSENotebookError(
            f"port {args.port} of {args.host} is in use; choose another with --port (0: any that is free)"
        ) from None
    return 0
