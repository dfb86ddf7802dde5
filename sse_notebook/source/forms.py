"""How a secret can be written: as it is, encoded for a URL or for JSON, in base64; and cut off.

The law: a form is known by letters and digits that no encoding changes. To look for these costs little, and
only where they stand it is looked closely.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, cached_property
from typing import Final

__all__ = ["CUT", "Form", "forms_of"]

CUT: Final = "…"  # the last character of a text that was cut
LEAST: Final = 6  # characters that a beginning has: fewer say little, and may stand there by chance
WIDEST: Final = 32  # characters that one is written with
BASE64: Final = 6  # bytes of a secret from which on it is known in base64, too: likewise

_LETTERS: Final = re.compile("[0-9A-Za-z]*")
# What may stand before a cut: half of how a character is encoded. What is quoted may be cut within quotes.
_HALF: Final = re.compile(rf"(?:[%\\][%\\0-9A-Za-z]{{0,{WIDEST}}})?(?=[\"']?{CUT})")


class Form:
    """A secret, written in one of the ways in which it can be.

    Args:
        text: in that way, as it is mostly written.
        look: gives patterns of what a character can look like then.
        tail: a pattern of what may follow it.

    Attributes:
        part: what stands in it in any case: to look for that costs little.
        utf8: the same.
        head: what stands in its beginning in any case.
    """

    def __init__(self, text: str, look: Callable[[str], Sequence[str]], tail: str = "") -> None:
        self.part = _longest(text)
        self.utf8 = self.part.encode()
        self.head = _longest(text[:LEAST])
        self._text = text
        self._plain = len(_LETTERS.findall(text[:LEAST])[0])
        self._look = look
        self._tail = tail

    @cached_property
    def whole(self) -> re.Pattern[str]:
        """All of it; compiled when it is needed: of many tokens most are seen nowhere."""
        return re.compile(self._pattern(self._text) + self._tail)

    @cached_property
    def _first(self) -> re.Pattern[str]:
        return re.compile(self._pattern(self._text[:LEAST]))

    def _pattern(self, text: str) -> str:
        return "".join(f"(?:{'|'.join(self._look(each))})" for each in text)

    def beginnings(self, text: str) -> Iterator[tuple[int, int]]:
        """Where a text that was cut ends with a beginning of it, as places in a longer text, ascending."""
        if len(self._text) < LEAST:
            return
        start = cut = -1
        while found := self._first.search(text, start + 1):
            start = found.start()
            if cut < start and (cut := text.find(CUT, start)) < 0:
                return
            # Far from a cut it is not looked at: who knows the secret may write its beginning without end.
            if cut - start <= WIDEST * len(self._text) and (stop := self._cut_at(text, start)):
                yield start, stop
                start = stop

    def _cut_at(self, text: str, start: int) -> int:
        """Where it is cut that begins here; 0: it is not."""
        plain = self._plain  # characters that are nothing but themselves: `_first` has found them
        places = {start + plain}
        for number, character in enumerate(self._text[plain:], plain):
            if number >= LEAST and (cut := [end for at in places if (end := _end_of_half(text, at))]):
                return max(cut)
            looks = map(_compiled, self._look(character))
            places = {one.end() for look in looks for at in places if (one := look.match(text, at))}
        return 0


def forms_of(secret: str) -> Iterator[Form]:
    """All the ways."""
    yield Form(secret, _encodings)
    data = secret.encode("utf-8", "replace")
    if len(data) < BASE64:
        return
    for before in range(3):
        # What stands before it, and behind it, changes the characters that have bits of both.
        whole = base64.b64encode(bytes(before) + data).decode()
        own = whole[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        yield Form(own, _in_base64, "[A-Za-z0-9]?={0,2}")


@cache  # there are no more than there are characters in secrets
def _encodings(character: str) -> Sequence[str]:
    """Patterns for a character as itself, percent-encoded (twice, too), or as JSON or a `repr` shows it."""
    if character.isascii() and character.isalnum():
        return [character]
    percent = "".join(f"%(?:25)*{byte:02x}" for byte in character.encode("utf-8", "replace"))
    units = character.encode("utf-16-be", "surrogatepass").hex()  # JSON escapes these, one or two
    escaped = "".join(rf"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    forms = [re.escape(character), f"(?i:{percent})", f"(?i:{escaped})"]
    if character == " ":
        forms.append(r"\+")
    if character in "\\/'\"":
        forms.append(re.escape(f"\\{character}"))
    return forms


def _in_base64(character: str) -> Sequence[str]:
    """Likewise, of both alphabets."""
    other = {"+": "-", "/": "_"}.get(character)
    return [*_encodings(character), other] if other else [character]


def _end_of_half(text: str, at: int) -> int:
    """Where a cut is, here or after a part of how the next character is encoded; 0: there is none."""
    found = _HALF.match(text, at)
    return found.end() if found else 0


def _longest(text: str) -> str:
    """The longest stretch of letters and digits in it."""
    found: list[str] = _LETTERS.findall(text)
    return max(found, key=len)


@cache  # likewise
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
