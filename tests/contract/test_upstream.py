"""The list of other people's tests is true: each is where it is said to be, and no name here is invented."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from contract.test_cases import WAYS
from contract.upstream import UPSTREAM
from wire.cases_public import PUBLIC

NAMES = [(f"{whose}: {name}", where) for whose, names in UPSTREAM.items() for name, where in names.items()]
CASES = {case.name for case in PUBLIC if not case.name.startswith("standard: ")}
FOLDER = Path(__file__).parent


@cache
def carried() -> set[str]:
    """The names that tests of this folder have as ids."""
    files = sorted(set(FOLDER.glob("test_*.py")) - {Path(__file__)})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files]
    listed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=FOLDER.parent.parent)
    # cases are listed as such
    nodes = [line for line in listed.stdout.splitlines() if "::" in line and "::test_a_case" not in line]
    theirs = re.compile(rf"[\[-]((?:{'|'.join(UPSTREAM)}): .*)\]$")  # other parameters stand before it
    return {name for node in nodes if (found := theirs.search(node)) for name in found[1].split(" | ")}


def functions(file: Path) -> set[str]:
    """The names of a module's functions."""
    return {
        node.name for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize(("name", "where"), NAMES, ids=[name for name, _ in NAMES])
def test_a_name_is_where_it_is_said_to_be(name: str, where: str, repository: Path) -> None:
    """As a case, as an id in this folder, as that test; or there is a reason."""
    if where == "cases":
        assert name in CASES
    elif where == "here" or where.startswith("unlike: "):
        assert name in carried()
    elif where.startswith("tests/"):
        file, _, function = where.partition("::")
        assert function in functions(repository / file)
    else:
        assert where.startswith("no: ")
        assert name not in carried()
        assert name not in CASES


def test_no_name_is_invented() -> None:
    """Whatever calls itself by somebody else's name is on the list."""
    listed = {name for name, _ in NAMES}
    assert set() == CASES - listed
    assert set() == carried() - listed


def test_line_feeds_come_in_all_their_chunks() -> None:
    """LaunchDarkly's three ways of sending each line feed test are the ways in which cases are sent."""
    assert ["one chunk", "1-character chunks", "2-character chunks"] == list(WAYS)
