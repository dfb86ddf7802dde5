"""Runs a notebook as it is stored: nbval runs it in a real kernel and compares its outputs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def compared(
    repository: Path, notebook: str, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """What nbval said of it."""
    # Its own configuration: our warnings-as-errors are for our tests, not for nbval's insides.
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q", "-c", os.devnull]
    command += ["--rootdir", str(repository), "-p", "no:cacheprovider", notebook]
    return subprocess.run(
        command, cwd=repository, env=environment, capture_output=True, text=True, timeout=110, check=False
    )
