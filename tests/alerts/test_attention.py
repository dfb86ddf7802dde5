"""`alerts.attention.Attention`: what people say of what comes, and what they see of it then."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import pytest
from alerts.naive import NOW, Model, event
from hypothesis import given
from hypothesis import strategies as st
from support import examples

from sse_notebook.alerts import ToastBoard
from sse_notebook.alerts.alert import Ack
from sse_notebook.alerts.attention import Attention
from sse_notebook.alerts.record import again
from sse_notebook.alerts.silences import muting
from sse_notebook.clock import VirtualClock
from sse_notebook.errors import ArgumentError
from sse_notebook.events import Event
from sse_notebook.events.event import changed
from sse_notebook.filters import where

S = 1_000_000  # microseconds
HOUR = 3_600 * S


class Desk:
    """A board on a clock that only the test moves; what it logged, and what went on record."""

    def __init__(self) -> None:
        self.clock = VirtualClock(start=NOW / 1e6)
        self.lines: list[str] = []
        self.toasts = ToastBoard(self.clock, self.lines.append)
        self.record: list[tuple[int, str, Any]] = []
        self.toasts.attention.said = lambda *said: self.record.append(said)
        self.rows = 0

    @property
    def attention(self) -> Attention:
        return self.toasts.attention

    def offer(self, *events: Event) -> list[Event]:
        came = [changed(one, seq=self.rows + at) for at, one in enumerate(events)]
        self.rows += len(came)
        self.record.append((round(self.clock.time() * 1e6), "ev", came))
        self.toasts.offer(came, self.clock.time())
        return came

    def reason(self, one: Event) -> str:
        """Why an event is not shown; `""`: it is."""
        found = self.toasts.became(one.seq, (one.type, one.severity, one.status))
        return found.reason if found.outcome == "suppressed" else ""

    @property
    def states(self) -> dict[Any, str]:
        return {seen.alert.key: seen.state for seen in self.attention.alerts()}

    @property
    def told(self) -> list[Any]:
        """All that is known of alerts, and what is on the screen."""
        alerts = [
            (seen.alert, seen.state, seen.silence and (seen.silence.until_us, seen.silence.reason))
            for seen in self.attention.alerts()
        ]
        toasts = [(toast.title, toast.count, toast.at) for toast in self.toasts.board().toasts]
        silences = [(str(each.filter), each.why(0), each.suppressed) for each in self.attention.silences()]
        return [alerts, toasts, silences, self.toasts.shown, self.toasts.suppressed, self.lines]


def test_an_acknowledged_alert_raises_no_toast() -> None:
    """Its toast goes, more events of it are suppressed, for a reason; what is about another one is shown."""
    desk = Desk()
    desk.offer(event(), event(who="b-2"))
    (one,) = desk.attention.acknowledge({1}, "mine", "ann")
    assert ("build", "b-1") == one.key
    assert {("build", "b-1"): "acknowledged", ("build", "b-2"): "firing"} == desk.states
    more, other = desk.offer(event(), event(who="b-2"))
    assert ["acknowledged by ann: mine", ""] == [desk.reason(more), desk.reason(other)]
    assert "[EventToast] build.failed suppressed: acknowledged by ann: mine" in desk.lines
    assert "[EventToast] build.failed of b-1 acknowledged by ann: mine" in desk.lines
    assert (3, 1) == (desk.toasts.shown, desk.toasts.suppressed)


def test_the_toast_of_an_acknowledged_alert_goes() -> None:
    """If it is of nothing else; that the better news are shown is no matter of it."""
    desk = Desk()
    desk.offer(event())
    desk.attention.acknowledge({1})
    assert [] == desk.toasts.board().toasts
    desk.offer(event("build_complete", at=1))
    assert ["Build completed"] == [toast.title for toast in desk.toasts.board().toasts]
    desk.offer(event(at=2))
    assert {("build", "b-1"): "firing"} == desk.states
    assert 2 == len(desk.toasts.board().toasts)


def test_a_silence_ends_by_itself() -> None:
    """While it holds its alerts are silenced; nobody needs to look at it for that to end."""
    desk = Desk()
    desk.offer(event())
    silence = desk.attention.silence(where('type == "build.*"'), 60 * S, "deploy")
    assert [] == desk.toasts.board().toasts
    (one,) = desk.offer(event())
    assert desk.reason(one).startswith("silenced: deploy; until ")
    assert {("build", "b-1"): "silenced"} == desk.states
    assert [1] == [each.suppressed for each in desk.attention.silences()]
    desk.clock.advance(60)
    assert [] == desk.attention.silences()
    assert {("build", "b-1"): "firing"} == desk.states
    assert "" == desk.reason(*desk.offer(event()))
    assert (NOW + 60 * S, "deploy") == (silence.until_us, silence.reason)


def test_a_silence_takes_back_what_it_is_about_and_nothing_else() -> None:
    """Of a toast of several resources only a filter that asks neither them nor the payload is sure."""
    desk = Desk()
    desk.offer(event(), event(who="b-2"), event("workload.degraded", who="w-1", n=5))
    desk.attention.silence(where(resource_id="b-2"), HOUR)
    assert ["Build failed", "w-1 degraded"] == [toast.title for toast in desk.toasts.board().toasts]
    desk.attention.silence(where("data.n > 3"), HOUR)
    assert ["Build failed"] == [toast.title for toast in desk.toasts.board().toasts]
    desk.attention.silence(where(type="build_failed", severity="error"), HOUR)
    assert [] == desk.toasts.board().toasts


def test_a_mute_is_a_silence() -> None:
    """It is found, ended and recorded as one; and a silence can be undone where mutes are."""
    desk = Desk()
    desk.toasts.mute("build.*", "b-1", 60)
    assert [('type == "build.*" and resource_id == "b-1"', True)] == [
        (str(each.filter), each.is_mute) for each in desk.attention.silences()
    ]
    desk.offer(event())
    assert {("build", "b-1"): "silenced"} == desk.states
    desk.attention.lift(lambda silence: silence.filter == muting("build.*", "b-1"))
    assert [] == desk.toasts.board().mutes
    assert ["sil", "ev", "sil"] == [code for _, code, _ in desk.record]


def test_what_is_said_is_said_in_its_turn() -> None:
    """What is held while something is said is let go before anybody is told; what is recorded takes none."""
    desk, order = Desk(), []

    @contextmanager
    def turn():
        order.append("begin")
        yield
        order.append("end")

    desk.attention.turn = turn
    desk.attention.changed = lambda: order.append("changed")
    desk.offer(event())
    desk.attention.acknowledge({1})
    desk.attention.silence(where("True"), S)
    desk.attention.lift(bool)
    assert ["begin", "end", "changed"] * 3 == order
    order.clear()
    again(desk.attention, NOW, "sil", {"filter": "False", "seconds": 1})
    assert ["changed"] == order


def test_whether_the_server_knows() -> None:
    """It is told of the acknowledgement that it was about, and of no later one."""
    desk = Desk()
    desk.offer(event())
    (one,) = desk.attention.acknowledge({1}, "a")
    assert one.ack is not None
    desk.attention.was_sent(1, one.ack.at_us, True)
    assert [True] == [seen.alert.ack.sent for seen in desk.attention.alerts() if seen.alert.ack]
    desk.clock.advance(1)
    desk.attention.acknowledge({1}, "b")
    desk.attention.was_sent(1, one.ack.at_us, True)
    assert [None] == [seen.alert.ack.sent for seen in desk.attention.alerts() if seen.alert.ack]
    assert [{"seq": 0, "note": "a"}, {"seq": 0, "sent": True}, {"seq": 0, "note": "b"}] == [
        body for _, code, body in desk.record if code == "ack"
    ]


def test_forgotten_alerts_take_their_toasts_with_them() -> None:
    """Who logs out leaves nothing of it; silences and the connection's notice stay."""
    desk = Desk()
    desk.offer(event())
    desk.attention.silence(where(type="x"), HOUR)
    desk.toasts.announce("Connected")
    desk.toasts.clear()
    assert ({}, ["Connected"], 1) == (
        desk.states,
        [toast.title for toast in desk.toasts.board().toasts],
        len(desk.attention.silences()),
    )


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("ack", None),
        ("ack", [1]),
        ("sil", "True"),
        ("sil", {}),
        ("sil", {"filter": 5, "seconds": 1}),
        ("sil", {"filter": "type ==", "seconds": 1}),
        ("sil", {"filter": "True"}),
        ("sil", {"filter": "True", "seconds": -1}),
        ("sil", {"filter": "True", "seconds": True}),
        ("sil", {"filter": "True", "seconds": float("nan")}),
        ("sil", {"filter": "True", "seconds": 1, "mute": 7}),
    ],
)
def test_what_cannot_be_read_says_nothing(code: str, body: Any) -> None:
    """A line of a recording that was written by hand, or by something else."""
    desk = Desk()
    desk.offer(event())
    before = desk.told
    with pytest.raises(ArgumentError):
        again(desk.attention, NOW, code, body)
    assert before == desk.told


