"""Reads static HTML strictly: every tag is closed, in order; there is no comment, and no declaration."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """What is in a piece of HTML.

    Args:
        source: the HTML.

    Attributes:
        tags: the names of its elements, in order.
        open: those that are not closed: none, at the end.
        attributes: of all of them.
        texts: the pieces of text.
    """

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl}")

    @property
    def text(self) -> str:
        """All of the text."""
        return "".join(self.texts)
