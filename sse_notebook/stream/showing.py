"""What a stream shows: its widget, parts of that alone, and what its toasts say.

The law: however many cells show a stream, a toast appears once; what is not to be shown is counted, with the
reason, and kept all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, overload

from sse_notebook.alerts import Silence, ToastBoard
from sse_notebook.alerts.wording import KEEP, Kept, Template
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.events.moments import Duration, duration_us
from sse_notebook.source import ConnectionStatus
from sse_notebook.store.schema import STR, TIME, table
from sse_notebook.stream.choosing import refuse_id
from sse_notebook.stream.dashboard import HasDashboard

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

    from sse_notebook.stream.stream import EventStream
    from sse_notebook.widget import DashboardWidget, FeedWidget, StreamWidget

__all__ = ["Shows"]

Action = Callable[[Event], Any]

CHANGES: Final = 50  # of state, that an opened timeline shows


class Shows(HasDashboard):
    """The part of a stream that is on the screen."""

    _widgets: dict[str, StreamWidget]
    _feed: FeedWidget | None

    # -- what is shown ---------------------------------------------------------------------------------

    def widget(self) -> StreamWidget:
        """The widget of this stream: the same one each time, until it is closed."""
        return self._shown("all")

    def indicator(self, compact: bool = False) -> StreamWidget:
        """The connection indicator alone: the same one each time, until it is closed.

        Args:
            compact: only state and age, as wide as that is.

        Example:
            stream.indicator(compact=True)
        """
        return self._shown("compact" if compact else "indicator")

    def toasts(self) -> StreamWidget:
        """The toasts alone: the same ones each time, until it is closed.

        However many cells show the stream, a toast appears in one of them, and once.

        Example:
            stream.toasts()
        """
        return self._shown("toasts")

    def feed(self) -> FeedWidget:
        """What is kept, as a list to read, filter and select from: one for all, until it is closed.

        Attributes of what is returned, live in both directions:
            selected: the `seq` of each selected row: `stream.df.loc[stream.feed().selected]`.
            filter: what is typed in its filter box.
        """
        if self._feed is None:
            from sse_notebook.widget import FeedWidget  # ipywidgets is not imported before it is needed

            self._feed = FeedWidget(self, clock=self._parts.clock, closed=self._feed_closed)
            self._parts.intake.watchers.append(self._feed.poke)
            for widget in self._widgets.values():
                widget.follow(self._feed)
        return self._feed

    def _shown(self, part: str) -> StreamWidget:
        widget = self._widgets.get(part)
        if widget is None:
            widget = self._widget_made(part)
            self._widgets[part] = widget
            self._parts.intake.watchers.append(widget.poke)
            widget.poke(at_once=True)  # what came between its first look and the line above
            if self._feed is not None:
                widget.follow(self._feed)
        return widget

    def _widget_made(self, part: str) -> StreamWidget:
        from sse_notebook.widget import StreamWidget  # likewise

        return StreamWidget(self, part=part, clock=self._parts.clock, closed=self._widget_closed)  # type: ignore[arg-type]  # a stream, which this is a part of

    def _widget_closed(self, widget: StreamWidget) -> None:
        self._widgets = {part: each for part, each in self._widgets.items() if each is not widget}
        self._parts.intake.watchers.remove(widget.poke)

    def _feed_closed(self, feed: FeedWidget) -> None:
        self._feed = None
        self._parts.intake.watchers.remove(feed.poke)

    def _on_screen(self) -> list[StreamWidget | FeedWidget | DashboardWidget]:
        """All that shows it."""
        others = (self._feed, self._dashboard)
        return [*self._widgets.values(), *(each for each in others if each is not None)]

    def _measured(self) -> EventStream:
        return self  # type: ignore[return-value]  # a stream, which this is a part of

    @property
    def on_screen(self) -> int:
        """How many widgets show it; where there is none, nobody sees a toast."""
        return len(self._on_screen())

    def _display_(self) -> StreamWidget:
        return self.widget()  # for marimo, which would take the static HTML of the below

    def _ipython_display_(self) -> None:
        self.widget()._ipython_display_()  # the same, and what stands in its place another day

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        # A dict as of all that reads alike; where metadata matters, `_ipython_display_` goes before.
        data, _ = self.widget()._repr_mimebundle_(include=include, exclude=exclude) or ({}, {})
        return {**data, **super()._repr_mimebundle_(include, exclude)}

    # -- what a widget asks ----------------------------------------------------------------------------

    @property
    def toast_board(self) -> ToastBoard:
        """The toasts: what a widget shows of them, and tells them."""
        return self._parts.toasts

    def changes(self, number: int = CHANGES) -> list[tuple[ConnectionStatus, datetime | None]]:
        """The newest states of the connection, and when each ended: what an opened timeline shows."""
        return self._parts.intake.timeline.newest(number)

    # -- what toasts say -------------------------------------------------------------------------------

    def toast_template(
        self,
        type: str,  # noqa: A002 - what it is
        *,
        title: Template | None = None,
        text: Template | None = None,
        group: Template | None = None,
        duration: float | Kept | None = KEEP,
        severity: str | None = None,
    ) -> None:
        """Say what toasts of a type say, how long, and as what: from now on, in the place of what was there.

        Types that were unknown are toasted once something is said of them, however mild they are.

        Args:
            type: a type in either spelling, or a glob: `"build_failed"`, `"workload.degraded"`, `"build.*"`.
                Where several fit, what was said last goes before.
            title: a text, in which names in braces stand for what the event says: the names of columns, and
                `data.x` for the payload's `x`; or a function of the event. None: as it is.
            text: the line below, likewise.
            group: the title once it stands for events of several resources; None: as `title`.
            duration: seconds until it goes away by itself; None: not before it is dismissed.
            severity: as what it is shown, whatever the event says: `"info"`, `"success"`, `"warning"`,
                `"error"`.

        Without anything but the type: no more than the house says.

        Raises:
            ArgumentError: a name that no event has, or another thing that can't be meant.

        Example:
            stream.toast_template("build.failed", title="{workload_id} is broken", text="exit {data.code}")
        """
        self._parts.toasts.wording.set(
            type, title=title, text=text, group=group, duration=duration, severity=severity
        )

    def toast_duration(self, severity: str, seconds: float | None) -> None:
        """Say how long toasts of a variant are shown, where nothing else is said of their type.

        Args:
            severity: `"info"`, `"success"` (both 5 s), `"warning"` (8 s), `"error"` (until it is dismissed).
            seconds: None: until it is dismissed.

        Raises:
            ArgumentError: there is no such variant, or it can't be so long.

        Example:
            stream.toast_duration("error", 20)
        """
        self._parts.toasts.wording.last(severity, seconds)

    @overload
    def toast_action(self, label: str, *, type: str = ...) -> Callable[[Action], Action]: ...
    @overload
    def toast_action(self, label: str, fn: Action | None, *, type: str = ...) -> None: ...
    def toast_action(
        self,
        label: str,
        fn: Action | Kept | None = KEEP,
        *,
        type: str = "*",  # noqa: A002 - what it is
    ) -> Callable[[Action], Action] | None:
        """Give toasts a button that calls a function of yours with the newest event of the toast.

        It runs when the kernel is free, in the context of this cell: what it prints lands here. What it
        raises is logged, counted, and shown here.

        Args:
            label: what the button says; the same label again takes the place of the earlier one.
            fn: a plain function of an event; None takes the button away. Left out, this is a decorator.
            type: for which toasts: a type or a glob.

        Raises:
            ArgumentError: one of them can't be meant.

        Example:
            @stream.toast_action("Open logs", type="build.failed")
            def logs(event):
                print("https://ci.example.com/", event.workload_id)
        """
        actions = self._parts.toasts.actions
        if not isinstance(fn, Kept):
            actions.set(label, fn, type)
            return None

        def decorate(fn: Action) -> Action:
            actions.set(label, fn, type)
            return fn

        return decorate

    # -- what is not shown for a while -----------------------------------------------------------------

    def mute(
        self,
        type: str | None = None,  # noqa: A002 - what it is
        *,
        resource: str | None = None,
        duration: Duration = "15min",
    ) -> None:
        """Show no toasts of this type, of this resource, or of this type of this resource, for a while.

        The events are kept, counted as suppressed, and each is in the debug log with the reason. The buttons
        on toasts do the same; what is muted stands below the toasts, with a way to undo it.

        Args:
            type: a type in either spelling, or a glob.
            resource: a `resource_id`.
            duration: for how long: `"15min"`, `"2h"`, or seconds. Muted again, it begins anew.

        Raises:
            ArgumentError: nothing is said to be muted, or not for how long; or `type` is the id of a row, and
                the type of none.

        Example:
            stream.mute("build.*", duration="1h")
        """
        length_us = duration_us(duration)
        if isinstance(type, str) and type:

            def meant(column: str) -> str:  # of the ids a mute takes that of the resource alone
                if column == "resource_id":
                    return f"mute(resource={type!r:.80})"
                return f"silence({column}={type!r:.80})"

            refuse_id(type, self._parts, meant)
        self._parts.toasts.mute(type, resource, length_us / 1e6)

    def unmute(self, type: str | None = None, *, resource: str | None = None) -> None:  # noqa: A002
        """End mutes: those of this type, or of this resource; without either, all of them.

        Args:
            type: as `mute` was told.
            resource: likewise.
        """
        for name, given in (("type", type), ("resource", resource)):
            if given is not None and not isinstance(given, str):
                raise ArgumentError(f"{name} is a text, as mute takes it, not {given!r:.80}")

        def meant(mute: Silence) -> bool:
            return mute.is_mute and type in (None, mute.type) and resource in (None, mute.resource)

        self._parts.toasts.unmute(meant)

    @property
    def mutes(self) -> pd.DataFrame:
        """What is muted now: `type`, `resource`, `until`, and `suppressed`, the events it kept off."""
        rows = [
            (mute.type, mute.resource, mute.until_us, mute.suppressed)
            for mute in self._parts.toasts.attention.silences()
            if mute.is_mute
        ]
        return table(rows, type=STR, resource=STR, until=TIME, suppressed="int64")
