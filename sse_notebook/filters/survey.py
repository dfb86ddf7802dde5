"""What is there: for each field that a filter can name, how often it has a value, and which.

The law: all fields are counted over the same events. Where there are too many for that (rows, characters,
fields), they are drawn at random, evenly, always in the same way, and it is said how many they are; nothing
that arrives makes this fail, nor take longer or keep more than its limits.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Any, Final

from sse_notebook.events.payload import decode
from sse_notebook.filters.columns import column_of, times_of, told_apart
from sse_notebook.filters.names import COLUMNS, PREFIX
from sse_notebook.filters.paths import Path, fields_in, is_reachable, name_of
from sse_notebook.filters.tally import Tally

__all__ = ["PATHS", "ROWS", "Survey", "survey"]

ROWS: Final = 50_000  # events that are asked
PATHS: Final = 200  # fields of payloads that are told
_KEPT: Final = 1_024  # fields that are counted
_CHARACTERS: Final = 64 * 2**20  # of payloads that are read
_VALUES: Final = 2_000_000  # of payloads that are counted
_BATCH: Final = 4_000  # events at once
_NAMES: Final = 100_000  # names of fields that are told apart


class Survey:
    """What there is in some events.

    Attributes:
        rows: how many events there are.
        asked: how many of them were asked.
        fields: by name, as filters have it: columns in the contract's order, then fields of the payload,
            the most frequent first.
        unreachable: those of the names that no filter can write.
        more: how many fields of payloads are not told, at least.
        cut: how many payloads have more fields than are read of one.
    """

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.asked = 0
        self.fields: dict[str, Tally] = {}
        self.unreachable: set[str] = set()
        self.more = 0
        self.cut = 0

    @property
    def is_sampled(self) -> bool:
        """Whether only some of the events were asked."""
        return self.asked < self.rows

    @property
    def note(self) -> str:
        """What is to be known of these figures; empty: they are exact and complete."""
        said = []
        if self.is_sampled:
            said.append(f"of {self.asked:,} of {self.rows:,} events, drawn at random")
        if self.more:
            said.append(f"{self.more:,} more fields of payloads")
        if self.cut:
            said.append(f"{self.cut:,} payloads have more fields than are read")
        return "; ".join(said)


class _Payloads:
    """The fields of payloads, batch by batch."""

    def __init__(self) -> None:
        self.tallies: dict[Path, Tally] = {}
        self.cut = 0
        self._doubled: Counter[Path] = Counter()
        self._forgotten: set[int] = set()

    def add(self, texts: list[Any], room: int) -> tuple[int, int]:
        """Count the fields of these, as far as there is room; how many payloads and values it was."""
        columns: dict[Path, list[Any]] = {}
        values = done = 0
        for text in texts:
            done += 1
            found = fields_in(decode(text)) if isinstance(text, str) else None
            if found is None:
                continue
            for path, value in found.values.items():
                column = columns.get(path)
                if column is None:
                    columns[path] = [value]
                else:
                    column.append(value)
            self.cut += found.is_cut
            self._doubled.update(found.doubled)
            values += len(found.values)
            if values >= room:
                break
        for path, column in columns.items():
            tally = self.tallies.get(path)
            if tally is None:
                tally = self.tallies[path] = Tally()
            tally.add(column)
        if len(self.tallies) > _KEPT:
            self._forget()
        return done, values

    def _forget(self) -> None:
        order = sorted(self.tallies, key=lambda path: -self.tallies[path].count)
        for path in order[_KEPT // 2 :]:
            del self.tallies[path]
            if len(self._forgotten) < _NAMES:
                self._forgotten.add(hash(path))
        self._doubled = Counter({path: n for path, n in self._doubled.items() if path in self.tallies})

    def told(self) -> tuple[dict[Path, Tally], int]:
        """The fields that are worth being told, the most frequent first; how many more there are."""
        above = {path.rpartition(".")[0] for path in self.tallies if isinstance(path, str)}
        above |= {".".join(path[:-1]) for path in self.tallies if isinstance(path, tuple)}
        shown = {
            path: tally
            for path, tally in self.tallies.items()
            if tally.count > self._doubled[path] and not (path in above and set(tally.types) == {"object"})
        }
        order = sorted(shown, key=lambda path: -shown[path].count)
        more = len(order[PATHS:]) + len(self._forgotten - set(map(hash, self.tallies)))
        return {path: shown[path] for path in order[:PATHS]}, more


def survey(df: Any, most: int = ROWS) -> Survey:
    """What there is in a DataFrame.

    Args:
        df: rows with the columns of the contract, or some of them. Fields of payloads are read of the
            column `data`; where that is not there, of columns `data.…`.
        most: how many rows are asked.
    """
    found = Survey(len(told_apart(df)))
    # By chance, even where all may be asked: who knows how large they are.
    rows = random.Random(0).sample(range(len(df)), min(len(df), most))  # noqa: S311 - no secret
    payloads = _Payloads() if "data" in df.columns else None
    found.asked = len(rows) if payloads is None else _read(payloads, df["data"], rows)
    if found.is_sampled:
        df = df.iloc[sorted(rows[: found.asked])]
    for name in COLUMNS:
        if name in df.columns:
            found.fields[name] = _tally(df[name], name)
    if payloads is None:
        for name in df.columns:
            if isinstance(name, str) and name.startswith(PREFIX):
                found.fields[name] = _tally(df[name], name)
                if not is_reachable(name.removeprefix(PREFIX)):
                    found.unreachable.add(name)
        return found
    told, found.more = payloads.told()
    found.cut = payloads.cut
    for path, tally in told.items():
        name = name_of(path)
        found.fields[name] = tally
        if not is_reachable(path):
            found.unreachable.add(name)
    return found


def _read(payloads: _Payloads, texts: Any, rows: list[int]) -> int:
    """Count the fields of these rows' payloads; how many there was room for."""
    done, values, characters = 0, 0, 0
    while done < len(rows) and values < _VALUES and characters < _CHARACTERS:
        batch = column_of(texts.iloc[rows[done : done + _BATCH]]).values()
        asked, more = payloads.add(batch, _VALUES - values)
        done += asked
        values += more
        characters += sum(len(text) for text in batch[:asked] if isinstance(text, str))
    return done


def _tally(series: Any, name: str) -> Tally:
    tally = Tally()
    is_time = COLUMNS.get(name) == "time"
    column = times_of(series) if is_time else column_of(series)
    tally.add(column.values(), "time" if is_time else None)
    return tally
