"""A feed's half in the kernel: answers what the page asks, and tells those who look what is new.

The law: a page of rows at a time, never all; nothing is told while nobody looks, and whoever has not said for
ten minutes that he still looks is forgotten. What goes wrong is answered in words, never raised.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from sse_notebook.clock import SYSTEM, Clock
from sse_notebook.errors import FilterError
from sse_notebook.events.severity import SEVERITIES
from sse_notebook.filters import Filter
from sse_notebook.store.columns import events_of
from sse_notebook.store.readable import Readable
from sse_notebook.widget.bins import bins
from sse_notebook.widget.facets import types_of
from sse_notebook.widget.pages import Gap, Mark, Readings, asked_for
from sse_notebook.widget.raw import number, whole
from sse_notebook.widget.reasons import Reasons, stopped_by
from sse_notebook.widget.whole import whole as all_of

__all__ = ["Feeding"]

LEASE: Final = 600.0  # seconds
VIEWS: Final = 16  # pages that are told
PICTURES: Final = 1.0  # seconds between two histograms that nobody asked for
LONGEST: Final = 4_000  # characters of a filter
CHOSEN: Final = 50  # types that are wanted

Send = Callable[[dict[str, Any]], None]


class _Wish(NamedTuple):
    """Which rows a view shows."""

    typed: str
    asked: Filter
    severities: tuple[str, ...]
    types: tuple[str, ...]
    refused: bool


class _Watch(NamedTuple):
    """What a view wants to be told, and the question by which it said so."""

    ask: Any
    wish: _Wish
    number: int
    mark: Mark
    live: bool
    told: tuple[int, list[Gap]]  # the newest row, and the gaps: an open one may end without a row
    until: float
    drawn: float
    owed: bool = False  # rows were told without the picture, which comes next


class Feeding:
    """What a page asks of the feed, answered.

    Args:
        of: what is shown.
        send: how a message goes to the page; told from any thread.
        clock: what the time is.
    """

    def __init__(self, of: Readable, send: Send, clock: Clock = SYSTEM) -> None:
        self._of = of
        self._send = send
        self._clock = clock
        self._reasons = Reasons(clock)
        self._watches: dict[str, _Watch] = {}
        self._guard = threading.Lock()  # of _watches: the kernel's thread changes them, the pump's reads them

    @property
    def watched(self) -> int:
        """How many views are told what is new."""
        return len(self._watches)

    def asked(self, content: Any) -> bool:
        """Answer a message of the page; False: it is none for a feed."""
        wish = content.get("do") if isinstance(content, dict) else None
        wishes = {"page": self._page, "row": self._row, "unwatch": self._unwatch}
        answer = wishes.get(wish) if isinstance(wish, str) else None
        if answer is None or not isinstance(content.get("view"), str):
            return False
        answer(content)
        return True

    def flush(self) -> bool:
        """Tell those who look what is new. At most ten times a second: by the widget's pump.

        Rows are told at once. The picture is work for all rows, and comes one flush later.

        Returns:
            Whether something is left for another flush, though nothing new may come.
        """
        more = False
        with self._guard:
            views = list(self._watches.items())
        for view, watch in views:
            now = self._clock.monotonic()
            if now > watch.until:
                self._forget(view)
                continue
            readings = self._readings(watch.wish)
            told = (readings.newest.seq, readings.gaps())
            if told == watch.told and not watch.owed:
                continue
            page = readings.page(None if watch.live else watch.mark, 0, watch.number if watch.live else 0)
            # live: what has come since the last news, so that a page that pauses meanwhile can count
            news = {
                "feed": "news",
                "view": view,
                "ask": watch.ask,
                "typed": watch.wish.typed,
                "live": watch.live,
                **page.to_json(),
            }
            news |= {"since": watch.mark.seq, "fresh": readings.fresh(watch.mark), "now": self._now()}
            drawn, owed = watch.drawn, not watch.owed and now - watch.drawn >= PICTURES
            more = more or owed
            if watch.owed:
                drawn = now
                news |= self._picture(readings, watch.wish)
            with self._guard:
                if self._watches.get(view) is watch:  # else it has asked for something else meanwhile
                    mark = page.mark if watch.live else watch.mark
                    self._watches[view] = watch._replace(mark=mark, told=told, drawn=drawn, owed=owed)
            self._send(news)
            if self._reasons.due(watch.wish.typed, readings.whole.version):
                self._explain(view, watch.wish, readings)
        return more

    def _page(self, content: dict[str, Any]) -> None:
        """A page; the view that asks is told what is new from now on, if it wants that."""
        view, typed = content["view"], str(content.get("filter") or "")[:LONGEST]
        ask = number(content.get("ask"))
        answer = {"feed": "page", "view": view, "ask": ask, "typed": typed}
        try:
            asked = asked_for(typed)
        except FilterError as error:
            said, *rest = str(error).splitlines()
            hint = rest[-1].strip() if rest and not set(rest[-1]) <= set(" ^~") else ""
            self._send({**answer, "error": said[:300], "hint": hint[:300], "column": error.column})
            return
        wanted = content.get("severities")
        severities = tuple(name for name in SEVERITIES if isinstance(wanted, list) and name in wanted)
        wish = _Wish(typed, asked, severities, _types(content.get("types")), content.get("refused") is True)
        readings = self._readings(wish)
        mark = _mark(content.get("mark"))
        page = readings.page(mark, whole(content.get("at")), whole(content.get("n")))
        if (sought := number(content.get("find"))) is not None:
            answer["find"] = {"seq": int(sought), "at": readings.place(page.mark, int(sought))}
        if content.get("picture"):
            answer |= self._picture(readings, wish)
            answer["warnings"] = _warnings(asked) if typed.strip() and not typed.startswith("/") else []
        if content.get("watch"):
            now = self._clock.monotonic()
            live = content.get("watch") == "live"
            told = (readings.newest.seq, readings.gaps())
            most = whole(content.get("n"))
            watch = _Watch(ask, wish, most, page.mark, live, told, now + LEASE, now)
            with self._guard:
                self._watches.pop(view, None)
                self._watches[view] = watch
                while len(self._watches) > VIEWS:
                    self._watches.pop(next(iter(self._watches)))
        self._send({**answer, **page.to_json(), "now": self._now()})
        if content.get("picture") and typed.strip():
            self._explain(view, wish, readings)  # afterwards: the rows do not wait for it

    def _row(self, content: dict[str, Any]) -> None:
        """All of one row."""
        seq = whole(content.get("seq"))
        answer = {"feed": "row", "view": content["view"], "seq": seq}
        version = self._of._snapshot().version  # noqa: SLF001 - what is kept
        found = events_of(version, seq, seq + 1)
        if not found:
            self._send({**answer, "row": None})  # it has gone meanwhile
            return
        before = events_of(version, seq - 1, seq)
        typed = str(content.get("filter") or "")[:LONGEST]
        with contextlib.suppress(FilterError):  # of what can't be read it has been said
            answer["stopped"] = stopped_by(typed, asked_for(typed), version, seq, self._clock.time())
        hide = self._of._outgoing.text  # noqa: SLF001 - likewise
        self._send({**answer, "row": all_of(found[0], self._of, before[0].id if before else None, hide)})

    def _readings(self, wish: _Wish) -> Readings:
        return Readings(self._of, wish.asked, wish.severities, self._now(), wish.types, refused=wish.refused)

    def _explain(self, view: str, wish: _Wish, readings: Readings) -> None:
        """How many rows each clause of the filter passes."""
        counted = self._reasons.of(wish.typed, wish.asked, readings.whole.version)
        self._send({"feed": "clauses", "view": view, "typed": wish.typed, **counted})

    def _picture(self, readings: Readings, wish: _Wish) -> dict[str, Any]:
        """What is told once a second at the most: it is work for all rows."""
        return {
            "bins": bins(readings.whole, readings.gaps(), self._now()),
            "types": types_of(readings.whole, wish.types, self._of._outgoing.text),  # noqa: SLF001 - likewise
        }

    def _unwatch(self, content: dict[str, Any]) -> None:
        self._forget(content["view"])

    def _forget(self, view: str) -> None:
        with self._guard:
            self._watches.pop(view, None)

    def _now(self) -> float:
        return self._clock.time() * 1000


def _warnings(asked: Filter) -> list[list[Any]]:
    return [[warned.text[:300], warned.clause[:200]] for warned in asked.validate()][:3]


def _types(raw: Any) -> tuple[str, ...]:
    return tuple(name for name in raw if isinstance(name, str))[:CHOSEN] if isinstance(raw, list) else ()


def _mark(raw: Any) -> Mark | None:
    if not isinstance(raw, list | tuple) or len(raw) != 2:
        return None
    seq, at = raw
    moment = number(at)
    return None if moment is None else Mark(whole(seq), float(moment))
