"""The dashboard in JupyterLab, of the bundled backend: its numbers are the stream's, in a busy kernel too."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import lab
import pytest
from playwright.sync_api import Locator, Page, expect

from sse_notebook.backend import Backend

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Run = Callable[..., str]

SHOW = """
import sse_notebook as sse
stream = sse.connect(name="demo").wait_open(30)
stream.dashboard()
"""
NUMBERS = """
import json
m, df = stream.metrics, stream.df
print(json.dumps({
    "received": m["sse_events_received_total"], "stored": m["sse_events_stored_total"],
    "control": m["sse_events_control_total"], "types": df["type"].value_counts().to_dict(),
    "severities": df["severity"].value_counts().to_dict(),
}))
"""


def shown(page: Page) -> Locator:
    dashboard = page.locator("[data-part=dashboard]").first
    expect(dashboard.locator("[data-part=word]")).to_have_text("Connected", timeout=60_000)
    return dashboard


def publish(backend: Backend, number: int) -> None:
    for n in range(number):
        kind = ("build_failed", "build_complete", "<i>odd</i>")[n % 3]
        backend.publish({"event_type": kind, "workload_id": f"wl-{n}", "message": "exit code 1"})


def table(dashboard: Locator, name: str) -> dict[str, int]:
    rows = dashboard.locator(f"[data-part={name}] tr").evaluate_all(
        "all => all.map(row => [row.querySelector('th').textContent, row.querySelector('.n').textContent])"
    )
    return {row[0]: int(row[1].replace(",", "")) for row in rows}


def test_its_numbers_are_the_streams(run: Run, page: Page, backend: Backend) -> None:
    """Empty it says what it waits for; then tables equal `metrics` and `df`, pictures have what came."""
    run(SHOW)
    dashboard = shown(page)
    expect(dashboard.locator("[data-part=over]")).to_be_visible(timeout=20_000)  # the greeting is a message
    publish(backend, 30)
    expect(dashboard.locator("[data-key=stored] .n")).to_have_text("30", timeout=20_000)
    heartbeats = int(table(dashboard, "fate")["control"])
    told: dict[str, Any] = json.loads(lab.in_kernel(page, NUMBERS))
    fate = table(dashboard, "fate")
    assert told["stored"] == fate["stored"] == 30
    assert heartbeats <= fate["control"] <= told["control"]
    assert fate["received"] == sum(n for name, n in fate.items() if name != "received")
    assert told["types"] == table(dashboard, "types")
    assert {name: n for name, n in told["severities"].items() if n} == {
        name: n for name, n in table(dashboard, "severities").items() if n
    }
    assert 0 == dashboard.locator("i >> text=odd").count()  # names are nothing but text
    expect(dashboard.locator("[data-figure=Events] .exact")).to_contain_text("30 events in all")
    path = dashboard.locator("[data-part=plot-events] .stroke")
    expect(path).to_have_attribute(
        "d", re.compile(r"(V|M\d+ )0\.00H"), timeout=20_000
    )  # as high as there is room
    assert page.errors == []  # type: ignore[attr-defined]  # ours, see lab.new_page


def test_a_gap_is_hatched(run: Run, page: Page, backend: Backend) -> None:
    """While the stream is paused nothing is known: hatched, no number of now; afterwards it goes on."""
    run(SHOW)
    dashboard = shown(page)
    publish(backend, 3)
    expect(dashboard.locator("[data-key=stored] .n")).to_have_text("3", timeout=20_000)
    hatched = dashboard.locator("[data-part=plot-events] .darks i")
    assert 0 == hatched.count()
    lab.in_kernel(page, "stream.disconnect()")
    expect(dashboard.locator("[data-part=word]")).to_have_text("Paused", timeout=20_000)
    expect(hatched).to_have_count(1, timeout=20_000)
    expect(dashboard.locator("[data-figure=Events] .exact")).to_contain_text("not known", timeout=20_000)
    dashboard.locator("[data-part=action]").click()
    expect(dashboard.locator("[data-part=word]")).to_have_text("Connected", timeout=20_000)
    expect(dashboard.locator(".peak").last).to_have_text("1 reconnect · 1 gap", timeout=20_000)
    expect(hatched).to_have_count(1)
    lab.shoot(page, "dashboard")
    expect(dashboard.locator("[data-part=plot-events]")).to_have_attribute(
        "aria-label", re.compile("with 1 stretch of which nothing is known")
    )


def test_it_goes_on_while_a_cell_runs(run: Run, page: Page, backend: Backend) -> None:
    """Displayed by one cell, and the next one runs and runs: what comes is shown all the same."""
    run(SHOW, "_ = stream.wait_for(25, timeout=100)")
    dashboard = page.locator("[data-part=dashboard]").first
    expect(dashboard.locator("[data-part=word]")).to_have_text("Connected", timeout=60_000)
    for number in (5, 10, 15):
        publish(backend, 5)
        expect(dashboard.locator("[data-key=stored] .n")).to_have_text(str(number), timeout=20_000)
    expect(page.locator(".jp-InputPrompt").last).to_have_text("[*]:")  # it runs on
    publish(backend, 10)
    expect(dashboard.locator("[data-key=stored] .n")).to_have_text("25", timeout=20_000)


def test_by_keys_in_a_notebook(run: Run, page: Page, backend: Backend) -> None:
    """Keys in it are its own: a cell is not deleted by `d d`, and the arrows move in time."""
    run(SHOW)
    dashboard = shown(page)
    publish(backend, 3)
    expect(dashboard.locator("[data-key=stored] .n")).to_have_text("3", timeout=20_000)
    cursor = dashboard.locator("[data-part=cursor]")
    cells = page.locator(".jp-CodeCell").count()
    cursor.focus()
    for key in ("d", "d", "ArrowLeft", "Home"):
        page.keyboard.press(key)
    expect(cursor).to_have_attribute("aria-valuenow", "0")
    assert cells == page.locator(".jp-CodeCell").count()


def test_a_kernel_that_is_gone(run: Run, page: Page, backend: Backend) -> None:
    """After a restart it says that it shows what was, and the numbers stand."""
    run(SHOW)
    dashboard = shown(page)
    publish(backend, 3)
    expect(dashboard.locator("[data-key=stored] .n")).to_have_text("3", timeout=20_000)
    page.evaluate(
        """async () => {
            await window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.restart();
        }"""
    )
    expect(dashboard.locator("[data-part=word]")).to_have_text("Kernel gone", timeout=30_000)
    expect(dashboard.locator("[data-key=stored] .n")).to_have_text("3")
