"""What deserves attention: toasts."""

from sse_notebook.alerts.toasts import Toast, ToastBoard

__all__ = ["Toast", "ToastBoard"]
