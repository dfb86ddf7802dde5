"""`stream.timeline`: what a connection went through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pandas as pd
from support import eventually

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.intake import timeline
from sse_notebook.intake.timeline import Timeline
from sse_notebook.source import ConnectionStatus

Open = Callable[..., sse.EventStream]

START = datetime(2026, 11, 24, 10, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_states_of_a_connection(backend: Backend, open_stream: Open) -> None:
    """Each state is a row, which ends where the next one begins, with its cause; a view has the same."""
    stream = open_stream()
    backend.drop_all()
    eventually(lambda: "retrying" in set(stream.timeline["state"]))
    stream.wait_open()
    stream.disconnect()
    df = stream.timeline
    assert ["connecting", "open", "retrying", "connecting", "open", "disconnected"] == df["state"].tolist()
    assert df["end"].iloc[:-1].tolist() == df["start"].iloc[1:].tolist()
    assert df["end"].isna().tolist() == [False] * 5 + [True]
    assert isinstance(df["cause"].iloc[2], str)
    assert pd.isna(df["cause"].iloc[1])
    assert (df["duration"] >= pd.Timedelta(0)).all()
    pd.testing.assert_frame_equal(df.iloc[:-1], stream.where(project_id="p").timeline.iloc[:-1])
    stream.close()
    assert "closed" == stream.timeline["state"].iloc[-1]


def test_more_of_one_state_is_one_row() -> None:
    """What is learned of a state later changes its row; the last one lasts until now."""
    states = Timeline()
    states.moved(ConnectionStatus("retrying", at(0), cause="one"))
    states.moved(ConnectionStatus("retrying", at(0), 1, cause="two"))
    states.moved(ConnectionStatus("connecting", at(5)))
    df = states.frame(at(7))
    assert [("retrying", 1, "two"), ("connecting", 0, None)] == [
        (state, attempt, None if pd.isna(cause) else cause)
        for state, attempt, cause in df[["state", "attempt", "cause"]].itertuples(index=False)
    ]
    assert [5.0, 2.0] == df["duration"].dt.total_seconds().tolist()


def test_a_clock_that_was_set_back() -> None:
    """No state lasts less than no time."""
    states = Timeline()
    states.moved(ConnectionStatus("open", at(0)))
    assert [0.0] == states.frame(at(-9))["duration"].dt.total_seconds().tolist()


def test_an_empty_timeline_has_its_columns() -> None:
    """Dtypes do not depend on what is there."""
    states = Timeline()
    empty = states.frame(START)
    states.moved(ConnectionStatus("open", at(0)))
    assert dict(empty.dtypes) == dict(states.frame(START).dtypes)
    assert ["start", "end", "state", "attempt", "cause", "duration"] == list(empty.columns)


def test_the_newest_are_kept() -> None:
    """A connection that changes for ever takes no more memory."""
    states = Timeline()
    for second in range(timeline.KEPT + 5):
        states.moved(ConnectionStatus("open", at(second)))
    df = states.frame(at(9_999))
    assert (timeline.KEPT, pd.Timestamp(at(5))) == (len(df), df["start"].iloc[0])


def test_an_empty_timeline_has_no_newest() -> None:
    """A replay that was sent back to its beginning has been in no state yet."""
    assert [] == Timeline().newest(5)
