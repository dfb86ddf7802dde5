"""times: what time was meant."""

from __future__ import annotations

import pytest

from sse_notebook.backend.times import to_seconds

MOMENT = 1_700_000_000.0  # 2023-11-14T22:13:20Z


@pytest.mark.parametrize(
    "written",
    [
        1_700_000_000,
        1_700_000_000.0,
        "1700000000",
        "1700000000.0",
        1_700_000_000_000,
        "1700000000000",
        1_700_000_000_000_000,
        1_700_000_000_000_000_000,
        "1700000000000000000",
        "2023-11-14T22:13:20Z",
        "2023-11-14t22:13:20z",
        "2023-11-14T22:13:20",
        "2023-11-14T23:13:20+01:00",
        "2023-11-14 22:13:20.000000",
    ],
)
def test_every_spelling_means_the_same_moment(written: object) -> None:
    """Seconds to nanoseconds, as numbers or digits, and RFC 3339 with or without a zone."""
    assert to_seconds(written) == pytest.approx(MOMENT)


@pytest.mark.parametrize(
    "nonsense", [None, True, False, "", "soon", "nan", "inf", float("nan"), 10**400, [], {}, "2023-13-01"]
)
def test_nonsense_is_no_time(nonsense: object) -> None:
    """What is no time is None; nothing raises."""
    assert to_seconds(nonsense) is None


def test_times_before_1970_are_times() -> None:
    """A negative number of seconds is a moment like any other."""
    assert -5.0 == to_seconds(-5)
