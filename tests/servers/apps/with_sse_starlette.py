"""An app with sse-starlette's EventSourceResponse, as its users write one. It keeps its history in memory."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

from history import History, settings
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

history = History()
requests: defaultdict[str, list[dict[str, str]]] = defaultdict(list)


async def events(request: Request) -> EventSourceResponse:
    version = {"http": request.scope["http_version"]}
    requests[request.path_params["channel"]].append({**request.query_params, **request.headers, **version})

    async def said() -> AsyncIterator[dict[str, Any]]:
        items = history.follow(request.path_params["channel"], request.headers.get("Last-Event-ID"))
        async for item in items:
            data = item["data"]
            # What is yielded is sent by `str`: a dictionary as Python writes it, a frequent mistake.
            as_it_is = isinstance(data, str) or "plainly" in request.query_params
            yield {**item, "data": data if as_it_is else json.dumps(data)}

    return EventSourceResponse(said(), ping=settings()["ping"])


async def publish(request: Request) -> JSONResponse:
    return JSONResponse(await history.publish(request.path_params["channel"], await request.json()))


async def followers(request: Request) -> JSONResponse:
    return JSONResponse(history.followers[request.path_params["channel"]])


async def asked(request: Request) -> JSONResponse:
    return JSONResponse(requests[request.path_params["channel"]])


app = Starlette(
    routes=[
        Route("/events/{channel}", events),
        Route("/publish/{channel}", publish, methods=["POST"]),
        Route("/followers/{channel}", followers),
        Route("/asked/{channel}", asked),
    ]
)
