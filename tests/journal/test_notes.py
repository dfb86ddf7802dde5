"""`journal.notes`: gaps as they were known to the last, however they came to be known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sse_notebook.journal.notes import SLOW, add_gaps, gaps_in
from sse_notebook.source.continuity import Gap

OPEN = [5.0, None, "by user", None, ""]
ENDED = [5.0, 6.0, "by user", None, "7"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], []),
        ([OPEN], [OPEN]),
        ([OPEN, ENDED], [ENDED]),
        ([OPEN, ENDED, [5.0, 6.0, "by user", True, "7"]], [[5.0, 6.0, "by user", True, "7"]]),
        ([OPEN, [7.0, 8.0, "lost", None, ""]], [[5.0, 7.0, *OPEN[2:]], [7.0, 8.0, "lost", None, ""]]),
        ([OPEN, [5.0, 9.0, "nobody", True, "7"]], [[5.0, 9.0, "nobody", True, "7"]]),
        ([OPEN, [4.0, 9.0, "nobody", True, "7"]], [[4.0, 9.0, "nobody", True, "7"]]),
        (
            [[1.0, 2.0, "lost", None, "3"], OPEN, [1.0, 2.0, "lost", True, "3"]],
            [[1.0, 2.0, "lost", True, "3"], OPEN],
        ),
        ([OPEN, [4.0, 4.5, SLOW, False, ""]], [OPEN, [4.0, 4.5, SLOW, False, ""]]),
        ([OPEN, [4.0, 4.5, SLOW, False, ""], ENDED], [ENDED, [4.0, 4.5, SLOW, False, ""]]),
    ],
    ids=[
        "none",
        "not ended",
        "ended",
        "refilled",
        "ended by the next",
        "known better later",
        "a part of a longer one",
        "an older one refilled meanwhile",
        "rows lost meanwhile",
        "rows lost, then ended",
    ],
)
def test_what_is_known_to_the_last(tmp_path: Path, lines: list[Any], expected: list[Any]) -> None:
    """A line says more of a gap that is known, or is another one; one that nobody saw end ends there."""
    (tmp_path / "_gaps.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [Gap(*each) for each in expected] == gaps_in(tmp_path)


def test_a_line_that_is_torn_is_none(tmp_path: Path) -> None:
    """Those before it are known, and those that are written after it."""
    (tmp_path / "_gaps.jsonl").write_text(json.dumps(OPEN) + "\n[7.0, nu")
    assert [Gap(*OPEN)] == gaps_in(tmp_path)
    assert add_gaps(tmp_path, [Gap(*ENDED)], str.upper)
    assert add_gaps(tmp_path, [Gap(8.0, None, "x", None, "")], str.upper)
    assert [Gap(5.0, 6.0, "BY USER", None, "7"), Gap(8.0, None, "X", None, "")] == gaps_in(tmp_path)
    assert not add_gaps(tmp_path / "none", [])
