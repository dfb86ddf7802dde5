"""What the tests of the reading face share: what may happen to a store, and what may be asked of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from followed import NOW, SECOND
from hypothesis import strategies as st

from sse_notebook.events import Event
from sse_notebook.events.times import from_micros
from sse_notebook.store.readable import Readable

rows = st.fixed_dictionaries(
    {"late": st.integers(-3, 12)},  # seconds before now
    optional={
        "type": st.sampled_from(["edit", "build.failed"]),
        "project_id": st.sampled_from([None, "p-1", "p-2"]),
        "resource_type": st.sampled_from([None, "workload", "project"]),
        "severity": st.sampled_from(["info", "error"]),
        "priority": st.sampled_from([None, 1, 5]),
        "source": st.sampled_from(["a", "b"]),
        "message": st.sampled_from([None, "", "up"]),
        "raw": st.sampled_from(["{}", "no JSON", '{"x":1}', '{"x":"t"}', '{"x":[1]}']),
    },
)
happenings = st.one_of(
    st.tuples(st.just("add"), st.lists(rows, min_size=1, max_size=7)),
    st.tuples(st.just("time"), st.integers(0, 12)),
    st.tuples(st.just("clear"), st.none()),
    st.tuples(st.just("max_rows"), st.integers(1, 9)),
    st.tuples(st.just("look"), st.none()),
)
some = st.sampled_from(["p-1", "p-2", "p-9"])
seconds = st.none() | st.integers(-12, 15)
narrowings = st.lists(
    st.one_of(
        st.tuples(st.just("project_id"), some | st.lists(some, max_size=2)),
        st.tuples(st.just("resource_type"), st.sampled_from(["workload", "project", "all"])),
        st.tuples(
            st.just("between"),
            st.tuples(seconds, seconds).filter(lambda both: None in both or both[0] <= both[1]),
        ),
    ),
    max_size=4,
)

Narrowing = tuple[str, Any]


def narrowed(readable: Readable, by: Sequence[Narrowing]) -> Readable:
    """Narrowed step by step; of `between`, the seconds since `NOW`."""
    for what, how in by:
        between = what == "between"
        readable = readable.between(*map(at, how)) if between else readable.where(**{what: how})
    return readable


def at(second: float | None) -> Any:
    """So many seconds after `NOW`, as a datetime; None: None."""
    return None if second is None else from_micros(round((NOW + second) * SECOND))


def fits(row: Event, by: Sequence[Narrowing]) -> bool:
    """The same for one row, in the plainest words."""
    for what, how in by:
        if what == "between":
            start, end = how
            second = row.timestamp_us / SECOND - NOW
            if (start is not None and second < start) or (end is not None and second >= end):
                return False
        elif how != "all" and getattr(row, what) not in ([how] if isinstance(how, str) else how):
            return False
    return True
