"""The feed as a person uses it in JupyterLab: it stands still, it finds, it hands over what is selected."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lab
import pytest
from playwright.sync_api import Locator, Page, WebSocket, expect

from sse_notebook.backend import Backend

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

Run = Callable[..., str]

MAKE = """
import sse_notebook as sse
TYPES = ["workload_status_update", "build_complete", "build_failed", "project_status_update"]

def rows(number, first=0):
    return [
        {
            "event_type": TYPES[n % 4],
            "workload_id": f"wl-{n % 50}",
            "status": "running",
            "message": f"row {n}",
            "timestamp": 1_764_000_000 + n,
            "n": n,
        }
        for n in range(first, first + number)
    ]

stream = sse.connect(name="demo")
_ = stream.store.add_events(rows(NUMBER))
feed = stream.feed()
"""
SHOW = MAKE + "feed"


@pytest.fixture
def show(run: Run, page: Page) -> Iterator[Callable[[int], Locator]]:
    """A stream with so many rows, and its feed in a cell."""

    def show(number: int) -> Locator:
        run(SHOW.replace("NUMBER", str(number)))
        feed = page.locator("[data-part=feed]").first
        expect(feed.locator("[data-part=tally]")).to_contain_text("kept", timeout=60_000)
        return feed

    yield show
    assert page.errors == []


def lines(feed: Locator) -> Locator:
    return feed.locator(".line:visible")


def row(feed: Locator, seq: int) -> Locator:
    return feed.locator(f'.line[data-seq="{seq}"]:visible')


def why(feed: Locator) -> Locator:
    return feed.locator("[data-part=standing]")


def nodes(feed: Locator) -> int:
    return int(feed.evaluate("e => e.querySelectorAll('*').length"))


def more(page: Page, number: int, first: int) -> None:
    """So many more rows, as if they had come; the screen is told as it is of a stream's."""
    lab.in_kernel(page, f"_ = stream.store.add_events(rows({number}, {first})); feed.poke()")


def start(page: Page, code: str) -> None:
    """Have the kernel run code, and do not wait; `window.done` tells when it has."""
    page.evaluate(
        """(code) => {
            const { kernel } = window.jupyterapp.shell.currentWidget.context.sessionContext.session;
            window.done = false;
            kernel.requestExecute({ code, store_history: false }).done.then(() => { window.done = true; });
        }""",
        code,
    )


def test_a_hundred_thousand_rows_with_a_handful_of_elements(show: Any, page: Page) -> None:
    """However many rows, and wherever one scrolls, the number of elements stays; the last row is reached."""
    feed = show(100_000)
    expect(row(feed, 99_999)).to_have_count(1)
    before = nodes(feed)
    box = feed.locator("[data-part=list]")
    box.evaluate("e => e.scrollTo(0, e.scrollHeight / 2)")
    expect(why(feed)).to_contain_text("further down")
    expect(feed.locator(".line[data-kind=loading]:visible")).to_have_count(0, timeout=10_000)
    box.evaluate("e => e.scrollTo(0, e.scrollHeight)")
    expect(row(feed, 0)).to_have_count(1, timeout=10_000)
    assert nodes(feed) == before
    more(page, 1000, 100_000)
    expect(feed.locator("[data-part=pill]")).to_have_text("1,000 new", timeout=10_000)
    feed.locator("[data-part=pill]").click()
    expect(row(feed, 100_999)).to_be_visible(timeout=10_000)
    assert nodes(feed) == before


def test_the_row_under_the_pointer_stays(show: Any, page: Page) -> None:
    """While 1,000 arrive the row that is pointed at stays; they are counted, and come afterwards."""
    feed = show(200)
    under = row(feed, 196)
    under.hover()
    expect(why(feed)).to_have_text("Paused while you point at a row")
    before = under.bounding_box()
    for first in range(200, 1200, 250):
        more(page, 250, first)
    expect(feed.locator("[data-part=pill]")).to_have_text("1,000 new", timeout=10_000)
    assert under.bounding_box() == before
    assert under.evaluate("e => e.matches(':hover')")
    page.mouse.move(5, 5)
    expect(row(feed, 1199)).to_be_visible(timeout=10_000)
    expect(feed.locator("[data-part=pill]")).to_be_hidden()
    expect(why(feed)).to_have_text("Live")


