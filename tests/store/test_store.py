"""`EventStore`: the seed's verbs, what is handed out, and what observers hear."""

from __future__ import annotations

import doctest
import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import traitlets
from store_rows import DTYPES, FULL, assert_contract, event, many

from sse_notebook.clock import VirtualClock
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.batch import Batch
from sse_notebook.events.event import changed
from sse_notebook.source.status import ConnectionStatus
from sse_notebook.store import EventStore, store


def filled(rows: int, **settings: Any) -> EventStore:
    kept = EventStore(**settings)
    kept.take(many(rows))
    return kept


# -- the seed's verbs ------------------------------------------------------------------------------------

# The seed's eight types on the wire; two of them are about the connection.
WIRE_TYPES = (
    *("connected", "heartbeat", "workload_status_update", "project_status_update", "cluster_status_update"),
    *("build_complete", "build_failed", "error_report"),
)


def test_add_event_keeps_a_dictionary() -> None:
    """A dictionary in the seed's form is kept as an event, and is a row."""
    kept = EventStore(clock=VirtualClock(1_700_000_000.0), name="by hand")
    added = kept.add_event({"id": "e-1", "type": "workload.running", "workloadId": "wl-1"})
    assert isinstance(added, Event)
    assert ([added], added) == (kept.events, kept.last_event)
    assert (0, "e-1", "added", "by hand") == (added.seq, added.id, added.origin, added.source)
    assert 1_700_000_000_000_000 == added.timestamp_us == added.received_us
    assert ["workload.status"] == kept.df["type"].tolist()
    assert_contract(kept.df)


def test_control_messages_are_dropped() -> None:
    """`connected` and `heartbeat` take no row and no place among the events, added by hand too."""
    kept = EventStore()
    added = [kept.add_event({"event_type": name}) for name in WIRE_TYPES]
    assert [None, None] == added[:2]
    assert list(WIRE_TYPES[2:]) == [e.event_type for e in kept.events] == kept.df["event_type"].tolist()
    assert (6, 6) == (kept.count, len(kept))


def test_discarded_events_are_dropped() -> None:
    """What the vocabulary discards is not kept."""
    kept = EventStore(vocabulary=Vocabulary(discard="canary"))
    assert kept.add_event({"canary": True}) is None
    assert kept.add_event({"canary": False}) is not None
    assert 1 == len(kept)


def test_an_event_of_another_store_is_copied() -> None:
    """It gets a number of its own here, and keeps the one it has there."""
    one, other = filled(3), filled(5)
    event_ = other.events[4]
    added = one.add_event(event_)
    assert added is not None
    assert (3, 4, "added", "live") == (added.seq, event_.seq, added.origin, event_.origin)
    assert changed(event_, seq=3, origin="added") == added
    assert list(range(5)) == [e.seq for e in other.events]


def test_add_events_keeps_all_or_none() -> None:
    """Several are kept in order, and told once; if one of them is wrong, none is."""
    kept, told = EventStore(), []
    kept.observe(lambda change: told.append(change.new), "count")
    added = kept.add_events({"event_type": name, "n": n} for n, name in enumerate(WIRE_TYPES))
    assert (added, [6], list(range(6))) == (kept.events, told, kept.df.index.tolist())
    for wrong in (5, "event", None, ["x"]):
        with pytest.raises(ArgumentError, match="an event is a dictionary or an Event"):
            kept.add_events([{"n": 1}, wrong])
    assert (6, []) == (len(kept), kept.add_events([]))


