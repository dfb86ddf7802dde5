"""Names in the folder of an archive.

The law: `folder/writer=<name>/` has what one writer wrote: `seq-<first>.parquet`, each with the rows from
that `seq` on, `_tail-<first>.jsonl` with the newest, `_gaps.jsonl` and `_about.json`. Readers of Parquet pass
over names that begin with `_`. A name leads nowhere else, whatever stands in it; what has another name is
somebody else's, and is left alone.
"""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from sse_notebook.errors import ArgumentError

__all__ = [
    "ABOUT",
    "GAPS",
    "LOCK",
    "PART",
    "check_writer",
    "default_writer",
    "first_of",
    "folder_of",
    "segment_name",
    "tail_name",
    "writer_folders",
]

ABOUT: Final = "_about.json"
GAPS: Final = "_gaps.jsonl"
LOCK: Final = ".lock"
PART: Final = ".part"  # a file that is not whole yet; no reader of Parquet takes it for one

_WRITER: Final = "writer="  # as Hive has it: others read the name as a column
_NUMBERED: Final = re.compile(r"(?:seq-(\d{19})\.parquet|_tail-(\d{19})\.jsonl)\Z", re.ASCII)
LONGEST: Final = 200  # bytes of a folder's name; systems take 255


def folder_of(archive: Path, writer: str) -> Path:
    """Where a writer writes.

    Example:
        >>> folder_of(Path("events"), "a/b").as_posix()
        'events/writer=a%2Fb'
    """
    return archive / f"{_WRITER}{quote(writer, safe='')}"


def writer_folders(archive: Path) -> Iterator[tuple[str, Path]]:
    """The writers in an archive, by name, and their folders."""
    found = [each for each in archive.iterdir() if each.name.startswith(_WRITER) and each.is_dir()]
    for each in sorted(found):
        yield unquote(each.name.removeprefix(_WRITER)), each


def check_writer(writer: str) -> str:
    """A name that a writer can have.

    Raises:
        ArgumentError: it can't.
    """
    if not isinstance(writer, str) or not writer or not writer.isprintable():
        raise ArgumentError(f"writer is a name, as 'collector-1', not {writer!r:.80}")
    try:
        name = _WRITER + quote(writer, safe="")
    except UnicodeEncodeError:
        raise ArgumentError(f"writer has half a character in it: {writer!r:.80}") from None
    if len(name) > LONGEST:
        raise ArgumentError(
            f"writer becomes a folder's name, and {writer!r:.80} would be one of {len(name)} bytes: "
            f"more than {LONGEST}; give a shorter one"
        )
    return writer


def default_writer(shown: str) -> str:
    """The writer where none is named: this host, and the stream; no two streams have one.

    Example:
        >>> default_writer("localhost:8000 project p/1").partition("-localhost")[2]
        '-8000-project-p-1-6864'
    """
    host = platform.node().partition(".")[0] or "host"
    words = re.sub(r"[^\w.]+", "-", f"{host}-{shown}", flags=re.ASCII).strip("-")[: LONGEST // 3]
    # What is left of two names may be the same.
    return f"{words}-{hashlib.sha256(shown.encode(errors='replace')).hexdigest()[:4]}"


def segment_name(first: int) -> str:
    """The file of the rows from this `seq` on."""
    return f"seq-{first:019d}.parquet"


def tail_name(first: int) -> str:
    """The file of the newest rows, from this `seq` on."""
    return f"_tail-{first:019d}.jsonl"


def first_of(path: Path) -> int | None:
    """The first `seq` of a segment or a tail, by its name; None: it is neither."""
    found = _NUMBERED.match(path.name)
    return None if found is None else int(found[1] or found[2])
