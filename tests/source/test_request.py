"""What one attempt asks, and what can't be asked at all."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sse_notebook.errors import ArgumentError
from sse_notebook.source.request import (
    LONGEST_ID,
    check_headers,
    check_id,
    check_params,
    check_url,
    identifies,
    merged,
    request,
    secrets_of,
    take_token,
)

URL = "http://host:1/x"


@pytest.mark.parametrize(
    "url",
    [
        *("http://host", "https://host/", "http://127.0.0.1:8000/x?a=1", "http://[::1]:80/x"),
        *("HTTP://host/x", "http://me:p%2Fw@host/x"),
    ],
)
def test_urls_that_can_be_asked(url: str) -> None:
    """http and https, with a host, are fine."""
    assert check_url(url).hostname


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "must be http"),
        ("localhost:8000", r"must be http.*; did you mean http://localhost:8000\?$"),
        ("127.0.0.1:8000/x", r"; did you mean http://127.0.0.1:8000/x\?$"),
        ("api.example.com/events", r"; did you mean https://api.example.com/events\?$"),
        ("backend:8000", r"; did you mean https://backend:8000\?$"),
        ("me:secret@example.com/x", "not 'me:example.com/x'$"),
        ("me@example.com/x", "not 'example.com/x'$"),  # its login is not shown, and would be missing
        ("nope", "not 'nope'$"),
        ("ftp://host/x", "must be http"),
        ("http://", "must be http"),
        ("http:///x", "must be http"),
        ("/api/v1", "must be http"),
        ("http://host:99999/", "port can't be read"),
        ("http://host:-1/", "port can't be read"),
        ("http://host:eighty/", "port can't be read"),
        ("http://[::1/", "host or the port"),
        ("http://ho st/", "white space"),
        (5, "must be text, not int"),
        (b"http://host", "must be text, not bytes"),
        ("http://host/\ud800", "half a character"),
    ],
)
def test_urls_that_cannot(url: Any, words: str) -> None:
    """Anything else is an ArgumentError that says what would be right."""
    with pytest.raises(ArgumentError, match=words):
        check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://me:canary/x@host/",  # an unescaped slash: what follows the colon is read as a port
        "http://me:canary]@host[/",
        "me:canary@host",
        "ftp://me:canary@host/",
        "localhost:8000/x?token=canary",
        "http://me:canary@ho st/",
    ],
)
def test_a_refused_url_tells_no_password(url: str) -> None:
    """The message about a wrong URL does not repeat the password in it."""
    with pytest.raises(ArgumentError) as caught:
        check_url(url)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "headers",
    [
        *("abc", ["a"], {"": "x"}, {"a b": "x"}, {"ä": "x"}, {"a:": "x"}, {5: "x"}),
        *({"X": 5}, {"X": None}, {"X": b"x"}, {"X": "a\nb"}, {"X": "a\rb"}, {"X": "\0"}, {"X": "\ud800"}),
    ],
)
def test_headers_that_cannot_be_sent(headers: Any) -> None:
    """What would fail on its way to the socket is refused where it is given."""
    with pytest.raises(ArgumentError, match="headers"):
        check_headers(headers)


def test_headers_are_copied() -> None:
    """The dictionary is our own; None is none."""
    mine = {"X-A": "ä"}
    copy = check_headers(mine)
    assert (mine, True, {}) == (copy, copy is not mine, check_headers(None))


def test_a_header_error_does_not_repeat_the_value() -> None:
    """A secret in a header that can't be sent is not in the message."""
    with pytest.raises(ArgumentError) as caught:
        check_headers({"X-Api-Key": "canary\n"})
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("params", [[1], "a=1", {1: 2}, 5])
def test_params_that_are_none(params: Any) -> None:
    """Parameters are a dictionary with text as names."""
    with pytest.raises(ArgumentError, match="params"):
        check_params(params)


def test_params_that_are_none_are_left_out() -> None:
    """A parameter that is None is no parameter."""
    assert {"a": 0} == check_params({"a": 0, "b": None})


