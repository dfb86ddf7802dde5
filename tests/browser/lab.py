"""A real JupyterLab in a real Chromium: the servers and the page helper of the browser tests.

Everything is throw-away (settings, workspaces, runtime files) and on loopback. Nothing is downloaded: the
browser is the system's Chromium. Every wait is for a condition.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / "artefacts"
BIN = Path(sys.executable).parent  # of the virtual environment; not resolved, or it would be the system's

# What other front-ends, if installed, add to JupyterLab's toolbar: most people's is without.
OTHERS = ["@voila-dashboards/jupyterlab-preview", "@jupyter-notebook/lab-extension"]

CHROMIUM_ARGUMENTS = [
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",  # no dialling out at the start
    "--disable-component-update",
    "--disable-sync",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    # Each window has pages behind its address bar, in a process of their own, that cost more than what we
    # look at. Of two such lists the last counts, so what playwright turns off is turned off here again.
    "--disable-features="
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,"
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,"
    "HttpsFirstBalancedModeAutoEnable,LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,"
    "AvoidCorsURLLoaderRestartOnRedirect,OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,"
    "PreconnectToSearch",
]


def chromium() -> str:
    """The system's Chromium; a clear line if there is none."""
    for name in (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"):
        if name and (path := shutil.which(name)):
            return path
    raise RuntimeError("the browser tests need Chromium: apt-get install chromium (or set CHROMIUM)")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_answers(url: str, process: subprocess.Popen[bytes], log: Path, timeout: float = 90) -> None:
    """Wait for a 200; fail at once, with the server's own words, if it died."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}:\n{log.read_text()[-2000:]}")
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.05)  # between two polls of another process
    raise TimeoutError(f"{url} did not answer within {timeout} s:\n{log.read_text()[-2000:]}")


@contextlib.contextmanager
def setting(base: str, plugin: str, **changed: Any) -> Iterator[None]:
    """What a user changes in JupyterLab's settings, for pages that are opened meanwhile."""
    url = f"{base}/lab/api/settings/@jupyterlab/{plugin}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        before = json.load(answer)["raw"]

    def put(raw: str) -> None:
        data = json.dumps({"raw": raw}).encode()
        urllib.request.urlopen(urllib.request.Request(url, data, method="PUT"), timeout=10).close()

    put(json.dumps({**json.loads(before), **changed}))
    try:
        yield
    finally:
        put(before)


@contextlib.contextmanager
def listening(page: Page, event: Any, heard: Callable[[Any], None]) -> Iterator[None]:
    """`page.on`, for a while: the page outlives the test."""
    page.on(event, heard)
    try:
        yield
    finally:
        page.remove_listener(event, heard)


def write_settings(folder: Path, *, dark: bool, windowing: str) -> None:
    """JupyterLab's user settings: nothing that pops up over the page, and the theme that is wanted."""
    settings: dict[str, Any] = {
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
        "apputils-extension/themes": {"theme": f"JupyterLab {'Dark' if dark else 'Light'}"},
        "docmanager-extension/plugin": {"autosave": False},
        "notebook-extension/tracker": {"windowingMode": windowing},
    }
    for name, content in settings.items():
        file = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content))


