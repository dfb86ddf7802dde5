"""The ways in which a secret can be written, and where only its beginning stands."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.source.forms import CUT, LEAST, WIDEST, Form, forms_of
from sse_notebook.source.redactor import MASK, Redactor

SECRET = "Kanarienvogel/0+1=2&3%4 ~5"

WAYS: dict[str, Callable[[str], str]] = {
    "itself": str,
    "a URL": lambda text: quote(text, safe=""),
    "a URL in a URL": lambda text: quote(quote(text, safe=""), safe=""),
    "JSON": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "base64": lambda text: base64.b64encode(b"x" + text.encode()).decode()[2:],
}


@pytest.mark.parametrize("way", WAYS)
def test_a_beginning_before_a_cut_is_masked(way: str) -> None:
    """Wherever a text was cut in a secret, however that is written: no more than five letters are seen."""
    redact = Redactor()
    redact.add(SECRET)
    written = WAYS[way](SECRET)
    for size in range(LEAST, len(written)):
        cut = f"refused: {written[:size]}{CUT}"
        assert redact.may_be_in(cut.encode())
        assert redact.may_be_in(json.dumps(cut).encode())
        assert redact(cut) == f"refused: ***{CUT}"


def test_a_character_of_two_escapes() -> None:
    """JSON writes it as two halves: whole or cut, it is known."""
    redact = Redactor()
    redact.add(secret := "key-\U0001f511-of-mine")
    said = json.dumps(secret)
    assert ['"***"', f'"***{CUT}'] == [redact(said), redact(f"{said[:20]}{CUT}")]


def test_several_in_one_text() -> None:
    """Each is masked, and what stands between them is as it was."""
    redact = Redactor()
    redact.add(SECRET)
    texts = [f"a {SECRET[:9]}{CUT} b", f"{SECRET} c", f"d {SECRET[:20]}{CUT}"]
    assert redact(" ".join(texts)) == f"a ***{CUT} b *** c d ***{CUT}"


def test_a_beginning_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who knows the secret may write its beginning a million times: looked at are those before the cut."""
    looked: list[int] = []
    cut_at = Form._cut_at
    monkeypatch.setattr(
        Form, "_cut_at", lambda self, text, start: looked.append(start) or cut_at(self, text, start)
    )
    redact = Redactor()
    redact.add(SECRET)
    text = SECRET[:LEAST] * 10_000
    assert redact(f"{text}{CUT}") == f"{text[:-LEAST]}***{CUT}"
    assert len(looked) <= WIDEST * len(SECRET)
    assert redact(f"{SECRET[:LEAST]}{CUT}" * 1_000) == f"***{CUT}" * 1_000


@given(st.text(st.characters(exclude_categories=["C"]), min_size=LEAST, max_size=30), st.data())
def test_any_secret_cut_anywhere(secret: str, data: st.DataObject) -> None:
    """However it is written, and whatever stands before it."""
    redact = Redactor()
    redact.add(secret)
    written = WAYS[data.draw(st.sampled_from(["itself", "a URL", "JSON"]))](secret)
    sizes = range(len(secret) if written == secret else len(written))
    size = data.draw(st.sampled_from(sizes))
    shown = redact(f"before {written[:size]}{CUT} behind")
    assert shown.endswith(f"{CUT} behind")
    assert size < 12 * LEAST or MASK in shown


def test_the_end_of_a_quotation() -> None:
    """A text that is quoted is cut before its last quotation mark, and says so behind it."""
    redact = Redactor()
    redact.add(SECRET)
    assert [f'"***"{CUT}', f"'***'{CUT}"] == [redact(f"{mark}{SECRET[:9]}{mark}{CUT}") for mark in "\"'"]


def test_a_beginning_within_a_beginning() -> None:
    """A secret that repeats itself is found too where a part of it came before."""
    redact = Redactor()
    redact.add("aaaaaaab-secret")
    assert redact(f"aaaaaaaaaab-se{CUT}") == f"aaa***{CUT}"


@given(st.text(alphabet="Kanarievogl/0% …", max_size=30))
def test_what_is_no_beginning_is_left_alone(text: str) -> None:
    """Without a cut behind it a beginning is a word like others; and so are five letters with one."""
    redact = Redactor()
    redact.add(SECRET)
    begins = any(f"{SECRET[:size]}" in text for size in range(LEAST, len(SECRET)))
    assert begins or redact(text) == text


def test_what_stands_in_a_form_in_any_case() -> None:
    """By letters and digits of it, and of its beginning, it is looked for."""
    assert [("vogel", "vog")] == [(form.part, form.head) for form in forms_of("vo.vogel")][:1]
