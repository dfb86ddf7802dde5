"""The wiring: `connect`, the stream and its views. It knows all floors above it.

Where what is:

    connect       connect, target (where to), question (with which token), running (which there are),
                  offline
    what it is    stream (`EventStream`), wiring (put together), parts, siblings (beside it), commanding
    read          reading (what all have in common), waiting, iterating, view, dedicated (by a connection
                  of its own), asking (for something else), gaps, keeping (how much), choosing (for handlers)
    shown         showing (widgets), dashboard, tab (completion)
    alerts        alerting (`alerts`), attending (`ack`, `silence`), meant (which), sending (to the
                  server), noting (into recordings)
    why           answers, funnel, audit, auditing (its connection)
    written down  records (`record`, `mark`), saving (`save`), journals (`journal=`)
    read again    loading (`load`), recordings (`Recording`), archive (`Archive`), replaying (`replay`),
                  replay_stream (`Replay`), playback (its source), places (where in it)
"""

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
