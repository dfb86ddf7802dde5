"""All alerts of one stream, kept up to date read by read.

The law: a read without trouble, and about nothing that is in trouble, costs a look at its columns. There are
only so many alerts: those that are over make room first, and what was let go of is counted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from operator import itemgetter
from typing import Final

from sse_notebook.alerts.alert import BAD, Ack, Alert, Key, family_of, light
from sse_notebook.alerts.lately import Lately, happened
from sse_notebook.events.batch import Batch
from sse_notebook.events.memo import Memo, same

__all__ = ["MOST", "Ledger"]

MOST: Final = 1_000  # alerts that are kept

_NOTHING: Final[Mapping[int, Ack]] = {}


class Ledger:
    """The alerts of one stream. Not guarded: by whoever has it.

    Attributes:
        forgotten: how many alerts were let go of, to make room.
    """

    def __init__(self) -> None:
        # In the order in which they fired, and in which they were resolved: who goes first.
        self._open: dict[Key, Alert] = {}
        self._over: dict[Key, Alert] = {}
        self._about: dict[str | None, int] = {}  # resources that open alerts are about, and how many
        self._family = Memo(family_of)
        self._lately = Lately(self._family.__getitem__)
        self._next = 1
        self._fresh: list[tuple[int, Alert]] = []  # of the read at hand: that have no number yet, by row
        self._newest: dict[Key, int] = {}  # likewise: the row of the newest bad event, where there is one
        self.forgotten = 0

    def all(self) -> list[Alert]:
        """They, by their numbers; copies."""
        both = [*self._open.values(), *self._over.values()]
        return [copy(alert) for alert in sorted(both, key=lambda alert: alert.number)]

    def clear(self) -> None:
        """Forget them. Numbers go on."""
        for alerts in (self._open, self._over, self._about):
            alerts.clear()
        self._lately = Lately(self._family.__getitem__)

    # -- what people say of them -----------------------------------------------------------------------

    def acknowledge(self, numbers: Collection[int], ack: Ack) -> list[Alert]:
        """Somebody has seen to these, as far as they are not over; who said the same before, says no more."""
        found = [alert for alert in self._open.values() if alert.number in numbers]
        for alert in found:
            if alert.ack is None or (alert.ack.by, alert.ack.note) != (ack.by, ack.note):
                alert.ack = ack
        return sorted(found, key=lambda alert: alert.number)

    def was_sent(self, number: int, at_us: int, sent: bool) -> Alert | None:
        """Whether the server took an acknowledgement; the alert, if that is still the one."""
        for alert in (*self._open.values(), *self._over.values()):
            if alert.number == number and alert.ack is not None and alert.ack.at_us == at_us:
                alert.ack = alert.ack._replace(sent=sent)
                return alert
        return None

    def family(self, type: str) -> str:  # noqa: A002 - the column's name
        """The family of a type."""
        found: str = self._family[type]
        return found

    # -- what comes ------------------------------------------------------------------------------------

    def take(self, batch: Batch) -> Mapping[int, Ack]:
        """A read; which rows are of alerts that somebody has seen to.

        Args:
            batch: in order, at least one row.
        """
        held = self._looked_through(batch)
        self._lately.add(batch)
        return held

    def _looked_through(self, batch: Batch) -> Mapping[int, Ack]:
        severities, resources = batch.columns["severity"], batch.columns["resource_id"]
        kinds = {severities[0]} if same(severities) else set(severities)
        if kinds.isdisjoint(BAD):
            about = self._about
            if not about or about.keys().isdisjoint(resources):
                return _NOTHING
            return self._run(batch, [row for row, resource in enumerate(resources) if resource in about])
        if kinds <= BAD:
            return self._run(batch, range(len(batch)))
        troubled = {resource for resource, kind in zip(resources, severities, strict=True) if kind in BAD}
        troubled.update(self._about)
        return self._run(batch, [row for row, resource in enumerate(resources) if resource in troubled])

    def _run(self, batch: Batch, rows: Sequence[int]) -> Mapping[int, Ack]:
        columns, family = batch.columns, self._family
        types, resources, severities = columns["type"], columns["resource_id"], columns["severity"]
        times = list(map(happened, columns["timestamp_us"], columns["received_us"]))
        groups: dict[Key, list[int]] = {}
        for row in rows:
            key = family[types[row]], resources[row]
            if (group := groups.get(key)) is None:
                groups[key] = [row]
            else:
                group.append(row)
        held: dict[int, Ack] = {}
        for key, group in groups.items():
            self._take(key, group, severities, times, held)
        self._settle(batch)
        return held

    def _take(
        self,
        key: Key,
        rows: Sequence[int],
        severities: Sequence[str],
        times: Sequence[int],
        held: dict[int, Ack],
    ) -> None:
        """Rows of one key, in the order in which they came; the columns are those of all rows."""
        done, good_us = 0, None
        while done < len(rows):
            row = rows[done]
            severity, us = severities[row], times[row]
            alert = self._open.get(key)
            done += 1
            if severity not in BAD:
                if alert is not None and us >= alert.state_us:
                    self._resolve(alert, us)
                good_us = us if good_us is None else max(good_us, us)
                continue
            first = done - 1
            if alert is None:
                alert = self._bad(key, row, severity, us, good_us)
            else:
                while done < len(rows) and severities[rows[done]] == severity:
                    done += 1
                self._count_in(alert, rows[first:done], severity, times)
            if alert.ack is not None and not alert.resolved:
                held.update(dict.fromkeys(rows[first:done], alert.ack))

    def _count_in(self, alert: Alert, rows: Sequence[int], severity: str, times: Sequence[int]) -> None:
        """Bad events of one severity, of a trouble that is known."""
        first_us = last_us = times[rows[0]]
        last = rows[0]
        for row in rows:
            us = times[row]
            if us >= last_us:
                last, last_us = row, us
            elif us < first_us:
                first_us = us
        if alert.count_in(len(rows), severity, first_us, last_us):
            self._newest[alert.key] = last

    def _bad(self, key: Key, row: int, severity: str, us: int, good_us: int | None) -> Alert:
        """A bad event of what was in no trouble, as far as is known: that begins, or is over already.

        `good_us` is when the newest good one of this read happened, that came before it.
        """
        alert = self._over.get(key)
        if alert is not None and us < alert.state_us:
            if alert.count_in(1, severity, us, us):
                self._newest[key] = row
            return alert
        over_us = self._lately.good_after(key, us)
        if good_us is not None and good_us > us:
            over_us = good_us if over_us is None else max(over_us, good_us)
        if alert is None:
            alert = Alert(0, key, severity, us, us, us)
            self._fresh.append((row, alert))
        else:
            del self._over[key]
            alert.fires_anew(severity, us)
        self._newest[key] = row
        self._open[key] = alert
        self._about[key[1]] = self._about.get(key[1], 0) + 1
        if over_us is not None:
            self._resolve(alert, over_us)
        return alert

    def _settle(self, batch: Batch) -> None:
        """A read is done: what is new gets its number, there is room again, and each has its newest event."""
        self._fresh.sort(key=itemgetter(0))  # in the order in which they fired, however much came at once
        for _, alert in self._fresh:
            alert.number, self._next = self._next, self._next + 1
        self._fresh.clear()
        self._make_room()
        for key, row in self._newest.items():
            found = self._open.get(key) or self._over.get(key)
            if found is not None:
                found.event = light(batch[row])
        self._newest.clear()

    def _resolve(self, alert: Alert, us: int) -> None:
        alert.resolve(us)
        self._close(alert.key)
        self._over[alert.key] = alert

    def _close(self, key: Key) -> None:
        del self._open[key]
        if self._about[key[1]] == 1:
            del self._about[key[1]]
        else:
            self._about[key[1]] -= 1

    def _make_room(self) -> None:
        while len(self._open) + len(self._over) > MOST:
            self.forgotten += 1
            if self._over:
                del self._over[next(iter(self._over))]
            else:
                self._close(next(iter(self._open)))
