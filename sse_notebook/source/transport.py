"""One GET, answered by a stream of bytes, or by one of our errors; or one POST, that is taken or not.

The law: nothing of an HTTP library comes out of here, errors included; they are translated once, here. A
request goes to the origin it was made for and to no other: redirects are followed within it, at most five,
by us. The user's own client is used as it is, and never closed; without one, `transport_direct` asks.
"""

from __future__ import annotations

import contextlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import ArgumentError, BadRedirect, ConnectionFailed, ConnectionLost, Unreachable
from sse_notebook.source.answer import Answer, body_words, cut, judge
from sse_notebook.source.inflate import ENCODINGS, inflated
from sse_notebook.source.line import Line, keep_alive
from sse_notebook.source.network import Interrupter
from sse_notebook.source.patience import Forever, Patience, Within
from sse_notebook.source.refusing import refuse_sockets
from sse_notebook.source.request import merged
from sse_notebook.source.transport_direct import TRANSLATED, DirectClient, proxy_secrets, translated

__all__ = ["Reply", "Transport", "check_client"]

MAX_REDIRECTS = 5  # WHATWG's fetch allows 20; one origin has no need of so many

# Seconds until the head of an answer must have come. Proxies give up at 60 s too (nginx's and AWS's default).
HEAD_WITHIN = 60.0

POST_WITHIN = 10.0  # seconds until a POST must have been answered

# Seconds to connect, to write, and to wait for a place in a pool.
STEP_WITHIN = 10.0

_HEADERS = {
    "Accept": "text/event-stream",  # nchan and others answer 403 or 404 without it
    "Cache-Control": "no-store",
    "Accept-Encoding": "identity",  # compressed streams are delayed by their blocks, and can be bombs
}
_OUR_NAME = {"User-Agent": "sse_notebook"}

# The ends of the events, as httpcore traces them, that hand out a connection.
CONNECTED = ("connect_tcp.complete", "connect_unix_socket.complete", "start_tls.complete")
# And of those before which there is nothing to let go of: who was interrupted begins none of them.
BEGINNING = tuple(
    f"{name}.started" for name in ("connect_tcp", "connect_unix_socket", "retry", "send_request_headers")
)

LONGEST_BODY = 4_096  # bytes read of an answer that is no stream: for a few of its words
BODY_WITHIN = 2.0  # seconds that they may take


def check_client(client: Any) -> Any:
    """The client itself, if it can be used: an `httpx.Client`, an `httpx2.Client`, or one like them.

    Raises:
        ArgumentError: it is none, or asynchronous.
    """
    if client is None:
        return None
    if inspect.iscoroutinefunction(getattr(client, "send", None)):
        raise ArgumentError(f"client must be synchronous, as httpx.Client is, not {type(client).__name__}")
    if not callable(getattr(client, "send", None)) or not callable(getattr(client, "build_request", None)):
        raise ArgumentError(f"client must be an httpx.Client, not {type(client).__name__}")
    return client


class Reply:
    """An open stream of bytes. Close it when done; `Transport.interrupt` ends a wait in it.

    Attributes:
        answer: its head.
    """

    def __init__(
        self,
        response: Any,
        answer: Answer,
        lines: list[Line],
        errors: tuple[type[Exception], ...],
        owner: contextlib.ExitStack,
        interrupt: Callable[[], None],
    ) -> None:
        self.answer = answer
        self._response = response
        self._lines = lines
        self._errors = errors
        self._owner = owner
        self._interrupt = interrupt
        self._whole = False  # it was read to its end

    def be_patient(self, patience: Patience) -> None:
        """From now on reads wait as `patience` says."""
        for line in self._lines:
            line.patience = patience

    def __iter__(self) -> Iterator[bytes]:
        """The bytes as they arrive, until the server ends the stream.

        Raises:
            ConnectionLost: the connection broke.
            ConnectionFailed: whatever the patience raises.
        """
        if self._response.is_stream_consumed:  # an answer that was made, not received: by a mock
            yield self._response.content
            self._whole = True
            return
        raw = self._response.iter_raw()
        try:
            yield from inflated(raw) if self.answer.encoding in ENCODINGS else raw
            self._whole = True
        except ConnectionFailed:
            raise
        except self._errors as error:
            raise ConnectionLost(f"the connection broke: {translated(error).cause}") from None

    def close(self) -> None:
        """Let go of the connection."""
        if not self._whole:
            # So does the library itself with HTTP/1.1. With HTTP/2 it would not even tell the server, and
            # would use the same connection for the next request, though it may be dead.
            self._interrupt()
        self._owner.close()


