"""Text of others in HTML, and on a screen: nothing but text, in one line, not too long.

The law: whatever came over the wire is text: cut, escaped, never in an attribute, never mathematics (`$`,
backslash and backtick stand alone in elements of their own), never text that turns its surroundings around.
"""

from __future__ import annotations

import html
import re
from typing import Final

__all__ = ["CODE", "GUARDED", "TONES", "plain", "prose", "seen", "text", "toned"]

#: The class of an element in which MathJax looks for nothing.
GUARDED: Final = "tex2jax_ignore mathjax_ignore"

#: How code begins within words.
CODE: Final = '<code style="background:transparent;padding:0">'

#: Colours that are readable on light and on dark, by what they mean; and as JupyterLab calls its own.
TONES: Final = {
    "ok": ("success", "#2e8b57"),
    "warn": ("warn", "#b8790a"),
    "error": ("error", "#d9453a"),
    "info": ("info", "#2e86c8"),
}

# Control characters, marks by which text turns around what follows, and halves of surrogate pairs, which no
# message to a browser can carry. Tabs and ends of lines are layout.
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# What opens mathematics for MathJax; alone in an element, it closes nothing either.
_MATHS: Final = re.compile(r"[$\\`]")


def toned(tone: str) -> str:
    """The style of text in a colour of TONES: ours, then the theme's, which JupyterLab's sanitiser drops."""
    name, ours = TONES[tone]
    return f"color:{ours};color:var(--jp-{name}-color1,{ours})"


def seen(said: str) -> str:
    """The text with a sign for each character that is not seen, or turns text around.

    Example:
        >>> seen("a\\u202eb\\n") == "a\\ufffdb\\n"
        True
    """
    return _UNSEEN.sub("\ufffd", said)


def plain(said: str | None, longest: int) -> str:
    """One line, not too long, of characters that are seen.

    Example:
        >>> plain("one\\n two", 20), plain("12345", 4)
        ('one two', '123…')
    """
    line = seen(" ".join((said or "").split()))
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def text(said: str | None, longest: int) -> str:
    """As `plain`, as HTML that is nothing but that text.

    Example:
        >>> text("<b>", 20), text(None, 20)
        ('<bdi>&lt;b&gt;</bdi>', '')
    """
    line = plain(said, longest)
    if not line:
        return ""
    parts = _MATHS.split(line)
    marks = _MATHS.findall(line)
    inner = html.escape(parts[0]) + "".join(
        f"<span>&#{ord(mark)};</span>{html.escape(part)}" for mark, part in zip(marks, parts[1:], strict=True)
    )
    return f"<bdi>{inner}</bdi>"


def prose(sentence: str, longest: int) -> str:
    """As `text`, of a sentence in which what stands between backticks is code.

    Example:
        >>> prose("see `x`", 20).replace(CODE, "<code>")
        '<bdi>see</bdi> <code><bdi>x</bdi></code>'
    """
    parts = sentence.split("`")
    if len(parts) % 2 == 0:  # one of them stands in a value
        return text(sentence, longest)
    return "".join(
        f"{CODE}{text(part, longest)}</code>" if place % 2 else _words(part, longest)
        for place, part in enumerate(parts)
    )


def _words(part: str, longest: int) -> str:
    """Text between codes, with the spaces at its ends."""
    before = " " if part[:1].isspace() else ""
    after = " " if part[-1:].isspace() and part.strip() else ""
    return f"{before}{text(part, longest)}{after}"
