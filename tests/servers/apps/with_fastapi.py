"""An app with FastAPI's own server-sent events, as its users write one. It keeps its history in a file."""

from __future__ import annotations

from collections.abc import AsyncIterable
from pathlib import Path
from typing import Annotated, Any

import fastapi.routing
from fastapi import FastAPI, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from history import History, settings

history = History(Path("history.jsonl"))
app = FastAPI()

# "Private but importable so tests can monkeypatch it", FastAPI says; there is no other way to set it.
fastapi.routing._PING_INTERVAL = settings()["ping"] or fastapi.routing._PING_INTERVAL


@app.get("/events/{channel}", response_class=EventSourceResponse)
async def events(
    channel: str, last_event_id: Annotated[str | None, Header()] = None
) -> AsyncIterable[ServerSentEvent]:
    async for item in history.follow(channel, last_event_id):
        yield ServerSentEvent(**item)


@app.post("/publish/{channel}")
async def publish(channel: str, items: list[dict[str, Any]]) -> list[str]:
    return await history.publish(channel, items)


@app.get("/followers/{channel}")
async def followers(channel: str) -> int:
    return history.followers[channel]
