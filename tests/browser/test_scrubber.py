"""A replay in JupyterLab: its keys and its scrubber move the stream in the kernel."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import lab
import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Run = Callable[..., str]

AXE = lab.ROOT / "js" / "node_modules" / "axe-core" / "axe.min.js"
INCIDENT = lab.ROOT / "notebooks" / "incident.ssecast"
SHOW = "import sse_notebook as sse\nreplay = sse.replay('incident.ssecast', paused=True)\nreplay"


@pytest.fixture
def show(run: Run, folder: Path) -> Callable[[str], str]:
    """The incident of the fourth tour, as a replay."""

    def show(cell: str = SHOW) -> str:
        shutil.copy(INCIDENT, folder / "incident.ssecast")
        return run(cell)

    return show


def until(page: Page, condition: str) -> None:
    """Ask the kernel until it is so. (It must not wait itself: what the page wants comes by that thread.)"""
    end = time.monotonic() + 30
    while lab.in_kernel(page, f"print(bool({condition}))").strip() != "True":
        assert time.monotonic() < end, lab.in_kernel(
            page, "print(replay, replay.position, len(replay.df), replay.connection)"
        )


def test_keys_and_scrubber(show: Callable[[str], str], page: Page) -> None:
    """Step, speed, seek there and back: what the page says is where the kernel is."""
    show(SHOW)
    player = page.locator("[data-part=player]").first
    expect(player).to_be_visible(timeout=60_000)
    position = page.locator("[data-part=position]").first
    expect(position).to_have_text("0:00 / 2:59", timeout=30_000)
    expect(page.locator("[data-part=track] .gap")).to_have_count(1)
    expect(page.locator("[data-part=track] .mark")).to_have_count(2)

    page.locator("[data-part=step]").first.click()
    page.locator("[data-part=step]").first.click()
    until(page, "len(replay.df) == 2")

    scrubber = page.locator("[data-part=scrubber]").first
    box = scrubber.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    until(page, "85 < replay.position.total_seconds() < 95")
    expect(position).to_have_text(re.compile(r"1:(29|30) / 2:59"))
    until(page, "len(replay.df) > 60 and replay.connection.state == 'retrying'")
    expect(page.locator("[data-part=indicator]").first).to_contain_text("Reconnecting", timeout=20_000)

    scrubber.focus()
    page.keyboard.press("Home")
    until(page, "len(replay.df) == 0")
    expect(position).to_have_text("0:00 / 2:59", timeout=30_000)
    page.keyboard.press(".")
    until(page, "len(replay.df) == 1")

    page.locator("[data-part=speed]").first.select_option("600")
    page.locator("[data-part=play]").first.click()
    until(page, "replay.ended and len(replay.df) == 128")
    expect(page.locator("[data-part=play]").first).to_have_attribute("aria-label", "Play again")
    assert page.errors == []  # type: ignore[attr-defined]  # the lab's


def test_python_moves_the_page(show: Callable[[str], str], page: Page) -> None:
    """What is done in a cell is seen at once."""
    show(SHOW)
    position = page.locator("[data-part=position]").first
    expect(position).to_have_text("0:00 / 2:59", timeout=30_000)
    lab.in_kernel(page, "_ = replay.seek('60s')")
    expect(position).to_have_text("1:00 / 2:59")
    lab.in_kernel(page, "replay.speed = 25")
    expect(page.locator("[data-part=speed]").first).to_have_value("25")


@pytest.mark.long  # the whole of JupyterLab in two themes
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_looks_and_is_accessible(dark: bool, page: Page, folder: Path) -> None:
    """axe-core finds nothing; for people to look at: `artefacts/replay-light.png`, and dark."""
    theme = "dark" if dark else "light"
    shutil.copy(INCIDENT, folder / "incident.ssecast")
    lab.write_notebook(folder / f"replay-{theme}.ipynb", SHOW)
    with lab.jupyterlab(folder, dark=dark) as base:
        lab.open_notebook(page, base, f"replay-{theme}.ipynb")
        lab.run_all(page)
        expect(page.locator("[data-part=position]").first).to_have_text("0:00 / 2:59", timeout=60_000)
        lab.in_kernel(page, "_ = replay.seek('125s')")
        expect(page.locator("[data-part=position]").first).to_have_text("2:05 / 2:59")
        lab.shoot(page, f"replay-{theme}")
        page.add_script_tag(path=str(AXE))
        found = page.evaluate("() => axe.run('.jp-OutputArea-output', { resultTypes: ['violations'] })")
        assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"]] == []
