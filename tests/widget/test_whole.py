"""One row, whole: bounded, exact, and nothing secret in what is copied."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sse_notebook as sse
from sse_notebook.widget.whole import LEAF, NODES, RAW, curl, tree, whole


def back(node: list[Any]) -> Any:
    """What a tree was made of."""
    kind, second = node[0], node[1]
    if kind == "object":
        return {key: back(child) for key, child in node[2]}
    if kind == "list":
        return [back(child) for _, child in node[2]]
    return second if kind == "text" else json.loads(second)


words = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
payloads = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)


@given(payloads)
def test_a_tree_is_the_payload(payload: Any) -> None:
    """Nothing is lost of a small payload: numbers of any size are exact."""
    assert payload == back(tree(payload))


def test_a_tree_is_bounded() -> None:
    """Wide, deep or long: cut, and the true size is said."""
    wide = tree(list(range(100_000)))
    assert ("list", 100_000, NODES - 1) == (wide[0], wide[1], len(wide[2]))
    assert LEAF == len(tree("x" * 1_000_000)[1])
    deep: Any = 1
    for _ in range(500):
        deep = [deep]
    assert len(json.dumps(tree(deep))) < 1_000


def test_a_payload_is_masked_before_it_is_cut() -> None:
    """Else a part of a secret stands at its end; and one that is whole, though it was masked, says so."""
    store = sse.EventStore()
    store.add_events([{"message": "x" * (RAW - 15) + "secret"}, {"message": "a secret"}])
    long, short = (
        whole(event, store, hide=lambda text: text.replace("secret", "*")) for event in store.events
    )
    assert "xxx*" == long["raw"].rstrip('"}')[-4:]
    assert ('{"message":"a *"}', 17) == (short["raw"], short["length"])


def test_a_row_of_a_megabyte() -> None:
    """What goes to the page is small, and says how much there is."""
    store = sse.EventStore()
    store.add_event({"event_type": "huge", "message": "x" * 1_000_000})
    row = whole(store.events[0], store)
    assert RAW == len(row["raw"])
    assert row["length"] > 1_000_000
    assert len(json.dumps(row)) < 100_000
    assert row["curl"] is None
    assert [0] == eval(row["pandas"], {"df": store.df}).index.tolist()


@pytest.mark.parametrize("platform", [True, False])
def test_curl_has_no_token(platform: bool) -> None:
    """Neither the token, nor what the address had of secrets; what was asked of the server is there."""
    url = "http://me:pw@localhost:1/api/v1/events/stream?token=canary-1&api_key=canary-2&x=1"
    with sse.connect(url, token="canary-3", platform=platform, project_id="p 1") as stream:
        words = shlex.split(curl(stream, "id'7") or "")
    assert "curl" == words[0]
    assert "Last-Event-ID: id'7" in words
    for secret in ("canary", "pw", "***", "token"):
        assert secret not in " ".join(words)
    assert words[-1] == "http://localhost:1/api/v1/events/stream?x=1&project_id=p+1"


def test_curl_trusts_no_address() -> None:
    """Whatever has an address is stripped here too: of a name and password, and of what was masked."""

    class Addressed:
        url = "https://me:canary@example.com/events?key=***&x=1"

    assert "curl -N -H 'Accept: text/event-stream' 'https://example.com/events?x=1'" == curl(Addressed())
    assert curl(object()) is None
