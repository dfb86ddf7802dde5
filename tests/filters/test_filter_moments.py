"""What is no time is refused where a time is asked for; what other languages say is told what it is here."""

from __future__ import annotations

import pytest

import sse_notebook as sse
from sse_notebook.errors import FilterError


def told(text: str) -> str:
    with pytest.raises(FilterError) as caught:
        sse.where(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('timestamp > "1h"', 'age() < "1h"'),
        ('timestamp < "30 min ago"', 'age() > "30m"'),
        ('timestamp >= "yesterday"', 'age() <= "2d"'),
        ('received_at > "28.11.2026"', '"2026-11-28"'),
        ('"2025" <= timestamp', '"2025-01-01"'),
        ('timestamp in ["2026-01-01", "28.11.2026"]', '"2026-11-28"'),
    ],
)
def test_no_time(text: str, meant: str) -> None:
    """It is said how one is written, and what was probably meant, which can be read."""
    said = told(text)
    assert 'is a time: write one as "2026-11-24T10:00"' in said
    assert said.endswith(f"did you mean {meant}?")
    sse.where(meant if meant.startswith("age") else f"timestamp > {meant}")


@pytest.mark.parametrize("text", ['timestamp > "soon"', 'timestamp == "99.99.2026"', 'received_at > "1h"'])
def test_no_time_at_all(text: str) -> None:
    """Where nobody knows what was meant nothing is proposed."""
    assert "did you mean" not in told(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("status == 'Failed' & project_id == 'p-1'", "did you mean and?"),
        ("status == 'Failed' | project_id == 'p-1'", "did you mean or?"),
        ("data.n.between(1, 3)", "did you mean … <= data.n <= …?"),
        ("status.isin(['a'])", "did you mean status in […]?"),
        ("status.isna()", "did you mean not has(status)?"),
        ("`status` == 'a'", "a field stands without backticks"),
        ("status == @wanted", "where(status=x)"),
    ],
)
def test_other_languages(text: str, said: str) -> None:
    """What pandas has, and this language has otherwise."""
    assert said in told(text)
