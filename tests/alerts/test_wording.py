"""What the user says of toasts: words, durations, variants, by type; and what can't be meant."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.alerts.wording import KEEP, Wording, filled
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event, Vocabulary
from sse_notebook.wire import ServerSentEvent


def event(name: str = "build_failed", who: str | None = "wl-1", **fields: Any) -> Event:
    """An event of this type, about this workload."""
    raw = json.dumps({"event_type": name, "workload_id": who, **fields})
    found = Vocabulary().read(ServerSentEvent(data=raw), received_us=1)
    assert isinstance(found, Event)
    return found


def test_a_template_takes_the_place_of_the_houses_words() -> None:
    """Title, text and the title of several; the payload's fields too; what is not there is nothing."""
    wording = Wording()
    wording.set("build.failed", title="{workload_id}: exit {data.code}", text="[{data.n.m}] {{{message}}}")
    words = wording.words(event(code=3, data={"n": {"m": True}}, message="no\nimage"))
    assert ("wl-1: exit 3", "[True] {no image}") == (words.title, words.text)
    assert "wl-1: exit 3" == words.group
    assert ": exit" == wording.words(event(who=None)).title
    wording.set("build.failed", text="only this")
    assert ("Build failed", "only this") == wording.words(event())[::2]
    wording.set("build.failed")
    assert "wl-1" == wording.words(event()).text


def test_the_last_that_fits_goes_before() -> None:
    """Either spelling, a glob, a name that implies a status; each says only what it says."""
    wording = Wording()
    wording.set("*", text="any", duration=3)
    wording.set("build_failed", title="failed")
    wording.set("workload.degraded", severity="error", duration=None)
    wording.set("build.*", text="a build")
    assert ("failed", "a build") == wording.words(event())[::2]
    assert ("Build completed", "a build") == wording.words(event("build_complete"))[::2]
    assert "any" == wording.words(event("workload_status_update", status="running")).text
    assert ("error", None) == (
        wording.variant("workload.status", "Degraded", "warning"),
        wording.duration("workload.status", "degraded", "error"),
    )
    assert ("info", 3) == (
        wording.variant("workload.status", None, "info"),
        wording.duration("workload.status", "running", "info"),
    )
    wording.set("build_failed", title="said again, so it is the last")
    wording.set("build.*", title="all builds")
    assert "all builds" == wording.words(event()).title


def test_what_is_said_of_a_type_makes_it_known() -> None:
    """Types that nobody knew are shown from then on, however mild."""
    wording = Wording()
    assert [False, True] == [wording.knows("edit", None), wording.knows("build.failed", None)]
    wording.set("edit", duration=2)
    assert wording.knows("edit", None)
    assert not wording.knows("other", None)


def test_durations_by_variant() -> None:
    """Where nothing is said of the type, the variant's counts."""
    wording = Wording()
    assert wording.duration("x", None, "error") is None
    wording.last("error", 20)
    wording.last("info", None)
    assert (20, None, 8) == tuple(wording.duration("x", None, name) for name in ("error", "info", "warning"))
    wording.set("x", duration=1.5)
    assert 1.5 == wording.duration("x", None, "error")


def test_a_function_that_fails_is_reported() -> None:
    """The house's words stand in; what it gives is text."""
    told = []
    wording = Wording(lambda where, error: told.append((where, type(error))))
    wording.set("build.*", title=lambda event: event.data["nothing"], text=lambda event: 5)
    assert ("Build failed", "5") == wording.words(event())[::2]
    assert [("toast template build.failed", KeyError)] * 2 == told


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"title": "{workloadid}"}, "an event has no 'workloadid'"),
        ({"title": "{0}"}, "an event has no '0'"),
        ({"text": "{}"}, "an event has no ''"),
        ({"text": "{message.__class__}"}, "an event has no 'message.__class__'"),
        ({"text": "{message!r}"}, "only names stand in braces"),
        ({"text": "{message:>10}"}, "only names stand in braces"),
        ({"text": "{message"}, "can't be read"),
        ({"title": 5}, "a text, as 'Build {workload_id} failed', or a function"),
        ({"severity": "bad"}, "one of info, success, warning, error"),
        ({"duration": 0}, "a number of seconds"),
        ({"duration": float("nan")}, "a number of seconds"),
        ({"duration": True}, "a number of seconds"),
        ({"duration": "5s"}, "a number of seconds"),
    ],
    ids=repr,
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any], says: str) -> None:
    """With what is wrong and what would be right; what was said before stays."""
    wording = Wording()
    wording.set("build.failed", title="before")
    with pytest.raises(ArgumentError, match="a type or a glob"):
        wording.set("", title="x")
    with pytest.raises(ArgumentError) as raised:
        wording.set("build.failed", **given)
    assert says in str(raised.value)
    assert "before" == wording.words(event()).title
    with pytest.raises(ArgumentError, match="one of info"):
        wording.last("bad", 5)
    with pytest.raises(ArgumentError, match="a number of seconds"):
        wording.last("info", -1)
    assert "KEEP" == repr(KEEP)


@given(st.text(max_size=20))
def test_values_are_never_templates(text: str) -> None:
    """What an event says is put in as it is, braces and all."""
    found = event(message=text)
    assert (found.message or "") == filled("{message}", found)
    assert found.raw == filled("{data}", found)
