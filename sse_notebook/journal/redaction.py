"""What is taken out of a recording before it is written.

The law: a known token is in no line, whatever the rules say; what a rule is about, and can't be read, is
masked as a whole; the header says what was taken out. A pseudonym is a keyed hash whose key is made for one
file and kept nowhere: what was equal stays equal in that file, and nobody can tell what it was.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Literal
from urllib.parse import quote_plus

from sse_notebook.errors import ArgumentError
from sse_notebook.journal.cast import encode_events
from sse_notebook.source.redactor import MASK, Redactor, is_secret_name
from sse_notebook.wire import ServerSentEvent

__all__ = ["Redaction", "Rules", "redacted_request"]

Way = Literal["mask", "drop", "pseudonym"]
Rule = Way | Callable[[Any], Any]

#: What `redact=` takes: paths and patterns to be masked; or for each what is done with it.
Rules = Sequence[str | re.Pattern[str]] | Mapping[str | re.Pattern[str], Rule]

WAYS: Final = ("mask", "drop", "pseudonym")
PSEUDONYM: Final = "anon-"
DEEPEST: Final = 100  # levels of a payload that are looked into


class Redaction:
    """The rules of one file.

    Args:
        known: masks the secrets that are known.
        rules: what is done to payloads. A name is a dotted path, as in filters: `"user.email"` is the
            payload's, and that of its nested `data`; `*` is any name, `**` any number before one; lists are
            gone into. A pattern is looked for in the whole text. What is done: `"mask"` (`***`), `"drop"`,
            `"pseudonym"`, or a callable that is given the value.
        salt: the key of the pseudonyms.

    Raises:
        ArgumentError: a rule that can't be read.

    Attributes:
        said: what is taken out, in words, for the header.

    Example:
        >>> redaction = Redaction(rules=["user.email"])
        >>> redaction.event(ServerSentEvent(data='{"user": {"email": "a@b.c", "id": 7}}')).data
        '{"user": {"email": "***", "id": 7}}'
    """

    def __init__(
        self, known: Redactor | None = None, rules: Rules | None = None, *, salt: bytes | None = None
    ) -> None:
        self._known = known or Redactor()
        self._salt = salt or secrets.token_bytes(32)
        self._paths: list[tuple[tuple[str, ...], Rule]] = []
        self._patterns: list[tuple[re.Pattern[str], Rule]] = []
        self.said = ["the token"] if known is not None else []
        for what, rule in _pairs(rules):
            if isinstance(what, re.Pattern):
                self._patterns.append((what, rule))
                self.said.append(f"text like /{what.pattern}/: {_word(rule)}")
                continue
            parts = tuple(what.removeprefix("data.").split("."))
            if not all(parts):
                raise ArgumentError(f"redact takes dotted paths, as 'user.email', not {what!r:.80}")
            if parts[-1] == "**":
                above = ".".join(parts).rstrip(".*")  # taken out as a whole, nothing below it is left
                hint = f"{above!r:.80} is all of it" if above else "'*' is every field"
                raise ArgumentError(f"redact takes paths that end with a name, not {what!r:.80}: {hint}")
            self._paths.append((parts, rule))
            self.said.append(f"data.{'.'.join(parts)}: {_word(rule)}")

    def lines(self, us: int, events: Sequence[ServerSentEvent], code: str) -> bytes:
        """The lines of events that arrived together, without what is taken out."""
        if self._paths or self._patterns:
            events = [self.event(event) for event in events]
        lines = encode_events(us, events, code)
        if self._known.may_be_in(lines, whole=True):  # events are as they came
            lines = encode_events(us, [self._masked(event) for event in events], code)
        return lines

    def body(self, body: Any) -> Any:
        """Another line's body, with known secrets masked."""
        if isinstance(body, str):
            return self._known(body)
        if isinstance(body, Mapping):
            return {name: self.body(value) for name, value in body.items()}
        return [self.body(value) for value in body] if isinstance(body, list | tuple) else body

    def event(self, event: ServerSentEvent) -> ServerSentEvent:
        """The event as the rules leave it; itself, if they change nothing."""
        data = event.data
        if self._paths:
            data = self._payload(data)
        for pattern, rule in self._patterns:
            data = pattern.sub(lambda found, rule=rule: self._text(rule, found[0]), data)  # type: ignore[misc]
        if data == event.data:
            return event
        return ServerSentEvent(event.event, data, event.id, event.own_id)

    def _masked(self, event: ServerSentEvent) -> ServerSentEvent:
        known, own = self._known, event.own_id
        name = event.event if event.event == "message" else known(event.event)
        own = None if own is None else known(own)
        return ServerSentEvent(name, known(event.data), own or "", own)

    def _payload(self, text: str) -> str:
        if not text.lstrip().startswith(("{", "[")):
            return text  # no object has no fields
        try:
            payload = json.loads(text)
            changed = False
            for path, rule in self._paths:
                changed |= self._apply(payload, path, rule, 0)
                if isinstance(payload, dict) and isinstance(payload.get("data"), dict | list):
                    changed |= self._apply(payload["data"], path, rule, 0)
            return json.dumps(payload, ensure_ascii=False) if changed else text
        except (ValueError, RecursionError):
            return MASK  # a field may stand in it that we do not see

    def _apply(self, at: Any, path: tuple[str, ...], rule: Rule, depth: int) -> bool:
        """Do to what the path leads to what the rule says; whether that changed anything."""
        if depth > DEEPEST:
            raise RecursionError
        if isinstance(at, list):
            # All of them, whatever the first says: no `any`.
            return sum([self._apply(item, path, rule, depth + 1) for item in at]) > 0
        if not isinstance(at, dict):
            return False
        first, rest = path[0], path[1:]
        changed = False
        if len(path) > 1 and (dotted := ".".join(path)) in at:  # as filters find it, too
            changed = self._apply(at, (dotted,), rule, depth + 1)
        if first == "**":
            for value in list(at.values()):
                changed |= self._apply(value, path, rule, depth + 1)
            return (self._apply(at, rest, rule, depth + 1) if rest else False) or changed
        for name in list(at) if first == "*" else [first] if first in at else []:
            if rest:
                changed |= self._apply(at[name], rest, rule, depth + 1)
                continue
            changed = True
            if rule == "drop":
                del at[name]
            else:
                at[name] = self._value(rule, at[name])
        return changed

    def _value(self, rule: Rule, value: Any) -> Any:
        if rule == "mask":
            return MASK
        if rule == "pseudonym":
            if value is None:
                return None
            if isinstance(value, list):
                return [self._value(rule, one) for one in value]
            return self._pseudonym(value if isinstance(value, str) else json.dumps(value, sort_keys=True))
        return rule(value) if callable(rule) else MASK

    def _text(self, rule: Rule, found: str) -> str:
        return "" if rule == "drop" else str(self._value(rule, found))

    def _pseudonym(self, text: str) -> str:
        digest = hmac.digest(self._salt, text.encode(errors="replace"), "sha256")
        return PSEUDONYM + digest.hex()[:16]

    def __repr__(self) -> str:
        return f"Redaction({'; '.join(self.said)})"