def test_an_acknowledgement_of_what_is_not_there_says_nothing() -> None:
    """Nor one of another code, nor one by a number that is another event's here."""
    desk = Desk()
    desk.offer(event())
    for body in ({"seq": 7}, {"id": "x"}, {"id": "x", "seq": 0}, {"seq": True}, {}, {"seq": 7, "sent": True}):
        again(desk.attention, NOW, "ack", body)
    again(desk.attention, NOW, "mark", {"text": "ack"})
    assert {("build", "b-1"): "firing"} == desk.states


# -- against a naive model -----------------------------------------------------------------------------------

NAMES = ["build_failed", "build_complete", "workload.degraded", "workload.failed", "workload.running", "odd"]
FILTERS = ['type == "build.*"', 'resource_id == "a"', 'severity == "warning"', "data.n > 2", "True"]

reads = st.lists(
    st.builds(
        event,
        st.sampled_from(NAMES),
        st.sampled_from(["a", "b", None]),
        st.integers(-30 * S, 0),
        n=st.integers(0, 4),
    ),
    min_size=1,
    max_size=5,
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("read"), reads),
        st.tuples(st.just("ack"), st.sampled_from(["a", "b", None])),
        st.tuples(st.just("silence"), st.tuples(st.sampled_from(FILTERS), st.integers(1, 20))),
        st.tuples(st.just("lift"), st.sampled_from(FILTERS)),
        st.tuples(st.just("wait"), st.integers(1, 12)),
    ),
    max_size=15,
)


