"""What people say of a stream's alerts: `ack` and `silence`.

The law: nothing said here waits for a server, and no event is lost by it: what raises no toast is counted,
and kept all the same. It goes on record as it is said.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Self

from sse_notebook.alerts.silences import LONGEST_REASON, Silence
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.events.moments import Duration, duration_us
from sse_notebook.filters import Filter, where
from sse_notebook.store.columns import events_of
from sse_notebook.store.schema import STR, TIME, table
from sse_notebook.store.why import wanted
from sse_notebook.stream.alerting import Alerted, alerts_table
from sse_notebook.stream.choosing import refuse_id
from sse_notebook.stream.meant import Row, is_type, meant_by
from sse_notebook.stream.parts import Parts
from sse_notebook.stream.sending import Letter, Sending

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Attends", "SilenceHandle"]

LONGEST_NOTE: Final = 2_000  # characters
LONGEST_BY: Final = 200
LOOKED_AT: Final = 1_000  # rows of one id: the newest
BY_HAND: Final = "; what is added by hand fires no alert"
AN_ALERT: Final = re.compile(r"#\d+", re.ASCII)


class SilenceHandle:
    """A silence: what `stream.silence` returns. As a context manager it ends with the block.

    Attributes:
        filter: which events it is about.
        reason: why it was set; may be empty.
    """

    def __init__(self, parts: Parts, silence: Silence) -> None:
        self._parts = parts
        self._known = silence
        self.filter = silence.filter
        self.reason = silence.reason

    def _now(self) -> Silence | None:
        found = [each for each in self._parts.toasts.attention.silences() if each.id == self._known.id]
        self._known = found[0] if found else self._known
        return found[0] if found else None

    @property
    def active(self) -> bool:
        """Whether it is in force."""
        return self._now() is not None

    @property
    def until(self) -> datetime:
        """When it ends, unless it is lifted before (aware, UTC)."""
        self._now()
        return datetime.fromtimestamp(self._known.until, UTC)

    @property
    def suppressed(self) -> int:
        """How many events it has kept from the screen."""
        self._now()
        return self._known.suppressed

    def lift(self) -> None:
        """End it now; as often as you like."""
        self._now()
        self._parts.toasts.attention.lift(lambda silence: silence.id == self._known.id)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.lift()

    def __repr__(self) -> str:
        state = f"until {self._known.ends(self._parts.clock.time())}" if self.active else "ended"
        said = f"<Silence {self.filter}: {state}{f', {self.reason}' if self.reason else ''}>"
        return self._parts.store.outgoing.text(said)


class Attends(Alerted):
    """The part of a stream that people tell what they have seen to."""

    _sending: Sending

    def ack(self, key: Any, note: str = "", by: str | None = None) -> pd.DataFrame:
        """Acknowledge alerts: no more toasts of them, until they are over, or something worse comes.

        Further events of them are kept and counted, suppressed as "acknowledged"; those that are on the
        screen go. The platform's server is told too, in the background: column `sent` of `alerts` says
        whether it took it. The same again changes nothing, and what could not be sent is sent again.

        Args:
            key: an alert's id (`"#7"`), a row's `seq`, an `Event`, the id of an event or of a resource, a
                type or a glob (`"build.*"`), an expression or a `Filter` that their newest events fit.
            note: what is to be noted.
            by: who does it.

        Returns:
            Those that are acknowledged now, as `alerts` has them; if all that is meant is over, that.

        Raises:
            ArgumentError: nothing of that name is known, or a note that can't be meant.
            FilterError: an expression that can't be read.

        Example:
            stream.ack("build-7", note="rolled back", by="ann")
        """
        if not isinstance(note, str) or len(note) > LONGEST_NOTE:
            raise ArgumentError(f"note is a text of at most {LONGEST_NOTE:,} characters, not {note!r:.80}")
        if by is not None and not (isinstance(by, str) and 0 < len(by.strip()) <= LONGEST_BY):
            raise ArgumentError(f"by is a name of at most {LONGEST_BY} characters, not {by!r:.80}")
        attention = self._attention()
        before = {seen.alert.number: seen.alert for seen in attention.alerts()}
        meant = meant_by(key, list(before.values()), self._named, self._time, self._outgoing.text)
        acked = attention.acknowledge(
            {alert.number for alert in meant.alerts}, note.strip(), by and by.strip()
        )
        for alert in acked:
            ack = alert.ack
            if ack is not None and (ack.sent is False or before[alert.number].ack != ack):
                event_id = alert.event.id if meant.event_id is None else meant.event_id
                self._sending.put(Letter(alert.number, ack.at_us, event_id))
        told = {alert.number for alert in acked or meant.alerts}
        seen = [each for each in attention.alerts() if each.alert.number in told]
        return alerts_table(seen, self._outgoing.text, attention.forgotten)

    def _named(self, key: int | str) -> list[Row]:
        """The rows with a `seq`, or an id; the newest last."""
        store, family = self._parts.store, self._parts.toasts.attention.family
        if isinstance(key, int):
            version = store._snapshot().version  # noqa: SLF001 - what reads alike
            events = events_of(version, key, key + 1) if key >= 0 else []
            rows: list[list[Any]] = [
                [each.type, each.resource_id, each.id, each.severity, each.origin] for each in events
            ]
        else:
            names = ["type", "resource_id", "id", "severity", "origin"]
            frame = store.where(wanted(key)).tail(LOOKED_AT)[names]
            rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
        return [
            Row((family(type_), resource), own, f"{type_}, {severity}{BY_HAND if origin == 'added' else ''}")
            for type_, resource, own, severity, origin in rows
        ]

    # -- silences --------------------------------------------------------------------------------------

    def silence(
        self,
        filter: Filter | str | None = None,  # noqa: A002 - what it is
        duration: Duration = "1h",
        reason: str = "",
        **fields: Any,
    ) -> SilenceHandle:
        """Show no toasts of the events that fit, for a while; those that are there go.

        They are kept, counted as suppressed, and each is in the debug log with the reason; their alerts are
        `silenced`. It ends by itself. A mute (`stream.mute`) is a silence by type, resource, or both.

        Args:
            filter: a type or a glob (`"build.*"`), an expression as `where` takes it, or a `Filter`.
            duration: for how long: `"1h"`, seconds, or a `timedelta`. Silenced already, it begins anew.
            reason: why, for whoever reads the log, `alerts` or a recording.
            fields: as `where` takes them: `project_id="p-1"`.

        Returns:
            A handle: `lift()` ends it; a context manager too.

        Raises:
            ArgumentError: nothing is said to be silenced, or not for how long; an id in the place of a type;
                or a callable, which can't be written down.
            FilterError: the expression can't be read.

        Example:
            with stream.silence("build.*", "30min", reason="deploy"):
                ...
        """
        if not isinstance(reason, str) or len(reason) > LONGEST_REASON:
            raise ArgumentError(
                f"reason is a text of at most {LONGEST_REASON:,} characters, not {reason!r:.80}"
            )
        if filter is None and not fields:
            raise ArgumentError(
                'silence what? a type or a glob, as "build.*", an expression, a Filter, or fields, as '
                'project_id="p-1"; for all of it: "*"'
            )
        if isinstance(filter, Event) or (isinstance(filter, str) and AN_ALERT.fullmatch(filter)):
            raise ArgumentError(
                "silence takes a filter; what happened to one resource is acknowledged by ack()"
            )
        if isinstance(filter, str) and is_type(filter):
            refuse_id(filter, self._parts, lambda column: f"silence({column}={filter!r:.80})")
            asked = where(type=filter) & where(**fields)
        else:
            asked = where(filter, **fields)
        length_us = duration_us(duration)
        silence = self._parts.toasts.attention.silence(asked, length_us, " ".join(reason.split()))
        return SilenceHandle(self._parts, silence)

    @property
    def silences(self) -> pd.DataFrame:
        """What is silenced now, mutes too: `filter`, `reason`, `until`, `suppressed`, the events kept off."""
        hide = self._outgoing.text
        rows = [
            (hide(str(each.filter)), hide(each.reason) or None, each.until_us, each.suppressed)
            for each in self._parts.toasts.attention.silences()
        ]
        return table(rows, filter=STR, reason=STR, until=TIME, suppressed="int64")
