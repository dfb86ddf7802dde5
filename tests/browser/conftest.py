"""One JupyterLab for all browser tests of a process; a fresh notebook, page and backend for each test."""

from __future__ import annotations

import functools
import http.server
import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import lab
import pytest
from playwright.sync_api import Page

from sse_notebook.backend import Backend


@pytest.fixture
def backend() -> Iterator[Backend]:
    """A backend with quick heartbeats, and nothing happening by itself."""
    with Backend(heartbeat=1.0) as server:
        yield server


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="session")
def light_lab(folder: Path) -> Iterator[str]:
    with lab.jupyterlab(folder) as base:
        yield base


@pytest.fixture
def page() -> Iterator[Page]:
    with lab.browser_page() as page:
        yield page


Run = Callable[..., str]
_numbers = itertools.count(1)


@pytest.fixture
def run(light_lab: str, folder: Path, page: Page, backend: Backend) -> Iterator[Run]:
    """Write a notebook of these cells, open it in JupyterLab and run them all; returns its file name.

    Where to connect, and the token, are in the kernel's environment, as they are for `sse-notebook demo`.
    """

    def run(*cells: str, base: str = light_lab, prepare: bool = True) -> str:
        name = f"test{next(_numbers)}.ipynb"
        lab.write_notebook(folder / name, *cells)
        lab.open_notebook(page, base, name)
        if prepare:
            environment = {"SSE_NOTEBOOK_API_URL": backend.url, "SSE_NOTEBOOK_TOKEN": backend.token()}
            lab.in_kernel(page, f"import os; os.environ.update({environment!r})")
        lab.run_all(page)
        return name

    yield run
    # The kernel goes, and its connection with it; the next test starts from nothing.
    page.evaluate("() => window.jupyterapp?.shell.currentWidget?.context?.sessionContext.shutdown()")


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, says nothing."""

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="session")
def preview() -> Iterator[str]:
    """The address of the preview page: the built front-end, without a kernel."""
    handler = functools.partial(Quiet, directory=str(lab.ROOT))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/js/preview/"
        server.shutdown()
        thread.join()
