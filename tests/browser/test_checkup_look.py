"""A checkup's report as people see it in JupyterLab: run here, and somebody else's; on light and on dark."""

from __future__ import annotations

from pathlib import Path

import lab
import nbformat
import pytest
from playwright.sync_api import Page, expect
from test_explain_look import DECLARED, LOOK

from sse_notebook.checkup.report import OUTCOMES, Check, Report

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

EVIL = '<img src=x onerror="window.pwned=1">$x^2$ \u202edesrever `code'
REPORT = Report(
    "https://events.example.com/api/v1/events/stream",
    [
        *(
            Check("way", outcome, outcome, f"saw {outcome}: {EVIL}", f"do {outcome}: `sse.connect(…)`")
            for outcome in OUTCOMES
        ),
        Check("stream", "a check with a name", "ok", "a long sentence of what was seen " * 8, ""),
    ],
)


@pytest.fixture(scope="module")
def stored(folder: Path) -> Path:
    """A notebook that somebody else ran: with its output, and not trusted."""
    data = {"text/html": REPORT._repr_html_(), "text/plain": repr(REPORT)}
    output = nbformat.v4.new_output("execute_result", data, execution_count=1)
    cell = nbformat.v4.new_code_cell("sse.doctor()", outputs=[output], execution_count=1)
    notebook = nbformat.v4.new_notebook(cells=[cell])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "checked.ipynb"
    nbformat.write(notebook, path)
    return path


@pytest.mark.parametrize("dark", [False, pytest.param(True, marks=pytest.mark.long)], ids=["light", "dark"])
def test_somebody_elses(dark: bool, page: Page, light_lab: str, stored: Path) -> None:
    """All of it is there and can be read, its styles are kept, and nothing else came in."""
    theme = f"JupyterLab {'Dark' if dark else 'Light'}"
    with lab.setting(light_lab, "apputils-extension:themes", theme=theme):
        lab.open_notebook(page, light_lab, stored.name)
        page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
    root = page.locator(".jp-OutputArea-output .mathjax_ignore, .jp-RenderedHTML .mathjax_ignore").first
    expect(root).to_be_visible(timeout=60_000)
    root.locator("summary").click()
    expect(root.locator("table")).to_be_visible()
    said = root.evaluate(LOOK)
    # A sign stands beside the word that it is for, as a picture does.
    assert [each for each in said["bad"] if len(each[0]) > 1 or float(each[1]) < 3] == []
    assert said["alien"] == 0
    assert said["declared"] == page.evaluate(DECLARED, REPORT._repr_html_())
    assert page.evaluate("() => window.pwned") is None
    words = root.inner_text()
    assert [name for name in OUTCOMES if f"saw {name}" not in words or f"o {name}:" not in words] == []
    page.mouse.move(0, 0)
    lab.shoot(page, f"checkup-{'dark' if dark else 'light'}")
    lab.close_notebook(page)