@pytest.mark.parametrize("part", [2, 1_000])
def test_several_are_what_each_alone_is(monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    """Dictionaries in either vocabulary, control messages, `Event`s, in any order: alike by any pieces."""
    monkeypatch.setattr(store, "PART", part)
    said = [
        *({"event_type": name, "n": n, "project_id": "p-1"} for n, name in enumerate(WIRE_TYPES)),
        *filled(2).events,
        {"id": 7, "type": "workload.running", "workloadId": "wl-1", "severity": "CRITICAL", "data": {"n": 1}},
        filled(1).last_event,
        {"secret": 1},
        {"type": "edit", "timestamp": "2026-11-24T10:00:00Z"},
        {},
    ]
    for vocabulary in (None, Vocabulary(discard="secret"), Vocabulary(control=["edit"])):
        one, other = (
            EventStore(clock=VirtualClock(), name="by hand", vocabulary=vocabulary) for _ in range(2)
        )
        singly = [added for each in said if (added := one.add_event(each)) is not None]
        added = other.add_events(said)
        assert singly == added
        assert [True] * len(added) == [kept is mine for kept, mine in zip(other.events, added, strict=True)]
        pd.testing.assert_frame_equal(one.df, other.df)


def test_a_wrong_event_does_not_spoil_the_store() -> None:
    """What no column can hold, and what is no JSON, is refused at once, and reading goes on."""
    kept = filled(2)
    circle: dict[str, Any] = {}
    circle["circle"] = circle
    for wrong in (changed(event(FULL), severity="bad"), changed(event(FULL), timestamp_us=1.5), circle):
        with pytest.raises(ArgumentError):
            kept.add_event(wrong)
    assert 2 == len(kept.df) == kept.count


def test_a_rule_that_raises_is_reported() -> None:
    """An error of the user's vocabulary is told, and the event kept all the same."""
    reports: list[str] = []
    kept = EventStore(vocabulary=Vocabulary(message=lambda payload: payload["no such"]))
    kept.report = lambda where, error: reports.append(f"{where}: {error!r}")
    assert kept.add_event({"n": 1}) is not None
    assert ["vocabulary message: KeyError('no such')"] == reports


def test_clear_events_forgets() -> None:
    """Afterwards `events` and `df` are empty, the contract's columns apart; `seq` and `count` go on."""
    kept = filled(5, expand=True)
    assert 5 == len(kept.df)
    kept.clear_events()
    assert ([], 0, 5, None) == (kept.events, len(kept), kept.count, kept.last_event)
    assert_contract(kept.df)
    assert 0 == len(kept.df)
    added = kept.add_event({"n": 1})
    assert added is not None
    assert (5, [5], 6) == (added.seq, kept.df.index.tolist(), kept.count)


def test_set_connection_state_is_partial() -> None:
    """What is given changes, the rest stays; the whole of it is a `ConnectionStatus`."""
    kept, told = EventStore(), []
    assert ConnectionStatus() == kept.connection
    kept.observe(lambda change: told.append(change.new), "connection")
    kept.set_connection_state(state="retrying", attempt=3)
    kept.set_connection_state(cause="refused")
    assert ConnectionStatus(state="retrying", attempt=3, cause="refused") == kept.connection
    assert [ConnectionStatus(state="retrying", attempt=3), kept.connection] == told
    with pytest.raises(ArgumentError, match=r"no such part of a connection: colour \(there are attempt, "):
        kept.set_connection_state(colour="red", state="open")
    with pytest.raises(ArgumentError, match=r"state is one of unauthenticated, .*, closed, not 'happy'"):
        kept.set_connection_state(state="happy")
    assert "retrying" == kept.connection.state


@pytest.mark.parametrize(
    ("trait", "value"),
    [("version", 9), ("count", 50), ("connection", ConnectionStatus(state="open")), ("last_event", None)],
)
def test_a_trait_is_to_be_observed_not_set(trait: str, value: object) -> None:
    """A value of the user's would claim what is not so; what is observed goes on."""
    kept, told = EventStore(), []
    kept.observe(lambda change: told.append(change.new), "count")
    kept.add_event({"type": "edit"})
    before = getattr(kept, trait)
    with pytest.raises(traitlets.TraitError, match=f'"{trait}" trait is read-only'):
        setattr(kept, trait, value)
    assert before == getattr(kept, trait)
    kept.add_event({"type": "edit"})
    assert [1, 2] == told


def test_a_vocabulary_may_be_set_later() -> None:
    """By its name, too; a wrong one is refused at once, and the one before stays."""
    kept = EventStore()
    kept.vocabulary = "ntfy"
    with pytest.raises(ArgumentError, match="no vocabulary 'nope'"):
        kept.vocabulary = "nope"
    kept.add_event({"event": "message", "time": 1635528909, "topic": "disks"})
    assert ["disks"] == kept.df["resource_id"].tolist()
    kept.vocabulary = None
    kept.add_event({"event": "message", "topic": "disks"})
    assert kept.df["resource_id"].isna().iloc[-1]


def test_get_events_by_type_speaks_both_vocabularies() -> None:
    """Either spelling finds what either spelling brought, and globs do; the order is kept."""
    kept = EventStore()
    kept.add_events(
        [
            {"event_type": "workload_status_update", "status": "Running"},
            {"type": "workload.running"},
            {"event_type": "workload_status_update", "status": "failed"},
            {"event_type": "build_complete"},
            {"type": "build.failed"},
        ]
    )

    def found(name: str) -> list[int]:
        return [e.seq for e in kept.get_events_by_type(name)]

    assert [0, 1, 2] == found("workload_status_update") == found("workload.status") == found("workload.*")
    assert [0, 1] == found("workload.running")
    assert [3] == found("build.completed") == found("build_complete")
    assert [3, 4] == found("build.*") == found("build_*")
    assert [] == found("connected") == found("nothing")
    with pytest.raises(ArgumentError, match=r"type is one name or glob, not \['build.failed'\]"):
        kept.get_events_by_type(["build.failed"])


def test_get_events_by_resource_finds_own_or_any() -> None:
    """`"own"`: what the event is about; `"any"`: what it belongs to as well."""
    kept = EventStore()
    kept.add_events(
        [
            {"project_id": "p-1", "workload_id": "wl-1"},
            {"project_id": "p-1"},
            {"cluster_id": "c-1", "project_id": "p-2"},
            {"resource_id": "p-1", "resource_type": "pod", "project_id": "p-9"},
        ]
    )

    def found(id: str, match: Any = "own") -> list[int]:
        return [e.seq for e in kept.get_events_by_resource(id, match)]

    assert ([1, 3], [0, 1, 3]) == (found("p-1"), found("p-1", "any"))
    assert ([0], [0]) == (found("wl-1"), found("wl-1", "any"))
    assert ([], [2]) == (found("c-1"), found("c-1", "any"))
    assert [] == found("nothing", "any")
    with pytest.raises(ArgumentError, match='"own" or "any", not \'all\''):
        found("p-1", "all")
    with pytest.raises(ArgumentError, match="id is one text, not 5"):
        kept.get_events_by_resource(5)


# -- reading ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [0, 1, 5_000, 100_000])
def test_the_frame_is_the_contracts_at_any_size(rows: int) -> None:
    """`df` has the contract's columns, dtypes and index, whatever is in it."""
    kept = filled(rows)
    assert_contract(kept.df)
    assert (rows, rows) == (len(kept), len(kept.df))
    if rows:
        assert (0, rows - 1) == (kept.df.index[0], kept.df.index[-1])


def test_250_events_leave_100_and_250() -> None:
    """The seed's default: `events` has the newest 100, `df` all of them."""
    kept = filled(250)
    assert (100, 250) == (len(kept.events), len(kept.df))
    assert list(range(150, 250)) == [e.seq for e in kept.events]


def test_stores_concatenate() -> None:
    """`pd.concat` of an empty and a full store, and of two stores, keeps the dtypes that pandas can keep."""
    assert_contract(pd.concat([EventStore().df, filled(3).df]))
    one, two = EventStore(name="one"), EventStore(name="two")
    one.add_event(FULL)
    two.add_event(FULL)
    both = pd.concat([one.df, two.df])
    assert ["one", "two"] == both["source"].tolist()
    assert DTYPES.items() - {("source", "category")} <= {
        (name, str(dtype)) for name, dtype in both.dtypes.items()
    }


def test_expand_asks_for_payload_fields() -> None:
    """`expand` at the start, set later, or asked for in one reading; the contract's columns come first."""
    kept = EventStore(expand=["a"])
    kept.add_events([{"a": 1, "b": {"c": "x"}}, {"data": {"a": 2}}])
    assert [*DTYPES, "data.a"] == list(kept.df.columns)
    assert [1, 2] == kept.df["data.a"].tolist()
    assert [*DTYPES, "data.a", "data.b.c"] == list(kept.to_pandas(expand=True).columns)
    assert list(DTYPES) == list(kept.to_pandas(expand=[]).columns)
    kept.expand = True
    assert (True, [*DTYPES, "data.a", "data.b.c"]) == (kept.expand, list(kept.df.columns))
    kept.clear_events()
    assert list(DTYPES) == list(kept.df.columns)
    assert_contract(kept.df)
    for wrong in ("a", [1]):
        with pytest.raises(ArgumentError):
            kept.expand = wrong  # type: ignore[assignment]
    assert kept.expand is True


def test_expanded_columns_follow_the_rows() -> None:
    """After evictions and new rows each value still stands beside its payload."""
    kept = EventStore(max_rows=7, expand=["n"])
    for start in range(0, 30, 3):
        kept.add_events({"n": n} for n in range(start, start + 3))
        df = kept.df
        assert df.index.tolist() == df["data.n"].tolist()
        assert [f'{{"n":{n}}}' for n in df.index] == df["data"].tolist()


# Ways to write into a frame, each as hard as it can be done.
WRITES: dict[str, Callable[[pd.DataFrame], object]] = {
    "a column": lambda df: df.__setitem__("status", "HACK"),
    "loc": lambda df: df.loc.__setitem__((slice(None), "message"), "HACK"),
    "loc of a time": lambda df: df.loc.__setitem__((0, "timestamp"), pd.Timestamp("2000-01-01", tz="UTC")),
    "iloc": lambda df: df.iloc.__setitem__((slice(None), 6), 5),
    "at": lambda df: df.at.__setitem__((0, "after_gap"), True),
    "a mask": lambda df: df.loc.__setitem__((df["after_gap"] == False, "severity"), "error"),  # noqa: E712 - a Series
    "in place": lambda df: df.fillna({"message": "HACK", "priority": 1}, inplace=True),
    "updated": lambda df: df.update(pd.DataFrame({"message": ["HACK"]}, index=pd.Index([0], name="seq"))),
    "columns renamed": lambda df: setattr(df, "columns", [f"HACK {name}" for name in df.columns]),
    "popped": lambda df: df.pop("type"),
    "inserted": lambda df: df.insert(0, "HACK", 1),
    "the index": lambda df: df.index.rename("HACK", inplace=True),
    "the index replaced": lambda df: setattr(df, "index", range(10, 10 + len(df))),
    "the names of columns": lambda df: df.columns.rename("HACK", inplace=True),
    "attributes": lambda df: df.attrs.update(HACK=True),
    "an array of texts": lambda df: df["type"].array.__setitem__(0, "HACK"),
    "an expanded column": lambda df: df.loc.__setitem__((0, "data.n"), 99),
    "an expanded list": lambda df: df["data.l"].iloc[0].append("HACK"),
}

# Ways past pandas, which would write into what frames share: numbers.
REFUSED: dict[str, Callable[[pd.DataFrame], object]] = {
    "an array of categories": lambda df: df["severity"].array.__setitem__(0, "error"),
    "an array of origins": lambda df: df["origin"].array.__setitem__(0, "replayed"),
    "an array of times": lambda df: df["timestamp"].array.__setitem__(
        0, pd.Timestamp("2000-01-01", tz="UTC")
    ),
    "an array of numbers": lambda df: df["priority"].array.__setitem__(0, 5),
    "an array of booleans": lambda df: df["after_gap"].array.__setitem__(0, True),
    "an array of payload numbers": lambda df: df["data.n"].array.__setitem__(0, 99),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_frame_is_the_callers_own(write: Callable[[pd.DataFrame], object]) -> None:
    """Whatever is written into it, however: the store and every other snapshot are as they were."""
    kept = EventStore(expand=["n", "l"])
    kept.add_events([{"n": 1, "l": ["a"], "status": "s"}, {"n": 2, "l": ["b"], "priority": 3}])
    mine, other = kept.df, kept.df
    before = kept.df.to_dict("tight")
    dtypes = kept.df.dtypes.to_dict()
    write(mine)
    for untouched in (other, kept.df):
        assert before == untouched.to_dict("tight")
        assert (dtypes, {}) == (untouched.dtypes.to_dict(), untouched.attrs)


@pytest.mark.parametrize("write", REFUSED.values(), ids=REFUSED)
def test_an_array_below_a_frame_can_not_be_written_into(write: Callable[[pd.DataFrame], object]) -> None:
    """pandas refuses it, until a column is the caller's own: since he wrote into it, or copied it."""
    kept = EventStore(expand=["n"])
    kept.add_events([{"status": "s", "priority": 3, "n": 1}, {"priority": 3}])
    mine, other = kept.df, kept.df
    before = kept.df.to_dict("tight")
    with pytest.raises(ValueError, match="read-only"):
        write(mine)
    write(mine.copy())
    mine.loc[1, ["severity", "origin"]] = "warning", "added"
    mine.loc[1, ["timestamp", "priority", "after_gap"]] = pd.Timestamp("2001-01-01", tz="UTC"), 4, True
    mine.loc[1, "data.n"] = 2
    write(mine)
    assert before != mine.to_dict("tight")
    for untouched in (other, kept.df):
        assert before == untouched.to_dict("tight")


def test_a_slice_that_outlives_its_frame_is_the_callers_own() -> None:
    """A part of a snapshot, and a column, can be written into when the snapshot is gone."""
    kept = filled(5)
    before = kept.df.to_dict("tight")
    part, column = kept.df.iloc[1:3], kept.df["priority"]
    gc.collect()
    part.loc[1, "status"] = "HACK"
    part.loc[:, "priority"] = 5
    column.iloc[:] = 4
    assert ([4] * 5, [5, 5]) == (column.tolist(), part["priority"].tolist())
    assert before == kept.df.to_dict("tight")


def test_a_snapshot_stays_as_it_was() -> None:
    """Rows that come, go and are cleared later do not change a frame that was read before."""
    kept = filled(5, max_rows=6)
    snapshot = kept.df
    before = snapshot.to_dict("tight")
    kept.take(many(4))
    later = kept.df
    later.loc[:, "status"] = "HACK"
    kept.clear_events()
    assert before == snapshot.to_dict("tight")


def test_take_gives_the_rows_as_kept() -> None:
    """Events get their number, a batch is numbered anew, and nothing is no row."""
    kept, came = EventStore(), many(2)
    assert [0, 1] == [e.seq for e in kept.take(came)] == [e.seq for e in came]
    batch = Batch(Batch.of(many(3)).columns)
    rows = kept.take(batch)
    assert ([2, 3, 4], [-1] * 3) == ([e.seq for e in rows], [e.seq for e in batch])
    assert (list(rows), 5, 2) == (kept.events[2:], kept.count, kept.version)
    assert ([], 2) == (list(kept.take([])), kept.version)


def test_lists_are_the_callers_own() -> None:
    """`events`, what `add_events` gave and what `scan` gives can be changed without harm."""
    kept = EventStore()
    for mine in (
        kept.add_events([{"n": 1}, {"n": 2}]),
        kept.events,
        kept.scan(),
        kept.get_events_by_type("*"),
    ):
        mine.clear()
    assert (2, 2, 2) == (len(kept.events), len(kept.df), len(kept.scan()))


def test_a_store_is_true_when_empty() -> None:
    """`if store:` asks whether there is one, not whether it has rows."""
    assert EventStore()
    assert 0 == len(EventStore())


# -- scan ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("max_events", [0, 1, 100])
def test_scan_gives_all_kept_rows(max_events: int) -> None:
    """In order, from any point on; those that are objects no more are made anew, equal to what came."""
    came = many(250)
    kept = EventStore(max_events=max_events)
    for start in range(0, 250, 25):
        kept.take(came[start : start + 25])
    for after in (-1, 0, 99, 148, 149, 150, 248, 249, 1_000):
        assert came[after + 1 :] == kept.scan(after)


def test_scan_knows_what_is_gone() -> None:
    """Rows that were evicted or cleared are not scanned."""
    kept = filled(50, max_events=5, max_rows=20)
    assert list(range(30, 50)) == [e.seq for e in kept.scan()]
    kept.clear_events()
    assert [] == kept.scan()
    kept.take(many(3))
    assert [50, 51, 52] == [e.seq for e in kept.scan()]
    assert [52] == [e.seq for e in kept.scan(after=51)]


# -- settings --------------------------------------------------------------------------------------------


def test_max_events_can_be_changed() -> None:
    """Fewer lets the oldest objects go at once; more makes room for those to come."""
    kept = filled(50)
    kept.max_events = 10
    assert (10, list(range(40, 50))) == (kept.max_events, [e.seq for e in kept.events])
    kept.max_events = 12
    kept.take(many(5))
    assert list(range(43, 55)) == [e.seq for e in kept.events]
    kept.max_events = 0
    kept.take(many(1))
    assert (0, [], 56) == (kept.max_events, kept.events, len(kept.df))
    assert kept.last_event is not None
    assert 55 == kept.last_event.seq


def test_max_rows_evicts_and_counts() -> None:
    """The oldest rows go, at once, and are counted; what is gone does not come back."""
    kept = filled(10, max_rows=4)
    assert (4, 6, 10) == (len(kept), kept.evicted, kept.count)
    assert [6, 7, 8, 9] == kept.df.index.tolist()
    kept.max_rows = 2
    assert (2, 8) == (len(kept), kept.evicted)
    kept.max_rows = 1_000
    assert (2, 8, [8, 9]) == (len(kept), kept.evicted, kept.df.index.tolist())


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_events": -1},
        {"max_events": True},
        {"max_events": 1.5},
        {"max_rows": 0},
        {"max_rows": "9"},
        {"expand": "a"},
    ],
    ids=repr,
)
def test_a_wrong_setting_is_an_error(wrong: dict[str, Any]) -> None:
    """It is told at once, at the start and later, and changes nothing."""
    with pytest.raises(ArgumentError, match=next(iter(wrong))):
        EventStore(**wrong)
    kept = filled(3)
    with pytest.raises(ArgumentError):
        setattr(kept, *next(iter(wrong.items())))
    assert (100, 1_000_000, (), 3) == (kept.max_events, kept.max_rows, kept.expand, len(kept.df))


