"""Fields of many payloads at once: those at some paths, or all scalars.

The law: what is read of a text is what decoding all of it and looking would give, whatever the text is. The
field `x` is the payload's `x`, else the `x` inside its nested `data` object. Where names are wanted, a
decoder made for them reads over everything else; a text that it refuses is read the long way, alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, Final

import msgspec

from sse_notebook.events.payload import decode, field_of, find, walk

__all__ = ["Fields", "Scalars"]

DEPTH = 16  # objects in objects: scalars further below have no names of their own

_DOTTED: Final = re.compile(r'\.[^".]*"\s*:')

_Named = tuple[str, Callable[[Any], Any]]


class Fields:
    """Reads what stands at some paths.

    Args:
        paths: as `find` takes them, without a `data.` in front.

    Example:
        >>> Fields(["x", "o.n"]).read(['{"x": 1, "y": 2}', '{"data": {"x": 3, "o": {"n": [4]}}}', "[DONE]"])
        {'x': [1, 3, None], 'o.n': [None, [4], None]}
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = tuple(dict.fromkeys(paths))
        self._getters: Sequence[_Named] = ()
        self._decode: Callable[[str], Any] | None = None
        names = dict.fromkeys(part for path in self._paths for part in (path, path.partition(".")[0]))
        attributes = {name: f"f{number}" for number, name in enumerate(names)}
        fields: list[Any] = [
            (attribute, Any, msgspec.UNSET if "." in name else None) for name, attribute in attributes.items()
        ]
        rename = {attribute: name for name, attribute in attributes.items()}
        try:
            inner: Any = msgspec.defstruct("Inner", fields, rename=rename, gc=False)
            nested = ("nested", inner | list | str | int | float | bool | None, None)
            outer: Any = msgspec.defstruct(
                "Outer", [*fields, nested], rename={**rename, "nested": "data"}, gc=False
            )
        except ValueError:  # a name that no decoder takes, or `data`, which is one already: the long way
            return
        self._nothing, self._inner = outer(), inner
        self._decode = msgspec.json.Decoder(outer).decode
        self._getters = [(path, _getter(path, attributes)) for path in self._paths]

    def read(self, texts: Sequence[str]) -> dict[str, list[Any]]:
        """For each path a value for each text; None where there is none."""
        decoded, refused = self._decoded(texts)
        inner = [
            (row, value.nested) for row, value in enumerate(decoded) if type(value.nested) is self._inner
        ]
        columns: dict[str, list[Any]] = {}
        for path, get in self._getters:
            columns[path] = values = list(map(get, decoded))
            for row, nested in inner:
                if values[row] is None:
                    values[row] = get(nested)
        if self._decode is None:
            columns = {path: [None] * len(texts) for path in self._paths}
        for row in refused:
            payload = decode(texts[row])
            nested = payload.get("data") if isinstance(payload, dict) else None
            for path, values in columns.items():
                value = find(payload, path)
                values[row] = find(nested, path) if value is None else value
        return columns

    def _decoded(self, texts: Sequence[str]) -> tuple[list[Any], Sequence[int]]:
        """Each text as the decoder has it, and which of them it refused."""
        if self._decode is None:
            return [], range(len(texts))
        decoded: list[Any] = []
        refused: list[int] = []
        rest = map(self._decode, texts)
        while len(decoded) < len(texts):
            try:
                decoded.extend(rest)  # up to the first that is refused, which counts as taken
            except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
                refused.append(len(decoded))
                decoded.append(self._nothing)
        return decoded, refused


def _is_dotted(text: str) -> bool:
    """Whether there may be a name with a dot in it."""
    return _DOTTED.search(text) is not None or ("\\" in text and "\\u002" in text)


def _getter(path: str, attributes: dict[str, str]) -> Callable[[Any], Any]:
    """What finds a path in a decoded object."""
    whole = attrgetter(attributes[path])
    if "." not in path:
        return whole
    first, *steps = path.split(".")
    head = attrgetter(attributes[first])

    def get(value: Any) -> Any:
        found = whole(value)
        return walk(head(value), steps) if found is msgspec.UNSET else found

    return get


class Scalars:
    """Reads all texts, numbers and booleans, by their dotted paths; null counts as not there.

    Also here a name that itself contains dots comes before names inside one another, and a list or an object
    of the payload hides what has its name in the nested `data`. (Of a `data` inside that one, which has a
    path of its own, only what is there is read: `data.x` is no second name for the other rows' `x`.)

    Args:
        names: paths that are known; they come first, whether they are found or not.
        limit: how many paths there may be: the first that are found.

    Example:
        >>> Scalars([], 9).read(['{"a": {"b": 1}, "l": []}', '{"data": {"c": "x"}}'])
        {'a.b': [1, None], 'c': [None, 'x']}
    """

    def __init__(self, names: Iterable[str], limit: int) -> None:
        self._names = tuple(names)
        self._limit = limit

    def read(self, texts: Sequence[str]) -> dict[str, list[Any]]:
        """For each path a value for each text; None where there is none."""
        columns: dict[str, list[Any]] = {name: [] for name in self._names}
        odd: list[tuple[int, dict[str, Any]]] = []
        some_dotted = _is_dotted("".join(texts))
        for row, text in enumerate(texts):
            payload = decode(text)
            if type(payload) is dict and (
                self._add(payload, "", 0, row, columns) or (some_dotted and _is_dotted(text))
            ):
                odd.append((row, payload))
        for column in columns.values():
            column.extend([None] * (len(texts) - len(column)))
        for path, column in tuple(columns.items()) if odd else ():
            for row, payload in odd:
                value = field_of(payload, path)
                column[row] = None if type(value) in (list, dict) else value
            if path not in self._names and not any(value is not None for value in column):
                del columns[path]
        return columns

    def _add(
        self, payload: dict[str, Any], prefix: str, depth: int, row: int, columns: dict[str, list[Any]]
    ) -> bool:
        """Add a row's scalars; those of a nested `data` object without that prefix, last.

        Returns:
            Whether one of the payload hides one of the nested `data`: then each path is to be looked up.
        """
        odd = False
        nested = None if depth else payload.get("data")
        for name, value in payload.items():
            kind = type(value)
            if kind is dict:
                if value is not nested and depth < DEPTH:
                    self._add(value, f"{prefix}{name}.", depth + 1, row, columns)
            elif kind is not list and value is not None:
                path = prefix + name
                column = columns.get(path)
                if column is None:
                    if len(columns) >= self._limit:
                        continue
                    column = columns[path] = []
                before = row - len(column)
                if before > 0:
                    column.extend([None] * before)
                if before >= 0:  # else it has a value already: the first of two equal paths counts
                    column.append(value)
        if type(nested) is dict:
            if not payload.keys().isdisjoint(nested):
                odd = any(type(payload[name]) in (list, dict) for name in payload.keys() & nested.keys())
            self._add(nested, "", 1, row, columns)
        return odd
