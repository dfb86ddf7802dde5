"""How soon an event is on the screen: from the server's write to the frame, beside a bare trait."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import lab
import pytest
from playwright.sync_api import Page, expect

from sse_notebook.backend import Backend

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Run = Callable[..., str]

SHOW = "import sse_notebook as sse\nstream = sse.connect(name='demo')\nfeed = stream.feed()\nfeed"
# The least by which a write is on the screen: a thread of the kernel that reads it, and sets one trait.
BARE = '''
import anywidget, socket, threading, traitlets

class Bare(anywidget.AnyWidget):
    _esm = """
    export default { render({ model, el }) {
        const place = document.createElement("p");
        place.id = "bare";
        el.append(place);
        model.on("change:at", () => { place.textContent = model.get("at"); });
    } }
    """
    at = traitlets.Unicode("").tag(sync=True)

bare = Bare()
server = socket.create_server(("127.0.0.1", 0))

def hear():
    line, _ = server.accept()
    while said := line.recv(100):
        bare.at = said.decode()

threading.Thread(target=hear, daemon=True).start()
bare
'''
# Notes when a frame with a new moment in it is drawn, by the same clock as the server's: it is the machine's.
WATCH = """
(element) => {
    window.seen = window.seen ?? { feed: [], bare: [] };
    const known = new Set();
    const which = element.id === 'bare' ? 'bare' : 'feed';
    const look = () => {
        for (const [, at] of element.textContent.matchAll(/at=([0-9.]+)=/g)) {
            if (known.has(at)) continue;
            known.add(at);
            requestAnimationFrame(() => window.seen[which].push(Date.now() - Number(at)));
        }
    };
    new MutationObserver(look).observe(element, { childList: true, subtree: true, characterData: true });
}
"""
TIMES = 25


@pytest.mark.long  # it measures: nothing else should run
def test_from_the_write_to_the_screen(run: Run, page: Page, backend: Backend) -> None:
    """The median event takes at most three times as long as a bare trait, or is at most 10 ms later."""
    run(SHOW, BARE)
    expect(page.locator("#bare")).to_have_count(1, timeout=60_000)
    feed = page.locator("[data-part=feed]").first
    expect(feed.locator("[data-part=standing]")).to_have_text("Live", timeout=20_000)
    lab.in_kernel(page, "stream.wait_open(30)")
    feed.locator("[data-part=list]").evaluate(WATCH)
    page.locator("#bare").evaluate(WATCH)
    port = int(lab.in_kernel(page, "print(server.getsockname()[1])"))

    def at() -> str:
        return f"at={time.time() * 1000}="

    with socket.create_connection(("127.0.0.1", port)) as line:
        for n in range(1, TIMES + 1):
            backend.publish({"event_type": "deploy.step", "message": at()})
            shown(page, "feed", n)
            line.sendall(at().encode())
            shown(page, "bare", n)
    seen = page.evaluate("() => window.seen")
    ours, bare = (sorted(seen[which])[TIMES // 2] for which in ("feed", "bare"))
    assert ours <= 3 * bare or ours - bare <= 10, (ours, bare)


def shown(page: Page, which: str, times: int) -> None:
    """Wait until it was on the screen so often, and then a while: a low rate is what is measured.

    Not looked for in each frame: a page that draws all the time is no idle one.
    """
    page.wait_for_function(
        "([which, n]) => window.seen[which].length === n", arg=[which, times], timeout=10_000, polling=50
    )
    page.wait_for_timeout(150)
