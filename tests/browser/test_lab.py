"""What a person sees in JupyterLab: a real kernel, a real browser, a real server that comes and goes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lab
import pytest
from playwright.sync_api import Page, WebSocket, expect

from sse_notebook.backend import Backend

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Run = Callable[..., str]

SHOW = "import sse_notebook as sse\nstream = sse.connect(name='demo')\nstream"

TELL_ALL = """
import logging
import sse_notebook as sse
from IPython.display import display
logging.basicConfig(level=logging.DEBUG, force=True)
stream = sse.connect(name='demo').wait_open()
display(stream)
print(stream, stream.connection, stream.log, stream.metrics, stream._parts.source, stream.store)
"""

FAIL_LOUDLY = """
import traceback
try:
    stream.wait_for(9, timeout=10)
except Exception:
    traceback.print_exc()
"""

# Every wire type of the seed that is about the platform, and what its toast must say.
WIRE_TYPES: list[tuple[dict[str, Any], str, str]] = [
    (
        {"event_type": "workload_status_update", "workload_id": "wl-17", "status": "degraded"},
        "warning",
        "wl-17 degraded",
    ),
    (
        {"event_type": "project_status_update", "project_id": "p-1", "status": "ready"},
        "success",
        "Project p-1 is ready",
    ),
    (
        {"event_type": "cluster_status_update", "cluster_id": "c-1", "status": "unhealthy"},
        "error",
        "Cluster c-1 is unhealthy",
    ),
    (
        {"event_type": "build_complete", "workload_id": "wl-123", "data": {"duration": 48}},
        "success",
        "Build completed",
    ),
    (
        {"event_type": "build_failed", "workload_id": "wl-123", "message": "exit code 1"},
        "error",
        "Build failed",
    ),
    (
        {"event_type": "error_report", "workload_id": "wl-9", "error": "out of memory"},
        "error",
        "Error reported",
    ),
]


def indicator(page: Page) -> Any:
    return page.locator("[data-part=indicator]").first


def toast(page: Page, title: str) -> Any:
    return page.locator("[data-part=toast]").filter(has_text=title)


def test_indicator_goes_from_connecting_to_open(run: Run, page: Page, backend: Backend) -> None:
    """While the server holds back its answer the indicator says Connecting, afterwards Connected."""
    backend.faults.headers_delay = True
    run(SHOW)
    expect(indicator(page)).to_have_attribute("data-state", "connecting", timeout=30_000)
    expect(indicator(page)).to_contain_text("Connecting")
    backend.faults.headers_delay = False
    expect(indicator(page)).to_have_attribute("data-state", "open", timeout=10_000)
    expect(indicator(page)).to_contain_text("Connected")
    assert page.errors == []


def test_toast_for_each_type_of_the_seed(run: Run, page: Page, backend: Backend) -> None:
    """Each of the wire's types brings a toast of the right variant with its own words, and a row."""
    run(SHOW)
    expect(indicator(page)).to_have_attribute("data-state", "open", timeout=30_000)
    expect(toast(page, "Connected")).to_be_visible()  # the `connected` event's own
    for event, severity, title in WIRE_TYPES:
        backend.publish(event)
        shown = toast(page, title).first
        expect(shown).to_be_visible(timeout=10_000)
        expect(shown).to_have_attribute("data-severity", severity)
        # Dismissed, so that the next one has room: at most four are visible.
        shown.locator("[data-part=close]").click()
        expect(toast(page, title)).to_have_count(0)
    rows = json.loads(lab.in_kernel(page, "print(stream.df[['type','event_type']].to_json(orient='values'))"))
    assert rows == [
        ["workload.status", "workload_status_update"],
        ["project.status", "project_status_update"],
        ["cluster.status", "cluster_status_update"],
        ["build.completed", "build_complete"],
        ["build.failed", "build_failed"],
        ["error.report", "error_report"],
    ]
    assert page.errors == []


