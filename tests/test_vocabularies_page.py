"""docs/vocabularies.md: its examples run, and its table names every built-in vocabulary."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from sse_notebook.events.builtin import NAMES

PAGE = "docs/vocabularies.md"


def blocks(page: str, language: str) -> list[str]:
    """The code blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_one_written_by_hand_gives_what_the_page_shows(repository: Path) -> None:
    """The two blocks of "Write one's own", in one process, print the rows below them; the first is short."""
    page = (repository / PAGE).read_text(encoding="utf-8")
    section = page[page.index("## Write one's own in ten lines") :]
    code = blocks(section, "python")
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(code)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(repository)},
        check=False,
        timeout=60,
    )
    assert "" == result.stderr
    assert blocks(section, "text") == [result.stdout]
    vocabulary = code[0][code[0].index("weather = ") :]
    assert 10 == len(vocabulary.splitlines())


def test_the_table_has_them_all(repository: Path) -> None:
    """Each built-in vocabulary has its line."""
    page = (repository / PAGE).read_text(encoding="utf-8")
    assert sorted(NAMES) == sorted(re.findall(r'^\| `"(\w+)"`', page, re.MULTILINE))
