"""Frames of rows, as one: those that are kept, and those that are not.

The law: a row is what it was, but that the categories of its source are those of all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["in_order", "together"]


def in_order(kept: pd.DataFrame, lost: pd.DataFrame) -> pd.DataFrame:
    """Rows that are kept, and what was dropped, as one frame, in the order in which they came.

    Args:
        kept: rows.
        lost: some of what `Dropped.frame` gives.

    Returns:
        All of them; with `reason` and `clause`, empty where it is kept.
    """
    both = together([kept.assign(before=kept.index.to_numpy("int64") + 1), lost])
    return both.iloc[both["before"].to_numpy().argsort(kind="stable")].drop(columns="before")


def together(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Frames of rows as one, with the sources of all."""
    import pandas as pd  # not imported before it is needed

    # The name "", of rows that have none, comes first where there is no other.
    names = [name for frame in frames for name in frame["source"].cat.categories]
    sources = pd.Index(dict.fromkeys(name for name in names if name or name == names[0]), dtype="str")
    return pd.concat([frame.assign(source=frame["source"].cat.set_categories(sources)) for frame in frames])
