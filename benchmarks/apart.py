"""Each benchmark in a process of its own: none inherits the memory, the modules or the threads of another."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from multiprocessing import get_context

from benchmarks.harness import Report, Size

__all__ = ["reports"]


def reports(names: Iterable[str], size: Size) -> Iterator[Report]:
    """What the benchmarks of these names say, one after the other."""
    for name in names:
        with ProcessPoolExecutor(1, get_context("spawn")) as alone:
            yield from alone.submit(_collect, name, size).result()


def _collect(name: str, size: Size) -> list[Report]:
    _quiet()
    return list(import_module(f"benchmarks.{name}").run(size))


def _quiet() -> None:
    """No proxy catches loopback, no setting of ours applies, and nobody's words come between the tables."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("SSE_NOTEBOOK_"):
            del os.environ[name]
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger("sse_notebook").propagate = False
