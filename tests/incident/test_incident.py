"""An incident: what people noted is kept once, all else is the recording's."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from replay.casts import write

import sse_notebook as sse
from sse_notebook.errors import ArgumentError, FilterError
from sse_notebook.incident import Incident

T0 = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def store_of(*events: tuple[float, str, str]) -> sse.EventStore:
    """Events: seconds after 14:00, type, workload."""
    store = sse.EventStore()
    store.add_events(
        [
            {"type": kind, "workload_id": about, "timestamp": (T0 + timedelta(seconds=at)).isoformat()}
            for at, kind, about in events
        ]
    )
    return store


@pytest.fixture
def store() -> sse.EventStore:
    return store_of(
        (0, "build_complete", "wl-1"),
        (60, "build_failed", "wl-1"),
        (61, "build_failed", "wl-2"),
        (120, "build_complete", "wl-1"),
        (600, "build_failed", "wl-3"),
    )


def test_timeline_has_what_matters(store: sse.EventStore) -> None:
    """Warnings and worse, notes; in order, with their numbers."""
    incident = Incident("Builds fail", store)
    incident.note(T0 + timedelta(seconds=30), "v2.4.1 deployed")
    table = incident.timeline().df
    assert table["what"].tolist() == ["note", "event"]
    assert table["count"].tolist() == [0, 3]
    assert table["text"].iloc[0] == "v2.4.1 deployed"
    assert table["seq"].tolist() == [pd.NA, 1]
    assert str(table["time"].dtype) == "datetime64[us, UTC]"


def test_a_timeline_in_words(store: sse.EventStore) -> None:
    """One of a thing is one."""
    assert repr(Incident("x", store).timeline()).startswith("<Timeline: 1 line, 5 events>")
    assert repr(Incident("x", store_of((0, "x", "y"))).timeline()).startswith("<Timeline: 0 lines, 1 event>")


def test_timeline_of_every_severity(store: sse.EventStore) -> None:
    """All events are told when asked for; the numbers add up."""
    table = Incident("Builds fail", store).timeline("info").df
    assert table["count"].sum() == 5
    assert table["count"].tolist() == [1, 2, 1, 1]


def test_start_and_end_and_filter_narrow(store: sse.EventStore) -> None:
    """`[start, end)`, and only what belongs to it."""
    incident = Incident(
        "Builds fail",
        store,
        start="2026-11-24T14:01:00",
        end="2026-11-24T14:10:00",
        where="workload_id == 'wl-1'",
    )
    assert incident.df.index.tolist() == [1, 3]
    assert (incident.start, incident.end) == (T0 + timedelta(minutes=1), T0 + timedelta(minutes=10))
    assert incident.evidence().facts["Filter"] == 'workload_id == "wl-1"'
    assert incident.evidence().facts["Events"] == "2 of 5"


def test_without_bounds_events_and_notes_are_all_in_it(store: sse.EventStore) -> None:
    """The deploy before the first event belongs to it."""
    incident = Incident("Builds fail", store)
    assert incident.start == T0
    assert incident.end == T0 + timedelta(seconds=600, microseconds=1)
    incident.note(T0 - timedelta(minutes=5), "deploy began")
    assert incident.start == T0 - timedelta(minutes=5)


def test_a_cell_may_be_run_again(store: sse.EventStore) -> None:
    """The same note is one; a section is replaced."""
    incident = Incident("Builds fail", store)
    for _ in range(2):
        incident.note(T0, "v2.4.1  deployed")
        incident.section("root causes", "A missing migration.")
    incident.impact = "12 workloads"
    assert incident.notes["text"].tolist() == ["v2.4.1 deployed"]
    assert incident.sections == {"Root causes": "A missing migration.", "Impact": "12 workloads"}


def test_it_is_as_live_as_what_it_rests_on(store: sse.EventStore) -> None:
    """While the incident goes on, so does its timeline."""
    incident = Incident("Builds fail", store)
    before = incident.evidence().facts["SHA-256 of the events"]
    store.add_event({"type": "build_failed", "timestamp": (T0 + timedelta(hours=1)).isoformat()})
    assert len(incident.df) == 6
    assert incident.evidence().facts["SHA-256 of the events"] != before


def test_equal_rows_give_equal_evidence() -> None:
    """Whoever has the same events has the same hash, whenever they came."""
    events = [(0, "build_failed", "wl-1"), (1, "build_complete", "wl-1")]
    first, again, other = (store_of(*each) for each in (events, events, events[:1]))
    hashes = [Incident("x", each).evidence().facts["SHA-256 of the events"] for each in (first, again, other)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_time_zone_of_the_reader_changes_nothing() -> None:
    """Two readers in two places read the same write-up."""
    program = (
        "import sse_notebook as sse\n"
        "from sse_notebook.incident import Incident\n"
        "store = sse.EventStore()\n"
        "store.add_event({'type': 'build_failed', 'timestamp': '2026-11-24T14:00:00Z'})\n"
        "incident = Incident('x', store)\n"
        "incident.note('2026-11-24T14:00', 'deployed')\n"
        "print(incident.to_html(), incident.to_markdown(), incident)\n"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "TZ": zone}, capture_output=True, check=True
        ).stdout
        for zone in ("Asia/Tokyo", "America/Los_Angeles")
    }
    assert len(said) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": " "}, "title"),
        ({"title": 7}, "title"),
        ({"recording": 7}, "recording is"),
        ({"start": "yesterday"}, "start is a time"),
        ({"start": "2026-11-24T15:00", "end": "2026-11-24T14:00"}, "not before end"),
    ],
)
def test_wrong_arguments(store: sse.EventStore, wrong: dict[str, Any], said: str) -> None:
    """They are refused where they are given."""
    title, recording = wrong.pop("title", "x"), wrong.pop("recording", store)
    with pytest.raises(ArgumentError, match=said):
        Incident(title, recording, **wrong)


def test_wrong_filter(store: sse.EventStore) -> None:
    """With a caret, as everywhere."""
    with pytest.raises(FilterError, match="\\^"):
        Incident("x", store, where="severity = 'error'")


@pytest.mark.parametrize(
    ("name", "said"),
    [("Root cause", "did you mean 'Root causes'"), ("", "it has Summary, Impact"), (7, "it has Summary")],
)
def test_a_section_that_is_none(store: sse.EventStore, name: Any, said: str) -> None:
    """Its name is probably misspelt."""
    with pytest.raises(ArgumentError, match=said):
        Incident("x", store).section(name, "words")


def test_a_section_is_no_attribute(store: sse.EventStore) -> None:
    """What somebody wrote is in the page, or is an error: a slip is not lost."""
    incident = Incident("x", store)
    for name, said in (("root_causes", r"section\('Root causes', …\)"), ("impcat", "did you mean impact?")):
        with pytest.raises(AttributeError, match=f"Incident has no attribute '{name}' to set; .*{said}"):
            setattr(incident, name, "the deploy")
    incident.impact = "nobody could push"
    assert incident.sections["Impact"] == "nobody could push"


def test_words_that_are_none(store: sse.EventStore) -> None:
    """Neither nothing, nor a book."""
    incident = Incident("x", store)
    for text in ("", None, "x" * 10_001):
        with pytest.raises(ArgumentError, match="a note"):
            incident.note(T0, text)  # type: ignore[arg-type]  # what is tested
    with pytest.raises(ArgumentError, match="severity is one of"):
        incident.timeline("fatal")


def test_a_time_without_a_recording(store: sse.EventStore, tmp_path: Path) -> None:
    """An incident that begins after all that was recorded, or ends before it, is made, with a warning."""
    path = tmp_path / "a.ssecast"
    lines = [[t, "ev", {"event": "x", "data": "{}"}] for t in (0, 60)]
    recording = sse.load(write(path, lines))
    with pytest.warns(UserWarning, match="start is 2026-11-25 .* the recording ends at 2026-11-24 10:01:00"):
        assert 0 == len(Incident("x", recording, start="2026-11-25").df)
    with pytest.warns(
        UserWarning, match="end is 2026-11-24 09:00:00, and the first event is of 2026-11-24 1"
    ):
        assert 0 == len(Incident("x", recording, end="2026-11-24T09:00").df)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Incident("x", recording, start="2026-11-24T09:00", end="2026-11-24T10:00:01")
        Incident("x", recording, start="2026-11-24T10:01")
        Incident("x", sse.EventStore(), end="1h")


def test_a_note_that_is_far_away(store: sse.EventStore) -> None:
    """A note days before or after all events is kept, with a warning: the year was probably wrong."""
    incident = Incident("x", store)
    with pytest.warns(
        UserWarning, match="the note 'fixed' is of 2027-11-24 14:00:00 UTC, .* after the last event"
    ):
        incident.note(T0.replace(year=2027), "fixed")
    with pytest.warns(UserWarning, match="before the first event: is that the time meant"):
        incident.note(T0 - timedelta(days=9), "before")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        incident.note(store.df["received_at"].max() + timedelta(hours=23), "looked at")
        incident.note(T0.replace(year=2027), "fixed")  # noted already, and said
        Incident("x", sse.EventStore()).note(T0, "fixed")
    assert ["before", "looked at", "fixed"] == incident.notes["text"].tolist()


def test_nothing_at_all() -> None:
    """An incident of an empty store is shown, not refused."""
    incident = Incident("x", sse.EventStore())
    assert len(incident.timeline().df) == 0
    assert "Nothing of that kind happened" in incident._repr_html_()
    assert incident.evidence().facts["Events"] == "0 of 0"
