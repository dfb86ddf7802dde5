"""What was probably meant is what is spelt nearly alike, and was seen."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import examples
from trees import payload_texts

from sse_notebook.filters.frame import Frame
from sse_notebook.filters.near import names_in, near_field, near_text


@pytest.mark.parametrize(
    ("wanted", "seen", "near"),
    [
        ("p1", ["p-1", "p-2"], "p-1"),
        ("FAILED", ["failed"], "failed"),
        ("build.failed", ["build_failed"], "build_failed"),
        ("shop-frontent", ["shop-backend", "shop-frontend"], "shop-frontend"),
        ("p-14", ["p-1", "p-4"], None),  # another one, not a slip
        ("node-7-a", ["node-8-a"], None),
        ("a", ["b"], None),
        ("", ["a", "-"], None),
        ("x", [], None),
        ("-", ["_"], None),
        ("x" * 10_000, ["x" * 10_000], None),  # nobody types that
    ],
)
def test_values(wanted: str, seen: list[str], near: str | None) -> None:
    """The same but for case and signs; else alike, with the same digits."""
    assert near == near_text(wanted, Counter(seen))


@pytest.mark.parametrize(
    ("name", "payload", "near"),
    [
        ("data.durations", {"duration": 1}, "data.duration"),
        ("data.duration", {"data": {"Duration": 1}}, "data.Duration"),
        ("data.size", {"build": {"image": {"size": 1}}}, "data.build.image.size"),
        ("data.build_time", {"buildTime": 1}, "data.buildTime"),
        ("data.x", {"y": 1}, None),
        ("data.a_b", {"a-b": 1}, None),  # no filter can name it
        ("data.duration", {"duration": None}, None),
        ("cluster_id", {"Cluster_ID": 1}, "data.Cluster_ID"),
        ("cluster_id", {"clusters": 1}, None),
    ],
)
def test_fields(name: str, payload: dict[str, Any], near: str | None) -> None:
    """Fields that have values, as filters name them."""
    rows = Frame(pd.DataFrame({"data": [json.dumps(payload)]}), (), 0.0)
    assert near == near_field(name, rows)


def test_a_column_that_was_asked_as_a_field() -> None:
    """`data.status`, where only the column has it."""
    df = pd.DataFrame({"data": ["{}"], "status": ["ok"]})
    assert "status" == near_field("data.status", Frame(df, (), 0.0))


def test_only_what_is_the_same_when_that_is_wanted() -> None:
    """Where the field itself is there in other events, only another spelling of it is meant."""
    rows = Frame(pd.DataFrame({"data": ['{"sizes": 1, "Size": 2}']}), (), 0.0)
    assert "data.Size" == near_field("data.size", rows, certain=True)
    assert near_field("data.siz", rows, certain=True) is None


@given(st.lists(payload_texts, max_size=5), st.sampled_from(["data.x", "data.xx", "data.a", "project_id"]))
@examples(60)
def test_whatever_the_payloads_are(texts: list[str], name: str) -> None:
    """Never an error; what is found is not what was asked."""
    rows = Frame(pd.DataFrame({"data": texts}, dtype="str"), (), 0.0)
    assert name != near_field(name, rows)


def test_bounded_whatever_comes() -> None:
    """Of wide and deep payloads so many names, of many payloads a sample."""
    wide = json.dumps({f"n{n}": {f"m{m}": 1 for m in range(60)} for n in range(60)})
    deep = '{"a":' * 50 + "1" + "}" * 50
    counts = names_in(Frame(pd.DataFrame({"data": [wide, deep] * 1_000}), (), 0.0))
    assert len(counts) <= 2_000
    assert max(name.count(".") for name in counts) <= 3
    assert counts["a"] <= 300
