"""The payload of an event: text to Python values, and how a field is found in them. The door to msgspec.

The law: nothing that arrives can make this fail. Text that is not JSON is told apart, not raised about; JSON
that strict decoders refuse but servers send (NaN, lone surrogates, huge numbers) is read all the same; a
payload nested too deep counts as text. No text leaves here that could not be written as UTF-8.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from sse_notebook.errors import ArgumentError

__all__ = [
    "NOT_JSON",
    "Missing",
    "all_whole",
    "decode",
    "encode",
    "field_of",
    "find",
    "is_nan",
    "is_scalar",
    "value_of",
    "walk",
    "whole",
]


class Missing:
    """The type of `NOT_JSON`: what `decode` gives for text that is no JSON."""

    def __repr__(self) -> str:
        return "NOT_JSON"

    def __bool__(self) -> bool:
        return False


NOT_JSON: Final = Missing()

_fast: Callable[[str], Any] = msgspec.json.Decoder().decode


def decode(text: str) -> Any:
    """The value that `text` is as JSON, or `NOT_JSON`.

    Example:
        >>> decode('{"a": [1, NaN]}')
        {'a': [1, nan]}
        >>> decode("[DONE]")
        NOT_JSON
    """
    try:
        return _fast(text)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        pass
    except RecursionError:
        return NOT_JSON
    # Second look, for what is JSON to its senders though not to RFC 8259: NaN, lone surrogates, 1e400.
    try:
        return _mended(json.loads(text, parse_int=_int))
    except (ValueError, RecursionError):
        return NOT_JSON


def value_of(text: str) -> Any:
    """The value of a payload: what it is as JSON, else the text itself.

    Example:
        >>> value_of("[1]"), value_of("[DONE]")
        ([1], '[DONE]')
    """
    value = decode(text)
    return text if value is NOT_JSON else value


def encode(value: Any) -> str:
    """A value as JSON text; what JSON has no word for becomes text, what is no number or no time null.

    Null become NaN, the infinities, and pandas' `NA` and `NaT`.

    Raises:
        ArgumentError: it has no end (it contains itself), or is nested too deep.

    Example:
        >>> encode({"a": 1})
        '{"a":1}'
    """
    try:
        return msgspec.json.encode(value, enc_hook=_plain).decode()
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError, TypeError, ValueError):
        pass
    try:
        return json.dumps(value, default=_plain, separators=(",", ":"))
    except (RecursionError, TypeError, ValueError) as error:
        raise ArgumentError(f"this can't be written as JSON: {error}") from None


def whole(text: str) -> str:
    """A text with its lone surrogates replaced: they would break every door that encodes (Arrow, comms).

    Example:
        >>> whole("a\\ud800b")
        'a?b'
    """
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def all_whole(texts: Sequence[str]) -> Sequence[str]:
    """These texts, each as `whole` gives it: themselves, as a rule."""
    joined = "".join(texts)
    try:
        joined.isascii() or joined.encode()
    except UnicodeEncodeError:
        return list(map(whole, texts))
    return texts


def _plain(value: Any) -> Any:
    """What stands in for a value that JSON does not know: a number for numpy's numbers, else text."""
    tolist = getattr(value, "tolist", None)  # by its method: numpy has another door
    if callable(tolist):
        return tolist()
    return None if _is_nothing(value) else str(value)


def _is_nothing(value: Any) -> bool:
    """Whether it is one of pandas' words for nothing, which are equal to nothing, not even to themselves."""
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return type(value).__name__ == "NAType"  # `pd.NA` answers neither yes nor no


def _int(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:  # more digits than Python converts: as with 1e400, too large to tell
        return float(digits)


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_mended(item) for item in value]
    return value


def find(payload: Any, path: str) -> Any:
    """What stands at a dotted path; None where nothing does.

    A name that itself contains dots is found too (`{"a.b": 1}` at `"a.b"`); numbers step into lists.

    Example:
        >>> find({"meta": {"dt": "2026-01-01", "tags": ["x"]}}, "meta.tags.0")
        'x'
    """
    if isinstance(payload, Mapping) and path in payload:
        return payload[path]
    return walk(payload, path.split("."))


def field_of(payload: Any, path: str) -> Any:
    """The field `data.…` of a payload: what stands at the path, else there inside its nested `data` object.

    Example:
        >>> field_of({"x": 1, "data": {"x": 2, "y": 3}}, "x"), field_of({"data": {"y": 3}}, "y")
        (1, 3)
    """
    value = find(payload, path)
    if value is None and type(payload) is dict:
        return find(payload.get("data"), path)
    return value


def walk(payload: Any, steps: Iterable[str]) -> Any:
    """Where names of fields and numbers of items lead, one after the other; None: nowhere."""
    for step in steps:
        if isinstance(payload, Mapping):
            payload = payload.get(step)
        elif isinstance(payload, list) and step.isdecimal() and int(step) < len(payload):
            payload = payload[int(step)]
        else:
            return None
    return payload


def is_scalar(value: Any) -> bool:
    """Whether a value is text, a number, a boolean or null (NaN counts as null elsewhere)."""
    return value is None or isinstance(value, str | int | float | bool)


def is_nan(value: Any) -> bool:
    """Whether a value is the number that is none."""
    return isinstance(value, float) and math.isnan(value)
