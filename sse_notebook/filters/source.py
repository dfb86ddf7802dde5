"""The text of a filter as Python's parser is given it, and where each place of it was.

The law: whatever the text, this ends soon, with what the parser made of it or with a `FilterError` that shows
the place in the text as it was given. Nothing is run.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from typing import Final

from sse_notebook.errors import FilterError
from sse_notebook.filters.hints import TYPE_ALONE, bare, mistaken, pointed
from sse_notebook.filters.tree import DEPTH

__all__ = ["BRACKETS", "LONGEST", "Source"]

LONGEST: Final = 100_000  # characters: long lists of ids have room
BRACKETS: Final = DEPTH + 2  # in each other: the deepest tree, and a function of a function in it

# One that nothing closes ends with the text or the line: else it would be looked for from each quote again.
_QUOTED: Final = re.compile(
    r"""(?P<prefix>(?:(?<!\w)[rbufRBUF]{1,2})?)"""
    r"""(?:(?P<long>"{3}|'{3})|"(?:[^"\\\n]|\\.)*(?P<end>"?)|'(?:[^'\\\n]|\\.)*(?P<other>'?))""",
    re.DOTALL,
)
_GLOB: Final = re.compile(r"(?=.{1,60}$)[\w.*-]*\*[\w.*-]*")  # as types are asked for elsewhere: "build.*"
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_KNOWN_ESCAPES: Final = frozenset("\\'\"abfnrtvxNuU01234567")
_BLANK: Final = str.maketrans(dict.fromkeys("\r\n\f\t", " "))


class Source:
    """A text that is to be parsed.

    Args:
        text: as the user wrote it. It may have several lines.

    Raises:
        FilterError: it is too long, or has comments or texts in three quotes.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        if len(text) > LONGEST:
            raise self.wrong(f"a filter of {len(text):,} characters: at most {LONGEST:,}", LONGEST)
        self._inserted: list[int] = []  # where the source has a character that the text has not
        source, self._masked = self._scanned()
        self._blank = len(source) - len(source.lstrip())
        self._source, self._masked = source[self._blank :], self._masked[self._blank :]
        self._bytes = self._source.encode("utf-8", "surrogatepass")

    def parsed(self) -> ast.expr:
        """The expression.

        Raises:
            FilterError: it is no expression of Python.
        """
        if not self._source:
            raise self.wrong("expected an expression, as 'severity >= \"warning\"'", 0)
        self._check_brackets()
        try:
            return ast.parse(self._source, mode="eval").body
        except SyntaxError as error:
            raise self._wrong_syntax(error) from None
        except (MemoryError, RecursionError):
            too_deep = f"nested too deep: at most {DEPTH} of and, or, not in each other"
            raise self.wrong(too_deep, self._column(0)) from None
        except ValueError as error:  # a null character; half a character
            at = error.start if isinstance(error, UnicodeEncodeError) else 0
            raise self.wrong(f"this can't be read: {error}", self._column(at)) from None

    def wrong(self, what: str, column: int | None, meant: str | None = None) -> FilterError:
        """The error that shows a place of the text."""
        return pointed(what, self._text, column, meant)

    def at(self, node: ast.expr) -> int:
        """Where in the text a part begins."""
        return self._column(self._characters(node.col_offset))

    def after(self, node: ast.expr) -> int:
        """Where in the text the operator after a part stands."""
        end = self._characters(node.end_col_offset or 0)
        rest = self._masked[end:]
        return self._column(end + len(rest) - len(rest.lstrip(" )")))

    def text_of(self, node: ast.expr) -> str:
        """A part as it is written."""
        return self._bytes[node.col_offset : node.end_col_offset].decode("utf-8", "replace")

    def _characters(self, offset: int) -> int:
        return len(self._bytes[:offset].decode("utf-8", "surrogatepass"))

    def _column(self, at: int) -> int:
        at += self._blank
        return min(at - bisect_left(self._inserted, at), len(self._text))

    def _scanned(self) -> tuple[str, str]:
        """The text on one line, with escapes as they are meant; and that with its quotes blanked out."""
        source: list[str] = []
        masked: list[str] = []
        done, length = 0, 0
        for quoted in _QUOTED.finditer(self._text):
            if quoted["long"]:
                raise self.wrong("a text in three quotes is not supported", quoted.start())
            if not (quoted["end"] or quoted["other"]):
                raise self.wrong("a text that does not end: the quote is missing", quoted.start(), None)
            plain = self._plain(done, quoted.start())
            length += len(plain)
            raw = "r" in quoted["prefix"].lower()
            said = quoted[0] if raw else self._escaped(quoted[0], length)
            source += plain, said
            masked += plain, "_" * len(said)
            length += len(said)
            done = quoted.end()
        plain = self._plain(done, len(self._text))
        return "".join([*source, plain]), "".join([*masked, plain])

    def _plain(self, start: int, end: int) -> str:
        """What is outside of quotes: newlines are spaces there."""
        plain = self._text[start:end]
        if (comment := plain.find("#")) >= 0:
            raise self.wrong("comments are not supported", start + comment)
        return plain.translate(_BLANK)

    def _escaped(self, quoted: str, start: int) -> str:
        """With a second backslash where one begins no escape of Python's, which would warn about it."""
        if "\\" not in quoted:
            return quoted
        more = 0

        def twice(match: re.Match[str]) -> str:
            nonlocal more
            if match[1] in _KNOWN_ESCAPES:
                return match[0]
            self._inserted.append(start + match.start() + more)
            more += 1
            return f"\\{match[0]}"

        return _ESCAPE.sub(twice, quoted)

    def _check_brackets(self) -> None:
        """Python's parser may take long over many open brackets."""
        depth = 0
        for at, character in enumerate(self._masked):
            depth += (character in "([{") - (character in ")]}")
            if depth > BRACKETS:
                raise self.wrong(f"nested too deep: at most {DEPTH} brackets in each other", self._column(at))

    def _wrong_syntax(self, error: SyntaxError) -> FilterError:
        if _GLOB.fullmatch(glob := self._masked.strip()):
            return self.wrong(TYPE_ALONE, self._column(0), f'type == "{glob}"')
        if (at := self._masked.find("`")) >= 0:
            return self.wrong("a field stands without backticks", self._column(at))
        if at_sign := re.search(r"@(?=[^\W\d])", self._masked):
            said = (
                "no variables of Python's in a text: put the value in, or give it by name, as where(status=x)"
            )
            return self.wrong(said, self._column(at_sign.start()))
        if found := mistaken(self._masked):
            at, meant = found
            return self.wrong("expected an operator of the language", self._column(at), meant)
        if unquoted := bare(self._masked):
            at, meant = unquoted
            return self.wrong("expected a text in quotes, or a field", self._column(at), meant)
        said = error.msg.partition(". Perhaps")[0].partition(". Maybe")[0]
        words = "expected an expression" if said == "invalid syntax" else f"expected an expression: {said}"
        end = len(self._source.rstrip())
        column = self._column(error.offset - 1 if error.offset else end)
        return self.wrong(words, column)