class Transport:
    """Makes requests, one at a time, each interruptible from any thread.

    Args:
        client: the user's own `httpx.Client`, or one like it; None: ours.
        redact: masks secrets in what a server says.
        secret: told of those that are found on the way.
        clock: what the time is.
    """

    def __init__(
        self,
        client: Any = None,
        *,
        redact: Callable[[str], str] = str,
        secret: Callable[[str], object] = str,
        clock: Clock = SYSTEM,
    ) -> None:
        self.client = check_client(client)
        self._redact = redact
        self._clock = clock
        self._secret = secret
        self._direct = DirectClient()
        self._current: Interrupter | None = None

    def open(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        wanted: Callable[[], bool] = lambda: True,
        patience: Patience | None = None,
        told: Callable[[str, Answer], object] = lambda _url, _answer: None,
    ) -> Reply:
        """Ask for the stream at `url`.

        Args:
            url: where; http or https.
            headers: added to ours; the same name replaces.
            wanted: asked once `interrupt` would reach this request: false if the wish came before that.
            patience: how long it may wait for the head; None: as long as it takes.
            told: of the head of each answer, of redirects and of refusals too, and what was asked for it.

        Raises:
            Unreachable: no connection, or no answer.
            Exhausted: the URL can't be asked at all, or nobody is to be asked.
            BadStatus: an answer that is no stream; `Unauthorized` for 401 and 403.
            NotAnEventStream: 200, but another content type.
            BadRedirect: a redirect we do not follow.
        """
        refuse_sockets()
        seen = {url}
        for _ in range(MAX_REDIRECTS + 1):
            reply = self._ask("GET", url, headers or {}, wanted, patience or Forever())
            told(url, reply.answer)
            verdict = judge(reply.answer, url, now=self._clock.time())
            if verdict is None:
                return reply
            with contextlib.closing(reply):
                if isinstance(verdict, ConnectionFailed):
                    raise self._with_words(verdict, reply)
            if verdict.url in seen:
                raise BadRedirect("the server redirects in a circle")
            seen.add(verdict.url)
            url = verdict.url
        raise BadRedirect(f"more than {MAX_REDIRECTS} redirects")

    def post(
        self, url: str, headers: Mapping[str, str], *, wanted: Callable[[], bool], body: bytes = b""
    ) -> None:
        """Send a POST to `url`, and see that it was taken; no redirect is followed.

        Raises:
            Unreachable: no connection, or no answer.
            Exhausted: the URL can't be asked at all, or nobody is to be asked.
            BadStatus: it was not taken; `Unauthorized` for 401 and 403.
            BadRedirect: a redirect.
        """
        refuse_sockets()
        patience = Within(POST_WITHIN, self._clock, "no answer in time")
        headers = {"Accept": "application/json", **headers}
        with contextlib.closing(self._ask("POST", url, headers, wanted, patience, body)) as reply:
            if 200 <= reply.answer.status < 300:
                return
            verdict = judge(reply.answer, url, now=self._clock.time())
            if not isinstance(verdict, ConnectionFailed):
                raise BadRedirect(f"{reply.answer.status}: the server redirects, which is not followed")
            raise self._with_words(verdict, reply)

    def interrupt(self) -> None:
        """End the wait of the request that is under way, if one is. From any thread; takes no lock."""
        if (current := self._current) is not None:
            current.interrupt()

    def forget(self) -> None:
        """In a forked child: let go of the parent's connection without a word on it."""
        if (current := self._current) is not None:
            current.forget()
        self._current = None

    def close(self) -> None:
        """Let go of what is under way, and of an open stream: for who may have been cut off in the middle.

        What a Ctrl-C on the main thread cuts off has no other owner: an answer may have come that nobody has.
        """
        if (current := self._current) is not None:
            current.interrupt()
            current.close()
        self._current = None

    @property
    def uninterruptible(self) -> bool:
        """Whether nothing can end what it waits for at the moment: a name look-up, say."""
        return (current := self._current) is not None and current.deaf

    def _ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        wanted: Callable[[], bool],
        patience: Patience,
        body: bytes = b"",
    ) -> Reply:
        for secret in proxy_secrets(url):  # httpx's own client asks the environment too
            self._secret(secret)
        client = self.client
        # A library's errors are known by name; what a hook of the user's own client raises can be anything.
        errors = TRANSLATED if client is None else (Exception,)
        with contextlib.ExitStack() as stack:
            interrupter = self._current = Interrupter()
            stack.callback(self._let_go, interrupter)
            try:
                interrupter.open()
            except OSError as error:  # too many open files: that passes
                raise translated(error) from None
            if not wanted():
                raise Unreachable("interrupted")
            lines: list[Line] = []

            def attach(stream: Any, *, midway: bool = False) -> None:
                sock = stream.get_extra_info("socket")
                interrupter.attach(sock)
                keep_alive(sock)
                line = Line.put_on(stream, patience, midway=midway, ended=lambda: interrupter.interrupted)
                if line is not None and line not in lines:
                    lines.append(line)
                    stack.callback(line.take_off)

            def trace(name: str, info: dict[str, Any]) -> None:
                if name.endswith(CONNECTED):
                    attach(info["return_value"])
                elif interrupter.interrupted and name.endswith(BEGINNING):
                    raise Unreachable("interrupted")

            interrupter.deaf = client is not None  # until its connection is made
            ours = _HEADERS
            if client is None:
                client = stack.enter_context(self._direct.for_url(url, interrupter))
                ours = {**_HEADERS, **_OUR_NAME}
            try:
                request = client.build_request(
                    method,
                    url,
                    content=body or None,
                    headers=[(k.encode("ascii"), v.encode()) for k, v in merged(ours, headers).items()],
                    # Connect, read, write, pool. How long a silence may last is for `patience` to say; only
                    # on a connection that the user's client had open before, it can't until there is a head.
                    timeout=(STEP_WITHIN, HEAD_WITHIN, STEP_WITHIN, STEP_WITHIN),
                    extensions={"trace": trace},
                )
                response = client.send(request, stream=True, follow_redirects=False)
            except errors as error:
                raise translated(error) from None
            stack.callback(response.close)
            # From now on it can: a limit of the library's (httpx's own is 5 s) kills every quiet stream.
            request.extensions.get("timeout", {})["read"] = None
            stream = response.extensions.get("network_stream")
            if stream is not None:  # a pooled connection was traced by nobody
                attach(stream, midway=True)
            head = {name.lower(): value for name, value in response.headers.items()}
            answer = Answer(response.status_code, response.reason_phrase, head)
            return Reply(response, answer, lines, errors, stack.pop_all(), interrupter.interrupt)

    def _let_go(self, interrupter: Interrupter) -> None:
        interrupter.close()
        self._current = None

    def _with_words(self, failure: ConnectionFailed, reply: Reply) -> ConnectionFailed:
        """The failure, with the first words of what the server had to say."""
        reply.be_patient(Within(BODY_WITHIN, self._clock, "the body took too long"))
        body = bytearray()
        with contextlib.suppress(ConnectionFailed):
            for piece in reply:
                body += piece
                if len(body) > LONGEST_BODY:
                    break
        html = "html" in reply.answer.headers.get("content-type", "")
        # Masked before it is cut: half a secret would not be known. So the word that this cuts goes too.
        whole = bytes(body) if len(body) <= LONGEST_BODY else _whole_words(bytes(body[:LONGEST_BODY]))
        words = self._redact(body_words(whole, html=html))
        if words := cut(_besides(failure.cause, words)):
            failure.cause = f"{failure.cause}: {words}"
            failure.args = (failure.cause,)
        return failure


def _besides(status: str, words: str) -> str:
    """What a body says besides the status: many begin with that, or with its words, or have no others."""
    words, phrase = words.removeprefix(status).strip(" .:"), status.partition(" ")[2]
    return re.sub(rf"(?i)^{re.escape(phrase)}(?:[.:!] *|$)", "", words)


def _whole_words(text: bytes) -> bytes:
    """The text up to where its last word begins, which may be half a one; there is no space in a secret."""
    found = re.match(rb"(?s).*[\s\"'<>]", text)
    return b"" if found is None else found[0]
