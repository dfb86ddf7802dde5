"""Tokens: where they come from, and that they are seen nowhere."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import os
import socket
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest

from sse_notebook.errors import ArgumentError, Unauthorized, Unreachable
from sse_notebook.source.credentials import Credentials, origin_of
from sse_notebook.source.redactor import TOKENS, Redactor


@pytest.mark.parametrize(("token", "asked"), [(None, None), ("", None), ("t-123", "t-123")])
def test_text(token: str | None, asked: str | None) -> None:
    """A text is the token; none, or an empty one, is no token."""
    credentials = Credentials(token, "query")
    assert (asked, asked is not None) == (credentials.ask(), credentials.present)


def test_a_callable_is_asked_each_time() -> None:
    """A callable is not asked before it is needed, and then each time anew."""
    tokens = iter(["one-1", "two-2"])
    credentials = Credentials(lambda: next(tokens), "header")
    assert credentials.present
    assert ["one-1", "two-2"] == [credentials.ask(), credentials.ask()]


def test_an_async_callable() -> None:
    """A coroutine function is awaited, on a loop of its own."""

    async def token() -> str:
        await asyncio.sleep(0)
        return "later"

    assert Credentials(token, "header").ask() == "later"


@pytest.mark.filterwarnings("error")
def test_an_async_callable_that_gives_another_ones_answer() -> None:
    """What still has to be awaited is awaited."""

    async def token() -> str:
        return "later"

    async def other() -> Any:
        return token()

    assert Credentials(other, "header").ask() == "later"
    gc.collect()


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_callable_without_an_answer(nothing: str | None) -> None:
    """A callable that has no token gives none."""
    assert Credentials(lambda: nothing, "query").ask() is None


@pytest.mark.parametrize("error", [RuntimeError("canary"), SystemExit("canary"), KeyError("canary")])
def test_a_callable_that_raises(error: BaseException) -> None:
    """What it raises becomes Unauthorized, by its kind only: its words may hold the secret."""

    def token() -> str:
        raise error

    with pytest.raises(Unauthorized, match=f"the token callable raised {type(error).__name__}") as caught:
        Credentials(token, "header").ask()
    assert "canary" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "error",
    [
        *(ConnectionRefusedError("canary"), TimeoutError("canary"), socket.gaierror("canary")),
        *(httpx.ConnectError("canary"), httpx.ReadTimeout("canary"), httpcore.ConnectError("canary")),
    ],
)
def test_a_callable_that_reaches_nobody(error: Exception) -> None:
    """That may pass, and is no refusal: by its kind only, likewise."""

    def token() -> str:
        raise error

    with pytest.raises(Unreachable, match=f"the token callable raised {type(error).__name__}") as caught:
        Credentials(token, "header").ask()
    assert "canary" not in str(caught.value)


def test_where_a_callable_failed() -> None:
    """The line of the user's own function is said, not that of what it called; also of an async one."""

    def token() -> str:
        return Path("/nowhere").read_text()

    async def later() -> str:
        await asyncio.sleep(0)
        return os.environ["NOWHERE"]

    here = Path(__file__).name
    for source, below, name in ((token, 1, "token"), (later, 2, "later")):
        with pytest.raises((Unauthorized, Unreachable)) as caught:
            Credentials(source, "header").ask()
        line = source.__code__.co_firstlineno + below
        assert caught.value.cause.endswith(f" (line {line} of {name} in {here})")


def test_where_a_callable_of_a_cell_failed() -> None:
    """A cell's file is named by a number, which says nothing; what has no line of its own has no place."""
    names: dict[str, Any] = {}
    exec(compile("def token():\n  return {}['x']", "/tmp/ipykernel_7/123.py", "exec"), names)
    with pytest.raises(Unauthorized, match=r"raised KeyError \(line 2 of token\)$"):
        Credentials(names["token"], "header").ask()
    with pytest.raises(Unauthorized, match=r"raised KeyError$"):
        Credentials(functools.partial(dict[str, str]().pop, "x"), "header").ask()


def test_why_there_is_no_token() -> None:
    """Whether none was given, or a callable has none, is said; which callable, where it has a name."""

    def fetch() -> None:
        return None

    words = ["no token was given", "no token was given", "callable fetch gave no", "callable gave no"]
    for source, said in zip((None, "", fetch, lambda: None), words, strict=True):
        assert said in Credentials(source, "query").missing
    assert "callable fetch gave" in Credentials(functools.partial(fetch), "query").missing


def test_a_token_that_only_shows_the_place() -> None:
    """Who copies `token="…"` from a page is told what that is."""
    with pytest.raises(ArgumentError, match="put yours there"):
        Credentials("…", "header")


