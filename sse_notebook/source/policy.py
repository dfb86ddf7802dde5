"""What a failure means, and when to try again: failures have classes, and classes have policies. Pure data.

The law: a delay is computed here and waited for elsewhere; what a failure means is looked up in these tables,
never decided at the place where it happened.

    class         what it is                                              what follows
    transient     no connection, a broken one, 408, 425, 429, 5xx         back off, try again
    credentials   401, or no token to ask with                            ask for the token once more, at once
    forbidden     403                                                     `unauthorized`
    permanent     204 and all other answers that are no stream, a wrong   `exhausted`
                  content type, a redirect that is not followed, a
                  certificate that is not trusted
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final, Literal

from sse_notebook.errors import (
    ArgumentError,
    BadRedirect,
    BadStatus,
    ConnectionFailed,
    Exhausted,
    NotAnEventStream,
    Unauthorized,
    Untrusted,
)

__all__ = [
    "FIRST_DELAY",
    "LONGEST_DELAY",
    "MEANINGS",
    "PROVEN_AFTER",
    "Backoff",
    "FailureClass",
    "Policy",
    "classify",
    "http_date",
    "policy_for",
    "retry_after",
]

# A connection that stayed open this long (seconds), or that moved the last event ID on, has proved itself:
# only then is the count of attempts forgotten, so that a server that accepts and drops is not hammered.
PROVEN_AFTER = 5.0

# The first pause (seconds) unless another is asked for: it alone may be above `maximum`, which then counts.
FIRST_DELAY = 1.0

# A server that asks for no delay at all gets this one (seconds): what is 0 never doubles.
SHORTEST = 0.01

# Seconds to which the pauses grow for a server whose connections bring something but never last: ten requests
# a minute at the most, and never given up.
LONGEST_FOR_SHORT_LIVED = 10.0

LONGEST_DELAY = 86_400.0  # seconds; a day: no pause is longer

# No server puts us off for longer (seconds) by `Retry-After`.
LONGEST_RETRY_AFTER = LONGEST_DELAY
# The most that chance adds to a `Retry-After` (seconds): all its clients were told the same moment.
LONGEST_JITTER = 10.0

FailureClass = Literal["transient", "credentials", "forbidden", "permanent"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What follows a failure.

    Attributes:
        backs_off: it is tried again after a pause.
        asks_again: the token is asked for once more, and it is tried again at once; but only once.
        ends_in: the state it leads to when it is not tried again.
    """

    ends_in: Literal["exhausted", "unauthorized"]
    backs_off: bool = False
    asks_again: bool = False


POLICIES: dict[FailureClass, Policy] = {
    "transient": Policy("exhausted", backs_off=True),
    "credentials": Policy("unauthorized", asks_again=True),
    "forbidden": Policy("unauthorized"),
    "permanent": Policy("exhausted"),
}

#: What follows a failure, in words for people.
MEANINGS: Final[dict[FailureClass, str]] = {
    "transient": "it may pass: a stream waits, and tries again",
    "credentials": "a stream asks for the token once more, tries again at once, and then gives up",
    "forbidden": "a stream does not try again: the credentials are refused",
    "permanent": "a stream does not try again: another attempt would not change it",
}

# By the class of the error, the nearest first.
_BY_ERROR: tuple[tuple[type[ConnectionFailed], FailureClass], ...] = (
    (Unauthorized, "forbidden"),
    (Exhausted, "permanent"),
    (NotAnEventStream, "permanent"),
    (BadRedirect, "permanent"),
    (Untrusted, "permanent"),
    (BadStatus, "permanent"),  # another attempt would not change it …
    (ConnectionFailed, "transient"),
)

# … but for these: they say themselves that it may pass.
_BY_STATUS: dict[int, FailureClass] = {
    401: "credentials",
    408: "transient",  # Request Timeout
    425: "transient",  # Too Early
    429: "transient",  # Too Many Requests
    **dict.fromkeys(range(500, 600), "transient"),
}


def classify(failure: ConnectionFailed) -> FailureClass:
    """The class of a failure.

    Example:
        >>> classify(BadStatus("503 Service Unavailable", 503)), classify(BadStatus("404 Not Found", 404))
        ('transient', 'permanent')
    """
    if isinstance(failure, BadStatus) and failure.status in _BY_STATUS and not failure.final:
        return _BY_STATUS[failure.status]
    return next(group for kind, group in _BY_ERROR if isinstance(failure, kind))


def policy_for(failure: ConnectionFailed) -> Policy:
    """What follows this failure."""
    return POLICIES[classify(failure)]


