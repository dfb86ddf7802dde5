"""`Evidence`: by what others can check a write-up.

The law: equal evidence means equal rows. What can't be known is not claimed: where gaps are, how much of the
time nobody saw is said.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final, NamedTuple

from sse_notebook.incident.story import Hole, length
from sse_notebook.markup import GUARDED, text
from sse_notebook.store.schema import STR, table

if TYPE_CHECKING:
    import pandas as pd

    from sse_notebook.stream.recordings import Recording

__all__ = ["TAKEN_OUT", "Evidence", "gaps_said", "hash_of", "of_recording", "unknown_us", "versions"]

TAKEN_OUT: Final = "Taken out"

_LONGEST: Final = 300
_PACKAGES: Final = ("sse_notebook", "pandas", "pyarrow")
_CELL: Final = "text-align:left;vertical-align:top;padding:2px 14px 2px 0;border:0"
_NAME: Final = f"{_CELL};opacity:0.8;white-space:nowrap"


class Evidence(NamedTuple):
    """What a write-up rests on. Made by `Incident.evidence`.

    Attributes:
        facts: what, and its value, in words: file, its hash, the filter, the rows and their hash, versions.
        funnel: how far what came has got, see `stream.funnel`.
        gaps: the gaps that touch the incident, see `stream.gaps`.
    """

    facts: dict[str, str]
    funnel: pd.DataFrame
    gaps: pd.DataFrame

    @property
    def df(self) -> pd.DataFrame:
        """The facts as a table: `fact`, `value`."""
        return table(list(self.facts.items()), fact=STR, value=STR)

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr style="background:transparent"><td style="{_NAME}">{name}</td>'
            f'<td style="{_CELL};width:100%;overflow-wrap:anywhere">{text(value, _LONGEST)}</td></tr>'
            for name, value in self.facts.items()
        )
        return f'<table class="{GUARDED}" style="width:100%;border-collapse:collapse;border:0">{rows}</table>'

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in self.facts.items())


def hash_of(rows: pd.DataFrame) -> str:
    """A hash of what rows say: their numbers, times, types and texts, and of nothing that a run decides.

    Args:
        rows: a frame with the contract's columns, indexed by `seq`.

    Returns:
        A SHA-256, in hex.
    """
    digest = hashlib.sha256()
    times = rows["timestamp"].astype("int64").tolist()
    for seq, time, kind, data in zip(
        rows.index.tolist(), times, rows["type"].tolist(), rows["data"].tolist(), strict=True
    ):
        line = f"{seq}\x1f{time}\x1f{kind}\x1f{data}\x1e"
        digest.update(line.encode(errors="surrogatepass"))
    return digest.hexdigest()


def unknown_us(holes: Sequence[Hole], start_us: int, end_us: int) -> int:
    """How long, of a stretch of time, nobody knows what happened: where a gap was not refilled.

    Example:
        >>> unknown_us([Hole(0, 30, "", None), Hole(20, 50, "", False), Hole(60, 70, "", True)], 10, 100)
        40
    """
    spans = sorted(
        (max(start_us, hole.start_us), min(end_us, end_us if hole.end_us is None else hole.end_us))
        for hole in holes
        if hole.recovered is not True
    )
    total, seen = 0, start_us
    for low, high in spans:
        if high > max(seen, low):
            total += high - max(seen, low)
            seen = high
    return total


def versions() -> str:
    """By which programs it was read."""
    found: list[str] = [f"Python {platform.python_version()}"]
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:  # run from a folder
            continue
    return ", ".join(found)


def gaps_said(holes: Sequence[Hole], start_us: int, end_us: int) -> str:
    """The gaps in one sentence."""
    if not holes:
        return "none"
    unknown = unknown_us(holes, start_us, end_us)
    kept = (
        "all refilled"
        if not unknown
        else f"nobody knows what happened in {length(unknown)} of {length(end_us - start_us)}"
    )
    return f"{len(holes):,}; {kept}"


def of_recording(recording: Recording) -> dict[str, str]:
    """What a file says of itself, and whether it is as it was written."""
    report, header = recording.verify(), recording.header
    sound = "sound and complete" if report else f"not as it was written: {report.problems[0].what}"
    env = ", ".join(f"{name} {value}" for name, value in header.env.items() if isinstance(value, str))
    return {
        "Recording": f"{recording.path.name}, {sound}",
        "SHA-256 of the recording": report.sha256,
        "From": header.url,
        "Recorded": f"from {header.started} on{f', with {env}' if env else ''}",
        TAKEN_OUT: ", ".join(header.redacted),
    }