@examples(600)
@given(steps)
def test_who_sees_what_is_what_a_naive_model_says(steps: list[Any]) -> None:
    """Reads, acknowledgements, silences, time: which events raise a toast, why not, and what state is what.

    And said again from the record, all is the same.
    """
    desk, model = Desk(), Model()
    silences: dict[str, float] = {}
    for number, (do, what) in enumerate(steps):
        now = desk.clock.time()
        if do == "wait":
            desk.clock.advance(what)
        elif do == "lift":
            silences.pop(what, None)
            desk.attention.lift(lambda each, what=what: each.filter == where(what))
        elif do == "silence":
            text, seconds = what
            if silences.get(text, 0) <= now:
                silences.pop(text, None)  # it is the newest of all then
            silences[text] = now + seconds
            desk.attention.silence(where(text), seconds * S, text)
        elif do == "ack":
            numbers = {seen.alert.number for seen in desk.attention.alerts() if seen.alert.key[1] == what}
            desk.attention.acknowledge(numbers, f"n{number}")
            model.acknowledge(Ack(number), what)
        else:
            came = desk.offer(*(changed(one, received_us=round(now * 1e6)) for one in what))
            expected = []
            for one in came:
                held = model.take(one)
                by = [text for text, until in silences.items() if until > now and where(text).test(one)]
                unknown = one.type == "odd"
                expected.append(
                    "unknown" if unknown else "silenced" if by else "acknowledged" if held else ""
                )
            assert expected == [desk.reason(one).partition(" ")[0].rstrip(":") for one in came]
        now = desk.clock.time()
        states = {}
        for key, naive in model.alerts.items():
            newest = next(seen.alert.event for seen in desk.attention.alerts() if seen.alert.key == key)
            by = [text for text, until in silences.items() if until > now and where(text).test(newest)]
            open_ = "silenced" if by else "acknowledged" if naive.ack else "firing"
            states[key] = "resolved" if naive.over else open_
        assert states == desk.states
    replayed = Desk()
    for us, code, body in desk.record:
        replayed.clock.advance(us / 1e6 - replayed.clock.time())
        if code == "ev":
            replayed.offer(*body)
        else:
            again(replayed.attention, us, code, body)
    replayed.clock.advance(desk.clock.time() - replayed.clock.time())
    assert desk.told == replayed.told
