"""`Filter.split`: what the server lets through and the local part lets through is what the filter does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support import examples
from trees import TYPES, asks, clause_nodes, fields, payloads

import sse_notebook as sse
from sse_notebook.backend.selection import Selection, keys_of
from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.types import ALIASES
from sse_notebook.filters.split import LONGEST
from sse_notebook.filters.tree import Compare, Field, In, Node, Not, Opaque, Value, all_of, any_of
from sse_notebook.wire import ServerSentEvent

IDS = ["p-1", "p 1", "5", "é,b", "all", "build", "7", "", " "]
NAMES = [*ALIASES, *TYPES, "edit", "a.b", "a.b.status", "a,b", " x ", "build.*", "workload.status"]

names = st.sampled_from(NAMES) | st.just("workload.running")
ids = st.sampled_from(IDS)


def _clauses(field: str, texts: st.SearchStrategy[str]) -> st.SearchStrategy[Node]:
    literals = (texts | st.sampled_from([5, True])).map(Value)
    several = st.lists(literals, max_size=2).map(tuple)
    return st.builds(Compare, st.just(Field(field)), st.sampled_from(["==", "==", "!=", "<"]), literals) | (
        st.builds(In, st.just(Field(field)), several, st.booleans())
    )


about_server = st.one_of(
    *(_clauses(name, ids) for name in ("cluster_id", "project_id", "workload_id", "resource_type")),
    *(_clauses(name, names) for name in ("type", "event_type", "type", "event_type")),
)
inner = st.recursive(
    about_server | about_server | clause_nodes | st.just(Opaque(asks)),
    lambda parts: st.lists(parts, max_size=3).map(lambda some: any_of(*some)) | parts.map(Not),
    max_leaves=3,
)
trees = st.lists(inner, max_size=4).map(lambda parts: all_of(*parts))

# As a publisher may write them: either casing, at the top, or nested.
said_ids = st.dictionaries(
    st.sampled_from(["clusterId", "project_id", "projectId", "workload_id", "resourceType", "addon_id"]),
    st.sampled_from(["p-1", "p 1", "5", 5, 7.5, "é,b", "all", "build", None]),
)
wire_events = st.builds(
    lambda type_, own, ids, nested, more: more | own | {"data": nested} | ids | {"event_type": type_},
    st.sampled_from([name for name in NAMES if name != " x "]) | st.just("workload_status_update"),
    fields,
    said_ids,
    said_ids,
    payloads,
)


def read(said: dict[str, Any], vocabulary: Vocabulary | None = None) -> Event:
    """What we read of what the backend sends."""
    message = ServerSentEvent(event=said["event_type"], data=json.dumps(said))
    found = (vocabulary or Vocabulary()).read(message, received_us=1)
    assert isinstance(found, Event)
    return found


@given(trees, st.lists(wire_events, min_size=1, max_size=8))
@examples(400)
@example(
    sse.where('type == "workload.running"').tree,
    [{"event_type": "workload.failed", "status": "Running"}, {"event_type": "workload.running"}],
)
@example(
    sse.where('type == "a.b.c"').tree,
    [{"event_type": "a.b.status", "status": "c"}, {"event_type": "a.status", "status": "B.c"}],
)
def test_both_parts_are_the_filter(tree: Node, said: list[dict[str, Any]]) -> None:
    """The backend's selection and the local part together let through what the tree does."""
    whole = sse.Filter(tree)
    server, local = whole.split()
    asked = Selection.from_query(server)
    for each in said:
        event = read(each)
        assert whole.test(event) == (asked.accepts(keys_of(each)) and local.test(event)), (server, each)


