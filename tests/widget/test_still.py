"""The numbers without a kernel: text and nothing else, those that the page had; in a gap not known."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from html_page import Page
from reads import Reads

from sse_notebook.markup import GUARDED
from sse_notebook.widget.again import again
from sse_notebook.widget.still import sparkline, still_html

# Elements that JupyterLab's sanitiser keeps and that neither run, load nor style anything else.
TAGS = {"bdi", "code", "div", "span", "strong", "table", "td", "tr"}
HOSTILE = "</td><script>alert(1)</script>$x^2$"


@pytest.fixture
def told() -> dict[str, Any]:
    """Of a stream that has been open for a minute."""
    at = Reads()
    for _ in range(60):
        at.clock.advance(1)
        at.read(["edit", "log"])
    numbers = at.measuring.all()
    began = numbers["now"] - 60_000
    return {**numbers, "began": began, "status": {**numbers["status"], "state": "open", "since": began}}


def rows(html: str) -> dict[str, str]:
    """What the table says, by the names of its rows."""
    page = again(html)
    assert "<script" not in page
    lines = [cell.split("</td>")[0] for cell in html.split("<tr>")[1:] for cell in [cell.split("<td", 2)[1]]]
    names = [Page(f"<td{line}</td>").text for line in lines]
    values = [Page(f"<td{row.split('<td', 2)[2].split('</tr>')[0]}").text for row in html.split("<tr>")[1:]]
    return dict(zip(names, values, strict=True))


def test_the_numbers_are_those_that_were_told(told: dict[str, Any]) -> None:
    """Each number is there, exact; the moment is said."""
    said = rows(still_html(told))
    assert "120 = 120 stored + 0 control + 0 filtered + 0 duplicate + 0 invalid" == said["Received"]
    assert "50 of 1,000,000 at most" == said["Rows kept"]
    assert "info 0 · success 0 · warning 0 · error 50" == said["By severity"]
    assert "edit 25 · log 25" == said["By type"]
    assert "4,800" == said["Bytes"]
    assert said["Events a second"].startswith("2.0 now ")
    assert "Numbers of 2023-11-14 22:14:20 UTC. Run the cell" in Page(still_html(told)).text


def test_of_a_view(told: dict[str, Any]) -> None:
    """How many rows fit is said; what is the whole stream's says so; of a stream neither is there."""
    plain = rows(still_html(told))
    view = rows(still_html({**told, "view": True, "rows": 7}))
    assert "7" == view.pop("Rows that fit")
    assert plain.keys() == view.keys()
    whole = {name for name in plain if view[name] == f"{plain[name]}, of the whole stream"}
    assert {"Rows kept", "Received", "Bytes", "Toasts"} == whole
    assert all(view[name] == plain[name] for name in plain.keys() - whole)


def test_one_is_no_plural(told: dict[str, Any]) -> None:
    """One gap is a gap."""
    many = {**told, "reconnects": [["reset", 1], ["idle", 1]], "totals": {**told["totals"], "gaps": 1}}
    assert "2 reconnects, 1 gap" == rows(still_html(many))["Connection"]


def test_a_gap_is_not_known(told: dict[str, Any]) -> None:
    """Where a gap was and nothing came there is no block; while it lasts no number is said to be of now."""
    now = told["now"]
    quiet = [item for item in told["seconds"] if not now - 30_000 <= item[0] * 1000 < now - 10_000]
    gap = [now - 30_000, now - 10_000, "reset", None]
    line = rows(still_html({**told, "seconds": quiet, "gaps": [gap]}))["Events a second"]
    assert (4, False) == (line.count("░"), "not known" in line)
    assert "░" not in rows(still_html({**told, "seconds": quiet}))["Events a second"]
    broken = {**told["status"], "state": "retrying"}
    assert "now not known" in rows(still_html({**told, "status": broken}))["Events a second"]


def test_nothing_yet(told: dict[str, Any]) -> None:
    """Before there is anything it says so, and invents no zero a second."""
    at = Reads()
    said = rows(still_html(at.measuring.all()))
    assert ("not connected yet", "none yet") == (said["Events a second"], said["By type"])
    assert "not known: no event says when it happened" == said["Lag"]


def test_whatever_came_is_text(told: dict[str, Any]) -> None:
    """Names and causes are nothing but text: known elements, no attributes but styles, MathJax kept off."""
    hostile = copy.deepcopy(told)
    hostile |= {"name": HOSTILE, "types": [[HOSTILE, 50]]}
    hostile["status"] |= {"state": HOSTILE, "cause": HOSTILE}
    html = still_html(hostile)
    page = Page(html)
    assert TAGS >= set(page.tags)
    assert {("class", GUARDED)} == {each for each in page.attributes if each[0] != "style"}
    assert all(value is not None and "<" not in value for _, value in page.attributes)
    assert page.text.count("alert(1)") >= 3
    assert "$x" not in html


def test_a_line_of_blocks() -> None:
    """The most is a full block, nothing the lowest, any number more than nothing; unknown is none of them."""
    assert "▁▂█░" == sparkline([0, 0.001, 5, None])
    assert "" == sparkline([])
    assert "▁▁" == sparkline([0, 0])
