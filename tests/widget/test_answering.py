"""What a page asks about toasts: done, whatever else it may send."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import eventually

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.errors import ArgumentError
from sse_notebook.widget import StreamWidget


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    told: list[Any] = []
    monkeypatch.setattr(StreamWidget, "send", lambda self, content, buffers=None: told.append(content))
    return told


def titles(widget: StreamWidget) -> list[str]:
    return [toast["title"] for toast in widget.toasts if toast["title"] != "Connected"]


def test_dismissed_by_the_page_is_dismissed_for_all(backend: Backend, stream: sse.EventStream) -> None:
    """The other widget of the stream takes it away too; like events are then a new toast."""
    widget, other = stream.widget(), stream.toasts()
    backend.publish({"event_type": "build_failed", "workload_id": "wl-1"})
    eventually(lambda: titles(widget) == titles(other) == ["Build failed"])
    told: list[bool] = []
    stream._parts.intake.watchers.append(told.append)
    shown = widget.toasts[-1]
    assert ("build.failed", "wl-1", 0, None) == tuple(
        shown[name] for name in ("type", "resource", "seq", "duration")
    )
    widget._handle_custom_msg({"do": "dismiss", "toasts": [[shown["id"], 1]]}, [])
    assert True in told  # all who show it, now: not when the next byte comes
    eventually(lambda: titles(widget) == titles(other) == [])
    assert shown["id"] in widget.withdrawn
    assert widget.withdrawn == other.withdrawn
    backend.publish({"event_type": "build_failed", "workload_id": "wl-1"})
    eventually(lambda: titles(widget) == titles(other) == ["Build failed"])
    assert widget.toasts[-1]["id"] > shown["id"]


def test_muted_by_the_page_is_muted_in_python(backend: Backend, stream: sse.EventStream) -> None:
    """The other way round too; it is counted, and undone."""
    widget = stream.widget()
    widget._handle_custom_msg({"do": "mute", "type": "build.failed", "resource": None, "seconds": 900}, [])
    assert ["build.failed"] == stream.mutes["type"].tolist()
    backend.publish({"event_type": "build_failed", "workload_id": "wl-1"})
    eventually(lambda: stream.mutes["suppressed"].tolist() == [1])
    eventually(lambda: [mute["suppressed"] for mute in widget.mutes] == [1])
    assert [] == titles(widget)
    eventually(lambda: stream.metrics.snapshot()['sse_toasts_total{outcome="suppressed"}'] == 1)
    assert "muted until" in stream.why(0)["reason"].iloc[-1]
    stream.mute("error_report", resource="wl-2", duration="1h")
    eventually(lambda: len(widget.mutes) == 2)
    widget._handle_custom_msg({"do": "unmute", "type": "build.failed", "resource": None}, [])
    assert ["error_report"] == stream.mutes["type"].tolist()
    stream.unmute(resource="wl-2")
    eventually(lambda: widget.mutes == [])
    stream.mute("x")
    stream.mute(resource="y")
    stream.unmute()
    assert 0 == len(stream.mutes)
    assert ["type", "resource", "until", "suppressed"] == list(stream.mutes)


def test_a_silence_can_be_undone_by_the_page(backend: Backend, stream: sse.EventStream) -> None:
    """It stands there by its filter, as mutes do by their type."""
    widget = stream.widget()
    stream.silence("data.n > 3 and severity == 'error'", "1h", reason="deploy")
    eventually(lambda: len(widget.mutes) == 1)
    told = widget.mutes[0]
    assert ('data.n > 3 and severity == "error"', None) == (told["type"], told["resource"])
    widget._handle_custom_msg({"do": "unmute", "type": told["type"], "resource": None}, [])
    eventually(lambda: widget.mutes == [])
    assert 0 == len(stream.silences)


def test_what_a_page_was_told_with_secrets_masked_can_be_muted(backend: Backend) -> None:
    """It says it again as it was told: meant is what came, and that mute is undone likewise."""
    stream = sse.connect(backend.url, token=(token := backend.token()), name="masked").wait_open()
    widget, part = stream.widget(), token[-20:]
    stream._parts.source.credentials.redact.add(part)
    backend.publish({"event_type": "build_failed", "workload_id": f"wl-{part}"})
    eventually(lambda: titles(widget) == ["Build failed"])
    about = {name: widget.toasts[-1][name] for name in ("type", "resource")}
    assert {"type": "build.failed", "resource": "wl-***"} == about
    widget._handle_custom_msg({"do": "mute", **about, "seconds": 900}, [])
    assert [f"wl-{part}"] == stream.mutes["resource"].tolist()
    eventually(lambda: [mute["resource"] for mute in widget.mutes] == ["wl-***"])
    widget._handle_custom_msg({"do": "unmute", **about}, [])
    assert 0 == len(stream.mutes)
    stream.close()


@pytest.mark.parametrize(
    "wrong", [{}, {"type": 5}, {"type": "x", "duration": "soon"}, {"type": "x", "duration": 0}]
)
def test_mutes_that_cannot_be_meant(stream: sse.EventStream, wrong: dict[str, Any]) -> None:
    """An error where it was typed."""
    with pytest.raises(ArgumentError):
        stream.mute(**wrong)
    with pytest.raises(ArgumentError):
        stream.unmute(5)  # type: ignore[arg-type]


def test_bad_news_is_acknowledged(backend: Backend, stream: sse.EventStream, sent: list[Any]) -> None:
    """By the button on its toast: the alert is, the server is told, and the toast goes."""
    widget = stream.widget()
    backend.publish({"event_type": "build_failed", "workload_id": "wl-1"})
    eventually(lambda: "Build failed" in titles(widget))
    (toast,) = (toast for toast in widget.toasts if toast["type"])
    assert ["Acknowledge"] == toast["actions"]
    widget._handle_custom_msg({"do": "action", "toast": toast["id"], "label": "Acknowledge", "seq": 0}, [])
    assert ["acknowledged"] == stream.alerts["state"].tolist()
    eventually(lambda: "Build failed" not in titles(widget))
    assert [True] == [told["done"] for told in sent if "done" in told]
    eventually(lambda: stream.alerts["sent"].eq(True).fillna(False).all())


def test_a_button_of_ones_own(backend: Backend, stream: sse.EventStream, sent: list[Any]) -> None:
    """It is on the toasts of its type, gets the newest event, and its error is counted and logged."""
    seen = []

    @stream.toast_action("Open logs", type="build_failed")
    def logs(event: sse.Event) -> None:
        seen.append(event.workload_id)
        if event.workload_id == "bad":
            raise LookupError("no logs")

    assert callable(logs)
    widget = stream.widget()
    for who in ("wl-1", "wl-2"):
        backend.publish({"event_type": "build_failed", "workload_id": who})
    backend.publish({"event_type": "build_complete", "workload_id": "wl-3"})
    eventually(lambda: {"Build failed", "Build completed"} <= {*titles(widget)})
    eventually(lambda: sum(toast["count"] for toast in widget.toasts if toast["type"]) == 3)
    by_type = {toast["type"]: toast for toast in widget.toasts}
    assert ["Acknowledge", "Open logs"] == by_type["build.failed"]["actions"]
    assert [] == by_type["build.completed"]["actions"]
    ask = {"do": "action", "toast": by_type["build.failed"]["id"], "label": "Open logs"}
    widget._handle_custom_msg({**ask, "seq": 0}, [])
    assert ["wl-2"] == seen
    widget._handle_custom_msg({**ask, "toast": 999, "seq": 0}, [])  # it is gone: the row is still known
    assert ["wl-2", "wl-1"] == seen
    stream.store.add_event({"type": "build_failed", "workload_id": "bad"})
    widget._handle_custom_msg({**ask, "toast": 999, "seq": 3}, [])
    assert [True, True, False] == [told["done"] for told in sent if "done" in told]
    last = stream.log.iloc[-1]
    assert ("ERROR", "toast button Open logs") == (last["level"], last["where"])
    assert "LookupError: no logs" in last["text"]
    assert 1 == stream.metrics.snapshot()['sse_user_errors_total{where="toast button Open logs"}']
    stream.toast_action("Open logs", None)
    widget._handle_custom_msg({**ask, "seq": 0}, [])
    assert [False, False] == [told["done"] for told in sent if "done" in told][-2:]


def test_words_of_ones_own(backend: Backend, stream: sse.EventStream) -> None:
    """Title, text, time and variant, by type; a type that was unknown is shown then."""
    stream.toast_template(
        "edit", title="{data.who} edited", text="{data.page}", duration=2, severity="warning"
    )
    stream.toast_duration("error", 30)
    backend.publish({"event_type": "edit", "who": "Ada", "page": "Notes"})
    backend.publish({"event_type": "build_failed"})
    widget = stream.widget()
    eventually(lambda: len(titles(widget)) == 2)
    edit, failed = [toast for toast in widget.toasts if toast["type"]]
    assert ("Ada edited", "Notes", 2_000, "warning") == tuple(
        edit[name] for name in ("title", "text", "duration", "severity")
    )
    assert 30_000 == failed["duration"]
    with pytest.raises(ArgumentError, match="no 'who'"):
        stream.toast_template("edit", title="{who}")


def test_timeline_is_sent_when_asked(stream: sse.EventStream, sent: list[Any]) -> None:
    """The newest fifty changes, small, with cause and times; never by itself."""
    widget = stream.widget()
    for _ in range(40):
        stream.disconnect()
        stream.reconnect()
    stream.wait_open()
    assert not [told for told in sent if "timeline" in told]
    widget._handle_custom_msg({"do": "timeline"}, [])
    (told,) = [told["timeline"] for told in sent if "timeline" in told]
    assert 50 == len(told)
    starts, ends, states, _attempts, causes = zip(*told, strict=True)
    assert ("open", None) == (states[-1], ends[-1])
    assert list(starts[1:]) == list(ends[:-1])
    assert "stopped by you" in causes


def test_parts_are_widgets_of_their_own(stream: sse.EventStream) -> None:
    """Each the same one each time; all of one stream, which the page is told; none leaves a thread."""
    parts = {
        "all": stream.widget(),
        "indicator": stream.indicator(),
        "compact": stream.indicator(compact=True),
        "toasts": stream.toasts(),
    }
    assert parts == {name: each for each in parts.values() for name in [each.part]}
    assert stream.toasts() is parts["toasts"]
    assert 1 == len({each.stream for each in parts.values()})
    assert [["feed", "timeline"], ["timeline"], ["timeline"], ["feed"]] == [
        each.parts for each in parts.values()
    ]
    feed = stream.feed()
    feed.selected = [3]
    assert [3] == parts["toasts"].selected
    bundle = parts["toasts"]._repr_mimebundle_()
    assert bundle is not None
    assert "Connected" in bundle[0]["text/html"]
    assert "<EventStream demo: open>" == bundle[0]["text/plain"]
    feed.close()


@pytest.mark.parametrize(
    "content",
    [
        {"do": "dismiss"},
        {"do": "dismiss", "toasts": [1, None, ["x", 1], [1], [True, 1], [1e300, 1]]},
        {"do": "mute", "type": "x"},
        {"do": "mute", "type": "x", "seconds": -1},
        {"do": "mute", "type": "x", "seconds": float("nan")},
        {"do": "mute", "type": None, "resource": None, "seconds": 5},
        {"do": "mute", "type": ["x"], "seconds": 5},
        {"do": "unmute", "type": {}},
        {"do": "action", "toast": "1", "label": 5},
        {"do": "action", "toast": 1, "seq": [1], "label": "x"},
        {"do": ["mute"]},
    ],
    ids=repr,
)
def test_nonsense_does_nothing(stream: sse.EventStream, sent: list[Any], content: dict[str, Any]) -> None:
    """Whatever a page sends."""
    stream.widget()._handle_custom_msg(content, [])
    assert 0 == len(stream.mutes)
    assert "open" == stream.connection.state


def test_one_message_for_what_belongs_together(
    backend: Backend, stream: sse.EventStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """State, toasts, and what was taken back go in one message of each flush."""
    widget = stream.widget()
    states: list[set[str]] = []
    monkeypatch.setattr(
        StreamWidget, "_send", lambda self, message, buffers=None: states.append({*message.get("state", {})})
    )
    backend.publish({"event_type": "build_failed"})
    eventually(lambda: titles(widget) == ["Build failed"])
    eventually(lambda: any({"status", "toasts"} <= state for state in states))
    assert [state for state in states if "status" not in state] == []


def test_what_the_page_says_of_toasts_runs(stream: sse.EventStream) -> None:
    """The Python of docs/widget.md about toasts, from top to bottom."""
    page = (Path(__file__).parents[2] / "docs" / "widget.md").read_text(encoding="utf-8")
    (code,) = [block for block in page.split("```python\n")[1:] if "toast_template" in block]
    names: dict[str, Any] = {"stream": stream}
    exec(code.partition("```")[0], names)
    assert ["error.report"] == stream.mutes["type"].tolist()
    assert callable(names["logs"])
    assert ("Open logs",) == stream.toast_board.actions.labels("build.failed", None)