@pytest.mark.parametrize("name", [5, None, b"orders"])
def test_a_name_is_text(name: Any) -> None:
    """It is the `source` of rows, which no door out has a place for otherwise."""
    with pytest.raises(ArgumentError, match=f"name must be text, not {name!r}"):
        EventStore(name=name)


# -- observers -------------------------------------------------------------------------------------------


def test_traits_are_told_when_all_is_true() -> None:
    """Whichever trait is observed: by then all of them, `events` and `df` have what came."""
    kept, told = EventStore(), []

    def look(change: Any) -> None:
        last = kept.last_event.seq if kept.last_event is not None else None
        told.append((change.name, kept.count, kept.version, last, len(kept.events), len(kept.df)))

    kept.observe(look, ["version", "count", "last_event"])
    kept.add_events([{"n": 1}, {"n": 2}])
    expected = (2, 1, 1, 2, 2)
    assert {(name, *expected) for name in ("version", "count", "last_event")} == set(told)
    assert 3 == len(told)
    told.clear()
    kept.clear_events()
    assert {("version", 2, 2, None, 0, 0), ("last_event", 2, 2, None, 0, 0)} == set(told)


def test_version_grows_with_every_change() -> None:
    """Rows that come and rows that are cleared are changes; reading, and adding nothing, is none."""
    kept = EventStore()
    versions = [kept.version]
    for change in (lambda: kept.add_event({"n": 1}), lambda: kept.take(many(3)), kept.clear_events):
        change()
        versions.append(kept.version)
    assert [0, 1, 2, 3] == versions
    assert kept.add_event({"type": "heartbeat"}) is None
    assert kept.df is not None
    assert 3 == kept.version


