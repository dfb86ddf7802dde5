"""`journal.redaction`: what is taken out is out, what was equal stays equal, and the rest is as it was."""

from __future__ import annotations

import doctest
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.errors import ArgumentError
from sse_notebook.journal import redaction as module
from sse_notebook.journal.redaction import Redaction, redacted_request
from sse_notebook.source.redactor import Redactor
from sse_notebook.wire import ServerSentEvent

SECRET = "hunter2-secret"
NAMES = st.sampled_from(["email", "user", "data", "x", "a.b"])
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=10,
)


def data_of(redaction: Redaction, payload: Any) -> Any:
    return json.loads(redaction.event(ServerSentEvent(data=json.dumps(payload))).data)


@pytest.mark.parametrize(
    ("rule", "payload", "left"),
    [
        ("email", {"email": 1, "x": 2}, {"email": "***", "x": 2}),
        ("data.email", {"email": 1}, {"email": "***"}),
        ("email", {"data": {"email": 1}}, {"data": {"email": "***"}}),
        ("user.email", {"user": {"email": 1, "id": 2}}, {"user": {"email": "***", "id": 2}}),
        ("users.email", {"users": [{"email": 1}, {"email": 2}]}, {"users": [{"email": "***"}] * 2}),
        ("*.email", {"a": {"email": 1}, "b": {"email": 2}}, {"a": {"email": "***"}, "b": {"email": "***"}}),
        (
            "**.email",
            {"email": 1, "a": [{"b": {"email": 2}}]},
            {"email": "***", "a": [{"b": {"email": "***"}}]},
        ),
        ("a.b", {"a.b": 1, "a": {"b": 2}}, {"a.b": "***", "a": {"b": "***"}}),
        ("email", {"mail": 1}, {"mail": 1}),
        ("email", [{"email": 1}], [{"email": "***"}]),
    ],
)
def test_paths(rule: str, payload: Any, left: Any) -> None:
    """A path finds what a filter's path finds, in lists and in the nested `data` too."""
    assert left == data_of(Redaction(rules=[rule]), payload)


def test_ways() -> None:
    """Masked, left out, replaced by a pseudonym, or by what a callable says."""
    redaction = Redaction(rules={"a": "mask", "b": "drop", "c": "pseudonym", "d": len})
    found = data_of(redaction, {"a": 1, "b": 2, "c": "ann", "d": "four"})
    assert {"a": "***", "c": found["c"], "d": 4} == found
    assert found["c"].startswith("anon-")
    assert [
        "data.a: masked",
        "data.b: left out",
        "data.c: a pseudonym",
        "data.d: changed by len",
    ] == redaction.said


def test_pseudonyms_join_within_a_file_and_nowhere_else() -> None:
    """Equal values have equal ones, wherever they stand; in another file they are others."""
    rules = {"**.user": "pseudonym", "owner": "pseudonym"}
    one, other = Redaction(rules=rules), Redaction(rules=rules)
    first = data_of(one, {"user": "ann", "owner": "bob"})
    second = data_of(one, {"owner": "ann", "a": {"user": "bob"}})
    assert (first["user"], first["owner"]) == (second["owner"], second["a"]["user"])
    assert first["user"] != first["owner"]
    assert first["user"] != data_of(other, {"user": "ann"})["user"]
    assert None is data_of(one, {"owner": None})["owner"]


def test_patterns_are_for_text() -> None:
    """Anywhere in the payload, JSON or not."""
    redaction = Redaction(rules={re.compile(r"\w+@\w+\.com"): "pseudonym"})
    text = redaction.event(ServerSentEvent(data="from ann@x.com to bob@x.com, cc ann@x.com")).data
    assert "@" not in text
    names = re.findall("anon-[0-9a-f]{16}", text)
    assert names[0] == names[2] != names[1]


@pytest.mark.parametrize("text", ['{"email": "a@b', '{"email": NaN,}', "[" * 5000, ' {"x": }'])
def test_what_can_not_be_read_is_masked(text: str) -> None:
    """A field may stand in it that nobody sees."""
    assert "***" == Redaction(rules=["email"]).event(ServerSentEvent(data=text)).data


