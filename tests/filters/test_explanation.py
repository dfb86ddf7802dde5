"""An explanation as text and as HTML: all of it there, nothing of others' in it but text."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from html_page import Page
from hypothesis import given
from hypothesis import strategies as st
from support import examples
from trees import NOW

import sse_notebook as sse
from sse_notebook.clock import VirtualClock
from sse_notebook.filters.explain_text import ONLY, WIDTH, shares
from sse_notebook.filters.explanation import Explanation
from sse_notebook.store import EventStore

# Elements that JupyterLab's sanitiser keeps and that neither run, load nor style anything else.
TAGS = {
    *("bdi", "code", "details", "div", "li", "span", "strong", "summary"),
    *("table", "td", "th", "tr", "ul"),
}
ATTRIBUTES = {"class", "style", "title"}


def of(what: Any, *said: dict[str, Any]) -> Explanation:
    store = EventStore(clock=VirtualClock(NOW))
    store.add_events([{"type": "edit", "timestamp": NOW} | each for each in said])
    return store.explain(what)


USUAL = of(
    'data.size > 10 and not (status == "ok" or has(data.gone))',
    *(
        {"size": size, "status": status, "workload_id": "wl-7"}
        for size in (5, "5", 50)
        for status in ("ok", "bad")
    ),
)  # fmt: skip

TEXT = """\
filter data.size > 10 and not (status == "ok" or has(data.gone))
1 of 6 events pass (16.7%), 5 refused

- `data.size` is text in 33% ("5"): `>` orders numbers among numbers, texts
  among texts; of digits a callable makes numbers: where(lambda event:
  float(event.data["size"]) > 10)
- without `data.size > 10` 2 more would come through
- without `not status == "ok"` 1 more would come through
- every event passes `not has(data.gone)`: it narrows nothing

clause               pass  value  missing  type  first  only
data.size > 10          2      2        0     2      4     2  ████▒▒▒▒!!!!
not: status == "ok"     3      3        0     0      1     1  ██████▒▒▒▒▒▒
not: has(data.gone)     0      0        6     0      0     0  ············
█ pass  ▒ value  · missing  ! type   first: refused first
only: would come through if this clause alone were the other way

near misses, which one clause alone keeps out: 3
  #4 edit wl-7: saw ok; status == "ok"
  #3 edit wl-7: saw "5"; data.size > 10
  #1 edit wl-7: saw 5; data.size > 10"""


def test_as_text() -> None:
    """What to do, the clauses with a bar each, the newest near misses."""
    assert TEXT == repr(USUAL)


def test_the_page_shows_what_is_said(repository: Path) -> None:
    """What docs/explaining.md shows below its first code is what that code says."""
    page = (repository / "docs/explaining.md").read_text(encoding="utf-8")
    code, shown = re.search(r"```python\n(.*?)```\n\n((?:    [^\n]*\n|\n)+)", page, re.DOTALL).groups()
    names: dict[str, Any] = {}
    exec(code.replace("print(why)", ""), names)
    assert textwrap.dedent(shown).strip() == repr(names["why"])


def test_as_html() -> None:
    """The same is in the HTML."""
    text = Page(USUAL._repr_html_()).text
    for said in (str(USUAL.filter), USUAL.headline, *USUAL.clauses["clause"], ONLY, "wl-7"):
        assert said in text
    for sentence in USUAL.suggestions:
        assert sentence.replace("`", "") in text
    assert "near misses" in text.lower()


def test_a_headline() -> None:
    """How many passed, whatever there is."""
    assert "no event to ask" == of("has(id)").headline
    assert "0 of 1 events pass, 1 refused" == of("has(id)", {}).headline
    assert "1 of 1 events pass, 0 refused" == of("True", {}).headline


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<style>*{display:none}</style>",
    "<!-- --><!DOCTYPE x><?php ?>",
    "</div></table><h1>out</h1>",
    "&lt;b&gt; &#36; &amp;amp;",
    r"$x^2$ $$y$$ \(z\) \[w\] \begin{align}a\end{align} `code`",
    "one\r\n\r\ntwo\u2028three\x85four\x1b[31m\u202edesrever\u2066",
    "`" * 3,
    "x" * 10_000,
]


def hostile(text: str) -> list[Explanation]:
    """Explanations in which everything that can be text of others is this one."""

    def asks(_: object) -> bool:
        raise ValueError(text)

    asks.__qualname__ = text
    event = {"type": text, "status": text, "workload_id": text, "message": text, "n": text, text: 1}
    words = sse.where(status=f"{text} ", message=text.swapcase() + "x")
    df = pd.DataFrame({"status": [text], "type": [text], "resource_id": [text]})
    return [
        of(words, event, {"status": "other"}),
        of(sse.where(status=f"{text} "), event),
        of("data.n > 3", event),
        of("data.n > 3 and type == 'x'", event),
        of(asks, event),
        words.explain(df),
    ]


def check(text: str) -> None:
    for found in hostile(text):
        page = Page(found._repr_html_())
        assert set(page.tags) <= TAGS
        assert {name for name, _ in page.attributes} <= ATTRIBUTES
        assert not re.search(
            r"url\(|expression|javascript|var\(", "".join(str(said) for _, said in page.attributes)
        )
        assert not re.search(r"[$\\`]", found._repr_html_())
        for line in repr(found).splitlines():
            assert len(line) <= WIDTH
            assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", line)
        assert len(found._repr_html_()) < 20_000


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(text: str) -> None:
    """In a value, a type, an id, a filter, an error, a callable's name: no element, no control character."""
    check(text)


@given(st.text(max_size=60).filter(lambda text: text.isascii() or not re.search("[\ud800-\udfff]", text)))
@examples(40)
def test_any_text_is_text(text: str) -> None:
    """Likewise any other."""
    check(text)


def test_many_clauses_and_long_ones() -> None:
    """Neither form grows without end; what is left out is said, or cut with an ellipsis."""
    many = sse.where(" or ".join(f"data.x{n} == {n}" for n in range(300)))
    long = sse.where(project_id=[f"a-project-with-a-long-name-{n}" for n in range(300)])
    for found in (of(many, {}), of(long, {"project_id": "p"})):
        assert len(found._repr_html_()) < 100_000
        assert all(len(line) <= WIDTH for line in repr(found).splitlines())
    assert "and 250 more clauses" in of(many, {})._repr_html_()
    assert "and 250 more clauses" in repr(of(many, {}))


@given(st.lists(st.integers(0, 10**6), min_size=4, max_size=4), st.integers(4, 40))
def test_bars_are_full_and_show_what_there_is(counts: list[int], width: int) -> None:
    """All characters of a bar are used, and none but what is nothing has none."""
    words = ("pass", "value", "missing", "type")
    parts = shares(dict(zip(words, counts, strict=True)), sum(counts), width)
    assert sum(parts) == (width if sum(counts) else 0)
    assert [part > 0 for part in parts] == [count > 0 for count in counts]
