"""The front-end's half in the kernel: the widget, and what readers without a kernel see."""

from sse_notebook.widget.dashboard import DashboardWidget
from sse_notebook.widget.feed import FeedWidget
from sse_notebook.widget.widget import StreamWidget

__all__ = ["DashboardWidget", "FeedWidget", "StreamWidget"]
