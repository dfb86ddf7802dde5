"""`DedicatedView`: a view whose rows come over a connection of its own.

The law: the server is asked for what it can check of the filter, all of it is checked here; so the view shows
what any view of that filter would show of what came since it was opened. It ends with the stream that it was
made of, with `close`, or when nobody holds it any more. Of a replay, where nobody can be asked, it is a view
of what was recorded.
"""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Self

from sse_notebook.errors import StreamClosed
from sse_notebook.events import Event
from sse_notebook.filters import Filter, where
from sse_notebook.filters.evidence import Evidence
from sse_notebook.source import fork
from sse_notebook.store.view import View
from sse_notebook.stream.asking import Asking
from sse_notebook.stream.audit import PARAMETERS
from sse_notebook.stream.auditing import requested
from sse_notebook.stream.reading import Reading
from sse_notebook.stream.replay_stream import Replay
from sse_notebook.stream.siblings import Siblings
from sse_notebook.stream.stream import EventStream
from sse_notebook.stream.view import StreamView

__all__ = ["DedicatedView", "dedicated_view"]


class DedicatedView(StreamView):
    """A stream, narrowed, on a connection of its own, as far as there can be one.

    Made by `stream.where(…, dedicated=True)`.
    """

    @property
    @abstractmethod
    def asked(self) -> dict[str, str]:
        """What the server is asked for, beside what the stream asks it for: query parameters, by name."""

    @abstractmethod
    def close(self) -> None:
        """End its connection. What was kept stays readable."""


class ConnectedView(DedicatedView):
    """One that has a connection.

    It has the stream's credentials and settings, and rows of its own: those that came since it was opened.
    Views of it share its connection.

    Args:
        of: the stream, or a view of it: what that asks now is asked too.
        asked: which events.
    """

    def __init__(self, of: Reading, asked: Filter) -> None:
        views = list(of._chain()) if isinstance(of, View) else []  # noqa: SLF001 - its own kind
        stream: Reading = of
        while isinstance(stream, StreamView):
            stream = stream._stream  # noqa: SLF001 - likewise
        if not isinstance(stream, EventStream):  # there is no other kind
            raise TypeError(f"no stream: {stream!r}")
        # Guards what is asked of the server, which belongs to the newest filter. Held while that is set.
        self._asking = threading.Lock()
        fork.hold(self, "_asking")
        self._vocabulary = stream.store.vocabulary
        trees = Filter(asked.tree)
        for view in views:
            trees = view._asked.filter & trees  # noqa: SLF001 - likewise
        server = trees.split(self._vocabulary).server
        self._source_stream = stream  # which ends it
        self._own = own = stream.siblings.make(stream, server)
        self._server = _asking(own, stream.siblings, server)
        narrowed: Reading = own
        for view in reversed(views):
            narrowed = narrowed._view(view._asked.filter, view._start_us, view._end_us)  # noqa: SLF001 - likewise
        super().__init__(narrowed, asked, None, None)
        own.reconnect()
        if stream.connection.state == "closed":
            own.close()
            raise StreamClosed("the stream is closed; connect again to make a new one")

    @property
    def filter(self) -> Filter:
        """Which events it shows. May be set, to whatever `where` takes.

        What is set counts for all readers at once, of the rows that are there too. Where the server has to be
        asked for something else, it is: once, a tenth of a second after the last of several changes, and not
        at all if it is then asked for that already. Until then, and for what came before, it shows those that
        came.

        Raises:
            FilterError: when it is set to what can't be read; the filter stays what it was.
        """
        return super().filter

    @filter.setter  # noqa: A003 - the property
    def filter(self, what: str | Filter | Callable[[Event], Any] | None) -> None:
        asked = where(what)
        with self._asking:
            self._ask(asked)
            self._server.set(self.filter.split(self._vocabulary).server)

    @property
    def asked(self) -> dict[str, str]:
        """What the server is asked for, beside what the stream asks it for: query parameters, by name."""
        return self._server.wanted

    def _elsewhere(self, asked: Filter) -> Evidence | None:
        """The stream that it was made of: where nothing came over its own connection, that is asked."""
        others = self._source_stream._evidence(asked)  # noqa: SLF001 - its own kind
        if not len(others.frame):
            return None
        what = requested(self._parts.source.asked_for(PARAMETERS)) or "everything"
        note = (
            f"nothing came over this view's own connection, on which the server was asked for `{what}`: "
            "these are the events of the stream that it was made of"
        )
        return others._replace(notes=(note,), lost=None)

    def close(self) -> None:
        """End its connection. What was kept stays readable."""
        self._own.close()

    def __repr__(self) -> str:
        return f"<View {self.name}: {self.connection.state}, on a connection of its own>"


class ReplayedView(DedicatedView):
    """One of a replay, where there is none: a view of the replay's own rows, which were all there were.

    Nothing is asked of anybody (`asked` is empty), and `close` ends nothing.
    """

    @property
    def asked(self) -> dict[str, str]:
        """Nothing: there is no server."""
        return {}

    def wait_open(self, timeout: float | None = 10) -> Self:
        """Wait until the replay was open. See `EventStream.wait_open`."""
        stream = self._whole
        if isinstance(stream, EventStream):
            stream.wait_open(timeout)
        return self

    def close(self) -> None:
        """There is no connection to end."""


def dedicated_view(of: Reading, asked: Filter) -> DedicatedView:
    """The view of these events that has a connection of its own, as far as there can be one.

    Args:
        of: a stream or a replay, or a view of one.
        asked: which events.
    """
    stream = of
    while isinstance(stream, StreamView):
        stream = stream._stream  # noqa: SLF001 - its own kind
    if not isinstance(stream, Replay):
        return ConnectedView(of, asked)
    stream.note("a view asked for a connection of its own: in a replay it has what was recorded")
    return ReplayedView(of, asked, None, None)


def _asking(own: EventStream, siblings: Siblings, server: Mapping[str, str]) -> Asking:
    """Asks on a stream's connection; it does not keep the stream alive, and ends with it."""
    source = own._parts.source  # noqa: SLF001 - its own kind

    def ask(params: Mapping[str, str]) -> None:
        if source.status.state != "closed":
            source.ask(siblings.asking(params))

    asking = Asking(server, ask, own._parts.clock)  # noqa: SLF001 - likewise

    def moved(_at_once: bool) -> None:
        if source.status.state == "closed":
            asking.close()

    own._parts.intake.watchers.append(moved)  # noqa: SLF001 - likewise
    return asking
