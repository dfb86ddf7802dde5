"""The house rules that a machine can check. The tables at the top are the rules; the rest only reads them.

A new module needs nothing here. A new top-level name needs its place in FLOORS; a new third-party library
needs its door in DOORS, with the reason beside it if it is not plain.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = "sse_notebook"
ROOT = Path(__file__).parent.parent / PACKAGE

# In the order of an event's way. A module imports from its own floor and from those above it.
FLOORS = [
    "errors",
    "clock",
    "logbook",
    "markup",
    "words",
    "wire",
    "source",
    "events",
    "filters",
    "store",
    "alerts",
    "pulse",
    "metrics",
    "intake",
    "journal",
    "widget",
    "stream",
    "incident",
    "serving",  # a recording, over sockets; without the extra that `backend` needs
    "checkup",
    "backend",
    "cli",
    "__init__",
    "__main__",
]

# A floor that may see less than everything above it.
ONLY_FROM = {
    "backend": {
        "errors",
        "clock",
        "wire",
    },  # it must not lean on the client that it tests
}

# Each third-party library has one door: the files that may import it, as patterns, relative to the package.
DOORS = {
    "httpx": ["source/transport*.py"],
    "httpcore": [
        "source/transport*.py",
        "source/network.py",
    ],  # its socket is httpcore's interface
    "httpx_sse": [
        "errors.py",
        "wire/*",
        "source/*",
    ],  # its public shapes only
    "anywidget": ["widget/*"],
    "ipywidgets": ["widget/*"],
    "IPython": ["widget/*", "stream/tab.py"],  # where it runs already: whom Tab asks
    "msgspec": [
        "events/*",
        "wire/message.py",
        "journal/*",  # its JSON: a recording may cost a tenth of the intake
    ],  # an object made in C, not its JSON
    "traitlets": ["store/*", "widget/*"],  # the store's observable counters; the widget's synced state
    "pandas": [
        "store/*",
        "journal/querying.py",  # for the type of what a query gives
        *("stream/*", "intake/*"),  # the stream's own tables: log, gaps, timeline
        "incident/*",  # the tables of a write-up
        "checkup/report.py",  # the table of a report
        "metrics.py",  # its numbers over time, as a table
        *("filters/mask.py", "filters/frame.py", "filters/columns.py"),  # a mask is of anybody's DataFrame
        *("filters/filter.py", "filters/evidence.py"),  # for its types only
        "filters/expla*.py",  # the tables of an explanation
        "filters/overview.py",  # the table of fields
    ],
    "pyarrow": [
        "store/*",
        "journal/lines.py",  # an archive's rows, which are columns of Arrow from here on
        *("journal/segments.py", "journal/folder.py", "journal/gathering.py", "journal/querying.py"),
    ],
    "duckdb": ["journal/querying.py"],
    "dask": ["journal/querying.py"],
    "polars": ["store/doors.py", "store/readable.py"],  # the second, for the type of what it gives
    "numpy": [
        "store/*",
        *("journal/gathering.py", "stream/archive.py"),  # the places of rows, and their times
        "incident/chart.py",  # how many there were, over time
        "intake/dropped.py",  # which rows of a frame, the newest and those of samples
        "events/times.py",
        "events/moments.py",
        *("filters/mask.py", "filters/frame.py", "filters/columns.py"),  # what a mask is made of
        *("filters/outcome.py", "filters/blame.py", "filters/near.py", "filters/expla*.py"),  # and of why
        *(
            "widget/pages.py",
            "widget/bins.py",
            "widget/sketch.py",
            "widget/facets.py",
            "widget/reasons.py",
            "widget/shares.py",
            "widget/heat.py",
        ),  # which rows a page has: places among the columns
    ],
    "starlette": ["backend/*"],
    "uvicorn": ["backend/*"],
    "jwt": ["backend/*"],
}

# Importing the package must cost none of these: they are extras, or slow, or for servers only.
# (IPython is not on the list: ipywidgets itself imports it.)
NOT_ON_IMPORT = {
    "starlette",
    "uvicorn",
    "jwt",
    "duckdb",
    "polars",
    "dask",
    "httpx2",
    "matplotlib",
    "jupyterlab",
}

MANY = 30  # modules: a folder of more says in its docstring where what is
LONGEST = 400  # lines; a module that needs scrolling to understand is two modules

# Calls that have no place in the package: name -> (files where they are right, why nowhere else).
FORBIDDEN_CALLS = {
    "print": (["cli.py", "cli/*"], "a thread's print lands in some other cell"),
    "time.sleep": ([], "time is a value; waiting is on an Event or a Condition, so that close() ends it"),
    "eval": ([], "filters and notebooks are never code"),
    "exec": ([], "filters and notebooks are never code"),
}


class Import(NamedTuple):
    """One imported module, absolute, and where it stands."""

    module: str
    line: int


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def matches(path: Path, patterns: list[str]) -> bool:
    return any(fnmatchcase(relative(path), pattern) for pattern in patterns)


MODULES = sorted(ROOT.rglob("*.py"))
each_module = pytest.mark.parametrize("path", MODULES, ids=relative)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> Iterator[Import]:
    """Every import of a module, wherever it stands: top level, TYPE_CHECKING, inside a function."""
    package = [PACKAGE, *path.relative_to(ROOT).parent.parts]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            # `from sse_notebook import store` names the floor only in what it takes
            yield from (
                Import(f"{module}.{alias.name}" if module == PACKAGE else module, node.lineno)
                for alias in node.names
            )
        elif isinstance(node, ast.Call) and dotted(node.func) in {"importlib.import_module", "__import__"}:
            name = node.args[0] if node.args else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield Import(name.value, node.lineno)


def dotted(node: ast.expr) -> str:
    """`a.b.c` as text; empty when the expression is anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (left := dotted(node.value)):
        return f"{left}.{node.attr}"
    return ""


