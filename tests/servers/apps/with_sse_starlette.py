"""An app with sse-starlette's EventSourceResponse, as its users write one. It keeps its history in memory."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from history import History, settings
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

history = History()


async def events(request: Request) -> EventSourceResponse:
    async def said() -> AsyncIterator[dict[str, Any]]:
        items = history.follow(request.path_params["channel"], request.headers.get("Last-Event-ID"))
        async for item in items:
            # A frequent mistake: the dictionary itself, which is sent as Python writes it.
            data = json.loads(item["data"]) if "plainly" in request.query_params else item["data"]
            yield {**item, "data": data}

    return EventSourceResponse(said(), ping=settings()["ping"])


async def publish(request: Request) -> JSONResponse:
    return JSONResponse(await history.publish(request.path_params["channel"], await request.json()))


async def followers(request: Request) -> JSONResponse:
    return JSONResponse(history.followers[request.path_params["channel"]])


app = Starlette(
    routes=[
        Route("/events/{channel}", events),
        Route("/publish/{channel}", publish, methods=["POST"]),
        Route("/followers/{channel}", followers),
    ]
)
