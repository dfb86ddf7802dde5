"""What is kept: rows in, a pandas DataFrame out. The door to pyarrow."""

from sse_notebook.store.store import EventStore

__all__ = ["EventStore"]
