"""`events.fields`: fields of many payloads at once, as decoding each of them and looking would give them."""

from __future__ import annotations

import doctest
import json
import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sse_notebook.events import fields
from sse_notebook.events.fields import Fields, Scalars
from sse_notebook.events.payload import decode, find

PATHS = ("a", "b", "a.b", "b.c.a", "x.y", "no", "", "a.0")


def naive(text: str, path: str) -> Any:
    """A field of a payload, by decoding all of it."""
    payload = decode(text)
    found = find(payload, path)
    return find(payload.get("data"), path) if found is None and isinstance(payload, dict) else found


def assert_read(texts: list[str], *paths: str) -> None:
    """These fields are what the plain way gives: the values, and their types."""
    expected = {path: [naive(text, path) for text in texts] for path in paths}
    assert repr(expected) == repr(Fields(paths).read(texts))


leaves = st.sampled_from(
    [None, True, 0, 2**63, -(2**70), 0.5, 1e300, math.nan, math.inf, "", "a", "\x00é", [], [1]]
)
names = st.sampled_from(["a", "b", "c", "data", "x.y", "a.b", "x", "", "é"])
values = st.recursive(
    leaves,
    lambda inner: st.dictionaries(names, inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=8,
)
payloads = st.builds(
    json.dumps, st.dictionaries(names, values, max_size=4) | values, ensure_ascii=st.booleans()
)
FRAGMENTS = (
    "",
    '"',
    "\\q",
    "\\ud800",
    "{",
    "}",
    "]",
    ",",
    "NaN",
    "1e400",
    "01",
    "\n",
    "9" * 5_000,
    ':"a":1',
    " ",
)


@st.composite
def broken(draw: st.DrawFn) -> str:
    """A payload with a part of it replaced."""
    text = draw(payloads)
    start = draw(st.integers(0, len(text)))
    return text[:start] + draw(st.sampled_from(FRAGMENTS)) + text[start + draw(st.integers(0, 2)) :]


@settings(max_examples=300)
@given(st.lists(payloads | broken(), max_size=6))
@example(
    ['{"a": 1, "a": 2}', '{"data": {"a": 1}, "data": {"b": 2}}', '{"a": 1, "data": {"a": 1}, "a": null}']
)
@example(
    ['{"\\u0061": 1}', '{"a.b": null, "a": {"b": 1}}', '{"a": 1, "b": 1e400}', '{"data": 1e400, "a": 1}']
)
@example(["", "text", "[]", '[{"a": 1}]', "null", '{"a": ' + "[" * 5_000 + "]" * 5_000 + ', "b": 1}'])
@example(['{"data": "{\\"a\\": 1}", "a": 2}', '{"data": [1], "a": 2}', '{"data": true}', '{"a": "\\ud800"}'])
def test_fields_are_what_the_whole_payload_says(texts: list[str]) -> None:
    """Whatever the texts are: also those that are no JSON, or no objects, among others that are."""
    assert_read(texts, *PATHS)
    for path in ("a", "b.c.a"):
        assert_read(texts, path)


@pytest.mark.parametrize("path", ["data", "data.a", 'a"b', "a\\b", "\n", "\ud800", 'data.a"b'])
def test_any_path_may_be_asked_for(path: str) -> None:
    """Also one that leads into the nested object as such, or has a name that must be escaped."""
    texts = [
        json.dumps(payload) for payload in ({path: 1, "a": 2}, {"data": {path: 3, "a": 4}}, {"data": [5]})
    ]
    assert_read([*texts, "text"], path, "a")


def test_many_fields_at_once() -> None:
    """Each has its own values, and a path that was given twice is one."""
    paths = [f"f{n}" for n in range(300)]
    text = json.dumps(dict(zip(paths, range(300), strict=True)))
    assert {path: [n] for n, path in enumerate(paths)} == Fields([*paths, *paths]).read([text])
    assert {"a": []} == Fields(["a"]).read([])


def test_scalars_go_on_with_known_names() -> None:
    """Known names come first, found or not, and leave room for so many others."""
    texts = ['{"b": 1, "c": 2, "d": 3, "a": 4}', "text"]
    assert {"a": [4, None], "no": [None, None], "b": [1, None]} == Scalars(["a", "no"], 3).read(texts)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"x": [1], "data": {"x": 5, "y": 6}}, {"y": 6}),  # the list is `data.x`
        ({"x": {"y": 1}, "data": {"x": 5}}, {"x.y": 1}),
        ({"x": {"y": [1]}, "data": {"x": {"y": 5, "z": 6}}}, {"x.z": 6}),
        ({"x": None, "data": {"x": 5}}, {"x": 5}),
        ({"a.b": 1, "a": {"b": 2}}, {"a.b": 1}),
        ({"a": {"b": 2}, "a.b": 1}, {"a.b": 1}),
        ({"a": {"b": 2}, "a.b": None}, {}),
        ({"a": {"b": 2}, "a.b": [1]}, {}),
        ({"data": {"a.b": 1}, "a": {"b": [2]}}, {}),
        ({"data": {"data": 6}}, {}),  # `data.data` is the object
        ({"data": 5}, {"data": 5}),
    ],
)
def test_what_hides_a_scalar(payload: dict[str, Any], expected: dict[str, Any]) -> None:
    """What stands at a path is one thing for all scalars, for some fields, and for filters."""
    for ascii_dot in (True, False):
        text = json.dumps(payload)
        text = text if ascii_dot else text.replace("a.b", "a\\u002eb")
        assert {path: [value, None] for path, value in expected.items()} == Scalars([], 9).read([text, "{}"])


@given(st.lists(payloads, max_size=6))
@example(['{"data":{"a":1},"a":[]}', '{"a":1}'])
def test_scalars_are_what_the_paths_say(texts: list[str]) -> None:
    """Each value is what is read of its path; a `data` in the nested one, and numbers, are other matters."""
    for path, values in Scalars([], 64).read(texts).items():
        if path.startswith("data."):
            continue
        found = [naive(text, path) if isinstance(decode(text), dict) else None for text in texts]
        scalars = [None if isinstance(value, list | dict) else value for value in found]
        assert repr(scalars) == repr(values)


def test_the_examples_hold() -> None:
    """What the docstrings show is what happens."""
    assert 0 == doctest.testmod(fields).failed
