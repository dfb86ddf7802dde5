"""The pages say only what is there: every file that a page links to exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
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
