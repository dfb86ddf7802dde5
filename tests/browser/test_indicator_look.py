"""Every state of the indicator and of the toasts, light and dark: without colour, for all to use."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

AXE = "/js/node_modules/axe-core/axe.min.js"  # of the preview's server: the browser keeps it compiled
# What stands there when a scene is what its name says.
SCENES = {
    "states": "Kernel gone",
    "toasts": "Build failed",
    "places": "Reconnecting in",
    "storm": "12 more · 312 not shown",
    "hostile": "1 h ago",
    "summary": "Many more events",
    "muting": "Mute for 15 min:",
    "timeline": "connection refused",
    "calm": "Gave up",
    "compact": "Kernel gone",
    "toasts-alone": "Build failed",
}
STATES = 10


def show(page: Page, preview: str, scene: str, more: str = "&theme=light") -> None:
    """Open a scene, and wait until it is what its name says and nothing moves any more but a countdown."""
    page.goto(f"{preview}?scene={scene}{more}")
    page.get_by_text(SCENES[scene]).first.wait_for(timeout=20_000)
    page.wait_for_function(
        """() => [...document.querySelectorAll('.sse-notebook')].every(host =>
                !host.shadowRoot.querySelector('[data-phase=entering], [data-phase=leaving]') &&
                host.shadowRoot.getAnimations().every(a => a.playState !== 'running' ||
                    a.effect.getTiming().iterations === Infinity ||
                    a.effect.target.closest('[data-part=meter]')))"""
    )


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_axe_finds_nothing(preview: str, page: Page, theme: str) -> None:
    """Names, roles, contrast, focus, size of what is pressed: no violation in any state."""
    found: dict[str, Any] = {}
    for scene in SCENES:
        show(page, preview, scene, f"&theme={theme}")
        if scene == "states":  # the last one has become so only now
            expect(page.locator("[data-part=indicator]").last).to_have_attribute("data-alarm", "")
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


# Draws each glyph of a kind in black, without any colour, and says how many of its pixels are dark.
INK = """async (selector) => {
    const roots = [...document.querySelectorAll('.sse-notebook')].map(host => host.shadowRoot);
    const glyphs = roots.flatMap(root => [...root.querySelectorAll(selector)]);
    return Promise.all(glyphs.map(async glyph => {
        const copy = glyph.cloneNode(true);
        copy.setAttribute('width', 48);
        copy.setAttribute('height', 48);
        copy.setAttribute('style', 'color: black');
        for (const cut of copy.querySelectorAll('.cut'))
            cut.setAttribute('style', 'stroke: white; stroke-width: 1.8');
        const image = new Image();
        image.src = 'data:image/svg+xml,' + encodeURIComponent(new XMLSerializer().serializeToString(copy));
        await image.decode();
        const canvas = new OffscreenCanvas(48, 48);
        const context = canvas.getContext('2d');
        context.fillStyle = 'white';
        context.fillRect(0, 0, 48, 48);
        context.drawImage(image, 0, 0, 48, 48);
        const data = context.getImageData(0, 0, 48, 48).data;
        const dark = Array.from({ length: 48 * 48 }, (_, n) => data[4 * n] < 128 ? 1 : 0);
        return [glyph.dataset.glyph, dark.join('')];
    }));
}"""


@pytest.mark.parametrize(
    ("scene", "glyphs", "number"),
    [("states", ".state .sign svg", STATES), ("toasts", ".icon svg", 4)],
    ids=["states", "severities"],
)
def test_told_apart_without_colour(preview: str, page: Page, scene: str, glyphs: str, number: int) -> None:
    """Drawn in black alone, no two shapes are alike: a tenth of the smaller one's ink differs at least."""
    show(page, preview, scene)
    shapes = dict(page.evaluate(INK, glyphs))
    assert number == len(shapes)
    for (one, first), (other, second) in combinations(shapes.items(), 2):
        differ = sum(a != b for a, b in zip(first, second, strict=True))
        ink = min(first.count("1"), second.count("1"))
        assert ink > 100, (one, other)
        assert differ > ink / 10, (one, other, differ, ink)
    words = page.locator("[data-part=word]").all_text_contents()
    if scene == "states":
        assert STATES == len(set(words)), words


