"""The tour on foreign data, run as a reader would: what reaches `df` is all that the survey's file holds."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pandas as pd
import pytest

NOTEBOOK = "notebooks/03_earthquakes.ipynb"
EVENTS = 1707

# Runs a notebook in a kernel of its own, and lets the kernel write down what is in it at the end.
EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
source, folder = sys.argv[1:]
notebook = nbformat.read(source, as_version=4)
for name in ("stream", "late"):
    code = f"{name}.df.to_parquet({folder!r} + '/{name}.parquet')"
    notebook.cells.append(nbformat.v4.new_code_cell(code))
place = {"metadata": {"path": source.rpartition("/")[0]}}
NotebookClient(notebook, timeout=90, kernel_name="python3", resources=place).execute()
nbformat.write(notebook, folder + "/executed.ipynb")
"""

# A process that starts a feed, tells where, and is gone before it can clear away.
DIE = """
import os, sys
sys.path.insert(0, sys.argv[1])
from earthquake_feed import EarthquakeFeed
feed = EarthquakeFeed().start()
print(feed.url, flush=True)
sys.stdin.read(1)
os.kill(os.getpid(), 9)
"""


def run(command: list[str], cwd: Path, environment: dict[str, str]) -> str:
    """What a command says; it must succeed."""
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """As on a fresh machine: nobody's settings, no caches, matplotlib's fonts not yet looked up."""
    home = str(tmp_path_factory.mktemp("home"))
    names = ("PATH", "PYTHONPATH", "LANG", "TMPDIR")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return {**kept, "HOME": home}