def test_server_dies_and_comes_back(run: Run, page: Page, backend: Backend) -> None:
    """Killed: within 5 s the screen no longer says Connected. Back: open again, and nothing is missing."""
    run(SHOW)
    expect(indicator(page)).to_have_attribute("data-state", "open", timeout=30_000)
    for number in range(20):
        backend.publish({"event_type": "build_failed", "workload_id": f"wl-{number}"})
    expect(indicator(page)).to_contain_text("20 events", timeout=10_000)
    backend.kill()
    expect(indicator(page)).not_to_contain_text("Connected", timeout=5_000)
    expect(indicator(page)).to_have_attribute("data-state", "retrying")
    lab.shoot(page, "lab-server-gone")
    for number in range(20, 40):
        backend.publish({"event_type": "build_failed", "workload_id": f"wl-{number}"})
    backend.start()
    expect(indicator(page)).to_have_attribute("data-state", "open", timeout=30_000)
    expect(indicator(page)).to_contain_text("40 events", timeout=10_000)
    kept = lab.in_kernel(page, "print(stream.df.workload_id.tolist() == [f'wl-{n}' for n in range(40)])")
    assert kept.strip() == "True"


def test_try_now_does_not_wait(run: Run, page: Page, backend: Backend) -> None:
    """The button is the way out of waiting; after giving up it starts anew."""
    run("import sse_notebook as sse\nstream = sse.connect(name='demo', retry_initial=30)\nstream")
    expect(indicator(page)).to_have_attribute("data-state", "open", timeout=30_000)
    backend.kill()
    expect(indicator(page)).to_have_attribute("data-state", "retrying", timeout=5_000)
    backend.start()
    page.locator("[data-part=action]").first.click()
    expect(indicator(page)).to_have_attribute("data-state", "open", timeout=10_000)


def test_pause_and_resume(run: Run, page: Page, backend: Backend) -> None:
    """Pause stops the intake, Resume continues by id: what came in between is there."""
    run(SHOW)
    expect(indicator(page)).to_have_attribute("data-state", "open", timeout=30_000)
    backend.publish({"event_type": "build_failed"})
    expect(indicator(page)).to_contain_text("1 event", timeout=10_000)
    page.locator("[data-part=action]").first.click()
    expect(indicator(page)).to_contain_text("Paused", timeout=5_000)
    backend.publish({"event_type": "build_complete"})
    page.locator("[data-part=action]").first.click()
    expect(indicator(page)).to_contain_text("2 events", timeout=10_000)


def test_connect_cell_run_twenty_times(run: Run, page: Page, backend: Backend) -> None:
    """The server counts one connection, the kernel one client thread, the stream is the same object."""
    first = "import sse_notebook as sse, threading\nbefore = set(threading.enumerate())\nseen = set()"
    again = "stream = sse.connect(name='demo').wait_open(); seen.add(id(stream))"
    count = "print('streams', len(seen), 'threads', len(set(threading.enumerate()) - before))"
    run(first, *[again] * 20, count)
    expect(page.get_by_text("streams 1 threads 1")).to_be_visible(timeout=60_000)
    assert backend.connections_total == 1
    assert backend.connections == 1


def test_what_a_handler_prints_stays_in_its_cell(run: Run, page: Page, backend: Backend) -> None:
    """It lands below the cell that registered it, while another cell runs and prints."""
    run(
        SHOW,
        "@stream.on('build.*')\ndef tell(event):\n    print('heard', event.workload_id)",
        "stream.wait_for(1, timeout=30)\nfor n in range(10**7):\n    pass\nprint('other cell done')",
    )
    expect(indicator(page)).to_have_attribute("data-state", "open", timeout=30_000)
    backend.publish({"event_type": "build_failed", "workload_id": "wl-7"})
    expect(page.get_by_text("other cell done")).to_be_visible(timeout=30_000)
    cells = page.locator(".jp-CodeCell")
    expect(cells.nth(1).locator(".jp-OutputArea-output")).to_contain_text("heard wl-7", timeout=10_000)
    assert "heard" not in cells.nth(2).locator(".jp-OutputArea").inner_text()
    assert "heard" not in cells.nth(0).locator(".jp-OutputArea").inner_text()


