"""A write-up as a file: it needs nothing, runs nothing, and has no secret in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import sse_notebook as sse
from sse_notebook.errors import SecretsFound
from sse_notebook.incident import Incident
from sse_notebook.incident.template import SECTIONS

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "![x](http://evil.example/x.png)",
    "[click](javascript:alert(1))",
    "| a | b |",
    "$$\\unicode{x}$$",
    "a\u202eb",
    "</style><h1>",
    "`` ` ``",
    "www.evil.example https://evil.example",
    "\n\n# Heading",
]


def incident_of(words: str) -> Incident:
    store = sse.EventStore()
    store.add_event(
        {
            "type": "build_failed",
            "workload_id": words,
            "message": words,
            "timestamp": "2026-11-24T14:00:00Z",
        }
    )
    return Incident("Builds fail", store)


class Tags(HTMLParser):
    """What elements and attributes a page has."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize("words", HOSTILE)
def test_page_is_inert(words: str) -> None:
    """Whatever came over the wire, or was written by people, is text in the page."""
    incident = incident_of(words)
    incident.note("2026-11-24T14:00", words)
    incident.section("Summary", words)
    page = incident.to_html() or ""
    tags = Tags(page)
    assert not tags.tags & {"script", "img", "a", "iframe", "link", "object", "form"}
    assert not {
        name for name in tags.attributes if name.startswith("on") or name in ("href", "src", "action")
    }
    assert "default-src 'none'" in page
    assert "\u202e" not in page


def test_page_names_no_address() -> None:
    """Nothing in it could be asked for: no URL but in text."""
    page = incident_of("wl-1").to_html() or ""
    assert not re.search(r"https?://|url\((?!#)|@import|srcset", page)


@pytest.mark.parametrize("words", HOSTILE)
def test_markdown_is_text(words: str) -> None:
    """No link, picture, cell or heading comes of what came over the wire."""
    text = incident_of(words).to_markdown() or ""
    row = next(line for line in text.splitlines() if "| error |" in line)
    assert len(re.findall(r"(?<!\\)\|", row)) == 4
    assert not re.search(r"(?<!\\)[\[<`]", row)
    assert not re.search(r"(?<!\\)://|www\.", row)
    assert text.count("\n## ") == 10


def test_sections_are_all_there() -> None:
    """Those that nobody wrote are to be written."""
    incident = incident_of("wl-1")
    incident.section("Summary", "One.\n\n- two\n- three")
    page, text = incident.to_html() or "", incident.to_markdown() or ""
    for name in SECTIONS:
        assert f">{name}</h" in page
        assert f"# {name}\n" in text
    assert "<p><bdi>One.</bdi></p><ul><li><bdi>two</bdi></li><li><bdi>three</bdi></li></ul>" in page
    assert page.count("To be written.") == text.count("To be written.") == len(SECTIONS) - 1


def test_files(tmp_path: Path) -> None:
    """They are what is returned without a path."""
    incident = incident_of("wl-1")
    assert incident.to_html(tmp_path / "x.html") is None
    assert (tmp_path / "x.html").read_text(encoding="utf-8") == incident.to_html()
    assert incident.to_markdown(tmp_path / "x.md") is None
    assert (tmp_path / "x.md").read_text(encoding="utf-8") == incident.to_markdown()


SECRET = "ghp_" + "a" * 36


@pytest.mark.parametrize("where", ["note", "section", "event"])
def test_secrets_are_not_shared(where: str, tmp_path: Path) -> None:
    """Neither people's own, nor those of events that are told; the error says where, not which."""
    incident = incident_of(SECRET if where == "event" else "wl-1")
    if where == "note":
        incident.note("2026-11-24T14:00", f"used {SECRET}")
    if where == "section":
        incident.section("Trigger", f"used {SECRET}")
    for write in (incident.to_html, incident.to_markdown):
        with pytest.raises(SecretsFound, match=r"a GitHub token\)\. What was.*; what you wrote:") as caught:
            write(tmp_path / "x")
        assert SECRET not in str(caught.value)
        assert len(caught.value.findings) >= 1
    assert not (tmp_path / "x").exists()
