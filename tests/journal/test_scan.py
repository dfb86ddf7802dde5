"""`journal.scan`: secrets are found by their shapes and names; what is none is left in peace."""

from __future__ import annotations

import base64
import doctest
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.journal import scan
from sse_notebook.journal.cast import Entry, Header
from sse_notebook.journal.scan import Finding, secrets_in_entry, secrets_in_header
from sse_notebook.wire import ServerSentEvent

# Put together here, so that no scanner takes this file for a leak.
JWT = "ey" + "JhbGciOiJIUzI1NiJ9.ey" + "JzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
GITHUB, AWS = "ghp" + "_" + "a1" * 18, "AK" + "IA" + "ABCDEFGHIJKLMNOP"


def found(data: str) -> list[Finding]:
    return list(secrets_in_entry(5, Entry(0, "ev", ServerSentEvent(data=data))))


@pytest.mark.parametrize(
    ("data", "field", "kind"),
    [
        (JWT, "data", "JSON Web Token"),
        (json.dumps({"a": [{"b": f"see {JWT}"}]}), "data.a[0].b", "JSON Web Token"),
        (json.dumps({"h": "Authorization: Bearer abcdefghijklmnop"}), "data.h", "bearer"),
        (json.dumps({"password": "x"}), "data.password", "name"),
        (json.dumps({"user": {"api-key": "abc"}}), "data.user.api-key", "name"),
        (json.dumps({"accessToken": "abc"}), "data.accessToken", "name"),
        (json.dumps({"token": "abcdefghijklmnopq"}), "data.token", "name"),
        (json.dumps({"log": f"key {AWS} used"}), "data.log", "AWS"),
        (f"push with {GITHUB}", "data", "GitHub"),
        ("-----BEGIN RSA PRIVATE KEY-----", "data", "private key"),
        ("postgres://ann:geheim@db/x", "data", "URL"),
        ("GET /x?token=abcdefgh&a=1", "data", "query"),
        ('{"broken": "password: abcdefgh', "data", "text"),
    ],
)
def test_what_looks_like_a_secret_is_found(data: str, field: str, kind: str) -> None:
    """With its place and its kind; the secret itself is not told."""
    findings = found(data)
    assert (5, "ev", field) == findings[0][:3]
    assert any(kind in each.kind for each in findings)
    for secret in (JWT, GITHUB, AWS, "geheim", "abcdefgh"):
        assert secret not in repr(findings)


@pytest.mark.parametrize(
    "data",
    [
        json.dumps({"token": "the"}),  # what a language model says
        json.dumps({"author": "ann", "keyboard": "de", "monkey": "x", "code": "E42", "session": "s-1"}),
        json.dumps({"password": "***", "token": "***", "secret": "", "api_key": None, "passwords": 3}),
        json.dumps({"user": "anon-0123456789abcdef", "password": "anon-0123456789abcdef"}),
        "https://api.example.com/x?token=***&a=1",
        "https://me@example.com/a:b@c", "12:30:45 done", "a basic course for the bearer of news",
        json.dumps({"next_page_token": 17}), "[" * 3000,
    ],
)  # fmt: skip
def test_what_is_none_is_not_found(data: str) -> None:
    """Or nobody would look at what is."""
    assert [] == found(data)


BASIC = "Basic " + base64.b64encode(f"me:x {JWT}".encode()).decode()


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (base64.b64encode(f"ä {AWS}".encode()).decode(), {"an AWS key, in base64"}),
        (base64.urlsafe_b64encode(f"??>>~~ {GITHUB}".encode()).decode(), {"a GitHub token, in base64"}),
        (quote(f"/x?token={GITHUB}", safe=""), {"a secret in a query, URL-encoded"}),
        (quote(base64.b64encode(b"??>>~~ password: geheim!")), {"a secret in text, in base64"}),
        (BASIC, {"HTTP's basic authorization", "a JSON Web Token, in base64"}),
    ],
)
def test_a_secret_in_another_writing(text: str, kinds: set[str]) -> None:
    """What is a secret in base64, of either alphabet, or URL-encoded, is found; it is said how it stood."""
    for data in (f"see {text}", json.dumps({"a": text})):
        assert kinds <= {each.kind for each in found(data)}


@pytest.mark.parametrize(
    "data",
    [
        base64.b64encode(bytes(range(256))).decode(),
        base64.b64encode(b"just words, and then some more of them").decode(),
        base64.b64encode(b"password: ***, token=***&a=1").decode(),
        "100% of 5%, /a/path/that/looks/like/base64/and/is/none", "0123456789abcdef" * 4, quote("token=***"),
    ],
)  # fmt: skip
def test_what_is_none_in_another_writing(data: str) -> None:
    """Pictures, hashes, paths and texts without a secret are left in peace."""
    assert [] == found(data)


PIECES = st.sampled_from([
    *(JWT, AWS, GITHUB, "password: abcdefgh", "://a:bcd@", "PassWord=", "token=abcdefgh", "secret", "sig="),
    *("x" * 23, "x" * 24, "/", '"', "\n", " ", "abcdef", "api-key", "basic QUJDREVGR0hJSktM", "-", "words "),
    *("İ", "%41", "\u212a"),
])  # fmt: skip
TEXTS = st.lists(PIECES, max_size=4).map("".join)
PAYLOADS = st.recursive(
    TEXTS | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)


@given(PAYLOADS, st.booleans(), st.booleans())
def test_what_is_passed_over_has_nothing(payload: Any, ascii_only: bool, escaped: bool) -> None:
    """That a line is not gone into, since nothing can be in it, hides nothing, however JSON is written."""
    data = json.dumps({"a": payload}, ensure_ascii=ascii_only)
    data = data.replace("/", "\\/") if escaped else data
    every = list(scan._in_value(5, "ev", "data", json.loads(data)))
    assert every == found(data)


@pytest.mark.parametrize(
    "data",
    [
        r'{"a": "see \u0070\u0061ssword: abcdefgh"}', r'{"a": "https:\/\/ann:geheim@db\/x"}', '{"pwd": "x"}',
        '[[{"Set-Cookie": "x"}]]', "İİ token=abcdefgh", '{"a": "İ İ token=abcdefgh"}',
        json.dumps({"a": base64.b64encode(b"??>>~~ password: geheim!").decode()}).replace("/", "\\/"),
        json.dumps({"a": "tok%65n%3Dabcdefgh"}),
    ],
)  # fmt: skip
def test_what_is_hard_to_see_is_not_passed_over(data: str) -> None:
    """Escapes of JSON, names of fields, letters whose small form is longer."""
    assert 1 == len(found(data))


def test_all_parts_of_a_line_are_looked_at() -> None:
    """The type, the id, a note; the header's URL, and what was asked for."""
    event = ServerSentEvent(f"x {JWT}", "", JWT, JWT)
    assert ["event", "id"] == [each.field for each in secrets_in_entry(2, Entry(0, "ev", event))]
    assert ["text"] == [each.field for each in secrets_in_entry(2, Entry(0, "mark", {"text": JWT}))]
    assert [""] == [each.field for each in secrets_in_entry(2, Entry(0, "cm", JWT))]
    header = Header(started_us=0, url=f"https://a/?x={JWT}", request={"params": {"password": "abc"}})
    assert ["url", "request.params.password"] == [each.field for each in secrets_in_header(header)]


def test_examples() -> None:
    """The examples in the documentation are true."""
    assert 0 == doctest.testmod(scan).failed
