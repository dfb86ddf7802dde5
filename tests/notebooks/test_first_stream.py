"""The tour runs as it is stored: nbval runs it in a real kernel and compares its outputs."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbval_run import compared

from sse_notebook.backend import Backend

NOTEBOOK = "notebooks/01_first_stream.ipynb"


@pytest.fixture(scope="module")
def notebook(repository: Path) -> nbformat.NotebookNode:
    return nbformat.read(repository / NOTEBOOK, as_version=4)


def test_tour_equals_its_stored_outputs(repository: Path) -> None:
    """Run by nbval against a live backend, every cell gives what is stored (or is marked as varying)."""
    with Backend(scenario="platform", speed=10, heartbeat=1) as backend:
        environment = dict(
            os.environ, SSE_NOTEBOOK_API_URL=backend.url, SSE_NOTEBOOK_TOKEN=backend.token(expires_in=600)
        )
        run = compared(repository, NOTEBOOK, environment)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
    assert " passed" in run.stdout


def test_tour_has_outputs_to_compare(notebook: nbformat.NotebookNode) -> None:
    """nbval passes on a notebook without outputs whatever it does: so they must be there."""
    compared = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.outputs and "tags" not in cell.metadata
    ]
    assert len(compared) >= 6


def test_tour_is_readable_without_a_kernel(notebook: nbformat.NotebookNode) -> None:
    """A reader of the saved file sees the stream's snapshot; no widget state that would need a network."""
    shown = next(cell for cell in notebook.cells if cell.source == "stream" and cell.outputs)
    assert "text/html" in shown.outputs[0].data
    assert "demo" in shown.outputs[0].data["text/html"]
    assert "widgets" not in notebook.metadata


def test_tour_shows_no_place_of_the_machine_it_ran_on(repository: Path) -> None:
    """No port, no path, no token of the run is in the file."""
    text = (repository / NOTEBOOK).read_text(encoding="utf-8")
    for trace in ("127.0.0.1", "?token=", "eyJ", str(Path.home()), "/site-packages/", "ipykernel_"):
        assert trace not in text
