"""What is not to be shown as a toast for a while: a type, a resource, or one of the other.

The law: a mute ends by itself; what it kept from the screen is counted, and kept in the stream all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sse_notebook.errors import ArgumentError
from sse_notebook.events.types import matches_type

__all__ = ["LONGEST_NAME", "MOST", "Mute", "Mutes"]

MOST: Final = 50  # mutes at a time
LONGEST_NAME: Final = 200  # characters


@dataclass
class Mute:
    """One mute.

    Attributes:
        id: its number, growing.
        type: a type or a glob; None: any.
        resource: the `resource_id`; None: any.
        until: Unix time in seconds when it ends.
        suppressed: how many events it has kept from the screen.
    """

    id: int
    type: str | None
    resource: str | None
    until: float
    suppressed: int = 0

    @property
    def said(self) -> str:
        """What is muted, in words.

        Example:
            >>> Mute(1, "build.failed", "wl-1", 0.0).said
            'build.failed of wl-1'
        """
        return " of ".join(part for part in (self.type, self.resource) if part)

    def to_json(self) -> dict[str, Any]:
        """As the front-end gets it: times in milliseconds."""
        return {
            "type": self.type,
            "resource": self.resource,
            "until": self.until * 1000,
            "suppressed": self.suppressed,
        }

    def fits(self, type: str, status: str | None) -> bool:  # noqa: A002 - the column's name
        """Whether events of this type are meant, if their resource is."""
        return self.type is None or self.type == "*" or matches_type(self.type, type, type, status)


class Mutes:
    """The mutes of one stream. Not guarded: by whoever has it."""

    def __init__(self) -> None:
        self._mutes: dict[tuple[str | None, str | None], Mute] = {}
        self._next_id = 1

    def add(self, type: str | None, resource: str | None, until: float) -> Mute:  # noqa: A002 - likewise
        """Mute; what is muted already is so until then instead.

        Raises:
            ArgumentError: it is said of nothing, or there are too many.
        """
        for name, given in (("type", type), ("resource", resource)):
            if given is not None and not (isinstance(given, str) and 0 < len(given) <= LONGEST_NAME):
                raise ArgumentError(f"{name} is a text of 1 to {LONGEST_NAME} characters, not {given!r:.80}")
        if type is None and resource is None:
            raise ArgumentError('mute what? a type or a glob, as "build.*", a resource, or both')
        there = self._mutes.get((type, resource))
        if there is not None:
            there.until = until
            return there
        if len(self._mutes) >= MOST:
            raise ArgumentError(f"{MOST} mutes are there already: end some with unmute(), or mute by a glob")
        mute = self._mutes[type, resource] = Mute(self._next_id, type, resource, until)
        self._next_id += 1
        return mute

    def remove(self, fits: Callable[[Mute], bool]) -> list[Mute]:
        """End those for which `fits` is true."""
        gone = [mute for mute in self._mutes.values() if fits(mute)]
        for mute in gone:
            del self._mutes[mute.type, mute.resource]
        return gone

    def now(self, now: float) -> list[Mute]:
        """Those that are in force, oldest first."""
        if self._mutes:
            self.remove(lambda mute: mute.until <= now)
        return list(self._mutes.values())

    def part(
        self,
        type: str,  # noqa: A002 - likewise
        status: str | None,
        resources: Sequence[str | None],
        rows: Sequence[int],
        now: float,
    ) -> tuple[Sequence[int], list[tuple[Mute, Sequence[int]]]]:
        """Which rows of this type are shown, and which are kept from the screen, by which mute.

        Args:
            type: that of the rows.
            status: likewise.
            resources: of all rows of their batch.
            rows: places among those.
            now: Unix time in seconds.
        """
        muted: list[tuple[Mute, Sequence[int]]] = []
        for mute in self.now(now):
            if not mute.fits(type, status):
                continue
            caught = (
                rows if mute.resource is None else [row for row in rows if resources[row] == mute.resource]
            )
            if caught:
                mute.suppressed += len(caught)
                muted.append((mute, caught))
                hidden = set(caught)
                rows = [row for row in rows if row not in hidden]
        return rows, muted
