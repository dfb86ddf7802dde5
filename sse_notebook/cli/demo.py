"""`sse-notebook demo`: the backend with a scenario, and JupyterLab on the tour."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Final

from sse_notebook.cli.serve import DAY
from sse_notebook.cli.words import Commands, port

__all__ = ["add"]

TOUR: Final = "01_first_stream.ipynb"


def add(commands: Commands) -> None:
    """The command and its arguments."""
    help_ = "Run the backend with a scenario, and JupyterLab on the tour."
    demo = commands.add_parser("demo", help=help_, description=help_)
    demo.set_defaults(run=_demo)
    demo.add_argument("--no-browser", action="store_true", help="do not open a browser window")
    demo.add_argument("--port", type=port, default=0, help="JupyterLab's port (default: a free one)")
    demo.add_argument("--speed", type=float, default=1.0, help="how fast the scenario runs (default: 1)")
    demo.add_argument("--folder", type=Path, help="where the notebook is put (default: a temporary folder)")


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
    return (Path(__file__).parent.parent.parent / "notebooks" / TOUR).read_bytes()
