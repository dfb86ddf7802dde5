"""The fields of one payload, by the names that filters have for them.

The law: what stands here under a path is what `predicate.field_of` finds at that path. A field that no path
of the language leads to (a name with a dot below the top, a space, a quote) is told too, by its steps.
However deep or wide a payload is, so many fields are read of it and no more.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final, NamedTuple

from sse_notebook.filters.names import PREFIX, is_path

__all__ = ["DEPTH", "WIDEST", "Found", "Path", "fields_in", "is_reachable", "name_of"]

DEPTH: Final = 16  # objects in objects
WIDEST: Final = 512  # fields of one payload

Path = str | tuple[str, ...]  # dotted, as filters have it behind `data.`; or the steps to what has no path


class Found(NamedTuple):
    """What one payload has.

    Attributes:
        values: by path; none of them is None.
        doubled: paths whose values stand at a shorter path too: `data.x`, which is `x`.
        is_cut: whether there is more than was read.
    """

    values: dict[Path, Any]
    doubled: set[Path]
    is_cut: bool


def fields_in(payload: Any) -> Found:
    """The fields of a payload, objects and lists among them; none of what is no object.

    Example:
        >>> fields_in({"x": 1, "data": {"x": 2, "y": 3}}).values
        {'x': 1, 'data': {'x': 2, 'y': 3}, 'data.x': 2, 'data.y': 3, 'y': 3}
        >>> fields_in({"a b": 1, "o": {"c.d": 2}}).values
        {'a b': 1, 'o': {'c.d': 2}, ('o', 'c.d'): 2}
    """
    if type(payload) is not dict:
        return Found({}, set(), is_cut=False)
    values, is_cut = _walked(payload)
    doubled: set[Path] = set()
    nested = payload.get("data")
    if type(nested) is dict:
        inner, inner_cut = _walked(nested)
        is_cut |= inner_cut
        for path, value in inner.items():
            if values.get(path) is None and type(path) is str:
                values[path] = value
                longer: Path = f"data.{path}" if ("data", path) not in values else ("data", path)
                doubled.add(longer)
    return Found({path: value for path, value in values.items() if value is not None}, doubled, is_cut)


def _walked(top: dict[str, Any]) -> tuple[dict[Path, Any], bool]:
    """By path what stands there; None where a null with a dot in its name hides what would."""
    found: dict[Path, Any] = {}
    for name, value in top.items():
        if value is not None or "." in name:
            found[name] = value
            if len(found) >= WIDEST:
                return found, True
    is_cut = False
    # In width first: of what is too much, the deepest is left out.
    waiting: deque[tuple[Path, dict[str, Any], int]] = deque(
        (name if name.isidentifier() else (name,), value, 1)
        for name, value in top.items()
        if type(value) is dict
    )
    while waiting:
        above, inside, depth = waiting.popleft()
        if depth >= DEPTH:
            is_cut = is_cut or bool(inside)
            continue
        for name, value in inside.items():
            if value is None:
                continue
            path: Path
            if isinstance(above, tuple):
                path = (*above, name)
            else:
                path = f"{above}.{name}" if name.isidentifier() else (*above.split("."), name)
            if path not in found:
                found[path] = value
            if type(value) is dict:
                waiting.append((path, value, depth + 1))
            if len(found) >= WIDEST:
                return found, True
    return found, is_cut


def is_reachable(path: Path) -> bool:
    """Whether a filter can name it."""
    return type(path) is str and is_path(f"{PREFIX}{path}")


def name_of(path: Path) -> str:
    """A path as it is shown: `data.o.x` as filters have it, else `data.o["a b"]`, which they have not.

    Example:
        >>> name_of("o.x"), name_of("a b"), name_of(("o", "c.d"))
        ('data.o.x', 'data["a b"]', 'data.o["c.d"]')
    """
    if is_reachable(path):
        return f"{PREFIX}{path}"
    shown = "data"
    steps = tuple(path.split(".")) if isinstance(path, str) else path
    if isinstance(path, str) and not all(map(str.isidentifier, steps)):
        steps = (path,)
    for step in steps:
        said = repr(step[:80])
        if said[0] == "'" and '"' not in said:
            said = f'"{said[1:-1]}"'
        shown += f".{step}" if step.isidentifier() and is_path(f"{PREFIX}{step}") else f"[{said}]"
    return shown if len(shown) <= 200 else f"{shown[:200]}…"
