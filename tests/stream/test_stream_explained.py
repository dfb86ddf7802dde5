"""`explain` of a stream: of what it keeps and of what it dropped, while it lives and afterwards."""

from __future__ import annotations

import pytest
from raw_server import CHUNKED, RawServer, chunk, hold
from support import QUICK, eventually
from test_intake import event

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
