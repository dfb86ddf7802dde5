"""What clauses mean, by example; and what they cost."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from trees import NOW, event

from sse_notebook.clock import VirtualClock
from sse_notebook.events import Event
from sse_notebook.filters import where
from sse_notebook.filters.language import parse
from sse_notebook.filters.mask import mask
from sse_notebook.filters.predicate import predicate
from sse_notebook.store import EventStore

PAYLOAD = {
    "event_type": "workload_status_update",
    "timestamp": NOW - 300,
    "status": "Running",
    "workload_id": 7,
    "priority": 2,
    "severity": "warning",
    "message": "pod api-7 was OOMKilled",
    "port": "8080",
    "duration": 30,
    "ratio": 0.5,
    "bot": True,
    "tags": ["a", 5, True],
    "owner": {"name": "x"},
    "nothing": None,
    "hidden": None,
    "data": {"hidden": 4, "deep": {"er": 5}, "port": 1},
}


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        # ids are text, whatever the payload had
        ('workload_id == "7"', True),
        ("workload_id == 7", False),
        ("not workload_id == 7", True),
        ("workload_id != 7", False),
        ('workload_id != "8"', True),
        ('workload_id in ["7", 7]', True),
        # the payload keeps its own types
        ("data.duration == 30 and data.duration == 30.0 and data.duration >= 30 and data.ratio < 1", True),
        ('data.duration == "30"', False),
        ("data.port > 1000", False),
        ("not data.port > 1000", True),
        ("data.port <= 1000", False),
        ('data.port == "8080"', True),
        ("data.bot == True and data.bot and data.bot != False", True),
        ("data.bot == 1", False),
        ("data.duration == True", False),
        ("data.bot > False", False),
        # missing, null, nested
        ("has(data.nothing) or has(data.none)", False),
        ("data.nothing == None and data.duration != None", True),
        ("data.none != 5", False),
        ("not data.none == 5", True),
        ("data.none not in [5]", False),
        ("not data.none in [5]", True),
        ("has(data.hidden) and data.hidden == 4 and data.deep.er == 5 and data.data.port == 1", True),
        ("has(project_id)", False),
        ('project_id != "p"', False),
        # lists, objects, parts of texts
        ('"a" in data.tags and 5 in data.tags and 5.0 in data.tags', True),
        ("1 in data.tags", False),
        ('"name" in data.owner and data.owner.name == "x"', True),
        ('"b" not in data.tags and not "b" in data.tags', True),
        ('"OOM" in message and "oom" in lower(message)', True),
        ('"x" in data.none or "x" not in data.none', False),
        ("data.tags == data.tags", False),
        ("data.tags in []", False),
        ("data.tags not in []", True),
        # texts
        ('startswith(message, "pod") and endswith(message, "Killed") and matches(message, "api-\\d+")', True),
        ('startswith(data.duration, "3")', False),
        ('lower(status) == "running" and status == "Running"', True),
        ('status == "running"', False),
        # the type, in either vocabulary
        (
            'type == "workload_status_update" and type == "workload.status" and type == "workload.running"',
            True,
        ),
        ('type == "workload.*" and type == "workload_*" and type in ["build.*", "*.running"]', True),
        ('type == "workload.failed" or type == "build.*"', False),
        ('type != "build.*" and type not in ["build.*"]', True),
        ('event_type == "workload.status" or event_type == "workload*"', False),
        ('event_type == "workload_status_update"', True),
        ('startswith(type, "workload.")', True),
        ("type == 5 or type != 5", False),
        # the order of severities
        (
            'severity >= "warning" and severity > "info" and severity <= "warning" and severity < "error"',
            True,
        ),
        ('"success" < severity', True),
        ('severity != "error" and severity in ["warning"]', True),
        # times
        ('timestamp < "2027-01-01" and timestamp > "2025-01-01T00:00:00+02:00"', True),
        ('timestamp == "2025-11-24T15:55:00" and timestamp in ["2025-11-24T16:55:00+01:00"]', True),
        ("timestamp > 5", False),
        ("timestamp < received_at and received_at > timestamp", True),
        ('age() >= "5m" and age() < 301', True),
        ("age() < 300", False),
        ("priority <= 2 and priority == 2.0 and priority in [1, 2]", True),
        ("priority == True", False),
        ("after_gap", False),
        ("not after_gap", True),
        ('source == "" and matches(data, "^{.*deep")', True),
        # the bounds of numbers
        (f"data.duration < {10**300} and data.duration > -1e999", True),
    ],
)
def test_meaning(text: str, fits: bool) -> None:
    """What a clause says of an event and of its row."""
    clock, tree, said = VirtualClock(NOW), parse(text), event(PAYLOAD)
    store = EventStore()
    store.add_events([said])
    assert fits is predicate(tree, clock)(said)
    for expand in ([], True, ["duration", "port", "tags", "owner", "hidden"]):
        assert [fits] == mask(tree, store.to_pandas(expand=expand), clock).tolist()


WIDENED: list[tuple[str, list[Any]]] = [
    ("x", ["5", 5, 5.0, True, "true", None]),
    ("x", [2**53 + 1, 0.5, 2**53]),
    ("x", [10**30, 5, "a"]),
    ("x", [1, True, False]),
    ("x", [[1], 1, "1", {"a": 1}]),
    ("x", [float("inf"), "inf", 1]),
]


@pytest.mark.parametrize(("name", "values"), WIDENED)
def test_widened_columns(name: str, values: list[Any]) -> None:
    """A column of payload fields that has widened says what the payloads had, not what it has become."""
    store = EventStore()
    store.add_events([event({name: value}) for value in values])
    for each in [5, 5.0, 0.5, 1, True, "5", "true", "1", "inf", 2**53, 2**53 + 1, float(2**53), 10**30]:
        for sign in ("==", "!=", "<"):
            tree = parse(f"data.{name} {sign} {each!r}")
            expected = [predicate(tree)(kept) for kept in store.events]
            for expand in ([name], True):
                assert expected == mask(tree, store.to_pandas(expand=expand)).tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("has(data.x)", [True, True, False, True]),
        ('"a" in data.x', [False, True, False, True]),
        ('"b" not in data.x', [False, True, False, True]),
        ("data.x not in []", [True, True, False, True]),
        ("data.x != 5", [False, False, False, False]),
    ],
)
def test_columns_without_lists(text: str, expected: list[bool]) -> None:
    """A column of scalars has no lists and objects; a filter that asks for them finds them all the same."""
    store = EventStore()
    store.add_events([event({"x": each}) for each in (5, ["a"], None, {"a": 1})])
    assert expected == [predicate(parse(text))(kept) for kept in store.events]
    for expand in ([], ["x"], True):
        assert expected == mask(parse(text), store.to_pandas(expand=expand)).tolist()


@pytest.mark.parametrize("expand", [[], ["x"], True])
def test_not_a_number_is_missing(expand: Any) -> None:
    """NaN in a payload is no value: every clause about it is false."""
    store = EventStore()
    store.add_events([event(text) for text in ('{"x": NaN}', '{"x": 0.5}', '{"x": 1e400}')])
    for text in ("data.x != 5", "data.x not in [5]", "has(data.x)", "data.x == data.x", "not data.x == 5"):
        expected = [text.startswith("not"), True, True]
        assert expected == [predicate(parse(text))(kept) for kept in store.events]
        assert expected == mask(parse(text), store.to_pandas(expand=expand)).tolist()


def test_numbers_that_numpy_would_round() -> None:
    """A literal past what floats can tell apart is compared exactly; none is too large."""
    df = pd.DataFrame({"data.x": [2.0**53, 1.0, np.nan], "priority": pd.array([1, None, 5], dtype="Int8")})
    for text, expected in (
        (f"data.x == {2**53 + 1}", [False, False, False]),
        (f"data.x == {2**53}", [True, False, False]),
        (f"data.x < {2**1023}", [True, True, False]),
        (f"data.x > -{2**1024 - 1}", [True, True, False]),
        (f"priority < {2**1024 - 1}", [True, False, True]),
        ("priority > 1.5", [False, False, True]),
    ):
        assert expected == where(text).mask(df).tolist()


@pytest.mark.filterwarnings("ignore:this frame has no column `data`")
def test_frames_of_anybody() -> None:
    """A frame without some columns, of other dtypes, read of CSV: what is not there has no value."""
    df = pd.DataFrame({"status": ["a", None], "timestamp": ["2026-01-01", "no"], "data.x": [1, np.nan]})
    for text, expected in (
        ('status == "a"', [True, False]),
        ('project_id == "a"', [False, False]),
        ('not project_id == "a"', [True, True]),
        ('timestamp > "2025-01-01"', [True, False]),
        ("data.x == 1", [True, False]),
        ("has(data.y)", [False, False]),
        ('type == "a"', [False, False]),
        ("age() > 0", [True, False]),
    ):
        assert expected == where(text).mask(df).tolist()
        assert expected == where(text).mask(df.astype(object)).tolist()
    assert [] == where("has(data.x)").mask(df.head(0)).tolist()
    naive = pd.DataFrame({"timestamp": pd.to_datetime(["2026-01-01T00:00:00.000001", None])})
    assert [True, False] == where('timestamp == "2026-01-01T00:00:00.000001Z"').mask(naive).tolist()


def test_callables_are_asked_where_it_counts() -> None:
    """Both evaluations ask a callable only of what the rest leaves open, in events with all their fields."""
    store = EventStore()
    store.add_events([event({"x": 1, "status": "a"}), event({"status": "b"}), event("[DONE]")])
    asked: list[Event] = []

    def ask(each: Event) -> bool:
        asked.append(each)
        return bool(each.data["x"])

    chosen = where(ask) & where("has(data.x)")
    assert [True, False, False] == chosen.mask(store.df).tolist()
    assert store.events[:1] == asked
    chosen = where("not has(data.x)") | where(ask)
    assert [True, True, True] == [chosen.test(each) for each in store.events]


def test_payloads_are_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many clauses ask for fields that are no columns, each payload is decoded once."""
    from sse_notebook.events.fields import Fields

    read: list[int] = []
    whole = Fields.read
    monkeypatch.setattr(Fields, "read", lambda self, texts: read.append(len(texts)) or whole(self, texts))
    store = EventStore()
    store.add_events([event({"x": row, "y": row}) for row in range(100)])
    tree = parse("data.x > 10 and data.y < 90 or data.x == 1 and data.y == 1 or data.z == 5")
    assert 80 == mask(tree, store.to_pandas(expand=[])).sum()
    assert [100] == read