def retry_after(value: str | None, *, now: float, date: str | None = None) -> float | None:
    """Seconds that a `Retry-After` header asks for; None if it is none.

    "The value of this field can be either an HTTP-date or a number of seconds to delay after the response is
    received." (RFC 9110, 10.2.3)

    Args:
        value: the header's value.
        now: Unix time in seconds.
        date: the answer's own `Date`: what the server's clock said, instead of `now`.

    Example:
        >>> retry_after("120", now=0)
        120.0
        >>> retry_after("Thu, 01 Jan 1970 00:01:00 GMT", now=45)
        15.0
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_RETRY_AFTER)
    at = http_date(text)
    if at is None:
        return None
    said = http_date(date or "")
    return min(max(0.0, at - (now if said is None else said)), LONGEST_RETRY_AFTER)


def http_date(text: str) -> float | None:
    """A date as HTTP headers have it, in Unix seconds; None: it is none.

    Example:
        >>> http_date("Thu, 01 Jan 1970 00:01:00 GMT")
        60.0
    """
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Backoff:
    """The delays between attempts: exponential, capped, with jitter inside the cap.

    Attributes:
        initial: the first delay, in seconds.
        maximum: no delay is longer, in seconds; also what clamps a server's `retry:`.
        attempts: how many reconnections before giving up; None: never.
        factor: how much longer each delay is than the one before.
        jitter: the part of a delay that is left to chance (0 to 1): many clients that lost one server
            must not come back in step.

    Raises:
        ArgumentError: a number that would make no delay.

    Example:
        >>> [Backoff(jitter=0).delay(n) for n in range(1, 7)]
        [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    """

    initial: float = FIRST_DELAY
    maximum: float = 30.0
    attempts: int | None = 10
    factor: float = 2.0
    jitter: float = 0.25

    def __post_init__(self) -> None:
        for name, least, most in (
            ("initial", 0.0, LONGEST_DELAY),
            ("maximum", 0.0, LONGEST_DELAY),
            ("factor", 1.0, 1_000.0),
            ("jitter", 0.0, 1.0),
        ):
            value = getattr(self, name)
            sound = isinstance(value, int | float) and not isinstance(value, bool)
            # No pause at all would hammer the server.
            if not sound or not least <= value <= most or (value == 0 and name != "jitter"):
                of = f"{'above' if name in ('initial', 'maximum') else 'from'} {least:g}, up to {most:g}"
                raise ArgumentError(f"Backoff: {name} must be a number {of}, not {value!r}")
        if self.initial > self.maximum and self.initial != FIRST_DELAY:
            raise ArgumentError(
                f"Backoff: initial must be at most maximum, which is {self.maximum:g}, not {self.initial:g}"
            )
        given = self.attempts
        if given is not None and (isinstance(given, bool) or not isinstance(given, int) or given < 0):
            raise ArgumentError(
                f"Backoff: attempts must be a whole number, or None for no limit, not {given!r}"
            )

    def delay(
        self,
        attempt: int,
        *,
        base: float | None = None,
        after: float | None = None,
        short_lived: int = 0,
        chance: Callable[[], float] = random.random,
    ) -> float:
        """Seconds to wait before reconnection number `attempt` (from 1).

        Args:
            attempt: which reconnection, counted since the last connection that proved itself.
            base: the reconnection time that the server asked for by `retry:`, in seconds, instead of
                `initial`; clamped to between 10 ms and `maximum`, and not undercut: "Wait a delay equal to
                the reconnection time of the event source. Optionally, wait some more." (HTML, 9.2.3)
            after: what a `Retry-After` asked for, in seconds: it is never undercut, and may exceed `maximum`.
            short_lived: how many connections in a row were open, but only for a moment: though each of them
                brought something new, their pauses grow too.
            chance: a number from 0 to 1, drawn anew by each call.
        """
        first = self.initial if base is None else min(max(base, SHORTEST), self.maximum)
        full = self._grown(first, attempt, self.maximum)
        if short_lived > 1:
            full = max(full, self._grown(first, short_lived, min(LONGEST_FOR_SHORT_LIVED, self.maximum)))
        by_chance = self.jitter * chance()
        pause = full * (1 - by_chance) if base is None else min(full * (1 + by_chance), self.maximum)
        if after is None:
            return pause
        return max(pause, after + min(after * self.jitter, LONGEST_JITTER) * chance())

    def gives_up(self, attempt: int) -> bool:
        """Whether reconnection number `attempt` is one too many."""
        return self.attempts is not None and attempt > self.attempts

    def _grown(self, first: float, times: int, cap: float) -> float:
        # 2 ** 64 s is beyond every cap; without this, a patient collector would overflow a float.
        grown: float = first * self.factor ** min(times - 1, 64)
        return min(grown, cap)
