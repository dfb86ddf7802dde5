"""`View`: a stream narrowed to some of its events, without a connection of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sse_notebook.events import Event
from sse_notebook.filters import Selection
from sse_notebook.store.expand import Expand
from sse_notebook.stream.reading import Parts, Reading

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["View"]


class View(Reading):
    """A stream, narrowed: the same face, the same connection, fewer events.

    Made by `stream.where(…)`. It keeps its stream alive.
    """

    _hint = "Run the cell again for a newer one; the stream itself is shown live."

    def __init__(self, stream: Reading, parts: Parts, *selections: Selection) -> None:
        super().__init__(parts)
        self._stream = stream
        self._selections = selections

    @property
    def name(self) -> str:
        """What is shown, for people."""
        said = " and ".join(str(selection) for selection in self._selections if selection)
        return f"{self._stream.name} where {said or 'all'}"

    def to_pandas(self, expand: Expand = None) -> pd.DataFrame:
        """The rows of this view. See `EventStream.to_pandas`."""
        df = super().to_pandas(expand)
        for selection in self._selections:
            df = df[selection.mask(df)]
        return df

    @property
    def last_event(self) -> Event | None:
        """The newest event of this view among those kept as objects, or None."""
        return next(reversed(self.events), None)

    def where(self, **filters: str | Sequence[str] | None) -> View:
        """This view, narrowed further."""
        return View(self._stream, self._parts, *self._selections, Selection(**filters))

    def __len__(self) -> int:
        """Rows kept that are in this view."""
        return len(self.to_pandas(expand=[]))

    def _wants(self, event: Event) -> bool:
        return all(selection.test(event) for selection in self._selections)

    def _rows_so_far(self) -> int:
        return len(self)

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        return {"text/html": self._repr_html_(), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<View {self.name}: {self.connection.state}>"
