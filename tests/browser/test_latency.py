"""How soon an event is on the screen: from the server's write to the frame, beside a bare trait."""

from __future__ import annotations

import time
from collections.abc import Callable

import lab
import pytest
from playwright.sync_api import Page, expect

from sse_notebook.backend import Backend

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Run = Callable[..., str]

SHOW = "import sse_notebook as sse\nstream = sse.connect(name='demo')\nfeed = stream.feed()\nfeed"
# The least that a kernel can do to have something on the screen: one trait, set, by any thread.
BARE = '''
import anywidget, threading, time, traitlets

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
def tell():
    bare.at = f"at={time.time() * 1000}="
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
    """The median event is at most 20 ms later than a bare trait, or takes at most twice as long as it."""
    run(SHOW, BARE)
    expect(page.locator("#bare")).to_have_count(1, timeout=60_000)
    feed = page.locator("[data-part=feed]").first
    expect(feed.locator("[data-part=standing]")).to_have_text("Live", timeout=20_000)
    lab.in_kernel(page, "stream.wait_open(30)")
    feed.locator("[data-part=list]").evaluate(WATCH)
    page.locator("#bare").evaluate(WATCH)
    for n in range(1, TIMES + 1):
        backend.publish({"event_type": "deploy.step", "message": f"at={time.time() * 1000}="})
        page.wait_for_function("n => window.seen.feed.length === n", arg=n, timeout=10_000)
        lab.in_kernel(page, "tell()")
        page.wait_for_function("n => window.seen.bare.length === n", arg=n, timeout=10_000)
        # A low rate is what is measured: not a wait for anything, but the pace of it.
        page.wait_for_timeout(200)
    seen = page.evaluate("() => window.seen")
    ours, bare = (sorted(seen[which])[TIMES // 2] for which in ("feed", "bare"))
    assert ours - bare <= 20 or ours <= 2 * bare, (ours, bare)
