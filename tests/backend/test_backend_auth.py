"""auth: which tokens are good."""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode

import jwt
import pytest

from sse_notebook.backend.auth import Refused, TokenAuth

SECRET = "a secret of this test, long enough for HS256"


def signed(secret: str = SECRET, **claims: object) -> str:
    return jwt.encode(claims, secret, algorithm="HS256")


def test_a_fresh_token_is_good() -> None:
    """A token that was just made says whose it is and when it ends."""
    before = time.time()
    claims = TokenAuth(SECRET).check(TokenAuth(SECRET).token("ana", expires_in=60))
    assert "ana" == claims.subject
    assert claims.expires is not None
    assert before + 60 <= claims.expires <= time.time() + 60


def nested() -> str:
    """A token whose header, which is read before the signature, is 20,000 brackets deep."""
    return urlsafe_b64encode(b"[" * 20_000).decode().rstrip("=") + ".e30.AA"


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        (None, "no token"),
        ("", "no token"),
        ("nonsense", "not a valid"),
        ("a.b.c", "not a valid"),
        ("tökén", "not a valid"),
        ("\ud800", "not a valid"),
        (signed("another secret that is long enough, too", sub="a"), "another secret"),
        (jwt.encode({"sub": "a"}, None, algorithm="none"), "not a valid"),
        (jwt.encode({"sub": "a"}, SECRET * 2, algorithm="HS512"), "not a valid"),
        (nested(), "not a valid"),
        (signed(sub="a", exp=1), "expired"),
        (signed(sub="a", exp=True), "not a number"),
        (signed(sub="a", exp="tomorrow"), "not a number"),
        (signed(sub="a", exp=float("nan")), "not a number"),
        (signed(sub="a", nbf=4_000_000_000), "not valid yet"),
        (signed(sub=["a"]), "not a valid"),
    ],
)
def test_a_bad_token_is_refused_with_its_reason(token: str | None, reason: str) -> None:
    """Whatever is wrong, it is Refused, the reason is said, and nothing of the token is repeated."""
    with pytest.raises(Refused, match=reason) as refused:
        TokenAuth(SECRET).check(token)
    if token:
        assert token not in str(refused.value)
    assert refused.value.__cause__ is None


def test_expiry_is_exact() -> None:
    """A token that ended a moment ago is refused, though its whole second is not over."""
    with pytest.raises(Refused, match="expired"):
        TokenAuth(SECRET).check(TokenAuth(SECRET).token(expires_in=-0.001))


def test_a_token_may_last_for_ever() -> None:
    """A token without `exp` is good and says that it never ends."""
    auth = TokenAuth(SECRET)
    assert auth.check(auth.token(expires_in=None)).expires is None


def test_the_secret_is_random_and_hidden() -> None:
    """Two without a secret do not accept each other's tokens, and no repr shows one."""
    with pytest.raises(Refused):
        TokenAuth().check(TokenAuth().token())
    assert SECRET not in repr(TokenAuth(SECRET))


def test_a_short_secret_is_refused() -> None:
    """A secret that HS256 must not be used with is refused at once, without being shown."""
    with pytest.raises(ValueError, match="too short") as error:
        TokenAuth("hunter2")
    assert "hunter2" not in str(error.value)
