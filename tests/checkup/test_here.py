"""This side of the way: packages, notebook, environment. Nothing is imported to find it out."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

import sse_notebook as sse
from sse_notebook.checkup import here, way
from sse_notebook.checkup.findings import Findings


def looked() -> Findings:
    found = Findings()
    here.look_here(found)
    return found


def check(name: str) -> tuple[str, str]:
    found = next(each for each in looked().checks() if each.name == name)
    return found.outcome, found.seen


def test_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is installed is told; what is not as it should be is warned of, by name."""
    assert "ok" == check("packages")[0]
    monkeypatch.setattr(here, "unfit", lambda: [("pandas", "2.2.0", ">=3"), ("msgspec", "", ">=0.20")])
    outcome, seen = check("packages")
    assert "warning" == outcome
    assert seen.endswith("pandas 2.2.0, wanted >=3; msgspec is missing, wanted >=0.20")


def test_notebook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In a kernel: whether JupyterLab's part of the widgets is beside it; elsewhere nothing is claimed."""
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    assert "skipped" == check("notebook")[0]
    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
    monkeypatch.setattr(here, "_PREFIXES", ())
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    outcome, seen = check("notebook")
    assert ("unknown", True) == (outcome, "anywidget is not beside this kernel" in seen)
    for name in here._EXTENSIONS:
        (tmp_path / "share/jupyter/labextensions" / name).mkdir(parents=True)
    assert "ok" == check("notebook")[0]


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set is told, and no secret in it."""
    monkeypatch.setenv("SSE_NOTEBOOK_API_URL", "https://me:t-12345@events.example.com")
    monkeypatch.setenv("SSE_NOTEBOOK_TOKEN", "t-12345")
    monkeypatch.setenv("https_proxy", "me:t-12345@proxy.example.com:3128")
    monkeypatch.setenv("NO_PROXY", "localhost,[::1")
    outcome, seen = check("environment")
    assert "ok" == outcome
    assert seen.startswith("SSE_NOTEBOOK_API_URL=https://events.example.com; SSE_NOTEBOOK_TOKEN is set")
    assert "HTTPS_PROXY=proxy.example.com:3128" in seen
    assert "t-12345" not in seen


def test_a_name_server_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for it longer than ten seconds; by another clock here."""
    import threading

    release = threading.Event()
    monkeypatch.setattr(way, "STEP_WITHIN", 0.05)
    monkeypatch.setattr(way, "look_up", lambda *_: [str(release.wait(20))])
    report = sse.doctor("https://events.example.com/x")
    release.set()
    assert ["name"] == [each.name for each in report.failed]
    assert "nobody has said within 50 ms" in report["name"].seen


def test_an_address_that_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first address of a host does not answer the next one is tried, and that is warned of."""
    from raw_server import CHUNKED, RawServer, hold

    with RawServer() as server:
        monkeypatch.setattr(way, "look_up", lambda *_: ["127.0.0.9", "127.0.0.1"])
        report = sse.doctor(server.play("/x", [CHUNKED, hold]), seconds=0.05)
    assert "warning" == report["connection"].outcome
    assert "127.0.0.9 did not" in report["connection"].seen
