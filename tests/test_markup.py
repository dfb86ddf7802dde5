"""Text of others stays text, in HTML and on a screen."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.markup import TONES, plain, text, toned

HOSTILE = st.text() | st.sampled_from(
    ["<script>", "$x^2$", "a\x1b[31m", "\u202eevil", '" onload="x', "`a`\\("]
)


@given(HOSTILE, st.integers(1, 50))
def test_plain_is_one_short_line_that_is_seen(said: str, longest: int) -> None:
    """No control characters, nothing that turns text around, no more characters than wanted."""
    line = plain(said, longest)
    assert len(line) <= longest
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", line)


@given(HOSTILE, st.integers(1, 50))
def test_html_says_what_the_line_says(said: str, longest: int) -> None:
    """Without its elements, all of them ours, it is the same text; and it opens no mathematics."""
    found = text(said, longest)
    bare = re.sub(r"</?(?:bdi|span)>", "", found)
    assert "<" not in bare
    assert not re.search(r"[$\\`]", found)
    assert html.unescape(bare) == html.unescape(html.escape(plain(said, longest)))


@pytest.mark.parametrize("tone", TONES)
def test_a_tone_has_a_colour_without_variables_first(tone: str) -> None:
    """What drops variables leaves a colour of ours."""
    assert re.match(r"color:#[0-9a-f]{6};color:var\(--jp-\w+-color1,#[0-9a-f]{6}\)$", toned(tone))
