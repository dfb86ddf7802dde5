"""What deserves attention: toasts."""

from sse_notebook.alerts.mutes import Mute
from sse_notebook.alerts.toast import Toast
from sse_notebook.alerts.toasts import ToastBoard

__all__ = ["Mute", "Toast", "ToastBoard"]
