"""What tests of archives share: a store that is written down, and what a folder says afterwards."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sse_notebook.journal.archivist import Archivist
from sse_notebook.journal.folder import Folder
from sse_notebook.journal.gathering import Wanted, gathered
from sse_notebook.store import EventStore

ABOUT: dict[str, Any] = {"url": "http://example.org/", "name": "n", "filters": {}, "params": {}, "expand": []}


class Written:
    """A store whose rows go to an archive, as those of a stream do."""

    def __init__(self, folder: Path, writer: str = "w", **options: Any) -> None:
        self.told: list[str] = []
        self.archivist = Archivist(folder, writer, ABOUT, report=self.told.append, **options)
        self.store = EventStore(name="n")
        self.store.begin_at(self.archivist.place.next_seq)
        self.store.write_to(self.archivist.take)

    @property
    def folder(self) -> Path:
        """Where this writer writes."""
        return self.archivist.place.path

    def add(self, *payloads: dict[str, Any]) -> None:
        """Rows that come together."""
        self.store.add_events(payloads)

    def seal(self) -> None:
        """Make all lines a segment, as time does."""
        assert self.archivist.flush()
        self.archivist._close_tail()
        self.archivist._sealer.run()

    def stop(self, **options: Any) -> None:
        assert self.archivist.stop(**options)


def dead(written: Written, to: Path) -> Path:
    """What a process leaves that is killed now: the folder as it is at this moment, elsewhere."""
    assert written.archivist.flush()
    shutil.copytree(written.folder.parent, to)
    written.stop()
    return to


def rows_in(folder: Path, report: Callable[[str], object] = str) -> list[tuple[str, int, str]]:
    """Writer, `seq` and payload of each row."""
    frame = gathered(Folder(folder).look().pieces, Wanted(), report=report).frame([])
    return [(*index, data) for index, data in zip(frame.index, frame["data"], strict=True)]
