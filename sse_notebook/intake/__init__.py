"""What becomes of a read: each message a row, or among what took none; counted once, and handed on.

The law: nothing here knows the stream object, its views or its cell; a stream is wired around it.
"""

from sse_notebook.intake.dropped import Dropped
from sse_notebook.intake.intake import Intake

__all__ = ["Dropped", "Intake"]
