"""Every state of the dashboard, light and dark: axe-core finds nothing, and it fits into a narrow column."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

AXE = "/js/node_modules/axe-core/axe.min.js"  # of the preview's server: the browser keeps it compiled
# What stands there when a scene is what its name says.
SCENES = {
    "dashboard-live": "What became of all messages",
    "dashboard-hour": "What became of all messages",
    "dashboard-empty": "begin with the first event",
    "dashboard-unsigned": "stream.login(token)",
    "dashboard-flood": "212 others",
    "dashboard-error": "Try again",
    "dashboard-gone": "run the cell again",
    "dashboard-replay": "recording, standing at",
    "dashboard-hostile": "__proto__",
    "dashboard-view": "of the whole stream",
}


def show(page: Page, preview: str, scene: str, more: str = "&theme=light") -> None:
    """Open a scene, and wait until it is what its name says."""
    page.goto(f"{preview}?scene={scene}{more}")
    page.get_by_text(SCENES[scene]).filter(visible=True).first.wait_for(timeout=20_000)


@pytest.mark.parametrize("theme", [pytest.param("light", marks=pytest.mark.long), "dark"])
def test_axe_finds_nothing(preview: str, page: Page, theme: str) -> None:
    """Names, roles, contrast, focus, size of what is pressed: no violation in any state."""
    found: dict[str, Any] = {}
    for scene in SCENES:
        show(page, preview, scene, f"&theme={theme}")
        page.add_script_tag(url=AXE)
        result = page.evaluate(
            """() => axe.run('main', { resultTypes: ['violations'],
                                       rules: { 'target-size': { enabled: true } } })"""
        )
        for each in result["violations"]:
            places = [node["html"][:160] + " | " + node["failureSummary"][:300] for node in each["nodes"][:3]]
            found[f"{scene}: {each['id']}"] = places
    assert found == {}
    assert page.errors == []  # type: ignore[attr-defined]  # ours, see lab.new_page


@pytest.mark.parametrize("direction", [pytest.param("ltr", marks=pytest.mark.long), "rtl"])
@pytest.mark.parametrize("width", [340, pytest.param(560, marks=pytest.mark.long)])
def test_it_fits(preview: str, page: Page, width: int, direction: str) -> None:
    """In a column of 300 pixels nothing sticks out sideways, and no number is cut."""
    page.set_viewport_size({"width": width, "height": 900})
    for scene in SCENES:
        show(page, preview, scene, f"&theme=light&dir={direction}")
        wide = page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        cut = page.evaluate(
            """() => [...document.querySelector('.sse-notebook').shadowRoot
                .querySelectorAll('.card, .value, .n')]
                .filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
                .map(one => one.className + ' ' + one.textContent)"""
        )
        assert (scene, 0, []) == (scene, wide, cut)


# How far the middle of the sign stands below that of the word's capitals, and how many lines the toasts take.
LOOK = """
() => {
    const root = document.querySelector('.sse-notebook').shadowRoot;
    const box = (found) => found.getBoundingClientRect();
    const [sign, word] = ['.sign .glyph', '.state b'].map(each => root.querySelector(`.head ${each}`));
    const text = document.createRange();
    text.selectNodeContents(word);
    const { fontWeight, fontSize, fontFamily } = getComputedStyle(word);
    const pen = document.createElement('canvas').getContext('2d');
    pen.font = `${fontWeight} ${fontSize} ${fontFamily}`;
    const { fontBoundingBoxAscent: ascent, actualBoundingBoxAscent: high } = pen.measureText('C');
    const capitals = box(text).top + Math.round(ascent) - high / 2;
    const foot = [...root.querySelectorAll('.foot')].find(each => !each.hidden);
    const lines = box(foot).height / parseFloat(getComputedStyle(foot).lineHeight);
    return [(box(sign).top + box(sign).bottom) / 2 - capitals, Math.round(lines)];
}
"""


def test_signs_and_words_are_of_one_line(preview: str, page: Page) -> None:
    """The sign of the state stands where its word does, and in a flood the toasts are one line."""
    page.set_viewport_size({"width": 820, "height": 700})
    show(page, preview, "dashboard-flood")
    below, lines = page.evaluate(LOOK)
    assert abs(below) < 0.75
    assert lines == 1


def test_a_screen_reader_has_it_in_words(preview: str, page: Page) -> None:
    """Pictures are images with what they show in words, kinds are tables, exact numbers are read out."""
    show(page, preview, "dashboard-flood")
    expect(page.locator("[data-part=dashboard]")).to_match_aria_snapshot("""
    - group "Dashboard of api.example.com":
      - group "How far back":
        - button "5 min" [pressed]
        - button "1 h"
      - group /At a glance/: /Events [\\d,.]+ a second, 1[\\d,]+ events in all .* 1[\\d,]+ let go of/
      - img /Events\\/s over the last 5 min. now \\S+\\/s, at most \\S+\\/s/
      - img /Bytes\\/s over the last 5 min/
      - 'img /Connection over the last 5 min: Connected for/'
      - slider /Moment/
      - table "1,000,000 rows by severity":
        - rowgroup:
          - row /error 32,643 3%/
      - table "By type":
        - rowgroup:
          - row /workload.status 407,643 41%/
      - table "What became of all messages":
        - rowgroup:
          - row /received 1\\d,\\d+,\\d+ 100%/
    """)


def test_the_whole_by_keyboard(preview: str, page: Page) -> None:
    """Each part is reached by Tab, in the order of the eye, and seen to be so; nothing is a trap."""
    show(page, preview, "dashboard-error")
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """() => { const active = document.activeElement.shadowRoot?.activeElement;
                if (!active) return null;
                const { outlineStyle, boxShadow } = getComputedStyle(active);
                return [active.dataset.part, outlineStyle === 'solid' || boxShadow !== 'none']; }"""
        )
        if at is None:
            break
        seen.append(at)
        if at[0] == "figures":
            expect(page.get_by_text(" of at most 1,000,000, 0 let go of")).to_be_visible()
        if at[0] == "cursor":
            page.keyboard.press("Home")
            expect(page.locator("[data-part=readout]")).to_contain_text("not known what came")
            page.keyboard.press("End")
            expect(page.locator("[data-part=readout]")).to_contain_text("Gave up (10 attempts")
    parts = ["action", "range-seconds", "range-quarters", "figures", "cursor"]
    assert [[part, True] for part in parts] == seen


def test_pointed_at_a_moment_says_what_was_then(preview: str, page: Page) -> None:
    """In all pictures at once, in the row where the colours are told otherwise; nothing moves by it."""
    show(page, preview, "dashboard-live")
    card = page.locator("[data-part=dashboard]")
    before = card.bounding_box()
    box = page.locator("[data-part=cursor]").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 20)
    expect(page.locator("[data-part=readout]")).to_contain_text("gap: connection reset, not recovered")
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 20)
    expect(page.locator("[data-part=readout]")).to_contain_text(" events")
    assert before == card.bounding_box()
    page.mouse.move(2, 2)
    expect(page.locator("[data-part=readout]")).to_be_hidden()


def test_nothing_moves_for_its_own_sake(preview: str, page: Page) -> None:
    """Nothing in it is animated: there is nothing to turn off; and hostile names have run nothing."""
    for scene in ("dashboard-live", "dashboard-hostile"):
        show(page, preview, scene)
        running = "() => document.querySelector('.sse-notebook').shadowRoot.getAnimations().length"
        assert 0 == page.evaluate(running)
    assert page.errors == []  # type: ignore[attr-defined]  # ours, see lab.new_page
