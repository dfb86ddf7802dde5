"""`events.builtin`: each server's own bytes give the right rows, and its heartbeats none."""

from __future__ import annotations

import doctest
import json
import time
from datetime import datetime
from typing import Any

import pytest
from events.vocabulary_wires import WIRES, Row, bytes_of
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event, Vocabulary, builtin
from sse_notebook.events.builtin import NAMES, vocabulary_of
from sse_notebook.events.event import checked
from sse_notebook.events.vocabulary import Control
from sse_notebook.wire import Decoder, ServerSentEvent

RECEIVED = 1_800_000_000_000_000

each = pytest.mark.parametrize("name", NAMES)


def no_report(where: str, error: BaseException) -> None:
    """A rule of ours that raises is a bug."""
    raise AssertionError(f"{where}: {error!r}")


def messages_of(name: str) -> list[ServerSentEvent]:
    """What the decoder makes of a fixture."""
    return Decoder().feed(bytes_of(name))


def as_row(event: Event) -> Row:
    own = event.timestamp_us != RECEIVED
    return Row(
        event.type,
        event.id,
        event.timestamp.isoformat() if own else None,
        (event.resource_type, event.resource_id),
        event.message,
        event.severity,
        event.status,
        event.priority,
    )


@each
def test_the_wire_gives_its_rows(name: str) -> None:
    """Types, ids, times, resources, messages, severities; greetings and heartbeats are control messages."""
    vocabulary = vocabulary_of(name)
    found = [vocabulary.read(message, RECEIVED, report=no_report) for message in messages_of(name)]
    assert WIRES[name].rows == [as_row(one) for one in found if isinstance(one, Event)]
    assert WIRES[name].control == tuple(one.name for one in found if isinstance(one, Control))
    assert WIRES[name].discarded == found.count(None)


@each
def test_several_at_once_are_read_alike(name: str) -> None:
    """`read_all` gives what `read` gives of each."""
    read = vocabulary_of(name).read_all(messages_of(name), RECEIVED, report=no_report)
    assert WIRES[name].rows == [as_row(event) for event in read.rows]
    assert WIRES[name].control == tuple(control.name for _, control in read.controls)
    assert WIRES[name].discarded == len(read.discarded)


@each
def test_a_fixture_says_where_it_is_from(name: str) -> None:
    """Its first line is a comment with the source."""
    assert bytes_of(name).startswith(b": source ")


def test_each_name_has_its_wire() -> None:
    """No vocabulary is without a fixture, and no fixture without a vocabulary."""
    assert set(NAMES) == set(WIRES)
    assert sorted(NAMES) == list(NAMES)


@each
def test_a_strange_payload_is_left_unharmed(name: str) -> None:
    """What a server's own rules do not know is read the platform's way."""
    payload = {"workload_id": "wl-1", "status": "running", "message": "m", "timestamp": 1234567890}
    found = vocabulary_of(name).read(ServerSentEvent("x", json.dumps(payload)), RECEIVED, report=no_report)
    assert isinstance(found, Event)
    assert ("x", "workload", "wl-1") == (found.type, found.resource_type, found.resource_id)
    assert ("running", "m", 1234567890) == (found.status, found.message, found.timestamp_us // 1_000_000)


@pytest.mark.parametrize(
    ("name", "event", "payload"),
    [
        ("mastodon", "notification", {"type": "mention"}),
        ("home_assistant", "message", {"event_type": "state_changed", "data": {}}),
        ("home_assistant", "message", {"event_type": "call_service", "data": {"domain": "light"}}),
        ("pocketbase", "posts/*", {"action": "create", "record": {"id": "r"}}),
        ("horizon", "message", {"type": "payment", "amount": "1.0"}),
        ("wikimedia", "message", {"type": "edit"}),
    ],
)
def test_half_of_a_message_is_none(name: str, event: str, payload: dict[str, Any]) -> None:
    """Where the words are not all there, nothing is made up: no "None by None"."""
    found = vocabulary_of(name).read(ServerSentEvent(event, json.dumps(payload)), RECEIVED, report=no_report)
    assert isinstance(found, Event)
    assert found.message is None


@pytest.mark.parametrize(
    ("said", "priority"),
    [(5, 1), (4, 2), (3, 3), (2, 4), (1, 5), (0, 3), (None, 3), (True, 3), ("high", 3), (9, None)],
)
def test_ntfys_priority_is_turned_round(said: Any, priority: int | None) -> None:
    """Its 5 is the worst and our 1; where it says none, its default is 3; what it can't mean is none."""
    message = ServerSentEvent(data=json.dumps({"event": "message", "priority": said}))
    event = vocabulary_of("ntfy").read(message, RECEIVED, report=no_report)
    assert isinstance(event, Event)
    assert priority == event.priority


# -- names -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spelt", "name"),
    [
        *((name, name) for name in NAMES),
        ("Home Assistant", "home_assistant"),
        (" home-assistant ", "home_assistant"),
        ("HomeAssistant", "home_assistant"),
        ("CloudEvents", "cloudevents"),
        ("Stellar Horizon", "horizon"),
        ("stellar", "horizon"),
    ],
)
def test_a_name_is_known_however_it_is_spelt(spelt: str, name: str) -> None:
    """Case, blanks, hyphens and underscores do not matter."""
    read = vocabulary_of(spelt).read_all(messages_of(name), RECEIVED)
    assert WIRES[name].rows == [as_row(event) for event in read.rows]