def redacted_request(
    request: Mapping[str, Any], known: Callable[[str], str], hide: Iterable[str] = ()
) -> tuple[dict[str, Any], list[str]]:
    """A request's description without secrets, and the names of what was masked.

    Args:
        request: `params` and `headers` in it go by name, and so does the query of its `url`, and of its
            `name`, which may be that; all else by what is known.
        known: masks known secrets.
        hide: names of parameters and headers that are secrets too.

    Example:
        >>> redacted_request({"params": {"q": "a", "api_key": "b"}}, str)
        ({'params': {'q': 'a', 'api_key': '***'}}, ['params: api_key'])
    """
    hidden = {name.lower() for name in hide}
    said: list[str] = []
    queried = _query_of(hidden)

    def clean(value: Any, where: str = "") -> Any:
        if isinstance(value, str):
            told = known(value)
            if queried is None or where not in ("url", "name"):
                return told
            said.extend(f"params: {found[2]}" for found in queried.finditer(told) if where == "url")
            return queried.sub(rf"\1\2={MASK}", told)
        if isinstance(value, Mapping):
            cleaned = {}
            for name, item in value.items():
                secret = where in ("params", "headers") and (
                    str(name).lower() in hidden or is_secret_name(str(name)) or _is_cookie(str(name))
                )
                if secret:
                    said.append(f"{where}: {name}")
                cleaned[str(name)] = MASK if secret else clean(item, where or str(name))
            return cleaned
        if isinstance(value, list | tuple):
            return [clean(item, where) for item in value]
        return value if isinstance(value, bool | int | float | None) else known(str(value))

    return {name: clean(value, name) for name, value in request.items()}, said


def _query_of(hidden: Iterable[str]) -> re.Pattern[str] | None:
    """Where these parameters stand in the query of a URL; None: there are none to look for."""
    names = {name for each in hidden for name in (re.escape(each), re.escape(quote_plus(each)))}
    return re.compile(rf"([?&])({'|'.join(sorted(names))})=[^&#\s]*", re.IGNORECASE) if names else None


def _is_cookie(name: str) -> bool:
    return "cookie" in name.lower() or name.lower().endswith("authorization")


def _pairs(rules: Rules | None) -> list[tuple[str | re.Pattern[str], Rule]]:
    if rules is None:
        return []
    if isinstance(rules, str | re.Pattern):
        rules = [rules]
    pairs = list(rules.items()) if isinstance(rules, Mapping) else [(what, "mask") for what in rules]
    for what, rule in pairs:
        if not isinstance(what, str | re.Pattern) or (
            isinstance(what, re.Pattern) and not isinstance(what.pattern, str)
        ):
            raise ArgumentError(f"redact takes paths and patterns of text, not {what!r:.80}")
        if not callable(rule) and rule not in WAYS:
            raise ArgumentError(
                f"redact: {_named(what)!r:.80} can be masked ('mask'), left out ('drop'), replaced by a "
                f"'pseudonym', or given to a callable, not {rule!r:.80}"
            )
    return pairs  # type: ignore[return-value]  # just checked


def _named(what: str | re.Pattern[str]) -> str:
    return what.pattern if isinstance(what, re.Pattern) else what


def _word(rule: Rule) -> str:
    if callable(rule):
        return f"changed by {getattr(rule, '__name__', type(rule).__name__)}"
    return {"mask": "masked", "drop": "left out", "pseudonym": "a pseudonym"}[rule]
