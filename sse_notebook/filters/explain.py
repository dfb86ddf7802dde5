"""Why events passed a filter or not: each clause asked of each event, and the counts that follow.

The law: what is counted is what asking event by event, clause by clause, would give. An event is refused
first by exactly one clause, so that `first_fail` adds up to all that were refused; a near miss is an event
that exactly one clause, turned the other way, would let through.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import ArgumentError
from sse_notebook.events.payload import whole
from sse_notebook.filters.blame import Verdict, leaves
from sse_notebook.filters.evidence import Evidence
from sse_notebook.filters.explanation import Explanation
from sse_notebook.filters.frame import Frame, Rows
from sse_notebook.filters.mask import operands, paths_of
from sse_notebook.filters.names import PREFIX
from sse_notebook.filters.outcome import OUTCOMES, TYPE, Answer, answer, base_of
from sse_notebook.filters.suggest import Case, suggestions
from sse_notebook.filters.tree import TRUE, And, Field, Node, Not, Opaque, Or
from sse_notebook.filters.types import is_about_type

if TYPE_CHECKING:
    from sse_notebook.filters.filter import Filter

__all__ = ["evidence_of", "explained", "seen_in"]

Array = Any  # numpy's

NEAR: Final = 100  # near misses that are listed
SAMPLES: Final = 3  # refused events that are listed for each clause
LONGEST: Final = 120  # characters of a value that is shown
_NOTHING: Final = "there is no event to ask yet: nothing can be said"


def evidence_of(x: Any, asked: Filter, clock: Clock = SYSTEM) -> Evidence:
    """What a filter is explained on.

    Args:
        x: a DataFrame, or anything with the reading face: a stream, a view, a store.
        asked: the filter.
        clock: what ages in a DataFrame are counted by; all else has a clock of its own.

    Raises:
        ArgumentError: neither.
    """
    if isinstance(x, pd.DataFrame):
        return Evidence(x, len(x), clock, notes=list(_no_columns(asked, x)))
    if x is None:
        raise ArgumentError("a filter is explained on a stream, view, store or DataFrame: f.explain(stream)")
    evidence = getattr(x, "_evidence", None)
    if evidence is None:
        raise ArgumentError(f"a filter is explained on a stream, view, store or DataFrame, not on {x!r:.80}")
    found: Evidence = evidence(asked)
    return found


def _no_columns(asked: Filter, df: pd.DataFrame) -> Iterator[str]:
    """Columns that a filter needs and a frame does not have."""
    known = list(map(str, df.columns))
    asks = [] if asked.tree == TRUE else leaves(asked.tree)
    fields = (base_of(operand) for leaf in asks for operand in operands(leaf))
    for name in dict.fromkeys(field.name for field in fields if isinstance(field, Field)):
        if name in known or (name.startswith(PREFIX) and "data" in known):
            continue
        folded = {each.casefold(): each for each in known}
        near = difflib.get_close_matches(name[:100].casefold(), folded, 1)
        meant = f" (did you mean {folded[near[0]]:.60}?)" if near else ""
        source = ", nor `data`, of which it could be read" if name.startswith(PREFIX) else ""
        yield f"this frame has no column `{name}`{source}{meant}"


def explained(asked: Filter, evidence: Evidence) -> Explanation:
    """Why events passed a filter or not.

    Args:
        asked: the filter.
        evidence: the events.
    """
    tree = asked.tree
    rows = Frame(evidence.frame, paths_of(tree), evidence.clock.time())
    asks = [] if tree == TRUE else list(leaves(tree))
    answers = [answer(leaf, rows) for leaf in asks]
    if asks:
        verdict = Verdict(tree, [each.passed for each in answers])
        passed, first, pivots = verdict.truth, verdict.blamed(), verdict.pivots()
    else:
        passed, first, pivots = np.ones(len(rows), bool), np.zeros(len(rows), np.int64), []
    refused = ~passed
    alone = [pivot & refused for pivot in pivots]
    only = [int(np.count_nonzero(each)) for each in alone]
    firsts = np.bincount(first[refused], minlength=len(asks)).tolist()
    newest = _newest_first(evidence.frame)
    table = _Table(evidence.frame, rows, asks, answers)
    near = np.sum(alone, axis=0) == 1 if alone else refused
    nearest = newest[near[newest]]
    pivotal = np.argmax(alone, axis=0) if alone else first
    refused_newest = newest[refused[newest]]
    dropped = [refused_newest[first[refused_newest] == leaf][:SAMPLES] for leaf in range(len(asks))]
    chosen = np.concatenate(dropped) if dropped else np.zeros(0, np.int64)
    cases = [
        Case(leaf, found, more, *stand)
        for leaf, found, more, stand in zip(asks, answers, only, _stands(tree), strict=False)
    ]
    return Explanation(
        filter=asked,
        clauses=_clauses(asks, answers, firsts, only),
        negated=[turned for _, turned in _turned(tree)] if asks else (),
        near_misses=table.of(nearest[:NEAR], pivotal[nearest[:NEAR]]),
        near=len(nearest),
        samples=table.of(chosen, first[chosen]),
        suggestions=(
            list(map(evidence.hide, suggestions(cases, rows)))
            if len(rows)
            else [evidence.nothing or _NOTHING]
        ),
        events=len(rows),
        arrived=max(evidence.arrived, len(rows)),
        passed=int(np.count_nonzero(passed)),
        within=evidence.within,
        notes=[*evidence.notes, *_lost(evidence.lost, passed)],
        hide=evidence.hide,
    )


def _lost(lost: Any, passed: Array) -> Iterator[str]:
    """Which of the events are not among the rows, so that a view has fewer than pass."""
    if lost is None:
        return
    filtered = int(np.count_nonzero(passed & (lost == "filtered")))
    if filtered:
        verb = "was" if filtered == 1 else "were"
        own = "refused by the stream's own filter: views do not have them"
        yield f"{filtered:,} of those that pass {verb} {own}"
    gone = (lost != "") & (lost != "filtered")
    if number := int(np.count_nonzero(gone)):
        bounds = ", ".join(sorted(set(lost[gone].tolist())))
        verb = "is" if number == 1 else "are"
        passing = int(np.count_nonzero(passed & gone))
        yield (
            f"{number:,} of the events asked, {passing:,} of those that pass, "
            f"{verb} not kept any more ({bounds})"
        )


def _clauses(asks: list[Node], answers: list[Answer], firsts: list[int], only: list[int]) -> pd.DataFrame:
    counts = {word: [each.count(code) for each in answers] for code, word in enumerate(OUTCOMES)}
    numbers = counts | {"first_fail": firsts, "only_fail": only}
    columns = {name: pd.array(values, dtype="int64") for name, values in numbers.items()}
    return pd.DataFrame({"clause": pd.array([str(leaf) for leaf in asks], dtype="str")} | columns)


def _newest_first(df: pd.DataFrame) -> Array:
    """The rows' places, the newest first; of a frame without times the last is the newest."""
    if "received_at" in df.columns and df["received_at"].dtype.kind == "M":
        times = df["received_at"].to_numpy("datetime64[us]").view(np.int64)
        return np.argsort(times, kind="stable")[::-1]
    return np.arange(len(df))[::-1]


