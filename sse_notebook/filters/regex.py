"""Regular expressions whose time is proportional to the text, whatever both are.

The law: `search` says what `re.search` would say, and no text makes it slow. Python's own engine tries ways
one after the other and may need the age of the universe for `(a+)+b`; this one follows all ways at once, and
remembers where a character leads. What only trying can decide is refused: backreferences, lookaround, atomic
groups, possessive repeats, conditions.

How: the expression becomes steps (`_Step`), as a program of Thompson's; where they may stand after some
characters is a state, and where each state goes for a character is worked out when it first comes up.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sse_notebook.errors import FilterError

__all__ = ["LONGEST", "MOST_STEPS", "Regex", "compiled"]

LONGEST: Final = 1_000  # characters of an expression
MOST_STEPS: Final = 2_000  # of its program; a repeat counts as often as it may come
DEEPEST: Final = 50  # groups in groups
MOST_MOVES: Final = 20_000  # remembered, for one expression

_END: Final = ""  # after the last character
_LAST_NEWLINE: Final = "\n$"  # a newline that is the last character: `$` fits before it too

_FLAGS: Final = re.compile(r"\(\?([aims]+)\)", re.ASCII)
_GROUP: Final = re.compile(r"\((?!\?)|\(\?:|\(\?P<\w+>")
_REPEAT: Final = re.compile(r"\{(\d+)\}|\{(\d*),(\d*)\}", re.ASCII)
_CLASS: Final = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]", re.DOTALL)
_ESCAPE: Final = re.compile(
    r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|0[0-7]{0,2}|[^0-9])", re.DOTALL
)
_EMPTY_IS_NO_WORD: Final = re.search(r"\B", "") is not None  # newer Pythons say so, older do not


_Writer = Callable[[int], int]


class _Step(NamedTuple):
    """One step of a program. The first one, number 0, is its end.

    Attributes:
        take: whether a character fits, for a step that takes one.
        holds: whether it holds between two characters, for an anchor.
        then: the steps after it.
    """

    take: Callable[[str], Any] | None
    holds: Callable[[str, str], bool] | None
    then: tuple[int, ...]


class _State(dict[str, Any]):
    """Where the steps may stand; as a dictionary, the state after each character that has come up.

    Attributes:
        owner: the expression.
        steps: which steps.
        before: what anchors ask of the character before: `""` (none), a newline, `"a"` (of a word) or `" "`.
        found: whether the expression was found, whatever follows.
    """

    __slots__ = ("before", "found", "owner", "steps")
    __repr__ = object.__repr__  # states lead to each other: a dictionary's would have no end

    def __init__(self, owner: Regex, steps: tuple[int, ...], before: str, *, found: bool) -> None:
        super().__init__()
        self.owner = owner
        self.steps = steps
        self.before = before
        self.found = found

    def __missing__(self, character: str) -> _State:
        return self if self.found else self.owner.move(self, character)


class Regex:
    """A compiled expression.

    Args:
        pattern: as `re` has it.

    Raises:
        FilterError: it is none, or has what this engine has not.

    Example:
        >>> Regex(r"^build-\\d+").search("build-17 failed"), Regex("(a+)+b").search("a" * 50_000)
        (True, False)
    """

    def __init__(self, pattern: str) -> None:
        reader = _Reader(pattern)
        self._program, self._start, self._is_word = reader.program, reader.start, reader.is_word
        self._states: dict[Any, _State] = {}
        self._moves = 0
        self._first = self._state((), "")

    def search(self, text: str) -> bool:
        """Whether it fits somewhere in a text."""
        state = self._first
        for character in text[:-1]:
            state = state[character]
        last = text[-1:]
        if last:
            state = state[_LAST_NEWLINE if last == "\n" else last]
        return bool(state[_END].found)

    def move(self, state: _State, character: str) -> _State:
        """Where a state goes for a character, from now on remembered."""
        if self._moves >= MOST_MOVES:  # a text of many letters: start afresh, or memory would grow with it
            known, self._states, self._moves = self._states, {}, 0
            for each in list(known.values()):
                each.clear()
        self._moves += 1 + len(state.steps) // 16  # large states take more memory
        here = self._reached(state, character)
        if 0 in here:
            after = self._state((), "", found=True)
        else:
            taken: set[int] = set()
            for step in here if character else ():
                take, _, then = self._program[step]
                if take is not None and take(character[0]):
                    taken.update(then)
            after = self._state(tuple(sorted(taken)), character[:1])
        state[character] = after
        return after

    def _reached(self, state: _State, character: str) -> set[int]:
        """All steps that may stand after what a state knows and before a character."""
        seen: set[int] = set()
        todo = [self._start, *state.steps]  # it may begin anywhere
        while todo:
            step = todo.pop()
            if step not in seen:
                seen.add(step)
                take, holds, then = self._program[step]
                if take is None and (holds is None or holds(state.before, character)):
                    todo.extend(then)
        return seen

    def _state(self, steps: tuple[int, ...], before: str, *, found: bool = False) -> _State:
        kind = before if before in ("", "\n") else "a" if self._is_word(before) else " "
        state = self._states.get((steps, kind, found))
        if state is None:
            state = self._states[steps, kind, found] = _State(self, steps, kind, found=found)
        return state


@lru_cache(maxsize=128)
def compiled(pattern: str) -> Regex:
    """The compiled expression; the same object for the same text."""
    return Regex(pattern)


class _Reader:
    """Reads an expression, which `re` has accepted, and writes its program.

    A program is written from its end: what reads a part returns a function that writes that part before a
    given step, and returns where it begins. So a part that repeats is written again.
    """

    def __init__(self, pattern: str) -> None:
        if len(pattern) > LONGEST:
            raise FilterError(f"a regular expression of {len(pattern):,} characters: at most {LONGEST:,}")
        try:
            with warnings.catch_warnings():  # of what another Python may read otherwise: this one is asked
                warnings.simplefilter("ignore", FutureWarning)
                re.compile(pattern)
        except (re.error, OverflowError, RecursionError, Warning) as error:
            raise FilterError(f"no regular expression: {error}") from None
        flags = _FLAGS.match(pattern)
        self._flags = f"(?{flags[1]})" if flags else ""
        self._multiline = "m" in self._flags
        self._text, self._at, self._depth, self._written = pattern, flags.end() if flags else 0, 0, 0
        self._takes: dict[str, Callable[[str], Any]] = {}
        word = self._taking(r"\w")
        self.is_word: Callable[[str], bool] = lambda character: bool(character and word(character[0]))
        self.program: list[_Step] = [_Step(None, None, ())]
        self.start = self._alternatives()(0)

    def _alternatives(self) -> _Writer:
        self._depth += 1
        if self._depth > DEEPEST:
            raise FilterError(f"groups nested too deep: at most {DEEPEST}")
        ways = [self._sequence()]
        while self._next("|"):
            ways.append(self._sequence())
        self._depth -= 1
        return ways[0] if len(ways) == 1 else lambda then: self._split(*[way(then) for way in ways])

    def _sequence(self) -> _Writer:
        parts: list[_Writer] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            parts.append(self._repeated(self._one()))

        def write(then: int) -> int:
            self._written += 1  # what is empty has no steps, but takes its time as often as it is repeated
            if self._written > 10 * MOST_STEPS:
                raise self._too_large()
            for part in reversed(parts):
                then = part(then)
            return then

        return write

    def _repeated(self, part: _Writer) -> _Writer:
        least, most = 1, 1
        repeat = _REPEAT.match(self._text, self._at)
        if repeat:
            self._at = repeat.end()
            least, most = int(repeat[1] or repeat[2] or 0), int(repeat[1] or repeat[3] or -1)
        elif self._next("*"):
            least, most = 0, -1
        elif self._next("+"):
            least, most = 1, -1
        elif self._next("?"):
            least, most = 0, 1
        else:
            return part
        if self._next("+"):
            raise FilterError("a repeat that gives nothing back (`++`, `*+`) is not supported")
        self._next("?")  # taking few rather than many changes what is found, not whether it is

        def write(then: int) -> int:
            if max(least, most) > MOST_STEPS:
                raise self._too_large()
            start = then if most >= 0 else self._loop(part, then)
            for _ in range(most - least):
                start = self._split(part(start), then)
            for _ in range(least):
                start = part(start)
            return start

        return write

    def _one(self) -> _Writer:
        text, at = self._text, self._at
        character = text[at]
        if character == "(":
            group = _GROUP.match(text, at)
            if group is None:
                raise FilterError(
                    f"`{text[at : at + 4]}` is not supported: no lookaround, no references, "
                    "and flags, as `(?i)`, at the beginning only"
                )
            self._at = group.end()
            inside = self._alternatives()
            self._at += 1  # its end
            return inside
        if character in "^$":
            self._at += 1
            return self._anchor(character)
        if character == "\\" and text[at + 1] in "AZbB":
            self._at += 2
            return self._anchor(text[at + 1])
        found = _CLASS.match(text, at) if character == "[" else _ESCAPE.match(text, at)
        if character == "\\" and found is None:
            raise FilterError("references to groups, as `\\1`, are not supported")
        source = found[0] if found else character if character == "." else re.escape(character)
        self._at = found.end() if found else at + 1
        take = self._taking(source)
        return lambda then: self._write(_Step(take, None, (then,)))

    def _anchor(self, kind: str) -> _Writer:
        holds = _anchors(self.is_word, multiline=self._multiline)[kind]
        return lambda then: self._write(_Step(None, holds, (then,)))

    def _taking(self, source: str) -> Callable[[str], Any]:
        """What tests one character; `re` itself, so that it is never another than there."""
        if source not in self._takes:
            self._takes[source] = re.compile(self._flags + source).fullmatch
        return self._takes[source]

    def _next(self, character: str) -> bool:
        found = self._text.startswith(character, self._at)
        self._at += found
        return found

    # -- writing ---------------------------------------------------------------------------------------

    def _loop(self, part: _Writer, then: int) -> int:
        number = self._split(then)
        self.program[number] = _Step(None, None, (part(number), then))
        return number

    def _split(self, *then: int) -> int:
        return self._write(_Step(None, None, then))

    def _write(self, step: _Step) -> int:
        if len(self.program) > MOST_STEPS:
            raise self._too_large()
        self.program.append(step)
        return len(self.program) - 1

    def _too_large(self) -> FilterError:
        return FilterError(
            f"a regular expression that is too large: its repeats make over {MOST_STEPS} steps"
        )


def _anchors(is_word: Callable[[str], bool], *, multiline: bool) -> dict[str, Callable[[str, str], bool]]:
    starts = ("", "\n") if multiline else ("",)
    ends = ("", "\n", _LAST_NEWLINE) if multiline else ("", _LAST_NEWLINE)
    return {
        "^": lambda before, _: before in starts,
        "$": lambda _, after: after in ends,
        "A": lambda before, _: before == "",
        "Z": lambda _, after: after == "",
        "b": lambda before, after: (before == "a") != is_word(after),
        "B": lambda before, after: (
            (before == "a") == is_word(after) and (_EMPTY_IS_NO_WORD or bool(before or after))
        ),
    }
