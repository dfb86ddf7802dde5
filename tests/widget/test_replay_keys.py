"""What a page asks of a replay is done; what it may not ask does nothing, and nothing waits."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import eventually

import sse_notebook as sse
from sse_notebook.widget.playing import Playing

SECONDS = 60


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An event a second for a minute; a gap; a mark."""
    lines: list[Any] = [{"ssecast": 1, "started": "2026-11-28T12:00:00Z", "url": "http://127.0.0.1/"}]
    lines.append([0.0, "open", {"connection": 1, "resumed_from": "", "recovered": None}])
    for at in range(1, SECONDS + 1):
        if at == 30:
            lines.append([29.5, "mark", {"text": "deployed"}])
        lines.append([float(at), "ev", {"event": "edit", "data": json.dumps({"n": at}), "id": str(at)}])
    path = tmp_path / "minute.ssecast"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


class Page:
    """What a page asks, and what it is told."""

    def __init__(self, file: Path) -> None:
        self.replay = sse.replay(file, paused=True)
        self.told: list[dict[str, Any]] = []
        self.moves = 0
        self.playing = Playing(self.replay, self.told.append, self.moved)

    def moved(self) -> None:
        self.moves += 1

    def ask(self, do: str, **more: Any) -> bool:
        return self.playing.asked({"do": do, **more})


@pytest.fixture
def page(file: Path) -> Iterator[Page]:
    page = Page(file)
    yield page
    page.replay.close()


def test_steps(page: Page) -> None:
    """One row, several, and not past the end."""
    assert page.ask("step", n=1)
    eventually(lambda: page.moves == 1 and len(page.replay) == 1)
    page.ask("step", n=5)
    eventually(lambda: len(page.replay) == 6)
    page.ask("step", n=10**12)
    eventually(lambda: page.replay.ended and len(page.replay) == SECONDS)


def test_seek_there_and_back(page: Page) -> None:
    """All that had come by then is there, and nothing else."""
    page.ask("seek", at=30_000)
    eventually(lambda: len(page.replay) == 30)
    assert page.playing.state() == {
        "at": 30_000.0,
        "started": 1795867200000.0,
        "speed": 1.0,
        "playing": False,
        "ended": False,
    }
    page.ask("seek", at=10_500)
    eventually(lambda: len(page.replay) == 10)
    page.ask("seek", at=-5)
    eventually(lambda: len(page.replay) == 0)


def test_of_many_places_the_last_one_counts(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scrubber that is dragged asks for more than can be played: what is not begun yet is not wanted."""
    begun, go_on, places = threading.Event(), threading.Event(), []
    seek = page.replay.seek

    def slow(t: float) -> Any:
        places.append(t)
        begun.set()
        assert go_on.wait(20)
        return seek(t)

    monkeypatch.setattr(type(page.replay), "seek", lambda _self, t: slow(t))
    page.ask("seek", at=1_000)
    assert begun.wait(20)
    for at in range(2_000, 21_000, 1_000):
        page.ask("seek", at=at)
    go_on.set()
    eventually(lambda: len(page.replay) == 20 and page.moves == 2)
    assert [1.0, 20.0] == places


def test_speed_play_and_pause(page: Page) -> None:
    """As fast as possible is 0, since JSON has no infinity."""
    page.ask("speed", speed=0)
    eventually(lambda: math.isinf(page.replay.speed))
    assert page.playing.state()["speed"] == 0
    page.ask("speed", speed=1)
    eventually(lambda: page.replay.speed == 1)
    page.ask("play")
    eventually(lambda: page.replay.playing)
    page.ask("pause")
    eventually(lambda: not page.replay.playing)
    page.ask("speed", speed=0)
    page.ask("play")
    eventually(lambda: page.replay.ended)


def test_sketch(page: Page) -> None:
    """All of the recording, before any of it is played."""
    page.ask("sketch")
    eventually(lambda: len(page.told) == 1)
    sketch = page.told[0]["sketch"]
    assert sketch["duration"] == SECONDS * 1000
    assert sum(sketch["all"]) == sketch["events"] == SECONDS
    assert len(sketch["all"]) == 120
    assert sketch["marks"] == [[29_500.0, "deployed"]]


@pytest.mark.parametrize(
    "content",
    [None, 7, "play", [], {}, {"do": 7}, {"do": "eject"}, {"do": "reconnect"}],
)
def test_what_is_for_others(page: Page, content: Any) -> None:
    """It is left to them."""
    assert page.playing.asked(content) is False


@pytest.mark.parametrize(
    "content",
    [
        {"do": "seek"},
        {"do": "seek", "at": "1"},
        {"do": "seek", "at": True},
        {"do": "seek", "at": float("nan")},
        {"do": "speed", "speed": None},
        {"do": "speed", "speed": float("inf")},
    ],
)
def test_nonsense_does_nothing(page: Page, content: Any) -> None:
    """Whatever a page sends, the replay stands where it is."""
    assert page.playing.asked(content)
    assert (len(page.replay), page.replay.speed, page.moves) == (0, 1, 0)


def test_a_closed_replay_says_so(page: Page) -> None:
    """In words, and not as an error on some thread."""
    page.replay.close()
    page.ask("step", n=1)
    eventually(lambda: page.told == [{"refused": "the replay is closed; replay(…) makes a new one"}])


def test_a_file_that_is_gone_says_so(page: Page, file: Path) -> None:
    """Likewise."""
    file.unlink()
    page.ask("sketch")
    eventually(lambda: len(page.told) == 1)
    assert "minute.ssecast" in page.told[0]["refused"]
