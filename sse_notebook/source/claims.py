"""What a JSON Web Token says of itself: when it ends, and so when it should be renewed.

The law: nothing is verified, nothing raises; what is no such token says nothing.
"""

from __future__ import annotations

import base64
import json
from typing import Any

__all__ = ["claims_of", "expiry_of", "moment_of", "renew_at"]


def expiry_of(token: str) -> float | None:
    """When a token expires, in Unix seconds, if it is a JSON Web Token that says so; nothing is verified.

    Example:
        >>> expiry_of("e30.eyJleHAiOjE3MDAwMDAwMDB9.sig")
        1700000000.0
    """
    return moment_of(token, "exp")


def moment_of(token: str, claim: str) -> float | None:
    """A time that a JSON Web Token says (`exp`, `nbf`, `iat`), in Unix seconds; nothing is verified.

    Example:
        >>> moment_of("e30.eyJleHAiOjE3MDAwMDAwMDB9.sig", "nbf")
    """
    said: Any = (claims_of(token) or {}).get(claim)
    sound = isinstance(said, int | float) and not isinstance(said, bool) and 0 < said < 1e12
    return float(said) if sound else None


def claims_of(token: str) -> dict[str, Any] | None:
    """What a JSON Web Token says; None: it is none. Nothing is verified.

    Example:
        >>> claims_of("e30.eyJleHAiOjE3MDAwMDAwMDB9.sig"), claims_of("token-1")
        ({'exp': 1700000000}, None)
    """
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def renew_at(token: str, now: float) -> float | None:
    """Seconds until a token should be renewed: a tenth of what is left before its end, at most a minute.

    None: it does not say when it ends, or has ended already.

    Example:
        >>> renew_at("e30.eyJleHAiOjE3MDAwMDAwMDB9.sig", now=1_699_999_900)
        90.0
    """
    expiry = expiry_of(token)
    if expiry is None or expiry <= now:
        return None
    left = expiry - now
    return max(left - min(left / 10, 60.0), min(left, 1.0))
