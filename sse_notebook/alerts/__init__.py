"""What deserves attention: toasts, alerts, and what people say of them."""

from sse_notebook.alerts.silences import Silence
from sse_notebook.alerts.toast import Toast
from sse_notebook.alerts.toasts import ToastBoard

__all__ = ["Silence", "Toast", "ToastBoard"]