def test_a_vocabulary_is_itself() -> None:
    """One of the user's own is passed through."""
    own = Vocabulary()
    assert own is vocabulary_of(own)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("ntfi", "did you mean 'ntfy'?"),
        ("Wikipedia", "did you mean 'wikimedia'?"),
        ("homeassist", "did you mean 'home_assistant'?"),
        ("", "''; there are cloudevents, home_assistant"),
        ("something else", "'something else'; there are cloudevents, home_assistant"),
    ],
)
def test_an_unknown_name_is_answered_with_the_known(wrong: str, hint: str) -> None:
    """The error says what was wrong, what may have been meant, and all that there is."""
    with pytest.raises(ArgumentError) as caught:
        vocabulary_of(wrong)
    assert hint in str(caught.value)
    assert str(caught.value).endswith(", ".join(NAMES))


def test_what_is_no_name_is_an_error() -> None:
    """Neither a vocabulary nor text."""
    with pytest.raises(ArgumentError, match="vocabulary is a Vocabulary, or the name of one, not 5"):
        vocabulary_of(5)  # type: ignore[arg-type]


# -- whatever arrives --------------------------------------------------------------------------------------


def mutations(value: Any, draw: st.DrawFn) -> Any:
    """A payload, with something else in some of its places."""
    if draw(st.integers(0, 9)) == 0:
        return draw(
            st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just([]) | st.just({})
        )
    if isinstance(value, dict):
        return {key: mutations(item, draw) for key, item in value.items() if draw(st.integers(0, 9))}
    if isinstance(value, list):
        return [mutations(item, draw) for item in value]
    return value


@st.composite
def broken(draw: st.DrawFn) -> tuple[str, ServerSentEvent]:
    """A message of some server, read by the vocabulary of that or of another one, and broken somewhere."""
    message = draw(st.sampled_from([message for name in NAMES for message in messages_of(name)]))
    try:
        data = json.dumps(mutations(json.loads(message.data), draw))
    except ValueError:
        data = draw(st.text(max_size=5))
    return draw(st.sampled_from(NAMES)), ServerSentEvent(message.event, data, own_id=message.own_id)


@given(broken())
def test_a_broken_message_is_read_without_an_error(pair: tuple[str, ServerSentEvent]) -> None:
    """No rule of ours raises, whatever is missing or is something else; the row is sound."""
    name, message = pair
    found = vocabulary_of(name).read(message, RECEIVED, report=no_report)
    if isinstance(found, Event):
        assert checked(found) is found
        assert datetime.fromisoformat(found.timestamp.isoformat())


def mastodon(content: str) -> Event | Control | None:
    message = ServerSentEvent("update", json.dumps({"id": "1", "content": content}))
    return vocabulary_of("mastodon").read(message, RECEIVED, report=no_report)


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("<p>1 &lt; 2</p>", "1 < 2"),
        ("a < b", "a < b"),
        ("<<p>x</p>", "<x"),
        ("a<br/>b<br />c", "a\nb\nc"),
        ("&#" + "9" * 5_000 + ";", "&#" + "9" * 5_000 + ";"),
        ("<p></p>", None),
        ("&#xD800;", "\ufffd"),
    ],
)
def test_html_is_shown_as_text(content: str, shown: str | None) -> None:
    """Tags go, entities become characters; what is no HTML stays."""
    event = mastodon(content)
    assert isinstance(event, Event)
    assert shown == event.message


def test_html_takes_time_in_proportion() -> None:
    """Eight times the tags that never end take about eight times as long; were it quadratic, sixty-four."""

    def seconds(content: str) -> float:
        spent = []
        for _ in range(3):
            began = time.process_time()
            mastodon(content)
            spent.append(time.process_time() - began)
        return min(spent)

    for unending in ("<", "<br ", "</p> ", "<p", "&#"):
        assert seconds(unending * 80_000) < 30 * seconds(unending * 10_000)


def test_the_examples_hold() -> None:
    """What the docstrings show is what happens."""
    assert 0 == doctest.testmod(builtin).failed
