"""Server-sent events, alive in a notebook.

    import sse_notebook as sse
    stream = sse.connect("http://localhost:8000", token=token)   # `sse-notebook serve` prints one
    stream                       # alone in a cell: an indicator and toasts
    stream.wait_for(5).df        # everything that has arrived, as a pandas DataFrame

Importing this starts no thread and opens no socket.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from sse_notebook import errors
from sse_notebook.events import Event, Vocabulary
from sse_notebook.filters import Filter, where
from sse_notebook.source import ConnectionStatus, EventSource, ReadyState
from sse_notebook.store import EventStore
from sse_notebook.stream import (
    Archive,
    EventStream,
    Overrun,
    Recording,
    View,
    close_all,
    connect,
    load,
    replay,
    streams,
)
from sse_notebook.stream.tab import register as _register_tab
from sse_notebook.wire import ServerSentEvent

if TYPE_CHECKING:
    from sse_notebook.checkup import check_backend, doctor
    from sse_notebook.incident import Incident
    from sse_notebook.serving import serve
    from sse_notebook.widget import StreamWidget

__version__ = "0.1.0"

__all__ = [
    "Archive",
    "ConnectionStatus",
    "Event",
    "EventSource",
    "EventStore",
    "EventStream",
    "Filter",
    "Incident",
    "Overrun",
    "ReadyState",
    "Recording",
    "ServerSentEvent",
    "StreamWidget",
    "View",
    "Vocabulary",
    "check_backend",
    "close_all",
    "connect",
    "doctor",
    "errors",
    "load",
    "replay",
    "serve",
    "streams",
    "where",
]

_register_tab()  # in a notebook, and nowhere else


# What is not imported before it is asked for, and where it is: a widget brings ipywidgets and IPython along.
_LATER: Final = {
    "Incident": "sse_notebook.incident",
    "StreamWidget": "sse_notebook.widget",
    "check_backend": "sse_notebook.checkup",
    "doctor": "sse_notebook.checkup",
    "serve": "sse_notebook.serving",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    if name in errors.__all__:  # an `except` with a wrong name would hide what was raised
        return getattr(errors, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
