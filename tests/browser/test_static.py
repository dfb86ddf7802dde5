"""What is left without a kernel: in a saved notebook, opened by others, exported, and as GitHub shows it."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fronts
import lab
import nbclient
import nbformat
import pytest
from nbformat import NotebookNode
from playwright.sync_api import Locator, Page, expect

from sse_notebook.backend import Backend

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

EVIL = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>$x$'
CELLS = [
    "import sse_notebook as sse\nstream = sse.connect(name='demo').wait_for(3, timeout=30)\nstream",
    "stream.feed()",
    "stream.dashboard()",
]
EVENTS = [
    {"event_type": "build_complete", "workload_id": "wl-1", "message": "finished in 48 s"},
    {"event_type": "build_failed", "workload_id": "wl-2", "message": EVIL},
    {"event_type": "workload_status_update", "workload_id": "wl-3", "status": "degraded"},
]
WIDGETS = "application/vnd.jupyter.widget-state+json"
SNAPSHOT = ".jp-OutputArea-output:has(.mathjax_ignore)"
WIDGET = ".jp-OutputArea-output.jupyter-widgets"
# As docs/widget.md has them.
PLAIN = ["--to", "html"]
STRIPPED = [
    *PLAIN,
    "--ClearMetadataPreprocessor.enabled=True",
    "--ClearMetadataPreprocessor.clear_cell_metadata=False",
]


@pytest.fixture(scope="module")
def platform() -> Iterator[Backend]:
    """A backend that has said three things; a stream that asks for all of them gets them."""
    with Backend(heartbeat=1.0) as server:
        server.publish_all(EVENTS)
        yield server


@pytest.fixture(scope="module")
def run(platform: Backend, tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """The notebook as nbclient leaves it: with outputs, and with the widgets' state."""
    environment = f"import os\nos.environ['SSE_NOTEBOOK_TOKEN'] = {platform.token()!r}\n"
    environment += f"os.environ['SSE_NOTEBOOK_API_URL'] = {platform.url!r}"
    cells = [environment, CELLS[0].replace("name='demo'", "name='demo', since='1h'"), *CELLS[1:]]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    client = nbclient.NotebookClient(
        notebook, timeout=60, resources={"metadata": {"path": str(tmp_path_factory.mktemp("run"))}}
    )
    with ThreadPoolExecutor(1) as thread:  # in this one playwright's loop runs
        thread.submit(asyncio.run, client.async_execute()).result()
    del notebook.cells[0]  # only the test's: the token's way into the kernel
    assert WIDGETS in notebook.metadata["widgets"]
    return notebook


def without_state(notebook: NotebookNode) -> NotebookNode:
    """As JupyterLab saves it, if it is not told otherwise."""
    bare = nbformat.reads(nbformat.writes(notebook), as_version=4)
    del bare.metadata["widgets"]
    return bare


def judge_again(output: Locator, page: Page, url: str) -> None:
    """The same of what a style sheet says in the place of a widget that is not there."""
    expect(output).to_have_css("font-size", "0px", timeout=20_000)  # of what stands there otherwise
    words = output.evaluate("element => getComputedStyle(element, '::after').content")
    for told in ("Connected", "Snapshot of 20", "3 events", "build.failed", "wl-2", "<img src=x"):
        assert told in words
    assert url.removeprefix("http://") not in words
    size = output.bounding_box()
    assert size is not None
    assert size["height"] > 5 * 12  # lines of text
    assert page.evaluate("() => window.pwned") is None


# What the dashboard's says, each number of it.
NUMBERS = [
    *("Connected", "demo", "Numbers of 20", "Rows kept", "3 of 1,000,000 at most", "3 stored +", "Received"),
    *("build.failed", "error 1", "reconnects, 0 gaps"),
]


def judge(snapshot: Locator, page: Page, url: str) -> None:
    """State, date, count and events, as text; no address, and nothing runs."""
    expect(snapshot).to_be_visible(timeout=60_000)
    words = snapshot.inner_text()
    assert "Connected" in words
    assert re.search(r"Snapshot of 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC", words)
    assert "3 events" in words
    for told in ("build.completed", "build.failed", "workload.status", "wl-1", "wl-2", "wl-3", "<img src=x"):
        assert told in words
    assert url.removeprefix("http://") not in words
    assert snapshot.locator("img, script, iframe, a").count() == 0
    assert page.evaluate("() => window.pwned") is None


