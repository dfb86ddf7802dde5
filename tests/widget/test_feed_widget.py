"""The feed's widget: what is typed and selected, live both ways, and nothing that grows with the rows."""

from __future__ import annotations

import json
from typing import Any

import comm
import pytest
from support import client_threads, eventually

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.errors import ArgumentError, FilterError
from sse_notebook.widget import FeedWidget


class Wire(comm.base_comm.BaseComm):
    """A comm that keeps what would go to the page."""

    sent: list[dict[str, Any]] = []  # noqa: RUF012 - emptied by the fixture

    def publish_msg(self, msg_type: str, data: Any = None, **_more: Any) -> None:
        self.sent.append({"type": msg_type, "id": self.comm_id, "data": data})


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    monkeypatch.setattr(comm, "create_comm", Wire)
    monkeypatch.setattr(Wire, "sent", [])
    return Wire.sent


def custom(wire: list[dict[str, Any]], feed: str) -> list[dict[str, Any]]:
    told = [each["data"].get("content") or {} for each in wire if each["data"].get("method") == "custom"]
    return [content for content in told if content.get("feed") == feed]


def test_first_paint_is_small(wire: list[dict[str, Any]]) -> None:
    """Over 100,000 rows, script, traits and first page are under 100 kB in all."""
    store = sse.EventStore()
    store.add_events(
        [{"event_type": "build_failed", "workload_id": f"wl-{n}", "n": n} for n in range(100_000)]
    )
    widget = FeedWidget(store)
    ask = {"do": "page", "view": "v", "ask": 1, "n": 40, "watch": "live", "picture": True}
    widget._handle_custom_msg(ask, [])
    (page,) = custom(wire, "page")
    assert 100_000 == page["total"]
    opened = next(each for each in wire if each["id"] == widget.comm.comm_id)
    assert "_esm" in opened["data"]["state"]
    assert len(json.dumps([each["data"] for each in wire], ensure_ascii=False).encode()) < 100_000
    widget.close()


@pytest.mark.parametrize("of", ["feed", "widget"])
def test_the_picture_comes_though_nothing_else_does(
    of: str, wire: list[dict[str, Any]], stream: sse.EventStream
) -> None:
    """One event, whose row is told first, without it."""
    shown = getattr(stream, of)()
    shown._handle_custom_msg({"do": "page", "view": "v", "ask": 1, "n": 40, "watch": "live"}, [])
    watch = shown._feeding._watches["v"]
    shown._feeding._watches["v"] = watch._replace(drawn=float("-inf"))  # the last picture is long ago
    stream.store.add_event({"event_type": "build_failed"})
    shown.poke()
    eventually(lambda: len(custom(wire, "news")) == 2)
    assert [False, True] == ["bins" in news for news in custom(wire, "news")]
    assert [1, 1] == [news["total"] for news in custom(wire, "news")]


def test_the_streams_widget_sends_the_script_once_it_is_asked(
    wire: list[dict[str, Any]], stream: sse.EventStream
) -> None:
    """Until then nothing of it is on the wire; with it, and the first page, it is under 100 kB."""
    widget = stream.widget()
    assert ["feed", "timeline"] == widget.parts
    assert "indicator" in json.dumps(wire)
    assert "histogram" not in json.dumps(wire)
    widget._handle_custom_msg({"do": "module"}, [])
    widget._handle_custom_msg({"do": "page", "view": "v", "ask": 1, "n": 40}, [])
    (script,) = [
        each["data"]["content"]["text"] for each in wire if "module" in each["data"].get("content", {})
    ]
    assert "export" in script
    assert len(custom(wire, "page")) == 1
    assert len(json.dumps([each["data"] for each in wire], ensure_ascii=False).encode()) < 100_000


def test_a_token_that_is_a_word_of_the_script(wire: list[dict[str, Any]], backend: Backend) -> None:
    """The script is sent as it is, and runs: nobody has sent the token in it."""
    stream = sse.connect(backend.url, token="local", name="word")
    stream.widget()._handle_custom_msg({"do": "module"}, [])
    (script,) = [
        each["data"]["content"]["text"] for each in wire if "module" in each["data"].get("content", {})
    ]
    assert "local" in script
    assert "***" not in script
    stream.close()


def test_news_come_without_asking(
    wire: list[dict[str, Any]], stream: sse.EventStream, backend: Backend
) -> None:
    """A page that looks is told what the server sent."""
    feed = stream.feed()
    feed._handle_custom_msg({"do": "page", "view": "v", "ask": 1, "n": 40, "watch": "live"}, [])
    backend.publish({"event_type": "build_failed", "workload_id": "wl-1"})
    eventually(lambda: custom(wire, "news"))
    assert "build.failed" == custom(wire, "news")[-1]["items"][0][2]


def test_one_feed_for_all(stream: sse.EventStream) -> None:
    """Shown again it is the same; what is typed and selected in the stream's widget is the feed's too."""
    feed = stream.feed()
    assert stream.feed() is feed
    widget = stream.widget()
    widget.set_state({"filter": "severity == 'error'", "selected": [3, 1]})
    assert ("severity == 'error'", [3, 1]) == (feed.filter, feed.selected)
    feed.filter = ""
    assert "" == widget.filter
    feed.close()
    again = stream.feed()
    assert again is not feed
    again.selected = [7]
    assert [7] == widget.selected


def test_what_a_page_sets_may_be_anything(stream: sse.EventStream) -> None:
    """What can't be read or selected leaves all as it was, in both; nothing else is the page's to set."""
    feed, widget = stream.feed(), stream.widget()
    feed.filter, feed.selected = "/exit code", [3]
    part, toasts = widget.part, widget.toasts
    for wrong in ("severty == 1", "(((", 5, None, ["a"]):
        for each in (feed, widget):
            each.set_state({"filter": wrong})
    for rows in (["1"], [True], [1.5], None, "12", list(range(10_001))):
        for each in (feed, widget):
            each.set_state({"selected": rows})
    widget.set_state({"status": {}, "part": "toasts", "toasts": "x", "no": 1, "selected": [1, 2]})
    assert (part, toasts) == (widget.part, widget.toasts)
    assert "open" == widget.status["state"]
    assert ("/exit code", [1, 2]) == (feed.filter, feed.selected) == (widget.filter, widget.selected)


def test_what_python_sets_is_checked(stream: sse.EventStream) -> None:
    """A filter that can't be read, and rows that are none, are refused where they are set; what was stays."""
    feed = stream.feed()
    feed.filter = "/exit code"
    with pytest.raises(FilterError, match="did you mean severity"):
        feed.filter = "severty == 1"
    assert "/exit code" == feed.filter
    for wrong in (["1"], [True], list(range(10_001))):
        with pytest.raises(ArgumentError, match=r"selected|rows"):
            feed.selected = wrong
    assert [] == feed.selected


def test_read_without_a_kernel(stream: sse.EventStream) -> None:
    """A saved notebook has the static snapshot beside it."""
    shown = stream.feed()._repr_mimebundle_()
    assert shown is not None
    assert "Connected" in shown[0]["text/html"]
    assert "<Feed demo>" == shown[0]["text/plain"]


def test_a_store_has_one_too() -> None:
    """What is no stream is shown as it is; it can be told that there is more."""
    store = sse.EventStore()
    store.add_event({"event_type": "build_failed"})
    widget = FeedWidget(store)
    widget.poke()
    assert "" == widget.name
    widget.close()
    eventually(lambda: client_threads() == [])
