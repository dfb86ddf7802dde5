"""The secret of a backend that is run again and again on one machine: drawn once, and kept for the next run.

The law: it is kept in one file of the user's state folder, which only the user can read, and which is whole
or not there. A file that others can read, or change, is not used; whatever is in the way, there is a secret.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import tempfile
from pathlib import Path
from typing import NamedTuple

__all__ = ["Kept", "kept_secret", "secret_file"]

_LEAST = 32  # bytes, as `auth` wants


class Kept(NamedTuple):
    """A secret, and where it is kept; or why it is not.

    Attributes:
        secret: the secret.
        path: the file.
        trouble: why it will not be the same next time; empty if it will.
    """

    secret: str
    path: Path
    trouble: str = ""

    def __repr__(self) -> str:
        return f"Kept(secret=…, path={str(self.path)!r}, trouble={self.trouble!r})"


def secret_file() -> Path:
    """Where it is kept: `sse_notebook/serve-secret` in the user's state folder."""
    named = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    folder = Path(named) if named and Path(named).is_absolute() else Path.home() / ".local" / "state"
    return folder / "sse_notebook" / "serve-secret"


def kept_secret() -> Kept:
    """The secret that is kept, or a new one, which is kept from now on if it can be."""
    fresh = secrets.token_urlsafe(48)
    try:
        path = secret_file()
    except RuntimeError:  # there is no home
        return Kept(fresh, Path("~"), "there is no home folder to keep the secret in")
    try:
        if not path.exists():
            _keep(path, fresh)
        return Kept(_read(path), path)
    except OSError as error:
        return Kept(fresh, path, f"{path}: {error.strerror or error}")
    except ValueError as error:
        return Kept(fresh, path, f"{path} {error}")


def _keep(path: Path, secret: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent)  # 0600 from the beginning
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secret)
        with contextlib.suppress(FileExistsError):  # another run was first: then its secret is ours
            os.link(name, path)  # whole, or not there
    finally:
        os.unlink(name)  # noqa: PTH108 - `mkstemp` gives a name


def _read(path: Path) -> str:
    """The secret in the file.

    Raises:
        OSError: it can't be read.
        ValueError: what is there is not to be used: why.
    """
    with path.open(encoding="ascii") as file:
        about = os.fstat(file.fileno())
        if hasattr(os, "getuid") and (about.st_uid != os.getuid() or stat.S_IMODE(about.st_mode) & 0o077):
            raise ValueError("is not used: others can read or change it (chmod 600)")
        try:
            secret = file.read(1_000).strip()
        except UnicodeDecodeError:
            secret = ""
    if len(secret) < _LEAST:
        raise ValueError("is not used: there is no secret in it; delete it for a new one")
    return secret
