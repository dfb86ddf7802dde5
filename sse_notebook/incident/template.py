"""The headings of a write-up.

The law: they are those of the example postmortem in Google's book on site reliability engineering (Beyer and
others, *Site Reliability Engineering*, 2016, appendix D), in its order; what this package fills in itself is
the timeline and the supporting information.
"""

from __future__ import annotations

import difflib
from typing import Final

from sse_notebook.errors import ArgumentError

__all__ = ["LESSONS", "SECTIONS", "section_named"]

#: What people write.
SECTIONS: Final = (
    "Summary",
    "Impact",
    "Root causes",
    "Trigger",
    "Resolution",
    "Detection",
    "Action items",
    "What went well",
    "What went wrong",
    "Where we got lucky",
)
#: Those of them that stand below the heading "Lessons learned".
LESSONS: Final = SECTIONS[-3:]


def section_named(name: str) -> str:
    """A section by its name, upper and lower case put aside.

    Raises:
        ArgumentError: there is none; the message has all names, and what was probably meant.

    Example:
        >>> section_named("root causes")
        'Root causes'
    """
    known = {each.lower(): each for each in SECTIONS}
    asked = " ".join(name.split()).lower() if isinstance(name, str) else ""
    if asked in known:
        return known[asked]
    near = difflib.get_close_matches(asked, known, 1)
    hint = f"; did you mean {known[near[0]]!r}?" if near else ""
    raise ArgumentError(f"a write-up has no section {name!r:.60}; it has {', '.join(SECTIONS)}{hint}")