def floor_of(path: Path) -> str:
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


def wrong_floors(path: Path) -> list[str]:
    own = floor_of(path)
    allowed = ONLY_FROM.get(own, set(FLOORS[: FLOORS.index(own)])) | {own}
    found = []
    for module, line in imports(path):
        first, *rest = module.split(".")
        if first != PACKAGE:
            continue
        floor = rest[0] if rest and rest[0] in FLOORS else "__init__"
        if floor not in allowed:
            found.append(f"{relative(path)}:{line} ({own}) imports {module} ({floor})")
    return found


def wrong_doors(path: Path) -> list[str]:
    ours = {PACKAGE, *sys.stdlib_module_names}
    found = []
    for module, line in imports(path):
        library = module.split(".")[0]
        if library not in ours and not matches(path, DOORS.get(library, [])):
            found.append(
                f"{relative(path)}:{line} imports {library}, whose door is {DOORS.get(library, 'nowhere')}"
            )
    return found


def wrong_calls(path: Path) -> list[str]:
    """Forbidden calls; `from time import sleep` counts as well as `time.sleep`, whatever it is renamed to."""
    names = {}  # what a local name stands for
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.asname: alias.name for alias in node.names if alias.asname}
    found = []
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.Call) or not (name := dotted(node.func)):
            continue
        head, _, tail = name.partition(".")
        meant = ".".join(filter(None, [names.get(head, head), tail]))
        if meant in FORBIDDEN_CALLS and not matches(path, FORBIDDEN_CALLS[meant][0]):
            found.append(f"{relative(path)}:{node.lineno} calls {meant}: {FORBIDDEN_CALLS[meant][1]}")
    return found


def test_every_top_level_name_has_its_floor() -> None:
    """Every module and folder of the package has a place in FLOORS, so no import goes unchecked."""
    assert set() == {floor_of(path) for path in MODULES} - set(FLOORS)


def test_contributors_are_told_the_floors(repository: Path) -> None:
    """CONTRIBUTING has each floor, in this order."""
    page = (repository / "CONTRIBUTING.md").read_text(encoding="utf-8")
    said = re.findall(r"^      (\w+)(?:\.py|/) ", page, re.MULTILINE)
    assert [floor for floor in FLOORS if not floor.startswith("__")] == said


