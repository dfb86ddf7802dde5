"""What a filter is explained on says whether it is all there was."""

from __future__ import annotations

import pandas as pd
import pytest

import sse_notebook as sse
from sse_notebook.filters.evidence import Evidence


@pytest.mark.parametrize(("arrived", "sampled"), [(3, False), (4, True)])
def test_a_sample_is_told(arrived: int, sampled: bool) -> None:
    """It is a sample when more arrived than there are rows."""
    assert sampled == Evidence(pd.DataFrame({"id": ["a", "b", "c"]}), arrived).sampled


def test_a_store_that_let_rows_go() -> None:
    """What it kept is a sample of what arrived."""
    store = sse.EventStore(max_rows=2)
    store.add_events([{"type": "edit"}] * 5)
    assert "rests on a sample: 2 of the 5 that arrived" == store.explain("has(type)").basis
