"""`sse-notebook`: serve, demo, tail. The only module that prints.

The law: a command returns an exit status (0: done, 1: it did not work, 2: wrong arguments, 130: interrupted);
what goes wrong is one line on standard error; what a stream sends reaches a terminal only with its control
characters made harmless.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sse_notebook.errors import ArgumentError, SSENotebookError
from sse_notebook.events import Event
from sse_notebook.events.payload import encode
from sse_notebook.stream import connect

__all__ = ["main"]

TOUR = "01_first_stream.ipynb"
DAY = 24 * 3600  # seconds
LONGEST_DATA = 200  # characters of a payload on one line

SERVE_MORE = """\
It prints a token for a day. Tokens are signed with a secret: SSE_NOTEBOOK_SECRET, or one that is drawn once
and kept, readable for you only, in your state folder (~/.local/state/sse_notebook/serve-secret). So a token
is good for the next run, too: streams go on after a restart.
"""
TAIL_MORE = """\
A token comes from the environment: SSE_NOTEBOOK_TOKEN goes to the server that SSE_NOTEBOOK_API_URL names
(else NEXT_PUBLIC_API_URL, else http://localhost:8000), its host spelled as in the URL here. Or it stands in
the URL (?token=…) or a header (--header "Authorization: Bearer …"), where other users of this machine may
see it.
"""
# How the arguments of `connect`, which its reasons name, are given here.
IN_OUR_WORDS = (("token=…", '--header "Authorization: Bearer …"'), ("platform=False", "--no-platform"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: as on the command line, without the program's name; None: from there.

    Returns:
        The exit status.
    """
    parsed = _parser().parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
    except ArgumentError as error:
        return _complain(error, 2)
    except BrokenPipeError:  # `sse-notebook tail … | head`
        sys.stderr.close()  # or the interpreter would complain about the pipe at its end
        return 0
    except (SSENotebookError, OSError, ImportError) as error:
        return _complain(error, 1)
    except KeyboardInterrupt:
        return 130
    return status


def _complain(error: Exception, status: int) -> int:
    words = str(error)
    for theirs, ours in IN_OUR_WORDS:
        words = words.replace(theirs, ours)
    _say(words)
    return status


def _say(words: str) -> None:
    print(f"sse-notebook: {_harmless(words)}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sse-notebook", description="Server-sent events, alive in a notebook."
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(name: str, run: Callable[[Any], int], help_: str, more: str = "") -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help_, description=help_, epilog=more)
        sub.set_defaults(run=run)
        return sub

    serve = command("serve", _serve, "Run the bundled backend until interrupted.", SERVE_MORE)
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=_port, default=8000)
    serve.add_argument(
        "--scenario", action="store_true", help="let a plausible platform deploy, build and break"
    )
    serve.add_argument("--speed", type=float, default=1.0, help="how fast the scenario runs (default: 1)")
    serve.add_argument("--seed", type=int, default=0, help="which scenario (default: 0)")
    serve.add_argument(
        "--heartbeat", type=float, default=15.0, help="seconds between heartbeats (default: 15)"
    )
    serve.add_argument("--faults", action="store_true", help="let POST /api/v1/_faults make it misbehave")

    demo = command("demo", _demo, "Run the backend with a scenario, and JupyterLab on the tour.")
    demo.add_argument("--no-browser", action="store_true", help="do not open a browser window")
    demo.add_argument("--port", type=_port, default=0, help="JupyterLab's port (default: a free one)")
    demo.add_argument("--speed", type=float, default=1.0, help="how fast the scenario runs (default: 1)")
    demo.add_argument("--folder", type=Path, help="where the notebook is put (default: a temporary folder)")

    tail = command("tail", _tail, "Print the events of a stream as they come.", TAIL_MORE)
    tail.add_argument("url")
    tail.add_argument("--json", action="store_true", help="one JSON object a line")
    tail.add_argument("-n", "--number", type=_whole, help="stop after so many events")
    tail.add_argument("--last-event-id", help="resume after this event")
    tail.add_argument(
        "--header", action="append", default=[], metavar="NAME:VALUE", help="add a request header"
    )
    tail.add_argument(
        "--platform",
        action=argparse.BooleanOptionalAction,
        help="the URL is a platform's base, or is not (default: it is one without a path)",
    )
    return parser


def _whole(text: str) -> int:
    if text[:1] == "-" and text[1:].isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is below 0")
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def _port(text: str) -> int:
    port = _whole(text)
    if port > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: they end at 65535")
    return port


def _serve(args: argparse.Namespace) -> int:
    from sse_notebook.backend import Backend, serve_forever
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
            print(f"  {_harmless(kept.trouble)}", flush=True)
        else:
            where = _harmless(str(kept.path))
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


def _demo(args: argparse.Namespace) -> int:
    from sse_notebook.backend import Backend

    lab = shutil.which(
        "jupyter-lab", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    )
    if lab is None:
        raise FileNotFoundError("the demo needs JupyterLab: pip install jupyterlab")
    with (
        tempfile.TemporaryDirectory(prefix="sse-notebook-demo-") as temporary,
        Backend(scenario="platform", speed=args.speed) as backend,
    ):
        folder = args.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        notebook = folder / TOUR
        if not notebook.exists():
            notebook.write_bytes(_tour())
        command = [lab, f"--ServerApp.root_dir={folder}", f"--LabApp.default_url=/lab/tree/{TOUR}"]
        if args.no_browser:
            command.append("--no-browser")
        if args.port:
            command += [f"--ServerApp.port={args.port}", "--ServerApp.port_retries=0"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--allow-root")
        environment = {
            **os.environ,
            "SSE_NOTEBOOK_API_URL": backend.url,
            "SSE_NOTEBOOK_TOKEN": backend.token(expires_in=DAY),
        }
        keeps = "" if args.folder else " What you change there is gone afterwards (keep it with --folder)."
        print(f"The backend is at {backend.url}, the tour in {folder}.{keeps} Ctrl-C ends both.", flush=True)
        # In our own process group: Ctrl-C reaches both, and JupyterLab asks before it stops; so does SIGTERM.
        with subprocess.Popen(command, env=environment) as process:  # noqa: S603 - the program found above
            signal.signal(signal.SIGTERM, lambda *_: process.terminate())
            try:
                return process.wait()
            except KeyboardInterrupt:
                process.terminate()
                return 0


def _tour() -> bytes:
    """The tour notebook: from an installed package, or from the project's folder."""
    packaged = files("sse_notebook.backend") / "tour.ipynb"
    if packaged.is_file():
        return packaged.read_bytes()
    return (Path(__file__).parent.parent / "notebooks" / TOUR).read_bytes()


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
            _say(f"{self._host}: {status.cause}; trying again in {pause:.1f} s")
        elif status.state == "open" and self._said:
            self._said = False
            _say(f"{self._host}: connected again")


def _as_json(event: Event) -> str:
    row = event.to_dict()
    for name in ("timestamp", "received_at"):
        row[name] = row[name].isoformat().replace("+00:00", "Z")
    # Beyond ASCII's own, JSON leaves control and bidi characters as they are.
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in encode(row))


def _as_line(event: Event) -> str:
    time = event.timestamp.strftime("%H:%M:%S")
    data = " ".join(event.raw.split())
    data = data if len(data) <= LONGEST_DATA else f"{data[:LONGEST_DATA]}…"
    words = (event.resource_id or "-", event.status, event.message or data)
    return _harmless(
        f"{time} {event.severity:<7} {event.type:<20} {' '.join(word for word in words if word)}"
    )


def _harmless(text: str) -> str:
    """Text for a terminal: control, bidi and other unprintable characters shown as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