@pytest.mark.parametrize("id_", [5, "a\nb", "a\rb", "\0", "\ud800", "x" * (LONGEST_ID + 1)])
def test_ids_that_cannot_be_sent(id_: Any) -> None:
    """An id to resume after is text that a header can carry."""
    with pytest.raises(ArgumentError, match="last_event_id"):
        check_id(id_)


def test_merged_headers_know_no_case() -> None:
    """Of two headers with one name the later counts, whatever its case; others stay."""
    assert {"ACCEPT": "b", "X": "1"} == merged({"Accept": "a", "X": "1"}, {"ACCEPT": "b"})


@pytest.mark.parametrize(
    ("options", "query", "headers"),
    [
        ({}, {}, {}),
        ({"token": "t&1"}, {}, {"Authorization": "Bearer t&1"}),
        ({"token": "t&1", "mode": "query"}, {"token": ["t&1"]}, {}),
        ({"last_event_id": "7"}, {}, {"Last-Event-ID": "7"}),
        ({"last_event_id": "ä→7"}, {}, {"Last-Event-ID": "ä→7"}),
        ({"last_event_id": " 7\t"}, {}, {"Last-Event-ID": "7"}),  # white space is no part of a header's value
        ({"last_event_id": "  "}, {}, {}),
        ({"last_event_id": "ä" * (LONGEST_ID // 2)}, {}, {"Last-Event-ID": "ä" * (LONGEST_ID // 2)}),
        ({"last_event_id": "ä" * (LONGEST_ID // 2) + "x", "resume_param": "since"}, {}, {}),
        ({"last_event_id": "a\x0bb"}, {}, {}),
    ],
)
def test_what_is_asked(options: dict[str, Any], query: dict[str, Any], headers: dict[str, str]) -> None:
    """Token and last id go where they belong, and nowhere else."""
    url, sent = request(URL, {}, {}, **options)
    assert (query, headers) == (parse_qs(urlsplit(url).query), sent)


def test_params_join_the_urls_own() -> None:
    """Parameters are added to those in the URL; a list gives several; a fragment is not sent."""
    url, _ = request("http://host?a=1&b=#f", {"c": [2, 3], "d": "x y&z"}, {})
    assert url == "http://host/?a=1&b=&c=2&c=3&d=x+y%26z"


def test_the_token_replaces_the_users_own_header() -> None:
    """There is one Authorization, whatever its case: the token's, if there is one."""
    _, sent = request(URL, {}, {"authorization": "Basic x"}, token="t")
    assert {"Authorization": "Bearer t"} == sent


def test_user_info_is_sent_as_basic() -> None:
    """A name and a password in the URL become a header, decoded, and leave the URL."""
    url, sent = request("http://me:p%2Fw@host:1/x", {}, {})
    basic = b64encode(b"me:p/w").decode()
    assert ("http://host:1/x", {"Authorization": f"Basic {basic}"}) == (url, sent)


def test_the_users_own_header_goes_before_user_info() -> None:
    """Who gives an Authorization header means it."""
    _, sent = request("http://me:pw@host/x", {}, {"authorization": "Basic x"})
    assert {"authorization": "Basic x"} == sent


def test_secrets_of_a_request() -> None:
    """User info, parameters and headers that are secrets by custom are known as such, in each form."""
    found = set(
        secrets_of(
            "http://me:p%2Fw@host/x?token=t1&a=1&Api_Key=t2",
            {"key": ["k1", "k2"], "b": "2"},
            {"Authorization": "Bearer h1", "Cookie": "c=1; d=two", "X-API-Key": "h2", "X-Other": "3"},
        )
    )
    basic = b64encode(b"me:p/w").decode()
    expected = {"p/w", basic, "t1", "t2", "k1", "k2", "Bearer h1", "h1", "c=1; d=two", "1", "two", "h2"}
    assert expected == found - {""}


def test_a_user_name_alone_is_the_secret() -> None:
    """Some services take a token as the user name, without a password."""
    assert "tok123" in set(secrets_of("https://tok123@host/x", {}, {}))


def test_a_header_that_cannot_be_sent_is_not_quoted() -> None:
    """White space around a value is refused here, not by the transport, whose words would quote the value."""
    with pytest.raises(ArgumentError, match="PRIVATE-TOKEN") as caught:
        check_headers({"PRIVATE-TOKEN": "CANARY "})
    assert "CANARY" not in str(caught.value)
    with pytest.raises(ArgumentError) as caught:
        check_headers({"Authorization: Bearer CANARY": ""})
    assert "CANARY" not in str(caught.value)


class Nameless:
    """A value without a text."""

    def __str__(self) -> str:
        raise RuntimeError("canary")


@pytest.mark.parametrize(
    "params", [{"a": "canary\ud800"}, {"canary\ud800": 1}, {"a": ["\ud800"]}, {"a": Nameless()}]
)
def test_params_that_cannot_be_sent(params: Any) -> None:
    """What can't stand in a URL is refused where it is given, and the value is not repeated."""
    with pytest.raises(ArgumentError, match=r"params: .* can't be sent") as caught:
        check_params(params)
    assert "a" not in params or "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "headers", "expected"),
    [
        (URL, {}, False),
        (f"{URL}?a=1", {"X-Trace": "1234567890123", "Accept": "x"}, False),
        (f"{URL}?access_token=t", {}, True),
        (URL, {"authorization": "Basic x"}, True),
        (URL, {"Cookie": "id=1"}, True),
        (URL, {"X-API-Key": "k"}, True),
    ],
)
def test_who_asks(url: str, headers: dict[str, str], expected: bool) -> None:
    """A request says who asks if anything in it has the name of a secret."""
    assert expected == identifies(url, headers)


BEARER = {"Authorization": "Bearer t-1"}


@pytest.mark.parametrize(
    ("url", "params", "headers", "token", "mode", "left"),
    [
        (URL, {}, {}, None, None, (URL, {}, {})),
        (f"{URL}?a=%2F&b", {"c": 1}, {"X": "y"}, None, None, (f"{URL}?a=%2F&b", {"c": 1}, {"X": "y"})),
        (f"{URL}?a=%2F&token=t%2F1&b", {}, {}, "t/1", "query", (f"{URL}?a=%2F&b", {}, {})),
        (f"{URL}?token=t-0&token=t-1", {}, {}, "t-1", "query", (URL, {}, {})),
        (f"{URL}?to%6ben=t-1", {}, {}, "t-1", "query", (URL, {}, {})),
        (f"{URL}?token=", {"token": ""}, {}, None, None, (URL, {}, {})),
        (f"{URL}?token=t-1&token=", {}, {}, "t-1", "query", (URL, {}, {})),
        (f"{URL}?token=t-0", {"token": "t-1", "a": 1}, {}, "t-1", "query", (URL, {"a": 1}, {})),
        (URL, {"token": ["t-0", "t-1"]}, {}, "t-1", "query", (URL, {}, {})),
        (URL, {}, {**BEARER, "X": "y"}, "t-1", "header", (URL, {}, {"X": "y"})),
        (URL, {}, {"authorization": "bearer  t-1"}, "t-1", "header", (URL, {}, {})),
        (f"{URL}?token=t-2", {}, BEARER, "t-2", "query", (URL, {}, BEARER)),
        (URL, {}, {"Authorization": "Basic x"}, None, None, (URL, {}, {"Authorization": "Basic x"})),
        (URL, {}, {"Authorization": "Bearer"}, None, None, (URL, {}, {"Authorization": "Bearer"})),
        (f"{URL}?access_token=t", {}, {}, None, None, (f"{URL}?access_token=t", {}, {})),
    ],
)
def test_a_token_in_the_request(
    url: str,
    params: dict[str, Any],
    headers: dict[str, str],
    token: str | None,
    mode: str | None,
    left: tuple[Any, ...],
) -> None:
    """`?token=`, the parameter and a Bearer header are tokens; what is left of the request is as it was."""
    before = (dict(params), dict(headers))
    assert (token, mode, *left) == take_token(url, params, headers)
    assert before == (params, headers)
