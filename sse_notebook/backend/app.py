"""The routes: what may be asked of the backend, and what a wrong question is told.

The law: every error is `{"error": "<one sentence that helps>"}` with the right status, and no answer repeats
a token. Nothing is published or acknowledged, and no stream opened, without a good token. This module is the
only door to Starlette.

Which `Last-Event-ID` wins: the header over `?last_event_id=`. A client that reconnects by itself updates the
header; the query is what it was first started with. Either wins over `?since=`, since an id is exact.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from .auth import Claims, Refused, TokenAuth
from .connection import Connection
from .faults import Faults
from .hub import Hub, InvalidEvent
from .selection import Selection
from .times import to_seconds
from .traffic import StreamRequest, Traffic

__all__ = ["STREAM_PATH", "Context", "make_app"]

STREAM_PATH = "/api/v1/events/stream"
_BODY_LIMIT = 8 * 2**20  # bytes of one POST
_INDEX = """\
This is the event backend of sse_notebook: it streams platform events as server-sent events.

GET  /api/v1/events/stream     the stream; ?token=… or Authorization: Bearer …
                               &cluster_id= &project_id= &workload_id= &resource_type= &event_types=a,b
                               Last-Event-ID (or &last_event_id=), &since= replay what is still kept
POST /api/v1/events            publish a JSON object with an event_type, or a list of them
POST /api/v1/events/{id}/ack   acknowledge an event
GET  /healthz                  is it alive

In Python:  import sse_notebook; sse_notebook.connect("<this address>", token=token)
            where token is text that whoever runs this has for you (`sse-notebook serve` prints one)
