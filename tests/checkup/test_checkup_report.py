"""A report: text, table and static HTML say the same, in which whatever a server said is text."""

from __future__ import annotations

import re

import pytest
from html_page import Page

from sse_notebook.checkup.findings import OF_A_STREAM, OF_ITS_WAY, PLAN, Findings, planned
from sse_notebook.checkup.report import LONGEST, OUTCOMES, WIDTH, Check, Report

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</div></table><h1>out</h1>",
    "$x^2$ `code",
    "one\ntwo\u202eddd\x1b[31m",
    "x" * 10_000,
]
CHECKS = [Check("way", outcome, outcome, f"saw {outcome}", f"do {outcome}") for outcome in OUTCOMES]


@pytest.mark.parametrize("plan", [PLAN, OF_A_STREAM, OF_ITS_WAY], ids=["url", "stream", "both"])
def test_each_check_has_one_name(plan: tuple[tuple[str, str], ...]) -> None:
    """A check is found by its name."""
    names = [name for _, name in plan]
    assert sorted(set(names)) == sorted(names)


def test_it_is_true_when_nothing_failed() -> None:
    """A warning, or what is unknown, does not make it false."""
    assert [each.outcome != "failed" for each in CHECKS] == [bool(Report("x", [each])) for each in CHECKS]
    assert bool(Report("x", [])) is True


def test_the_table_has_fixed_columns() -> None:
    """The same columns and dtypes, also when empty."""
    full, empty = Report("x", CHECKS).df, Report("x", []).df
    assert ["part", "check", "outcome", "seen", "advice"] == list(full.columns)
    assert full.dtypes.to_dict() == empty.dtypes.to_dict()
    assert [tuple(each) for each in CHECKS] == list(full.itertuples(index=False, name=None))


def test_a_check_is_found() -> None:
    """By its place and by its name; what there is not is said with what there is."""
    report = Report("x", CHECKS)
    assert (CHECKS[0], CHECKS[2], CHECKS[1:3]) == (report[0], report["failed"], [*report[1:3]])
    with pytest.raises(KeyError, match="no check 'tls'; there are ok, warning"):
        report["tls"]


def test_text_is_aligned() -> None:
    """Columns begin below each other, long sentences go on below their beginning, no line is too long."""
    long = "a word and another " * 20
    lines = str(Report("x", [*CHECKS, Check("answer", "content type", "ok", long, long)])).split("\n")
    assert max(map(len, lines)) <= WIDTH
    starts = {line.index("saw ") for line in lines if "saw " in line}
    assert len(starts) == 1
    assert {" " * min(starts)} == {line[: min(starts)] for line in lines if "> do" in line}


def test_what_was_not_looked_at_is_one_line() -> None:
    """Checks that were skipped for one reason stand together; in the table each has its row."""
    found = Findings(planned({"way": ["name", "connection", "tls"], "answer": ["status"]}))
    found.breaks("name", "unknown host")
    report = found.report("x", str)
    assert "connection, tls, status: not looked at, since name failed" in str(report)
    assert 4 == len(report.df)


@pytest.mark.parametrize("said", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_html_is_static(said: str, outcome: str) -> None:
    """It is well formed, nothing in it runs or is fetched, whatever a server says; and it is not too long."""
    html = Report(said, [Check("way", "name", outcome, said, said)])._repr_html_()  # type: ignore[arg-type]
    page = Page(html)
    known = {"div", "strong", "span", "code", "table", "tr", "td", "bdi", "details", "summary"}
    assert known >= set(page.tags)
    assert {"class", "style"} >= {name for name, _ in page.attributes}
    assert not re.search(r"url\(|position|http", " ".join(value or "" for _, value in page.attributes))
    assert "\n\n" not in html
    assert len(html) < 20_000
    assert "\u202e" not in html
    assert "\x1b" not in str(Report(said, [Check("way", "name", "ok", said, said)]))


def test_html_says_what_the_text_says() -> None:
    """Each check with its outcome, what was seen and what to do; what is wrong comes first."""
    report = Report("http://host/x", CHECKS)
    said = Page(report._repr_html_()).text
    for part in ("http://host/x", report.headline, *(part for each in CHECKS for part in each)):
        assert part.lower() in said.lower()
    assert said.index("saw failed") < said.index("saw warning") < said.index("saw ok")


def test_secrets_are_masked_before_they_are_cut() -> None:
    """A secret at the end of what is shown is masked, not cut in half."""
    secret = "Kanarienvogel"
    said = "x" * (LONGEST - 5) + secret
    report = Report(
        said, [Check("way", "name", "failed", said, said)], lambda text: text.replace(secret, "***")
    )
    for shown in (str(report), report._repr_html_(), report.df.to_csv(), repr([*report])):
        assert "Kan" not in shown
