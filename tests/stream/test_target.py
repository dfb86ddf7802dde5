"""Where `connect` leads, and the reason why there is no token for it."""

from __future__ import annotations

import pytest

from sse_notebook.stream.target import environment_token, target, why_no_token

HERE = "http://127.0.0.1:8000"
OTHER = "(token=…, or SSE_NOTEBOOK_TOKEN with SSE_NOTEBOOK_API_URL=http://host)"
ROOT = "; a URL without a path is taken for the platform, unless platform=False"


@pytest.mark.parametrize(
    ("environment", "url", "platform", "why"),
    [
        ({}, None, None, "no token was given (token=…, or SSE_NOTEBOOK_TOKEN)"),
        ({}, "http://localhost:8000", None, f"no token was given (token=…, or SSE_NOTEBOOK_TOKEN){ROOT}"),
        ({}, "http://localhost:8000", True, "no token was given (token=…, or SSE_NOTEBOOK_TOKEN)"),
        ({}, "http://host/api/v1/events/stream", None, f"no token was given {OTHER}"),
        ({}, "http://host/", None, f"no token was given {OTHER}{ROOT}"),
        (
            {"SSE_NOTEBOOK_TOKEN": "t", "SSE_NOTEBOOK_API_URL": f"http://me:canary@{HERE[7:]}/?key=canary"},
            "http://me:canary@localhost:8000",
            True,
            f"no token: SSE_NOTEBOOK_TOKEN is for {HERE} (SSE_NOTEBOOK_API_URL), not for "
            "http://localhost:8000 (token=…)",
        ),
        (
            {"SSE_NOTEBOOK_TOKEN": "t", "NEXT_PUBLIC_API_URL": HERE},
            "https://127.0.0.1:8000",
            True,
            f"no token: SSE_NOTEBOOK_TOKEN is for {HERE} (NEXT_PUBLIC_API_URL), not for "
            "https://127.0.0.1:8000 (token=…)",
        ),
        (
            {"SSE_NOTEBOOK_TOKEN": "t"},
            HERE,
            True,
            "no token: SSE_NOTEBOOK_TOKEN is for http://localhost:8000 (the default), not for "
            f"{HERE} (token=…)",
        ),
        (
            {"SSE_NOTEBOOK_TOKEN": "t", "SSE_NOTEBOOK_API_URL": "http://host:port"},
            HERE,
            True,
            "no token: SSE_NOTEBOOK_TOKEN is not used, for SSE_NOTEBOOK_API_URL can't be read (token=…)",
        ),
    ],
)
def test_why_there_is_no_token(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    url: str | None,
    platform: bool | None,
    why: str,
) -> None:
    """The real reason is said: none at all, one for another origin, an origin that can't be read, a guess."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    aim = target(url, platform)
    assert (None, why) == (environment_token(aim.url), why_no_token(aim))
