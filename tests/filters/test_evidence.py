"""What a filter is explained on says whether it is all there was."""

from __future__ import annotations

import pandas as pd
import pytest

from sse_notebook.filters.evidence import Evidence


@pytest.mark.parametrize(("arrived", "sampled"), [(3, False), (4, True)])
def test_a_sample_is_told(arrived: int, sampled: bool) -> None:
    """It is a sample when more arrived than there are rows."""
    assert sampled == Evidence(pd.DataFrame({"id": ["a", "b", "c"]}), arrived).sampled
