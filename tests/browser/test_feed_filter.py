"""The filter box in JupyterLab: what each clause passes, what it keeps out and why, and the way back."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import lab
import pytest
from playwright.sync_api import Locator, Page, expect
from support import eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Run = Callable[..., str]

SHOW = """
import sse_notebook as sse
TYPES = ["workload_status_update", "build_complete", "build_failed", "project_status_update"]
stream = sse.connect(name="demo")
_ = stream.store.add_events(
    [
        {"event_type": TYPES[n % 4], "workload_id": f"wl-{n % 50}", "message": f"row {n}", "n": n}
        for n in range(400)
    ]
)
feed = stream.feed()
feed
"""
TYPED = 'data.n > 390 and severity == "error"'


@pytest.fixture
def feed(run: Run, page: Page) -> Iterator[Locator]:
    """A stream with 400 rows, a quarter of them errors, and its feed in a cell."""
    run(SHOW)
    feed = page.locator("[data-part=feed]").first
    expect(feed.locator("[data-part=tally]")).to_have_text("400 kept", timeout=60_000)
    yield feed
    assert page.errors == []  # type: ignore[attr-defined]  # ours, see lab.new_page


def part(feed: Locator, name: str) -> Locator:
    return feed.locator(f"[data-part={name}]")


def row(feed: Locator, seq: int) -> Locator:
    return feed.locator(f'.line[data-seq="{seq}"]:visible')


def typed(page: Page) -> str:
    return lab.in_kernel(page, "print(feed.filter)").strip()


def test_a_clause_is_relaxed_where_it_stopped_an_event(feed: Locator, page: Page) -> None:
    """Shares of each clause; what is kept out, newest first; what stopped it, in red; relaxed, and back."""
    box, clauses, refused = part(feed, "filter"), part(feed, "clause"), part(feed, "refused")
    box.fill(TYPED)
    expect(clauses).to_have_count(2, timeout=10_000)
    assert ["data.n > 3902%", 'severity == "error"25%'] == clauses.all_text_contents()
    assert "alone keeps 7 out" in str(clauses.last.get_attribute("title"))
    expect(refused).to_have_text("Kept out 398")
    refused.click()
    expect(part(feed, "tally")).to_have_text("398 kept out · 400 kept", timeout=10_000)
    assert [399, 397, 396, 395, 393] == [
        int(seq) for seq in feed.locator(".line:visible").evaluate_all("a => a.map(e => e.dataset.seq)")[:5]
    ]
    row(feed, 399).click()
    stops = feed.locator(".stop")
    expect(stops).to_have_count(1, timeout=10_000)
    expect(stops).to_contain_text('severity == "error"')
    expect(stops).to_contain_text("saw info")
    expect(feed.locator(".ask[data-stopped]")).to_have_text('severity == "error"saw info25%')
    red = feed.locator(".ask[data-stopped] .code").evaluate("e => getComputedStyle(e).color")
    assert red == stops.locator(".code").evaluate("e => getComputedStyle(e).color") != "rgba(0, 0, 0, 0.87)"
    stops.locator("[data-part=relax]").click()
    expect(box).to_have_value("data.n > 390")
    expect(clauses).to_have_count(1, timeout=10_000)
    expect(stops).to_have_count(0)  # it fits now
    expect(part(feed, "tally")).to_have_text("391 kept out · 400 kept")
    eventually(lambda: typed(page) == "data.n > 390")
    part(feed, "undo").click()
    expect(box).to_have_value(TYPED)
    expect(stops).to_have_count(1, timeout=10_000)
    eventually(lambda: typed(page) == TYPED)
    refused.click()
    expect(part(feed, "tally")).to_have_text("2 of 400 kept", timeout=10_000)


def test_clauses_by_the_keyboard(feed: Locator, page: Page) -> None:
    """Tab reaches each; taken out, the focus is on Undo; so does Ctrl+Z; no cell hears of it."""
    cells = page.locator(".jp-Cell").count()
    box = part(feed, "filter")
    box.fill(f"({TYPED}) and (data.n == 394 or has(status))")
    expect(part(feed, "clause")).to_have_count(3, timeout=10_000)
    focused = """() => {
        let e = document.activeElement;
        while (e.shadowRoot) e = e.shadowRoot.activeElement;
        return e.getAttribute('aria-label') ?? e.textContent;
    }"""
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate(focused) == "Remove data.n > 390":
            break
    page.keyboard.press("Enter")
    expect(box).to_have_value('severity == "error" and (data.n == 394 or has(status))')
    assert "Undo" == page.evaluate(focused)
    expect(part(feed, "clause")).to_have_count(2, timeout=10_000)
    part(feed, "clause").first.locator("button").click()
    expect(box).to_have_value("data.n == 394 or has(status)")
    box.focus()
    page.keyboard.press("Control+z")
    expect(box).to_have_value(f"({TYPED}) and (data.n == 394 or has(status))")
    assert cells == page.locator(".jp-Cell").count()


def test_types_are_switches(feed: Locator, page: Page) -> None:
    """The most frequent, counted; pressed, only their rows are shown; with a severity both must fit."""
    chips = part(feed, "types").locator("button")
    expect(chips).to_have_text(
        ["build.completed 100", "build.failed 100", "project.status 100", "workload.status 100"]
    )
    chips.nth(1).click()
    expect(part(feed, "tally")).to_have_text("100 of 400 kept", timeout=10_000)
    chips.nth(2).click()
    expect(part(feed, "tally")).to_have_text("200 of 400 kept", timeout=10_000)
    feed.locator('.chip[data-severity="error"]').click()
    expect(part(feed, "tally")).to_have_text("100 of 400 kept", timeout=10_000)
    lab.in_kernel(page, "_ = stream.store.add_events([{'event_type': 'build_failed'}] * 3); feed.poke()")
    page.mouse.move(5, 5)
    expect(part(feed, "tally")).to_have_text("103 of 403 kept", timeout=10_000)


#: What a person does, and what is to be seen of it: run in the page, where the time is measured.
DEEDS = {
    "pause": (
        "q('[data-part=pause]').click()",
        "q('[data-part=standing]').textContent.startsWith('Paused by you')",
    ),
    "resume": (
        "q('[data-part=pause]').click()",
        "!q('[data-part=standing]').textContent.startsWith('Paused by you')",
    ),
    "search": ("type('/row 39')", "rows().every(e => e.textContent.includes('row 39'))"),
    "severity": (
        "q('.chip[data-severity=error]').click()",
        "rows().every(e => e.dataset.severity === 'error')",
    ),
    "severity off": (
        "q('.chip[data-severity=error]').click()",
        "rows().some(e => e.dataset.severity !== 'error')",
    ),
    "type": (
        "q('[data-type=\"build.failed\"]').click()",
        "rows().every(e => e.dataset.severity === 'error')",
    ),
    "type off": (
        "q('[data-type=\"build.failed\"]').click()",
        "rows().some(e => e.dataset.severity !== 'error')",
    ),
    "empty": ("type('')", "q('.box').dataset.verdict === ''"),
    "typing": ("type('data.n >')", "['checking', 'late'].includes(q('.box').dataset.verdict)"),
    "select": (
        "q('.line[data-kind=row]').click()",
        "q('.line[aria-selected=true]') && !q('[data-part=drawer]').hidden",
    ),
    "let go": ("key('Escape'); key('Escape')", "!q('.line[aria-selected=true]')"),
    "move": ("key('j')", "q('.line[data-active]')"),
    "stop moving": ("key('Escape')", "!q('.line[data-active]')"),
}
MEASURE = """async ([deeds, times]) => {
    const root = [...document.querySelectorAll('.sse-notebook')].map(e => e.shadowRoot)
        .find(r => r.querySelector('[data-part=feed]'));
    const q = (what) => root.querySelector(what);
    const shown = (e) => !e.hidden && e.offsetParent !== null;
    const rows = () => [...root.querySelectorAll('.line[data-kind=row]')].filter(shown);
    const type = (text) => {
        const box = q('[data-part=filter]');
        box.value = text;
        box.dispatchEvent(new Event('input', { bubbles: true }));
    };
    const key = (key) => q('[data-part=list]').dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true }));
    const taken = {};
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    for (let n = 0; n < times; n += 1) {
        type(''); // all rows again: of the kernel, if it has answered the search of the round before
        while (rows().every((e) => e.textContent.includes('row 39'))) await frame();
        for (const [name, [act, seen]] of Object.entries(deeds)) {
            const [go, is] = [act, seen].map(
                (code) => new Function('q', 'rows', 'type', 'key', `return (${code.replace('; ', ', ')})`));
            const news = !is(q, rows, type, key); // what is so already tells nothing
            const began = performance.now();
            go(q, rows, type, key);
            while (!is(q, rows, type, key)) {
                if (performance.now() - began > 3000) throw new Error(`${name} is not answered`);
                await frame();
            }
            const ms = performance.now() - began;
            if (news) taken[name] = Math.min(taken[name] ?? ms, ms);
        }
    }
    return taken;
}"""


@contextlib.contextmanager
def busy(page: Page, enough: Path) -> Iterator[None]:
    """A cell that runs: whether the kernel answers meanwhile, and when, is up to the notebook's servers."""
    page.evaluate(
        """(code) => {
            const { kernel } = window.jupyterapp.shell.currentWidget.context.sessionContext.session;
            window.done = false;
            kernel.requestExecute({ code, store_history: false }).done.then(() => { window.done = true; });
        }""",
        f"import pathlib\nwhile not pathlib.Path({str(enough)!r}).exists(): pass",
    )
    try:
        yield
        assert page.evaluate("() => window.done") is False
    finally:
        enough.touch()
    page.wait_for_function("() => window.done", timeout=30_000)


