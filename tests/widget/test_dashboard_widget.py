"""The dashboard's widget: told little, seldom, only who looks, and in the end all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import comm
import pytest
from comm.base_comm import BaseComm
from raw_server import CHUNKED, RawServer, chunk, hold
from reads import Page, Reads
from support import client_threads, eventually

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.widget.dashboard import INTERVAL, LEASE, SILENCE, WHOLE, DashboardWidget


class Told:
    """A dashboard on a virtual clock, what its page was told, and what the page makes of that."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.messages: list[dict[str, Any]] = []
        monkeypatch.setattr(DashboardWidget, "_send", self._send)
        self.of = Reads()
        self.clock = self.of.clock
        self.page = Page()
        self.widget = DashboardWidget(self.of, self.of, clock=self.clock)
        self.of.intake.watchers.append(self.widget.poke)
        self.settle()
        self.messages.clear()

    def _send(self, message: dict[str, Any], buffers: Any = None) -> None:
        self.messages.append(message)
        if message["method"] == "custom":
            self.page.news(message["content"]["news"])
        elif "told" in message.get("state", {}):
            self.page.all(message["state"]["told"])

    def settle(self) -> None:
        """The pump's thread has done what it can at this moment of the clock."""
        pump = self.widget._pump

        def resting() -> bool:
            with self.clock._moved:
                due = self.clock._sleepers.get(pump._thread.ident or 0)
                pausing = self.clock.waits[-1] not in (None, SILENCE)
            waits = due is not None and due > self.clock._now
            return waits and (pausing or not pump._poked.is_set())

        eventually(resting)

    def step(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.settle()

    def ask(self, **content: Any) -> None:
        self.widget._handle_custom_msg(content, [])
        self.settle()

    @property
    def news(self) -> list[dict[str, Any]]:
        return [each["content"]["news"] for each in self.messages if each["method"] == "custom"]

    @property
    def wholes(self) -> int:
        return sum("told" in each.get("state", {}) for each in self.messages)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    told = Told(monkeypatch)
    yield told
    told.widget.close()
    eventually(lambda: client_threads() == [])


def test_who_does_not_look_is_told_nothing(told: Told) -> None:
    """Before it is displayed, and after the page went away: no message, however much comes."""
    for _ in range(20):
        told.of.read(["edit"] * 10)
        told.step(1)
    assert [] == told.messages
    told.ask(do="look", view="v")
    told.ask(do="away", view="v")
    told.messages.clear()
    told.of.read(["edit"])
    told.step(60)
    assert ([], False) == (told.messages, told.widget.watched)


def test_a_flood_is_two_messages_a_second(told: Told) -> None:
    """Twenty seconds of fifty reads each: two small messages a second at most; the last one has it all."""
    told.ask(do="look", view="v")
    told.messages.clear()
    for _ in range(1_000):
        told.of.read(["edit"] * 20 + ["log"] * 3)
        told.step(0.02)
    assert 20 / INTERVAL * 0.8 <= len(told.messages) <= 20 / INTERVAL + 1
    assert max(len(json.dumps(news)) for news in told.news) < 2_000
    told.step(2 * INTERVAL)
    assert 23_000 == told.page.parts["totals"]["stored"] == told.of.metrics["sse_events_stored_total"]
    assert 23_000 == sum(item[1] for item in told.page.parts["seconds"].values())


def test_silence_is_told(told: Told) -> None:
    """Where nothing comes the page hears every five seconds that nothing came, in a few bytes."""
    told.ask(do="look", view="v")
    told.step(SILENCE)
    told.messages.clear()
    for _ in range(4):
        told.step(INTERVAL)
        told.step(SILENCE)
    assert 4 == len(told.messages) == len(told.news)
    assert {("now", "tempo")} == {tuple(news) for news in told.news}
    assert told.clock.time() * 1000 == pytest.approx(told.news[-1]["now"], abs=1e3 * (SILENCE + INTERVAL))


def test_now_and_then_all_of_it(told: Told) -> None:
    """A page that has missed a message has all of it half a minute later."""
    told.ask(do="look", view="v")
    told.of.read(["edit"])
    told.step(INTERVAL)
    told.messages.clear()
    for _ in range(70):
        told.of.read(["edit"])
        told.step(1)
    assert 2 == told.wholes
    told.page.parts.clear()
    told.step(WHOLE)
    told.of.read(["edit"])
    told.step(INTERVAL)
    assert 72 == told.page.parts["totals"]["stored"] == sum(i[1] for i in told.page.parts["seconds"].values())


def test_who_has_not_said_so_for_long_does_not_look(told: Told) -> None:
    """After ten minutes without a word he is forgotten, and then nothing runs on by itself."""
    told.ask(do="look", view="v")
    told.step(LEASE / 2)
    assert told.widget.watched
    told.step(LEASE)
    assert not told.widget.watched
    told.messages.clear()
    told.of.read(["edit"])
    told.step(LEASE)
    assert [] == told.messages


def test_displayed_it_is_told_without_asking(told: Told) -> None:
    """A busy kernel hears no page: what is displayed is told all the same, until a page says who it is."""
    told.widget._repr_mimebundle_()
    told.messages.clear()
    told.of.read(["edit"])
    told.step(INTERVAL)
    assert 1 == told.news[-1]["totals"]["stored"]
    told.ask(do="look", view="v")
    told.ask(do="away", view="v")
    assert not told.widget.watched


def test_what_a_page_says_may_be_anything(told: Told) -> None:
    """Nothing but a look and a name counts, and of those not too many; there is nothing to set."""
    before = told.widget.told
    for wrong in (
        None,
        5,
        [],
        {"do": "look"},
        {"do": "look", "view": 5},
        {"do": {}, "view": "v"},
        {"view": "v"},
    ):
        told.widget._handle_custom_msg(wrong, [])
    assert not told.widget.watched
    told.widget.set_state({"told": {"now": 0}, "_esm": "alert(1)", "no": 1})
    assert before == told.widget.told
    assert "alert(1)" not in told.widget._esm
    for n in range(50):
        told.widget._handle_custom_msg({"do": "look", "view": f"v{n}"}, [])
    assert 16 == len(told.widget._looks)


def test_one_for_all(stream: sse.EventStream) -> None:
    """Shown again it is the same, until it is closed; a view has one of its own."""
    dashboard, view = stream.dashboard(), stream.where(severity="error")
    assert stream.dashboard() is dashboard
    narrowed = view.dashboard()
    assert (True, False) == (view.dashboard() is narrowed, narrowed is dashboard)
    assert "<Dashboard demo>" == repr(dashboard)
    assert '<Dashboard demo where severity == "error">' == repr(narrowed)
    narrowed.close()
    dashboard.close()
    assert stream.dashboard() is not dashboard


def test_all_that_shows_a_stream_shares_its_pace(stream: sse.EventStream) -> None:
    """A dashboard, and one of a view, wait for the others: together they send no more than is sound."""
    shown = [stream.widget(), stream.feed(), stream.dashboard(), stream.where(severity="error").dashboard()]
    assert 1 == len({id(each._pump._pace) for each in shown if each._pump is not None})
    shown[-1].close()


def test_a_closed_stream_is_told_once_more(stream: sse.EventStream) -> None:
    """It says that it is closed, no thread of it remains, and who looks later has its numbers."""
    dashboard, narrowed = stream.dashboard(), stream.where(severity="error").dashboard()
    dashboard._handle_custom_msg({"do": "look", "view": "v"}, [])
    stream.close()
    eventually(lambda: client_threads() == [], what=f"threads remain: {client_threads()}")
    dashboard._handle_custom_msg({"do": "look", "view": "w"}, [])
    assert "closed" == dashboard.told["status"]["state"]
    narrowed.close()


def test_the_way_out(backend: Backend) -> None:
    """What its button asks is done: a stream that gave up connects."""
    with sse.connect(backend.url, token=backend.token(), name="out").wait_open() as stream:
        dashboard = stream.dashboard()
        stream.disconnect()
        eventually(lambda: stream.connection.state == "disconnected")
        dashboard._handle_custom_msg({"do": "reconnect"}, [])
        stream.wait_open(20)
        dashboard.close()


def test_read_without_a_kernel(stream: sse.EventStream, backend: Backend) -> None:
    """A saved notebook has the same numbers as text, escaped; the line of text does not change with them."""
    backend.publish({"event_type": "<b>bold</b>", "workload_id": "w"})
    stream.wait_for(1, timeout=20)
    shown = stream.dashboard()._repr_mimebundle_()
    assert shown is not None
    data = shown[0]
    assert "<Dashboard demo>" == data["text/plain"]
    assert "&lt;b&gt;bold&lt;/b&gt;</bdi></code> 1" in data["text/html"]
    assert "<b>" not in data["text/html"]


class Messages(BaseComm):
    """A comm whose messages are kept."""

    sent: list[str] = []  # noqa: RUF012 - emptied by the test

    def publish_msg(self, *args: Any, **kwargs: Any) -> None:
        self.sent.append(repr((args, kwargs)))


@pytest.mark.parametrize("size", [0, 30, 70, 75, 79])
def test_a_token_that_is_a_type_is_masked(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server sends the token back as a type: no page gets it, nor a part of it, nor a saved notebook."""
    token = "Kanarienvogel-0123456789"
    monkeypatch.setattr(comm, "create_comm", Messages)
    monkeypatch.setattr(Messages, "sent", [])
    event = b"data: %b\n\n" % json.dumps({"type": f"{'x' * size}{token}", "severity": "error"}).encode()
    with RawServer() as server:
        url = server.play("/e", [CHUNKED, chunk(event), hold])
        with sse.connect(url, token=token, name="e") as stream:
            stream.wait_for(1, timeout=10)
            view = stream.where("severity == 'error'")
            for dashboard in (stream.dashboard(), view.dashboard()):
                dashboard._handle_custom_msg({"do": "look", "view": "v"}, [])
                Messages.sent.append(repr(dashboard._repr_mimebundle_()))
                Messages.sent.append(repr(dashboard.get_state(["told"])))
                dashboard.close()
    said = "\n".join(Messages.sent)
    assert "1 row" in said or "'rows': 1" in said
    assert "Kanarien" not in said
    eventually(lambda: client_threads() == [])
