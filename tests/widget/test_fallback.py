"""What readers without a kernel see is whole, dated, and harmless whatever came over the wire."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from html_page import Page
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.widget.fallback import GLYPHS, WORDS, static_html, static_text

PLACES = 7  # name, state, cause; type, severity, id, message
AT = datetime(2026, 1, 2, 14, 6, 31, tzinfo=UTC)

# Elements that JupyterLab's sanitiser keeps and that neither run, load nor style anything else.
TAGS = {"bdi", "code", "div", "span", "strong", "table", "td", "tr"}


@dataclass(frozen=True)
class Event:
    """The part of an event that is shown."""

    timestamp: datetime = AT
    type: str = "build.failed"
    severity: str = "error"
    resource_id: str | None = "wl-123"
    message: str | None = "exit code 1"


def snapshot(**more: Any) -> str:
    asked = {"name": "demo", "state": "open", "cause": "", "count": 1256, "events": [], "at": AT} | more
    return static_html(**asked)


def snapshot_of(text: str) -> str:
    """A snapshot in which everything that is text is this text, in PLACES places."""
    event = Event(type=text, severity=text, resource_id=text, message=text)
    return snapshot(name=text, state=text, cause=text, events=[event])


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "<style>*{display:none}</style>",
    "<!-- --><!DOCTYPE x><?php ?>",
    "</div></table><h1>out</h1>",
    "&lt;b&gt; &#36; &amp;amp;",
    "javascript:alert(1) ![x](http://example.com/x.png) [a](javascript:b)",
    "{{ 7*7 }} ${7*7} <%= 7 %>",
    r"$x^2$ $$y$$ \(z\) \[w\] \begin{align}a\end{align} `code`",
    "one\r\n\r\ntwo\u2028three\x85four",
]


@pytest.mark.parametrize("state", WORDS)
def test_each_state_has_word_and_shape(state: str) -> None:
    """The state is told by a word and by a character that no other state has."""
    text = Page(snapshot(state=state)).text
    assert WORDS[state] in text
    assert [state] == [other for other, glyph in GLYPHS.items() if glyph in text]


def test_words_are_those_of_the_live_indicator() -> None:
    """A reader of the snapshot and a reader of the live widget read the same word."""
    source = (Path(__file__).parents[2] / "js" / "src" / "words.ts").read_text(encoding="utf-8")
    table = re.search(r"WORD: Record<Shown, string> = \{(.*?)\}", source, re.DOTALL)
    assert table
    live = dict(re.findall(r'(\w+): "([^"]*)"', table[1]))
    assert WORDS | {"gone": "Kernel gone"} == live


def test_snapshot_is_dated_and_counted() -> None:
    """It says of which moment it is, in UTC, what is streamed, why, and how much there was."""
    there = timezone(timedelta(hours=2))
    text = Page(snapshot(state="exhausted", cause="404 Not Found", at=AT.astimezone(there))).text
    assert "Snapshot of 2026-01-02 14:06:31 UTC" in text
    assert "demo · 404 Not Found · 1,256 events" in text


def test_a_naive_moment_is_utc() -> None:
    """A time without a zone is taken as UTC, as everywhere."""
    assert snapshot(at=AT) == snapshot(at=AT.replace(tzinfo=None))


def test_newest_ten_newest_first() -> None:
    """Of many events the newest ten are shown, the newest on top, and it says how many."""
    events = [Event(message=f"message {n}.") for n in range(25)]
    text = Page(snapshot(events=events)).text
    assert [f"message {n}." for n in range(24, 14, -1)] == re.findall(r"message \d+\.", text)
    assert "1,256 events" in text
    assert "the newest 10 below" in text
    assert "the newest" not in Page(snapshot()).text


def test_an_event_in_full() -> None:
    """An event shows its time, type, severity, what it is about and its message."""
    text = Page(snapshot(events=[Event()])).text
    assert text.endswith("14:06:31✕ errorbuild.failedwl-123exit code 1")


def test_an_event_of_another_day_says_so() -> None:
    """A time of day alone would be taken for the day of the snapshot."""
    event = Event(timestamp=AT - timedelta(days=1))
    assert "2026-01-01 14:06:31" in Page(snapshot(events=[event])).text


def test_an_event_may_lack_id_and_message() -> None:
    """What is missing is empty, not None."""
    text = Page(snapshot(events=[Event(resource_id=None, message=None)])).text
    assert text.endswith("build.failed")


def test_long_messages_are_cut() -> None:
    """A message takes at most 200 characters, and shows that it was cut."""
    text = Page(snapshot(events=[Event(message="é" * 10_000_000)])).text
    assert "é" * 199 + "…" in text
    assert 199 == text.count("é")
    assert "…" not in Page(snapshot(events=[Event(message="é" * 200)])).text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(text: str) -> None:
    """Markup that came over the wire makes no element and no attribute, and is read as it was written."""
    page = Page(snapshot_of(text))
    assert set() == set(page.tags) - TAGS
    assert Page(snapshot_of("x")).attributes == page.attributes
    assert PLACES * sum(map(text.count, "$\\`")) == len(page.tags) - len(Page(snapshot_of("x")).tags)
    assert PLACES == page.text.count(" ".join(text.split()))


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_makes_the_same_elements(text: str) -> None:
    """Whatever the text, elements are those of the template and what stands alone for MathJax."""
    page = Page(snapshot_of(text))
    assert set() == set(page.tags) - TAGS
    # a name of a state or a severity has its colour; nothing else differs
    assert [name for name, _ in Page(snapshot_of("x")).attributes] == [name for name, _ in page.attributes]
    snapshot_of(text).encode()  # a lone surrogate would not get through to the browser


def test_nothing_opens_mathematics() -> None:
    """MathJax pairs delimiters within one run of text: each stands alone, in a part that it must skip."""
    source = snapshot_of(r"$x^2$ \(y\) `z`")
    assert not re.search(r"[$\\`]", source)
    assert "<span>&#36;</span>x^2<span>&#36;</span> <span>&#92;</span>(y<span>&#92;</span>)" in source
    assert source.startswith('<div class="tex2jax_ignore mathjax_ignore"')


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\x00", "\x1b", "\x9b", "\x07", "\ud800"])
def test_unseen_characters_are_seen(mark: str) -> None:
    """Control characters, marks that turn text around and half code points are shown as U+FFFD."""
    assert mark not in snapshot_of(f"a{mark}b")
    assert PLACES == Page(snapshot_of(f"a{mark}b")).text.count("a\ufffdb")


def test_text_is_set_apart() -> None:
    """Text from right to left is legitimate; it must not move what stands beside it."""
    assert "<bdi>مرحبا</bdi>" in snapshot(name="مرحبا")


def test_nothing_is_fetched_or_run() -> None:
    """No script, no style sheet, no address of anything."""
    source = snapshot(events=[Event()] * 12)
    assert not re.search(r"<(script|style|link|img|svg|iframe)|https?:|//|url\(|\son\w+=|href|src", source)


def test_no_blank_line() -> None:
    """A blank line would end an HTML block in Markdown, and the rest would be read as Markdown."""
    assert "\n" not in snapshot_of("a\n\nb")


def test_text_changes_only_with_the_state() -> None:
    """Stored outputs are compared: the line has no time, count or address in it."""
    assert "<EventStream demo: open>" == static_text(kind="EventStream", name="demo", state="open")
    assert "<View demo: closed>" == static_text(kind="View", name="demo", state="closed")


def test_text_is_one_line_for_terminals() -> None:
    """A name can't move the cursor, colour the terminal or begin another line."""
    assert "<EventStream a b\ufffd[31m: open>" == static_text(
        kind="EventStream", name="a\nb\x1b[31m", state="open"
    )
