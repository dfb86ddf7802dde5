"""Streams beside a stream: its credentials and its settings, but rows and a connection of their own.

The law: what is commanded and set for a stream as a whole (`login`, `logout`, `close`, `connect` again)
counts for its siblings too; none of them is kept alive by it.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sse_notebook.stream.parts import Parts

if TYPE_CHECKING:
    from sse_notebook.stream.stream import EventStream

__all__ = ["Siblings"]


class Siblings:
    """The siblings of one stream.

    Args:
        parts: what that is made of.
        url: where it connects to.
        params: what it asks the server for.
        needs_token: whether it connects without a token.
        name: what it is called in the column `source`.
    """

    def __init__(
        self, parts: Parts, *, url: str, params: Mapping[str, Any], needs_token: bool, name: str
    ) -> None:
        self._parts = parts
        self._url, self._params, self._needs_token, self._name = url, dict(params), needs_token, name
        self._all: weakref.WeakSet[EventStream] = weakref.WeakSet()

    def make(self, like: EventStream, params: Mapping[str, str]) -> EventStream:
        """Another one, which does not connect yet, and which `connect` does not find.

        Args:
            like: the stream.
            params: what the server is asked for besides; what the stream itself asks for goes before.
        """
        credentials = self._parts.source.credentials
        sibling = type(like)(
            self._url,
            name=self._name,
            shown=like.name,
            selection=self._parts.intake.selection,
            params=self.asking(params),
            needs_token=self._needs_token,
            token=None,
            auth=credentials.mode,
            credentials=credentials,
            clock=self._parts.clock,
            **self._settings(),
        )
        self._all.add(sibling)
        return sibling

    def asking(self, params: Mapping[str, str]) -> dict[str, Any]:
        """What the server is asked for, with these besides."""
        return {**params, **self._params}

    def login(self) -> None:
        """Connect with the token that there is now."""
        for each in self._open():
            each.reconnect()

    def logout(self, clear: bool) -> None:
        """Disconnect, as the stream does."""
        for each in self._open():
            each.logout(clear)

    def apply(self) -> None:
        """Use the settings that the stream has now."""
        for each in self._open():
            each.apply(token=None, auth=None, **self._settings())

    def close(self) -> None:
        """End them."""
        for each in self._open():
            each.close()

    def _open(self) -> list[EventStream]:
        return [each for each in tuple(self._all) if each.connection.state != "closed"]

    def _settings(self) -> dict[str, Any]:
        source, store = self._parts.source, self._parts.store
        return {
            "no_token": source.no_token,
            "headers": source.headers,
            "backoff": source.backoff,
            "idle_timeout": source.freshness.idle_timeout,
            "client": source.client,
            "insecure": source.insecure,
            "keeping": self._parts.intake.dropped.keeping,
            "vocabulary": store.vocabulary,
            "expand": store.expand,
        }
