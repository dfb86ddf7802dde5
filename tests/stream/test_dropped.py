"""`stream.dropped`: what took no row, or takes none any more, and why; and the bounds of a stream."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from raw_server import CHUNKED, LAST, RawServer, chunk, hold
from support import QUICK, eventually
from test_intake import balance, event

import sse_notebook as sse
from sse_notebook.errors import ArgumentError


def said(df: pd.DataFrame) -> list[tuple[int, str, Any]]:
    """The number, reason and clause of each row."""
    clauses = df["clause"].astype(object).where(df["clause"].notna(), None)
    return [
        (json.loads(text)["n"], reason, clause)
        for text, reason, clause in zip(df["data"], df["reason"], clauses, strict=True)
    ]


def test_what_was_dropped_and_why(server: RawServer) -> None:
    """Evicted, filtered and sent twice: each with its reason, in the order in which they came."""
    first = b"".join(event(n, project_id="p-1" if n < 4 else "p-2") for n in range(5))
    again = b"".join(event(n, project_id="p-1") for n in (2, 3, 5))
    url = server.play("/x", [CHUNKED, chunk(first), LAST], [CHUNKED, chunk(again), hold])
    stream = sse.connect(url, project_id="p-1", max_rows=2, **QUICK).wait_for(5, timeout=20)
    eventually(lambda: len(stream.dropped) == 6)
    dropped = stream.dropped
    assert {
        (0, "evicted", "max_rows"),
        (1, "evicted", "max_rows"),
        (2, "evicted", "max_rows"),
        (4, "filtered", 'project_id == "p-1"'),
        (2, "duplicate", None),
        (3, "duplicate", None),
    } == set(said(dropped))
    assert dropped["received_at"].is_monotonic_increasing
    assert [0, 1, 2] == dropped.index[dropped["reason"] == "evicted"].tolist()
    assert {-1} == set(dropped.index[dropped["reason"] != "evicted"])
    df = stream.to_pandas(expand=[])
    assert {**df.dtypes.astype(str), "reason": "str", "clause": "str"} == dropped.dtypes.astype(str).to_dict()
    assert list(df.columns) == list(dropped.columns)[:-2]
    assert dict(df.dtypes) == dict(dropped.dtypes[:-2])
    assert 3 == stream.metrics['sse_rows_evicted_total{reason="max_rows"}']
    received, became = balance(stream.metrics.snapshot())
    assert received == became


def test_nothing_dropped_is_the_same_table(server: RawServer) -> None:
    """Its columns and dtypes are the same when it is empty."""
    url = server.play("/x", [CHUNKED, chunk(event(1)), hold])
    stream = sse.connect(url, **QUICK).wait_for(1, timeout=20)
    df = stream.to_pandas(expand=[])
    assert (0, [*df.columns, "reason", "clause"]) == (len(stream.dropped), list(stream.dropped.columns))
    assert dict(df.dtypes) == dict(stream.dropped.dtypes[:-2])


@pytest.mark.parametrize(("most", "kept"), [(3, [7, 8, 9]), (0, [])])
def test_only_the_newest_are_kept(server: RawServer, most: int, kept: list[int]) -> None:
    """However much is dropped, in reads of any size."""
    reads = [chunk(b"".join(event(n, project_id="p-2") for n in ns)) for ns in (range(7), range(7, 9), [9])]
    url = server.play("/x", [CHUNKED, *reads, chunk(event(99, project_id="p-1")), hold])
    stream = sse.connect(url, project_id="p-1", max_dropped=most, **QUICK).wait_for(1, timeout=20)
    assert kept == [n for n, _, _ in said(stream.dropped)]


def test_of_all_reasons_only_the_newest_are_kept(server: RawServer) -> None:
    """However many rows went for each of them."""
    sent = b"".join(event(n, project_id=f"p-{n % 2}") for n in range(20))
    url = server.play("/x", [CHUNKED, chunk(sent), hold])
    stream = sse.connect(url, project_id="p-1", max_rows=1, max_dropped=4, **QUICK).wait_for(10, timeout=20)
    eventually(lambda: len(stream.dropped) == 4)
    assert {"evicted", "filtered"} >= set(stream.dropped["reason"])


def test_large_ones_are_few(server: RawServer) -> None:
    """What is dropped takes a sixteenth of the memory that rows may take, and no more."""
    large = [chunk(event(n, project_id="p-2", text="x" * 1_000)) for n in range(20)]
    url = server.play("/x", [CHUNKED, *large, chunk(event(99, project_id="p-1")), hold])
    stream = sse.connect(url, project_id="p-1", max_bytes=64_000, **QUICK).wait_for(1, timeout=20)
    assert [17, 18, 19] == [n for n, _, _ in said(stream.dropped)]


def test_bounds_are_settings(server: RawServer) -> None:
    """To connect again with others changes what the stream keeps, and makes no other stream."""
    url = server.play("/x", [CHUNKED, chunk(b"".join(map(event, range(9)))), hold])
    stream = sse.connect(url, **QUICK).wait_for(9, timeout=20)
    assert stream is sse.connect(url, max_rows=4, max_age="1h", max_bytes=10**6, max_dropped=2, **QUICK)
    store = stream.store
    assert (4, "1:00:00", 10**6, 2) == (
        store.max_rows,
        str(store.max_age),
        store.max_bytes,
        store.max_dropped,
    )
    assert (4, [3, 4]) == (len(stream), stream.dropped.index.tolist())
    assert stream is sse.connect(url, **QUICK)
    assert (10**6, None, 2**30, 10_000) == (store.max_rows, store.max_age, store.max_bytes, store.max_dropped)


@pytest.mark.parametrize(
    ("name", "wrong"), [("max_age", "soon"), ("max_bytes", 0), ("max_dropped", -1), ("max_rows", 0)]
)
def test_wrong_bounds(name: str, wrong: Any) -> None:
    """An error at once, which names the argument."""
    with pytest.raises(ArgumentError, match=name):
        sse.connect("http://localhost:9/x", **{name: wrong})
