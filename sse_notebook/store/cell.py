"""What a cell is given of all that reads alike: a line of text, and static HTML.

The law: it is always both, and asks for nothing but what is kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sse_notebook.store.outgoing import Outgoing
    from sse_notebook.store.snapshot import Snapshot

__all__ = ["InACell"]


class InACell:
    """Shows its rows: how many, and the newest."""

    if TYPE_CHECKING:  # what is shown says these

        def _snapshot(self) -> Snapshot: ...

        @property
        def _outgoing(self) -> Outgoing: ...

    @property
    def _title(self) -> str:
        """What is shown, for people."""
        return type(self).__name__

    def _repr_html_(self) -> str:
        from sse_notebook.store.shown import html_of  # which only a cell needs

        return html_of(self._title, self._snapshot(), self._outgoing.text)

    def _repr_mimebundle_(
        self,
        include: Any = None,  # noqa: ARG002 - IPython's face
        exclude: Any = None,  # noqa: ARG002 - likewise
    ) -> dict[str, Any]:
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}
