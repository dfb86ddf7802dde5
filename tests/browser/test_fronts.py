"""The widget in other front-ends, each a real server and a real browser: all its parts, the snapshot."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import fronts
import lab
import pytest
from playwright.sync_api import Page, expect

from sse_notebook.backend import Backend

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

CELLS = [
    "import sse_notebook as sse\nstream = sse.connect(name='demo')\nstream",
    "feed = stream.feed()\nfeed",
    "numbers = stream.dashboard()\nnumbers",
]
FRONTS = ["notebook", "voila", "marimo"]


@pytest.fixture(scope="module")
def platform() -> Iterator[Backend]:
    """One backend for all of them."""
    with Backend(heartbeat=1.0) as server:
        yield server


@pytest.fixture(scope="module")
def served(platform: Backend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The address of a front-end with the two cells, started when first asked for."""
    environment = {"SSE_NOTEBOOK_API_URL": platform.url, "SSE_NOTEBOOK_TOKEN": platform.token()}
    folder = tmp_path_factory.mktemp("fronts")
    lab.write_notebook(folder / "stream.ipynb", *CELLS)
    fronts.write_marimo(folder / "stream.py", *CELLS)
    known: dict[str, str] = {}
    with ExitStack() as stack:

        def start(front: str) -> str:
            if front not in known:
                start = getattr(fronts, front)
                what = {"notebook": folder, "voila": folder / "stream.ipynb", "marimo": folder / "stream.py"}
                tmp = tmp_path_factory.mktemp(front)
                known[front] = stack.enter_context(start(what[front], tmp, environment))
            return known[front]

        yield start


def opened(page: Page, front: str, base: str) -> None:
    """The two cells, run and on the screen."""
    if front == "notebook":
        lab.open_notebook(page, base, "stream.ipynb", app="notebooks")
        lab.run_all(page)
    else:
        page.goto(base, wait_until="domcontentloaded")


numbers = itertools.count(1)


@pytest.mark.parametrize("front", FRONTS)
def test_all_of_it_works(front: str, served: Any, page: Page, platform: Backend) -> None:
    """The indicator opens, a toast comes and goes, the feed filters, its drawer opens, numbers grow."""
    opened(page, front, served(front))
    indicator = page.locator("[data-part=indicator]").first
    expect(indicator).to_have_attribute("data-state", "open", timeout=60_000)
    who = f"wl-{next(numbers)}"
    platform.publish({"event_type": "build_failed", "workload_id": who, "message": f"of {who}"})
    platform.publish({"event_type": "build_complete", "workload_id": who, "message": "done"})
    toast = page.locator("[data-part=toast]").filter(has_text="Build failed").first
    expect(toast).to_be_visible(timeout=10_000)
    toast.locator("[data-part=close]").click()
    expect(page.locator("[data-part=toast]").filter(has_text="Build failed")).to_have_count(0)
    feed = page.locator("[data-part=feed]").first
    done = feed.locator(".line:visible").filter(has_text="done")  # a line that is not needed keeps its words
    expect(done).not_to_have_count(0, timeout=10_000)
    feed.locator("[data-part=filter]").fill("severity == 'error'")
    expect(done).to_have_count(0, timeout=10_000)
    feed.locator(".line:visible").first.click()
    expect(feed.locator("[data-part=drawer]")).to_contain_text(f"of {who}", timeout=10_000)
    stored = page.locator("[data-part=dashboard] [data-key=stored] .n").first
    stored.scroll_into_view_if_needed(timeout=20_000)  # out of sight it is told nothing
    expect(stored).to_have_text("2", timeout=10_000)
    platform.publish({"event_type": "build_complete", "workload_id": who, "message": "again"})
    expect(stored).to_have_text("3", timeout=10_000)
    lab.shoot(page, f"front-{front}")
    # Notebook 7 itself raises one when it finds settings of a plugin that only JupyterLab has.
    assert [] == [error for error in page.errors if "/static/notebook/" not in error]  # type: ignore[attr-defined]  # ours, see lab.new_page
