"""`Incident`: a stretch of a recording, notes, a write-up.

The law: it keeps people's words, and asks the recording for all else whenever it is shown. Running a cell
again doubles nothing. Nothing is written out while the recording has a secret in it.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sse_notebook.errors import ArgumentError
from sse_notebook.events.moments import Moment as MomentLike
from sse_notebook.events.moments import moment_us
from sse_notebook.events.severity import SEVERITIES
from sse_notebook.filters import Filter
from sse_notebook.filters import where as filter_of
from sse_notebook.filters.tree import TRUE
from sse_notebook.incident import evidence, story
from sse_notebook.incident.chart import Picture
from sse_notebook.incident.evidence import Evidence
from sse_notebook.incident.file import write
from sse_notebook.incident.guard import check_shareable
from sse_notebook.incident.stretch import Stretch, now_us, table_of, whole_of
from sse_notebook.incident.template import SECTIONS, section_named
from sse_notebook.incident.timeline import Timeline, clock
from sse_notebook.store.readable import FilterLike, Readable
from sse_notebook.store.schema import STR, TIME, table
from sse_notebook.store.snapshot import events_in
from sse_notebook.store.strays import NoStrays
from sse_notebook.store.view import View
from sse_notebook.stream.recordings import Recording, load

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Incident"]

_LONGEST_TITLE = 200
_LONGEST_NOTE = 10_000


class _Note(NamedTuple):
    us: int
    text: str


class Incident(NoStrays):
    """What happened, for people who were not there, and for those who want to check it.

    Args:
        title: what it is called, in one line.
        recording: what it rests on: a `Recording`, or the path of one; a stream or a store will do while
            nothing is final.
        start: when it began: a time (UTC, if it says nothing else), or how long before the recording's end;
            None: with the first event, note, mark, gap, or word on an alert.
        end: when it was over, itself not included; None: with the last of them.
        where: which events belong to it, as `where` takes it.

    Raises:
        ArgumentError: a wrong argument.
        FilterError: `where` can't be read.
        RecordingError: the path is of no recording.

    Warns:
        UserWarning: it ends before the first event, or begins after the recording: nothing can belong to it.

    Example:
        >>> from sse_notebook import EventStore
        >>> store = EventStore()
        >>> _ = store.add_event({"type": "build_failed", "workload_id": "wl-1", "message": "exit code 1",
        ...                      "timestamp": "2026-11-24T14:02:00Z"})
        >>> incident = Incident("Builds fail", store)
        >>> incident.note("2026-11-24T14:00", "v2.4.1 deployed")
        >>> incident.timeline()
        <Timeline: 2 lines, 1 event>
        2026-11-24 14:00:00  v2.4.1 deployed
        2026-11-24 14:02:00  Build failed: wl-1: exit code 1
    """

    def __init__(
        self,
        title: str,
        recording: Readable | str | os.PathLike[str],
        *,
        start: MomentLike | None = None,
        end: MomentLike | None = None,
        where: FilterLike = None,
    ) -> None:
        if not isinstance(title, str) or not title.strip():
            raise ArgumentError(f"title is what the incident is called, in words, not {title!r:.60}")
        self._title = " ".join(title.split())[:_LONGEST_TITLE]
        self._of = _read(recording)
        start_us = None if start is None else self._us(start, "start")
        end_us = None if end is None else self._us(end, "end")
        self._stretch = Stretch(self._of, filter_of(where), start_us, end_us)
        if self._stretch.is_empty:
            raise ArgumentError(f"start is not before end: {start!r:.60} and {end!r:.60}")
        if nothing := self._stretch.why_nothing():
            warnings.warn(f"{nothing}: nothing belongs to it; times are UTC", stacklevel=2)
        self._notes: list[_Note] = []
        self._sections: dict[str, str] = {}

    def _us(self, t: MomentLike, what: str) -> int:
        """A time that somebody gives."""
        return moment_us(t, now_us(self._of), what, before="the recording's end")

    # -- people's words --------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """What it is called."""
        return self._title

    @property
    def impact(self) -> str:
        """Who was hit, how hard, and for how long: the section of that name."""
        return self._sections.get("Impact", "")

    @impact.setter
    def impact(self, text: str) -> None:
        self.section("Impact", text)

    def section(self, name: str, text: str) -> None:
        """Write a section; what stood there is replaced.

        Args:
            name: one of `template.SECTIONS`, as "Root causes".
            text: paragraphs, apart by blank lines; lines that begin with `- ` are a list.

        Raises:
            ArgumentError: there is no such section, or `text` is no text.
        """
        known = section_named(name)
        self._sections[known] = _words(text, f"the text of {known!r}")

    @property
    def sections(self) -> dict[str, str]:
        """What is written, by section."""
        return dict(self._sections)

    def note(self, t: MomentLike, text: str) -> None:
        """Note what was done, seen, or decided.

        The same note at the same time is kept once: a cell may be run again.

        Args:
            t: when: a time (UTC, if it says nothing else), or how long before the recording's end.
            text: what.

        Raises:
            ArgumentError: `t` is no time, or `text` is no text.

        Warns:
            UserWarning: `t` is far from all that was recorded. It is noted all the same.
        """
        note = _Note(self._us(t, "t"), " ".join(_words(text, "a note").split()))
        if note not in self._notes:
            self._notes.append(note)
            if far := self._stretch.far(note.us):
                warnings.warn(
                    f"the note {note.text!r:.80} is of {clock(note.us)} UTC, {far}: is that the time meant?",
                    stacklevel=2,
                )

    @property
    def notes(self) -> pd.DataFrame:
        """The notes, by time: `time`, `text`."""
        return table(sorted(self._notes), time=TIME, text=STR)

    # -- the recording's -------------------------------------------------------------------------------

    @property
    def recording(self) -> Readable:
        """What it rests on."""
        return self._of

    @property
    def filter(self) -> Filter:
        """Which events belong to it."""
        return self._stretch.filter

    @property
    def rows(self) -> View:
        """Its events, to be read like the recording."""
        return self._stretch.rows

    @property
    def df(self) -> pd.DataFrame:
        """Its events as a DataFrame."""
        return self.rows.df

    @property
    def start(self) -> datetime:
        """When it began."""
        return datetime.fromtimestamp(self._span()[0] / 1e6, UTC)

    @property
    def end(self) -> datetime:
        """When it was over."""
        return datetime.fromtimestamp(self._span()[1] / 1e6, UTC)

    @property
    def gaps(self) -> pd.DataFrame:
        """The gaps that touch it, see `stream.gaps`."""
        gaps = table_of(self._of, "gaps")
        start, end = self.start, self.end
        return gaps[(gaps["start"] < end) & ~(gaps["end"] < start)].reset_index(drop=True)

    def timeline(self, severity: str = "warning") -> Timeline:
        """What happened, one thing after the other, and a picture of it.

        Args:
            severity: events of this severity or worse are told, and all are drawn. `"info"`: every event.

        Raises:
            ArgumentError: there is no such severity.
        """
        if severity not in SEVERITIES:
            raise ArgumentError(f"severity is one of {', '.join(SEVERITIES)}, not {severity!r:.40}")
        rows = self.rows
        snapshot = rows._snapshot()  # noqa: SLF001 - what reads alike
        told = rows.where(f'severity >= "{severity}"')._snapshot()  # noqa: SLF001 - likewise
        (start, end), whole = self._span(), whole_of(self._of)
        notes, holes = sorted(self._notes), story.holes_of(self.gaps)
        states = story.states_of(table_of(self._of, "timeline"))
        moments = [
            *story.moments_of(events_in(told)),
            *(story.Moment(note.us, "note", note.text) for note in notes),
            *story.marked(table_of(whole, "marks"), start, end),
            *story.marked(table_of(whole, "alert_log"), start, end, "alert"),
            *story.gaps_told(holes),
            *story.states_told(states, start, end),
        ]
        picture = Picture(
            start,
            end,
            snapshot.number("timestamp_us"),
            snapshot.number("severity"),
            holes,
            states,
            [(number, note.us) for number, note in enumerate(notes, 1)],
            self._title,
        )
        return Timeline(list(story.folded(moments)), picture)

    def evidence(self) -> Evidence:
        """What it rests on, and by what others can check it: equal evidence means equal rows."""
        of, rows = self._of, self.rows.df
        start, end = self._span()
        root, recorded = whole_of(of), end - start
        if isinstance(root, Recording):
            recorded = self._stretch.recorded_us(root.header.started_us, start, end)
        facts = {
            **(evidence.of_recording(root) if isinstance(root, Recording) else {}),
            "Time": f"{clock(start)} to {clock(end)} UTC, {story.length(end - start)}"
            + f", of which {story.length(recorded)} were recorded" * (recorded < end - start),
            "Filter": "every event" if self.filter.tree == TRUE else str(self.filter),
            "Events": f"{len(rows):,} of {len(of):,}",
            "SHA-256 of the events": evidence.hash_of(rows),
            "Gaps": evidence.gaps_said(story.holes_of(self.gaps), start, end),
            "Read with": evidence.versions(),
        }
        return Evidence({name: fact for name, fact in facts.items() if fact}, of.funnel(), self.gaps)

    # -- written out -----------------------------------------------------------------------------------

    def to_markdown(self, path: str | os.PathLike[str] | None = None) -> str | None:
        """The write-up as Markdown, with the headings of a public template (see `template`).

        Args:
            path: where to write it; what is there is replaced. None: it is returned.

        Raises:
            SecretsFound: the recording, or what was written, has a secret in it.
            ArgumentError: the path is the recording's own.
            RecordingError: it can't be written there.
        """
        from sse_notebook.incident.markdown import markdown_of  # which only an export needs

        return self._written(markdown_of(self), path)

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str | None:
        """The write-up as one HTML file that needs nothing else: no script, no request, for light and dark.

        Args:
            path: where to write it; what is there is replaced. None: it is returned.

        Raises:
            SecretsFound: the recording, or what was written, has a secret in it.
            ArgumentError: the path is the recording's own.
            RecordingError: it can't be written there.
        """
        from sse_notebook.incident.page import html_of  # which only an export needs

        return self._written(html_of(self), path)

    def _written(self, text: str, path: str | os.PathLike[str] | None) -> str | None:
        check_shareable(whole_of(self._of), self._words())
        if path is None:
            return text
        root = whole_of(self._of)
        write(path, text, root.path if isinstance(root, Recording) else None)
        return None

    def _words(self) -> Iterator[tuple[str, str]]:
        """All that a write-up says, each with the name of its place."""
        yield "the title", self._title
        yield from ((f"the section {name}", text) for name, text in self._sections.items())
        for line in self.timeline().lines:
            yield f"the {line.first.what} of {clock(line.first.us)}", line.text
        for name, fact in self.evidence().facts.items():
            # "password: masked" names a rule, and has no password.
            said = [_ruled(each) for each in fact.split(", ")] if name == evidence.TAKEN_OUT else [fact]
            yield from ((f"the fact {name}", each) for each in said)

    def _repr_html_(self) -> str:
        return self.timeline()._repr_html_()

    def _span(self) -> tuple[int, int]:
        return self._stretch.span(note.us for note in self._notes)

    def __setattr__(self, name: str, value: Any) -> None:
        """A slip is an error; so is a section, of which only the impact can be set so."""
        section = name.replace("_", " ").capitalize()
        if section in SECTIONS and not hasattr(type(self), name):
            raise AttributeError(
                f"Incident has no attribute {name!r} to set; a section is said by section({section!r}, …)"
            )
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        return f"<Incident {self._title}: {clock(self._span()[0])} to {clock(self._span()[1])} UTC>"


def _read(recording: Any) -> Readable:
    if isinstance(recording, Readable):
        return recording
    if isinstance(recording, str | os.PathLike):
        return load(recording)
    raise ArgumentError(
        "recording is a Recording, or the path of one, or what reads like one (a stream, a view, a store), "
        f"not {recording!r:.80}"
    )


def _ruled(redacted: str) -> str:
    """Of what was taken out, in a header's words, without what was done with it."""
    what, _, _ = redacted.rpartition(": ")
    return what or redacted


def _words(text: Any, what: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ArgumentError(f"{what} is words, not {text!r:.60}")
    if len(text) > _LONGEST_NOTE:
        raise ArgumentError(f"{what} has {len(text):,} characters, and {_LONGEST_NOTE:,} are the most")
    return text.strip()
