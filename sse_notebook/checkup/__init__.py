"""The troubleshooting page, executable: `doctor`, for who sees no events."""

from sse_notebook.checkup.examining import doctor
from sse_notebook.checkup.report import Check, Report

__all__ = ["Check", "Report", "doctor"]