@pytest.mark.parametrize("answer", [5, b"canary", ["canary"], object()])
def test_a_callable_that_returns_something_else(answer: Any) -> None:
    """An answer that is no text is Unauthorized, and says only what kind it was."""
    with pytest.raises(Unauthorized, match=f"returned {type(answer).__name__}, not text") as caught:
        Credentials(lambda: answer, "header").ask()
    assert "canary" not in str(caught.value)


BAD = ["canary\n", " canary", "canary ", "can\nary", "canäry", "can\0ary", "\tcanary"]


@pytest.mark.parametrize("token", BAD)
def test_a_token_that_cannot_be_sent(token: str) -> None:
    """A token that no header can carry is refused: an argument at once, a callable's as Unauthorized."""
    with pytest.raises(ArgumentError, match="can't be sent") as caught:
        Credentials(token, "header")
    assert token.strip() not in str(caught.value)
    with pytest.raises(Unauthorized, match="can't be sent") as late:
        Credentials(lambda: token, "header").ask()
    assert token.strip() not in str(late.value)


@pytest.mark.parametrize(("token", "mode"), [(5, "header"), (b"t", "header"), ("t", "cookie"), ("t", None)])
def test_wrong_arguments(token: Any, mode: Any) -> None:
    """A token is text or a callable, a mode is query or header."""
    with pytest.raises(ArgumentError):
        Credentials(token, mode)


def test_replacing_keeps_the_old_one_masked() -> None:
    """After another token is in use, the old one is still taken out of texts that come late."""
    credentials = Credentials("old-token", "query")
    credentials.replace("new-token", "header")
    assert ("new-token", "header") == (credentials.ask(), credentials.mode)
    assert credentials.redact("old-token new-token") == "*** ***"


def test_a_replacement_that_is_wrong_changes_nothing() -> None:
    """A wrong token is refused, and the one in use stays."""
    credentials = Credentials("old-token", "query")
    with pytest.raises(ArgumentError):
        credentials.replace("bad\n")
    assert credentials.ask() == "old-token"


def test_a_callables_token_is_masked() -> None:
    """What a callable hands out is known to the redactor, whether it can be sent or not."""
    for token in ("from-callable", "from-callable\n"):
        credentials = Credentials(lambda token=token: token, "header")
        with contextlib.suppress(Unauthorized):
            credentials.ask()
        assert "from-callable" not in credentials.redact(f"<{token}>")


def test_a_token_is_masked_before_it_is_used() -> None:
    """Whoever asks with another token, on whatever thread, finds it known already."""
    credentials = Credentials("old-token", "header")
    in_use: list[str | None] = []

    class Watching(Redactor):
        def add(self, secret: str, *, passing: bool = False) -> None:
            in_use.append(credentials.ask())
            super().add(secret, passing=passing)

    credentials.redact = Watching()
    credentials.replace("new-token")
    assert (["old-token"], "new-token") == (in_use, credentials.ask())


def test_the_newest_tokens_of_a_callable_are_masked() -> None:
    """A callable that gives another token each time fills no memory: so many are known, the newest in use."""
    tokens = (f"token-{n:05}" for n in range(TOKENS + 2))
    credentials = Credentials(lambda: next(tokens), "header")
    credentials.redact.add("a header")
    credentials.replace("token-text")
    credentials.replace(lambda: next(tokens))
    for _ in range(TOKENS):
        credentials.ask()
    shown = [credentials.redact(text) for text in ("token-text", "token-00000", "a header")]
    assert ["token-text", "***", "***"] == shown
    credentials.redact.add("token-00000", passing=True)  # used again: it is among the newest
    credentials.redact.add("token-00001")  # a header has it too: it stays
    for _ in range(2):
        credentials.ask()
    shown = [credentials.redact(f"token-{n:05}") for n in range(4)]
    assert ["***", "***", "token-00002", "***"] == shown


def test_repr_shows_nothing() -> None:
    """Neither representation shows a token."""
    credentials = Credentials("canary-token", "query")
    assert repr(credentials) == "Credentials(set, mode='query')"
    assert repr(Credentials(None, "header")) == "Credentials(none, mode='header')"
    assert "canary" not in repr(credentials.redact)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://Host/x", ("http", "host", 80)),
        ("HTTPS://host/x?y", ("https", "host", 443)),
        ("http://me:pw@host:8000", ("http", "host", 8000)),
        ("http://[::1]:1/", ("http", "::1", 1)),
    ],
)
def test_origins(url: str, origin: tuple[str, str, int]) -> None:
    """An origin is scheme, host and port, with the port that the scheme has by itself."""
    assert origin == origin_of(url)