def test_what_comes_is_shown_without_being_asked_for(show: Any, page: Page, backend: Backend) -> None:
    """An event of the server's is the first row, soon, while a cell keeps the kernel busy."""
    feed = show(10)
    lab.in_kernel(page, "stream.wait_open(30)")
    start(page, "stream.wait_for(12, timeout=60)")
    backend.publish({"event_type": "build_failed", "workload_id": "wl-x", "message": "first"})
    expect(lines(feed).first).to_contain_text("first", timeout=10_000)
    backend.publish({"event_type": "build_failed", "workload_id": "wl-x", "message": "second"})
    expect(lines(feed).first).to_contain_text("second", timeout=10_000)


def test_a_kernel_that_does_not_answer(show: Any, page: Page) -> None:
    """Meanwhile a severity narrows what is loaded, at once, and it says so; afterwards all is filtered."""
    feed = show(1000)
    expect(row(feed, 999)).to_be_visible()
    kernel = int(lab.in_kernel(page, "import os; print(os.getpid())"))
    os.kill(kernel, signal.SIGSTOP)
    try:
        feed.locator('.chip[data-severity="error"]').click()
        expect(why(feed)).to_contain_text("of the 40 loaded rows", timeout=2_000)
        kinds = lines(feed).evaluate_all("all => all.map(e => e.dataset.severity)")
        assert set(kinds) == {"error"}
        feed.locator("[data-part=filter]").fill("/row 99")
        expect(lines(feed)).to_have_count(3, timeout=2_000)
    finally:
        os.kill(kernel, signal.SIGCONT)
    expect(feed.locator("[data-part=tally]")).to_contain_text("3 of 11", timeout=20_000)


def test_filter_and_selection_are_pythons_too(show: Any, page: Page) -> None:
    """What is typed and selected is in Python, and back; the copied line selects exactly that row."""
    feed = show(400)
    box = feed.locator("[data-part=filter]")
    box.fill("data.n > 390 and severity == 'error'")
    expect(feed.locator("[data-part=tally]")).to_contain_text("2 of 400", timeout=10_000)
    lab.expect_printed(page, "print(feed.filter)", "data.n > 390 and severity == 'error'")
    row(feed, 394).click()
    drawer = feed.locator("[data-part=drawer]")
    expect(drawer).to_contain_text('"row 394"', timeout=10_000)
    lab.expect_printed(page, "print(feed.selected, stream.feed() is feed)", "[394] True")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for name in ("pandas", "json", "curl"):
        drawer.locator(f"[data-part=copy-{name}]").click()
        expect(drawer.locator(f"[data-part=copy-{name}]")).to_have_text("Copied")
        copied = page.evaluate("() => navigator.clipboard.readText()")
        if name == "pandas":
            told = lab.in_kernel(page, f"df = stream.df; print({copied}.index.tolist(), len({copied}))")
            assert told.strip() == "[394] 1"
        elif name == "json":
            assert json.loads(copied)["n"] == 394
        else:
            assert copied.startswith("curl -N")
            assert "token" not in copied
    lab.in_kernel(page, "feed.filter = ''; feed.selected = [398, 399]")
    expect(box).to_have_value("", timeout=10_000)
    expect(feed.locator('.line[aria-selected="true"]:visible')).to_have_count(2, timeout=10_000)


def test_a_filter_that_cannot_be_read(show: Any, page: Page) -> None:
    """It is said where, and what was probably meant; the rows and Python keep the last that could."""
    feed = show(100)
    box = feed.locator("[data-part=filter]")
    box.fill('severty == "error"')
    problem = feed.locator("[data-part=problem]")
    expect(problem).to_contain_text("did you mean severity", timeout=10_000)
    expect(feed.locator(".place")).to_have_text('severty == "error"\n^')
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(row(feed, 99)).to_be_visible()
    lab.expect_printed(page, "print(repr(feed.filter))", "''")
    box.fill('severity > "error"')
    expect(problem).to_have_text('no severity is above "error"', timeout=10_000)
    box.fill("/row 42")
    expect(feed.locator("[data-part=tally]")).to_contain_text("1 of 100", timeout=10_000)
    expect(problem).to_be_hidden()


