"""What a filter is explained on: some events, how many there were in truth, and what time it is for them.

The law: an answer never claims more than its evidence: whoever reads it can see whether it is all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sse_notebook.clock import SYSTEM, Clock

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Evidence"]


class Evidence(NamedTuple):
    """Events that a filter can be asked of.

    Attributes:
        frame: these, as rows with the columns of the contract.
        arrived: how many there were in truth; more than the frame has: it is a sample.
        clock: what ages are counted by.
        lost: for each event why it is not among the rows that are kept, `"filtered"` or a bound; `""`: it is.
            None: all are.
        within: which of all events these are, in words, as `" from 10:00"`.
        notes: what else is to be known of them, in sentences.
        nothing: where there is none, why, in a sentence.
        hide: masks secrets in a text that is shown.
    """

    frame: pd.DataFrame
    arrived: int
    clock: Clock = SYSTEM
    lost: Any = None
    within: str = ""
    notes: Sequence[str] = ()
    nothing: str = ""
    hide: Callable[[str], str] = str

    @property
    def sampled(self) -> bool:
        """Whether there were more events than these."""
        return self.arrived > len(self.frame)

    def only(self, fits: Any, within: str) -> Evidence:
        """Some of these.

        Args:
            fits: for each whether it is one, as an array.
            within: which these are, in words.
        """
        frame = self.frame[fits]
        arrived = self.arrived if self.sampled else len(frame)
        lost = None if self.lost is None else self.lost[fits]
        return self._replace(frame=frame, arrived=arrived, lost=lost, within=within)
