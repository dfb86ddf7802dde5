"""One JupyterLab and one Chromium for a process; a fresh notebook, kernel and backend for each test.

JupyterLab itself is loaded once: notebooks are opened in the page where it is, one after the other.
"""

from __future__ import annotations

import functools
import http.server
import itertools
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import kernels
import lab
import pytest
from playwright.sync_api import Browser, Page

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
def light_lab(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with (
        kernels.warm(tmp_path_factory.mktemp("kernels")) as environment,
        lab.jupyterlab(folder, environment=environment) as base,
    ):
        yield base


class Desk:
    """Chromium, and a page in which one notebook after the other is opened; after a failure a new one."""

    def __init__(self) -> None:
        self._running, self._open = ExitStack(), ExitStack()
        self._browser: Browser | None = None
        self._page: Page | None = None

    @property
    def browser(self) -> Browser:
        if self._browser is None:
            self._browser = self._running.enter_context(lab.chromium_running())
        return self._browser

    def page(self) -> Page:
        """As it was when it was new, but for JupyterLab."""
        if self._page is None:
            self._page = self._open.enter_context(lab.new_page(self.browser))
        self._page.mouse.move(0, 0)
        self._page.context.clear_permissions()
        self._page.errors.clear()  # type: ignore[attr-defined]  # ours, see lab.new_page
        return self._page

    def leave(self) -> None:
        """The next test gets a new page."""
        self._page = None
        self._open.close()

    def close(self) -> None:
        """Chromium ends. Whoever comes later gets another."""
        self.leave()
        self._browser = None
        self._running.close()


DESK = Desk()
HERE = Path(__file__).parent


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """playwright's loop must not run any more when the tests of other folders run theirs."""
    yield
    if nextitem is None or HERE not in nextitem.path.parents:
        DESK.close()


@pytest.fixture
def desk() -> Desk:
    return DESK


@pytest.fixture
def browser() -> Browser:
    """The Chromium of all: a thread can't have two."""
    return DESK.browser


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
def own_page() -> None:
    """For a test that changes its page for good, as its clock or its scripts: `page` is a new one."""


@pytest.fixture
def page(request: pytest.FixtureRequest) -> Iterator[Page]:
    """A new page. For `run` it is the one with JupyterLab in it, unless the test wants its own."""
    if "desk" not in request.fixturenames or "own_page" in request.fixturenames:
        with lab.new_page(DESK.browser) as page:
            yield page
        return
    yield DESK.page()
    if request.node.stash[FAILED]:
        DESK.leave()


Run = Callable[..., str]
_numbers = itertools.count(1)


@pytest.fixture
def run(light_lab: str, folder: Path, desk: Desk, page: Page, backend: Backend) -> Iterator[Run]:
    """Write a notebook of these cells, open it in JupyterLab and run them all; returns its file name.

    Where to connect, and the token, are in the kernel's environment, as they are for `sse-notebook demo`.
    """

    def run(*cells: str, base: str = light_lab, prepare: bool = True) -> str:
        name = f"test{next(_numbers)}.ipynb"
        lab.write_notebook(folder / name, *cells)
        if page.url.startswith(base):
            lab.open_beside(page, name)
        else:
            lab.open_notebook(page, base, name)
        if prepare:
            environment = {"SSE_NOTEBOOK_API_URL": backend.url, "SSE_NOTEBOOK_TOKEN": backend.token()}
            lab.in_kernel(page, f"import os; os.environ.update({environment!r})")
        lab.run_all(page)
        return name

    yield run
    # The kernel goes, and its connection with it; the next test starts from nothing.
    try:
        lab.close_notebook(page)
    except BaseException:
        desk.leave()
        raise


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
