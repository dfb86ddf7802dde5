"""What is on this side: the packages, the notebook, the environment's variables.

The law: nothing is imported, started or changed to find it out; of a front-end that can't be seen from a
kernel nothing is claimed.
"""

from __future__ import annotations

import os
import platform as machine
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from sse_notebook.checkup.findings import Broken, Findings
from sse_notebook.checkup.versions import unfit
from sse_notebook.source.redactor import redact_url
from sse_notebook.source.refusing import REPLAY
from sse_notebook.stream.target import BASES, TOKEN

__all__ = ["look_here"]

# What JupyterLab needs to show widgets: the manager, and anywidget's part of it.
_EXTENSIONS: Final = ("@jupyter-widgets/jupyterlab-manager", "anywidget")
_PREFIXES: Final = ("~/.local", "/usr/local", "/usr")
_PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_FILES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def look_here(found: Findings, *, connects: bool = True) -> None:
    """Look at this side.

    Args:
        found: where it is put down.
        connects: somebody wants to connect.

    Raises:
        Broken: the environment lets nobody connect.
    """
    _packages(found)
    _notebook(found)
    if connects and (replays := os.environ.get(REPLAY, "").strip()):
        raise _replayed(found, replays)
    _environment(found)


def _packages(found: Findings) -> None:
    wrong = [f"{name} {there or 'is missing'}, wanted {wanted or 'any'}" for name, there, wanted in unfit()]
    here = f"Python {machine.python_version()}, sse_notebook {_version('sse_notebook')}"
    others = ", ".join(f"{name} {_version(name)}" for name in ("httpx", "pandas", "anywidget"))
    if wrong:
        found.warning(
            "packages",
            f"{here}; {'; '.join(wrong)}",
            "install what is allowed: `pip install --upgrade sse_notebook`, then restart the kernel",
        )
    else:
        found.ok("packages", f"{here}, {others}")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "of no known version"


def _notebook(found: Findings) -> None:
    """Whether widgets can be shown, as far as a kernel can know."""
    if "ipykernel" not in sys.modules:
        found.skipped("notebook", "this is no notebook: there is nothing that shows widgets")
        return
    kernel = f"ipykernel {_version('ipykernel')}"
    folders = [
        Path(prefix).expanduser() / "share/jupyter/labextensions" for prefix in (sys.prefix, *_PREFIXES)
    ]
    missing = [name for name in _EXTENSIONS if not any((folder / name).is_dir() for folder in folders)]
    if missing:
        found.unknown(
            "notebook",
            f"{kernel}; JupyterLab's part of {' and '.join(missing)} is not beside this kernel: it may be "
            "where JupyterLab itself runs, which a kernel can't see",
            "if a stream alone in a cell shows no indicator: `pip install anywidget` where JupyterLab runs, "
            "and reload the page",
        )
    else:
        found.ok("notebook", f"{kernel}; JupyterLab's part of the widgets is beside it")


def _environment(found: Findings) -> None:
    base = next((f"{name}={_shown(os.environ[name])}" for name in BASES if os.environ.get(name)), "")
    token = f"{TOKEN} is {'set' if os.environ.get(TOKEN) else 'not set'}"
    others = [
        f"{name}={_shown(value)}"
        for name in (*_PROXIES, *_FILES)
        if (value := os.environ.get(name) or os.environ.get(name.lower()))
    ]
    found.ok("environment", "; ".join([base or "no base URL is named", token, *others]))


def _shown(address: str) -> str:
    """An address without whose login it is with."""
    try:
        return redact_url(address if "://" in address else address.rpartition("@")[2])
    except ValueError:
        return "(can't be read)"


def _replayed(found: Findings, replays: str) -> Broken:
    return found.breaks(
        "environment",
        f"{REPLAY} is set ({replays}): recordings stand for servers, and no connection is made",
        f"for live events unset it (`del os.environ[{REPLAY!r}]`), and connect again",
    )