@pytest.fixture(scope="module")
def executed(repository: Path, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the notebook as just executed, and with its two frames."""
    folder = tmp_path_factory.mktemp("executed")
    run([sys.executable, "-c", EXECUTE, str(repository / NOTEBOOK), str(folder)], repository, environment)
    return folder


@pytest.fixture(scope="module")
def df(executed: Path) -> pd.DataFrame:
    return pd.read_parquet(executed / "stream.parquet")


@pytest.fixture(scope="module")
def features(repository: Path) -> list[dict[str, Any]]:
    """The source file's own features, in order of time (no two of them share one)."""
    file = repository / "js/node_modules/vega-datasets/data/earthquakes.json"
    found = json.loads(file.read_text(encoding="utf-8"))["features"]
    return sorted(found, key=lambda feature: feature["properties"]["time"])


@pytest.fixture(scope="module")
def stored(repository: Path) -> nbformat.NotebookNode:
    return nbformat.read(repository / NOTEBOOK, as_version=4)


@pytest.fixture
def feed_module(repository: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(
        "earthquake_feed", repository / "notebooks/earthquake_feed.py"
    )
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


# -- what is in `df` ---------------------------------------------------------------------------------------


def test_every_event_is_one_row(df: pd.DataFrame, features: list[dict[str, Any]]) -> None:
    """As many rows as the file has features, numbered without a hole."""
    assert len(features) == EVENTS
    assert list(range(EVENTS)) == df.index.to_list()


def test_times_magnitudes_and_places_equal_the_file(df: pd.DataFrame, features: list[dict[str, Any]]) -> None:
    """To the millisecond, to the last digit and to the letter, in the order of publication."""
    assert [f["properties"]["time"] * 1000 for f in features] == df["timestamp"].astype("int64").to_list()
    assert [f["properties"]["mag"] for f in features] == df["data.properties.mag"].to_list()
    assert [f["properties"]["place"] for f in features] == df["data.properties.place"].to_list()


def test_nothing_is_missing_and_nothing_is_doubled(df: pd.DataFrame, features: list[dict[str, Any]]) -> None:
    """Whatever the order: each feature once, with its own time, magnitude, place and position."""
    expected = Counter(
        (f["id"], p["time"], p["mag"], p["place"], *f["geometry"]["coordinates"])
        for f in features
        for p in [f["properties"]]
    )
    columns = ["id", "timestamp", "data.properties.mag", "data.properties.place"]
    columns += [f"data.geometry.coordinates.{axis}" for axis in range(3)]
    actual = Counter(
        (own_id, time.value // 1_000_000, *rest)
        for own_id, time, *rest in df[columns].itertuples(index=False)
    )
    assert expected == actual
    assert max(expected.values()) == 1


def test_payloads_are_the_features(df: pd.DataFrame, features: list[dict[str, Any]]) -> None:
    """The column `data` holds each feature whole."""
    assert features == [json.loads(text) for text in df["data"]]


def test_severity_and_type_are_the_vocabularys(df: pd.DataFrame, features: list[dict[str, Any]]) -> None:
    """Severity by magnitude, the type from the payload, no clock of ours in the place of the event's own."""
    magnitudes = [feature["properties"]["mag"] for feature in features]
    expected = ["error" if m >= 6 else "warning" if m >= 4.5 else "info" for m in magnitudes]
    assert expected == df["severity"].astype(str).to_list()
    assert [f["properties"]["type"] for f in features] == df["type"].to_list()
    assert (df["timestamp"] < df["received_at"]).all()


def test_who_comes_late_gets_the_same(executed: Path, df: pd.DataFrame) -> None:
    """A subscriber that connects after everything was sent has the same rows in the same order."""
    late = pd.read_parquet(executed / "late.parquet")
    assert df["data"].to_list() == late["data"].to_list()


# -- the notebook as it is stored --------------------------------------------------------------------------


def test_tour_equals_its_stored_outputs(repository: Path, environment: dict[str, str]) -> None:
    """Run by nbval, every cell gives what is stored (or is marked as varying)."""
    # Its own configuration: our warnings-as-errors are for our tests, not for nbval's insides.
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q", "-c", os.devnull]
    command += ["--rootdir", str(repository), "-p", "no:cacheprovider", NOTEBOOK]
    assert " passed" in run(command, repository, environment)


def test_tour_has_outputs_to_compare(stored: nbformat.NotebookNode) -> None:
    """nbval passes on a notebook without outputs whatever it does: so they must be there."""
    code = [cell for cell in stored.cells if cell.cell_type == "code"]
    compared = [cell for cell in code if cell.outputs and "tags" not in cell.metadata]
    assert len(compared) >= 6
    assert not [output for cell in code for output in cell.outputs if output.output_type == "error"]


def test_tour_is_readable_without_a_kernel(stored: nbformat.NotebookNode) -> None:
    """A reader of the saved file sees the stream's snapshot and both plots, and needs no widget for it."""
    outputs = [output for cell in stored.cells if cell.cell_type == "code" for output in cell.outputs]
    kinds = Counter(kind for output in outputs for kind in output.get("data", {}))
    assert kinds["image/png"] == 2
    assert kinds["application/vnd.jupyter.widget-view+json"] == 0
    assert "widgets" not in stored.metadata
    assert any("1,707 events" in output.data.get("text/html", "") for output in outputs)


def test_tour_shows_no_place_of_the_machine_it_ran_on(repository: Path) -> None:
    """No host, no path of the run is in the file, and it is small enough to be opened anywhere."""
    text = (repository / NOTEBOOK).read_text(encoding="utf-8")
    for trace in ("127.0.0.1", "localhost", str(Path.home()), "/tmp/", "/site-packages/", "ipykernel_"):
        assert trace not in text
    assert len(text) < 250_000


# -- the feed ----------------------------------------------------------------------------------------------


def test_feed_names_what_is_missing(
    feed_module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the file, nginx or its module there is one line that says what to do."""
    with pytest.raises(FileNotFoundError, match=r"^nowhere\.json is not there: .*npm ci"):
        feed_module.EarthquakeFeed(tmp_path / "nowhere.json")
    feed = feed_module.EarthquakeFeed()
    monkeypatch.setattr(feed_module, "MODULE_FOLDERS", ())
    with pytest.raises(FileNotFoundError, match=r"^nginx has no nchan module; .*libnginx-mod-nchan$"):
        feed.start()
    monkeypatch.setattr(feed_module, "NGINX_FOLDERS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"^nginx is not there; .*nginx-light"):
        feed.start()


def test_feed_says_what_nginx_said(feed_module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """An nginx that does not start is an error with its own words, in one line."""
    monkeypatch.setattr(feed_module, "CONFIGURATION", "no_such_directive;")
    with pytest.raises(RuntimeError, match=r"^nginx did not start: [^\n]*no_such_directive[^\n]*$"):
        feed_module.EarthquakeFeed().start()


def test_feed_leaves_nothing_behind(feed_module: ModuleType) -> None:
    """Stopped, its port is closed and its folder gone; started again, it works again."""
    feed = feed_module.EarthquakeFeed()
    for _ in range(2):
        with feed:
            address, folder = feed._address, Path(feed._finalizer.peek()[2][2].name)
            socket.create_connection(address).close()
            assert folder.is_dir()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
        assert not folder.exists()
    with pytest.raises(RuntimeError, match="not started"):
        feed.publish()


def test_feed_ends_with_its_process(repository: Path) -> None:
    """Even if that process is killed, so that it can't clear away itself, its server ends."""
    with subprocess.Popen(
        [sys.executable, "-c", DIE, str(repository / "notebooks")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2].partition("/")[0])
        with socket.create_connection(("127.0.0.1", port), timeout=60) as subscriber:
            subscriber.sendall(b"GET /earthquakes HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
            assert subscriber.recv(4096).startswith(b"HTTP/1.1 200")
            process.communicate("x")
            while subscriber.recv(4096):
                pass  # until the server closes the connection; else this test runs into its time limit
