"""`UnboundWidget`: an anywidget whose messages are nobody's answer.

The law: whatever thread sends, and whatever the kernel did last, a page's next message reaches the widget.

ipykernel (7.4) takes each message of a comm for part of the request that the kernel handles in that moment,
and leads what the page then sends to the subshell of that request. A page's own subshell ends with the page:
after a reload everything a person did went to it, and was refused. Sent without a request to answer, the page
itself chooses: a subshell that lives, and that answers while a cell runs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import anywidget
from IPython.core.getipython import get_ipython

from sse_notebook.store.outgoing import Outgoing
from sse_notebook.widget.again import show

__all__ = ["UnboundWidget"]


class UnboundWidget(anywidget.AnyWidget):
    """The base of all our widgets.

    Attributes:
        sent: how many messages it has sent.
        outgoing: masks what goes to the page.
    """

    sent = 0
    outgoing = Outgoing()

    def _ipython_display_(self) -> None:
        show(self._repr_mimebundle_())

    def open(self) -> None:
        """Open the comm."""
        with _answering_nobody():
            super().open()

    def _send(self, msg: Any, buffers: Any = None) -> None:
        self.sent += 1
        if msg.get("method") == "custom":  # what is a trait is masked where it is set
            msg = {**msg, "content": self.outgoing.told(msg["content"])}
        with _answering_nobody():
            super()._send(msg, buffers)


@contextlib.contextmanager
def _answering_nobody() -> Iterator[None]:
    kernel: Any = getattr(get_ipython(), "kernel", None)
    parent = getattr(kernel, "_shell_parent", None)
    if not isinstance(parent, ContextVar):  # no kernel, or one from before subshells
        yield
        return
    # A header alone says where a message belongs (nbclient keeps what belongs to a cell), and routes nothing:
    # jupyter_client takes "a message or header" for a parent, ipykernel looks into a message only.
    message = kernel.get_parent()
    before = parent.set(message.get("header", message))
    try:
        yield
    finally:
        parent.reset(before)
