"""What goes out, into files and notebooks, which people share: with the secrets masked that are known.

The law: what is in memory is as it came, even where a server sends back the token that it was given; what is
shown in a page, which the notebook keeps, or written to be given away, has no secret that we know of. Of
files it is told in how many rows one stood. Where none stands, nothing is copied.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow.compute as pc  # type: ignore[import-untyped]  # it has no types

from sse_notebook.source.redactor import Redactor
from sse_notebook.store.columns import Version
from sse_notebook.store.expand import Expanders
from sse_notebook.store.frame import Frames
from sse_notebook.store.schema import COLUMNS
from sse_notebook.store.snapshot import Snapshot
from sse_notebook.store.texts import AGAIN, DIFFERENT, Segment

__all__ = ["Ours", "Outgoing"]

_NAMES: Final = {column.attribute: column.name for column in COLUMNS}
AT_ONCE: Final = 400  # texts that are looked for together; of thousands at once an automaton grows too large
TYPED: Final = "typed"  # what a page calls what a person typed there
LONGEST: Final = 16  # characters of them: where these stand, it is looked closely


class Ours(str):
    """A text of ours, which nobody has sent: what stands in it by chance, as `local`, is no secret."""

    __slots__ = ()


class Outgoing:
    """Masks rows on their way out.

    Args:
        redact: knows the secrets; None: there are none.
        say: told, in words, in how many rows one stood.
    """

    def __init__(self, redact: Redactor | None = None, say: Callable[[str], object] = str) -> None:
        self._redact = redact
        self._say = say

    def text(self, text: str) -> str:
        """A text as it may be shown."""
        return text if self._redact is None else self._redact(text)

    def told(self, value: Any) -> Any:
        """What a page is told, a JSON value, as it may be shown; itself, where there is no secret in it.

        Example:
            >>> redact = Redactor()
            >>> redact.add("s3cret")
            >>> Outgoing(redact).told({"title": "refused: s3cret", "count": 1})
            {'title': 'refused: ***', 'count': 1}
        """
        redact = self._redact
        # Few messages have any: one look at the whole is quicker than one at each of its texts.
        if redact is None or not redact.may_be_in(json.dumps(value, default=str).encode()):
            return value
        return _each(value, redact)

    def __call__(self, snapshot: Snapshot) -> Snapshot:
        """The rows as they may go out."""
        if self._redact is None:
            return snapshot
        try:
            return self._made(snapshot, self._redact)
        except BaseException as error:  # noqa: BLE001 - whatever it is, Ctrl+C too
            # A verbose traceback shows locals, and those of what went on there have parts of secrets.
            raise error.with_traceback(None) from None

    def _made(self, snapshot: Snapshot, redact: Redactor) -> Snapshot:
        if not (parts := sorted({part[:LONGEST] for part in redact.parts})):
            return snapshot
        version, reader = snapshot.version, snapshot.reader
        texts = reader.texts(version)
        # Of words that come again it is enough to look at each once, as a rule.
        suspect = {
            attribute: _with(texts[_NAMES[attribute]], parts)
            for attribute in (*AGAIN, *DIFFERENT)
            if attribute in DIFFERENT or _with(pc.unique(texts[_NAMES[attribute]]), parts).any()
        }
        touched: set[int] = set()
        segments = tuple(_masked(version, suspect, redact, touched))
        sources = tuple(_apart(map(redact, version.sources)))
        if not touched and sources == version.sources:
            return snapshot
        if told := len(touched.intersection(snapshot.seqs)):
            self._say(f"a known secret stood in {told:,} of the rows that were written: there it is masked")
        expanders = Expanders(Frames())  # those of the store have what came
        return snapshot._replace(
            version=replace(version, segments=segments, sources=sources),
            reader=reader._replace(
                frame=lambda version, expand: expanders.frame(version, reader.paths(expand)),
                of_arrow=expanders.frames.of_arrow,
                texts=expanders.frames.texts,
            ),
        )


def _each(value: Any, redact: Redactor) -> Any:
    """A JSON value, with each of its texts masked; but for what a page typed, which it must know again."""
    if isinstance(value, str):
        return value if isinstance(value, Ours) else redact(value)
    if isinstance(value, dict):
        return {redact(name): each if name == TYPED else _each(each, redact) for name, each in value.items()}
    return [_each(each, redact) for each in value] if isinstance(value, list | tuple) else value


def _with(texts: Any, parts: list[str]) -> Any:
    """For each text, whether one of these stands in it."""
    found = np.zeros(len(texts), bool)
    for first in range(0, len(parts), AT_ONCE):
        # They are letters and digits only, which stand for themselves.
        fits = pc.match_substring_regex(texts, "|".join(parts[first : first + AT_ONCE]))
        found |= np.asarray(pc.fill_null(fits, fill_value=False))
    return found


def _masked(
    version: Version, suspect: dict[str, Any], redact: Redactor, touched: set[int]
) -> Iterator[Segment]:
    """The segments, those with secrets made anew; notes the `seq` of each row that had one."""
    for segment in version.within:
        low = max(0, version.start - segment.first)
        high = min(segment.rows, version.stop - segment.first)
        at = segment.first - version.start
        rows = {name: np.flatnonzero(found[at + low : at + high]) + low for name, found in suspect.items()}
        changed: dict[str, list[Any]] = {}
        for name, places in rows.items():
            values = list(segment.values(name, 0, high)) if len(places) else []
            for place in places.tolist():
                if (text := redact(values[place])) != values[place]:
                    values[place], changed[name] = text, values
                    touched.add(segment.first + place)
        if not changed:
            yield segment
            continue
        made = Segment(segment.first)
        made.write(0, {
            name: changed[name] if name in changed else segment.values(name, 0, high)
            for name in (*AGAIN, *DIFFERENT)
        })  # fmt: skip
        yield made


def _apart(names: Iterator[str]) -> Iterator[str]:
    """Names of sources, which must differ, though masked ones may be equal."""
    seen: set[str] = set()
    for name in names:
        number, one = 1, name
        while one in seen:
            number += 1
            one = f"{name}-{number}"
        seen.add(one)
        yield one