def best(work: Any) -> float:
    times = []
    for _ in range(7):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def test_speed_of_a_predicate() -> None:
    """Three clauses take no more than some times what they take written by hand in Python."""
    events = [event(PAYLOAD | {"duration": each}) for each in range(2_000)]
    for each in events:
        assert each.data  # decoded before
    fits = predicate(parse('status == "Running" and severity >= "warning" and data.duration > 30'))
    order = ("warning", "error")

    def by_hand(each: Event) -> bool:
        found = each.data.get("duration")
        return each.status == "Running" and each.severity in order and isinstance(found, int) and found > 30

    assert best(lambda: list(map(fits, events))) < 8 * best(lambda: list(map(by_hand, events)))


def test_speed_of_a_mask() -> None:
    """Three clauses at once take no more than a few times what they take written by hand in pandas."""
    rows = 200_000
    df = pd.DataFrame(
        {
            "status": pd.array(np.random.default_rng(1).choice(["Running", "Failed"], rows), dtype="str"),
            "severity": pd.Categorical.from_codes(
                np.arange(rows) % 4, ["info", "success", "warning", "error"], ordered=True
            ),
            "data.duration": np.arange(rows) % 100 * 1.0,
            "data": pd.array([json.dumps({})] * rows, dtype="str"),
        }
    )
    tree = parse('status == "Running" and severity >= "warning" and data.duration > 30')
    expected = (df["status"] == "Running") & (df["severity"] >= "warning") & (df["data.duration"] > 30)
    assert expected.equals(mask(tree, df))
    ours = best(lambda: mask(tree, df))
    by_hand = best(
        lambda: (df["status"] == "Running") & (df["severity"] >= "warning") & (df["data.duration"] > 30)
    )
    assert ours < 4 * by_hand
