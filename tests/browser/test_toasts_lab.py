"""Toasts and the indicator in JupyterLab: a storm, mutes, buttons, the way to a row, parts alone, drops."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import lab
import pytest
from playwright.sync_api import Page, expect

from sse_notebook.backend import Backend

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Run = Callable[..., str]

SHOW = "import sse_notebook as sse\nstream = sse.connect(name='demo')\nstream"

# Every toast that is ever in the page, by its id, with the last number that it showed.
WATCH = """() => {
    window.ever = {};
    window.most = 0;
    const roots = () => [...document.querySelectorAll('*')].flatMap(e => e.shadowRoot ? [e.shadowRoot] : []);
    const look = () => {
        const cards = roots().flatMap(root => [...root.querySelectorAll('[data-part=toast]')]);
        window.most = Math.max(window.most, cards.length);
        for (const card of cards) {
            const times = card.querySelector('[data-part=times]').textContent;
            const title = card.querySelector('[data-part=title]').textContent;
            window.ever[card.dataset.toastId] = [title, Number(times.replace(/[^0-9]/g, '')) || 1];
        }
        requestAnimationFrame(look);
    };
    look();
}"""


def indicator(page: Page) -> Any:
    return page.locator("[data-part=indicator]").first


def toast(page: Page, title: str) -> Any:
    return page.locator("[data-phase=open] [data-part=toast]").filter(has_text=title)


def opened(run: Run, page: Page, *cells: str) -> None:
    run(*(cells or (SHOW,)))
    expect(indicator(page)).to_have_attribute("data-state", "open", timeout=60_000)


def test_ten_thousand_events_are_a_few_toasts_with_all_of_them(
    run: Run, page: Page, backend: Backend
) -> None:
    """In five seconds: at most six toasts ever, and the numbers that they show are 10,000 in all."""
    opened(run, page)
    toast(page, "Connected").locator("[data-part=close]").click()
    page.mouse.move(0, 0)  # what is pointed at stands still, and those that wait go on waiting
    expect(page.locator("[data-part=toast]")).to_have_count(0)
    page.evaluate(WATCH)
    kinds = (
        "workload_status_update",
        "build_failed",
        "build_complete",
        "error_report",
        "cluster_status_update",
    )
    for start in range(0, 10_000, 2_000):  # a page that is slow must not make a trickle of the storm
        for n in range(start, start + 2_000):
            backend.publish(
                {"event_type": kinds[n % 5], "workload_id": f"wl-{n % 97}", "status": f"s{n % 11}"}
            )
        page.evaluate("() => new Promise(requestAnimationFrame)")  # the page goes on meanwhile
    expect(indicator(page)).to_contain_text("10,000 events", timeout=60_000)
    total = "() => Object.values(window.ever).reduce((sum, [, count]) => sum + count, 0)"
    board = (
        "import json; b = stream._parts.toasts.board();"
        "print(json.dumps([sum(t.count for t in b.toasts), b.withdrawn, b.more]))"
    )
    counted, withdrawn, more = json.loads(lab.in_kernel(page, board))
    assert 0 == more
    page.wait_for_function(
        "(gone) => { for (const id of gone) delete window.ever[id];"
        " return Object.values(window.ever).reduce((sum, [, count]) => sum + count, 0) >= 10000; }",
        arg=withdrawn,
        timeout=20_000,
    )
    seen = page.evaluate("() => window.ever")
    assert 10_000 == page.evaluate(total), (seen, counted)
    assert len(seen) <= 6, seen
    assert page.evaluate("() => window.most") <= 6
    assert page.errors == []  # type: ignore[attr-defined]  # ours, see lab.new_page


@pytest.mark.usefixtures("own_page")
def test_an_error_stays_until_it_is_dismissed_and_a_reload_knows(
    run: Run, page: Page, backend: Backend, light_lab: str
) -> None:
    """It is there after an hour and a reload; dismissed it is gone, in Python too, and after another."""
    page.clock.install()
    name = run(SHOW)
    expect(indicator(page)).to_have_attribute("data-state", "open", timeout=60_000)
    backend.publish({"event_type": "build_failed", "workload_id": "wl-1"})
    expect(toast(page, "Build failed")).to_have_count(1, timeout=10_000)
    page.clock.fast_forward(3_600_000)
    expect(toast(page, "Connected")).to_have_count(0, timeout=10_000)
    expect(toast(page, "Build failed")).to_have_count(1)
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    lab.open_notebook(page, light_lab, name)
    expect(toast(page, "Build failed")).to_have_count(1, timeout=30_000)
    toast(page, "Build failed").locator("[data-part=close]").click()
    expect(toast(page, "Build failed")).to_have_count(0)
    count = "print(len([t for t in stream._parts.toasts.board().toasts if t.key]))"
    lab.expect_printed(page, count, "0")
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    lab.open_notebook(page, light_lab, name)
    expect(indicator(page)).to_contain_text("1 event", timeout=30_000)
    expect(toast(page, "Build failed")).to_have_count(0)


def test_muted_while_the_kernel_is_busy(run: Run, page: Page, backend: Backend) -> None:
    """It answers at once, holds for what comes meanwhile, and is in Python when it has time; undone alike."""
    opened(run, page)
    backend.publish({"event_type": "build_failed", "workload_id": "wl-1"})
    card = toast(page, "Build failed")
    expect(card).to_have_count(1, timeout=10_000)
    page.evaluate(
        """() => { const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
            kernel.requestExecute({ code: 'import threading; busy = threading.Event(); busy.wait(60)' }); }"""
    )
    card.locator("[data-part=mute]").click()
    card.locator("[data-part=mute-what]").first.click()
    expect(card).to_have_count(0)
    muted = page.locator("[data-part=muted]")
    expect(muted).to_contain_text("build.failed muted, 15 min left")
    backend.publish({"event_type": "build_failed", "workload_id": "wl-2"})
    backend.publish({"event_type": "error_report", "workload_id": "wl-2"})
    expect(toast(page, "Error reported")).to_have_count(1, timeout=10_000)
    assert 0 == toast(page, "Build failed").count()
    page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.interrupt()"
    )
    mutes = "print(stream.mutes[['type']].to_json(orient='values'))"
    lab.expect_printed(page, mutes, '[["build.failed"]]')
    suppressed = "print(stream.mutes['suppressed'].sum())"
    before = int(lab.in_kernel(page, suppressed))  # a kernel with subshells has known of the mute at once
    backend.publish({"event_type": "build_failed", "workload_id": "wl-3"})
    lab.in_kernel(page, "stream.wait_for(4, timeout=10)")
    lab.expect_printed(page, suppressed, str(before + 1))
    page.locator("[data-part=undo]").click()
    expect(muted).to_have_text("")
    lab.expect_printed(page, mutes, "[]")
    backend.publish({"event_type": "build_failed", "workload_id": "wl-4"})
    expect(toast(page, "Build failed")).to_have_count(1, timeout=10_000)


def test_show_opens_the_feed_at_the_row(run: Run, page: Page, backend: Backend) -> None:
    """The row is selected, in Python too, and all of it is there to read."""
    opened(run, page)
    backend.publish({"event_type": "build_complete", "workload_id": "wl-1"})
    backend.publish({"event_type": "build_failed", "workload_id": "wl-7", "error": "exit code 3"})
    card = toast(page, "Build failed")
    expect(card).to_have_count(1, timeout=10_000)
    card.locator("[data-part=show]").click()
    expect(page.locator("[data-part=drawer]")).to_contain_text("exit code 3", timeout=20_000)
    selected = "print(stream.widget().selected)"
    lab.expect_printed(page, selected, "[1]")


def test_a_button_of_ones_own_prints_in_its_cell(run: Run, page: Page, backend: Backend) -> None:
    """What it does lands below the cell that gave it; the button says that it is done."""
    button = (
        "@stream.toast_action('Open logs', type='build_failed')\n"
        "def logs(event):\n"
        "    print('logs of', event.workload_id)"
    )
    opened(run, page, SHOW, button)
    expect(page.locator(".jp-CodeCell").nth(1).locator(".jp-InputPrompt")).to_contain_text(
        re.compile(r"\[\d+\]"), timeout=30_000
    )
    backend.publish({"event_type": "build_failed", "workload_id": "wl-7"})
    card = toast(page, "Build failed")
    own = card.locator("[data-part=own]").filter(has_text="Open logs")
    expect(own).to_be_visible(timeout=10_000)
    own.click()
    cells = page.locator(".jp-CodeCell")
    expect(cells.nth(1).locator(".jp-OutputArea-output")).to_contain_text("logs of wl-7", timeout=10_000)


def test_bad_news_is_acknowledged_in_the_page(run: Run, page: Page, backend: Backend) -> None:
    """One press on its toast: that goes, and the kernel's table of alerts says so."""
    opened(run, page)
    backend.publish({"event_type": "build_failed", "workload_id": "wl-7"})
    card = toast(page, "Build failed")
    card.get_by_role("button", name="Acknowledge").click(timeout=10_000)
    expect(card).to_have_count(0, timeout=10_000)
    lab.expect_printed(page, "print(stream.alerts['state'].tolist())", "['acknowledged']")