def _turned(tree: Node, turned: bool = False) -> Iterator[tuple[Node, bool]]:
    """The leaves, and whether each stands behind an odd number of `not`."""
    if isinstance(tree, Not):
        yield from _turned(tree.part, not turned)
    elif isinstance(tree, And | Or) and tree.parts:
        for part in tree.parts:
            yield from _turned(part, turned)
    else:
        yield tree, turned


def _stands(tree: Node) -> list[tuple[str | None, bool]]:
    """For each leaf itself, or its `not`, if that must be true, else None; and whether it is the `not`."""
    return list(_needed(tree, turned=False, needed=True))


def _needed(tree: Node, *, turned: bool, needed: bool) -> Iterator[tuple[str | None, bool]]:
    if isinstance(tree, Not):
        yield from _needed(tree.part, turned=not turned, needed=needed)
    elif isinstance(tree, And | Or) and tree.parts:
        both = isinstance(tree, And) != turned  # `not (a or b)` is `not a and not b`
        for part in tree.parts:
            yield from _needed(part, turned=turned, needed=needed and both)
    else:
        yield (f"not {tree}" if turned else str(tree)) if needed else None, needed and turned


# -- events that are shown -------------------------------------------------------------------------------


class _Table:
    """Makes tables of events and of what a clause saw in each."""

    def __init__(self, df: pd.DataFrame, rows: Rows, asks: list[Node], answers: list[Answer]) -> None:
        self._df = df
        self._rows = rows
        self._asks = asks
        self._answers = answers

    def of(self, places: Array, blamed: Array) -> pd.DataFrame:
        """These events, each with a clause.

        Args:
            places: the rows.
            blamed: the number of the clause for each.
        """
        values: list[str | None] = [None] * len(places)
        outcomes = [""] * len(places)
        for leaf in np.unique(blamed).tolist():
            at = np.flatnonzero(blamed == leaf)
            codes = self._answers[leaf].codes[places[at]]
            seen = seen_in(self._asks[leaf], self._rows.rows(places[at]), codes)
            for row, code, value in zip(at.tolist(), codes.tolist(), seen, strict=True):
                outcomes[row], values[row] = OUTCOMES[code], value
        index: Any = self._df.index[places]
        if "seq" in index.names:  # an archive's has the writer beside it
            index = index.get_level_values("seq")
        seqs = index.to_numpy(np.int64) if index.dtype.kind in "iu" else np.full(len(places), -1)
        return pd.DataFrame(
            {
                "seq": seqs.astype(np.int64),
                "id": self._texts("id", places),
                "timestamp": self._times(places),
                "type": self._texts("type", places),
                "resource_id": self._texts("resource_id", places),
                "clause": pd.array([str(self._asks[leaf]) for leaf in blamed.tolist()], dtype="str"),
                "outcome": pd.array(outcomes, dtype="str"),
                "value": pd.array([None if each is None else whole(each) for each in values], dtype="str"),
            }
        )

    def _times(self, places: Array) -> Any:
        if "timestamp" not in self._df.columns:
            return pd.array([pd.NaT] * len(places), dtype="datetime64[us, UTC]")
        times = self._df["timestamp"].iloc[places]
        return pd.to_datetime(times, utc=True, errors="coerce").array.astype("datetime64[us, UTC]")

    def _texts(self, name: str, places: Array) -> Any:
        found = self._rows.rows(places).column(Field(name)).values()
        return pd.array([whole(value) if isinstance(value, str) else None for value in found], dtype="str")


