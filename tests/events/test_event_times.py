"""`events.times`: whatever a server calls a time, as microseconds, or nonsense."""

from __future__ import annotations

import doctest
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sse_notebook.events import times
from sse_notebook.events.times import all_micros, from_micros, to_micros

SEED = 1_234_567_890_000_000  # the seed's own example, 2009-02-13T23:31:30Z

# From 1973 to 5138 a number's unit is told without doubt.
seconds = st.integers(10**8, 10**11 - 1)


@given(seconds)
def test_the_unit_is_told_by_the_magnitude(second: int) -> None:
    """One moment is the same in s, ms, µs and ns, as a number and as digits."""
    for factor in (1, 10**3, 10**6, 10**9):
        assert second * 10**6 == to_micros(second * factor)
        assert second * 10**6 == to_micros(str(second * factor))
        assert second * 10**6 == to_micros(f" {second * factor}\n")


@given(st.integers(10**8, 9 * 10**9))
def test_a_float_is_a_time_too(second: int) -> None:
    """Floats, as numbers and as digits, are read like integers, to the last microsecond they can hold."""
    for factor in (1, 10**3, 10**6):
        assert second * 10**6 == to_micros(float(second * factor))
        assert second * 10**6 == to_micros(f"{second * factor}.0")
    assert second * 10**6 + 500_000 == to_micros(second + 0.5)
    assert abs(second * 10**6 - (to_micros(float(second * 10**9)) or 0)) <= 1


@given(
    st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(5100, 1, 1)),  # noqa: DTZ001 - naive ISO text is UTC
    st.integers(-14 * 60, 14 * 60),
)
def test_iso_text_is_read_with_its_zone(naive: datetime, minutes: int) -> None:
    """Naive ISO text is UTC; a zone is honoured; `Z` is a zone; and `from_micros` leads back."""
    moment = naive.replace(tzinfo=UTC)
    micros = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    elsewhere = moment.astimezone(timezone(timedelta(minutes=minutes)))
    assert micros == to_micros(naive.isoformat())
    assert micros == to_micros(f"{naive.isoformat()}Z")
    assert micros == to_micros(naive.isoformat(" "))
    assert micros == to_micros(elsewhere.isoformat())
    assert micros == to_micros(elsewhere)
    assert moment == from_micros(micros)


@pytest.mark.parametrize(
    "value",
    [
        1234567890,
        "1234567890",
        1234567890.0,
        1234567890000,
        "1234567890000",
        1234567890000000,
        1234567890000000000,
        "1234567890000000000",
        "2009-02-13T23:31:30Z",
        "2009-02-13t23:31:30z",
        "2009-02-13T23:31:30",
        "2009-02-13 23:31:30.000000+00:00",
        "20090213T233130Z",
        "2009-02-14T00:31:30+01:00",
        datetime(2009, 2, 13, 23, 31, 30),  # noqa: DTZ001 - a rule may give a naive one; it is UTC
        pd.Timestamp("2009-02-13T23:31:30Z"),
    ],
)
def test_the_seeds_example_in_every_spelling(value: Any) -> None:
    """All of these are the same moment."""
    assert SEED == to_micros(value)


NONSENSE = [
    -1,
    0,
    0.0,
    -0.0,
    1e-9,
    True,
    False,
    1e30,
    10**20,
    10**400,
    -(10**400),
    -1e305,
    1e305,
    math.nan,
    math.inf,
    -math.inf,
    None,
    "",
    " ",
    ".",
    "-1",
    "0",
    "soon",
    "NaN",
    "1e9",
    "1_000",
    "١٢٣٤٥٦٧٨٩٠",
    "9" * 40,
    "9" * 1_000_000,
    "\ud800",
    "0001-01-01T00:00:00Z",  # Go's zero time
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59Z",  # "never"
    "9999-12-31T23:59:59.999999-14:00",
    "1970-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "2026-13-01T00:00:00Z",
    {},
    {"$date": 1234567890},
    [1234567890],
    b"1234567890",
    datetime.min.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
    pd.NaT,
]


@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: repr(value)[:30])
def test_nonsense_is_none(value: Any) -> None:
    """What can't be when it happened is told apart, so that the time of arrival is taken."""
    assert to_micros(value) is None


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters()),
    st.from_regex(r"\A\d{1,4}-\d\d?-\d\d?([T ]\d\d?(:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d(:?\d\d)?)?)?\Z"),
    st.datetimes(timezones=st.none() | st.timezones()),
    st.lists(st.integers(), max_size=2),
)


@given(anything)
def test_anything_is_a_sane_time_or_none(value: Any) -> None:
    """Whatever it is, nothing is raised, and what is given is a whole number that a frame can hold."""
    micros = to_micros(value)
    if micros is not None:
        assert int is type(micros)
        assert 1970 <= from_micros(micros).year <= 5138


# Around the bounds between units, where a column must not be taken for one of a single unit.
EDGES = [n + d for n in (0, 10**11, 10**14, 10**17, 10**20) for d in (-1, 0, 1)]
columns = st.one_of(
    st.lists(anything, max_size=5),
    st.lists(st.integers(1, 10**12), max_size=5),
    st.lists(st.sampled_from(EDGES), max_size=3),
    st.lists(st.sampled_from(EDGES).map(float) | st.floats(), max_size=3),
    st.lists(st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()), max_size=5),
    st.lists(
        st.from_regex(r"\A\d{1,20}(\.\d+)?\Z") | st.sampled_from(["20260102", "2026-01-02T00Z"]), max_size=3
    ),
)


@given(columns)
@example(["2026-01-02T03:04:05." + "0" * 30 + "Z"])  # longer than any time
@example(["20260102", "20260103"])
@example([1, 10**17 - 1])  # a float would take the second for the bound itself
@example(["0001-01-01T00:00:00Z", "2026-01-02T03:04:05Z"])
def test_a_column_is_read_as_each(values: list[Any]) -> None:
    """Many times at once are, to the microsecond, what each of them is alone."""
    assert [to_micros(value) for value in values] == list(all_micros(values))


def test_the_examples_hold() -> None:
    """What the docstrings show is what happens."""
    assert 0 == doctest.testmod(times).failed