def test_parts_alone_show_a_toast_once(run: Run, page: Page, backend: Backend) -> None:
    """Indicator, toasts and the whole in one page: one toast, in one of them; dismissed for all."""
    opened(run, page, SHOW, "stream.toasts()", "stream.indicator()", "stream.indicator(compact=True)")
    expect(page.locator("[data-part=indicator]")).to_have_count(3, timeout=30_000)
    expect(page.locator("[data-part=toasts]")).to_have_count(2)
    backend.publish({"event_type": "build_failed", "workload_id": "wl-7"})
    expect(toast(page, "Build failed")).to_have_count(1, timeout=10_000)
    toast(page, "Build failed").locator("[data-part=close]").click()
    expect(toast(page, "Build failed")).to_have_count(0)
    states = page.locator("[data-part=indicator]")
    assert ["open"] * 3 == [states.nth(n).get_attribute("data-state") for n in range(3)]
    assert page.errors == []  # type: ignore[attr-defined]  # likewise


def test_a_drop_alarms_after_a_second_and_can_be_dismissed(run: Run, page: Page, backend: Backend) -> None:
    """The word at once, the colour later; dismissed it is calm until the next drop; none says Connected."""
    opened(
        run, page, "import sse_notebook as sse\nstream = sse.connect(name='demo', retry_initial=30)\nstream"
    )
    expect(toast(page, "Connected")).to_have_count(1, timeout=10_000)
    backend.kill()
    bar = indicator(page)
    expect(bar).to_have_attribute("data-state", "retrying", timeout=5_000)
    expect(toast(page, "Connected")).to_have_count(0)
    expect(bar).to_have_attribute("data-alarm", "", timeout=5_000)
    expect(bar).to_contain_text("attempt 1 of 10")
    page.locator("[data-part=hush]").click()
    expect(bar).not_to_have_attribute("data-alarm", "")
    expect(bar).to_contain_text("Reconnecting in")
    backend.start()
    page.locator("[data-part=action]").first.click()
    expect(bar).to_have_attribute("data-state", "open", timeout=10_000)
    expect(toast(page, "Connected again")).to_have_count(1, timeout=10_000)
    backend.kill()
    expect(bar).to_have_attribute("data-alarm", "", timeout=10_000)
    backend.start()


