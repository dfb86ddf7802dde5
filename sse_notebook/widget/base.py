"""`BaseWidget`: what our widgets have in common: how they send, are shown, and are closed.

The law: whatever thread sends, and whatever the kernel did last, a page's next message reaches the widget.
Beside each there is what readers without a kernel see.

ipykernel (7.4) takes each message of a comm for part of the request that the kernel handles in that moment,
and leads what the page then sends to the subshell of that request. A page's own subshell ends with the page:
after a reload everything a person did went to it, and was refused. Sent without a request to answer, the page
itself chooses: a subshell that lives, and that answers while a cell runs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final

import anywidget
from IPython.core.getipython import get_ipython

from sse_notebook.store.outgoing import Outgoing
from sse_notebook.widget.again import show

__all__ = ["STATIC", "BaseWidget", "check_built", "script"]

STATIC: Final = Path(__file__).parent / "static"


def script(file: Path) -> Path | str:
    """What a widget runs in a page; a script that does nothing where the front-end is not built."""
    return file if file.exists() else "export default {}"


def check_built(*files: Path) -> None:
    """See that the front-end is there.

    Raises:
        FileNotFoundError: it is not built.
    """
    if not all(file.exists() for file in files):
        raise FileNotFoundError(
            "the front-end is not built: run `make js` in the project (installed packages bring it along)"
        )


class BaseWidget(anywidget.AnyWidget):
    """The base of all our widgets.

    Attributes:
        sent: how many messages it has sent.
        outgoing: masks what goes to the page.
    """

    sent = 0
    outgoing = Outgoing()
    _told_closed: Callable[[Any], None] | None = None  # told once that it is closed, by `close`

    def close(self) -> None:
        """Take it off the page, and let go of what it shows."""
        told, self._told_closed = self._told_closed, None
        if told is not None:
            told(self)
        super().close()

    def _static(self) -> str | None:
        """What readers without a kernel see, as HTML; None: nothing of ours."""
        return None

    def _text(self) -> str:
        """The same where there is text only."""
        return repr(self)

    def _ipython_display_(self) -> None:
        show(self._repr_mimebundle_())

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        shown = super()._repr_mimebundle_(**kwargs)
        data, metadata = shown if shown is not None else ({}, {})
        static = self._static()
        return {**data, **({"text/html": static} if static else {}), "text/plain": self._text()}, metadata

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
