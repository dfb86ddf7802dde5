"""How far what came has got, stage by stage, as a table.

The law: the stages are always these, in this order; what is not known of one is `<NA>`, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from sse_notebook.store.schema import STR, table
from sse_notebook.store.told import Told

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["STAGES", "Stage", "evicted_since", "funnel_of_rows", "listed", "stage_table"]

STAGES: Final = ("bytes", "lines", "messages", "events", "unique", "matched", "stored", "toasted")

SHOWN: Final = 5  # reasons that are named, the most frequent first


class Stage(NamedTuple):
    """One stage.

    Attributes:
        n: how many got there; None: not known.
        lost: how many of those of the stage before did not; None: not known, or of another kind.
        why: what became of them, in words.
    """

    n: int | None = None
    lost: int | None = None
    why: str = ""


def stage_table(stages: Mapping[str, Stage]) -> pd.DataFrame:
    """The table: `stage`, `n`, `lost`, `why`.

    Example:
        >>> stage_table({"stored": Stage(3, 1, "evicted 1")}).query("n == 3").to_dict("records")
        [{'stage': 'stored', 'n': 3, 'lost': 1, 'why': 'evicted 1'}]
    """
    rows = [(name, *stages.get(name, Stage())) for name in STAGES]
    return Told(table(rows, stage=STR, n="Int64", lost="Int64", why=STR))


def listed(counts: Mapping[str, int]) -> str:
    """Reasons with their numbers, the most frequent first; the rare ones of many together.

    Example:
        >>> listed({"a": 1, "b": 40, "c": 0})
        'b 40, a 1'
    """
    found = sorted(((-number, name) for name, number in counts.items() if number), key=lambda each: each[0])
    said = [f"{name} {-number:,}" for number, name in found[:SHOWN]]
    if rest := sum(-number for number, _ in found[SHOWN:]):
        said.append(f"{len(found) - SHOWN} others {rest:,}")
    return ", ".join(said)


def evicted_since(evictions: Mapping[str, int]) -> str:
    """What of the rows that were stored is not kept any more, in words."""
    number = sum(evictions.values())
    return f"evicted since {number:,} ({listed(evictions)})" if number else ""


def funnel_of_rows(rows: int, evictions: Mapping[str, int], why: Sequence[str] = ()) -> pd.DataFrame:
    """The table of what has rows only: how they came, nobody has counted."""
    number = rows + sum(evictions.values())
    said = "; ".join([*why, *filter(None, [evicted_since(evictions)])])
    return stage_table({"matched": Stage(number), "stored": Stage(number, 0, said)})
