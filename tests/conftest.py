"""What every test shares: a clean environment, and a hypothesis that does not watch the clock."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from sse_notebook.source.coalesce import Coalescer
from sse_notebook.wire import Decoder

# A busy machine is slow, not wrong: hypothesis sets no deadline. In CI it tries the same examples every time.
settings.register_profile("house", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("house")
# What `make test-long` asks for: as many examples as `support.examples` is told.
settings.register_profile("long", settings.get_profile("house"))

# A developer's own settings must not decide a test: ours, and proxies, which would catch even loopback.
for name in list(os.environ):
    if name.startswith("SSE_NOTEBOOK_") or name == "NEXT_PUBLIC_API_URL" or name.lower().endswith("_proxy"):
        del os.environ[name]

# Nor whom a machine trusts: its file may be written anew while a test reads it, and half of one is an error.
# No test speaks to anybody but servers that it started itself.
for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
    os.environ.pop(name, None)

# Nor how long it takes: with this, each process that a test starts would compile all of ours anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Here and in the processes that tests start: Jupyter's packages come up without what takes most of it.
UNUSED = str(Path(__file__).parent / "unused")
sys.path.insert(0, UNUSED)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [UNUSED, os.environ.get("PYTHONPATH")]))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """The tests of a file stay together, since they share servers, and those in browser/: one JupyterLab."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "tests/browser" if file.startswith("tests/browser/") else file

    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A name with an address in it is another one in each process, and nobody could share the work."""
    if odd := [item.nodeid for item in items if " at 0x" in item.nodeid]:
        raise pytest.UsageError(f"these tests need ids: {odd}")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is there by now, thousands of tests, stays: no collection of garbage needs to look through it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(params=["fast", "plain"])
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once as it is; and once with each chunk as it came, and each line by itself: the same must come out."""
    if request.param == "plain":
        monkeypatch.setattr(Coalescer, "feed", lambda self, data: data)
        monkeypatch.setattr(Decoder, "_take_blocks", Decoder._take_lines)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds pyproject.toml."""
    return Path(__file__).parent.parent
