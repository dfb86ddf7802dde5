"""What the backend has seen of its clients: how many streams are open, and every request for one.

The law: it counts, and waits for counts; it decides nothing. A record never holds a token. Written on the
server's thread, read from any.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["StreamRequest", "Traffic"]

_KEPT = 10_000  # requests remembered; a client gone wild must not fill the memory
_SECRET = frozenset({"authorization", "cookie", "proxy-authorization"})


@dataclass
class StreamRequest:
    """One request for the stream.

    Attributes:
        query: the query without the token.
        headers: the request's headers in lower case, without those that carry secrets.
        last_event_id: the id it resumed from, from the header or else the query; None if neither was there.
        auth: where its token was: "query", "header" or None.
        status: what it was answered; None as long as it has not been.
        subject: whose token it was; empty when refused.
    """

    query: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)
    last_event_id: str | None = None
    auth: str | None = None
    status: int | None = None
    subject: str = ""

    def __post_init__(self) -> None:
        self.query = {k: v for k, v in self.query.items() if k != "token"}
        self.headers = {k: v for k, v in self.headers.items() if k not in _SECRET}


class Traffic:
    """Counts of one backend; they go on over a restart.

    Attributes:
        open: streams open now.
        total: streams ever opened.
    """

    def __init__(self) -> None:
        self.open = 0
        self.total = 0
        self._requests: deque[StreamRequest] = deque(maxlen=_KEPT)
        # Guards all of the above; told of every change.
        self._changed = threading.Condition()

    @property
    def requests(self) -> list[StreamRequest]:
        """The newest requests, oldest first; the list is yours."""
        with self._changed:
            return list(self._requests)

    def asked(self, request: StreamRequest) -> None:
        """A request came in."""
        with self._changed:
            self._requests.append(request)
            self._changed.notify_all()

    def answered(self, request: StreamRequest, status: int) -> None:
        """It was answered with `status`."""
        with self._changed:
            request.status = status
            self._changed.notify_all()

    def opened(self) -> None:
        """A stream opened."""
        with self._changed:
            self.open += 1
            self.total += 1
            self._changed.notify_all()

    def closed(self) -> None:
        """A stream ended."""
        with self._changed:
            self.open -= 1
            self._changed.notify_all()

    def wait_for(self, reached: Callable[[], bool], timeout: float, what: str) -> None:
        """Waits until `reached()`.

        Raises:
            TimeoutError: it was not within `timeout` seconds; the message says what there was instead.
        """
        with self._changed:
            if not self._changed.wait_for(reached, timeout):
                raise TimeoutError(
                    f"waited {timeout:g} s for {what}: {self.open} open, {self.total} ever opened, "
                    f"requests answered {[r.status for r in list(self._requests)[-10:]]}"
                )
