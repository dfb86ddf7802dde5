"""What a stream, a view, a recording tell of alerts: one row for each trouble of each resource.

The law: columns and dtypes are the same when there are none; what is told is what is known at this moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from sse_notebook.alerts.alert import STATES
from sse_notebook.alerts.attention import Attention, Seen
from sse_notebook.events.severity import SEVERITIES
from sse_notebook.store.schema import STR, TIME, table, words_type
from sse_notebook.stream.noting import settle
from sse_notebook.stream.reading import Reading

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "Alerted", "alerts_table"]

#: The columns of `alerts`, behind its index `alert`, and their dtypes.
COLUMNS: Final[dict[str, Any]] = {
    "state": words_type(STATES),
    "severity": words_type(SEVERITIES),
    "type": STR,
    "resource_type": STR,
    "resource_id": STR,
    "count": "int64",
    "first": TIME,
    "last": TIME,
    "message": STR,
    "acked_at": TIME,
    "acked_by": STR,
    "note": STR,
    "sent": "boolean",
    "silenced_until": TIME,
    "reason": STR,
}


def alerts_table(alerts: Sequence[Seen], hide: Callable[[str], str], forgotten: int = 0) -> pd.DataFrame:
    """Alerts as a table.

    Args:
        alerts: in the order of the rows.
        hide: masks secrets in a text.
        forgotten: how many were let go of: it stands in `attrs`.
    """
    frame = table([(seen.alert.id, *_row(seen, hide)) for seen in alerts], alert=STR, **COLUMNS).set_index(
        "alert"
    )
    frame.attrs["forgotten"] = forgotten
    return frame


def _row(seen: Seen, hide: Callable[[str], str]) -> tuple[Any, ...]:
    alert, silence = seen.alert, seen.silence
    event, ack = alert.event, alert.ack

    def text(value: str | None) -> str | None:
        return hide(value) if value else None

    return (
        seen.state,
        alert.severity,
        text(event.type),
        text(event.resource_type),
        text(event.resource_id),
        alert.count,
        alert.first_us,
        alert.last_us,
        text(event.message),
        None if ack is None else ack.at_us,
        None if ack is None else text(ack.by),
        None if ack is None else text(ack.note),
        None if ack is None else ack.sent,
        None if silence is None else silence.until_us,
        None if silence is None else text(silence.reason),
    )


class Alerted(Reading):
    """The part that tells of alerts."""

    def _attention(self) -> Attention:
        """Who knows of them; of what has a row, too."""
        settle(self._parts.source)
        return self._parts.toasts.attention

    @property
    def alerts(self) -> pd.DataFrame:
        """The alerts: one row for each trouble of each resource, of the newest 1,000.

        Events of severity warning or error, of one family of types (`build.failed`, `build.…`) and about one
        resource, are one alert. A milder event of the same family and resource resolves it; trouble after
        that fires it anew. What counts is when things happened: an older event that comes late is counted,
        and changes no state. Of a view: those whose newest bad event is in it.

        Index `alert`: its id, as `"#7"`, which `ack` takes. Columns:
            state: firing, acknowledged, silenced, resolved (an ordered category).
            severity: the worst of its events.
            type, resource_type, resource_id, message: those of its newest bad event.
            count: bad events since it fired.
            first, last: when the first and the newest of them happened.
            acked_at, acked_by, note: who acknowledged it, if somebody did.
            sent: whether the platform's server took that; `<NA>`: none is told, or it has not answered yet.
            silenced_until, reason: of the silence that holds for it, if one does.

        `alerts.attrs["forgotten"]` says how many were let go of, those that were over first.

        Example:
            stream.alerts.query("state == 'firing'")
        """
        attention = self._attention()
        seen = [each for each in attention.alerts() if self._belongs(each.alert.event)]
        return alerts_table(seen, self._outgoing.text, attention.forgotten)

    @property
    def alert_log(self) -> pd.DataFrame:
        """What was said of alerts, `time` and `text`: acknowledged, silenced, silenced no more.

        It has what is over, too, where `alerts` has what is; the newest 10,000. An `Incident` tells it.
        """
        hide = self._outgoing.text
        rows = [(us, hide(text)) for us, text in self._attention().history()]
        return table(rows, time=TIME, text=STR)
