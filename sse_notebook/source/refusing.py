"""While recordings stand for servers, nobody is asked.

The law: where `SSE_NOTEBOOK_REPLAY` is set no connection of ours is made, by whatever way it was asked for.
"""

from __future__ import annotations

import os
from typing import Final

from sse_notebook.errors import Exhausted

__all__ = ["REPLAY", "refuse_sockets"]

REPLAY: Final = "SSE_NOTEBOOK_REPLAY"


def refuse_sockets() -> None:
    """See that a connection may be made.

    Raises:
        Exhausted: recordings stand for servers.
    """
    if os.environ.get(REPLAY, "").strip():
        raise Exhausted(f"no connection is made: {REPLAY} is set, recordings stand for servers")
