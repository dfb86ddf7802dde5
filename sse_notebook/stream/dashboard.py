"""`dashboard()`: of a stream, and of a view of it.

The law: one dashboard of each, however many cells show it, until it is closed.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from sse_notebook.stream.reading import Reading

if TYPE_CHECKING:
    from sse_notebook.stream.stream import EventStream
    from sse_notebook.widget import DashboardWidget

__all__ = ["HasDashboard"]


class HasDashboard(Reading):
    """The part that has one."""

    _dashboard: DashboardWidget | None = None

    @abstractmethod
    def _measured(self) -> EventStream:
        """The stream whose numbers these are."""

    def dashboard(self) -> DashboardWidget:
        """Its numbers at a glance, over time: the same one each time, until it is closed.

        Events and bytes a second over five minutes or an hour, the states of the connection on the same
        axis, gaps hatched; rows by severity and by type; what became of all that was received; lag and ages.
        Of a view rows are counted that fit it; the rest is its stream's, and says so.

        Example:
            stream.dashboard()
        """
        if self._dashboard is None:
            from sse_notebook.widget import DashboardWidget  # ipywidgets is not imported before it is needed

            self._dashboard = DashboardWidget(
                self, self._measured(), clock=self._parts.clock, closed=self._dashboard_closed
            )
            self._parts.intake.watchers.append(self._dashboard.poke)
        return self._dashboard

    def _dashboard_closed(self, dashboard: DashboardWidget) -> None:
        self._dashboard = None
        self._parts.intake.watchers.remove(dashboard.poke)
