"""What a message means: one canonical row, whatever spelling the server has."""

from sse_notebook.events.event import Event
from sse_notebook.events.vocabulary import Vocabulary

__all__ = ["Event", "Vocabulary"]