"""


@dataclass
class Context:
    """All that the routes work with; one per `Backend`, over its restarts."""

    hub: Hub
    auth: TokenAuth
    faults: Faults
    traffic: Traffic
    heartbeat: float | None
    coalesce: bool
    faults_by_http: bool
    # Streams being answered, also those whose head is held back. Touched on the loop's thread only.
    connections: set[Connection] = field(default_factory=set)
    closing: bool = False  # the server stops: a stream that opens now ends at once


class _BadRequest(Exception):
    def __init__(self, status: int, text: str) -> None:
        self.status = status
        super().__init__(text)


def make_app(context: Context) -> Starlette:
    """The ASGI application. Its server must put each connection's transport into the scope's state."""
    routes = _Routes(context)
    return Starlette(
        routes=[
            Route("/", routes.index, methods=["GET"]),
            Route("/healthz", routes.health, methods=["GET"]),
            Route(STREAM_PATH, routes.stream, methods=["GET"]),
            Route("/api/v1/events", routes.publish, methods=["POST"]),
            Route("/api/v1/events/{id}/ack", routes.ack, methods=["POST"]),
            *([Route("/api/v1/_faults", routes.faults, methods=["POST"])] if context.faults_by_http else []),
        ],
        exception_handlers={Refused: _refused, _BadRequest: _bad_request, ClientDisconnect: _nobody_listens},
    )


class _Routes:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def index(self, _request: Request) -> Response:
        return PlainTextResponse(_INDEX)

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "connections": self._context.traffic.open})

    async def stream(self, request: Request) -> Response | Callable[..., Awaitable[None]]:
        context = self._context
        query = dict(request.query_params)
        token, where = _token(request)
        last_event_id = request.headers.get("last-event-id") or query.get("last_event_id") or None
        record = StreamRequest(query, dict(request.headers), last_event_id, where)
        context.traffic.asked(record)
        status = context.faults.take_status()
        if status is not None:
            context.traffic.answered(record, status)
            return _fault_answer(context.faults, status)
        try:
            claims = context.auth.check(token)
            resume = _resume(last_event_id, query.get("since"))
        except (Refused, _BadRequest) as error:
            context.traffic.answered(record, 401 if isinstance(error, Refused) else 400)
            raise
        record.subject = claims.subject
        if request.method == "HEAD":
            context.traffic.answered(record, 200)
            return Response(media_type="text/event-stream", headers={"cache-control": "no-store"})
        return self._answer(request.state.transport, record, Selection.from_query(query), resume, claims)

    def _answer(
        self,
        transport: asyncio.Transport,
        record: StreamRequest,
        selection: Selection,
        resume: dict[str, Any],
        claims: Claims,
    ) -> Callable[..., Awaitable[None]]:
        context = self._context

        def opened() -> None:
            context.traffic.answered(record, 200)
            context.traffic.opened()

        connection = Connection(
            context.hub,
            context.faults,
            transport,
            selection=selection,
            resume=resume,
            heartbeat=context.heartbeat,
            coalesce=context.coalesce,
            expires=claims.expires,
            on_open=opened,
        )

        async def answer(scope: Any, receive: Any, send: Any) -> None:
            context.connections.add(connection)
            if context.closing:
                connection.end()
            try:
                await connection(scope, receive, send)
            finally:
                context.connections.discard(connection)
                if record.status is not None:  # it was opened
                    context.traffic.closed()

        return answer

    async def publish(self, request: Request) -> Response:
        self._claims(request)
        body = await _json(request)
        events = body if isinstance(body, list) else [body]
        try:
            ids = self._context.hub.publish_all(events)
        except InvalidEvent as error:
            raise _BadRequest(400, str(error)) from None
        return JSONResponse({"ids": ids}, status_code=201)

    async def ack(self, request: Request) -> Response:
        claims = self._claims(request)
        ack = self._context.hub.ack(request.path_params["id"], claims.subject)
        if ack is None:
            raise _BadRequest(404, "no event with this id is kept here")
        return JSONResponse({"id": ack.id, "acknowledged_by": ack.by, "acknowledged_at": round(ack.at, 6)})

    async def faults(self, request: Request) -> Response:
        self._claims(request)
        body = await _json(request)
        if not isinstance(body, dict):
            raise _BadRequest(400, 'send an object of switches, as in {"stall": true}')
        drop, clear = body.pop("drop_now", False), body.pop("clear", False)
        faults = self._context.faults
        try:
            if clear:
                faults.clear()
            faults.update(body)
        except ValueError as error:
            raise _BadRequest(400, str(error)) from None
        if drop:
            faults.drop_now()
        now = faults.as_dict()
        if isinstance(now["body"], bytes):
            now["body"] = now["body"].decode("utf-8", "replace")
        return JSONResponse(now)

    def _claims(self, request: Request) -> Claims:
        return self._context.auth.check(_token(request)[0])


def _token(request: Request) -> tuple[str | None, str | None]:
    """The token and where it was: the query, else the header."""
    token = request.query_params.get("token")
    if token:
        return token, "query"
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip(), "header"
    return None, None


def _resume(last_event_id: str | None, since: str | None) -> dict[str, Any]:
    if not since:
        return {"last_event_id": last_event_id}
    seconds = to_seconds(since)
    if seconds is None:
        raise _BadRequest(
            400, "since is no time: give unix seconds or milliseconds, or RFC 3339 as in 2026-11-23T19:00:00Z"
        )
    return {"last_event_id": last_event_id, "since": seconds, "since_text": since}


def _fault_answer(faults: Faults, status: int) -> Response:
    body = f"the fault switch answers {status}\n" if faults.body is None else faults.body
    headers = {"content-type": faults.content_type or "text/plain; charset=utf-8", **faults.headers}
    return Response(b"" if status in (204, 304) else body, status_code=status, headers=headers)


async def _json(request: Request) -> Any:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _BODY_LIMIT:
            raise _BadRequest(413, f"the body is larger than {_BODY_LIMIT} bytes: send several smaller lists")
    if not body.strip():
        raise _BadRequest(400, "the body is empty: send a JSON object with an event_type, or a list of them")
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise _BadRequest(400, f"the body is not UTF-8, from byte {error.start} on") from None
    except RecursionError:
        raise _BadRequest(400, "the JSON is nested too deeply") from None
    except ValueError as error:
        raise _BadRequest(400, f"the body is not JSON: {error}") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _error(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": text}, status_code=status, headers=headers)


async def _refused(_request: Request, error: Exception) -> Response:
    return _error(401, str(error), {"www-authenticate": "Bearer"})


async def _bad_request(_request: Request, error: Exception) -> Response:
    return _error(error.status if isinstance(error, _BadRequest) else 400, str(error))


async def _nobody_listens(_request: Request, _error: Exception) -> Response:
    return Response(status_code=400)  # goes nowhere: the client left in the middle of its request
