"""The package's front: what it needs, and what it says when that is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

WITHOUT = """
import sys
sys.modules[{missing!r}] = None
try:
    import sse_notebook.backend
except ImportError as error:
    print(error)
"""


@pytest.mark.parametrize("missing", ["jwt", "starlette", "uvicorn"])
def test_a_missing_extra_is_named_with_its_remedy(missing: str) -> None:
    """Without one of its libraries the import fails with the extra's name and how to install it."""
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(missing=missing)], capture_output=True, text=True, check=True
    )
    assert "the extra `backend`" in result.stdout
    assert 'in a clone of the project, pip install ".[backend]"' in result.stdout
    assert missing in result.stdout
