"""What is on disk: recordings of streams, and archives of their rows.

The law: what a file says is data, and never code; what can't be read of it is told, and the rest is read.
"""

from sse_notebook.journal.cast import Entry, Header, Run
from sse_notebook.journal.reading import Cast, open_cast

__all__ = ["Cast", "Entry", "Header", "Run", "open_cast"]