@pytest.mark.parametrize(
    ("text", "server", "local"),
    [
        ('project_id == "p-1" and data.n > 3', {"project_id": "p-1"}, "data.n > 3"),
        ('resource_type in ["build"] and cluster_id == "c"',
         {"cluster_id": "c", "resource_type": "build"}, "True"),
        ('project_id in ["a", "b"]', {}, 'project_id in ["a", "b"]'),
        ('project_id == "a" and project_id == "b"', {"project_id": "a"}, 'project_id == "b"'),
        ('project_id == "a" or severity == "error"', {}, 'project_id == "a" or severity == "error"'),
        ('not project_id == "a"', {}, 'not project_id == "a"'),
        ('lower(project_id) == "a"', {}, 'lower(project_id) == "a"'),
        ('resource_type == "all" and project_id == ""', {}, 'resource_type == "all" and project_id == ""'),
        ("project_id == 5", {}, "project_id == 5"),
        ("project_id == workload_id", {}, "project_id == workload_id"),
        ('type == "build_failed"', {"event_types": "build_failed,build.failed"}, "True"),
        ('event_type == "build_failed"', {"event_types": "build_failed"}, "True"),
        ('type == "edit" or event_type == "new"', {"event_types": "edit,new"}, "True"),
        ('type == "edit" or data.n > 3', {}, 'type == "edit" or data.n > 3'),
        ('type == "edit" and type in ["edit", "new"]', {"event_types": "edit"}, "True"),
        ('type == "edit" and type == "new"', {"event_types": "edit"}, 'type == "new"'),
        ('type == "build.*"', {}, 'type == "build.*"'),
        ('type != "edit"', {}, 'type != "edit"'),
        ('event_type not in ["edit"] and project_id not in ["a"]', {},
         'event_type not in ["edit"] and project_id not in ["a"]'),
        ('event_type == "a,b"', {}, 'event_type == "a,b"'),
        ('event_type == " a"', {}, 'event_type == " a"'),
        ("event_type in []", {}, "event_type in []"),
        ("False", {}, "False"),
        ("True", {}, "True"),
    ],
)  # fmt: skip
def test_parts(text: str, server: dict[str, str], local: str) -> None:
    """The server is asked for what it can do exactly, or in part; the rest stays here."""
    found = sse.where(text).split()
    assert (server, local) == (found.server, str(found.local))


@pytest.mark.parametrize(
    "pattern", [name for name in ALIASES if ALIASES[name].status is None] + ["build.failed"]
)
def test_both_spellings_are_asked_for(pattern: str) -> None:
    """An event that answers to a type comes, whichever of its names is on the wire."""
    asked = sse.where(type=pattern).split().server["event_types"].split(",")
    for name in ALIASES:
        if sse.where(type=pattern).test(read({"event_type": name})):
            assert name in asked


def test_a_state_is_asked_for_by_every_name() -> None:
    """`workload.running` is a state: any message about a workload's state may say it."""
    server, local = sse.where('type == "workload.running"').split()
    asked = Selection.from_query(server)
    for name in ("workload_status_update", "workload.status", "workload.running", "workload.failed"):
        said = {"event_type": name, "status": "running"}
        assert asked.accepts(keys_of(said))
        assert local.test(read(said))
    assert not local.test(read({"event_type": "workload.status", "status": "failed"}))


def test_another_vocabulary_is_not_asked_of_the_server() -> None:
    """Types or resources that a vocabulary makes itself are unknown to the server."""
    fits = sse.where('type == "page.edit" and resource_type == "page" and project_id == "p-1"')
    renamed = Vocabulary(aliases={"edit": "page.edit"}, resource=lambda page: ("page", page["title"]))
    server, local = fits.split(renamed)
    assert ({"project_id": "p-1"}, 'type == "page.edit" and resource_type == "page"') == (server, str(local))
    said = {"event_type": "edit", "title": "T", "project_id": "p-1"}
    assert fits.test(read(said, renamed))
    assert Selection.from_query(server).accepts(keys_of(said))
    assert fits.split() == fits.split(Vocabulary(timestamp="at", discard="test"))


def test_a_url_stays_short() -> None:
    """What a URL has no room for is checked here."""
    many = [f"type-{number}" for number in range(LONGEST)]
    fits = sse.where(type=many, project_id="p" * (LONGEST - 6), cluster_id="cccccccccc", workload_id="w")
    server, local = fits.split()
    assert {"project_id", "workload_id"} == set(server)
    assert sse.where(type=many, cluster_id="cccccccccc") == local


def test_it_prints_as_two_lines() -> None:
    """Both parts are shown, each on its line, whatever is in them."""
    fits = sse.where('project_id == "p 1=\\n" and cluster_id == "c" and data.n > 3')
    assert repr(fits.split()) == "server: cluster_id=c project_id='p 1=\\n'\nhere:   data.n > 3"
    assert repr(sse.where().split()) == "server: everything\nhere:   nothing: all that comes fits"