@pytest.mark.parametrize("direction", [pytest.param("ltr", marks=pytest.mark.long), "rtl"])
def test_it_fits(preview: str, page: Page, direction: str) -> None:
    """At 200 % zoom in a column of 320 pixels nothing sticks out sideways."""
    page.set_viewport_size({"width": 360, "height": 900})
    for scene in SCENES:
        show(page, preview, scene, f"&theme=light&dir={direction}")
        wide = page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert (scene, 0) == (scene, wide)


def test_a_screen_reader_has_it_in_words(preview: str, page: Page) -> None:
    """The bar is a group with its name, the toasts a list, and each button says what it does."""
    show(page, preview, "summary")
    tree = page.locator("main").aria_snapshot()
    for words in (
        'group "Event stream api.example.com"',
        'button "Connected"',
        "last event ",
        'button "Feed"',
        'list "Notifications (F8)"',
        "Error: Build failed \u00d737",
        "Error: Many more events \u00d79,312",
        'button "Dismiss: Build failed"',
        'button "Show"',
        'button "Open logs"',
        'button "Undo: workload.status"',
    ):
        assert words in tree, tree


def test_motion_is_for_those_who_want_it(preview: str, page: Page) -> None:
    """With reduced motion nothing is animated, and toasts come and go all the same."""
    page.emulate_media(reduced_motion="reduce")
    show(page, preview, "states")
    running = """() => [...document.querySelectorAll('.sse-notebook')]
                    .flatMap(host => host.shadowRoot.getAnimations()).length"""
    assert 0 == page.evaluate(running)
    show(page, preview, "toasts")
    page.locator("[data-part=close]").first.click()
    expect(page.locator("[data-part=toast]")).to_have_count(3)
    assert 0 == page.evaluate(running)


def test_a_button_has_room_or_is_out_of_sight(preview: str, page: Page) -> None:
    """On narrow toasts no word is cut; a button without room is there for the keyboard, which shows it."""
    page.set_viewport_size({"width": 600, "height": 700})
    show(page, preview, "toasts")
    seen, hidden, shown = page.evaluate(
        """() => {
            const roots = [...document.querySelectorAll('*')].flatMap(e => e.shadowRoot ?? []);
            const rows = roots.flatMap(root => [...root.querySelectorAll('[data-part=actions]')]);
            const inside = (row, one) => {
                const [a, b] = [row.getBoundingClientRect(), one.getBoundingClientRect()];
                return b.top >= a.top - 1 && b.bottom <= a.bottom + 1;
            };
            const all = rows.flatMap(row => [...row.children].map(one => [row, one]));
            const [seen, hidden] = [true, false].map(is => all.filter(pair => inside(...pair) === is));
            const whole = seen.every(([, one]) => one.scrollWidth <= one.clientWidth);
            const shown = hidden.every(([row, one]) => { one.focus(); return inside(row, one); });
            return [whole, hidden.length, shown];
        }"""
    )
    assert (True, True, True) == (seen, hidden > 0, shown)


def test_the_whole_by_keyboard(preview: str, page: Page) -> None:
    """Every button is reached by Tab, in the order of the eye, and seen to be so; nothing is a trap."""
    show(page, preview, "toasts")
    seen = []
    for _ in range(24):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """() => { const active = document.activeElement.shadowRoot?.activeElement;
                return active ? [active.dataset.part, getComputedStyle(active).outlineStyle] : null; }"""
        )
        if at is None:
            break
        seen.append(at)
    card = ["close", "show", "mute", "copy"]
    bad = ["close", "show", "own", "mute", "copy"]  # which can be acknowledged
    assert ["state", "fold", "action", *bad[:3], *bad[2:], *bad, *card * 2] == [part for part, _ in seen]
    assert {"solid"} == {outline for _, outline in seen}
