"""When to try again: failures have classes, and classes have policies. Pure data and arithmetic.

The law: a delay is computed here and waited for elsewhere; what a failure means is looked up, never decided
at the place where it happened.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sse_notebook.errors import (
    BadRedirect,
    BadStatus,
    ConnectionFailed,
    Exhausted,
    NotAnEventStream,
    Unauthorized,
)

__all__ = ["PROVEN_AFTER", "Backoff", "Verdict", "judge"]

# A connection that stayed open this long (seconds), or that moved the last event ID on, has proved itself:
# only then is the count of attempts forgotten, so that a server that accepts and drops is not hammered.
PROVEN_AFTER = 5.0

# A server that asks for no delay at all gets this one (seconds): what is 0 never doubles.
SHORTEST = 0.01

Verdict = Literal["again", "credentials", "final"]

# Answers that another attempt would not change. Everything else that is no stream may pass.
_FINAL_STATUS = frozenset({204, 400, 404, 405, 406, 410, 501})


def judge(failure: ConnectionFailed) -> Verdict:
    """What a failure means for what comes next.

    Returns:
        `"again"`: back off and try again. `"credentials"`: ask for the token once more, and after that
        stop as unauthorized (a 403 at once). `"final"`: stop; the cause says why.

    Example:
        >>> judge(BadStatus("503 Service Unavailable", 503))
        'again'
        >>> judge(BadStatus("404 Not Found", 404))
        'final'
    """
    if isinstance(failure, Unauthorized):
        return "credentials"
    if isinstance(failure, Exhausted | NotAnEventStream | BadRedirect):
        return "final"
    if isinstance(failure, BadStatus) and failure.status in _FINAL_STATUS:
        return "final"
    return "again"


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

    Example:
        >>> [Backoff(jitter=0).delay(n) for n in range(1, 7)]
        [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    """

    initial: float = 1.0
    maximum: float = 30.0
    attempts: int | None = 10
    factor: float = 2.0
    jitter: float = 0.25

    def delay(
        self, attempt: int, *, base: float | None = None, chance: Callable[[], float] = random.random
    ) -> float:
        """Seconds to wait before reconnection number `attempt` (from 1).

        Args:
            attempt: which reconnection, counted since the last connection that proved itself.
            base: the reconnection time that the server asked for by `retry:`, in seconds, instead of
                `initial`; clamped to between 10 ms and `maximum`.
            chance: a number from 0 to 1, drawn anew by each call.
        """
        first = self.initial if base is None else min(max(base, SHORTEST), self.maximum)
        # 2 ** 64 s is beyond every cap; without this, a patient collector would overflow a float.
        full: float = min(first * self.factor ** min(attempt - 1, 64), self.maximum)
        return full * (1 - self.jitter * chance())

    def gives_up(self, attempt: int) -> bool:
        """Whether reconnection number `attempt` is one too many."""
        return self.attempts is not None and attempt > self.attempts
