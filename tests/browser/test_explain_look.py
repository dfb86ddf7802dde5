"""An explanation as people see it: trusted, not trusted, and exported; on light and on dark."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import lab
import nbformat
import pytest
from playwright.sync_api import Page, expect

from sse_notebook.filters.explanation import Explanation

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

MAKE = """
import sse_notebook as sse

EVIL = '<img src=x onerror="window.pwned=1">$x^2$ \\u202edesrever'
WORKLOADS = ["wl-cart", "wl-pay", "wl-search", EVIL]

store = sse.EventStore()
store.add_events(
    [
        {
            "event_type": "build_failed" if n % 3 else "workload_status_update",
            "timestamp": 1_764_000_000 + n,
            "project_id": f"p-{n % 2 + 1}",
            "workload_id": WORKLOADS[n % 4],
            "status": "Failed" if n % 5 else None,
            "duration": None if n % 7 == 0 else str(n % 50) if n % 8 == 0 else n % 50,
        }
        for n in range(1256)
    ]
)
found = sse.where(
    'data.duration > 30 and status == "failed" and project_id in ["p-1", "p1"]'
    ' and not (type == "workload.*" or startswith(workload_id, "<img"))'
).explain(store)
"""

# What of the explanation can't be read: texts and bars of too little contrast, texts cut off. Colours are
# laid over each other as the browser lays them.
LOOK = """
(root) => {
    const read = text => {
        const [r, g, b, a] = text.match(/[\\d.]+/g).map(Number);
        return [r, g, b, a ?? 1];
    };
    const over = (top, under) => under.map((v, i) => top[i] * top[3] + v * (1 - top[3]));
    const linear = v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const light = colour => {
        const [r, g, b] = colour.map(v => linear(v / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratio = (one, other) => {
        const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
        return (bright + 0.05) / (dark + 0.05);
    };
    const around = element => element ? [...around(element.parentElement), element] : [];
    const styles = element => around(element).map(e => getComputedStyle(e));
    const behind = element => styles(element).map(s => read(s.backgroundColor))
        .reduce((under, top) => over(top, under), [255, 255, 255]);
    const opacity = element => styles(element).reduce((all, s) => all * s.opacity, 1);
    const frame = root.getBoundingClientRect();
    const bad = [];
    let bars = 0;
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
        if (!text) continue;
        const [r, g, b, a] = read(getComputedStyle(element).color), back = behind(element);
        const contrast = ratio(over([r, g, b, a * opacity(element)], back), back);
        if (contrast < 4.5) bad.push([text, contrast.toFixed(2)]);
        const box = element.getBoundingClientRect();
        if (box.right > frame.right + 1 || box.left < frame.left - 1) bad.push([text, 'outside']);
    }
    for (const bar of root.querySelectorAll('span')) {
        const colour = read(getComputedStyle(bar).backgroundColor), box = bar.getBoundingClientRect();
        if (!colour[3]) continue;
        bars += 1;
        const contrast = ratio(colour, behind(bar.parentElement));
        if (contrast < 3 || box.height < 6 || !box.width) bad.push(['bar', contrast.toFixed(2), box.width]);
    }
    return {
        bad, bars,
        declared: [root, ...root.querySelectorAll('*')].reduce((n, e) => n + e.style.length, 0),
        alien: root.querySelectorAll('img, script, a, iframe').length,
    };
}
"""

# The same as a browser reads it that nobody has sanitised.
DECLARED = """
(html) => { const page = new DOMParser().parseFromString(html, 'text/html');
            return [...page.body.querySelectorAll('*')].reduce((n, e) => n + e.style.length, 0); }
"""


@pytest.fixture(scope="module")
def found() -> Explanation:
    """The explanation that the notebooks have."""
    names: dict[str, Any] = {}
    exec(MAKE, names)
    explanation: Explanation = names["found"]
    return explanation


@pytest.fixture(scope="module")
def stored(folder: Path, found: Explanation) -> Path:
    """A notebook that somebody else ran: with its output, and not trusted."""
    data = {"text/html": found._repr_html_(), "text/plain": repr(found)}
    output = nbformat.v4.new_output("execute_result", data, execution_count=1)
    cell = nbformat.v4.new_code_cell("found", outputs=[output], execution_count=1)
    notebook = nbformat.v4.new_notebook(cells=[cell])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "stored.ipynb"
    nbformat.write(notebook, path)
    return path


def judge(page: Page, found: Explanation, name: str) -> None:
    """All is there, all can be read, nothing else came in; and a picture of it."""
    root = page.locator(".jp-OutputArea-output .mathjax_ignore, .jp-RenderedHTML .mathjax_ignore").first
    expect(root).to_be_visible(timeout=60_000)
    root.locator("summary").click()
    expect(root.locator("table").nth(1)).to_be_visible()
    said = root.evaluate(LOOK)
    assert said["bad"] == []
    assert said["bars"] > 10
    assert said["alien"] == 0
    assert said["declared"] == page.evaluate(DECLARED, found._repr_html_())
    assert page.evaluate("() => window.pwned") is None
    words = root.inner_text()
    for row in found.clauses.itertuples():
        assert row.clause in words
    for sentence in found.suggestions:
        assert sentence.replace("`", "") in " ".join(words.split())
    page.mouse.move(0, 0)
    lab.shoot(page, f"explain-{name}")


@pytest.mark.parametrize("dark", [False, pytest.param(True, marks=pytest.mark.long)], ids=["light", "dark"])
def test_in_jupyterlab(
    dark: bool, page: Page, folder: Path, light_lab: str, stored: Path, found: Explanation
) -> None:
    """Run here, and opened as somebody else's: the same, on both themes."""
    theme = "dark" if dark else "light"
    lab.write_notebook(folder / f"run-{theme}.ipynb", MAKE + "found")
    with lab.setting(light_lab, "apputils-extension:themes", theme=f"JupyterLab {theme.title()}"):
        lab.open_notebook(page, light_lab, stored.name)
        page.wait_for_function(
            "theme => document.body.dataset.jpThemeName === theme", arg=f"JupyterLab {theme.title()}"
        )
    page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area')")
    trusted = page.evaluate("() => window.jupyterapp.shell.currentWidget.content.model.cells.get(0).trusted")
    assert trusted is False
    judge(page, found, f"untrusted-{theme}")
    lab.close_notebook(page)
    lab.open_beside(page, f"run-{theme}.ipynb")
    lab.run_all(page)
    judge(page, found, f"trusted-{theme}")
    assert page.evaluate("() => document.body.dataset.jpThemeLight") == str(not dark).lower()
    lab.close_notebook(page)


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_exported(theme: str, page: Page, stored: Path, found: Explanation, tmp_path: Path) -> None:
    """In a page that nbconvert made, opened without a network."""
    command = [
        str(lab.BIN / "jupyter-nbconvert"),
        "--to",
        "html",
        f"--theme={theme}",
        "--output-dir",
        str(tmp_path),
    ]
    subprocess.run([*command, str(stored)], check=True, capture_output=True, timeout=120)
    page.route("http*://**/*", lambda route: route.abort())
    page.goto((tmp_path / "stored.html").as_uri())
    judge(page, found, f"exported-{theme}")
