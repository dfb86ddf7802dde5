"""What was looked at, what was seen there, and what to do: the report of a checkup.

The law: a report is text and tables, made once; it holds nothing of a network, and no secret, whoever looks
at it and however. It is true when nothing failed.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, get_args, overload

from sse_notebook.markup import plain
from sse_notebook.store.schema import STR, table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OUTCOMES", "Check", "Outcome", "Report"]

Outcome = Literal["ok", "warning", "failed", "skipped", "unknown"]
OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)

LONGEST: Final = 600  # characters of what was seen, and of what to do
WIDTH: Final = 110  # characters of a line of text


class Check(NamedTuple):
    """One thing that was looked at.

    Attributes:
        part: where on the way: `"here"`, `"request"`, `"way"`, `"answer"`, `"stream"` …
        name: what was looked at.
        outcome: `"ok"`; `"warning"`: it works, but there is something to know; `"failed"`; `"skipped"`: there
            was no use in looking; `"unknown"`: what was seen tells neither.
        seen: what was seen, or why it was not looked at.
        advice: what to do; empty where there is nothing.
    """

    part: str
    name: str
    outcome: Outcome
    seen: str
    advice: str = ""


class Report(Sequence[Check]):
    """The checks, in the order of the way; true when nothing failed.

    Args:
        about: what was looked into.
        checks: what was found.
        hide: masks secrets in a text.

    Attributes:
        about: what was looked into.

    Example:
        >>> report = Report("http://host/", [Check("way", "name", "failed", "unknown host", "look it up")])
        >>> bool(report), report["name"].seen
        (False, 'unknown host')
        >>> print(report)
        http://host/
        1 failed: name
        <BLANKLINE>
        way  failed  name  unknown host
                           > look it up
    """

    def __init__(self, about: str, checks: Sequence[Check], hide: Callable[[str], str] = str) -> None:
        def shown(said: str) -> str:
            return plain(hide(said), LONGEST)  # masked before it is cut

        self.about = shown(about)
        self._checks = tuple(
            each._replace(seen=shown(each.seen), advice=shown(each.advice)) for each in checks
        )

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.failed

    @property
    def failed(self) -> list[Check]:
        """The checks that failed, the first link that breaks first."""
        return [each for each in self._checks if each.outcome == "failed"]

    @property
    def warnings(self) -> list[Check]:
        """The checks of which there is something to know."""
        return [each for each in self._checks if each.outcome == "warning"]

    @property
    def df(self) -> pd.DataFrame:
        """A row for each check: `part`, `check`, `outcome`, `seen`, `advice`."""
        return table(
            [tuple(each) for each in self._checks], part=STR, check=STR, outcome=STR, seen=STR, advice=STR
        )

    @property
    def headline(self) -> str:
        """All of it in a line."""
        said = [
            f"{len(some)} {words}: {', '.join(each.name for each in some)}"
            for words, some in (("failed", self.failed), ("to know of", self.warnings))
            if some
        ]
        if self.ok:
            fine, unknown = (sum(e.outcome == which for e in self._checks) for which in ("ok", "unknown"))
            said.insert(0, f"nothing failed ({fine} ok{f', {unknown} unknown' if unknown else ''})")
        return "; ".join(said)

    def __bool__(self) -> bool:
        return self.ok

    def __len__(self) -> int:
        return len(self._checks)

    @overload
    def __getitem__(self, at: int | str) -> Check: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Check]: ...
    def __getitem__(self, at: Any) -> Any:
        """A check, by its place or by its name."""
        if not isinstance(at, str):
            return self._checks[at]
        found = next((each for each in self._checks if each.name == at), None)
        if found is None:
            raise KeyError(f"no check {at!r}; there are {', '.join(each.name for each in self._checks)}")
        return found

    def __iter__(self) -> Iterator[Check]:
        return iter(self._checks)

    def __repr__(self) -> str:
        parts, outcomes, names = (
            max((len(each[place]) for each in self._checks), default=0) for place in (0, 2, 1)
        )
        lines = [self.about, self.headline, ""]
        for some in self.folded():
            first = some[0]
            name = first.name if len(some) == 1 else ""
            head = f"{first.part:<{parts}}  {first.outcome:<{outcomes}}  {name:<{names}}  "
            lines += _wrapped(
                head, first.seen if name else f"{', '.join(e.name for e in some)}: {first.seen}"
            )
            if first.advice:
                lines += _wrapped(" " * len(head), f"> {first.advice}")
        return "\n".join(lines)

    def folded(self) -> list[list[Check]]:
        """Each check in a list of its own, but those together that were not looked at for one reason."""
        return [
            list(group)
            for _, group in groupby(
                self._checks,
                lambda each: each.seen if each.outcome == "skipped" else each,
            )
        ]

    def _repr_html_(self) -> str:
        from sse_notebook.checkup.report_html import html_of  # which only a cell needs

        return html_of(self)


def _wrapped(head: str, said: str) -> list[str]:
    """Lines, all but the first below the beginning of what is said."""
    room = max(40, WIDTH - len(head))
    lines = textwrap.wrap(said, room, break_on_hyphens=False) or [""]
    return [f"{head}{lines[0]}".rstrip(), *(" " * len(head) + line for line in lines[1:])]
