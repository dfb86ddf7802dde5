"""Why events passed a filter or not, beside asking them one by one; one event asked; a view read again.

The law: both say the same of every clause before anything is timed. Who asks one by one has the events as
objects, and each clause as the function that the package makes of it; only counts are asked of him, neither
why a clause refused nor what to do. Processor time of all threads counts.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence

import sse_notebook as sse
from benchmarks.frames import timed
from benchmarks.harness import Report, Runner, Size, Target, race
from benchmarks.resident import Resident
from sse_notebook.events import Event
from sse_notebook.filters.blame import leaves
from sse_notebook.filters.frame import Frame
from sse_notebook.filters.tree import And, Node, Not, Or

__all__ = ["run"]

OURS = "sse_notebook"
LOOP = "event by event"
HEAD = ("", "version", "µs an event", "time (ours = 1)")
MOST = 100_000  # events
FILTERS = {
    "three clauses": 'type == "build.*" and data.duration > 900 and status == "Failed"',
    "six clauses": 'project_id in ["p-07", "p-08"] and not (data.attempt == "1" or data.region == "x")'
    ' and (startswith(message, "ka") or data.durations > 3 or severity > "info")',
}

Counts = list[tuple[int, int, int]]  # for each clause: passed, refused first, refused alone


def run(size: Size) -> Iterator[Report]:
    """Two filters, on a frame without payload columns."""
    number = min(size.rows, MOST)
    resident = Resident(number)
    resident.check()
    df = resident.store.to_pandas(expand=[])
    events = Frame(df, (), 0.0).events()
    for name, expression in FILTERS.items():
        asked = sse.where(expression)
        found = asked.explain(df)
        ours = found.clauses[["pass", "first_fail", "only_fail"]]
        if list(ours.itertuples(index=False, name=None)) != one_by_one(asked.tree, events):
            raise AssertionError(f"{ours} against {one_by_one(asked.tree, events)}")
        result = race(
            [
                Runner(OURS, lambda asked=asked: timed(lambda: asked.explain(df)), ours=True),
                Runner(LOOP, lambda asked=asked: timed(lambda: one_by_one(asked.tree, events))),
            ],
            size.rounds,
        )
        yield Report(
            f"An explanation, {name}",
            f"`where('{expression}').explain(df)` of {number:,} events: counts, near misses, suggestions. "
            "Against a loop that asks each clause of each event, and the whole once more with each clause "
            "turned the other way: for the counts alone, and its events' payloads stay decoded.",
            HEAD,
            result.rows(OURS, number),
            [
                Target(
                    "An explanation of 100,000 events",
                    statistics.median(result.times[OURS]) * MOST / number,
                    3,
                    least=False,
                    unit="s",
                ),
                Target("Times as fast as one by one", result.ratio(LOOP, OURS), 1),
            ],
        )

    yield asked_of_each(size, events)
    yield read_again(size, resident)


def asked_of_each(size: Size, events: Sequence[Event]) -> Report:
    """A filter of three clauses as a function of one event, as handlers have it."""
    expression = FILTERS["three clauses"]
    fits = sse.where(expression).predicate()

    def by_hand(event: Event) -> bool:
        data = event.data
        duration = data.get("duration") if isinstance(data, dict) else None
        return (
            (event.type == "build" or event.type.startswith("build."))
            and isinstance(duration, int | float)
            and duration > 900
            and event.status == "Failed"
        )

    if [bool(fits(event)) for event in events] != [by_hand(event) for event in events]:
        raise AssertionError("the two do not say the same")
    result = race(
        [
            Runner(OURS, lambda: timed(lambda: sum(map(fits, events))), ours=True),
            Runner("written by hand", lambda: timed(lambda: sum(map(by_hand, events)))),
        ],
        size.rounds,
    )
    took = statistics.median(result.times[OURS]) * 1e6 / len(events)
    return Report(
        "A predicate of three clauses",
        f"`where('{expression}').predicate()` of each of {len(events):,} events, whose payloads are decoded; "
        "and a function that does the same, written for these three.",
        HEAD,
        result.rows(OURS, len(events)),
        [Target("An event", took, 2, least=False, unit="µs")],
    )


def read_again(size: Size, resident: Resident) -> Report:
    """A view is read after fresh rows; and its filter is asked of all rows anew."""
    number = min(size.rows, MOST)
    view = resident.store.where(FILTERS["three clauses"])

    def anew() -> int:
        return len(resident.store.where(FILTERS["three clauses"]))

    def once(reading: Callable[[], int]) -> float:
        resident.add(size.fresh)
        return timed(reading)

    if len(view) != anew():
        raise AssertionError("the two have not the same rows")
    result = race(
        [
            Runner(OURS, lambda: once(lambda: len(view)), ours=True),
            Runner("asked anew", lambda: once(anew)),
        ],
        size.rounds,
    )
    return Report(
        "A view after fresh rows",
        f"The rows of `store.where('{FILTERS['three clauses']}')`, {number:,} kept and {size.fresh:,} fresh: "
        "only these are asked. Against a view that is made anew, and asks all.",
        ("", "version", "ms", "time (ours = 1)"),
        result.rows(OURS, 1_000),
        [Target("Times as fast as asked anew", result.ratio("asked anew", OURS), 1)],
    )


def one_by_one(tree: Node, events: Sequence[Event]) -> Counts:
    """The counts, each event asked alone."""
    tests = [sse.where(str(leaf)).predicate() for leaf in leaves(tree)]
    holds, _ = compiled(tree, 0)
    counts = [[0, 0, 0] for _ in tests]
    for event in events:
        answers = [test(event) for test in tests]
        for count, answer in zip(counts, answers, strict=True):
            count[0] += answer
        if holds(answers):
            continue
        counts[blamed(tree, answers, 0)][1] += 1
        for leaf, count in enumerate(counts):
            answers[leaf] = not answers[leaf]
            count[2] += holds(answers)
            answers[leaf] = not answers[leaf]
    return [(passed, first, alone) for passed, first, alone in counts]


Holds = Callable[[list[bool]], bool]


def compiled(tree: Node, first: int) -> tuple[Holds, int]:
    """What a tree says, of what its clauses say; and the number of the clause after its last."""
    if isinstance(tree, Not):
        inner, first = compiled(tree.part, first)
        return lambda answers: not inner(answers), first
    if not isinstance(tree, And | Or):
        return lambda answers: answers[first], first + 1
    parts: list[Holds] = []
    for part in tree.parts:
        holds, first = compiled(part, first)
        parts.append(holds)
    join = all if isinstance(tree, And) else any
    return lambda answers: join(part(answers) for part in parts), first


def blamed(tree: Node, answers: list[bool], first: int) -> int:
    """The clause that made a tree what it is, first in order."""
    if isinstance(tree, Not):
        return blamed(tree.part, answers, first)
    if not isinstance(tree, And | Or):
        return first
    said = compiled(tree, first)[0](answers)
    for part in tree.parts:
        holds, after = compiled(part, first)
        if holds(answers) == said:
            return blamed(part, answers, first)
        first = after
    raise AssertionError("no part says what the whole says")
