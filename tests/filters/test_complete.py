"""What is offered while a filter is being typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trees import event

import sse_notebook as sse
from sse_notebook.filters.complete import offered
from sse_notebook.filters.survey import survey
from sse_notebook.filters.typing_at import typing_at
from sse_notebook.store import EventStore

STORE = EventStore()
STORE.add_events(
    [
        event({"event_type": "page.edit", "status": "Failed", "n": 5, "ok": True, "o": {"x": "it's"}}),
        event({"event_type": "page.edit", "status": "ok", "n": 5, 'q"': 1, "o": {"x": 'say "a"'}}),
        event({"event_type": "page.new", "status": "Failed", "n": 7, "o": {"x": "plain"}}),
    ]
)
SEEN = [survey(STORE.df)]


@pytest.mark.parametrize(
    ("code", "what", "text"),
    [
        ('where("stat', "expression", "stat"),
        ("s.where('stat", "expression", "stat"),
        ('where(r"stat', "expression", "stat"),
        ('where("""a\nb', "expression", "a\nb"),
        ('x = ")"; s.where(\n  "stat', "expression", "stat"),
        ("wait_for(where('a", "expression", "a"),
        ('s.explain("a', "expression", "a"),
        ('s.on("build', "type", "build"),
        ("where(proj", "keyword", "proj"),
        ("where(", "keyword", ""),
        ('where("a", proj', "keyword", "proj"),
        ('where("a, b", f(1, 2), proj', "keyword", "proj"),
        ('where(status="Fa', "value", "Fa"),
        ('where(status=["a", "Fa', "value", "Fa"),
        ("# it's\nwhere('a", "expression", "a"),
        ("'unclosed\nwhere('a", "expression", "a"),
    ],
)
def test_where_it_is_typed(code: str, what: str, text: str) -> None:
    """The call, the argument and the quotes around the cursor."""
    found = typing_at(code, len(code))
    assert found is not None
    assert (what, text) == (found.what, found.text)


@pytest.mark.parametrize(
    "code",
    [
        'print("data.x',
        '"where("',
        'where("a", "b',
        'where(f"a',
        'where(b"a',
        'where(x + "a',
        "where(a.b",
        "# where('a",
        "elsewhere('a",
        "where('a') + 'b",
        "where['a",
        "{where: ('a",
        "",
        "where",
        'on(x="a',
        "x" * 200_000 + "where('a",
    ],
)
def test_where_it_is_not(code: str) -> None:
    """In any other place nothing is said."""
    assert typing_at(code, len(code)) is None


@pytest.mark.parametrize(
    ("code", "fragment", "texts"),
    [
        ('where("stat', "stat", ["status"]),
        ('where("data.', "data.", ["data.event_type", "data.status", "data.n", "data.o.x", "data.ok"]),
        ('where("not (data.n', "data.n", ["data.n"]),
        ('where("start', "start", ["startswith("]),
        ('where("lower(stat', "stat", ["status"]),
        ('where("status == ', "", ["'Failed'", "'ok'"]),
        ("where('status == ", "", ['"Failed"', '"ok"']),
        ("where('lower(status) == \"", "", ["failed", "ok"]),
        ('where(\'status in ["ok", "Fa', "Fa", ["Failed"]),
        ("where('status not in [", "", ['"Failed"', '"ok"']),
        ("where('startswith(status, \"F", "F", ["Failed"]),
        ("where('data.n == ", "", ["5", "7"]),
        ("where('data.ok == T", "T", ["True"]),
        ("where('data.o.x == \"", "", ["plain"]),
        ("where(\"type == 'page.", "page.", ["page.edit", "page.new"]),
        ("where(\"origin == 'li", "li", ["live"]),
        ('where("timestamp > ', "", []),
        ('where("status == \\"', "", []),
        ('where("status ', "", []),
        ('where("status ==', "", ["'Failed'", "'ok'"]),
        ('where("data.n5', "data.n5", []),
        ("where(status='F", "F", ["Failed"]),
        ("where(sta", "sta", ["status="]),
        ("where(status='a', sta", "sta", []),
        ("s.on('page.*", "page.*", []),
        ("s.on('build_f", "build_f", ["build_failed"]),
    ],
)
def test_what_is_offered(code: str, fragment: str, texts: list[str]) -> None:
    """Fields and functions where one may stand, values behind an operator, in quotes that fit."""
    typing = typing_at(code, len(code))
    assert typing is not None
    found = offered(typing, SEEN)
    assert texts == found.texts
    if texts:
        assert fragment == found.fragment


@given(st.text(max_size=40) | st.text("where(\"'.=,[]{}#\\\n data.x", max_size=40))
def test_any_code(code: str) -> None:
    """Whatever a cell holds, the answer is one, and begins with what is there."""
    for cursor in range(len(code) + 1):
        typing = typing_at(code, cursor)
        if typing is not None:
            fragment, texts = offered(typing, SEEN)
            assert typing.text.endswith(fragment)
            assert all(text.startswith(fragment) for text in texts)


@pytest.mark.parametrize("field", ["status", "type", "data.n", "data.o.x", "severity", "data.ok"])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_each_offer_can_be_read(field: str, quote: str) -> None:
    """A value that is taken behind a field and `==` gives a filter, and ends no quotes."""
    code = f"where({quote}{field} == "
    typing = typing_at(code, len(code))
    assert typing is not None
    texts = offered(typing, SEEN).texts
    assert texts
    for text in texts:
        assert quote not in text
        assert f"{field} == " in str(sse.where(f"{field} == {text}"))
