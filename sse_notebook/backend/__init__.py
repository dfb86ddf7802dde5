"""A real event backend that implements the platform's contract: what `serve` and `demo` run.

The law: it shares nothing with the client but the contract. It needs the extra `backend`.

    frames      an event to bytes            hub         the ring, the queues, one publish to many
    times       what time was meant          faults      misbehaviour on demand
    selection   who gets which event         connection  one stream from head to end
    auth        JSON Web Tokens              traffic     what it has seen
    secret      what signs them, kept
    scenario    a platform to watch          app         the routes
    runner      uvicorn in a thread          server      start, stop, kill: `Backend`
"""

from __future__ import annotations

from sse_notebook.errors import MissingExtra

try:
    from .auth import TokenAuth
    from .faults import Faults
    from .hub import Ack, InvalidEvent
    from .scenario import platform
    from .server import Backend, serve_forever
    from .traffic import StreamRequest
except ModuleNotFoundError as error:
    if error.name is None or error.name.partition(".")[0] not in {"jwt", "starlette", "uvicorn"}:
        raise
    raise MissingExtra(
        f"the bundled backend needs {error.name}, which is not installed; it comes with the extra `backend`: "
        'in a clone of the project, pip install ".[backend]"'
    ) from error

__all__ = [
    "Ack",
    "Backend",
    "Faults",
    "InvalidEvent",
    "StreamRequest",
    "TokenAuth",
    "platform",
    "serve_forever",
]
