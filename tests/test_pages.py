"""The pages say only what is there: every file that a page links to exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from raw_server import CHUNKED, RawServer, chunk, hold
from support import client_threads, eventually

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.checkup.contract import CONTRACT
from sse_notebook.checkup.findings import OF_A_STREAM, PLAN
from sse_notebook.stream.alerting import COLUMNS as ALERTS

ROOT = Path(__file__).parent.parent
SNIPPETS = [
    "README.md",
    *(
        "docs/dataframe.md",
        "docs/reading.md",
        "docs/filters.md",
        "docs/why.md",
        "docs/explaining.md",
        "docs/fields.md",
        "docs/connection.md",
        "docs/replay.md",
        "docs/incident.md",
        "docs/recording.md",
        "docs/alerts.md",
        "docs/archive.md",
        "docs/troubleshooting.md",
    ),
]
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *(f"docs/{page.name}" for page in ROOT.glob("docs/*.md")),
]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(repository: Path, page: str) -> None:
    """A link or picture of a page is an address, or a file of the repository."""
    here = repository / page
    targets = re.findall(r"\]\(([^)#\s]+)", here.read_text(encoding="utf-8"))
    missing = [to for to in targets if not to.startswith("http") and not (here.parent / to).exists()]
    assert missing == []


def test_readme_is_short(repository: Path) -> None:
    """Under 400 words: who wants more reads on."""
    assert len((repository / "README.md").read_text(encoding="utf-8").split()) < 400


def test_the_table_of_columns_is_true(repository: Path) -> None:
    """The page has each column, in order, with its dtype."""
    page = (repository / "docs/dataframe.md").read_text(encoding="utf-8")
    said = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page, re.MULTILINE)
    assert said == [(name, str(dtype)) for name, dtype in sse.EventStore().df.dtypes.items()]


def test_the_table_of_checks_is_true(repository: Path) -> None:
    """The page has each check of `sse.doctor`, in order, by its part; and names all the others."""
    page = (repository / "docs/troubleshooting.md").read_text(encoding="utf-8")
    said, part = [], ""
    for first, name in re.findall(r"^\| (\w*) ?\| `([^`]+)` \|", page, re.MULTILINE):
        part = first or part
        said.append((part, name))
    assert said == [(planned.part, planned.name) for planned in PLAN]
    for planned in (*OF_A_STREAM, *CONTRACT):
        assert f"`{planned.name}" in page, planned


CHANGE = (
    b'data: {"wiki": "dewiki", "title": "Kanarienvogel", "bot": false, "length": {"old": 1, "new": 2}}\n\n'
)


def test_the_table_of_alerts_is_true(repository: Path) -> None:
    """The page has each column of `alerts`, in order, with its dtype."""
    page = (repository / "docs/alerts.md").read_text(encoding="utf-8")
    said = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", page, re.MULTILINE)
    assert said == [(name, str(dtype)) for name, dtype in ALERTS.items()]


@pytest.fixture
def elsewhere() -> Iterator[RawServer]:
    """The servers of the world that the pages name, as far as they need them."""
    with RawServer() as server:
        server.play("/v2/stream/recentchange", [CHUNKED, chunk(CHANGE * 20), hold])
        server.play("/stream", [CHUNKED, hold])
        yield server
        sse.close_all()
    eventually(lambda: client_threads() == [], what=f"threads remain: {client_threads()}")


@pytest.mark.parametrize("page", SNIPPETS)
def test_snippets_run_as_they_are_written(
    repository: Path, page: str, elsewhere: RawServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All Python of a page runs, from the top to the bottom, where the environment names a platform."""
    text = (repository / page).read_text(encoding="utf-8")
    code = "".join(re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    assert "sse.connect(" in code
    here = re.sub(r"https://(stream\.wikimedia\.org|events\.example\.com)/", elsewhere.url("/"), code)
    assert "https://" not in here
    (tmp_path / "token.txt").write_text("token-1\n")
    monkeypatch.chdir(tmp_path)
    with Backend(scenario="platform", speed=200) as backend:
        monkeypatch.setenv("SSE_NOTEBOOK_API_URL", backend.url)
        monkeypatch.setenv("SSE_NOTEBOOK_TOKEN", backend.token())
        exec(compile(here, page, "exec"), {})
        sse.close_all()
