"""Who may come in: JSON Web Tokens, signed with HS256.

The law: a token is good when its signature fits this server's secret and it has not expired, to the fraction
of a second. Whatever is wrong with it, the answer is one `Refused`, with a reason that repeats none of it.
A token without `exp` is good for ever: issuing such is the issuer's business.
Neither the secret nor a token shows in a repr. This module is the only door to PyJWT.
"""

from __future__ import annotations

import math
import secrets
import time
from typing import Any, NamedTuple

import jwt

__all__ = ["Claims", "Refused", "TokenAuth"]

_ALGORITHM = "HS256"
_MIN_SECRET = 32  # bytes: RFC 7518, 3.2: "a key of the same size as the hash output or larger MUST be used"


class Claims(NamedTuple):
    """What a good token says.

    Attributes:
        subject: whose token it is; empty when it does not say.
        expires: unix seconds; None when it never does.
    """

    subject: str
    expires: float | None


class Refused(Exception):
    """A token is missing or no good: the reason, fit to be sent to whoever asked."""


class TokenAuth:
    """Makes and checks tokens with one secret.

    Args:
        secret: at least 32 bytes of UTF-8; None draws a random one.

    Raises:
        ValueError: the secret is too short.

    Example:
        >>> auth = TokenAuth()
        >>> auth.check(auth.token("analyst")).subject
        'analyst'
    """

    def __init__(self, secret: str | None = None) -> None:
        self._secret = secrets.token_urlsafe(48) if secret is None else secret
        if len(self._secret.encode()) < _MIN_SECRET:
            raise ValueError(f"secret is too short: HS256 needs at least {_MIN_SECRET} bytes (RFC 7518, 3.2)")

    def __repr__(self) -> str:
        return "TokenAuth(secret=…)"

    def token(self, sub: str = "analyst", expires_in: float | None = 3600.0, **claims: Any) -> str:
        """A token for `sub`, good for `expires_in` seconds (None: for ever; negative: expired already)."""
        now = time.time()
        payload: dict[str, Any] = {"sub": sub, "iat": int(now), **claims}
        if expires_in is not None:
            payload["exp"] = now + expires_in
        return jwt.encode(payload, self._secret, algorithm=_ALGORITHM)

    def check(self, token: str | None) -> Claims:
        """What `token` says.

        Raises:
            Refused: it is missing, not ours, not a token, not valid yet, or expired.
        """
        if not token:
            raise Refused("no token: pass ?token=… or an Authorization: Bearer header")
        try:
            # PyJWT cuts `exp` to whole seconds; it is checked below instead, to the fraction.
            # `from None`: the library's own error may quote what it could not read.
            claims = jwt.decode(token, self._secret, algorithms=[_ALGORITHM], options={"verify_exp": False})
        except jwt.InvalidSignatureError:
            raise Refused("the token was signed with another secret") from None
        except jwt.ImmatureSignatureError:
            raise Refused("the token is not valid yet") from None
        except (jwt.PyJWTError, ValueError, RecursionError):  # the latter two: no text, or 10,000 brackets
            raise Refused("the token is not a valid HS256 JSON Web Token") from None
        subject = claims.get("sub")
        expires = claims.get("exp")
        if expires is None:
            return Claims(str(subject or ""), None)
        if isinstance(expires, bool) or not isinstance(expires, int | float) or not math.isfinite(expires):
            raise Refused("the token's exp is not a number of seconds")
        if expires <= time.time():
            raise Refused("the token has expired")
        return Claims(str(subject or ""), float(expires))
