"""Which events: what is asked of the server and checked again here."""

from sse_notebook.filters.selection import Selection

__all__ = ["Selection"]