@pytest.mark.long
def test_the_timeline_is_asked_for_and_goes_on(run: Run, page: Page, backend: Backend) -> None:
    """What the connection went through, with the cause; a change while it is open is there at once."""
    opened(run, page)
    page.locator("[data-part=action]").first.click()
    expect(indicator(page)).to_have_attribute("data-state", "disconnected", timeout=5_000)
    page.locator("[data-part=state]").first.click()
    timeline = page.locator("[data-part=timeline]")
    first = timeline.locator(".change").first
    expect(first).to_contain_text("Paused", timeout=10_000)
    expect(first).to_contain_text("stopped by you")
    page.locator("[data-part=action]").first.click()
    expect(first).to_contain_text("Connected", timeout=10_000)
    page.locator("[data-part=state]").first.click()
    expect(timeline).to_have_count(0)


@pytest.mark.long
def test_no_empty_room_below_the_toasts(run: Run, page: Page, backend: Backend) -> None:
    """Below the last row of toasts the cell ends; rows are taken as they are needed."""
    opened(run, page)
    expect(toast(page, "Connected")).to_have_count(1, timeout=10_000)
    room = """() => {
        const root = document.querySelector('.sse-notebook').shadowRoot;
        const cards = [...root.querySelectorAll('[data-phase=open]')];
        const last = Math.max(...cards.map(card => card.getBoundingClientRect().bottom));
        return root.host.getBoundingClientRect().bottom - last;
    }"""
    assert page.evaluate(room) < 12
    for event in ("build_failed", "build_complete", "error_report"):
        backend.publish({"event_type": event, "workload_id": "wl-1"})
    expect(page.locator("[data-phase=open] [data-part=toast]")).to_have_count(4, timeout=10_000)
    page.wait_for_function(f"() => ({room})() < 12", timeout=5_000)


def test_the_hotkey_leads_from_the_editor_and_back(run: Run, page: Page, backend: Backend) -> None:
    """F8: to the toasts; Escape takes one away; after the last one the editor has the keyboard again."""
    opened(run, page)
    backend.publish({"event_type": "build_failed", "workload_id": "wl-1"})
    expect(toast(page, "Build failed")).to_have_count(1, timeout=10_000)
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("F8")
    inside = "() => document.querySelector('.sse-notebook').shadowRoot.activeElement?.dataset.part ?? ''"
    assert "close" == page.evaluate(inside)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("[data-phase=open] [data-part=toast]")).to_have_count(0)
    assert page.evaluate("() => document.activeElement.classList.contains('cm-content')")