@each_module
def test_imports_point_up(path: Path) -> None:
    """A module imports only from its own floor and from the floors above it."""
    assert [] == wrong_floors(path)


@each_module
def test_libraries_come_in_by_their_door(path: Path) -> None:
    """A third-party library is imported only where DOORS says."""
    assert [] == wrong_doors(path)


@each_module
def test_module_says_its_law(path: Path) -> None:
    """A module begins with a docstring."""
    assert ast.get_docstring(tree_of(path)), f"{relative(path)} has no docstring"


@each_module
def test_module_is_one_thing(path: Path) -> None:
    """No module is longer than LONGEST lines."""
    length = len(path.read_text(encoding="utf-8").splitlines())
    assert length <= LONGEST, f"{relative(path)} has {length} lines"


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES}), ids=relative)
def test_a_large_folder_has_a_map(folder: Path) -> None:
    """A folder of many modules names each of them in its docstring, and none that is not there."""
    names = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    if len(names) > MANY:
        rows = (ast.get_docstring(tree_of(folder / "__init__.py")) or "").splitlines()[4:]
        said = re.sub(r"\([^)]*\)", "", "\n".join(re.sub(r"^ *([\w ]*\w)?  +", "", row) for row in rows))
        assert sorted(names) == sorted(re.findall(r"\w+", said))


@each_module
def test_no_forbidden_calls(path: Path) -> None:
    """No print, no sleep, no eval in the package."""
    assert [] == wrong_calls(path)


PROBE = """
import json, socket, sys, threading
events = []
sys.addaudithook(lambda name, args: name in WATCHED and events.append(name))
import PACKAGE
print(json.dumps({
    "events": events,
    "threads": [t.name for t in threading.enumerate() if t is not threading.main_thread()],
    "modules": sorted({name.split(".")[0] for name in sys.modules}),
}))
""".replace("PACKAGE", PACKAGE)


def test_importing_does_nothing() -> None:
    """`import sse_notebook` starts no thread, opens no socket or process, imports no extra, and is silent."""
    watched = {
        "socket.__new__",
        "socket.connect",
        "socket.bind",
        "_thread.start_new_thread",
        "subprocess.Popen",
    }
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE.replace("WATCHED", repr(watched))],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ("", 0) == (result.stderr, result.returncode)
    seen = json.loads(result.stdout)
    assert [] == seen["threads"]
    assert [] == seen["events"]
    assert set() == NOT_ON_IMPORT & set(seen["modules"])


def test_the_rules_can_be_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each check finds a module that breaks its rule, in every way an import or a call can be written."""
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    (tmp_path / "wire").mkdir()
    bad = tmp_path / "wire" / "bad.py"
    bad.write_text(
        "from typing import TYPE_CHECKING\n"
        "from time import sleep as rest\n"
        "import time as t\n"
        "if TYPE_CHECKING:\n"
        "    from sse_notebook.store import EventStore\n"
        "    from sse_notebook import connect\n"
        "    import pandas as pd\n"
        "def f():\n"
        "    from ..stream import View\n"
        "    from .decoder import Decoder\n"
        "    from sse_notebook import errors\n"
        "    import orjson\n"
        "    rest(1); t.sleep(1); print()\n"
    )
    assert [5, 6, 9] == [int(text.split(":")[1].split()[0]) for text in wrong_floors(bad)]
    assert ["pandas", "orjson"] == [text.split("imports ")[1].split(",")[0] for text in wrong_doors(bad)]
    assert ["time.sleep", "time.sleep", "print"] == [
        t.split("calls ")[1].split(":")[0] for t in wrong_calls(bad)
    ]


def test_each_test_file_has_a_name_of_its_own() -> None:
    """pytest tells test files by their names alone: two of one name, and none of them would run."""
    names = [path.name for path in Path(__file__).parent.rglob("test_*.py")]
    assert sorted(set(names)) == sorted(names)