@pytest.mark.usefixtures("own_page")
def test_toast_appears_once_and_waits_under_the_pointer(run: Run, page: Page, backend: Backend) -> None:
    """Shown in two cells, a toast appears in one of them; under the pointer it stays beyond its time."""
    page.set_viewport_size({"width": 1500, "height": 900})  # room for a row: nothing below it ever moves
    page.clock.install()
    run(SHOW, "stream")
    expect(page.locator("[data-part=indicator]")).to_have_count(2, timeout=30_000)
    expect(indicator(page)).to_have_attribute("data-state", "open", timeout=30_000)
    backend.publish({"event_type": "project_status_update", "project_id": "p-1", "status": "ready"})
    shown = toast(page, "Project p-1 is ready")
    expect(shown).to_have_count(1, timeout=10_000)
    shown.hover()
    backend.publish({"event_type": "build_complete", "workload_id": "wl-1"})
    later = toast(page, "Build completed")
    expect(later).to_have_count(1, timeout=10_000)
    # All timers wait while the pointer is on one of them, as in every toast list people know.
    page.clock.run_for(20_000)  # by the page's own clock, far beyond the 5 s of either
    expect(shown).to_have_count(1)
    expect(later).to_have_count(1)
    page.mouse.move(5, 5)
    page.clock.fast_forward(60_000)
    expect(shown).to_have_count(0, timeout=15_000)
    expect(later).to_have_count(0, timeout=15_000)


def test_hostile_words_stay_words(run: Run, page: Page, backend: Backend) -> None:
    """Markup in a payload is shown as it is; nothing of it runs or becomes an element."""
    run(SHOW)
    expect(indicator(page)).to_have_attribute("data-state", "open", timeout=30_000)
    evil = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>$\\alpha$'
    backend.publish({"event_type": "build_failed", "workload_id": evil, "message": evil})
    shown = toast(page, "Build failed").first
    expect(shown).to_contain_text("<img src=x", timeout=10_000)
    assert shown.locator("img, script").count() == 0
    assert page.evaluate("() => window.pwned") is None


@pytest.mark.usefixtures("own_page")
def test_page_reloaded_catches_up(run: Run, page: Page, backend: Backend, light_lab: str) -> None:
    """After a reload the indicator is there again with the right numbers, and old toasts do not come back."""
    page.clock.install()
    name = run(SHOW)
    expect(indicator(page)).to_have_attribute("data-state", "open", timeout=30_000)
    backend.publish({"event_type": "project_status_update", "project_id": "p-1", "status": "ready"})
    shown = toast(page, "Project p-1 is ready")
    expect(shown).to_have_count(1, timeout=10_000)
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.clock.fast_forward(60_000)
    expect(shown).to_have_count(0, timeout=15_000)
    backend.publish({"event_type": "build_complete", "workload_id": "wl-1"})
    lab.open_notebook(page, light_lab, name)
    expect(indicator(page)).to_contain_text("2 events", timeout=30_000)
    expect(shown).to_have_count(0)


def test_canary_token_is_nowhere(run: Run, page: Page, backend: Backend, folder: Path) -> None:
    """The token is in no message between kernel and page, and not in the saved notebook."""
    frames: list[str] = []
    watching = False

    def keep(payload: str | bytes) -> None:
        if watching:
            frames.append(payload if isinstance(payload, str) else payload.decode("utf-8", "replace"))

    def watch(socket: WebSocket) -> None:
        socket.on("framereceived", keep)
        socket.on("framesent", keep)

    with lab.listening(page, "websocket", watch):
        name = run("import os\nprint('ready')", "print('second')", prepare=True)
    expect(page.get_by_text("second", exact=True)).to_be_visible(timeout=30_000)
    token = lab.in_kernel(page, "print(os.environ['SSE_NOTEBOOK_TOKEN'])").strip()
    watching = True
    lab.in_kernel(page, TELL_ALL)
    backend.publish({"event_type": "build_failed", "workload_id": "wl-1"})
    lab.in_kernel(page, "stream.wait_for(1, timeout=10)")
    backend.faults.status = 401
    backend.drop_all()
    lab.in_kernel(page, FAIL_LOUDLY)
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    text = "".join(frames)
    assert "comm_open" in text, "nothing was watched"
    for secret in (token, token.split(".")[2]):
        assert secret not in text
        assert secret not in (folder / name).read_text(encoding="utf-8")


