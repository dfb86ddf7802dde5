"""`Player`: the lines of a recording, one after the other, told to a listener as the source told them live.

The law: events go through the same `Decoder` as bytes of the wire do, those of one read in one call, and
everything by the recording's own time: nothing here waits, and the same lines give the same calls. A line
that can't be taken is counted, and the next one is played.

    open          a connection is open
    state         the connection moved, and whether a gap began
    gap           a hole; whole, or as far as it is known
    fill          whether the newest hole was refilled
    ev, dup, bad  events: new ones, those that came a second time, those that were too large
    cm, retry     what else the wire said
    seq           the number of the next row
    mark, …       notes, told, and kept for who shows them
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sse_notebook.clock import ReplayClock
from sse_notebook.errors import ArgumentError
from sse_notebook.logbook import LogBook
from sse_notebook.source.as_bytes import AsBytes
from sse_notebook.source.continuity import Gaps
from sse_notebook.source.listener import Gatherer, Listener
from sse_notebook.source.notes import MOST_NOTES, NOTES, Note
from sse_notebook.source.recorded_lines import Lines, Read, Run
from sse_notebook.source.status import STATES, ConnectionStatus, State
from sse_notebook.wire import Decoder, ServerSentEvent
from sse_notebook.wire.encoder import encode

__all__ = ["ENDED", "Player"]

HOLE: Final = "the recorded connection was lost"
ENDED: Final = "the recording has ended"
LARGE: Final = 2**20  # characters of an event that may be too large for a decoder
_OPEN: Final = ("open", "stale")
_LATEST: Final = 253_370_764_800  # Unix time in seconds up to which there are dates
_NONE: Final[Mapping[str, Any]] = {}


class Player:
    """Plays a recording once, from its beginning.

    Args:
        started_us: when it began: Unix time in microseconds.
        runs: its lines.
        listener: who is told.
        clock: is set to the time of each line.
        log: where its words go.
        numbered: told the `seq` that the next row is to have.
        together: tell several reads as one, if the listener is a `Gatherer`.
        noted: told of each note, with the time that stands in its line.

    Attributes:
        status, gaps, connections, resumed_from, decoder: as those of an `EventSource`, at this moment.
        at_us: how far it is, in microseconds since the beginning.
        notes: marks and the like, so far.
        wrong: how many lines could not be taken.
        over: the end was played and told.
        due_us: when the next line is due, in microseconds since the beginning; None: there is none.
    """

    def __init__(
        self,
        started_us: int,
        runs: Iterable[Run],
        listener: Listener,
        *,
        clock: ReplayClock,
        log: LogBook,
        numbered: Callable[[int], object] = int,
        together: bool = False,
        noted: Callable[[Note], object] = bool,
    ) -> None:
        self._started_us = started_us
        self._gatherer = listener if together and isinstance(listener, Gatherer) else None
        self._lines = Lines(runs, together=self._gatherer is not None)
        self._listener = listener
        self._clock = clock
        self._log = log
        self._numbered = numbered
        self._noted = noted
        self.decoder = Decoder()
        self._bytes = AsBytes(self.decoder)
        self.gaps = Gaps()
        self.connections = 0
        self.resumed_from = ""
        self.notes: list[Note] = []
        self.wrong = 0
        self.over = False
        self.at_us = self._line_us = 0
        self._opened_with = ""  # the last event id when the connection at hand was opened
        self._states = False  # the recording tells its states itself
        self._hole: Mapping[str, Any] | None = None  # a gap that the next connection ends
        self._size = 0  # bytes told
        self._heard_at: float | None = None  # when the newest of them came
        self.due_us: int | None = None
        self._look()
        clock.stand(self._time)
        self.status = ConnectionStatus(state="connecting", since=_moment(self._time))

    @property
    def _time(self) -> float:
        """Unix time of the line at hand, in seconds: a little before where it is, if it was written late."""
        return (self._started_us + self._line_us) / 1e6

    def _stand(self, us: int) -> None:
        """Be at a line; time does not go back."""
        self.at_us, self._line_us = max(self.at_us, us), us
        self._clock.stand((self._started_us + self.at_us) / 1e6)

    def _look(self) -> None:
        """See when the next line is due."""
        us = self._lines.us
        self.due_us = None if us is None else max(self.at_us, us)

    @property
    def coming(self) -> Sequence[ServerSentEvent]:
        """The new events of the read that is played next; none where something else is."""
        return self._lines.coming

    def play(self, most: int | None = None) -> int:
        """Play what comes next: a read, or another single line. At the end: say that it is one.

        Args:
            most: events at most; the rest of the read is played the next time.

        Returns:
            How many new events it brought.
        """
        if (due := self.due_us) is None:
            self._end()
            return 0
        self._stand(due)  # first: what is said of the lines as they are read is said at this time
        line = self._lines.take(most)
        self._look()
        if line is None:
            return 0
        self._line_us = line.us
        if isinstance(line, Read):
            return self._plays(line) if line.times is None else self._plays_together(line)
        body = line.bodies[0]
        try:
            self._take(line.code, body if isinstance(body, dict) else _NONE, body)
        except (ArgumentError, TypeError, ValueError, KeyError, OverflowError) as error:
            self._is_wrong(line.code, error)
        return 0

    def tell(self) -> None:
        """Tell the listener how the connection stands now."""
        self._told(lambda: self._listener.moved(self.status))

    def close(self) -> None:
        """The user has ended it."""
        self._move("closed")

    # -- a read ------------------------------------------------------------------------------------------

    def _plays(self, read: Read) -> int:
        again = read.again
        self._stand(read.us)
        self._is_open()
        decoder, at = self.decoder, self._time
        size = sum(self._bytes.aside(code, body) for code, body in read.others)
        if again:
            told, _ = self._bytes.decoded(again, self._is_wrong)
            self._told(lambda: self._listener.came_again(told, at))
        heard, more = self._bytes.decoded(read.new, self._is_wrong)
        size += more
        if again and decoder.last_event_id == again[-1].own_id:
            decoder.last_event_id = self._opened_with
        self._size += size
        self._heard_at = at
        self._told(lambda: self._listener.heard(heard, size, at))
        return len(heard)

    def _plays_together(self, read: Read) -> int:
        """Play several reads as one; or each alone, where not every event may come out of the decoder."""
        self._is_open()
        gatherer, chunk = self._gatherer, b""
        with contextlib.suppress(ArgumentError, TypeError, AttributeError):
            chunk = encode(read.new)
        if gatherer is None or not chunk or any(len(event.data) > LARGE for event in read.new):
            return sum(map(self._plays, read.apart()))
        times = [self._started_us + us for us in read.times or ()]
        heard, size = self._bytes.fed(chunk, len(read.new))
        size += sum(self._bytes.aside(code, body) for code, body in read.others)
        self._size += size
        self._stand(read.last_us)
        self._look()
        self._heard_at = at = self._time
        self._told(lambda: gatherer.heard_together(heard, size, times, at))
        return len(heard)

    # -- all other lines ---------------------------------------------------------------------------------

    def _take(self, code: str, body: Mapping[str, Any], whole: Any) -> None:
        if code == "open":
            self._opens(body)
        elif code == "state":
            self._moves(body)
        elif code == "gap":
            self._gap(body)
        elif code == "fill":
            self._fill(body)
        elif code == "seq":
            self._numbered(int(whole))
        elif code == "lost":
            self._log.warning("replay", f"the recorder could not write {body.get('n')} events")
        elif code in NOTES:
            if len(self.notes) < MOST_NOTES:
                self.notes.append(Note(self._started_us + self.at_us, code, whole))
            self._noted(Note(self._started_us + self._line_us, code, whole))

    def _opens(self, body: Mapping[str, Any]) -> None:
        self._connects(body)
        follows = self._lines.next
        said = follows.bodies[0] if follows is not None and follows.code == "state" else None
        if not isinstance(said, dict) or said.get("state") != "open":
            self._move("open")

    def _connects(self, body: Mapping[str, Any] = _NONE) -> None:
        """The next connection is open, though nobody is told yet."""
        hole, self._hole = self._hole or _NONE, None
        number, resumes = body.get("connection"), body.get("resumed_from", hole.get("last_event_id"))
        self.decoder.reset()
        self._opened_with = self.decoder.last_event_id
        self.connections += 1
        if isinstance(number, int) and number > self.connections:
            self.connections = number
        self.resumed_from = resumes if isinstance(resumes, str) else ""
        said = [told for told in (body.get("recovered"), hole.get("recovered")) if isinstance(told, bool)]
        self.gaps.opened(self._time, resumed_from=self.resumed_from, knew=said[0] if said else None)
        self._as_told(hole)

    def _as_told(self, hole: Mapping[str, Any]) -> None:
        """The newest gap ended when the recording says that it did."""
        if (gap := self.gaps.newest) is None or hole.get("end") is None:
            return
        gap.end = self._unix(hole["end"])
        recovered = hole.get("recovered")
        if gap.recovered is not recovered and (recovered is None or isinstance(recovered, bool)):
            gap.recovered, gap.promised = recovered, recovered is True

    def _is_open(self) -> None:
        """Events come: then a connection is open, whether the recording says so or not."""
        if self.connections and self._hole is None and (self._states or self.status.state in _OPEN):
            return
        self._connects()
        self._move("open")

    def _moves(self, body: Mapping[str, Any]) -> None:
        state = body["state"]
        if state not in STATES:
            raise ArgumentError(f"there is no state {state!r:.40}")
        if isinstance(lost := body.get("lost"), list) and len(lost) == 2:
            self.gaps.lost(self._unix(lost[0]), str(lost[1]))
        cause, first = str(body.get("cause") or ""), not self._states
        self._states = True
        since, retry = body.get("since"), body.get("retry_at")
        attempt = body.get("attempt")
        follows = self._lines.next
        if state not in _OPEN or follows is None or follows.code == "end":
            self._catch_up(body)  # while it is open, its numbers may be ahead of its lines
        if first and state == "disconnected" and not cause:
            return  # nothing had begun yet
        self._move(
            "disconnected" if state == "closed" else state,  # who replays it has not closed it
            cause=cause or "the recorded stream was closed" * (state == "closed"),
            attempt=attempt if isinstance(attempt, int) else 0,
            since=self._time if since is None else self._unix(since),
            retry_at=None if retry is None else self._unix(retry),
        )

    def _catch_up(self, body: Mapping[str, Any]) -> None:
        """What the wire brought besides, as bytes and lines that are nobody's."""
        size, lines, at = body.get("bytes"), body.get("lines"), self._heard_at
        if at is None:
            return
        lines = lines if isinstance(lines, int) else 0
        if fewer := lines > self.decoder.lines:
            self.decoder.lines = lines
        more = size - self._size if isinstance(size, int) else 0
        if more > 0 or fewer:
            self._size += max(0, more)
            self._told(lambda: self._listener.heard([], max(0, more), at))

    def _gap(self, body: Mapping[str, Any]) -> None:
        """A hole: the one that has begun already, or one that is told of here only."""
        start, reason = self._unix(body["start"]), body.get("reason")
        if body.get("end") is not None:
            self._unix(body["end"])  # or none of it is taken
        newest = self.gaps.newest
        if newest is None or newest.end is not None:
            self.gaps.lost(start, reason if isinstance(reason, str) else HOLE)
            self.tell()
        self._hole = body

    def _fill(self, body: Mapping[str, Any]) -> None:
        recovered = body.get("recovered")
        if isinstance(recovered, bool):
            self.gaps.said(recovered)

    def _move(
        self,
        state: State,
        *,
        cause: str = "",
        attempt: int = 0,
        since: float | None = None,
        retry_at: float | None = None,
        over: bool = False,
    ) -> None:
        """The connection is in this state. What was recorded is shown, whatever table it was by."""
        self.status = ConnectionStatus(
            state=state,
            since=_moment(self._time if since is None else since),
            attempt=attempt,
            next_retry_at=None if retry_at is None else _moment(retry_at),
            cause=cause,
        )
        self.over = over  # before it is told: who is woken by the end looks for it
        self.tell()

    def _end(self) -> None:
        if not self.over:
            self._as_told(self._hole or _NONE)
            self._move("disconnected", cause=ENDED, over=True)

    def _unix(self, seconds: Any) -> float:
        """Unix time of a time in a body: seconds since the beginning."""
        if isinstance(seconds, int | float) and not isinstance(seconds, bool):
            at = (self._started_us + round(seconds * 1e6)) / 1e6
            if abs(at) < _LATEST:
                return at
        raise ArgumentError(f"no time: {seconds!r:.40}")

    def _told(self, tell: Callable[[], object]) -> None:
        try:
            tell()
        except KeyboardInterrupt:  # the user's: it may be played in a cell
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a listener does, the replay goes on
            self._log.caught("listener", error)

    def _is_wrong(self, code: str, error: BaseException) -> None:
        self.wrong += 1
        if str(self.wrong).strip("0") == "1":
            said = f"a line {code!r:.20} at {self.at_us / 1e6:.6f} s could not be taken: {str(error)[:200]}"
            self._log.warning("replay", said + f" (the {self.wrong}th)" * (self.wrong > 1))


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