def seen_in(clause: Node, rows: Rows, codes: Array) -> list[str | None]:
    """What a clause saw in each of some rows; None: nothing was there, or a callable looked for itself.

    Args:
        clause: one clause.
        rows: which rows.
        codes: what it answered of each (`outcome.answer`).
    """
    asked = [base_of(operand) for operand in operands(clause)]
    if not asked or isinstance(clause, Opaque):
        return [None] * len(rows)
    if is_about_type(clause):  # which asks more than the type
        asked += [Field("event_type"), Field("status")]
    columns = [rows.column(operand, objects=True).values() for operand in asked]
    times = [isinstance(operand, Field) and operand.name in ("timestamp", "received_at") for operand in asked]
    seen: list[str | None] = []
    for code, *values in zip(codes.tolist(), *columns, strict=True):
        said = [
            _when(value) if is_time else _told(value, quoted=code == TYPE)
            for value, is_time in zip(values, times, strict=True)
            if value is not None
        ]
        text = " · ".join(dict.fromkeys(said))  # a type is often the same on the wire
        seen.append((text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…") if said else None)
    return seen


def _when(micros: Any) -> str:
    return str(np.datetime64(micros, "us")) + "Z" if isinstance(micros, int) else str(micros)


def _told(value: Any, *, quoted: bool) -> str:
    """A value as text; a text in quotes where its type is what matters."""
    if isinstance(value, str):
        value = value[: LONGEST + 1]
        return json.dumps(value, ensure_ascii=False) if quoted else value
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return str(value) if value.bit_length() < 4_000 else "a number of more than 1,000 digits"
    if isinstance(value, list | dict):
        return _short(value)
    return f"{value:.12g}" if isinstance(value, float) else str(value)[:LONGEST]


def _short(value: Any) -> str:
    """A list or an object as JSON, of which only the beginning is written."""
    said = ""
    for part in json.JSONEncoder(ensure_ascii=False, default=str).iterencode(value):
        said += part[:LONGEST]
        if len(said) > LONGEST:
            break
    return said
