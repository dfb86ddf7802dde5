"""Which events: what is asked of the server and checked again here, and what users ask with `where`."""

from sse_notebook.filters.filter import Filter, where
from sse_notebook.filters.overview import fields
from sse_notebook.filters.selection import Selection

__all__ = ["Filter", "Selection", "fields", "where"]
