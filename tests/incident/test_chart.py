"""The picture: what is drawn is what there is; hatched where nobody knows."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.events.severity import SEVERITIES
from sse_notebook.incident.chart import BARS, Picture, step_of, svg_of
from sse_notebook.incident.story import Hole, State

MINUTE = 60_000_000
HOUR = 60 * MINUTE


def picture(
    times: list[int] | None = None,
    severity: str = "error",
    *,
    start: int = 0,
    end: int = HOUR,
    holes: list[Hole] | None = None,
    states: list[State] | None = None,
    notes: list[tuple[int, int]] | None = None,
    title: str = "Builds fail",
) -> Picture:
    times = times or []
    places = np.full(len(times), SEVERITIES.index(severity))
    return Picture(
        start, end, np.array(times, np.int64), places, holes or [], states or [], notes or [], title
    )


def rects(svg: str, fill: str) -> list[ET.Element]:
    return [
        each
        for each in ET.fromstring(svg).iter()
        if each.tag == "rect" and each.get("fill") == fill and each.get("rx") is None
    ]


@given(st.integers(1, 10**16))
def test_bars_are_never_too_many(span: int) -> None:
    """Whatever the length, it is parted into no more bars than can be told apart."""
    assert 1 <= -(-span // step_of(span)) <= BARS


@given(st.lists(st.integers(0, HOUR - 1), min_size=1, max_size=300))
def test_heights_are_in_proportion(times: list[int]) -> None:
    """The bars' heights have the proportions of the counts, and the highest fills the picture."""
    step = step_of(HOUR)
    counts = np.bincount(np.array(times) // step)
    heights = [float(each.get("height", "")) for each in rects(svg_of(picture(times)), "#d9453a")]
    assert heights == pytest.approx(counts[counts > 0] / counts.max() * 96, abs=0.02)


def test_gaps_are_hatched_unless_refilled() -> None:
    """Silence in a gap is no evidence; in one that was refilled, it is."""
    lost, unknown, filled = (
        Hole(at * MINUTE, (at + 5) * MINUTE, "cut", how) for at, how in ((5, False), (20, None), (40, True))
    )
    assert len(rects(svg_of(picture([1], holes=[lost, unknown, filled])), "url(#sse-gap)")) == 2
    assert "gap: nobody knows" in svg_of(picture(holes=[lost]))
    assert "gap: nobody knows" not in svg_of(picture(holes=[filled]))


def test_a_gap_that_goes_on_ends_with_the_picture() -> None:
    """It is hatched to the end, and no further."""
    (hatch,) = rects(svg_of(picture(holes=[Hole(30 * MINUTE, None, "cut", None)])), "url(#sse-gap)")
    assert float(hatch.get("x", "")) + float(hatch.get("width", "")) == pytest.approx(752)


def test_states_differ_by_height_too() -> None:
    """The connection's strip is read without colours."""
    states = [State(0, 1, "open", ""), State(1, 2, "retrying", ""), State(2, 3, "exhausted", "")]
    svg = svg_of(
        picture(
            states=[each._replace(start_us=each.start_us * MINUTE, end_us=10 * MINUTE) for each in states]
        )
    )
    strip = [each for each in ET.fromstring(svg).iter("rect") if each.find("title") is not None]
    assert [float(each.get("height", "")) for each in strip] == [10, 10, 5]
    assert "the strip is the connection" in svg


def test_notes_outside_are_not_drawn() -> None:
    """A note from the day after is in the table; at the picture's edge it would say something wrong."""
    svg = svg_of(picture([1], notes=[(1, 5 * MINUTE), (2, 3 * HOUR)]))
    assert re.findall(r'font-weight="bold">(\d)<', svg) == ["1"]


def test_the_same_rows_give_the_same_picture() -> None:
    """Byte for byte."""
    assert svg_of(picture([1, 2, 3])) == svg_of(picture([1, 2, 3]))


@pytest.mark.parametrize("hostile", ['"><script>alert(1)</script>', "a & b", "</svg>", "\x00\u202e"])
def test_words_of_others_are_text(hostile: str) -> None:
    """A title, or a cause, is never markup."""
    svg = svg_of(picture([1], title=hostile, states=[State(0, None, "stale", hostile)]))
    tags = {each.tag for each in ET.fromstring(svg).iter()}
    assert tags <= {"svg", "defs", "pattern", "rect", "line", "text", "title"}
    assert "\u202e" not in svg


def test_without_events() -> None:
    """An empty picture is one all the same."""
    assert "at most 0 in" in svg_of(picture())
