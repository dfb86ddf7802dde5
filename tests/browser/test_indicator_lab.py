"""Every state of the indicator in JupyterLab, brought about by what a server, a user and a kernel can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lab
import pytest
from playwright.sync_api import Page, expect

from sse_notebook.backend import Backend

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Run = Callable[..., str]


def indicator(page: Page) -> Any:
    return page.locator("[data-part=indicator]").first


def becomes(page: Page, state: str, *words: str) -> None:
    """The bar is in this state, and says so."""
    bar = indicator(page)
    expect(bar).to_have_attribute("data-state", state, timeout=30_000)
    for word in words:
        expect(bar).to_contain_text(word, timeout=10_000)


def test_every_state_is_shown(run: Run, page: Page, backend: Backend) -> None:
    """Driven from one to the next: each has its word, why it is so, and its way out."""
    backend.faults.status = 401
    run(
        "import sse_notebook as sse\n"
        "stream = sse.connect(name='demo', retry_attempts=1, retry_initial=0.2, idle_timeout=3)\nstream"
    )
    becomes(page, "unauthorized", "Not authorized", "stream.login(token)")
    expect(indicator(page)).to_have_attribute("data-alarm", "", timeout=5_000)
    notice = page.locator("[data-phase=open] [data-part=toast]")
    expect(notice).to_contain_text("Not authorized", timeout=5_000)

    backend.faults.status = None
    lab.in_kernel(page, "stream.reconnect()")
    becomes(page, "open", "Connected", "Pause")
    expect(notice).to_contain_text("Connected", timeout=5_000)
    expect(notice).to_have_count(1)  # one at a time

    backend.faults.stall = True
    becomes(page, "stale", "Stale", "open, but nothing for", "Reconnect")
    backend.faults.stall = False
    becomes(page, "open", "Connected")

    backend.faults.status = 503
    backend.drop_all()
    becomes(page, "exhausted", "Gave up", "503", "Try again")
    expect(notice).to_contain_text("Gave up", timeout=5_000)
    expect(notice).to_have_count(1)

    backend.faults.status = None
    page.locator("[data-part=action]").first.click()
    becomes(page, "open", "Connected")
    expect(notice.filter(has_text="Gave up")).to_have_count(0)

    lab.in_kernel(page, "stream.logout()")
    becomes(page, "unauthenticated", "Not signed in", "stream.login(token)")
    lab.in_kernel(page, "import os; stream.login(os.environ['SSE_NOTEBOOK_TOKEN'])")
    becomes(page, "open", "Connected")
    page.locator("[data-part=action]").first.click()
    becomes(page, "disconnected", "Paused", "Resume")
    lab.in_kernel(page, "stream.close()")
    becomes(page, "closed", "Closed", "what was kept stays readable")
    assert page.errors == []  # type: ignore[attr-defined]  # ours, see lab.new_page


def test_the_kernel_goes(run: Run, page: Page) -> None:
    """Restarted, it knows nothing of the stream: the page says that what it shows is of the past."""
    run("import sse_notebook as sse\nstream = sse.connect(name='demo')\nstream")
    becomes(page, "open", "Connected")
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.restart()"
    )
    becomes(page, "gone", "Kernel gone", "showing what was here at", "run the cell again")
    expect(indicator(page)).not_to_contain_text("Connected")
    expect(indicator(page)).to_have_attribute("data-alarm", "", timeout=5_000)
    expect(page.locator("[data-part=state]").first).to_be_disabled()  # there is nobody to ask
