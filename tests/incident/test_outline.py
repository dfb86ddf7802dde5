"""The notebook that a write-up begins with: a valid one, whatever the title and the path."""

from __future__ import annotations

import ast

import nbformat
import pytest

from sse_notebook.incident.outline import notebook_of

NAMES = ["Builds fail", 'it\'s "quoted" \\ and\nbroken', "{title} %s ünïcode"]


@pytest.mark.parametrize("name", NAMES)
def test_notebook_is_valid_and_its_cells_are_python(name: str) -> None:
    """Names of files and titles are text in it, and never code."""
    notebook = nbformat.reads(notebook_of(name, f"{name}.ssecast", f"{name}.html"), as_version=4)
    nbformat.validate(notebook)
    constants = {
        node.value
        for cell in notebook.cells
        if cell.cell_type == "code"
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Constant)
    }
    assert {name, f"{name}.ssecast", f"{name}.html"} <= constants


def test_it_is_the_same_each_time() -> None:
    """Made twice, it differs by nothing: it can be kept under version control."""
    assert notebook_of("x", "x.ssecast", "x.html") == notebook_of("x", "x.ssecast", "x.html")
