"""What happened, told: nothing left out, nothing doubled, in order."""

from __future__ import annotations

import itertools

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.incident.story import Moment, folded, holes_of, length, states_of

KINDS = st.sampled_from(["build.failed", "workload.status", None])
MOMENTS = st.lists(
    st.builds(
        lambda us, kind, seq: (
            Moment(us, "note", "noted")
            if kind is None
            else Moment(us, "event", kind, severity="error", seq=seq, key=(kind,), about=f"wl-{seq % 3}")
        ),
        st.integers(0, 50),
        KINDS,
        st.integers(0, 1000),
    )
)


@given(MOMENTS)
def test_lines_add_up_and_are_in_order(moments: list[Moment]) -> None:
    """The numbers of all lines are those of the moments; lines follow each other, and so do their ends."""
    lines = list(folded(moments))
    assert sum(line.count for line in lines) == len(moments)
    assert [line.first.us for line in lines] == sorted(line.first.us for line in lines)
    for line, following in itertools.pairwise(lines):
        assert line.first.us <= line.until_us <= following.first.us
        assert line.first.key is None or line.first.key != following.first.key


def test_a_note_parts_what_is_alike() -> None:
    """What people did stands where it was done, not behind a line that goes on."""
    fault = Moment(
        1,
        "event",
        "Build failed",
        "wl-1: exit code 1",
        key=("build.failed",),
        about="wl-1",
        group="Builds failed",
    )
    lines = list(
        folded(
            [
                fault,
                fault._replace(us=2, about="wl-2"),
                Moment(3, "note", "rolled back"),
                fault._replace(us=4),
            ]
        )
    )
    assert [line.text for line in lines] == [
        "Builds failed \N{MULTIPLICATION SIGN}2 · 2 resources · first wl-1: exit code 1",
        "rolled back",
        "Build failed: wl-1: exit code 1",
    ]


def test_of_one_time_the_note_comes_first() -> None:
    """A cause stands before what it caused."""
    event = Moment(5, "event", "Build failed", seq=0, key=("x",))
    assert [line.first.what for line in folded([event, Moment(5, "note", "deployed")])] == ["note", "event"]


def test_lengths() -> None:
    """As people say them: two units at the most."""
    assert [length(us) for us in (0, 1_500_000, 59_999_999, 61_000_000, 90_061_000_000)] == [
        "0 s",
        "1.5 s",
        "1 min",
        "1 min 1 s",
        "1 d 1 h",
    ]


def test_tables_without_rows() -> None:
    """No gaps, no states: nothing is told."""
    assert holes_of(pd.DataFrame({"start": [], "end": [], "reason": [], "recovered": []})) == []
    assert states_of(pd.DataFrame({"start": [], "end": [], "state": [], "cause": []})) == []


def test_what_is_missing_in_a_gap() -> None:
    """An end that is not there yet, and a recovery that nobody spoke of, stay unknown."""
    start = pd.Timestamp("2026-11-24T14:00:00Z")
    gaps = pd.DataFrame(
        {
            "start": [start, start],
            "end": [pd.NaT, start + pd.Timedelta("41s")],
            "reason": [None, "the server ended the stream"],
            "recovered": pd.array([pd.NA, False], dtype="boolean"),
        }
    )
    first, second = holes_of(gaps)
    assert (first.end_us, first.reason, first.recovered) == (None, "", None)
    assert second.end_us is not None
    assert (second.end_us - second.start_us, second.recovered) == (41_000_000, False)
