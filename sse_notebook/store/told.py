"""`Told`: the tables that `why` and `funnel` give, of which a notebook shows every word.

The law: it is a DataFrame of its reader's own; what is shown of it is text, and nothing of it is cut.
"""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from sse_notebook.markup import GUARDED, text

__all__ = ["Told"]

_ROWS: Final = 500  # that are shown: those of 50 events have fewer
_LONGEST: Final = 2_000  # characters of a reason
_CELL: Final = "text-align:left;vertical-align:top;white-space:{};padding:2px 14px 2px 0"


class Told(pd.DataFrame):
    """A DataFrame whose texts wrap where it is shown, instead of being cut."""

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame  # what is made of it is a table like others

    def __repr__(self) -> str:
        with pd.option_context("display.max_colwidth", None):
            return super().__repr__()

    def _repr_html_(self) -> str:
        heads = "".join(
            f'<th style="{_CELL.format("nowrap")}">{text(name, 40)}</th>' for name in self.columns
        )
        rows = "".join(f"<tr>{self._row(row)}</tr>" for row in self.head(_ROWS).itertuples(index=False))
        more = len(self) - _ROWS
        rest = f"<p>and {more:,} more rows</p>" if more > 0 else ""
        return f'<div class="{GUARDED}"><table><tr>{heads}</tr>{rows}</table>{rest}</div>'

    @staticmethod
    def _row(row: Any) -> str:
        *short, reason = (str(cell) for cell in row)
        cells = "".join(f'<td style="{_CELL.format("nowrap")}">{text(cell, 80)}</td>' for cell in short)
        return f'{cells}<td style="{_CELL.format("normal")}">{text(reason, _LONGEST)}</td>'
