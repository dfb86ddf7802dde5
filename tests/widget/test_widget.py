"""The widget's half in the kernel: traits that are the truth, whatever happened while it was made."""

from __future__ import annotations

from typing import Any

import pytest
from support import eventually

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.widget import StreamWidget


def test_traits_follow_the_stream(backend: Backend, stream: sse.EventStream) -> None:
    """State, count and toasts are those of the stream, without anybody asking."""
    widget = stream.widget()
    assert widget.status["state"] == "open"
    backend.publish({"event_type": "build_failed", "workload_id": "wl-1"})
    eventually(lambda: widget.status["count"] == 1)
    eventually(lambda: [toast["title"] for toast in widget.toasts][-1:] == ["Build failed"])
    stream.disconnect()
    eventually(lambda: widget.status["state"] == "disconnected")
    assert "stopped by you" == widget.status["cause"]


def test_what_happens_while_it_is_made_is_not_missed(
    stream: sse.EventStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change between the widget's first look and its being told of changes still reaches the screen."""
    made = StreamWidget.__init__

    def interrupted(self: StreamWidget, *args: Any, **kwargs: Any) -> None:
        made(self, *args, **kwargs)
        stream.disconnect()

    monkeypatch.setattr(StreamWidget, "__init__", interrupted)
    widget = stream.widget()
    eventually(lambda: widget.status["state"] == "disconnected")


def test_buttons_command_the_stream(stream: sse.EventStream) -> None:
    """What the page asks for is done; anything else it may send is ignored."""
    widget = stream.widget()
    widget._handle_custom_msg({"do": "disconnect"}, [])
    assert stream.connection.state == "disconnected"
    for nonsense in ({}, {"do": "explode"}, [], None, "reconnect"):
        widget._handle_custom_msg(nonsense, [])
    assert stream.connection.state == "disconnected"
    widget._handle_custom_msg({"do": "reconnect"}, [])
    stream.wait_open()


def test_one_widget_until_it_is_closed(stream: sse.EventStream) -> None:
    """Shown again it is the same widget; closed, the next showing makes another."""
    first = stream.widget()
    assert stream.widget() is first
    first.close()
    assert stream.widget() is not first


def test_the_bundle_is_small() -> None:
    """The script travels with every widget, and into saved notebooks: 15 kB gzipped; the feed's, 20 kB."""
    import gzip

    from sse_notebook.widget.feed import MODULE
    from sse_notebook.widget.widget import _BUNDLE

    assert len(gzip.compress(_BUNDLE.read_bytes())) < 15_000
    assert len(gzip.compress(MODULE.read_bytes())) < 20_000
