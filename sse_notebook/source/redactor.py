"""Secrets, taken out of texts: those that are known by their text, and those that are known by a name.

The law: what is known stands in no text that was masked, in whatever encoding it went through; what is under
a name that secrets have by custom is masked without being known.
"""

from __future__ import annotations

import json
import threading
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from sse_notebook.source import fork
from sse_notebook.source.forms import CUT, Form, forms_of

__all__ = ["MASK", "Redactor", "is_secret_name", "redact_url"]

MASK = "***"
_CUTS = (CUT.encode(), json.dumps(CUT)[1:-1].encode())  # in UTF-8, and in JSON that is ASCII
# Tokens that are known, the newest: a function can give another one for each attempt, for months.
TOKENS = 1_000
# Names whose values are secrets by custom (RFC 6750's `access_token`, cloud signatures, session ids …), with
# case and separators put aside: that contain one of the first, end in one of the second, or are of the third.
_SECRET_PARTS = tuple(
    # As a list they would be thirteen lines, or thirteen pairs of quotes.
    "token secret passw pwd signature apikey credential session auth jwt bearer hmac ticket".split()  # noqa: SIM905
)
_SECRET_ENDS = ("key", "sig")
_SECRET_NAMES = frozenset({"code", "pass", "sid"})


def is_secret_name(name: str) -> bool:
    """Whether what goes by this name, in a query or a header, is a secret by custom.

    Example:
        >>> is_secret_name("X-Amz-Signature"), is_secret_name("since")
        (True, False)
    """
    plain = name.lower().replace("-", "").replace("_", "")
    return (
        plain in _SECRET_NAMES or plain.endswith(_SECRET_ENDS) or any(part in plain for part in _SECRET_PARTS)
    )


def redact_url(url: str) -> str:
    """A URL fit for the screen: no user info, no fragment, the values of secret query names masked.

    Example:
        >>> redact_url("https://me:pw@api.example.com/x?token=abc&a=1")
        'https://api.example.com/x?token=***&a=1'
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    # Without `//` what looks like user info stands in the path.
    path = parts.path if parts.netloc else parts.path.rpartition("@")[2]
    query = urlencode(
        [
            (name, MASK if is_secret_name(name) else value)
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
        ],
        safe="*,:/",
    )
    return urlunsplit(SplitResult(parts.scheme, host, path, query, ""))


class Redactor:
    """Takes known secrets out of text.

    Tokens are remembered when there are others already, the newest 1,000 of them, so that an error that comes
    late still can't show an old one. A secret is known in any URL-encoding, however much of it the encoder
    thought necessary, in JSON, and in base64, wherever it stands in what was encoded; and of a text that was
    cut, and says so with `…`, its beginning.

    Example:
        >>> redact = Redactor()
        >>> redact.add("a/b+c-d")
        >>> redact("a/b+c-d a%2Fb%2bc-d a%252Fb+c-d Basic bWU6YS9iK2MtZA==")
        '*** *** *** Basic bWU6***'
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[Form, ...]] = {}  # the longest secret first
        self._passing: dict[str, None] = {}  # those of them that follow one another, the newest last
        # How those begin: many tokens have one beginning.
        self._heads: frozenset[str] = frozenset()
        # Guards the change of `_known`, of which none is lost if two come at once, and `_passing`.
        self._adding = threading.Lock()
        fork.hold(self, "_adding")

    def add(self, secret: str, *, passing: bool = False) -> None:
        """Remember a secret. Texts under 4 characters are not taken: masking them would mask everything.

        Args:
            secret: the text.
            passing: others will follow it, and it may be forgotten when there were many.
        """
        if len(secret) < 4:
            return
        with self._adding:
            known = secret in self._known
            if not passing:
                self._passing.pop(secret, None)
            elif not known or secret in self._passing:
                self._passing.pop(secret, None)
                self._passing[secret] = None
            if known:
                return
            forms = {**self._known, secret: tuple(forms_of(secret))}
            if len(self._passing) > TOKENS:
                oldest = next(iter(self._passing))
                del self._passing[oldest], forms[oldest]
            self._heads = frozenset(form.head for each in forms.values() for form in each)
            # One assignment: readers on other threads see the old ones or the new ones.
            self._known = dict(sorted(forms.items(), key=lambda item: -len(item[0])))

    def __call__(self, text: str) -> str:
        """The text with each known secret masked."""
        for forms in self._known.values():
            for form in forms:
                if form.part in text:
                    text = form.whole.sub(MASK, text)
        cut = CUT in text and any(head in text for head in self._heads)
        return self._without_beginnings(text) if cut else text

    def _without_beginnings(self, text: str) -> str:
        for forms in self._known.values():
            for form in forms:
                if form.head not in text:
                    continue
                kept: list[str] = []
                done = 0
                for start, stop in form.beginnings(text):
                    kept += text[done:start], MASK
                    done = stop
                text = "".join((*kept, text[done:])) if kept else text
        return text

    @property
    def parts(self) -> list[str]:
        """Letters and digits of which some stand in each text that has a known secret in it."""
        return [form.part for forms in self._known.values() for form in forms]

    def may_be_in(self, data: bytes, *, whole: bool = False) -> bool:
        """Whether a known secret may stand in UTF-8: False is certain, and costs little.

        Args:
            data: what is looked through.
            whole: nothing in it was cut: then no beginning is looked for.
        """
        if any(form.utf8 in data for forms in self._known.values() for form in forms):
            return True
        if whole or not any(cut in data for cut in _CUTS):
            return False
        return any(head.encode() in data for head in self._heads)

    def __repr__(self) -> str:
        return f"Redactor({len(self._known)} secrets)"
