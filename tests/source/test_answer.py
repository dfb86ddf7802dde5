"""What an answer is: a stream, a redirect or an error, by its head alone."""

from __future__ import annotations

import pytest

from sse_notebook.errors import BadRedirect, BadStatus, NotAnEventStream, Unauthorized
from sse_notebook.source.answer import LONGEST_WORDS, Answer, Redirect, body_words, cut, judge

HERE = "https://host.example/a/b?c=1"


def verdict(status: int, **headers: str) -> object:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return judge(Answer(status, "Words", named), HERE, now=0)


@pytest.mark.parametrize(
    "value", ["text/event-stream", "Text/Event-Stream ; charset=latin-1", "text/html, text/event-stream"]
)
def test_a_stream(value: str) -> None:
    """A 200 of the right type is what was asked for."""
    assert verdict(200, content_type=value) is None
    assert verdict(200, content_type=value, content_encoding=" GZIP ") is None


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (200, {"content_type": "text/html"}, NotAnEventStream),
        (200, {}, NotAnEventStream),
        (200, {"content_type": "text/event-stream, text/html"}, NotAnEventStream),
        (200, {"content_type": "text/event-stream", "content_encoding": "br"}, NotAnEventStream),
        (204, {}, BadStatus),
        (401, {}, Unauthorized),
        (403, {}, Unauthorized),
        (503, {}, BadStatus),
    ],
)
def test_errors(status: int, headers: dict[str, str], kind: type[Exception]) -> None:
    """Anything else is an error of its kind."""
    assert kind is type(verdict(status, **headers))


def test_a_status_without_words() -> None:
    """HTTP/2 has no words for a status; the standard has."""
    causes = [judge(Answer(status, "", {}), HERE, now=0) for status in (404, 599)]
    assert ["404 Not Found", "599"] == [str(cause) for cause in causes]


def test_retry_after_is_kept() -> None:
    """What the server said of when to come again goes with the error."""
    error = verdict(503, retry_after="7")
    assert isinstance(error, BadStatus)
    assert (503, 7.0, "503 Words") == (error.status, error.retry_after, error.cause)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/x", "https://host.example/x"),
        ("?c=2", "https://host.example/a/b?c=2"),
        ("https://HOST.example:443/x", "https://HOST.example:443/x"),
        ("//host.example/x", "https://host.example/x"),
    ],
)
def test_redirects_on_the_origin(location: str, expected: str) -> None:
    """A target on the same origin is followed, however it is written."""
    assert Redirect(expected) == verdict(307, location=location)


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("", "without a target"),
        ("  ", "without a target"),
        ("http://host.example/a/b", "from https to http (http://host.example), which"),
        ("https://evil.example/?token=canary", "another origin (https://evil.example), which"),
        ("https://host.example:444/", "another origin (https://host.example:444), which"),
        ("https://host.example:canary@evil.example/", "another origin (https://evil.example), which"),
        ("https://evil.example\x1b2J\u202e/canary", "another origin (https://evil.example 2J), which"),
        ("https://host.example:x/", "no URL"),
        ("ftp://host.example/", "another origin (ftp://host.example), which"),
        ("https://canary/x@evil.example/", "another origin, which"),
        ("javascript:alert(1)", "another origin, which"),
    ],
)
def test_redirects_that_are_not_followed(location: str, words: str) -> None:
    """Off the origin, down to plain text, or to nowhere: an error that says which, and where to; no more."""
    error = verdict(302, location=location)
    assert isinstance(error, BadRedirect)
    assert (words in error.cause, "canary" in error.cause) == (True, False)


@pytest.mark.parametrize(
    ("body", "html", "expected"),
    [
        (b"no such stream", False, "no such stream"),
        (b"a < b > c", False, "a < b > c"),
        (b"two\r\n lines\t", False, "two lines"),
        (b"<head><title>x</title></head><h1>Sorry</h1><script>alert(1)</script>", True, "Sorry"),
        (b"\x1b[31mred\x07 \xe2\x80\xaeevil", False, "[31mred evil"),
        (b"\xff\xfe", False, "\ufffd\ufffd"),
        (b"", False, ""),
        (b'{"detail": "Could not validate credentials"}', False, "Could not validate credentials"),
        (
            b'{"type": "about:blank", "title": "Gone", "status": 410, "detail": "since May"}',
            False,
            "Gone: since May",
        ),
        (b'{"error": "invalid_token", "error_description": "expired"}', False, "invalid_token: expired"),
        (b'{"error": {"code": 5, "message": "no such\\n topic"}}', False, "no such topic"),
        (b'{"reason": "Forbidden", "message": "Forbidden", "code": 403}', False, "Forbidden"),
        (b'{"detail": "a \\u202eb"}', False, "a b"),
        # said in a way of its own: as it is
        (b'{"detail": [{"loc": ["query"]}]}', False, '{"detail": [{"loc": ["query"]}]}'),
        (b'{"message": " ", "ok": false}', False, '{"message": " ", "ok": false}'),
        (b'{"error": null}', False, '{"error": null}'),
        (b'["no"]', False, '["no"]'),
        (b'{"error": "\\u200b\\u0000", "code": 7}', False, '{"error": "\\u200b\\u0000", "code": 7}'),
        (b'\xef\xbb\xbf{"error": "gone"}', False, "gone"),
        (b'{"detail": "cut o', False, '{"detail": "cut o'),
        (b'{"a":' * 5_000, False, '{"a":' * 5_000),
    ],
)
def test_words_of_a_body(body: bytes, html: bool, expected: str) -> None:
    """A body's words are one line of plain text: no tags, no escapes, nothing that turns a line around."""
    assert expected == body_words(body, html=html)


def test_few_words() -> None:
    """Of a long body so many characters are kept."""
    assert ("x" * LONGEST_WORDS + "…", "y") == (cut("x" * 1000), cut("y"))


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404, "N" * 9_000, {}),
        Answer(200, "OK", {"content-type": "text/" + "x" * 9_000}),
        Answer(200, "OK", {"content-type": "text/event-stream", "content-encoding": "x" * 9_000}),
    ],
)
def test_what_a_server_says_of_itself_is_cut(answer: Answer) -> None:
    """A status, a content type or an encoding of any length makes a reason that fits on a screen."""
    verdict = judge(answer, "http://host/", now=0)
    assert isinstance(verdict, BadStatus | NotAnEventStream)
    assert len(verdict.cause) < 2 * LONGEST_WORDS
