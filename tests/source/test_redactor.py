"""Secrets, taken out of texts: in every form, and by the names that they have."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support import run_all

from sse_notebook.source.redactor import MASK, Redactor, is_secret_name, redact_url


def test_masking_in_every_form() -> None:
    """A secret is masked as it is, URL-encoded in any way, and in a repr; the longest first."""
    redact = Redactor()
    for secret in ("a b/c+d", "a b/c+d and more", "it's\\me", "größe"):
        redact.add(secret)
    text = "a b/c+d|a%20b%2Fc%2Bd|a+b/c%2bd|a b/c+d and more|gr%C3%B6%c3%9Fe|größe"
    assert redact(text) == "***|***|***|***|***|***"
    assert redact(repr("it's\\me \"")) == "'*** \"'"


@given(st.binary(max_size=7), st.text(min_size=6, max_size=30), st.binary(max_size=7), st.booleans())
@example(b"me:", "??>>~~??>>", b"", True)
def test_a_secret_in_base64(before: bytes, secret: str, after: bytes, urlsafe: bool) -> None:
    """Wherever it stands in what was encoded, in both alphabets, also in JSON or a URL: it is masked."""
    redact = Redactor()
    redact.add(secret)
    data = secret.encode(errors="replace")
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    text = encode(before + data + after).decode()
    own = len(data) * 8 // 6 - 1  # characters that are of nothing else
    for written in (text, text.replace("/", "\\/"), quote(text, safe=""), json.dumps(text)):
        assert redact.may_be_in(f"<{written}>".encode())
        masked = redact(f"<{written}>")
        assert MASK in masked, (written, masked)
        assert len(masked) - len(MASK) <= len(f"<{written}>") - own


def test_a_short_secret_in_base64() -> None:
    """What five letters are in base64 may well stand there by chance: that is left alone."""
    redact = Redactor()
    redact.add("admin")
    assert redact("admin YWRtaW4=") == "*** YWRtaW4="


def test_a_secret_in_json_and_encoded_twice() -> None:
    """JSON may escape any character that is no letter and no digit; a URL in a URL is encoded twice."""
    redact = Redactor()
    redact.add("a/b+c&d'ö")
    texts = (r"a\/b\u002Bc\u0026d\u0027\u00f6", "a%252Fb%252bc%2526d%25252527%25C3%25B6")
    assert ["***", "***"] == [redact(text) for text in texts]


def test_short_texts_are_no_secrets() -> None:
    """A secret of three letters is not masked: it would mask everything."""
    redact = Redactor()
    redact.add("the")
    assert redact("the end") == "the end"


def test_no_secret_is_lost_between_two_threads() -> None:
    """Secrets that are added by several threads at once are all masked afterwards."""
    redact = Redactor()
    jobs = [lambda j=j: [redact.add(f"secret-{j}-{n:03}") for n in range(200)] for j in range(4)]
    run_all(*jobs)
    assert {"***"} == {redact(f"secret-{j}-{n:03}") for j in range(4) for n in range(200)}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://host/x", "http://host/x"),
        ("http://me:pw@host:1/x", "http://host:1/x"),
        ("http://tok@host/x", "http://host/x"),
        ("http://host/x?token=abc&a=1&a=2&b=", "http://host/x?token=***&a=1&a=2&b="),
        ("http://host/x?API_KEY=abc&Access_Token=d", "http://host/x?API_KEY=***&Access_Token=***"),
        ("http://host/x#token=abc", "http://host/x"),
        ("http://host/x?streams=a,b&since=2026-01-01T00:00:00Z", None),
        ("me:pw@host/x", "me:host/x"),
    ],
)
def test_urls_fit_for_the_screen(url: str, shown: str | None) -> None:
    """User info, fragments and the values of secret names are not shown; the rest is as it was."""
    assert (shown or url) == redact_url(url)


SECRET = [
    "token",
    "auth_token",
    "access-token",
    "private_token",
    "client_secret",
    "id_token",
    "X-Amz-Signature",
    "apiToken",
    "api-key",
    "subscription-key",
    "pwd",
    "passwd",
    "session",
    "credential",
    "code",
    "bearer",
    "hmac",
    "ticket",
    "sig",
    "api_key",
]


@pytest.mark.parametrize("name", SECRET)
def test_names_of_secrets(name: str) -> None:
    """Values that go by such a name, in whatever case and with whatever separators, are masked."""
    assert redact_url(f"http://host/x?{name}=CANARY&a=1") == f"http://host/x?{name}=***&a=1"
    assert is_secret_name(name.upper())


@pytest.mark.parametrize("name", ["since", "stream", "cluster_id", "event_types", "restrict", "topic"])
def test_names_of_other_things(name: str) -> None:
    """What tells streams apart stays readable."""
    assert not is_secret_name(name)


def test_of_two_secrets_the_longer_is_masked_first() -> None:
    """One token that begins as another: nothing of the longer one is left behind."""
    for order in (("canary", "canary-longer"), ("canary-longer", "canary")):
        redact = Redactor()
        for secret in order:
            redact.add(secret)
        assert redact("a canary-longer b canary c") == f"a {MASK} b {MASK} c"