@contextlib.contextmanager
def stopped(page: Page, _enough: Path) -> Iterator[None]:
    """A kernel that certainly answers nothing."""
    kernel = int(lab.in_kernel(page, "import os; print(os.getpid())"))
    os.kill(kernel, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(kernel, signal.SIGCONT)


@pytest.mark.parametrize("how", [busy, stopped])
def test_everything_answers_at_once_while_the_kernel_is_busy(
    feed: Locator, page: Page, tmp_path: Path, how: Callable[..., contextlib.AbstractContextManager[None]]
) -> None:
    """Each deed is seen in 100 ms, whatever the kernel does; what was typed meanwhile is true afterwards."""
    box = part(feed, "filter")
    box.fill("data.n >= 0 and data.n < 400")
    expect(part(feed, "clause")).to_have_count(2, timeout=10_000)
    page.mouse.move(5, 5)
    with how(page, tmp_path / "enough"):
        taken = page.evaluate(MEASURE, [DEEDS, 6])
        lab.ARTEFACTS.mkdir(exist_ok=True)
        figures = "\n".join(f"{name:12} {ms:5.0f} ms" for name, ms in taken.items())
        (lab.ARTEFACTS / f"feed-{how.__name__}.txt").write_text(figures + "\n")
        box.fill("data.n >= 0 and severity == 'error'")
        if how is stopped:
            expect(part(feed, "problem")).to_contain_text("checked when it answers", timeout=5_000)
            assert ["data.n >= 0", "data.n < 400"] == feed.locator(".ask .code").all_text_contents()
            part(feed, "clause").first.locator("button").click()
            expect(box).to_have_value("data.n < 400")
            assert ["data.n < 400"] == feed.locator(".ask .code").all_text_contents()
            box.fill("data.n >= 0 and severity == 'error'")
    expect(part(feed, "clause")).to_have_text(["data.n >= 0100%", 'severity == "error"25%'], timeout=20_000)
    eventually(lambda: typed(page) == "data.n >= 0 and severity == 'error'")
    assert taken.keys() == DEEDS.keys()
    # A person's limit. The quickest of six tries: what else runs on this machine is not the feed's.
    assert {name: ms for name, ms in taken.items() if ms > 100} == {}


EVIL = r"""
EVIL = (
    '<img src="http://evil.example/x.png" onerror="window.pwned=1"><script>window.pwned=1</script>'
    '$$\\href{javascript:window.pwned=1}{x}$$ ![x](http://evil.example/y.png) \u202edesrever'
)
_ = stream.store.add_events(
    [
        {"event_type": EVIL, "workload_id": EVIL, "message": EVIL, "__proto__": {"polluted": 1}},
        {"event_type": "__proto__", "message": "x" * 1_000_000, "n": EVIL},
    ]
)
feed.poke()
"""
ASK = """message == '<b onclick="window.pwned=1">$x$ ![y](http://evil.example/z.png)</b>' and data.n < 3"""


def test_hostile_text_in_chips_and_reasons(feed: Locator, page: Page, light_lab: str) -> None:
    """Markup, handlers, MathJax, Markdown, bidi marks, a megabyte, `__proto__`: text in chips and reasons."""
    asked: list[str] = []
    with lab.listening(page, "request", lambda request: asked.append(request.url)):
        lab.in_kernel(page, EVIL)
        expect(row(feed, 401)).to_be_visible(timeout=10_000)
        more = "[{'event_type': EVIL}, {'event_type': '__proto__'}] * 300"
        lab.in_kernel(page, f"_ = stream.store.add_events({more}); feed.poke()")
        chips = part(feed, "types").locator("button")
        expect(chips.filter(has_text="__proto__")).to_have_text("__proto__ 301", timeout=10_000)
        chips.filter(has_text="<img src").click()
        expect(part(feed, "tally")).to_have_text("301 of 1,002 kept", timeout=10_000)
        chips.filter(has_text="<img src").click()
        part(feed, "filter").fill(ASK)
        expect(part(feed, "clause")).to_have_count(2, timeout=10_000)
        part(feed, "refused").click()
        expect(part(feed, "tally")).to_have_text("1,002 kept out · 1,002 kept", timeout=10_000)
        part(feed, "list").evaluate("e => e.scrollTo(0, 30 * 595)")
        for seq, seen in ((400, "<img src="), (401, "xxxx")):
            row(feed, seq).click(timeout=10_000)
            expect(feed.locator(".stop").first).to_contain_text(f"saw {seen}", timeout=10_000)
            assert len(str(feed.locator(".stop").first.text_content())) < 1000
        expect(feed.locator(".stop").last).to_contain_text("of another type")
    assert 0 == feed.locator("img, script, iframe, a, b:not(.empty > b), mjx-container").count()
    assert "\u202e" not in feed.inner_text()
    assert page.evaluate("() => [window.pwned, ({}).polluted]") == [None, None]
    assert [] == [url for url in asked if not url.startswith((light_lab, "blob:", "data:"))]
