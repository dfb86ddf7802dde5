"""An app with django-eventstream, in one module. What was published is kept in a database on disk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from history import settings as given

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path.cwd() / "db.sqlite3"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    EVENTSTREAM_CHANNELMANAGER_CLASS=f"{__name__}.Channels",
    EVENTSTREAM_STORAGE_CLASS="django_eventstream.storage.DjangoModelStorage",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_eventstream"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="of no use to anybody, and 32 bytes long",
    USE_TZ=True,
)
django.setup()

# What needs Django set up.
from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django_eventstream import get_current_event_id, send_event, views  # noqa: E402
from django_eventstream.channelmanager import DefaultChannelManager  # noqa: E402
from django_eventstream.models import Event  # noqa: E402

call_command("migrate", verbosity=0)


class Channels(DefaultChannelManager):  # type: ignore[misc]  # it has no types
    """Who may read which channel: nobody the one called `secret`."""

    def can_read_channel(self, user: object, channel: str) -> bool:
        return channel != "secret"


class _Asyncio:
    """asyncio, as django_eventstream sees it: its keep-alive comes sooner, and we see who waits for news.

    The 20 s between two keep-alives are a number in its code. And it adds a listener before it reads the
    database: only one that has begun to wait is sure to get what is published next.
    """

    waiting = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def wait(self, futures: Iterable[asyncio.Future[Any]], timeout: float) -> Any:
        self.waiting += 1
        try:
            return await asyncio.wait(futures, timeout=given()["ping"] or timeout)
        finally:
            self.waiting -= 1


views.asyncio = _Asyncio()


def publish(request: HttpRequest, channel: str) -> JsonResponse:
    ids = []
    for item in json.loads(request.body):
        send_event(channel, item.get("event", "message"), item["data"])
        ids.append(get_current_event_id([channel]))
    return JsonResponse(ids, safe=False)


def forget(request: HttpRequest, channel: str) -> JsonResponse:
    """What django-eventstream does after a day."""
    return JsonResponse(Event.objects.filter(channel=channel).delete()[0], safe=False)


def followers(request: HttpRequest, channel: str) -> JsonResponse:
    listeners = views.get_listener_manager().listeners_by_channel
    everybody = {listener for each in listeners.values() for listener in each}
    caught_up = views.asyncio.waiting == len(everybody)
    return JsonResponse(len(listeners.get(channel, ())) if caught_up else None, safe=False)


urlpatterns = [
    path("events", views.events),
    path("events/<channel>", views.events),
    path("publish/<channel>", publish),
    path("forget/<channel>", forget),
    path("followers/<channel>", followers),
]
app = get_asgi_application()
