"""What could come next in a filter that is being typed: fields, functions, values that were seen.

The law: what is offered begins with what is there already, and can be read when it is taken: in the quotes
that the place has room for. Only what was seen is offered as a value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from sse_notebook.events.severity import SEVERITIES
from sse_notebook.events.types import ALIASES
from sse_notebook.filters.names import COLUMNS, FUNCTIONS, PREFIX
from sse_notebook.filters.survey import Survey
from sse_notebook.filters.tree import Value
from sse_notebook.filters.typing_at import Typing

__all__ = ["Offer", "offered"]

_MOST: Final = 100  # values that are offered
_OPERAND: Final = r"(?:lower\(\s*)?([^\W\d][\w.]*)\s*\)?"
_SIGN: Final = r"(?:[=!]=|[<>]=?|(?:not\s+)?in\s*\[(?:[^\]]*,)?)"
_COMPARED: Final = re.compile(rf"(?<![\w.]){_OPERAND}\s*{_SIGN}\s*$")
_CALLED: Final = re.compile(rf"(?:startswith|endswith)\(\s*{_OPERAND}\s*,\s*$")
_QUOTED: Final = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
_NAME: Final = re.compile(r"[^\W\d][\w.]*$")
_FIXED: Final[dict[str, tuple[str, ...]]] = {
    "severity": SEVERITIES,
    "origin": ("live", "resumed", "replayed", "added"),
}


class Offer(NamedTuple):
    """What could come.

    Attributes:
        fragment: the end of what is there, which is replaced.
        texts: by what; the likeliest first.
    """

    fragment: str
    texts: list[str]


def offered(typing: Typing, seen: Iterable[Survey]) -> Offer:
    """What could come next.

    Args:
        typing: what is being typed.
        seen: what there is in the streams that may be meant.

    Example:
        >>> from sse_notebook.filters.typing_at import typing_at
        >>> offered(typing_at('where("has(id) and stat', 23), []).texts
        ['status']
        >>> offered(typing_at("where('severity == ", 19), []).texts
        ['"info"', '"success"', '"warning"', '"error"']
    """
    surveys = list(seen)
    if typing.what == "keyword":
        names = [f"{name}=" for name in COLUMNS if name not in typing.used]
        return _beginning(typing.text, names)
    if typing.what == "type":
        return _beginning(typing.text, _plain(_values("type", surveys), typing.quote))
    if typing.what == "value":
        return _beginning(typing.text, _plain(_values(typing.keyword, surveys), typing.quote))
    return _expression(typing.text, typing.quote, surveys)


def _expression(text: str, quote: str, surveys: list[Survey]) -> Offer:
    inner = '"' if quote[:1] == "'" else "'"
    # In a text of Python's the same quotes can only stand with a backslash.
    masked = _QUOTED.sub(lambda match: "_" * len(match[0]), text)
    opened = max(masked.rfind('"'), masked.rfind("'"))
    if opened >= 0:
        asked = _COMPARED.search(text, 0, opened) or _CALLED.search(text, 0, opened)
        if asked is None or text[opened - 1 : opened] == "\\":
            return Offer("", [])
        values = _values(asked[1], surveys, lower=_is_lower(asked[0]))
        return _beginning(text[opened + 1 :], _plain(values, quote + text[opened]))
    name = _NAME.search(text)
    start = name.start() if name else len(text)
    fragment = text[start:]
    if asked := _COMPARED.search(text, 0, start):
        values = _values(asked[1], surveys, lower=_is_lower(asked[0]))
        return _beginning(fragment, _literals(values, inner))
    if not re.search(r"(?:^|[(,]|\b(?:and|or|not|in))\s*$", text[:start]):
        return Offer("", [])
    if start and text[:start].rstrip() == text[:start] and text[start - 1] not in "(,":
        return Offer("", [])
    fields: Counter[str] = Counter()
    for survey in surveys:
        names = (name for name in survey.fields if name.startswith(PREFIX) and name not in survey.unreachable)
        fields.update({name: survey.fields[name].count for name in names})
    functions = [f"{each}(" for each in FUNCTIONS]
    return _beginning(fragment, [*COLUMNS, *(name for name, _ in fields.most_common()), *functions])


def _is_lower(asked: str) -> bool:
    return asked.startswith("lower(") or "(lower(" in asked


def _values(name: str, surveys: list[Survey], *, lower: bool = False) -> list[Any]:
    """The values of a field, the most frequent first."""
    if name in _FIXED:
        return list(_FIXED[name])
    counts: Counter[Any] = Counter()
    names = ("type", "event_type") if name == "type" else (name,)
    for survey in surveys:
        for each in names:
            tally = survey.fields.get(each)
            for kind in ("text", "number", "boolean"):
                if tally is not None and COLUMNS.get(name) != "time":
                    counts.update({(kind, value): n for value, n in tally.seen(kind).items()})
    values = [value for (_, value), _ in counts.most_common(_MOST)]
    if lower:
        values = list(dict.fromkeys(value.lower() for value in values if isinstance(value, str)))
    known = [each for each in ALIASES if each not in values] if name == "type" else []
    return [*values, *known]


def _plain(values: Iterable[Any], quotes: str) -> list[str]:
    """Texts that can stand between these quotes as they are."""
    barred = {*quotes, "\\"}
    return [
        value for value in values if isinstance(value, str) and value.isprintable() and not barred & {*value}
    ]


def _literals(values: Iterable[Any], inner: str) -> list[str]:
    """Values as the expression has them, in quotes that may stand in the outer ones."""
    other = "'" if inner == '"' else '"'
    found = []
    for value in values:
        if isinstance(value, str):
            if value.isprintable() and not {*value} & {inner, other, "\\"}:
                found.append(f"{inner}{value}{inner}")
        else:
            found.append(str(Value(value)))
    return found


def _beginning(fragment: str, texts: Iterable[str]) -> Offer:
    return Offer(fragment, [text for text in dict.fromkeys(texts) if text.startswith(fragment)])
