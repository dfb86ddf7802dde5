"""Where `connect` leads: which URL, whether it is the platform, and which token the environment has for it.

The law: the environment's token goes to the origin that the environment names, spelled as there, and to no
other; where that, or anything else, leaves the platform without a token, `why_no_token` has the real reason.
"""

from __future__ import annotations

import os
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from sse_notebook.errors import ArgumentError
from sse_notebook.source.credentials import origin_of
from sse_notebook.source.posting import STREAM
from sse_notebook.source.request import check_url

__all__ = ["PATH", "Target", "environment_token", "target", "why_no_token"]

PATH = STREAM

TOKEN = "SSE_NOTEBOOK_TOKEN"  # noqa: S105 - its name
BASES = ("SSE_NOTEBOOK_API_URL", "NEXT_PUBLIC_API_URL")
DEFAULT = "http://localhost:8000"


class Target(NamedTuple):
    """What is asked for.

    Attributes:
        url: the whole URL.
        platform: it speaks the platform's contract.
        guessed: that is only because it has no path.
    """

    url: str
    platform: bool
    guessed: bool


def target(url: str | None, platform: bool | None) -> Target:
    """What the arguments of `connect` ask for.

    Raises:
        ArgumentError: they ask for nothing that there can be.

    Example:
        >>> target("http://localhost:9", None).url
        'http://localhost:9/api/v1/events/stream'
    """
    if platform is not None and not isinstance(platform, bool):
        raise ArgumentError(f"platform must be True, False or None, not {platform!r}")
    parts = check_url(_base()[1] if url is None else url)
    path = parts.path.rstrip("/")
    guessed = platform is None and url is not None and path == ""
    if platform is None:
        platform = path in ("", PATH) or path.endswith(PATH)
    if platform and not path.endswith(PATH):
        path += PATH
    if not platform:
        path = parts.path or "/"
    return Target(urlunsplit((parts.scheme, parts.netloc, path, parts.query, "")), platform, guessed)


def environment_token(url: str) -> str | None:
    """The environment's token, if it is for the origin of this URL."""
    return os.environ.get(TOKEN) or None if origin_of(url) == _origin() else None


def why_no_token(aim: Target) -> str:
    """Why the platform is not asked, and what would help."""
    mine = _origin() == origin_of(aim.url)
    if not os.environ.get(TOKEN):
        rest = "" if mine else f" with {BASES[0]}={_shown(aim.url)}"
        why = f"no token was given (token=…, or {TOKEN}{rest})"
    elif _origin() is None:
        why = f"no token: {TOKEN} is not used, for {_base()[0]} can't be read (token=…)"
    else:
        name, base = _base()
        why = f"no token: {TOKEN} is for {_shown(base)} ({name}), not for {_shown(aim.url)} (token=…)"
    if aim.guessed:
        why += "; a URL without a path is taken for the platform, unless platform=False"
    return why


def _base() -> tuple[str, str]:
    """What names the platform's URL, and that URL."""
    for name in BASES:
        if base := os.environ.get(name):
            return name, base
    return "the default", DEFAULT


def _origin() -> tuple[str, str, int] | None:
    try:
        return origin_of(_base()[1])
    except ValueError:  # what the environment says can't be read: then it names no origin
        return None


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
