"""What must be true of the rows that a client of a chaos server has made of it: the laws, for any client.

A row is `(id, data)`, the id None where the event had none. Each law gives what breaks it; `[]`: nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from chaos.server import ChaosServer

Row = tuple[str | None, str]
Law = Callable[[ChaosServer, Sequence[Row]], list[Any]]


def positions(server: ChaosServer, rows: Sequence[Row]) -> list[int]:
    """Where the events with an id stand in the server's log."""
    return [server.position(id_) for id_, _ in rows if id_ is not None]


class Hole(NamedTuple):
    """Events that are missing between two rows.

    Attributes:
        row: the number of the first row after it.
        after, to: positions of the events around it in the log.
        at: Unix time at which the server skipped them; nan if it never did.
    """

    row: int
    after: int
    to: int
    at: float


def holes(server: ChaosServer, rows: Sequence[Row]) -> list[Hole]:
    """Where the rows leave out events."""
    found, before = [], -1
    for row, (id_, _) in enumerate(rows):
        if id_ is None:
            continue
        position = server.position(id_)
        if position > before + 1:
            skip = server.skips.get(before)
            at = skip.at if skip is not None and skip.to == position else math.nan
            found.append(Hole(row, before, position, at))
        before = position
    return found


def unexplained(server: ChaosServer, rows: Sequence[Row]) -> list[Hole]:
    """Holes that are not where the server forgot."""
    return [hole for hole in holes(server, rows) if math.isnan(hole.at)]


def lost(server: ChaosServer, rows: Sequence[Row]) -> list[int]:
    """Events that the server did not forget, and that are no row."""
    return sorted(set(range(len(server.log))) - server.forgotten() - set(positions(server, rows)))


def made_up(server: ChaosServer, rows: Sequence[Row]) -> list[Row]:
    """Rows whose data is not what the server sent under that id, or at all."""
    known = {(event.id, event.data) for event in server.log}
    echoes = {server.log[n].data for n in server.echoes}
    return [row for row in rows if (row[1] not in echoes if row[0] is None else row not in known)]


def out_of_order(server: ChaosServer, rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Neighbours that are not in the server's order, or the same event twice."""
    return [(one, next_) for one, next_ in pairwise(positions(server, rows)) if one >= next_]


def wrong_echoes(server: ChaosServer, rows: Sequence[Row]) -> list[str]:
    """Events without an id that are not where they should be, too few or too many.

    Such an event says the same as the one before it, and is told once. It is honest, though it looks like a
    double. If what came after it over the same connection has arrived, it has arrived too.
    """
    heard = [
        server.position(before) for (before, _), (id_, _) in pairwise([(None, ""), *rows]) if id_ is None
    ]
    wrong = [f"{n} is told twice" for n in set(heard) if heard.count(n) > 1]
    wrong += [f"one follows {n}, after which none was sent" for n in set(heard) - set(server.echoes)]
    for n, request in server.echoes.items():
        later = server.asked[request + 1] if request + 1 < len(server.asked) else len(server.log)
        if later > n and n not in heard:
            wrong.append(f"the one after {n} is missing")
        if later < n and n in heard:
            wrong.append(f"the one after {n} can't have come")
    return wrong
