"""The paths of a vocabulary's rules: whether they lead anywhere in what came.

The law: a field may be missing from an event, so a path that leads nowhere is wrong only if one that is spelt
much like it leads somewhere; else it is said, and not judged.
"""

from __future__ import annotations

import difflib
from typing import Final

from sse_notebook.checkup.findings import Findings
from sse_notebook.checkup.words import few
from sse_notebook.events.payload import find
from sse_notebook.filters.names import PREFIX
from sse_notebook.markup import plain
from sse_notebook.stream import EventStream
from sse_notebook.words import counted

__all__ = ["look_at_paths"]

LOOKED_AT: Final = 1_000  # events, the newest
LIKE: Final = 0.75  # how much two are alike that are one, misspelt
LONGEST: Final = 80  # characters of a path


def look_at_paths(found: Findings, stream: EventStream) -> None:
    """See whether the newest events have what the vocabulary's rules look for."""
    paths = stream.store.vocabulary.paths
    if not paths:
        found.skipped("rules", "no rule of the vocabulary is a path")
        return
    payloads = [event.data for event in stream.events[-LOOKED_AT:]]
    if not payloads:
        found.unknown("rules", "no event came yet in which they could find anything")
        return
    never = {
        rule: path
        for rule, path in paths.items()
        if rule != "discard" and all(find(payload, path) is None for payload in payloads)
    }
    if not never:
        found.ok("rules", f"each finds something in the newest {counted(len(payloads), 'event')}")
        return
    fields = [name for name in stream.fields()["field"] if name.startswith(PREFIX)]
    # The field `data.x` may be the `x` of a `data` object, and then a rule's path is `data.x`, too.
    paths_there = [path for name in fields for path in (name.removeprefix(PREFIX), name)]
    known = [path for path in paths_there if any(find(payload, path) is not None for payload in payloads)]
    near = {path: difflib.get_close_matches(path[:LONGEST], known, 1, LIKE) for path in never.values()}
    said = [f"{rule}={plain(path, LONGEST)!r}" for rule, path in never.items()]
    seen = f"in none of the newest {counted(len(payloads), 'event')}: {few(said)}"
    meant = [plain(close[0], LONGEST) for close in near.values() if close]
    if meant:
        found.warning(
            "rules",
            seen,
            f"did you mean {few([repr(path) for path in meant])}? Connect again with such a vocabulary: rows "
            "stay as they were read",
        )
    else:
        found.unknown("rules", seen, "`stream.fields()` has the names that there are")
