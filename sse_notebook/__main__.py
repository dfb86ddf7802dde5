"""`python -m sse_notebook`: the command `sse-notebook`, where it is not on the path."""

from __future__ import annotations

import sys

from sse_notebook.cli import main

if __name__ == "__main__":
    sys.exit(main())
