"""`events.memo`: a function that remembers, in bounded memory."""

from __future__ import annotations

import doctest
from typing import Any

import pytest

from sse_notebook.events import memo
from sse_notebook.events.memo import LONGEST, MOST, Memo


def test_a_text_is_asked_for_once() -> None:
    """What was given for a text, and for None, is given again."""
    asked: list[Any] = []
    remembered = Memo(lambda value: asked.append(value) or f"<{value}>")
    assert ["<a>", "<None>", "<a>"] == remembered.all(["a", None, "a"])
    assert ("<a>", "<b>") == (remembered["a"], remembered["b"])
    assert ["a", None, "b"] == asked


def test_equal_is_not_the_same() -> None:
    """1, 1.0 and True are equal, as keys too; each gets its own answer, and so does what is no key at all."""
    values = [1, 1.0, True, "1", [1], {"a": 1}, 0, False, -0.0, None]
    remembered = Memo(repr)
    for some in (values, values[::-1], values[:4]):
        assert [repr(value) for value in some] == remembered.all(some)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many names the wire has, and however long they are, few and short ones are kept."""
    monkeypatch.setattr(memo, "MOST", 10)
    remembered = Memo(len)
    names = [f"name {n}" for n in range(50)]
    assert [len(name) for name in names] == [remembered[name] for name in names]
    assert len(remembered) <= 10
    long = "x" * (LONGEST + 1)
    assert (LONGEST + 1, False) == (remembered[long], long in remembered)
    assert MOST < 100_000


def test_the_examples_hold() -> None:
    """What the docstrings show is what happens."""
    assert 0 == doctest.testmod(memo).failed
