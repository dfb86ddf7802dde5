"""`Settings`: what a server is asked for, and how.

The law: what is changed in them counts from the next attempt on; what may be secret in it is masked at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sse_notebook.source.credentials import Credentials
from sse_notebook.source.policy import Backoff
from sse_notebook.source.request import check_headers, check_params, secrets_of

__all__ = ["Settings"]


@dataclass(repr=False)  # a URL, parameters and headers may hold secrets, and a traceback may show this
class Settings:
    """What is asked for, and how.

    Attributes:
        beginning: more parameters, until a connection was open, or there is an id to resume from.
        pause: seconds before the next attempt, in which another command may change what is asked; guarded by
            the standing's lock.
    """

    url: str
    params: dict[str, Any]
    headers: Mapping[str, str]
    credentials: Credentials
    needs_token: bool
    resume_param: str | None
    backoff: Backoff
    beginning: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0.0

    def set_headers(self, headers: Mapping[str, str]) -> None:
        """Send these.

        Raises:
            ArgumentError: they can't be sent.
        """
        self.headers = check_headers(headers)  # a copy: the caller's own is never changed
        self._mask()

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Ask with these.

        Raises:
            ArgumentError: they can't be sent.
        """
        self.params = check_params(params)
        self._mask()

    def _mask(self) -> None:
        for secret in secrets_of(self.url, self.params, self.headers):
            self.credentials.redact.add(secret)

    def asked_for(self, names: Collection[str]) -> dict[str, list[str]]:
        """What is asked for by query parameters of these names, in the URL and beside it."""
        both = [*parse_qsl(urlsplit(self.url).query), *parse_qsl(urlencode(self.params, doseq=True))]
        return {name: values for name in names if (values := [text for key, text in both if key == name])}

    def without(self, names: Collection[str]) -> tuple[str, dict[str, Any]]:
        """The URL and the parameters, less those of these names."""
        parts = urlsplit(self.url)
        query = [(name, value) for name, value in parse_qsl(parts.query, True) if name not in names]
        url = parts._replace(query=urlencode(query)).geturl()
        return url, {name: value for name, value in self.params.items() if name not in names}
