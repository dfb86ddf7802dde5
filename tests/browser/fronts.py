"""Front-ends that are no JupyterLab, each as its users start it: Notebook 7, Voila, marimo.

Throw-away settings, on loopback, as in `lab.py`. One that is not installed is skipped, in words.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import lab
import pytest


def program(name: str) -> str:
    """The command of a front-end; the test is skipped, with what to install, where there is none."""
    command = "jupyter-notebook" if name == "notebook" else name
    path = lab.BIN / command
    if not path.exists():
        pytest.skip(f'{name} is not installed: pip install -e ".[dev]" brings it')
    return str(path)


@contextlib.contextmanager
def _served(
    command: list[str], *, folder: Path, log: Path, ready: str, environment: dict[str, str], base: str
) -> Iterator[str]:
    with lab.running(command, cwd=folder, environment=environment, log=log) as process:
        lab.wait_until_answers(base + ready, process, log)
        yield base


@contextlib.contextmanager
def notebook(folder: Path, tmp: Path, environment: dict[str, str]) -> Iterator[str]:
    """Notebook 7 over a folder; its base URL."""
    lab.write_settings(tmp / "settings", dark=False, windowing="none")
    port = lab.free_port()
    command = [
        program("notebook"),
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder}",
        "--JupyterNotebookApp.expose_app_in_browser=True",
        f"--JupyterNotebookApp.user_settings_dir={tmp / 'settings'}",
        f"--JupyterNotebookApp.workspaces_dir={tmp / 'workspaces'}",
    ]
    env = {**lab.throw_away(tmp), **environment}
    base = f"http://127.0.0.1:{port}"
    with _served(command, folder=folder, log=tmp / "log", ready="/api/status", environment=env, base=base):
        yield base


@contextlib.contextmanager
def voila(path: Path, tmp: Path, environment: dict[str, str]) -> Iterator[str]:
    """Voila over one notebook, which it runs for each page; its URL."""
    port = lab.free_port()
    command = [program("voila"), str(path), "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1"]
    env = {**lab.throw_away(tmp), **environment}
    base = f"http://127.0.0.1:{port}"
    # what is static answers without running the notebook
    ready = "/voila/static/voila.js"
    with _served(command, folder=path.parent, log=tmp / "log", ready=ready, environment=env, base=base):
        yield base


@contextlib.contextmanager
def marimo(path: Path, tmp: Path, environment: dict[str, str]) -> Iterator[str]:
    """marimo runs one app; its URL."""
    port = lab.free_port()
    command = [program("marimo"), "-q", "run", str(path), "--headless", "--no-token"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    env = {**lab.throw_away(tmp), "MARIMO_SKIP_UPDATE_CHECK": "1", **environment}
    base = f"http://127.0.0.1:{port}"
    with _served(command, folder=path.parent, log=tmp / "log", ready="/health", environment=env, base=base):
        yield base


def write_marimo(path: Path, *cells: str) -> None:
    """A marimo app of these cells; which cell needs what marimo finds out itself."""
    indented = (
        "\n".join(f"    {line}" if line else "" for line in cell.strip().splitlines()) for cell in cells
    )
    body = "".join(f"\n\n@app.cell\ndef _():\n{cell}\n    return\n" for cell in indented)
    path.write_text(f"import marimo\n\napp = marimo.App()\n{body}", encoding="utf-8")