def test_default_windowing(page: Page, folder: Path, backend: Backend, light_lab: str) -> None:
    """With JupyterLab's own settings, scrolled away and back: still there, still live, no toast twice."""
    environment = {"SSE_NOTEBOOK_API_URL": backend.url, "SSE_NOTEBOOK_TOKEN": backend.token()}
    prepare = f"import os; os.environ.update({environment!r})"
    lab.write_notebook(folder / "windowed.ipynb", f"{prepare}\n{SHOW}", *["print('x\\n' * 60)"] * 8)
    with lab.setting(light_lab, "notebook-extension:tracker", windowingMode="full"):
        lab.open_notebook(page, light_lab, "windowed.ipynb")
    windowing = "() => window.jupyterapp.shell.currentWidget.content.notebookConfig.windowingMode"
    assert "full" == page.evaluate(windowing)
    lab.run_all(page)
    expect(indicator(page)).to_have_attribute("data-state", "open", timeout=60_000)
    scroller = page.locator(".jp-WindowedPanel-outer")
    scroller.evaluate("e => e.scrollTo(0, e.scrollHeight)")
    backend.publish({"event_type": "build_failed", "workload_id": "wl-1"})
    lab.in_kernel(page, "stream.wait_for(1, timeout=10)")
    scroller.evaluate("e => e.scrollTo(0, 0)")
    expect(indicator(page)).to_contain_text("1 event", timeout=10_000)
    assert toast(page, "Build failed").count() <= 1
    assert page.errors == []
    lab.close_notebook(page)


@pytest.mark.long  # for people to look at, and for the docs
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_screenshots(dark: bool, page: Page, folder: Path, backend: Backend) -> None:
    """The tour's first cells as a person sees them, kept as pictures; the theme is JupyterLab's."""
    theme = "dark" if dark else "light"
    cells = [
        SHOW,
        "stream.wait_for(6, timeout=30)\n"
        "stream.df[['timestamp', 'type', 'severity', 'resource_id', 'message']].tail(6)",
    ]
    lab.write_notebook(folder / f"shot-{theme}.ipynb", *cells)
    environment = {"SSE_NOTEBOOK_API_URL": backend.url, "SSE_NOTEBOOK_TOKEN": backend.token()}
    with lab.jupyterlab(folder, dark=dark, environment=environment) as base:
        lab.open_notebook(page, base, f"shot-{theme}.ipynb")
        page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area')")
        lab.run_all(page)
        expect(indicator(page)).to_have_attribute("data-state", "open", timeout=60_000)
        for event in (
            ("project_status_update", "project_id", "p-shop", "ready", "all 4 workloads are up"),
            ("workload_status_update", "workload_id", "wl-cart", "running", "3 of 3 replicas are ready"),
            ("build_complete", "workload_id", "wl-cart", "succeeded", "finished in 48 s"),
            ("workload_status_update", "workload_id", "wl-pay", "degraded", "1 of 3 replicas available"),
            ("build_failed", "workload_id", "wl-search", "failed", "exit code 1: tests/test_api.py"),
            ("build_failed", "workload_id", "wl-mail", "failed", "exit code 2: no such image"),
        ):
            names = ("event_type", event[1], "status", "message")
            backend.publish(dict(zip(names, (event[0], *event[2:]), strict=True)))
        expect(page.locator("[data-part=toast]")).to_have_count(4, timeout=15_000)
        expect(page.locator("table.dataframe")).to_be_visible(timeout=30_000)
        page.wait_for_function(
            """() => [...document.querySelectorAll('*')].flatMap(e => e.shadowRoot ? [e.shadowRoot] : [])
                    .every(root => root.getAnimations().every(a => a.playState !== 'running'))"""
        )
        assert page.evaluate("() => document.body.dataset.jpThemeLight") == str(not dark).lower()
        lab.shoot(page, f"lab-{theme}")
