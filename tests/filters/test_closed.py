"""`filters.closed`: words that a column never has."""

from __future__ import annotations

import doctest
from typing import Any

import pytest

import sse_notebook as sse
from sse_notebook.errors import FilterError
from sse_notebook.filters import closed


def test_examples() -> None:
    """What the docstrings say is true."""
    assert (0, 3) == doctest.testmod(closed)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('severity == "warn"', 'did you mean "warning"'),
        ('severity >= "critical"', 'did you mean "error"'),
        ('"ERROR" == severity', 'did you mean "error"'),
        ('lower(severity) != "purple"', 'never "purple"'),
        ('severity in ["error", "warn"]', 'never "warn"'),
        ('origin == "resume"', 'did you mean "resumed"'),
        ('origin not in ("lives",)', "live, resumed, replayed or added"),
        ("severity >= 3", 'never 3; in numbers, .* it is priority(.|\n)*did you mean "warning"'),
        ("3 <= severity", 'did you mean "warning"'),
        ("lower(severity) < 3.5", "never 3.5; in numbers"),
        ("severity == -1", r"never -1; in numbers, 1 \(worst\) to 5, it is priority\n[^\n]*\n *\^$"),
        ('severity not in ["error", 3]', "never 3; in numbers"),
        ("severity > True", r"error, never True\n[^\n]*\n *\^$"),
        ("origin != 1", r"added, never 1\n"),
    ],
)
def test_an_expression_that_asks_for_no_such_word(text: str, said: str) -> None:
    """It is refused where it stands, with the word that was meant."""
    with pytest.raises(FilterError, match=said) as caught:
        sse.where(f"has(id) and {text}")
    assert "^" in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"severity": "warn"}, "did you mean warning"),
        ({"severity": ["error", "fatal"]}, 'never "fatal"; did you mean error'),
        ({"origin": "purple"}, 'never "purple"$'),
        ({"data": {"v": 3}}, "data= takes a value.*not a dictionary"),
    ],
)
def test_fields_that_ask_for_no_such_word(fields: dict[str, Any], said: str) -> None:
    """Nor by keyword; and a dictionary is no list of its keys."""
    with pytest.raises(FilterError, match=said):
        sse.where(**fields)


def test_words_that_there_are() -> None:
    """All of them may be asked for, in any form; and what is only contained may be anything."""
    for text in ('severity < "error"', 'origin in ["live", "added"]', '"warn" in severity'):
        assert sse.where(str(sse.where(text))) == sse.where(text)
    assert 'severity == "success"' == str(sse.where(severity="success"))