def export(notebook: NotebookNode, folder: Path, *options: str) -> Path:
    """By nbconvert's own command."""
    nbformat.write(notebook, folder / "exported.ipynb")
    command = [str(lab.BIN / "jupyter-nbconvert"), *options, str(folder / "exported.ipynb")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder / "exported.html"


@pytest.mark.parametrize("how", ["plain", pytest.param("stripped", marks=pytest.mark.long), "sanitised"])
def test_exported(how: str, run: NotebookNode, page: Page, platform: Backend, tmp_path: Path) -> None:
    """A page made by nbconvert, opened without a network; sanitised, as GitHub does, it says the same."""
    notebook = run if how == "stripped" else without_state(run)
    options = {
        "plain": PLAIN,
        "stripped": STRIPPED,
        "sanitised": [*PLAIN, "--HTMLExporter.sanitize_html=True"],
    }
    path = export(notebook, tmp_path, *options[how])
    page.route("http*://**/*", lambda route: route.abort())
    page.goto(path.as_uri())
    for n in range(2):  # the stream's and the feed's
        judge(page.locator(SNAPSHOT).nth(n), page, platform.url)
    for said in NUMBERS:
        expect(page.locator(SNAPSHOT).nth(2)).to_contain_text(said)
    lab.shoot(page, f"exported-{how}")


def test_exported_with_the_widgets_state(
    run: NotebookNode, page: Page, platform: Backend, tmp_path: Path
) -> None:
    """nbconvert prefers the widgets then, which need a network: without one, what the snapshots say."""
    path = export(run, tmp_path, *PLAIN)
    page.route("http*://**/*", lambda route: route.abort())
    page.goto(path.as_uri())
    for n in range(2):
        judge_again(page.locator(WIDGET).nth(n), page, platform.url)
    said = page.locator(WIDGET).nth(2).evaluate("e => getComputedStyle(e, '::after').content")
    assert [] == [number for number in NUMBERS if number not in said]


def test_opened_by_somebody_else(
    run: NotebookNode, page: Page, folder: Path, light_lab: str, platform: Backend
) -> None:
    """Opened in JupyterLab by one who has not run it, and does not trust it: the snapshot, in all cells."""
    nbformat.write(without_state(run), folder / "saved.ipynb")
    lab.open_notebook(page, light_lab, "saved.ipynb")
    for n in range(2):
        judge(page.locator(SNAPSHOT).nth(n), page, platform.url)
    for said in NUMBERS:
        expect(page.locator(SNAPSHOT).nth(2)).to_contain_text(said)
    lab.shoot(page, "static-untrusted")


@pytest.mark.long  # a server of its own
def test_opened_in_notebook_7(
    run: NotebookNode, page: Page, platform: Backend, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same in Notebook 7."""
    nbformat.write(without_state(run), tmp_path / "saved.ipynb")
    with fronts.notebook(tmp_path, tmp_path_factory.mktemp("notebook"), {}) as base:
        lab.open_notebook(page, base, "saved.ipynb", app="notebooks")
        for n in range(2):
            judge(page.locator(SNAPSHOT).nth(n), page, platform.url)


def test_one_s_own_opened_again(
    run: NotebookNode, page: Page, folder: Path, light_lab: str, platform: Backend
) -> None:
    """Trusted, with a new kernel: no "model not found", but what the snapshot says, as text."""
    path = folder / "own.ipynb"
    nbformat.write(without_state(run), path)
    lab.open_notebook(page, light_lab, path.name)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:trust'); }")
    page.locator(".jp-Dialog .jp-mod-warn").click()
    outputs = page.locator(WIDGET)
    expect(outputs).to_have_count(3, timeout=20_000)
    for n in range(2):
        judge_again(outputs.nth(n), page, platform.url)
    words = outputs.nth(2).evaluate("e => getComputedStyle(e, '::after').content")
    assert [] == [number for number in NUMBERS if number not in words]
    expect(page.locator(".jp-OutputArea-child:visible")).to_have_count(3)
    lab.shoot(page, "static-own-again")
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    saved = nbformat.read(path, as_version=4).cells[0].outputs[0].data["text/html"]
    assert "Snapshot of" in saved
    assert "3 events" in saved
