"""Every state of the feed, light and dark: axe-core finds nothing, and it fits into a narrow column."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

AXE = "/js/node_modules/axe-core/axe.min.js"  # of the preview's server: the browser keeps it compiled
SCENES = [
    *("feed-live", "feed-empty", "feed-nothing", "feed-error", "feed-warning", "feed-paused"),
    *("feed-flood", "feed-busy", "feed-drawer", "feed-gone", "feed-hostile"),
    *("feed-clauses", "feed-checking", "feed-search", "feed-types", "feed-refused", "feed-relaxed"),
]


def settle(page: Page, scene: str) -> None:
    """Wait until the scene is what its name says."""
    said = {
        "feed-live": "Live",
        "feed-empty": "No events yet",
        "feed-nothing": "No event fits the filter",
        "feed-error": "did you mean severity?",
        "feed-warning": "no severity is above",
        "feed-paused": "37 new",
        "feed-flood": "48,213 new",
        "feed-busy": "Kernel busy",
        "feed-drawer": "12 new",
        "feed-gone": "Kernel gone",
        "feed-hostile": "__proto__ · 2",
        "feed-clauses": "shares of the newest 5,000",
        "feed-checking": "checked when it answers",
        "feed-search": "of the 40 loaded rows",
        "feed-types": "12,500 of 100,000 kept",
        "feed-refused": "Kept out by",
        "feed-relaxed": "Undo",
    }
    page.get_by_text(said[scene]).filter(visible=True).first.wait_for(timeout=20_000)


@pytest.mark.parametrize("theme", [pytest.param("light", marks=pytest.mark.long), "dark"])
def test_axe_finds_nothing(preview: str, page: Page, theme: str) -> None:
    """Names, roles, contrast, focus: no violation in any state."""
    found: dict[str, Any] = {}
    for scene in SCENES:
        page.goto(f"{preview}?scene={scene}&theme={theme}")
        settle(page, scene)
        page.add_script_tag(url=AXE)
        result = page.evaluate("() => axe.run('main', { resultTypes: ['violations'] })")
        for each in result["violations"]:
            places = [node["html"][:160] + " | " + node["failureSummary"][:300] for node in each["nodes"][:3]]
            found[f"{scene}: {each['id']}"] = places
    assert found == {}
    assert page.errors == []  # type: ignore[attr-defined]  # ours, see lab.new_page


@pytest.mark.parametrize("direction", [pytest.param("ltr", marks=pytest.mark.long), "rtl"])
def test_it_fits(preview: str, page: Page, direction: str) -> None:
    """At 200 % zoom in a column of 320 pixels nothing sticks out sideways, and everything can be reached."""
    page.set_viewport_size({"width": 360, "height": 900})
    for scene in SCENES:
        page.goto(f"{preview}?scene={scene}&theme=light&dir={direction}")
        settle(page, scene)
        wide = page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert (scene, 0) == (scene, wide)


def test_a_screen_reader_has_it_in_words(preview: str, page: Page) -> None:
    """The list is one, its rows are options with what they say, and what is hatched is told."""
    page.goto(f"{preview}?scene=feed-live&theme=light")
    settle(page, "feed-live")
    tree = page.locator("[data-part=feed]").aria_snapshot()
    for words in (
        'textbox "Filter the feed"',
        'button "error 25,000"',
        'img "Events over time: ',
        'listbox "Feed"',
        'option "info 1',
        ' s project.status p-1 ready"',
        'option "Gap of 41 s connection reset · ',
        'button "Pause feed"',
    ):
        assert words in tree, tree


def test_a_screen_reader_has_the_reasons_in_words(preview: str, page: Page) -> None:
    """What the filter asks is a list; what is kept out is named so, and by what it was kept out."""
    page.goto(f"{preview}?scene=feed-refused&theme=light")
    settle(page, "feed-refused")
    expect(page.locator("[data-part=feed]")).to_match_aria_snapshot("""
    - group "Feed":
      - textbox "Filter the feed": severity == "error" and data.duration > 30
      - button /error [\\d,]+/
      - list "What the filter asks":
        - listitem:
          - text: severity == "error" saw info 25%
          - button "Remove severity == \\"error\\""
        - listitem:
          - text: data.duration > 30 nothing there 41%
          - button "Remove data.duration > 30"
      - text: shares of the newest 5,000
      - button "Kept out 89,750" [pressed]
      - group "Types":
        - button /build.completed [\\d,]+/
        - button /build.failed [\\d,]+/
      - img /Events over time/
      - 'listbox "Feed: events that the filter keeps out"':
        - option /project.status p-1 ready/ [selected]
      - region /Event/:
        - button "Copy JSON"
        - heading "Kept out by" [level=4]
        - list "Kept out by":
          - listitem:
            - text: severity == "error" saw info
            - button /Relax/
          - listitem:
            - text: data.duration > 30 nothing there
            - button /Relax/
    """)


def test_motion_is_for_those_who_want_it(preview: str, page: Page) -> None:
    """Nothing in the feed is animated: there is nothing to turn off."""
    for scene in ("feed-drawer", "feed-refused"):
        page.goto(f"{preview}?scene={scene}&theme=light")
        settle(page, scene)
    assert [] == page.evaluate("() => document.querySelector('.sse-notebook').shadowRoot.getAnimations()")
