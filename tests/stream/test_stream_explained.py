"""`explain` of a stream: of what it keeps and of what it dropped, while it lives and afterwards."""

from __future__ import annotations

import pandas as pd
import pytest
from raw_server import CHUNKED, RawServer, chunk, hold
from streamed import event
from support import QUICK, eventually

import sse_notebook as sse


def playing(server: RawServer, **settings: object) -> sse.EventStream:
    """Ten events, n from 0 to 9, the even ones of P-1, of a server that ignores what it is asked for."""
    body = b"".join(event(n, project_id="P-1" if n % 2 == 0 else "p-2") for n in range(10))
    return sse.connect(server.play("/x", [CHUNKED, chunk(body), hold]), **QUICK, **settings)


def test_after_the_fact(server: RawServer) -> None:
    """What the stream's own filter refused is there to be asked, and why is said."""
    stream = playing(server, project_id="p-1")
    eventually(lambda: len(stream.dropped) == 10)
    found = stream.explain()
    assert ('project_id == "p-1"', 10, 0) == (str(found.filter), found.events, found.passed)
    assert 'use lower(project_id) == "p-1"' in found.suggestions[0]
    assert [10] == found.clauses["first_fail"].tolist()
    assert {-1} == set(found.near_misses["seq"])
    assert "dropped" in repr(found)
    stream.close()
    assert 10 == stream.explain("data.n > 3").events
    assert not stream.explain().sampled


def test_a_view_of_a_stream(server: RawServer) -> None:
    """A view is explained with what the stream itself was asked for."""
    stream = playing(server, project_id="p-2")
    eventually(lambda: len(stream.df) == 5 and len(stream.dropped) == 5)
    view = stream.where("data.n > 5")
    found = view.explain()
    assert ('project_id == "p-2" and data.n > 5', 10, len(view)) == (
        str(found.filter),
        found.events,
        found.passed,
    )
    assert [5, 3] == found.clauses["first_fail"].tolist()
    assert ("data.n > 7", 2, 1) == (
        str(view.explain("data.n > 7").filter),
        len(view),
        view.explain("data.n > 7").passed,
    )


def test_a_sample_when_not_all_is_kept(server: RawServer) -> None:
    """With room for three dropped rows of ten events, it says on how many it rests."""
    stream = playing(server, project_id="p-1", max_dropped=3)
    eventually(lambda: stream.explain().arrived == 10)
    found = stream.explain()
    assert (True, 3) == (found.sampled, found.events)
    assert "rests on a sample: 3 of the 10 that arrived" in repr(found)


@pytest.mark.parametrize("secret", ["tok-canary-1234567890"])
def test_no_token_in_it(server: RawServer, secret: str) -> None:
    """The stream's token is in neither form."""
    stream = playing(server, project_id="p-1", token=secret)
    eventually(lambda: len(stream.dropped) == 10)
    found = stream.explain()
    assert secret not in repr(found) + found._repr_html_() + found.near_misses.to_csv()


def test_nothing_came(server: RawServer) -> None:
    """What the server was asked for is told, and what to do."""
    stream = sse.connect(server.play("/x", [CHUNKED, hold]), **QUICK, project_id="p1").wait_open()
    found = stream.explain()
    assert ("no event to ask", 0) == (found.headline, found.events)
    asked = (
        'the server was asked for `project_id == "p1"`; nothing came yet: audit() tells whether it holds back'
    )
    assert found.suggestions[0].startswith(asked)
    assert asked in stream.where("data.n > 3").explain("has(id)").suggestions[0]


def test_a_view_without_rows(server: RawServer) -> None:
    """Before another question is asked of it: that events came, and the view has none of them."""
    stream = playing(server).wait_for(10, timeout=20)
    found = stream.where("data.n > 30").explain("has(id)")
    assert "10 events arrived; the view itself (" in found.suggestions[0]
    assert "lets none of them through" in found.suggestions[0]
    early = stream.between("2001-01-01", "2002-01-01").explain("has(id)")
    assert "no event from 2001-01-01T00:00:00.000000Z to 2002-01-01" in early.headline
    assert "10 events arrived" in early.suggestions[0]
    assert (
        "10 events arrived, none of them from 2001"
        in stream.between("2001-01-01", "2002-01-01").explain().suggestions[0]
    )
    assert (
        "10 of 10 events from 2001-01-01T00:00:00.000000Z pass"
        in stream.since("2001-01-01").explain().headline
    )


def test_what_is_asked_and_is_no_row(server: RawServer) -> None:
    """Rows that are gone, and what the stream's own filter refused, are counted where they pass."""
    stream = playing(server, project_id="p-2", max_rows=2)
    eventually(lambda: stream.explain("has(id)").events == 10)
    found = stream.explain("data.n > 1")
    assert (8, 10) == (found.passed, found.events)
    assert [
        "4 of those that pass were refused by the stream's own filter: views do not have them",
        "3 of the events asked, 2 of those that pass, are not kept any more (max_rows)",
    ] == found.notes
    assert found.notes[1] in repr(found)
    assert found.notes[1] in found._repr_html_()
    assert 7 == len(stream.explain("data.n < 7 and data.n > 3").near_misses["id"].dropna())


def test_what_comes_while_it_is_asked_makes_no_sample(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that came behind the snapshot was not left out of it."""
    stream = playing(server)
    stream.wait_for(10, timeout=20)
    read = sse.EventStream.to_pandas

    def late(self: sse.EventStream, *asked: object, **how: object) -> pd.DataFrame:
        rows = read(self, *asked, **how)  # type: ignore[arg-type]
        self.store.add_event({"type": "late"})
        return rows

    monkeypatch.setattr(sse.EventStream, "to_pandas", late)
    found = stream.explain("data.n > 3")
    assert (10, 10, False) == (found.events, found.arrived, found.sampled)
