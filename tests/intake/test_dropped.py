"""`stream.dropped`: what took no row, or takes none any more, and why; and the bounds of a stream."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from raw_server import CHUNKED, LAST, RawServer, chunk, hold
from streamed import balance, event
from support import QUICK, eventually

import sse_notebook as sse
from sse_notebook.errors import ArgumentError
from sse_notebook.events.batch import Batch
from sse_notebook.intake.dropped import OTHER, Dropped
from sse_notebook.intake.unread import How, Unread
from sse_notebook.store.bounds import Bounds, Keeping
from sse_notebook.wire import ServerSentEvent


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


def test_in_the_order_of_arrival(server: RawServer) -> None:
    """Of one read too, whichever clause refused what; and what was evicted stands where it came."""
    projects, workloads = (
        ("p-1", "p-2", "p-1", "p-2", "p-1", "p-1"),
        ("w-1", "w-1", "w-2", "w-2", "w-1", "w-2"),
    )
    sent = [
        event(n, project_id=projects[n % 6], workload_id=workloads[n % 6], build=f"b-{n % 2}")
        for n in range(36)
    ]
    reads = [chunk(b"".join(sent[begin : begin + 12])) for begin in range(0, 36, 12)]
    url = server.play("/x", [CHUNKED, *reads, hold])
    with sse.connect(url, project_id="p-1", workload_id="w-1", max_rows=5, **QUICK) as stream:
        stream.wait_for(12, timeout=20)
        eventually(lambda: len(stream.dropped) == 31)
        found = said(stream.dropped)
        kept = [json.loads(text)["n"] for text in stream.df["data"]]
        assert sorted({n for n, _, _ in found}) == [n for n, _, _ in found]
        assert {"evicted": 7, "filtered": 24} == pd.Series(
            [why for _, why, _ in found]
        ).value_counts().to_dict()
        assert list(range(36)) == [
            json.loads(text)["n"] for text in stream._evidence(stream.filter).frame["data"]
        ]
        asked = stream.why("w-1")
        said_of = asked[asked["stage"].isin(("received", "matched"))]
        fate = [
            (seq, outcome)
            for seq, stage, outcome in zip(said_of["seq"], said_of["stage"], said_of["outcome"], strict=True)
            if stage == "matched"
        ]
        assert [
            (-1, "filtered") if projects[n % 6] == "p-2" else (0, "yes")
            for n in range(36)
            if workloads[n % 6] == "w-1"
        ] == [(min(seq, 0), outcome) for seq, outcome in fate]
        seqs = [seq for seq, _ in fate if seq >= 0]
        assert list(range(12)) == seqs
        assert 5 == len(kept)


def test_what_is_no_event_stands_where_it_came(server: RawServer) -> None:
    """What the vocabulary discards among what is filtered, duplicates behind all that came before."""
    first = b"".join(event(n, project_id=f"p-{n % 2}", secret=n % 3 == 0) for n in range(12))
    again = b"".join(event(n, project_id=f"p-{n % 2}", secret=False) for n in (11, 10, 12))
    url = server.play("/x", [CHUNKED, chunk(first), LAST], [CHUNKED, chunk(again), hold])
    vocabulary = sse.Vocabulary(discard="secret")
    with sse.connect(url, project_id="p-1", vocabulary=vocabulary, **QUICK) as stream:
        eventually(lambda: len(stream.dropped) == 11)
        found = [(n, reason) for n, reason, _ in said(stream.dropped)]
        assert [(n, "invalid" if n % 3 == 0 else "filtered") for n in (0, 2, 3, 4, 6, 8, 9, 10)] == found[:8]
        assert [(11, "duplicate"), (10, "duplicate"), (12, "filtered")] == found[8:]


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


# -- samples ---------------------------------------------------------------------------------------------


def rows(*ns: int, size: int = 0) -> Batch:
    """Rows as they are dropped, received in this order."""
    return Batch.joined(
        [
            sse.Vocabulary()
            .read_all([ServerSentEvent("x", json.dumps({"n": n, "text": "x" * size}), str(n), str(n))], n)
            .rows
            for n in ns
        ]
    )


def none_evicted() -> pd.DataFrame:
    return sse.EventStore().dropped


def test_a_flood_does_not_wash_away_the_few() -> None:
    """Three that a rare clause refused are still there after 20,000 of another; no row is there twice."""
    dropped = Dropped(Keeping(max_dropped=400))
    dropped.add(rows(1, 2, 3), "filtered", "rare")
    flood = rows(*range(4, 204))
    for _ in range(100):
        dropped.add(flood, "filtered", "frequent")
    found = said(dropped.frame(none_evicted()))
    assert [1, 2, 3] == [n for n, _, clause in found if clause == "rare"]
    assert 400 == len(found)
    assert {("filtered", "rare"): 3, ("filtered", "frequent"): 20_000} == dropped.counts
    assert [("filtered", "frequent")] * 300 == [each[1:] for each in found[-300:]]


def test_samples_take_a_quarter() -> None:
    """However many clauses there are; and all of them together have a sample each, the rest has one."""
    dropped = Dropped(Keeping(max_dropped=400))
    for clause in range(150):
        dropped.add(rows(*range(10)), "filtered", f"clause {clause}")
    dropped.add(rows(*range(1_000, 1_400)), "duplicate")
    found = said(dropped.frame(none_evicted()))
    samples = [clause for _, reason, clause in found if reason == "filtered"]
    assert (400, True) == (len(found), 60 <= len(samples) <= 100)
    assert {1} == set(pd.Series(samples).value_counts())
    assert (86 * 10, 1_900) == (dropped.counts["filtered", OTHER], sum(dropped.counts.values()))


@pytest.mark.parametrize("most", [0, 1, 3, 4, 7, 100])
def test_never_more_than_max_dropped(most: int) -> None:
    """Nor twice the same; the newest are among them, and they come oldest first."""
    dropped = Dropped(Keeping(max_dropped=most))
    for begin in range(0, 90, 10):
        dropped.add(rows(*range(begin, begin + 10)), "filtered", f"clause {begin % 20}")
        found = [n for n, _, _ in said(dropped.frame(none_evicted()))]
        assert len(found) == min(most, begin + 10)
        assert sorted(set(found)) == found
        assert most == 0 or begin + 9 == found[-1]


@pytest.mark.parametrize(
    "runs",
    [[1] * 20, [20], [7, 6, 7], [18, 2], [10, 8, 2], [17, 2, 1]],  # the last ones: few behind many
    ids=lambda runs: "-".join(map(str, runs[:3])),
)
@pytest.mark.parametrize("heavy", [False, True], ids=["by rows", "by bytes"])
def test_reads_do_not_decide_how_many_are_kept(runs: list[int], heavy: bool) -> None:
    """As many of the newest as there is room for, however they were cut into reads."""
    size, room = (1_000, 3) if heavy else (0, 3)
    bounds = Bounds(max_bytes=16 * 3_300) if heavy else Bounds()
    dropped = Dropped(Keeping(bounds=bounds, max_dropped=10_000 if heavy else room))
    begin = 0
    for number in runs:
        dropped.add(rows(*range(begin, begin + number), size=size), "filtered", "a")
        begin += number
    samples = {each.number for sample in dropped._samples.values() for each in sample}
    found = [n for n, _, _ in said(dropped.frame(none_evicted()))]
    assert sorted({17, 18, 19} | samples) == found
    assert 3 == sum(len(part.rows) - gone for part, gone in dropped._held())
    raws = [raw for part in dropped._parts for raw in part.rows.columns["raw"]]
    assert (len(raws), sum(map(len, raws))) == (dropped._rows, dropped._nbytes)
    assert 3 <= len(raws) <= 3 + len(dropped._parts[0].rows)  # no more than one read above


@pytest.mark.parametrize(("size", "most"), [(12, 30), (7, 40), (5, 12), (1, 9)])
def test_what_is_kept_is_samples_and_the_newest(size: int, most: int) -> None:
    """Exactly the rows that were drawn, and of the others the newest that there is room for; each once."""
    dropped = Dropped(Keeping(max_dropped=most))
    trimmed = 0  # looks at which a row was drawn of the oldest read, of which a part is gone
    for begin in range(0, 40 * size, size):
        dropped.add(rows(*range(begin, begin + size)), "filtered", f"clause {begin % 2}")
        drawn = {each.number for sample in dropped._samples.values() for each in sample}
        others = [n for n in range(begin + size) if n not in drawn]
        expected = sorted(drawn | set(others[max(0, len(others) - (most - len(drawn))) :]))
        assert expected == [n for n, _, _ in said(dropped.frame(none_evicted()))]
        oldest, *_ = dropped._parts
        trimmed += dropped._held()[0][1] > 0 and not drawn.isdisjoint(
            range(oldest.first, oldest.first + size)
        )
    assert trimmed or size == 1  # or this would test nothing of that


def test_less_room_counts_at_once() -> None:
    """Who makes `max_dropped` smaller gets no more than that, whatever was kept before."""
    dropped = Dropped(Keeping(max_dropped=400))
    dropped.add(rows(*range(300)), "filtered", "a")
    dropped.keeping = Keeping(max_dropped=4)
    assert 4 >= len(dropped.frame(none_evicted()))
    assert (4, 1) >= (dropped._rows, sum(map(len, dropped._samples.values())))


def test_fewer_bytes_count_at_once() -> None:
    """Who makes `max_bytes` smaller gets no more than that: of samples too, and where all is too large."""
    dropped = Dropped(Keeping(max_dropped=400))
    for n in range(60):
        dropped.add(rows(n, size=1_000), "filtered", "a")
    dropped.keeping = Keeping(bounds=Bounds(max_bytes=16 * 12_000), max_dropped=400)
    assert 3_000 >= sum(each.nbytes for sample in dropped._samples.values() for each in sample)
    assert 12_000 >= dropped._nbytes
    dropped.keeping = Keeping(bounds=Bounds(max_bytes=16 * 900), max_dropped=400)
    frame = dropped.frame(none_evicted())
    assert (0, 60, 0, 0) == (len(frame), frame.attrs["forgotten"], dropped._rows, dropped._nbytes)


def test_short_ones_stay_packed() -> None:
    """Where little may be kept many short payloads are not read for it: as rows they would take far more."""
    dropped, how = Dropped(Keeping(bounds=Bounds(max_bytes=16 * 4_000))), How(sse.Vocabulary(), 1, "", "live")
    for _ in range(9):
        dropped.add(Unread([ServerSentEvent(data=str(n)) for n in range(200)], how), "filtered", "a")
    assert {bytes} == {type(part.rows._kept) for part in dropped._parts if isinstance(part.rows, Unread)}
    assert [(200, 0)] == [(part.number, gone) for part, gone in dropped._held()]


def test_large_samples_are_few() -> None:
    """They take a quarter of the bytes that there are for what was dropped; the counts stay exact."""
    dropped = Dropped(Keeping(bounds=Bounds(max_bytes=16 * 40_000), max_dropped=4_000))
    for n in range(200):
        dropped.add(rows(n, size=1_000), "filtered", "large")
    dropped.add(rows(*range(200, 600)), "duplicate")
    samples = [each for sample in dropped._samples.values() for each in sample]
    assert all(each.nbytes == len(each.row.columns["raw"][0]) for each in samples)
    assert 10_000 >= sum(each.nbytes for each in samples)
    assert 5 <= sum(each.nbytes > 1_000 for each in samples)
    assert {("filtered", "large"): 200, ("duplicate", None): 400} == dropped.counts


def test_what_is_no_event_is_there_too(server: RawServer) -> None:
    """What the vocabulary discarded with its payload, what was too large with its name and id."""
    sent = [
        event(1, secret=True),
        b'id: 7\nevent: big\ndata: {"text": "' + b"x" * 17 * 2**20 + b'"}\n\n',
        event(3),
    ]
    url = server.play("/x", [CHUNKED, chunk(b"".join(sent)), hold])
    vocabulary = sse.Vocabulary(discard="secret")
    stream = sse.connect(url, vocabulary=vocabulary, **QUICK).wait_for(1, timeout=20)
    found = stream.dropped[["type", "id", "data", "reason", "clause"]].to_dict("records")
    discarded, large = sorted(found, key=lambda row: row["reason"])
    assert ("x", "1", "invalid", "discarded by the vocabulary") == (
        *(discarded["type"], discarded["id"]),
        *(discarded["reason"], discarded["clause"]),
    )
    assert {"n": 1, "secret": True} == json.loads(discarded["data"])
    assert {
        "type": "big",
        "id": "7",
        "data": "",
        "reason": "oversized",
        "clause": "larger than 16,777,216 bytes",
    } == large
    received, became = balance(stream.metrics.snapshot())
    assert received == became == 3


# -- what is explained after the fact ----------------------------------------------------------------------


def test_a_filter_is_explained_on_what_was_dropped(server: RawServer) -> None:
    """On rows kept, evicted and filtered, as many as arrived; on no duplicate and nothing invalid."""
    first = b"".join(event(n, project_id=f"p-{n % 2}") for n in range(10))
    again = b"".join(event(n, project_id="p-1") for n in (9, 11))
    url = server.play("/x", [CHUNKED, chunk(first), LAST], [CHUNKED, chunk(again), hold])
    stream = sse.connect(url, project_id="p-1", max_rows=2, **QUICK).wait_for(6, timeout=20)
    found = stream._evidence(stream.filter)
    frame = found.frame
    assert sorted([*range(10), 11]) == sorted(json.loads(text)["n"] for text in frame["data"])
    assert (11, stream._time, False) == (found.arrived, found.clock, found.sampled)
    assert dict(stream.to_pandas(expand=[]).dtypes) == dict(frame.dtypes)
    asked = stream.explain()
    assert (11, 6, 5) == (asked.events, asked.passed, asked.refused)
    assert [5] == asked.clauses["first_fail"].tolist()


def test_it_says_when_it_rests_on_a_sample(server: RawServer) -> None:
    """What is forgotten by now arrived all the same: the number of those that did is exact."""
    sent = b"".join(event(n, project_id=f"p-{n % 2}") for n in range(100))
    url = server.play("/x", [CHUNKED, chunk(sent), hold])
    stream = sse.connect(url, project_id="p-1", max_rows=5, max_dropped=10, **QUICK)
    stream.wait_for(50, timeout=20)
    found = stream._evidence(stream.filter)
    assert (100, True) == (found.arrived, found.sampled)
    assert 15 == len(found.frame)
    assert "100" in repr(stream.explain())


def test_bounds_are_read_and_set_on_the_stream(server: RawServer) -> None:
    """All five: what is set holds at once, for what was dropped too; a wrong value says which."""
    url = server.play(
        "/x", [CHUNKED, chunk(b"".join(event(n, project_id=f"p-{n % 2}") for n in range(40))), hold]
    )
    stream = sse.connect(url, project_id="p-1", **QUICK).wait_for(20, timeout=20)
    assert (100, 1_000_000, None, 2**30, 10_000) == (
        stream.max_events, stream.max_rows, stream.max_age, stream.max_bytes, stream.max_dropped,
    )  # fmt: skip
    stream.max_events, stream.max_rows, stream.max_age, stream.max_bytes = 3, 5, "1h", 2**20
    assert (3, 5, pd.Timedelta("1h"), 2**20) == (
        stream.max_events, stream.max_rows, stream.max_age, stream.max_bytes,
    )  # fmt: skip
    assert (3, 5, 35) == (len(stream.events), len(stream), len(stream.dropped))
    assert 0 == stream.dropped.attrs["forgotten"]
    stream.max_dropped = 4
    assert (4, 31) == (len(stream.dropped), stream.dropped.attrs["forgotten"])
    with pytest.raises(ArgumentError, match="max_rows"):
        stream.max_rows = 0


def test_a_stray_attribute_is_refused(server: RawServer) -> None:
    """What nobody would read cannot be set, on a stream, a view or a store."""
    stream = sse.connect(server.play("/x", [CHUNKED, hold]), **QUICK)
    for has in (stream, stream.store):
        with pytest.raises(AttributeError, match=r"no attribute 'max_row' to set; did you mean max_rows\?"):
            has.max_row = 5
    with pytest.raises(AttributeError, match=r"did you mean filter\?"):
        stream.where(type="edit").fliter = "type == 'a'"
