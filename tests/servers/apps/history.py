"""What users of sse-starlette and of FastAPI write themselves: a list of what was published, to resume from.

The law: whoever comes back with a `Last-Event-ID` gets everything after it that is kept, then what comes, in
order. An id that is not known gets all that is kept; none at all gets what comes from now on. The list is
forgotten with its process, and counts from 1 again; with a file it goes on where it was.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

Item = dict[str, Any]


class History:
    """The events of each channel: `id`, and whatever was published.

    Args:
        file: where they are kept too.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._items: defaultdict[str, list[Item]] = defaultdict(list)
        self._news = asyncio.Condition()
        self.followers: Counter[str] = Counter()
        if file is not None and file.exists():
            for line in file.read_text().splitlines():
                self._items[(item := json.loads(line)).pop("channel")].append(item)

    async def publish(self, channel: str, items: list[Item]) -> list[str]:
        """Add items, and return the ids that they were given."""
        kept = self._items[channel]
        fresh = [{"id": str(len(kept) + n), **item} for n, item in enumerate(items, 1)]
        if self._file is not None:
            with self._file.open("a") as file:
                file.writelines(json.dumps({"channel": channel, **item}) + "\n" for item in fresh)
        kept += fresh
        async with self._news:
            self._news.notify_all()
        return [item["id"] for item in fresh]

    async def follow(self, channel: str, last_event_id: str | None) -> AsyncIterator[Item]:
        """What came after that id, then what comes."""
        kept = self._items[channel]
        ids = [item["id"] for item in kept]
        at = len(kept) if last_event_id is None else 0
        if last_event_id in ids:
            at = ids.index(last_event_id) + 1
        self.followers[channel] += 1
        try:
            while True:
                while at < len(kept):
                    yield kept[at]
                    at += 1
                async with self._news:
                    if at == len(kept):
                        await self._news.wait()
        finally:
            self.followers[channel] -= 1


def settings() -> dict[str, Any]:
    """What the fixture wrote into the folder that the server runs in."""
    said: dict[str, Any] = json.loads(Path("settings.json").read_text())
    return said
