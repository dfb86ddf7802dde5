"""What is handed out: a wheel and an sdist that carry everything, and that install where there is no Node.

The work happens on a copy: what git would hand out, plus the built bundle. Nothing is fetched from anywhere.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

BUNDLE = "sse_notebook/widget/static/widget.js"
FEED = "sse_notebook/widget/static/feed.js"
TOUR = "sse_notebook/backend/tour.ipynb"
WITHOUT_NODE = {"PATH": os.devnull, "HOME": os.devnull}


def run(command: Sequence[str | Path], cwd: Path, env: dict[str, str] | None = None) -> str:
    """What a command says, both streams together; fails the test if it fails."""
    result = attempt(command, cwd, env)
    assert result.returncode == 0, result.stdout
    return result.stdout


def attempt(
    command: Sequence[str | Path], cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=100,
    )


def build(kind: str, source: Path, target: Path, env: dict[str, str] | None = None) -> Path:
    """The wheel or sdist of a source tree."""
    run([sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", target], source, env)
    [built] = target.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist of this tree."""
    assert (repository / BUNDLE).is_file(), "make js comes first"
    return build("sdist", repository, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist's own folder, unpacked."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    [inside] = folder.iterdir()
    return inside


@pytest.fixture(scope="module")
def wheel(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built from the unpacked sdist on a machine without Node."""
    return build("wheel", unpacked, tmp_path_factory.mktemp("wheel"), WITHOUT_NODE)


def test_sdist_holds_bundle_and_sources(repository: Path, unpacked: Path) -> None:
    """The sdist has the bundle as built here, its sources and the tests; nothing that git ignores."""
    assert (repository / BUNDLE).read_bytes() == (unpacked / BUNDLE).read_bytes()
    for path in ["js/package-lock.json", "js/src/index.ts", "tests/conftest.py", "Makefile", "LICENSE"]:
        assert (unpacked / path).is_file(), path
    assert not (unpacked / "js/node_modules").exists()
    assert not (unpacked / ".venv").exists()


def test_wheel_holds_the_package_and_nothing_else(repository: Path, wheel: Path) -> None:
    """The wheel has every module, the bundle, the typing marker, the tour; no tests, no TypeScript."""
    modules = {path.relative_to(repository).as_posix() for path in repository.glob("sse_notebook/**/*.py")}
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        bundle = archive.read(BUNDLE)
    assert set() == modules - names
    assert set() == {BUNDLE, FEED, TOUR, "sse_notebook/py.typed"} - names
    assert {"sse_notebook"} == {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert (repository / BUNDLE).read_bytes() == bundle


def test_wheel_installs_without_node_or_network(wheel: Path, tmp_path: Path) -> None:
    """The wheel installs and is imported from where it was installed, its command included."""
    pip = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--no-compile", "--quiet"]
    run([*pip, "--target", tmp_path / "site", wheel], tmp_path, WITHOUT_NODE)
    found = run(
        [sys.executable, "-c", "import sse_notebook; print(sse_notebook.__file__)"],
        tmp_path,
        {**WITHOUT_NODE, "PYTHONPATH": str(tmp_path / "site")},
    )
    assert str(tmp_path / "site" / "sse_notebook" / "__init__.py") == found.strip()
    assert (tmp_path / "site" / "bin" / "sse-notebook").is_file()


def test_clone_without_node_says_what_is_missing(unpacked: Path, tmp_path: Path) -> None:
    """Without the bundle and without Node the build fails, and says so in one line."""
    clone = shutil.copytree(unpacked, tmp_path / "clone")
    (clone / BUNDLE).unlink()
    result = attempt([sys.executable, "-m", "hatchling", "build", "-t", "wheel"], clone, WITHOUT_NODE)
    assert 1 == result.returncode
    said = [line for line in result.stdout.splitlines() if line]
    assert [f"{BUNDLE} is not built yet: install Node.js 20 or newer (node and npm)."] == said


def test_clone_with_node_builds_the_bundle(repository: Path, unpacked: Path, tmp_path: Path) -> None:
    """Without the bundle but with Node the build makes the same bundle again."""
    clone = shutil.copytree(unpacked, tmp_path / "clone")
    (clone / BUNDLE).unlink()
    (clone / "js" / "node_modules").symlink_to(repository / "js" / "node_modules")
    wheel = build("wheel", clone, tmp_path / "dist")
    with zipfile.ZipFile(wheel) as archive:
        assert (repository / BUNDLE).read_bytes() == archive.read(BUNDLE), (
            "a stale bundle: make js comes first"
        )


def test_lock_file_names_no_registry(repository: Path) -> None:
    """package-lock.json pins every package by its hash and names no server to get it from."""
    lock = json.loads((repository / "js" / "package-lock.json").read_text())
    packages = {path: package for path, package in lock["packages"].items() if path}
    assert packages
    assert [] == [path for path, package in packages.items() if "resolved" in package]
    assert [] == [path for path, package in packages.items() if "integrity" not in package]
