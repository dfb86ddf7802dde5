"""Where messages come from: one thread per source, one face whatever it is."""

from sse_notebook.source.face import Source
from sse_notebook.source.listener import Listener
from sse_notebook.source.live import EventSource
from sse_notebook.source.policy import Backoff
from sse_notebook.source.status import ConnectionStatus, ReadyState

__all__ = ["Backoff", "ConnectionStatus", "EventSource", "Listener", "ReadyState", "Source"]
