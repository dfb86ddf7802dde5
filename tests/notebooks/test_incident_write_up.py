"""The tour on incidents needs nothing but its file: no network, neither it nor the page that it writes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbformat
import pytest
from browser import lab
from nbval_run import compared

from sse_notebook.stream.recordings import load

NOTEBOOK = "notebooks/04_incident_write_up.ipynb"
FILE = "notebooks/incident.ssecast"

# A kernel speaks over sockets of ZeroMQ's, which know nothing of this: only Python's own are refused.
REFUSE = """
import socket
def refused(*_):
    raise OSError("no network here")
for name in ("connect", "connect_ex"):
    setattr(socket.socket, name, refused)
socket.getaddrinfo = socket.create_connection = refused
"""


@pytest.fixture(scope="module")
def page(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the notebook writes when it runs, as it is stored, where every connection is refused."""
    folder = tmp_path_factory.mktemp("offline")
    (folder / "sitecustomize.py").write_text(REFUSE, encoding="utf-8")
    written = repository / "notebooks/incident.html"
    written.unlink(missing_ok=True)
    path = os.pathsep.join([str(folder), os.environ["PYTHONPATH"]])
    environment = {**os.environ, "PYTHONPATH": path, "SSE_NOTEBOOK_REPLAY": str(repository / FILE)}
    run = compared(repository, NOTEBOOK, environment)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
    assert " passed" in run.stdout
    return written


def test_it_runs_offline_and_equals_what_is_stored(page: Path) -> None:
    """nbval compares each output; the page is there."""
    assert page.stat().st_size > 5_000


def test_it_has_outputs_to_compare(repository: Path) -> None:
    """nbval passes on a notebook without outputs whatever it does: so they must be there."""
    notebook = nbformat.read(repository / NOTEBOOK, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.outputs]
    assert len([cell for cell in cells if "tags" not in cell.metadata]) >= 12
    assert any("<svg" in str(cell.outputs) for cell in cells)


def test_the_file_is_sound_and_shareable(repository: Path) -> None:
    """What everybody gets with the project is complete, and has no secret in it."""
    recording = load(repository / FILE)
    assert recording.verify()
    assert recording.scan() == []
    assert len(recording.gaps) == 1


@pytest.mark.browser
def test_the_page_needs_no_network(page: Path) -> None:
    """In a browser that is offline it is complete; nothing is asked for, and nothing goes wrong."""
    asked: list[str] = []
    with lab.browser_page(900, 1200, offline=True) as view:
        view.on("request", lambda request: asked.append(request.url))
        view.goto(page.as_uri())
        assert view.locator("h1").inner_text() == "Builds can't push"
        assert view.locator("svg rect").count() > 30
        assert view.locator("svg [fill='url(#sse-gap)']").first.is_visible()
        assert view.get_by_text("what was missed is lost").is_visible()
        assert view.get_by_text("sound and complete").is_visible()
        lab.ARTEFACTS.mkdir(exist_ok=True)
        view.screenshot(path=lab.ARTEFACTS / "incident.png", full_page=True)
        assert view.errors == []  # type: ignore[attr-defined]  # the lab's
    assert asked == [page.as_uri()]


def test_nothing_secret_is_in_the_tour(repository: Path, page: Path) -> None:
    """Neither a token nor a place of the machine it ran on."""
    for path in (repository / NOTEBOOK, repository / FILE, page):
        text = path.read_text(encoding="utf-8")
        for trace in ("127.0.0.1", "?token=", "eyJ", str(Path.home()), "/site-packages/", "ipykernel_"):
            assert trace not in text
        assert not re.search(r"token=(?!\*\*\*)", text)
