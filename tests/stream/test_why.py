"""How far an event got, and why no further: a row for each stage, in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from raw_server import CHUNKED, LAST, RawServer, chunk, hold
from streamed import event, greeting
from support import QUICK, eventually

import sse_notebook as sse
from sse_notebook.alerts.fates import REMEMBERED
from sse_notebook.errors import ArgumentError
from sse_notebook.store.why import MOST, refused_by


def told(stream: sse.EventStream, key: Any) -> list[tuple[int, str, str, str]]:
    found = stream.why(key)
    assert ["seq", "stage", "outcome", "reason"] == list(found.columns)
    assert ["int64", "str", "str", "str"] == list(map(str, found.dtypes))
    return [tuple(row) for row in found.itertuples(index=False)]


def last(stream: sse.EventStream, key: Any) -> tuple[int, str, str, str]:
    """How far it got."""
    return told(stream, key)[-1]


def opened(server: RawServer, *scripts: bytes, **settings: Any) -> sse.EventStream:
    """A stream of one connection after the other, of which the last is still open."""
    *firsts, newest = [[CHUNKED, chunk(script)] for script in scripts]
    url = server.play("/x", *([*each, LAST] for each in firsts), [*newest, hold])
    return sse.connect(url, **{**QUICK, **settings})


def test_a_row_and_its_toast(server: RawServer) -> None:
    """What is kept went all the way; each stage says how."""
    sent = event(1, event_type="build_failed", build_id="b-7") + event(2, event_type="build_failed")
    stream = opened(server, sent + event(3)).wait_for(3, timeout=20)
    eventually(lambda: stream.metrics["sse_toasts_total"] == 3)
    found = told(stream, "b-7")
    assert [0] * 6 == [seq for seq, *_ in found]
    assert ["received", "read", "unique", "matched", "stored", "toasted"] == [row[1] for row in found]
    assert ["yes"] * 5 + ["shown"] == [row[2] for row in found]
    assert 'UTC, as it happened, id "1"' in found[0][3]
    assert ('"build.failed", on the wire "build_failed"', "there is no filter", "row 0") == (
        *(found[1][3], found[3][3], found[4][3]),
    )
    assert "in a toast of its own: Build failed" == found[5][3]
    assert (1, "toasted", "shown", "counted in the toast that began with seq 0: Build failed") == last(
        stream, 1
    )
    assert (2, "toasted", "suppressed", "unknown type below warning") == last(stream, "3")
    same = told(stream, "b-7")
    assert (
        same
        == told(stream, 0)
        == told(stream, np.int64(0))
        == told(stream, stream.events[0])
        == told(stream, "1")
    )


def test_refused_by_a_clause(server: RawServer) -> None:
    """The clause and what it saw."""
    sent = event(1, project_id="p-2", build_id="b-1") + event(2) + event(3, project_id="p-1")
    stream = opened(server, sent, project_id="p-1").wait_for(1, timeout=20)
    refused = 'project_id == "p-1" refused it: '
    assert (-1, "matched", "filtered", f'{refused}project_id is "p-2"') == last(stream, "b-1")
    assert (-1, "matched", "filtered", f"{refused}it has no project_id") == last(stream, "2")
    assert 'it fits project_id == "p-1"' == told(stream, "3")[3][3]


def test_a_clause_of_payload_fields() -> None:
    """One whose fields are no columns, or that nobody can read, is named, and no more."""
    assert "data.n > 3 refused it" == refused_by("data.n > 3", {})
    assert "other refused it" == refused_by("other", {"type": "x"})
    assert 'lower(status) == "ok" refused it' == refused_by('lower(status) == "ok"', {"status": "no"})


def test_evicted(server: RawServer) -> None:
    """By which bound; and once it can't be read any more, that it was there."""
    stream = opened(server, b"".join(map(event, range(20))), max_rows=2, max_dropped=4).wait_for(
        20, timeout=20
    )
    eventually(lambda: len(stream.dropped) == 4)
    found = told(stream, 16)
    assert (16, "evicted", "yes", "by max_rows, to make room for newer ones") == found[5]
    assert found == told(stream, "16")
    seq, stage, outcome, reason = last(stream, 3)
    assert ((3, "stored", "gone"), True) == ((seq, stage, outcome), "the oldest there is seq 14" in reason)


def test_sent_twice(server: RawServer) -> None:
    """Which row it repeats, by its number."""
    both = event(1) + event(2)
    stream = opened(server, both, event(2) + event(3)).wait_for(3, timeout=20)
    found = told(stream, "2")
    assert {"the server sent it again: it is seq 1, by id and content"} == {
        row[3] for row in found if row[2] == "duplicate"
    }
    assert {-1, 1} == {row[0] for row in found}


def test_what_was_no_event(server: RawServer) -> None:
    """Discarded, or too large: told by its id."""
    large = b'id: 7\nevent: big\ndata: "' + b"x" * 17 * 2**20 + b'"\n\n'
    vocabulary = sse.Vocabulary(discard="secret")
    sent = event(1, secret=True) + large + event(3)
    stream = opened(server, sent, vocabulary=vocabulary).wait_for(1, timeout=20)
    assert (-1, "read", "invalid", "it became no event: discarded by the vocabulary") == last(stream, "1")
    assert (-1, "read", "oversized", "it became no event: larger than 16,777,216 bytes") == last(stream, "7")


