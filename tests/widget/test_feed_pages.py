"""Pages of a feed: what a reader sees below his mark, whatever comes or goes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torn import Torn

from sse_notebook import EventStore, EventStream
from sse_notebook.errors import FilterError
from sse_notebook.events.severity import SEVERITIES
from sse_notebook.widget.pages import LONGEST, MOST, Mark, Page, Readings, asked_for
from sse_notebook.widget.texts import NAME

NOW = 1_764_000_500_000.0
TYPES = ("workload_status_update", "build_complete", "build_failed", "error_report")


def store_of(number: int, kind: type[EventStore] = EventStore) -> Any:
    store = kind()
    store.add_events([{"event_type": TYPES[n % 4], "n": n, "message": f"row {n}"} for n in range(number)])
    return store


def look(store: EventStore, typed: str = "", severities: tuple[str, ...] = ()) -> Readings:
    return Readings(store, asked_for(typed), severities, NOW)


def seqs(page: Page) -> list[int | None]:
    return [item[0] for item in page.items]


@given(
    number=st.integers(0, 60),
    later=st.integers(0, 30),
    kept=st.integers(1, 100),
    at=st.integers(0, 70),
    most=st.integers(0, 50),
    least=st.integers(0, 60),
    severities=st.sets(st.sampled_from(SEVERITIES)).map(tuple),
)
def test_a_page_is_a_part_of_what_fits(
    number: int, later: int, kept: int, at: int, most: int, least: int, severities: tuple[str, ...]
) -> None:
    """What one would cut out of the DataFrame, newest first, below the mark; the numbers are the frame's."""
    store = store_of(number)
    mark = look(store).newest
    store.max_rows = kept
    store.add_events([{"event_type": "build_failed", "n": n} for n in range(number, number + later)])
    page = look(store, f"data.n >= {least}", severities).page(mark, at, most)
    df = store.to_pandas(expand=["n"])
    fits = df[df["data.n"] >= least]
    wanted = fits[fits["severity"].isin(severities)] if severities else fits
    below = wanted.index[wanted.index <= mark.seq].tolist()[::-1]
    assert below[at : at + most] == seqs(page)
    assert (len(below), len(wanted), len(fits), len(df)) == (page.total, page.matched, page.of, page.kept)
    assert len(wanted) - len(below) == page.fresh
    assert [int((fits["severity"] == name).sum()) for name in SEVERITIES] == page.severities


@given(
    number=st.integers(1, 60),
    least=st.integers(0, 60),
    severities=st.sets(st.sampled_from(SEVERITIES)).map(tuple),
)
def test_the_place_of_a_row_is_where_a_page_has_it(
    number: int, least: int, severities: tuple[str, ...]
) -> None:
    """Each row of all pages is where `place` says; what does not fit has no place."""
    store = store_of(number)
    readings = look(store, f"data.n >= {least}", severities)
    page = readings.page(None, 0, MOST)
    found = {seq: place for seq in range(number) if (place := readings.place(page.mark, seq)) is not None}
    assert {seq: place for place, seq in enumerate(seqs(page))} == found


def test_what_comes_moves_nothing_below_the_mark() -> None:
    """A thousand later rows: the same page, and a count."""
    store = store_of(300)
    before = look(store).page(None, 40, 40)
    store.add_events([{"event_type": "build_failed"}] * 1000)
    after = look(store).page(before.mark, 40, 40)
    assert (before.items, before.total) == (after.items, after.total)
    assert 1000 == after.fresh


def test_texts_are_cut_and_the_payload_stays_here() -> None:
    """However long a text is, a page is small; marks that turn text around are shown as such."""
    store = EventStore()
    long = "\u202e" + "x" * 100_000
    store.add_events([{"event_type": "huge"}] * (2 * MOST))
    store.add_event({"event_type": long, "workload_id": long, "status": long, "message": long})
    page = look(store).page(None, 0, 10_000)
    assert MOST == len(page.items)
    _, _, name, _, _, resource, status, message, _ = page.items[0]
    assert (NAME, NAME, NAME, LONGEST) == (len(name), len(resource), len(status), len(message))
    assert message.startswith("\ufffdxx")
    assert message.endswith("…")


def received(store: EventStore, seq: int) -> float:
    return float(store.df["received_at"].iloc[seq].timestamp())


def test_gaps_are_those_that_a_stream_tells(stream: EventStream) -> None:
    """Of a stream, and of a view of it: the same as its DataFrame's."""
    stream.wait_open()
    stream.disconnect()
    stream.reconnect()
    stream.wait_open()
    stream.disconnect()
    frame = stream.gaps
    assert ["by user", "by user"] == frame["reason"].tolist()
    for of in (stream, stream.where(type="build.failed")):
        gaps = Readings(of, asked_for(""), (), NOW).gaps()
        for name in ("start", "end"):
            told = [getattr(gap, name) for gap in gaps]
            told_us = [round(at * 1000) for at in told if at is not None]
            assert frame[name].dropna().astype("int64").tolist() == told_us
        assert frame["reason"].tolist() == [gap.reason for gap in gaps]


def test_gaps_stand_between_the_rows_that_came_before_and_after() -> None:
    """Below the first row that came after it; several with no row between are one; later ones are not."""
    store = store_of(3, Torn)
    edge = received(store, 2) + 1e-6
    store.add_events([{"event_type": "build_failed"}] * 2)
    again = received(store, 3)
    store.holes = (
        (edge - 5, edge, "reset", False),
        (edge - 2, edge, "again", True),
        (again + 60, None, "gone", None),
    )
    page = Readings(store, asked_for(""), (), (again + 61) * 1000).page(None, 0, 20)
    assert [None, 4, 3, None, 2, 1, 0] == seqs(page)
    start, end, reason, recovered, many = page.items[3][1:]
    assert (pytest.approx((edge - 5) * 1000, abs=1), "again", False, 2) == (start, reason, recovered, many)
    assert pytest.approx(edge * 1000, abs=1) == end
    assert [None, None] == [page.items[0][2], page.items[0][4]]
    assert 7 == page.total
    earlier = Mark(page.mark.seq, (again + 1) * 1000)
    assert [4, 3, None, 2, 1, 0] == seqs(look(store).page(earlier, 0, 20))
    assert [2, 1] == seqs(look(store).page(earlier, 3, 2))
    places = [look(store).place(earlier, seq) for seq in (4, 3, 2, 1, 0, 5, -1)]
    assert [0, 1, 3, 4, 5, None, None] == places


def test_what_is_typed() -> None:
    """An expression, nothing, or a slash and what is looked for in a row's words, quotes and all."""
    store = store_of(20)
    assert 20 == look(store, "  ").page(None, 0, 0).matched
    assert 20 == look(store, "/").page(None, 0, 0).matched
    assert [13] == seqs(look(store, "/ROW 13").page(None, 0, 9))
    assert [] == seqs(look(store, '/it\'s "so" \\ \n').page(None, 0, 9))
    with pytest.raises(FilterError, match="did you mean severity"):
        asked_for("severty == 1")
