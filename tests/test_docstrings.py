"""The examples in docstrings do what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from types import ModuleType

import pytest
from support import client_threads, eventually

import sse_notebook

NAMES = ["sse_notebook", *(m.name for m in pkgutil.walk_packages(sse_notebook.__path__, "sse_notebook."))]


def examples(module: ModuleType) -> list[doctest.DocTest]:
    return [test for test in doctest.DocTestFinder(exclude_empty=True).find(module) if test.examples]


@pytest.mark.parametrize("name", NAMES)
def test_examples(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example of a module gives what it shows, and leaves no thread behind."""
    module = importlib.import_module(name)
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    said: list[str] = []
    for test in examples(module):
        runner.run(test, out=said.append)
    assert not runner.failures, "".join(said)
    sse_notebook.close_all()
    eventually(lambda: client_threads() == [], what=f"threads remain: {client_threads()}")


def test_there_are_examples() -> None:
    """The search finds examples at all: in `connect`, in the decoder, in the clock."""
    found = {name for name in NAMES if examples(importlib.import_module(name))}
    assert {"sse_notebook.stream.connect", "sse_notebook.wire.decoder", "sse_notebook.clock"} <= found
