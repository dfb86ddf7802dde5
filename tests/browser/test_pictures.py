"""The pictures of docs/screenshots.md: made anew by `PICTURES=docs pytest tests/browser/test_pictures.py`.

Without PICTURES they go to artefacts/, and docs/images stays as it is. All are of the preview: the built
front-end, without a kernel.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import lab
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

LARGEST = 120_000  # bytes
THEMES = ("light", "dark")
SCENES = [
    *("states", "timeline", "toasts", "summary"),
    *("feed-live", "feed-drawer", "feed-refused", "feed-empty", "feed-error", "feed-flood", "feed-busy"),
    *("dashboard-live", "dashboard-flood", "dashboard-error", "dashboard-empty"),
]
IMAGES = lab.ROOT / "docs" / "images"
TO = IMAGES if os.environ.get("PICTURES") == "docs" else lab.ARTEFACTS / "images"

# What is shown is shown: nothing moves, and for half a second nothing has been written.
STILL = """
() => {
    const roots = [...document.querySelectorAll('.sse-notebook')].map(host => host.shadowRoot);
    const said = roots.map(root => root.textContent.replace(/\\d+/g, '')).join();
    if (said !== window.said) { window.said = said; window.since = performance.now(); }
    const moves = roots.flatMap(root => root.getAnimations())
        .some(({ playState, effect }) => playState === 'running' && effect.getTiming().iterations !== Infinity
            && !effect.target.closest('[data-part=meter]'));  // a countdown runs as long as it is true
    return roots.length > 0 && !moves && performance.now() - window.since > 500;
}
"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Sharp on a good screen. In the Chromium of all: a thread can't have two."""
    with lab.new_page(browser, width=820, height=300, device_scale_factor=1.5) as page:
        yield page


def small(png: bytes) -> bytes:
    """The same in 256 colours, those far from all others first: or one amber bar would be a red one."""
    out = io.BytesIO()
    whole = Image.open(io.BytesIO(png)).convert("RGB")
    few = whole.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


@pytest.mark.browser
@pytest.mark.long  # pictures, for people
@pytest.mark.timeout(180)
@pytest.mark.parametrize("theme", THEMES)
def test_pictures(preview: str, page: Page, theme: str) -> None:
    """Each scene, in each theme, small enough to be kept."""
    TO.mkdir(parents=True, exist_ok=True)
    for scene in SCENES:
        page.goto(f"{preview}?scene={scene}&theme={theme}")
        page.wait_for_selector("body[data-ready]")
        page.wait_for_function(STILL, timeout=20_000)
        picture = small(page.screenshot(full_page=True))
        assert len(picture) < LARGEST, scene
        (TO / f"{scene}-{theme}.png").write_bytes(picture)
    assert page.errors == []  # type: ignore[attr-defined]  # ours, see lab.new_page


def test_the_page_has_each_picture() -> None:
    """docs/screenshots.md shows every scene in both themes, and nothing that is not there, or too large."""
    text = (lab.ROOT / "docs" / "screenshots.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[[^\]]+\]\((images/[\w-]+\.png)\)", text)
    assert {f"images/{scene}-{theme}.png" for scene in SCENES for theme in THEMES} <= set(shown)
    sizes = {name: Path(lab.ROOT / "docs" / name).stat().st_size for name in shown}
    assert {} == {name: size for name, size in sizes.items() if size >= LARGEST}
