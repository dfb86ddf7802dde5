"""What a filter is explained on: some events, how many there were in truth, and what time it is for them.

The law: an answer never claims more than its evidence: whoever reads it can see whether it is all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

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
    """

    frame: pd.DataFrame
    arrived: int
    clock: Clock = SYSTEM

    @property
    def sampled(self) -> bool:
        """Whether there were more events than these."""
        return self.arrived > len(self.frame)