def test_by_the_keyboard_alone(show: Any, page: Page) -> None:
    """j, k, Enter, p, / and Esc do what they say, and never reach the notebook."""
    feed = show(300)
    expect(row(feed, 299)).to_be_visible()
    cells = page.locator(".jp-Cell").count()
    feed.locator("[data-part=list]").focus()
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
    active = feed.locator(".line[data-active]")
    expect(active).to_have_attribute("data-seq", "298")
    expect(why(feed)).to_contain_text("move by keys")
    named = feed.locator("[data-part=list]").get_attribute("aria-activedescendant")
    assert active.get_attribute("id") == named
    for _ in range(30):
        page.keyboard.press("j")
    expect(row(feed, 268)).to_be_in_viewport(timeout=10_000)
    page.keyboard.press("Enter")
    expect(feed.locator("[data-part=drawer]")).to_contain_text("row 268", timeout=10_000)
    page.keyboard.press("j")
    expect(feed.locator("[data-part=drawer]")).to_contain_text("row 267", timeout=10_000)
    page.keyboard.press("Escape")
    expect(feed.locator("[data-part=drawer]")).to_be_hidden()
    page.keyboard.press("Escape")
    lab.expect_printed(page, "print(feed.selected)", "[]")
    page.keyboard.press("p")
    expect(why(feed)).to_contain_text("Paused by you")
    page.keyboard.press("p")
    page.keyboard.press("/")
    page.keyboard.type("dd")
    expect(feed.locator("[data-part=filter]")).to_have_value("dd")
    page.keyboard.press("Control+a")  # of the text: JupyterLab would select all cells
    page.keyboard.type("ee")
    expect(feed.locator("[data-part=filter]")).to_have_value("ee")
    expect(page.locator(".jp-Cell.jp-mod-multiSelected")).to_have_count(0)
    for key in ("d", "d", "a", "b", "x", "m"):
        page.keyboard.press(key)
    page.keyboard.press("Escape")  # empties the box
    page.keyboard.press("Escape")
    feed.locator("[data-part=list]").focus()
    for key in (
        "a",
        "b",
        "x",
        "d",
        "d",
        "m",
        "j",
        "Enter",
        "a",
        "Escape",
        "Escape",
    ):  # of the list, or nobody's
        page.keyboard.press(key)
    assert page.locator(".jp-Cell").count() == cells
    assert 0 == page.locator(".jp-MarkdownCell").count()
    assert page.locator(".jp-Notebook.jp-mod-editMode").count() == 0


EVIL = """
EVIL = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>$x$ \\u202edesrever'
_ = stream.store.add_events([
    {"event_type": EVIL, "workload_id": EVIL, "message": EVIL, "__proto__": {"polluted": 1}, EVIL: EVIL,
     "constructor": {"prototype": {"polluted": 1}}, "big": 2**63},
    {"event_type": "huge", "message": "x" * 1_000_000, "deep": [[[[[[[[[[[[[[["x"]]]]]]]]]]]]]]]},
])
feed.poke()
"""


def test_hostile_payloads_stay_text(show: Any, page: Page) -> None:
    """Markup, handlers, bidi marks, a megabyte, `__proto__`: shown as text, and nothing runs."""
    frames: list[int] = []

    def watch(socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: frames.append(len(data)))

    with lab.listening(page, "websocket", watch):
        feed = show(3)
    lab.in_kernel(page, EVIL)
    for seq in (3, 4):
        row(feed, seq).click(timeout=10_000)
        expect(feed.locator("[data-part=drawer-title]")).to_contain_text(f"· {seq}", timeout=10_000)
        feed.locator(".drawer details:not([open]) > summary").evaluate_all(
            "all => all.forEach(e => e.click())"
        )
    assert max(frames) < 150_000
    row(feed, 3).click()
    tree = feed.locator("[data-part=tree]")
    expect(tree).to_contain_text("__proto__")
    expect(tree).to_contain_text("9223372036854775808")
    assert feed.locator("img, script, iframe, a").count() == 0
    assert "\u202e" not in feed.inner_text()
    assert page.evaluate("() => [window.pwned, ({}).polluted]") == [None, None]


