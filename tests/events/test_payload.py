"""`events.payload`: text to values and back, and nothing that arrives makes it fail."""

from __future__ import annotations

import doctest
import json
import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sse_notebook.errors import ArgumentError
from sse_notebook.events import payload
from sse_notebook.events.payload import NOT_JSON, decode, encode, find, is_nan, is_scalar, whole

text = st.text(max_size=12)  # whole: hypothesis leaves surrogates out by itself
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**60), 10**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text
)
values = st.recursive(scalars, lambda v: st.lists(v, max_size=4) | st.dictionaries(text, v, max_size=4))


def exact(value: Any) -> Any:
    """A value with its types, so that 1, 1.0 and True differ."""
    if isinstance(value, dict):
        return {name: exact(item) for name, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return type(value).__name__, repr(value)


def can_be_written(value: Any) -> bool:
    """Whether every text in a value can leave as UTF-8."""
    return bool(json.dumps(value, ensure_ascii=False).encode())


@given(values)
@example(2**70)
@example({"a": -0.0, "": [5e-324, 1e308]})
def test_encode_then_decode_is_the_same_value(value: Any) -> None:
    """A JSON value survives the way to text and back, types and digits included."""
    assert exact(value) == exact(decode(encode(value)))


@given(values)
def test_decode_reads_what_the_standard_library_writes(value: Any) -> None:
    """Any sender's JSON, with spaces and escapes, is the same value."""
    assert exact(value) == exact(decode(json.dumps(value, indent=1)))
    assert exact(value) == exact(decode(json.dumps(value, ensure_ascii=False)))


json_like = st.text(st.sampled_from('{}[]":,0123456789.eE+- truefalsnNaIify\\ud8'), max_size=30)


@given(st.text(st.characters()) | json_like | st.text(st.characters()).map(lambda t: json.dumps({"a": t})))
@example("")
@example('"\ud800"')
@example('{"\\ud800": "\\udfff"}')
def test_decode_never_fails(raw: str) -> None:
    """Any text is a value whose texts can be written, or is told to be no JSON."""
    value = decode(raw)
    assert value is NOT_JSON or can_be_written(value)


@given(values, st.integers(0, 200), st.integers(0, 200))
def test_decode_survives_a_cut(value: Any, start: int, end: int) -> None:
    """A payload that was cut anywhere is a value or no JSON, and never an error."""
    found = decode(encode(value)[start:end])
    assert found is NOT_JSON or can_be_written(found)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ('{"a": [1, NaN]}', {"a": [1, math.nan]}),
        ("-Infinity", -math.inf),
        ("1e400", math.inf),
        ("[1e400, 1]", [math.inf, 1]),
        ("9" * 5000, math.inf),
        ('{"n": ' + "9" * 5000 + ', "a": 1}', {"n": math.inf, "a": 1}),
        ("-" + "9" * 5000, -math.inf),
        (str(2**70), 2**70),
        (r'"\ud800"', "?"),
        (r'{"\ud800": "a\udc00b"}', {"?": "a?b"}),
        (r'"\ud83d\ude00"', "\N{GRINNING FACE}"),
        ('"\ud800"', "?"),
        ("null", None),
        ("true", True),
        ('""', ""),
        ('{"__proto__": {"a": 1}}', {"__proto__": {"a": 1}}),
        ('{"a": 1, "a": 2}', {"a": 2}),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_what_strict_decoders_refuse_is_read(raw: str, value: Any) -> None:
    """NaN, infinities, lone surrogates and huge numbers are values, as their senders meant them."""
    assert exact(value) == exact(decode(raw))


@pytest.mark.parametrize(
    "raw",
    [
        "",
        " ",
        "[DONE]",
        "ping",
        "<html>",
        "{",
        "{'a': 1}",
        "[1,]",
        "undefined",
        "[" * 100_000,
        '{"a":' * 9_999,
    ],
    ids=lambda raw: repr(raw)[:24],
)
def test_what_is_no_json_is_told_apart(raw: str) -> None:
    """Text that is no JSON, and JSON nested too deep, is `NOT_JSON`: false, and not null."""
    assert decode(raw) is NOT_JSON
    assert not NOT_JSON
    assert "NOT_JSON" == repr(NOT_JSON)
    assert decode("null") is not NOT_JSON


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        ({"a": np.int64(5), "b": np.float64(0.5), "c": np.bool_(True)}, '{"a":5,"b":0.5,"c":true}'),
        ({"a": np.arange(3)}, '{"a":[0,1,2]}'),
        ({"at": datetime(2026, 1, 1, tzinfo=UTC)}, '{"at":"2026-01-01T00:00:00Z"}'),
        ({"a": complex(1, 2)}, '{"a":"(1+2j)"}'),
        ({1: {2.5: None}}, '{"1":{"2.5":null}}'),
        ({"a": (1, 2)}, '{"a":[1,2]}'),
        ([math.nan, math.inf], "[null,null]"),
        (
            {"a": pd.NA, "b": [pd.NaT, {"c": pd.NA}]},
            '{"a":null,"b":[null,{"c":null}]}',
        ),
        ({(1, 2): 3}, '{"(1, 2)":3}'),
        ("\ud800", r'"\ud800"'),
        (2**70, str(2**70)),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_encode_has_a_word_for_everything(value: Any, raw: str) -> None:
    """numpy's numbers are numbers, times ISO text, and what JSON does not know is text."""
    assert raw == encode(value)


def deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def test_encode_refuses_what_has_no_end() -> None:
    """A value that contains itself, is nested too deep or has too many digits is a clear error."""
    circle: list[Any] = []
    circle.append(circle)
    for value in (circle, deep(100_000), 10**5_000):
        with pytest.raises(ArgumentError, match="can't be written as JSON"):
            encode(value)


def test_whole_leaves_whole_texts_alone() -> None:
    """Only a lone surrogate is replaced; a text without one comes back as it is."""
    assert "a?b" == whole("a\ud800b")
    for kept in ("", "plain", "ünïcödé", "\N{GRINNING FACE}", "\x00\ufeff\u2028"):
        assert kept == whole(kept)


PAYLOAD = {
    "meta": {"dt": "2026", "tags": ["x", {"deep": 1}]},
    "a.b": 1,
    "a": {"b": 2, "c": None},
    "0": "zero",
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("meta.dt", "2026"),
        ("meta.tags.0", "x"),
        ("meta.tags.1.deep", 1),
        ("a.b", 1),
        ("a.c", None),
        ("0", "zero"),
        ("meta.tags.2", None),
        ("meta.tags.-1", None),
        ("meta.tags.x", None),
        ("meta.dt.year", None),
        ("nothing.at.all", None),
        ("", None),
        (".", None),
    ],
)
def test_find_steps_along_a_path(path: str, value: Any) -> None:
    """A dotted path leads into objects and lists; where there is nothing it finds None."""
    assert value == find(PAYLOAD, path)


@pytest.mark.parametrize("payload", [None, 5, "text", [], {}, NOT_JSON])
def test_find_in_anything(payload: Any) -> None:
    """A payload that is no object has nothing at a name."""
    assert find(payload, "a.b") is None


def test_scalars_and_nan() -> None:
    """Text, numbers, booleans and null are scalars; NaN is the number that is none."""
    assert [True] * 5 == [is_scalar(value) for value in (None, "x", 1, 1.5, True)]
    assert [False] * 3 == [is_scalar(value) for value in ([], {}, NOT_JSON)]
    assert [True, False, False, False] == [is_nan(value) for value in (math.nan, math.inf, "nan", None)]


def test_the_examples_hold() -> None:
    """What the docstrings show is what happens."""
    assert 0 == doctest.testmod(payload).failed
