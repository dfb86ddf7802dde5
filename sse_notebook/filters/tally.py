"""How often each value of one field comes, of which types: counted in bounded memory.

The law: `count` and `types` are exact. So are the values, until there are more than `DISTINCT`; from then on
rare ones are forgotten, and `is_least` says so: there are as many at least, and a count may be too small.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from sse_notebook.events.payload import encode, whole
from sse_notebook.filters.tree import Value

__all__ = ["DISTINCT", "Tally", "literal"]

DISTINCT: Final = 1_000  # values that are told apart
LONG: Final = 200  # characters from which a text is kept in part
_SHOWN: Final = 40  # characters of a value that is shown

_BITS: Final = 4_096  # of an integer: Python does not write much larger ones

_KINDS: Final[dict[type, str]] = {
    str: "text",
    int: "number",
    float: "number",
    bool: "boolean",
    list: "list",
    dict: "object",
}
_SCALARS: Final = ("text", "number", "boolean", "time")


class _Long(NamedTuple):
    """A long text: how it begins, and what tells it from others."""

    begins: str
    length: int
    hash: int


class Tally:
    """The values of one field.

    Attributes:
        count: how many there are.
        types: how many of each type: text, number, boolean, list, object, time.
        example: one of them.
        is_least: whether there are more distinct values than are told apart.

    Example:
        >>> tally = Tally()
        >>> tally.add(["ok", 5, "ok", float("nan")])
        >>> tally.count, tally.shares(), tally.distinct, tally.top()
        (3, 'text 67%, number 33%', 2, '"ok" (2), 5 (1)')
    """

    __slots__ = ("_values", "count", "example", "is_least", "types")

    def __init__(self) -> None:
        self.count = 0
        self.types: Counter[str] = Counter()
        self.example: Any = None
        self.is_least = False
        self._values: dict[str, Counter[Any]] = {}

    def add(self, values: Sequence[Any], kind: str | None = None) -> None:
        """Count values; None and NaN are none.

        Args:
            values: as JSON has them.
            kind: what type all of them are; None: their own.
        """
        kinds = Counter(map(type, values))
        if type(None) in kinds or float in kinds:
            values = [value for value in values if value is not None and value == value]
            kinds = Counter(map(type, values))
        if not values:
            return
        if self.count == 0:
            self.example = values[0]
        self.count += len(values)
        for each, number in kinds.items():
            named = kind or _KINDS.get(each, "object")
            self.types[named] += number
            if named in _SCALARS:
                own = values if len(kinds) == 1 else [value for value in values if type(value) is each]
                self._count(named, own)

    def _count(self, kind: str, values: Sequence[Any]) -> None:
        if kind == "text" and max(map(len, values)) > LONG:
            values = [v if len(v) <= LONG else _Long(v[:LONG], len(v), hash(v)) for v in values]
        known = self._values.setdefault(kind, Counter())
        known.update(values)
        if len(known) > DISTINCT:
            self.is_least = True
            self._values[kind] = Counter(dict(known.most_common(DISTINCT)))

    @property
    def distinct(self) -> int:
        """How many different texts, numbers, booleans and times; `is_least`: at least."""
        return sum(map(len, self._values.values()))

    def seen(self, kind: str) -> Counter[Any]:
        """How often each value of a type came; long texts are not among them."""
        known = self._values.get(kind, Counter())
        return Counter({value: number for value, number in known.items() if not isinstance(value, _Long)})

    def most_common(self, number: int) -> Iterator[tuple[str, int]]:
        """The most frequent values as filters write them, and how often they came."""
        every = (
            (kind, value, n) for kind, known in self._values.items() for value, n in known.most_common(number)
        )
        for kind, value, n in sorted(every, key=lambda each: -each[2])[:number]:
            yield literal(value, kind), n

    def shares(self) -> str:
        """The types, with their shares where there are several: `number 88%, text 12%`."""
        if len(self.types) == 1:
            return next(iter(self.types))
        order = sorted(self.types.items(), key=lambda each: (-each[1], each[0]))
        return ", ".join(f"{kind} {_percent(n, self.count)}" for kind, n in order)

    def top(self, number: int = 5) -> str:
        """The most frequent values in words; empty where none came twice."""
        found = list(self.most_common(number))
        if not found or (found[0][1] == 1 and self.distinct > number):
            return ""
        return ", ".join(f"{value} ({n:,})" for value, n in found)

    def shown_example(self) -> str:
        """One value, as a filter writes it."""
        return "" if self.example is None else literal(self.example, next(iter(self.types)))


def literal(value: Any, kind: str = "") -> str:
    """A value as a filter writes it, cut to be shown; lists and objects as JSON.

    Example:
        >>> literal("failed"), literal(0, "time"), literal([1, {"a": None}])
        ('"failed"', '"1970-01-01T00:00:00+00:00"', '[1,{"a":null}]')
    """
    if isinstance(value, _Long):
        value = value.begins
    if kind == "time" and isinstance(value, int):
        try:
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)
        except OverflowError:
            return str(value)
        return f'"{moment.isoformat()}"'
    if isinstance(value, str):
        said = str(Value(whole(value[:_SHOWN])))
        return said if len(value) <= _SHOWN else f"{said}…"
    if isinstance(value, list | dict):
        said = repr(encode(_few(value)))[1:-1].replace("\\'", "'")
    else:
        vast = isinstance(value, int) and value.bit_length() > _BITS
        said = f"a number of {value.bit_length():,} bits" if vast else repr(value)
    return said if len(said) <= _SHOWN else f"{said[:_SHOWN]}…"


def _few(value: Any, depth: int = 0) -> Any:
    """The beginning of a value: enough to be shown."""
    if isinstance(value, list | dict) and depth >= 3:
        return "…"
    if isinstance(value, list):
        return [_few(each, depth + 1) for each in value[:_SHOWN]]
    if isinstance(value, dict):
        return {key[:_SHOWN]: _few(value[key], depth + 1) for key in list(value)[:_SHOWN]}
    return value[:_SHOWN] if isinstance(value, str) else value


def _percent(part: int, whole: int) -> str:
    share = 100 * part / whole
    return "<1%" if share < 1 else ">99%" if share > 99 else f"{share:.0f}%"
