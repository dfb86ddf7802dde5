"""Moments and durations: what people write, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.errors import ArgumentError
from sse_notebook.events.moments import duration_us, moment_us

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
NOW = 1_700_000_000 * SECOND
NOON = 1_795_521_600 * SECOND  # 2026-11-24T12:00Z


@pytest.mark.parametrize(
    ("said", "micros"),
    [
        ("90s", 90 * SECOND),
        ("1h", HOUR),
        ("1h30m", HOUR + HOUR // 2),
        ("1h 30min", HOUR + HOUR // 2),
        (" 2 hours ", 2 * HOUR),
        ("1.5h", HOUR + HOUR // 2),
        ("1D", DAY),
        ("1d12H", DAY + DAY // 2),
        ("2W", 14 * DAY),
        ("5T", 300 * SECOND),
        ("5min", 300 * SECOND),
        ("250ms", SECOND // 4),
        ("7us", 7),
        ("7\u00b5s", 7),
        ("7\u03bcs", 7),
        (90, 90 * SECOND),
        (0.5, SECOND // 2),
        (np.int64(90), 90 * SECOND),
        (np.float64(0.5), SECOND // 2),
        (timedelta(hours=1), HOUR),
        (timedelta(days=3650, microseconds=1), 3650 * DAY + 1),
        (pd.Timedelta("1h"), HOUR),
        (np.timedelta64(1, "h"), HOUR),
    ],
)
def test_durations(said: Any, micros: int) -> None:
    """A length of time, in words, numbers or objects; as a moment it is so long before now."""
    assert micros == duration_us(said)
    if isinstance(said, (str, timedelta, np.timedelta64)):
        assert NOW - micros == moment_us(said, NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        *("", " ", "h", "1", "1h30", "-1h", "1 fortnight", "1M", "1ns", "now", "9" * 90 + "h", "1h" * 60),
        *(0, -1, 0.0, float("nan"), float("inf"), 1e30, True, None, b"1h", [1], "0s", "2026-11-24"),
        *(timedelta(0), timedelta(-1), pd.NaT, np.timedelta64("NaT", "ns"), pd.Timedelta(1, "ns")),
        *(datetime(2026, 11, 24, tzinfo=UTC), np.array([1, 2]), np.True_),
    ],
)
def test_no_durations(wrong: Any) -> None:
    """What is no length of time says how one is written, under the argument's own name."""
    with pytest.raises(ArgumentError, match='freq is a length of time, as "90s", "5min", "1h30m" or seconds'):
        duration_us(wrong, "freq")


@pytest.mark.parametrize(
    "said",
    [
        "2026-11-24T12:00",
        "2026-11-24 12:00",
        "2026-11-24T12:00:00Z",
        "2026-11-24T13:00+01:00",
        "20261124T12",
        " 2026-11-24T12:00 ",
        "1795521600",
        "1795521600.0",
        "1795521600000",
        1795521600,
        1795521600.0,
        1795521600 * 10**9,
        np.int64(1795521600),
        datetime(2026, 11, 24, 12),  # noqa: DTZ001 - naive, as many are
        datetime(2026, 11, 24, 12, tzinfo=UTC),
        datetime(2026, 11, 24, 7, tzinfo=timezone(timedelta(hours=-5))),
        datetime(2026, 11, 24, 13, tzinfo=ZoneInfo("Europe/Berlin")),
        pd.Timestamp("2026-11-24T12:00"),
        pd.Timestamp("2026-11-24T13:00", tz="Europe/Berlin"),
        np.datetime64("2026-11-24T12"),
        np.datetime64("2026-11-24T12:00", "ns"),
        pd.Series(pd.to_datetime(["2026-11-24T12:00Z"])).iloc[0],
        pd.Series(pd.to_datetime(["2026-11-24T12:00"])).to_numpy()[0],
    ],
)
def test_moments(said: Any) -> None:
    """A moment, however it is written: aware, or else UTC."""
    assert NOON == moment_us(said, NOW)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-11-24", datetime(2026, 11, 24, tzinfo=UTC)),
        ("20261124", datetime(2026, 11, 24, tzinfo=UTC)),
        (date(2026, 11, 24), datetime(2026, 11, 24, tzinfo=UTC)),
        (np.datetime64("2026-11-24"), datetime(2026, 11, 24, tzinfo=UTC)),
        ("2026-11", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
        (np.datetime64("2026"), datetime(2026, 1, 1, tzinfo=UTC)),
        ("1970-01-01", datetime(1970, 1, 1, tzinfo=UTC)),
        (date(1900, 1, 1), datetime(1900, 1, 1, tzinfo=UTC)),
        (datetime.min, datetime(1, 1, 1, tzinfo=UTC)),  # noqa: DTZ901 - naive too
        ("9999-12-31", datetime(9999, 12, 31, tzinfo=UTC)),
    ],
)
def test_days(said: Any, day: datetime) -> None:
    """A day, a month, a year is its beginning; and one may say "never" and "ever" by dates."""
    assert (day - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) == moment_us(said, NOW)


@given(st.datetimes(), st.none() | st.integers(-23, 23).map(lambda hours: timezone(timedelta(hours=hours))))
def test_any_datetime(naive: datetime, zone: timezone | None) -> None:
    """Any datetime there is, as object and as text, is its microseconds since 1970."""
    said = naive.replace(tzinfo=zone)
    aware = naive.replace(tzinfo=zone or UTC)
    micros = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert (micros, micros) == (moment_us(said, NOW), moment_us(said.isoformat(), NOW))


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "soon", "2026-13-01", "2026-11-24T25:00", "-1h", "1h30", "3600.5", "12345", "1e9", "9" * 50),
        *(0, 3600, -1, 99_999_999, 10**30, float("nan"), float("inf"), True, None, b"2026", [], object),
        *(pd.NaT, np.datetime64("NaT", "ns"), np.timedelta64("NaT", "ns"), np.datetime64("10000-01-01")),
        *(pd.Series([1]), np.array(["2026-11-24"], "datetime64[us]"), pd.Period("2026-11"), np.True_),
    ],
)
def test_no_moments(wrong: Any) -> None:
    """What is no moment, or could be meant otherwise (seconds before now?), says how one is written."""
    with pytest.raises(
        ArgumentError, match=r'start is a time, as "2026-11-24T10:00" .* or how long before now'
    ):
        moment_us(wrong, NOW, "start")


def test_seconds_before_now_are_written_with_their_unit() -> None:
    """A number that is no Unix time was meant as seconds: the error says how to write these."""
    with pytest.raises(ArgumentError, match=r'not 3600; seconds before now are "3600s"$'):
        moment_us(3600, 0)
    with pytest.raises(ArgumentError, match=r"not -1$"):
        moment_us(-1, 0)


def test_a_wrong_value_is_not_shown_whole() -> None:
    """An error stays short, whatever was given."""
    with pytest.raises(ArgumentError) as caught:
        moment_us("x" * 10_000, NOW)
    assert len(str(caught.value)) < 300


def test_the_future() -> None:
    """A negative `timedelta` before now is after it."""
    assert NOW + HOUR == moment_us(timedelta(hours=-1), NOW)
