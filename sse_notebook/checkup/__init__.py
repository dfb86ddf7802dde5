"""The troubleshooting page, executable: `doctor` for who sees no events, `check_backend` for servers."""

from sse_notebook.checkup.contract import check_backend
from sse_notebook.checkup.examining import doctor
from sse_notebook.checkup.report import Check, Report

__all__ = ["Check", "Report", "check_backend", "doctor"]
