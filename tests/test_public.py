"""The names a user types: documented, and cheap to import."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

import sse_notebook

EXTRAS = {"starlette", "uvicorn", "jwt", "duckdb", "dask", "httpx2", "matplotlib", "jupyterlab"}


def members(kind: type) -> Iterator[str]:
    """The public methods and properties of a class that the class itself, or a base of ours, defines."""
    for each in kind.__mro__:
        if each.__module__.startswith("sse_notebook"):
            for name, value in vars(each).items():
                if not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                    yield name


@pytest.mark.parametrize("name", sse_notebook.__all__)
def test_every_name_is_there_and_documented(name: str) -> None:
    """Each name of `__all__` exists and has a docstring of its own, as have its public members."""
    thing = getattr(sse_notebook, name)
    assert inspect.getdoc(thing)
    if inspect.isclass(thing):
        assert [] == [member for member in members(thing) if not inspect.getdoc(getattr(thing, member))]


def test_names_are_sorted_once() -> None:
    """`__all__` is in order, without doubles, and `dir` need not be searched for them."""
    assert sorted(set(sse_notebook.__all__)) == sse_notebook.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    """What is not there says so in Python's way."""
    with pytest.raises(AttributeError, match="has no attribute 'conect'"):
        _ = sse_notebook.conect  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sse_notebook.errors.__all__)
def test_errors_are_names_too(name: str) -> None:
    """An `except sse.…` of any error of ours catches it: a name that is missing hides what was raised."""
    assert getattr(sse_notebook, name) is getattr(sse_notebook.errors, name)


def test_star_import() -> None:
    """`from sse_notebook import *` gives exactly the public names."""
    names: dict[str, object] = {}
    exec("from sse_notebook import *", names)
    assert set(sse_notebook.__all__) == set(names) - {"__builtins__"}


def test_importing_does_nothing_and_needs_little() -> None:
    """In a fresh process the import starts no thread, opens no socket, and brings no extra and no IPython."""
    script = """
import json, sys, threading
events = []
watched = ("socket.", "_thread.", "subprocess.")
sys.addaudithook(lambda name, args: name.startswith(watched) and events.append(name))
import sse_notebook
print(json.dumps([events, threading.active_count(), sorted({name.split(".")[0] for name in sys.modules})]))
"""
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert ("", 0) == (result.stderr, result.returncode)
    events, threads, modules = json.loads(result.stdout)
    harmless = {"socket.gethostname"}
    assert (set(), 1) == (set(events) - harmless, threads)
    assert set() == set(modules) & (EXTRAS | {"IPython", "ipywidgets", "anywidget", "ipykernel"})