def test_an_observer_that_raises_harms_nobody() -> None:
    """The event is kept, the others are told, and the error is reported with its place."""
    kept, told, reports = EventStore(), [], []
    kept.report = lambda where, error: reports.append((where, repr(error)))

    def broken(change: Any) -> None:
        raise RuntimeError("broken")

    for name in ("version", "count", "last_event", "connection"):
        kept.observe(broken, name)
        kept.observe(lambda change: told.append(change.name), name)
    assert kept.add_event({"n": 1}) is not None
    kept.set_connection_state(state="open")
    assert (1, "open") == (len(kept.df), kept.connection.state)
    assert ["connection", "count", "last_event", "version"] == sorted(told)
    assert [(f"observer of {name}", "RuntimeError('broken')") for name in sorted(told)] == sorted(reports)


def test_an_observer_may_read_and_add() -> None:
    """An observer that adds to the store leaves it with what is newest, and doubles nothing."""
    kept = EventStore()

    def answer(change: Any) -> None:
        if change.new.event_type == "question":
            kept.add_event({"event_type": "answer", "rows": len(kept.df)})

    kept.observe(answer, "last_event")
    for _ in range(3):
        kept.add_event({"event_type": "question"})
    assert ["question", "answer"] * 3 == kept.df["event_type"].tolist()
    assert kept.last_event == kept.events[-1]
    assert ("answer", 6, 6) == (kept.events[-1].event_type, kept.count, kept.version)


def test_the_examples_hold() -> None:
    """What the docstrings show is what happens."""
    assert 0 == doctest.testmod(store).failed


def test_the_index_is_the_readers_own_too() -> None:
    """Writing into the index's own memory harms neither the store nor another snapshot."""
    store = EventStore(max_events=0)
    store.add_events([{"type": "a"}] * 3)
    other = store.df
    memory = np.asarray(store.df.index)
    memory.setflags(write=True)
    memory[:] = 7
    assert [0, 1, 2] == store.df.index.tolist() == other.index.tolist()
    assert [0, 1, 2] == [event.seq for event in store.scan()]


def test_a_rule_that_raises_is_heard_of(caplog: pytest.LogCaptureFixture) -> None:
    """A store alone logs a warning for a vocabulary's rule that raises, once; the events are kept."""
    store = EventStore(vocabulary=Vocabulary(message=lambda payload: payload["nope"]))
    with caplog.at_level("WARNING", "sse_notebook"):
        store.add_events([{"type": "edit"}] * 3)
    assert 3 == store.count
    assert ["[SSE] Error in vocabulary message: KeyError: 'nope'"] == [
        record.getMessage().partition(" (line")[0] for record in caplog.records
    ]
