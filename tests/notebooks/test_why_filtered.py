"""The tour on filters runs as it is stored: nbval runs it in a real kernel and compares its outputs."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
from nbval_run import compared

NOTEBOOK = "notebooks/02_why_was_it_filtered.ipynb"


def test_tour_equals_its_stored_outputs(repository: Path) -> None:
    """Every cell gives what is stored, or is marked as varying."""
    run = compared(repository, NOTEBOOK, os.environ)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
    assert " passed" in run.stdout


def test_tour_has_outputs_to_compare(repository: Path) -> None:
    """nbval passes on a notebook without outputs whatever it does: so they must be there."""
    notebook = nbformat.read(repository / NOTEBOOK, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.outputs]
    assert len([cell for cell in cells if "tags" not in cell.metadata]) >= 12
    (shown,) = [cell for cell in cells if cell.source.endswith("30').explain()")]
    assert "text/html" in shown.outputs[0].data


def test_tour_shows_no_place_of_the_machine_it_ran_on(repository: Path) -> None:
    """No port, no path, no token of the run is in the file."""
    text = (repository / NOTEBOOK).read_text(encoding="utf-8")
    for trace in ("127.0.0.1", "?token=", "eyJ", str(Path.home()), "/site-packages/", "ipykernel_"):
        assert trace not in text
