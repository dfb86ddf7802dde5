"""`ReplaySource`: a recording with the face of a server.

The law: it opens no socket and waits for nobody; what comes of it is the recording's, in its order, at its
own times, whoever plays it how fast. It is played by one thread, which is there only while it is.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from sse_notebook.clock import ReplayClock
from sse_notebook.errors import ArgumentError, StreamClosed
from sse_notebook.logbook import LogBook
from sse_notebook.source import fork
from sse_notebook.source.continuity import Gaps
from sse_notebook.source.credentials import AuthMode, Credentials, TokenSource
from sse_notebook.source.errand import Errand
from sse_notebook.source.face import Source
from sse_notebook.source.freshness import Freshness
from sse_notebook.source.listener import Listener
from sse_notebook.source.notes import Note
from sse_notebook.source.player import Player
from sse_notebook.source.policy import Backoff
from sse_notebook.source.recorded_lines import Run
from sse_notebook.source.status import ConnectionStatus, State
from sse_notebook.source.turns import let_pass, take
from sse_notebook.wire import Decoder, ServerSentEvent

__all__ = ["ReplaySource", "check_speed"]

Told = Callable[[Any], object]

SLICE = 0.25  # real seconds of a wait at most: a machine that slept, or a clock that was set, is noticed


def check_speed(speed: Any) -> float:
    """How many times as fast as it was, as a number above 0.

    Raises:
        ArgumentError: it is none.

    Example:
        >>> check_speed(60), check_speed(float("inf"))
        (60.0, inf)
    """
    sound = isinstance(speed, int | float) and not isinstance(speed, bool) and speed > 0
    if not sound:
        hint = "; pause() lets it stand" if speed == 0 else ""
        raise ArgumentError(
            f"speed says how many times as fast as it was: 1, 60, or float('inf'), not {speed!r:.80}{hint}"
        )
    return float(speed)


class ReplaySource:
    """Plays a recording to a listener.

    Args:
        started_us: when it began: Unix time in microseconds.
        runs: gives its lines from the first one on, each time it is called.
        listener: who is told.
        clock: stands where the replay is.
        log: where its words go.
        url: where the events came from.
        asked: the query parameters that were asked for.
        numbered, noted: told the `seq` that the next row is to have; told of each note.
        together: several reads may be handed on as one, to a listener that can take them so.

    Attributes:
        player: what plays it now; another one after `rewind`.
        playing: whether it goes on by itself.
    """

    over_in: tuple[State, ...] = ("closed",)  # what was recorded of another state is followed by more
    insecure = False
    no_token = ""

    def __init__(
        self,
        started_us: int,
        runs: Callable[[], Iterable[Run]],
        listener: Listener,
        *,
        clock: ReplayClock,
        log: LogBook,
        url: str = "",
        asked: Mapping[str, Any] | None = None,
        numbered: Told = int,
        noted: Told = bool,
        together: bool = False,
    ) -> None:
        self._together = together
        self._started_us = started_us
        self._runs = runs
        self._clock = clock
        self._url = url
        self._asked = dict(asked or {})
        self.credentials = Credentials(None, "header")
        self.headers: Mapping[str, str] = {}
        self.backoff = Backoff()
        self.client: Any = None
        self.freshness = Freshness()
        # Guards the player: held while a read is handed on. Reentrant: a listener may ask for a pause.
        self.turn = threading.RLock()
        self._wake = threading.Event()
        self._speed = 1.0
        self.playing = False
        self._closed = False
        self._thread: threading.Thread | None = None
        self._errand: Errand | None = None
        self._errands = threading.Lock()  # held by who waits for one: one after the other
        self.rewind(listener, log, numbered, noted)
        fork.watch(self)

    def rewind(self, listener: Listener, log: LogBook, numbered: Told, noted: Told) -> None:
        """Begin again, for another listener."""
        with self.turn:
            self._log = log
            self.player = Player(
                self._started_us,
                self._runs(),
                listener,
                clock=self._clock,
                log=log,
                numbered=numbered,
                together=self._together,
                noted=noted,
            )

    # -- transport -------------------------------------------------------------------------------------

    @property
    def speed(self) -> float:
        """How many times as fast as it was; may be set at any time."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._speed = check_speed(speed)
        self._clock.stand()
        self._wake.set()

    def play(self) -> None:
        """Go on by itself from here, on a thread of its own, unless it is at the end."""
        with self.turn:
            self._check_open()
            if self.at_end:
                return
            self.playing = True
            self._begin()

    def pause(self) -> None:
        """Stand where it is. Nothing more is handed on once this returned, until it is asked for."""
        self.playing = False
        if (errand := self._errand) is not None:
            errand.halted = True
        self._wake.set()
        let_pass(self.turn, 1.0)  # not for ever: a listener may wait for who calls this
        self._clock.stand()

    def run(
        self,
        done: Callable[[], bool],
        until_us: float = math.inf,
        *,
        singly: Callable[[Sequence[ServerSentEvent]], bool] | None = None,
    ) -> None:
        """Play as fast as possible, until something is done, or the recording is; then stand there.

        It is played by the thread of this, while who calls waits: he may be interrupted, a read is not.

        Args:
            done: looked at before each read.
            until_us: what comes later than this, in microseconds since the beginning, is not played.
            singly: of the new events of a read, whether they are to be played one by one.

        Raises:
            StreamClosed: it is closed, or was meanwhile.
            ArgumentError: it is asked for by a listener, in the middle of a read.
        """
        self.check()
        errand = Errand(done, until_us, singly)
        with self._errands:
            with self.turn:
                self.check()
                self.playing = False
                self._errand = errand
                self._begin()
            try:
                errand.finished.wait()
            finally:
                errand.halted = True
                with self.turn:
                    self._errand = None
        if errand.error is not None:
            raise errand.error
        self.check()

    def _begin(self) -> None:
        """See that there is a thread. The turn is ours."""
        if self._thread is None or self._thread.ident is None:  # it could not start
            self._thread = threading.Thread(target=self._run, name="sse-notebook replay", daemon=True)
            self._thread.start()
        self._wake.set()

    @property
    def at_end(self) -> bool:
        """Whether all of it has been played, and that was told."""
        return self.player.over

    @property
    def notes(self) -> list[Note]:
        """Marks and the like, as far as it is played."""
        return list(self.player.notes)

    def _run(self) -> None:
        while True:
            self._wake.clear()
            with self.turn:
                errand = self._errand
                if self._closed or (errand is None and not self.playing):
                    self._thread = None
                    if errand is not None:
                        errand.finished.set()
                    return
                left = self._turn() if errand is None else self._do(errand)
            if left > 0:
                self._clock.wait(self._wake, min(left, SLICE))

    def _turn(self) -> float:
        """Play what is due; returns the real seconds until something is."""
        player, speed = self.player, self._speed
        due = player.due_us
        if due is not None and not math.isinf(speed):
            left = self._clock.run(speed, (self._started_us + due) / 1e6)
            if left > 0:
                return left
        player.play()
        self.playing = self.playing and due is not None
        return 0.0

    def _do(self, errand: Errand) -> float:
        """Play one read of an errand, or find that it is done."""
        player = self.player
        try:
            due = player.due_us
            done = errand.halted or errand.done() or (due is not None and due > errand.until_us)
            if not done:
                singly = errand.singly is not None and errand.singly(player.coming)
                player.play(1 if singly else None)
                done = due is None
        except BaseException as error:  # noqa: BLE001 - what is asked may be the user's own; he gets it
            errand.error, done = error, True
        if done:
            self._errand = None
            errand.finished.set()
        return 0.0

    def check(self) -> None:
        """See that it can be played from here.

        Raises:
            StreamClosed: it is closed.
            ArgumentError: it is a listener who asks, in the middle of a read.
        """
        self._check_open()
        if self._thread is threading.current_thread():
            raise ArgumentError("an observer can pause a replay, not play it: it is in the middle of a read")

    def _check_open(self) -> None:
        if self._closed:
            raise StreamClosed("the replay is closed; replay(…) makes a new one")

    # -- Source ----------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Where the events came from, redacted."""
        return self._url

    @property
    def status(self) -> ConnectionStatus:
        """What was known of the connection then."""
        return self.player.status

    @property
    def gaps(self) -> Gaps:
        """What was missed between connections."""
        return self.player.gaps

    @property
    def connections(self) -> int:
        """How many were opened so far."""
        return self.player.connections

    @property
    def resumed_from(self) -> str:
        """The id that the newest connection resumed from; `""`: none."""
        return self.player.resumed_from

    @property
    def decoder(self) -> Decoder:
        """What decodes the bytes: to read its counts."""
        return self.player.decoder

    @property
    def ended(self) -> bool:
        """Whether all of it has been played: nothing more will come by itself."""
        return self.at_end

    def asked_for(self, names: Collection[str]) -> dict[str, list[str]]:
        """What the server was asked for by query parameters of these names."""
        found = {}
        for name in names:
            if (value := self._asked.get(name)) is not None:
                found[name] = list(value) if isinstance(value, list | tuple) else [str(value)]
        return found

    def beside(self, listener: Listener, without: Collection[str]) -> Source:  # noqa: ARG002 - the face
        """There is no other connection to a recording."""
        raise ArgumentError("this is a replay: there is no server to ask; connect() to one")

    def ask(self, params: Mapping[str, Any], pause: float = 0.0) -> None:
        """Nobody can be asked: what was recorded is all there is."""

    def start(self) -> None:
        """Go on."""
        self.reconnect()

    def reconnect(self) -> None:
        """Go on from where it stands."""
        self.play()

    def disconnect(self) -> None:
        """Stand where it is."""
        self.pause()

    def login(self, token: TokenSource, auth: AuthMode | None = None) -> None:  # noqa: ARG002 - the face
        """Nobody asks for a token. It is not kept."""
        self._log.note("replay", "a replay needs no token: it is not kept")

    def logout(self) -> None:
        """Stand where it is."""
        self.pause()

    def close(self) -> None:
        """End it for good."""
        self.playing = False
        first, self._closed = not self._closed, True
        self._wake.set()
        thread = self._thread
        taken: list[bool] = []
        try:
            if first:
                take(self.turn, 0.006, taken)  # a listener in the middle of a read finishes it
                self.player.close()
        finally:
            if True in taken:
                self.turn.release()
        if thread is not None and thread is not threading.current_thread():
            thread.join(0.003)

    def abandon(self) -> None:
        """`close` for a finalizer."""
        self._closed = True
        self.playing = False
        self._wake.set()

    # -- through a fork --------------------------------------------------------------------------------

    def before_fork(self) -> None:
        """Let what is being handed on be done; not for ever."""
        self._held = self.turn.acquire(timeout=1.0)

    def after_fork(self, *, child: bool) -> None:
        """Go on; in the child it stands, and `play` goes on with it there."""
        if self._held:
            self.turn.release()
        if child:
            if not self._held:
                self.turn = threading.RLock()
            self._wake = threading.Event()
            self._errands, self._errand = threading.Lock(), None
            self._thread, self.playing = None, False

    _held = False

    def __repr__(self) -> str:
        return f"ReplaySource({self._url!r}, at {self.player.at_us / 1e6:.6f} s)"
