"""Run a notebook against a bundled backend and store its outputs, fit for readers without a kernel.

    python scripts/execute_notebook.py notebooks/01_first_stream.ipynb

Widget state is not stored (an exported page would be blank without a network); what a reader sees instead is
the static snapshot in the output. Nothing of this machine stays in the file.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from sse_notebook.backend import Backend


def main(path: Path) -> None:
    """Run the notebook at `path` and write it back."""
    notebook = nbformat.read(path, as_version=4)
    with Backend(scenario="platform", speed=4, heartbeat=5) as backend:
        os.environ["SSE_NOTEBOOK_API_URL"] = backend.url
        os.environ["SSE_NOTEBOOK_TOKEN"] = backend.token(expires_in=3600)
        NotebookClient(
            notebook,
            timeout=120,
            store_widget_state=False,
            resources={"metadata": {"path": str(path.parent)}},
        ).execute()
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            # A widget's model is gone with its kernel: readers get the static snapshot beside it.
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    nbformat.write(notebook, path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