def test_the_first_after_a_gap(server: RawServer) -> None:
    """A row after a hole says which hole; what came in it is said to be unknown."""
    stream = opened(server, event(1), greeting(**{"from": "1", "replayed": 0, "complete": False}) + event(5))
    stream.wait_for(2, timeout=20)
    assert (
        "; the first after a gap that was not refilled: the connection was down from"
        in told(stream, "5")[0][3]
    )
    ((seq, stage, outcome, reason),) = told(stream, "3")
    assert (-1, "received", "gap") == (seq, stage, outcome)
    assert "(the server ended the stream): a gap that was not refilled" in reason


def test_what_never_came(server: RawServer) -> None:
    """One row, which says what is near, what the server was asked for, and how the stream is."""
    stream = opened(server, event(1, project_id="p-1", build_id="build-17"), project_id="p-1")
    stream.wait_for(1, timeout=20)
    ((seq, stage, outcome, reason),) = told(stream, "build-71")
    assert (-1, "received", "unknown") == (seq, stage, outcome)
    assert 'did you mean "build-17"?' in reason
    assert 'the server was asked for project_id == "p-1"; audit() tells' in reason
    for key in (1, -1, 99):
        ((seq, stage, outcome, reason),) = told(stream, key)
        assert (key, "stored", "unknown", True) == (seq, stage, outcome, "the newest is seq 0" in reason)
    stream.close()
    assert "the stream is closed" in last(stream, "build-71")[3]


def test_of_a_project(server: RawServer) -> None:
    """An id of no event and no resource is that of a workload, project or cluster; the newest are told."""
    sent = b"".join(event(n, project_id="p-1", build_id=f"b-{n}") for n in range(MOST + 5))
    stream = opened(server, sent, max_rows=10).wait_for(MOST + 5, timeout=20)
    found = told(stream, "p-1")
    assert list(range(5, MOST + 5)) == list(dict.fromkeys(seq for seq, *_ in found if seq >= 0))
    assert (-1, "received", "more") == found[-1][:3]
    assert found[-1][3].startswith("5 older events")


def test_a_toast_that_is_forgotten(server: RawServer) -> None:
    """What was remembered of toasts is bounded; then it says so."""
    stream = opened(server, event(1, event_type="build_failed")).wait_for(1, timeout=20)
    eventually(lambda: stream.metrics["sse_toasts_total"] == 1)
    fates = stream._parts.toasts._fates
    assert REMEMBERED == fates._began.maxlen
    fates._began.clear()
    assert (0, "toasted", "shown", "in which toast is forgotten") == last(stream, 0)
    stream.store.add_event({"type": "build_failed"})
    assert (1, "toasted", "no", "it was added by hand: no toast was asked for it") == last(stream, 1)


@pytest.mark.parametrize(
    "wrong", [None, "", True, 1.5, [1], object(), b"x", 10**30, -(2**63), "x" * 1_000_000]
)
def test_wrong_keys(server: RawServer, wrong: Any) -> None:
    """An error that says what is taken."""
    stream = opened(server, event(1))
    with pytest.raises(ArgumentError, match="why takes a seq"):
        stream.why(wrong)


def test_of_a_frame_one_row_is_asked_for(server: RawServer) -> None:
    """Neither several rows nor a column are one event; the error says how to have one."""
    stream = opened(server, event(1)).wait_for(1, timeout=20)
    for wrong in (stream.df, stream.df["id"], stream.df.index.to_frame()):
        with pytest.raises(ArgumentError, match=r"why takes a seq .*, or one row of a frame, as df"):
            stream.why(wrong)


@pytest.mark.parametrize("odd", ["\x1b[31m", "a\nb", "\u202e", "<b>", "x" * 10_000])
def test_odd_ids(server: RawServer, odd: str) -> None:
    """What others wrote can neither break a line nor steer a terminal, and is not long."""
    stream = opened(server, event(1, build_id=odd)).wait_for(1, timeout=20)
    assert 6 == len(told(stream, odd))
    ((*_, reason),) = told(stream, f"{odd}{odd}"[:10_001])
    assert reason.isprintable()
    assert 400 > len(reason)


def test_of_a_view(server: RawServer) -> None:
    """One stage more: whether a row is in the view, and what refused it, or that it is not of its time."""
    stream = opened(server, event(1, build_id="b-1") + event(5, build_id="b-5")).wait_for(2, timeout=20)
    view = stream.where("data.n > 3")
    stages = view.why("b-1").set_index("stage").loc["in view"].tolist()
    assert [0, "no", "data.n > 3 refused it: it saw 1"] == stages
    assert [1, "yes", "it fits data.n > 3"] == view.why(1).set_index("stage").loc["in view"].tolist()
    early = stream.between(None, "2001-01-01").why(1).set_index("stage").loc["in view", "reason"]
    assert "its timestamp is not to 2001-01-01T00:00:00.000000Z" == early


def test_an_id_that_is_only_in_the_payload(server: RawServer) -> None:
    """It is no id of the event, nor of what it is about: how to ask is said."""
    sent = b"".join(event(n, build_id="b-1", data={"id": "b-9"}) if n < 2 else event(n) for n in range(3))
    stream = opened(server, sent).wait_for(3, timeout=20)
    assert '2 events have data.id "b-9", ask with their seq: 0, 1' in last(stream, "b-9")[3]


def test_nothing_is_cut(server: RawServer) -> None:
    """In a notebook a long reason is there to its end; what comes over the wire is text."""
    stream = opened(server, event(1)).wait_for(1, timeout=20)
    found = stream.why("<b>" + "x" * 60)
    reason = found["reason"].iloc[0]
    assert len(reason) > 100
    assert reason in repr(found)
    assert "<b>" not in found._repr_html_()
    assert reason[-20:] in found._repr_html_()
    assert type(found.head()) is not type(found)