def test_what_no_rule_is_about_is_as_it_was() -> None:
    """Byte for byte."""
    event = ServerSentEvent(data='{ "a":1.0e5 ,"b" : "\\u00e9"}')
    assert event is Redaction(rules=["email"]).event(event)


@given(JSON)
def test_no_value_under_a_masked_name_is_left(payload: Any) -> None:
    """However deep, whatever it is."""

    def values(at: Any) -> list[Any]:
        if isinstance(at, list):
            return [found for inner in at for found in values(inner)]
        if not isinstance(at, dict):
            return []
        own = [at["email"]] if "email" in at else []
        return own + [found for inner in at.values() for found in values(inner)]

    assert {"***"} >= set(map(str, values(data_of(Redaction(rules=["**.email"]), payload))))


def test_a_known_token_is_in_no_line() -> None:
    """In the payload, the type, the id, a note; a token that is a word of the format breaks nothing."""
    for secret in (SECRET, "data", "event", "message"):
        known = Redactor()
        known.add(secret)
        redaction = Redaction(known)
        line = redaction.lines(
            0, [ServerSentEvent(f"x{secret}", f'{{"k": "{secret}"}}', secret, secret)], "ev"
        )
        body = json.loads(line)[2]
        assert {"event": "x***", "data": '{"k": "***"}', "id": "***"} == body
        assert {"text": ["***"]} == redaction.body({"text": [secret]})


def test_the_request_is_told_without_secrets() -> None:
    """By name, by custom, and what is known."""
    known = Redactor()
    known.add(SECRET)
    request = {
        "name": f"n {SECRET}",
        "params": {"q": "a", "api_key": "b", "page": ["1", SECRET], "session": {"x": 1}},
        "headers": {"Cookie": "a=b", "X-Team": "blue"},
        "expand": True,
    }
    told, said = redacted_request(request, known, hide=["x-team"])
    assert {
        "name": "n ***",
        "params": {"q": "a", "api_key": "***", "page": ["1", "***"], "session": "***"},
        "headers": {"Cookie": "***", "X-Team": "***"},
        "expand": True,
    } == told
    assert ["params: api_key", "params: session", "headers: Cookie", "headers: X-Team"] == said


def test_a_hidden_parameter_is_not_told_in_a_url() -> None:
    """However it is written there; other texts, and other names, stay as they are."""
    url = "https://x/s?q=a&My+Team=blue&team=red&xteam=1#e"
    told, said = redacted_request(
        {"url": url, "name": "https://x/s?TEAM=red", "expand": "?team=red"}, str, hide=["team", "my team"]
    )
    assert {
        "url": "https://x/s?q=a&My+Team=***&team=***&xteam=1#e",
        "name": "https://x/s?TEAM=***",
        "expand": "?team=red",
    } == told
    assert ["params: My+Team", "params: team"] == said


@pytest.mark.parametrize(
    "wrong", [[7], {"a": "hide"}, ["a..b"], [""], [re.compile(b"x")], {"a": None}, ["**"]]
)
def test_a_rule_that_can_not_be_read_is_refused(wrong: Any) -> None:
    """At once, not when the first event comes."""
    with pytest.raises(ArgumentError, match="redact"):
        Redaction(rules=wrong)


def test_a_path_without_a_name_at_its_end_is_refused() -> None:
    """It would take out nothing, while the header said that it did; what to say instead is told."""
    with pytest.raises(ArgumentError, match=r"not 'data.user.\*\*': 'user' is all of it"):
        Redaction(rules={"data.user.**": "drop"})
    with pytest.raises(ArgumentError, match=r"not '\*\*': '\*' is every field"):
        Redaction(rules="**")


def test_examples() -> None:
    """The examples in the documentation are true."""
    assert 0 == doctest.testmod(module).failed


def test_an_empty_payload_has_no_field() -> None:
    """It is left alone, as is any text that is no object."""
    for text in ("", " ", "heartbeat", "7"):
        event = ServerSentEvent(data=text)
        assert Redaction(rules=["user.email"]).event(event) is event
