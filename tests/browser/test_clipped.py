"""Front-ends that can't be run here show outputs in frames that clip: VS Code, Colab. Toasts and feed fit in.

VS Code has outputs in one frame (a webview), in which a tall one scrolls; Colab gives each output a frame of
its own, as high as its content, up to a limit, from where on it scrolls. Nothing leaves a frame in either.
"""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator

import lab
import pytest
from playwright.sync_api import FrameLocator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

WIDTH = 640
# What stands around an output, as far as it clips.
LAYOUTS = {
    # a webview: its document scrolls, the cell around it does not
    "vscode": """
        <style>
            iframe { width: 100%; height: 360px; border: 0 }
            .cell { overflow: hidden; margin-left: 48px }
        </style>
        <div class="cell"><iframe sandbox="allow-scripts allow-same-origin" src="URL"></iframe></div>""",
    # a frame that grows with its content, up to a limit
    "colab": """
        <style>
            iframe { width: 100%; border: 0; max-height: 420px }
            .cell { overflow: hidden; contain: paint }
        </style>
        <div class="cell"><iframe sandbox="allow-scripts allow-same-origin" src="URL"></iframe></div>
        <script>
            const frame = document.querySelector('iframe');
            frame.addEventListener('load', () => {
                const body = frame.contentDocument.body;
                const fit = () => { frame.style.height = `${body.scrollHeight}px`; };
                new ResizeObserver(fit).observe(body);
                fit();
            });
        </script>""",
}
# Whether a point in the middle of an element is the element's own: nothing covers or clips it.
REACHED = """
element => {
    element.scrollIntoView({ block: 'nearest' });
    const { left, top, width, height } = element.getBoundingClientRect();
    const [x, y] = [left + width / 2, top + height / 2];
    const hit = element.getRootNode().elementFromPoint(x, y);
    const frame = frameElement.getBoundingClientRect();
    const inside = y >= 0 && y <= Math.min(innerHeight, frame.height) && x >= 0 && x <= frame.width;
    return inside && (hit === element || element.contains(hit));
}
"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and the pages around them, says nothing."""

    def do_GET(self) -> None:
        layout, _, scene = self.path.removeprefix("/around/").partition("/")
        if not self.path.startswith("/around/"):
            super().do_GET()
            return
        page = LAYOUTS[layout].replace("URL", f"/js/preview/?scene={scene}&theme=light")
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(f"<!doctype html><title>{layout}</title>{page}".encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(lab.ROOT))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/around"
        server.shutdown()
        thread.join()


def shown(page: Page, url: str) -> FrameLocator:
    page.set_viewport_size({"width": WIDTH, "height": 700})
    page.goto(url)
    frame = page.frame_locator("iframe")
    frame.locator("body[data-ready]").wait_for(timeout=20_000)
    return frame


@pytest.mark.parametrize("layout", LAYOUTS)
def test_toasts_are_usable(layout: str, server: str, page: Page) -> None:
    """Each toast can be seen whole and dismissed; nothing sticks out of the frame."""
    frame = shown(page, f"{server}/{layout}/toasts")
    toasts = frame.locator("[data-part=toast]")
    expect(toasts).to_have_count(4, timeout=10_000)
    for n in range(4):
        assert toasts.nth(n).locator("[data-part=close]").evaluate(REACHED), n
    sideways = frame.locator("html").evaluate("e => e.scrollWidth - e.clientWidth")
    assert sideways == 0
    lab.shoot(page, f"clipped-{layout}-toasts")
    for left in (3, 2, 1, 0):
        close = frame.locator("[data-part=toast]:not([inert] *) [data-part=close]").first
        close.click()
        expect(toasts).to_have_count(left, timeout=10_000)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_feed_is_usable(layout: str, server: str, page: Page) -> None:
    """Its list scrolls, a row opens the drawer, and all of the drawer can be reached."""
    frame = shown(page, f"{server}/{layout}/feed-live")
    feed = frame.locator("[data-part=feed]")
    expect(feed.locator("[data-part=tally]")).to_contain_text("kept", timeout=20_000)
    feed.locator("[data-part=list]").evaluate("e => e.scrollTo(0, 4000)")
    expect(feed.locator("[data-part=standing]")).to_contain_text("further down", timeout=10_000)
    feed.locator('.line[data-kind="row"]:visible').nth(5).click()
    drawer = feed.locator("[data-part=drawer]")
    expect(drawer).to_contain_text("Payload", timeout=10_000)
    for part in ("copy-json", "copy-curl", "copy-pandas"):
        assert drawer.locator(f"[data-part={part}]").evaluate(REACHED), part
    assert feed.locator("[data-part=pause]").evaluate(REACHED)
    assert frame.locator("html").evaluate("e => e.scrollWidth - e.clientWidth") == 0
    lab.shoot(page, f"clipped-{layout}-feed")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