def test_the_streams_own_display_opens_it(run: Run, page: Page) -> None:
    """Folded at first, nothing of it is in the page; opened it is sent, and shares filter and selection."""
    run(MAKE.replace("NUMBER", "500") + "feed.filter = 'severity == \"error\"'\nstream")
    fold = page.locator("[data-part=fold]").first
    expect(fold).to_have_attribute("aria-expanded", "false", timeout=60_000)
    expect(page.locator("[data-part=feed]")).to_have_count(0)
    fold.click()
    feed = page.locator("[data-part=feed]").first
    expect(feed.locator("[data-part=tally]")).to_contain_text("125 of 500", timeout=20_000)
    row(feed, 498).click()
    expect(feed.locator("[data-part=drawer]")).to_contain_text("row 498", timeout=10_000)
    lab.expect_printed(page, "print(stream.feed().selected)", "[498]")
    fold.click()
    expect(page.locator("[data-part=feed]")).to_have_count(0)
    assert page.errors == []  # type: ignore[attr-defined]  # ours, see lab.new_page


DEMO = """
import sse_notebook as sse
stream = sse.connect(name="demo").wait_open()
EVENTS = [
    ("build_failed", "wl-123", "failed", "exit code 1: tests/test_api.py::test_login"),
    ("workload_status_update", "wl-17", "degraded", "1 of 3 replicas available"),
    ("build_complete", "wl-123", "succeeded", "finished in 48 s"),
    ("workload_status_update", "wl-cart", "running", "3 of 3 replicas are ready"),
    ("build_complete", "wl-mail", "succeeded", "finished in 31 s"),
]
now = __import__("time").time()
_ = stream.store.add_events(
    [
        dict(zip(("event_type", "workload_id", "status", "message"), EVENTS[(n * n + n // 7) % 5]))
        | {"timestamp": now - 2.5 * (999 - n) * (1 + (n % 3) / 9), "attempt": n % 4}
        for n in range(1000)
    ]
)
feed = stream.feed()
feed
"""


@pytest.mark.long  # pictures, for people
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_screenshots(dark: bool, page: Page, folder: Path, backend: Backend) -> None:
    """The feed as a person sees it, alone and with its drawer open, kept as pictures."""
    theme = "dark" if dark else "light"
    lab.write_notebook(folder / f"feed-{theme}.ipynb", DEMO)
    environment = {"SSE_NOTEBOOK_API_URL": backend.url, "SSE_NOTEBOOK_TOKEN": backend.token()}
    with lab.jupyterlab(folder, dark=dark, environment=environment) as base:
        lab.open_notebook(page, base, f"feed-{theme}.ipynb")
        page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area')")
        lab.run_all(page)
        feed = page.locator("[data-part=feed]").first
        expect(feed.locator("[data-part=tally]")).to_contain_text("1,000 kept", timeout=60_000)
        feed.scroll_into_view_if_needed()
        lab.shoot(page, f"feed-{theme}")
        feed.screenshot(path=str(lab.ARTEFACTS / f"feed-alone-{theme}.png"))  # what docs/widget.md shows
        feed.locator('.chip[data-severity="error"]').click()
        expect(feed.locator("[data-part=tally]")).to_contain_text("of 1,000 kept", timeout=10_000)
        lines(feed).nth(1).click()
        expect(feed.locator("[data-part=drawer]")).to_contain_text("Payload", timeout=10_000)
        backend.publish({"event_type": "build_failed", "workload_id": "wl-9", "message": "exit code 2"})
        expect(feed.locator("[data-part=pill]")).to_have_text("1 new", timeout=10_000)
        feed.locator("[data-part=tally]").scroll_into_view_if_needed()
        lab.shoot(page, f"feed-drawer-{theme}")
        assert page.evaluate("() => document.body.dataset.jpThemeLight") == str(not dark).lower()
    assert page.errors == []  # type: ignore[attr-defined]  # ours, see lab.new_page
