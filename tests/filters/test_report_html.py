"""What `validate` and `split` give, in a cell: static HTML, in which whatever anybody wrote is text."""

from __future__ import annotations

import re

import pytest
from html_page import Page

import sse_notebook as sse
from sse_notebook.filters.report import Report, Warned

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</div></table><h1>out</h1>",
    "$x^2$ `code`",
    "one\ntwo\u202eddd\x1b[31m",
    "x" * 10_000,
]


def store() -> sse.EventStore:
    """Some events."""
    kept = sse.EventStore()
    kept.add_events(
        [{"type": "x", "project_id": "p-1", "status": "Failed", "port": str(n)} for n in range(4)]
    )
    return kept


def static(html: str) -> Page:
    """It is well formed, nothing in it runs or is fetched, and it is no file of its own."""
    page = Page(html)
    assert {"div", "strong", "span", "code", "table", "tr", "td", "th", "bdi"} >= set(page.tags)
    assert {"class", "style"} >= {name for name, _ in page.attributes}
    assert not re.search(r"url\(|position|http", " ".join(value or "" for _, value in page.attributes))
    assert 100_000 > len(html)
    assert "\n\n" not in html
    return page


def test_warnings() -> None:
    """The filter, each warning with its clause, and upon what it rests: all that the text says."""
    report = sse.where('project_id == "p1" and data.port > 2 and lower(status) == "Failed"').validate(store())
    page = static(report._repr_html_())
    for said in (report.filter, "3 warnings", report.about, *(part for each in report for part in each[:2])):
        assert said in page.text
    for each in report:
        assert each.text in page.text
    assert page.text.count('project_id == "p1"') >= 3  # whole, and around each of the first places


def test_no_warning() -> None:
    """It says so, and of which filter."""
    page = static(sse.where('data.port == "2"').validate(store())._repr_html_())
    assert "no warnings" in page.text
    assert 'data.port == "2"' in page.text
    assert "every event" in static(Report("", [])._repr_html_()).text


@pytest.mark.parametrize("said", HOSTILE)
def test_what_others_wrote_is_text(said: str) -> None:
    """In a filter, in a warning, in a parameter."""
    asked = sse.where(project_id=said, status=f"{said} ") & sse.where(f"data.n > {len(said)}")
    kept = store()
    kept.add_event({"type": "x", "project_id": said.swapcase(), "status": said, "n": said})
    static(asked.validate(kept)._repr_html_())
    static(Report(said, [Warned(said, said, 0, said), Warned("a", said[3:], 3, said)], said)._repr_html_())
    page = static(asked.split()._repr_html_())
    assert "here" in page.text


def test_many_warnings() -> None:
    """No more than somebody reads; and it is said how many there are."""
    report = Report("a" * 100, [Warned("value", "a", at, "b") for at in range(90)])
    page = static(report._repr_html_())
    assert (50, True, True) == (
        page.text.count("value"),
        "and 40 more" in page.text,
        "90 warnings" in page.text,
    )


def test_a_split() -> None:
    """Both parts, as the text has them; where there is nothing of one, that."""
    page = static(
        sse.where('type == "build_failed" and data.duration > 30', project_id="p-1").split()._repr_html_()
    )
    for said in (
        "server",
        "project_id=p-1",
        "event_types=build_failed,build.failed",
        "here",
        "data.duration > 30",
    ):
        assert said in page.text
    assert "everything" in static(sse.where("data.n > 1").split()._repr_html_()).text
    assert "all that comes fits" in static(sse.where(project_id="p-1").split()._repr_html_()).text
