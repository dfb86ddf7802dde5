"""Misbehaviour on demand: each way in which a stream goes wrong in practice, as a switch.

The law: a fault touches stream requests only (publishing, acks and health go on), takes effect the moment it
is set, and with every switch at its default the backend is correct. Setting one from any thread is safe.

| switch | what goes wrong |
|---|---|
| `status` | a new request is answered with this status and `body` instead of a stream; 200 is possible too |
| `status_times` | for so many requests, then `status` clears itself; None: until cleared |
| `body`, `headers` | of that answer (`Retry-After`, `Location`); `headers` are added to streams as well |
| `content_type` | of that answer, or of the stream itself, which then goes on as usual |
| `headers_delay` | a new request is accepted, but no byte of the answer's head is sent while this is true |
| `stall` | connections stay open and no byte of the body is sent while this is true; then what waited comes |
| `drop_after` | a connection is cut once it has had n events (replayed ones count, heartbeats do not) |
| `drop_now()` | every open connection is cut |
| `reset` | a cut is a TCP reset instead of an end in the middle of the body |
| `split` | the body is written in pieces of n bytes, through lines and UTF-8 characters |
| `line_ending` | LF, CR or CRLF |
| `bom` | the stream starts with a byte order mark |
| `retry` | the stream starts with a `retry:` field of so many milliseconds |
| `ignore_filters` | the names of parameters that a stream asks for and does not get: all of it is sent |
| `hold_back` | of the events that fit what a stream asks for each n-th is not sent |

The last six and `content_type`, `headers` are looked at when a connection opens; the others at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from .selection import Selection

__all__ = ["Faults"]

_LINE_ENDINGS = ("\n", "\r\n", "\r")


def _nothing() -> None:
    """Stands where no server listens."""


@dataclass
class Faults:
    """The switches; the module's table says what each does.

    Example:
        >>> faults = Faults()
        >>> faults.update({"status": 503, "status_times": 2})
        >>> [faults.take_status() for _ in range(3)]
        [503, 503, None]
    """

    status: int | None = None
    status_times: int | None = None
    body: str | bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str | None = None
    headers_delay: bool = False
    stall: bool = False
    drop_after: int | None = None
    reset: bool = False
    split: int | None = None
    line_ending: str = "\n"
    bom: bool = False
    retry: int | None = None
    ignore_filters: list[str] = field(default_factory=list)
    hold_back: int | None = None

    def __post_init__(self) -> None:
        # Not fields: they belong to the server, not to what is set.
        self._lock = threading.RLock()  # guards `status` and `status_times`, which change together
        self._on_change: Callable[[], None] = _nothing
        self._on_drop: Callable[[], None] = _nothing

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _CHECKS and not _CHECKS[name](value):
            raise ValueError(f"faults.{name} cannot be {value!r}")
        object.__setattr__(self, name, value)
        if name in _CHECKS and "_on_change" in self.__dict__:
            self._on_change()

    def bind(self, *, on_change: Callable[[], None], on_drop: Callable[[], None]) -> None:
        """Tells the server: `on_change` after a switch was set, `on_drop` for `drop_now`; from any thread."""
        self._on_change, self._on_drop = on_change, on_drop

    def drop_now(self) -> None:
        """Cuts every open connection in the middle of its body."""
        self._on_drop()

    def clear(self) -> None:
        """Puts every switch back to its default."""
        self.update(Faults().as_dict())

    def update(self, switches: Mapping[str, Any]) -> None:
        """Sets several.

        Raises:
            ValueError: there is no such switch, or it cannot have that value; then none of them is set.
        """
        for name, value in switches.items():
            if name not in _CHECKS:
                raise ValueError(f"there is no fault {name!r}; there are {', '.join(_CHECKS)}")
            if not _CHECKS[name](value):
                raise ValueError(f"faults.{name} cannot be {value!r}")
        with self._lock:
            for name, value in switches.items():
                setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """The switches by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def take_status(self) -> int | None:
        """The status that the next request gets, counted down; None: it gets its stream."""
        with self._lock:
            status = self.status
            if status is None or self.status_times is None:
                return status
            if self.status_times <= 1:
                self.status = None
                status = status if self.status_times == 1 else None
                self.status_times = None
            else:
                self.status_times -= 1
            return status


def _count(least: int, most: int = 2**53) -> Callable[[Any], bool]:
    return lambda v: v is None or (isinstance(v, int) and not isinstance(v, bool) and least <= v <= most)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _one_line(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.isascii() and value.isprintable())


def _headers(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(k, str) and k and _one_line(k) and v is not None and _one_line(v) for k, v in value.items()
    )


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "status": _count(200, 599),
    "status_times": _count(0),
    "body": lambda v: v is None or isinstance(v, str | bytes),
    "headers": _headers,
    "content_type": _one_line,
    "headers_delay": _flag,
    "stall": _flag,
    "drop_after": _count(0),
    "reset": _flag,
    "split": _count(1),
    "line_ending": lambda v: v in _LINE_ENDINGS,
    "bom": _flag,
    "retry": _count(0),
    "ignore_filters": lambda v: isinstance(v, list) and set(map(str, v)) <= set(Selection._fields),
    "hold_back": _count(1),
}
