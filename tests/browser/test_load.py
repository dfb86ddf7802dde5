"""Under a flood the page stays calm: few messages, no long task; the kernel answers, every event counts."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import lab
import pytest
from playwright.sync_api import Page, expect
from raw_server import CHUNKED, Peer, RawServer, chunk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Run = Callable[..., str]

WANTED = 50_000  # events a second
BLOCK = 500  # events in one write
TYPES = ("workload.status", "build.completed", "build.failed", "project.status")

# Counts the kernel's comm messages, by the header of each (v1.kernel.websocket.jupyter.org is their format).
COUNT = """
(() => {
    window.comms = 0;
    const Native = window.WebSocket;
    const kind = data => {
        if (!(data instanceof ArrayBuffer)) return JSON.parse(data).header?.msg_type;
        const view = new DataView(data), at = n => Number(view.getBigUint64(8 * (n + 1), true));
        return JSON.parse(new TextDecoder().decode(data.slice(at(1), at(2)))).msg_type;
    };
    window.WebSocket = class extends Native {
        constructor(...args) {
            super(...args);
            this.addEventListener('message', ({ data }) => {
                try { if (kind(data) === 'comm_msg') window.comms += 1; } catch { /* no kernel's */ }
            });
        }
    };
})();
"""
WATCH = """
() => {
    window.long = [];
    window.comms = 0;
    window.began = performance.now();
    window.watch ??= new PerformanceObserver(list => {
        for (const entry of list.getEntries()) window.long.push(Math.round(entry.duration));
    });
    window.watch.observe({ type: 'longtask' });
}
"""
# How long `print` takes, from the page and back, so many times.
PRINTS = """
async (times) => {
    const { kernel } = window.jupyterapp.shell.currentWidget.context.sessionContext.session;
    const took = [];
    for (let n = 0; n < times; n += 1) {
        const began = performance.now();
        const future = kernel.requestExecute({ code: 'print(1)', store_history: false });
        await new Promise(resolve => {
            future.onIOPub = ({ header }) => { if (header.msg_type === 'stream') resolve(); };
        });
        took.push(performance.now() - began);
        await future.done;
    }
    return took;
}
"""


class Flood:
    """A script of a raw server: so many events a second, in blocks that were made before."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.stop = threading.Event()
        self.sent = 0
        self.seconds = 0.0
        self._blocks = [
            chunk(b"".join(_event(n) for n in range(first, first + BLOCK)))
            for first in range(0, 100 * BLOCK, BLOCK)
        ]
        self.start = threading.Event()
        self.over = threading.Event()

    def __call__(self, peer: Peer) -> None:
        peer.wait(self.start)
        began = time.monotonic()
        number = 0
        while not self.stop.is_set():
            peer.send(self._blocks[number % len(self._blocks)])
            number += 1
            self.sent = number * BLOCK
            # Its pace, not a wait: the server is what makes the time pass.
            self.stop.wait(max(0.0, began + self.sent / self.rate - time.monotonic()))
        self.seconds = time.monotonic() - began
        self.over.set()
        peer.until_gone()


def _event(number: int) -> bytes:
    told = {
        "type": TYPES[number % 4],
        "workload_id": f"wl-{number % 50}",
        "status": "running",
        "message": f"replica {number % 7} of {number % 11} says it is well",
        "n": number,
    }
    return b"data: " + json.dumps(told).encode() + b"\n\n"


class Seen(NamedTuple):
    """What a flood did."""

    made: float  # events a second
    comms: list[float]  # messages a second, in each third
    long: list[list[int]]  # the page's tasks of more than 50 ms, in each third
    idle: float  # ms, the median of a print
    loaded: list[float]  # the same, in each third


def flooded(run: Run, page: Page, seconds: float, rate: int = WANTED, beside: str = "") -> Seen:
    """A stream's display with its feed open, and what else a second cell shows, flooded for so long."""
    flood = Flood(rate)
    page.add_init_script(COUNT)
    with RawServer() as server:
        url = server.play("/flood", [CHUNKED, flood])
        run(
            f"import sse_notebook as sse\nstream = sse.connect({url!r}, name='flood', expand=None)\nstream",
            beside,
        )
        expect(page.locator("[data-part=indicator]").first).to_have_attribute(
            "data-state", "open", timeout=60_000
        )
        page.locator("[data-part=fold]").first.click()
        expect(page.locator("[data-part=feed]").first).to_be_visible(timeout=20_000)
        idle = page.evaluate(PRINTS, 15)
        flood.start.set()
        expect(page.locator("[data-part=feed] .line").first).to_contain_text(
            "says it is well", timeout=20_000
        )
        comms, long, loaded = [], [], []
        for _ in range(3):
            page.evaluate(WATCH)
            took: list[float] = []
            deadline = time.monotonic() + seconds / 3
            while time.monotonic() < deadline:
                took += page.evaluate(PRINTS, 5)
            told, tasks, span = page.evaluate("() => [comms, long, performance.now() - began]")
            comms.append(told / span * 1000)
            long.append(tasks)
            loaded.append(middle(took))
        flood.stop.set()
        assert flood.over.wait(30)
        counted = lab.in_kernel(page, f"print(stream.wait_for({flood.sent}, timeout=60).store.count)")
        assert int(counted) == flood.sent
        shown = page.locator("[data-part=indicator] [data-part=count]").first
        expect(shown).to_contain_text(f"{flood.sent:,}", timeout=10_000)
        assert page.errors == []  # type: ignore[attr-defined]  # ours, see lab.new_page
        lab.in_kernel(page, "stream.close()")
    return Seen(flood.sent / flood.seconds, comms, long, middle(idle), loaded)


def middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def judge(seen: Seen) -> None:
    """What else the machine was busy with may spoil a third, or two: the best counts. Messages are ours."""
    assert max(seen.comms) <= 12, seen
    assert min(map(len, seen.long)) == 0, seen
    assert min(seen.loaded) <= 2 * seen.idle, seen


@pytest.mark.long
@pytest.mark.usefixtures("own_page")
def test_a_flood(run: Run, page: Page) -> None:
    """Every event counted, and few messages. How the page feels is judged where nothing else runs."""
    assert max(flooded(run, page, 6).comms) <= 12


@pytest.mark.long
@pytest.mark.usefixtures("own_page")
def test_a_minute_of_flood(run: Run, page: Page) -> None:
    """A minute."""
    judge(flooded(run, page, 60))


@pytest.mark.long
@pytest.mark.usefixtures("own_page")
def test_a_flood_with_the_dashboard(run: Run, page: Page) -> None:
    """The dashboard in another cell, in sight: no more messages; all that shows a stream takes turns."""
    page.set_viewport_size({"width": 1280, "height": 2400})
    assert max(flooded(run, page, 6, beside="stream.dashboard()").comms) <= 12
    stored = page.locator("[data-part=dashboard] [data-key=stored] .n").first
    counted = lab.in_kernel(page, "print(format(stream.rows, ','))").strip()
    expect(stored).to_have_text(counted, timeout=10_000)
