"""The wiring: `connect`, the stream and its views. The only floor that knows all the others."""

from sse_notebook.store.view import View
from sse_notebook.stream.archive import Archive
from sse_notebook.stream.connect import connect
from sse_notebook.stream.iterating import Overrun
from sse_notebook.stream.loading import load
from sse_notebook.stream.recordings import Recording
from sse_notebook.stream.replaying import replay
from sse_notebook.stream.running import close_all, streams
from sse_notebook.stream.stream import EventStream

__all__ = [
    "Archive",
    "EventStream",
    "Overrun",
    "Recording",
    "View",
    "close_all",
    "connect",
    "load",
    "replay",
    "streams",
]
