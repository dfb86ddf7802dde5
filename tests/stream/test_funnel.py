"""How far what came has got: each stage is the one before it, less what was lost there."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from html_page import Page
from raw_server import CHUNKED, LAST, RawServer, chunk, hold
from streamed import balance, event, greeting
from support import QUICK, eventually, run_all

import sse_notebook as sse
from sse_notebook.store.funnel import STAGES, Stage, listed, stage_table
from sse_notebook.stream.funnel import narrowed, stages


def told(funnel: pd.DataFrame) -> dict[str, tuple[Any, Any, str]]:
    """By stage: n, lost, why; None where it is not known."""
    plain = funnel.astype(object).where(funnel.notna(), None)
    return {row["stage"]: (row["n"], row["lost"], row["why"]) for row in plain.to_dict("records")}


def mixed(server: RawServer, **settings: Any) -> tuple[sse.EventStream, bytes]:
    """A stream that lost something at every stage, and the bytes that came."""
    first = b"".join(
        [
            greeting(),
            *(event(n, project_id="p-1", event_type="build_failed" if n < 3 else "x") for n in range(6)),
            *(event(n, project_id="p-2") for n in range(6, 10)),
            event(10, project_id="p-1", secret=True),
            b": a comment\n\nevent: heartbeat\ndata: {}\n\n",
        ]
    )
    again = event(5, project_id="p-1", event_type="x") + event(11, project_id="p-1")
    url = server.play("/x", [CHUNKED, chunk(first), LAST], [CHUNKED, chunk(again), hold])
    vocabulary = sse.Vocabulary(discard="secret")
    stream = sse.connect(url, project_id="p-1", vocabulary=vocabulary, **{**QUICK, **settings})
    stream.wait_for(7, timeout=20)
    eventually(lambda: stream.metrics["sse_toasts_total"] == 7)
    return stream, first + again


def test_each_stage_and_what_was_lost_there(server: RawServer) -> None:
    """All stages in order, with exact numbers, and the reasons in words."""
    stream, sent = mixed(server, max_rows=5)
    funnel = stream.funnel()
    assert (["stage", "n", "lost", "why"], list(STAGES)) == (list(funnel), funnel["stage"].tolist())
    assert {
        "bytes": (len(sent), None, ""),
        "lines": (sent.count(b"\n"), None, ""),
        "messages": (15, None, ""),
        "events": (12, 3, "control 2, invalid 1 (discarded 1)"),
        "unique": (11, 1, "duplicate 1"),
        "matched": (7, 4, 'filtered 4 (project_id == "p-1" 4)'),
        "stored": (7, 0, "evicted since 2 (max_rows 2)"),
        "toasted": (3, 4, "suppressed 4"),
    } == told(funnel)


def test_of_a_view(server: RawServer) -> None:
    """What fits it, of the rows that are kept; what is the whole stream's is said to be."""
    stream, _ = mixed(server, max_rows=5)
    found = told(stream.where("data.n >= 5").where("data.n < 11").funnel())
    why = 'filtered 4 (project_id == "p-1" 4), not of this view 4, not kept any more 2'
    assert (1, 10, why) == found["matched"]
    assert ((1, 0), (None, None)) == (found["stored"][:2], found["toasted"][:2])
    assert told(stream.funnel())["unique"] == found["unique"]


def test_of_a_store() -> None:
    """It knows its rows; how they came nobody has counted."""
    store = sse.EventStore(max_rows=2)
    store.add_events([{"type": "edit"}] * 5)
    found = told(store.funnel())
    assert (5, 0, "evicted since 3 (max_rows 3)") == found["stored"]
    assert {(None, None, "")} == {found[stage] for stage in STAGES if stage not in ("matched", "stored")}


def test_of_nothing(server: RawServer) -> None:
    """Before anything came there is nothing, with the same columns and dtypes."""
    url = server.play("/x", [CHUNKED, hold])
    stream = sse.connect(url, **QUICK).wait_open()
    funnel = stream.funnel()
    assert [0] * 8 == funnel["n"].tolist()
    assert ["str", "Int64", "Int64", "str"] == list(map(str, funnel.dtypes))
    assert {""} == set(funnel["why"])


def test_it_is_never_torn(server: RawServer) -> None:
    """While events come, every look at it adds up, and so does every sample of the numbers."""
    reads = [
        chunk(b"".join(event(n, project_id=f"p-{n % 3}") for n in range(at, at + 5))) for at in range(200)
    ]
    url = server.play("/x", [CHUNKED, *reads, hold])
    stream = sse.connect(url, project_id="p-1", max_rows=50, **QUICK)
    torn: list[Any] = []

    def look() -> None:
        while stream.metrics["sse_events_received_total"] < 1_000:
            counted = stream.metrics.snapshot()
            received, became = balance(counted)
            found = stages(counted)
            if received != became or any((stage.lost or 0) < 0 for stage in found.values()):
                torn.append((counted, found))

    run_all(look, look)
    assert [] == torn
    df = stream.metrics.df
    dropped = df.filter(like="sse_events_dropped_total").sum(axis=1)
    assert (df["sse_events_received_total"] == df["sse_events_stored_total"] + dropped).all()


@pytest.mark.parametrize(
    ("reason", "act"),
    [("by user", "reconnect"), ("ended", LAST)],
    ids=["by user", "ended"],
)
def test_reconnections_by_their_reason(server: RawServer, reason: str, act: Any) -> None:
    """Each is counted by why it was needed."""
    script = [CHUNKED, chunk(event(1)), hold if act == "reconnect" else act]
    url = server.play("/x", script, [CHUNKED, chunk(event(2)), hold])
    stream = sse.connect(url, **QUICK).wait_for(1, timeout=20)
    if act == "reconnect":
        stream.reconnect()
    stream.wait_for(2, timeout=20)
    assert {f'sse_reconnects_total{{reason="{reason}"}}': 1} == {
        name: number for name, number in stream.metrics.snapshot().items() if "reconnects" in name
    }


def test_in_a_cell() -> None:
    """Every word of it, whatever a clause has in it; and what is made of it is a table like others."""
    said = "<script>alert(1)</script> " * 30
    funnel = stage_table({"matched": Stage(1_234, 5, said)})
    page = Page(funnel._repr_html_())
    assert {"div", "table", "tr", "th", "td", "bdi"} >= set(page.tags)
    for each in ("stage", "matched", "1234", said.strip(), "<NA>"):
        assert each in page.text
    assert said.strip() in " ".join(repr(funnel).split())
    assert type(funnel[funnel["n"] > 1]) is pd.DataFrame


def test_many_reasons_are_cut() -> None:
    """The most frequent are named, the others only counted."""
    assert "h 8, g 7, f 6, e 5, d 4, 3 others 6" == listed(dict(zip("abcdefgh", range(1, 9), strict=True)))


@pytest.mark.parametrize(
    ("unique", "gone", "lost", "why"),
    [
        (10, 0, 6, "not of this view 6"),
        (12, 0, 8, "not of this view 6, not a row yet 2"),
        (15, 5, 11, "not of this view 6, not kept any more 5"),
        (7, 0, 3, "not of this view 6, added by hand 3"),
        (2, 0, 0, "not of this view 6, added by hand 8"),
    ],
)
def test_a_view_says_where_each_went(unique: int, gone: int, lost: int, why: str) -> None:
    """What is no row yet, what is none any more, and what never came from the server, are told apart."""
    whole = {"unique": Stage(unique), "matched": Stage(unique, 0, "")}
    found = narrowed(whole, 4, 10, gone)["matched"]
    assert (4, lost, why) == (found.n, found.lost, found.why)