def throw_away(tmp: Path) -> dict[str, str]:
    """An environment in which nobody's own configuration counts."""
    environment = dict(os.environ, PATH=f"{BIN}{os.pathsep}{os.environ['PATH']}", PYTHONUNBUFFERED="1")
    names = {
        "HOME": "home",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTER_DATA_DIR": "data",
        "IPYTHONDIR": "ipython",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    for name, folder in names.items():
        (tmp / folder).mkdir(parents=True, exist_ok=True)
        environment[name] = str(tmp / folder)
    config = {
        "ServerApp": {"password": "", "disable_check_xsrf": True},
        "IdentityProvider": {"token": ""},
        "LabApp": {
            "expose_app_in_browser": True,
            "extension_manager": "readonly",
            "news_url": None,
            "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        },
    }
    (tmp / "config" / "jupyter_server_config.json").write_text(json.dumps(config))
    (tmp / "config" / "jupyter_lab_config.json").write_text(json.dumps(config))
    return environment


@contextlib.contextmanager
def running(
    command: list[str], *, cwd: Path, environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own, so that kernels die with their server."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextlib.contextmanager
def jupyterlab(
    folder: Path, *, dark: bool = False, windowing: str = "none", environment: dict[str, str] | None = None
) -> Iterator[str]:
    """JupyterLab over a folder; its base URL.

    `windowing="none"` keeps every output in the page; `"full"` is what users have.
    """
    with tempfile.TemporaryDirectory(prefix="sse-notebook-lab-", ignore_cleanup_errors=True) as name:
        tmp = Path(name)
        write_settings(tmp / "settings", dark=dark, windowing=windowing)
        port = free_port()
        command = [
            str(BIN / "jupyter-lab"),
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={folder}",
        ]
        env = {**throw_away(tmp), **(environment or {})}
        page_config = tmp / "config" / "labconfig" / "page_config.json"
        page_config.parent.mkdir()
        page_config.write_text(json.dumps({"disabledExtensions": dict.fromkeys(OTHERS, True)}))
        with running(command, cwd=folder, environment=env, log=tmp / "lab.log") as process:
            base = f"http://127.0.0.1:{port}"
            wait_until_answers(f"{base}/api/status", process, tmp / "lab.log")
            yield base


@contextlib.contextmanager
def chromium_running() -> Iterator[Browser]:
    """Chromium, without a page. While it runs this thread can't run an asyncio loop: playwright does."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), headless=True, args=CHROMIUM_ARGUMENTS
        )
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def new_page(browser: Browser, width: int = 1280, height: int = 900, **context: Any) -> Iterator[Page]:
    """A page that knows nothing of others, with what went wrong in `page.errors`."""
    with contextlib.closing(
        browser.new_context(viewport={"width": width, "height": height}, **context)
    ) as new:
        page = new.new_page()
        page.errors = []  # type: ignore[attr-defined]  # ours, for the tests to look at
        page.on("pageerror", lambda error: page.errors.append(str(error.stack or error)))  # type: ignore[attr-defined]
        yield page


@contextlib.contextmanager
def browser_page(width: int = 1280, height: int = 900, **context: Any) -> Iterator[Page]:
    """A page in a Chromium of its own."""
    with chromium_running() as browser, new_page(browser, width, height, **context) as page:
        yield page


def open_notebook(
    page: Page, base: str, name: str, timeout: float = 90_000, *, app: str = "lab/tree"
) -> None:
    """Open a notebook in JupyterLab (or `app`), and wait until its kernel is ready."""
    page.goto(f"{base}/{app}/{name}?reset", wait_until="domcontentloaded")
    page.wait_for_function("() => window.jupyterapp?.restored !== undefined", timeout=timeout)
    page.evaluate("() => window.jupyterapp.restored.then(() => true)")
    ready(page, timeout)


def open_beside(page: Page, name: str, timeout: float = 90_000) -> None:
    """Open one more notebook in the JupyterLab that is in the page, and wait until its kernel is ready."""
    page.evaluate("(path) => { window.jupyterapp.commands.execute('docmanager:open', { path }); }", name)
    page.wait_for_function(
        "(path) => window.jupyterapp.shell.currentWidget?.context?.path === path", arg=name, timeout=timeout
    )
    ready(page, timeout)


def ready(page: Page, timeout: float) -> None:
    """Wait until the notebook has cells and a kernel."""
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=timeout)
    # To run before the session is ready opens a "Select kernel" dialog.
    page.wait_for_function(
        """() => { const session = window.jupyterapp.shell.currentWidget?.context?.sessionContext;
                   return session?.isReady && session.session?.kernel?.connectionStatus === 'connected'; }""",
        timeout=timeout,
    )


def close_notebook(page: Page) -> None:
    """Take away what is shown while its kernel lives, close the notebook, and end the kernel."""
    page.evaluate(
        """async () => {
            const { commands, shell, serviceManager } = window.jupyterapp ?? {};
            const notebook = shell?.currentWidget;
            if (!notebook?.context) return;
            const session = notebook.context.sessionContext.session?.id;
            await commands.execute('notebook:clear-all-cell-outputs');
            await new Promise(requestAnimationFrame);
            notebook.dispose();
            if (session) await serviceManager.sessions.shutdown(session);
        }"""
    )


def run_all(page: Page) -> None:
    """Run all cells; returns when they are queued."""
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")


def in_kernel(page: Page, code: str) -> str:
    """Run code in the notebook's kernel, beside its cells; what it printed. Raises what it raised."""
    printed, error = page.evaluate(
        """async (code) => {
            const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
            const future = kernel.requestExecute({ code, store_history: false });
            let printed = '', error = null;
            future.onIOPub = (message) => {
                if (message.header.msg_type === 'stream') printed += message.content.text;
                if (message.header.msg_type === 'error') error = message.content.traceback.join('\\n');
            };
            await future.done;
            return [printed, error];
        }""",
        code,
    )
    if error is not None:
        raise AssertionError(error)
    return str(printed)


def expect_printed(page: Page, code: str, printed: str, timeout: float = 10) -> None:
    """Wait until what is run in the kernel prints this: what is done in a page is in Python soon."""
    end = time.monotonic() + timeout
    while (told := in_kernel(page, code).strip()) != printed:
        assert time.monotonic() < end, f"{code} printed {told!r}, not {printed!r}"


def write_notebook(path: Path, *cells: str) -> None:
    """A notebook of code cells."""
    import nbformat

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.strip()) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)


def shoot(page: Page, name: str) -> Path:
    """Keep a picture of the page for people to look at."""
    ARTEFACTS.mkdir(exist_ok=True)
    path = ARTEFACTS / f"{name}.png"
    page.screenshot(path=str(path))
    return path
