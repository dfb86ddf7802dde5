"""The build hook: no wheel, sdist or editable install leaves without the browser's half of the package.

The law: the bundle is built from `js/` only if it is missing. An sdist carries the bundle, so that building
and installing from it needs no Node; a git clone does not, and needs Node once. What goes wrong is said in
one line.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLE = "sse_notebook/widget/static/widget.js"
TOUR = "notebooks/01_first_stream.ipynb"
TOUR_IN_WHEEL = "sse_notebook/backend/tour.ipynb"


class BuildHook(BuildHookInterface):
    """Bundles `js/` if the bundle is missing, and puts the tour into wheels.

    An editable install leaves the tour where it is, in the clone's `notebooks/`.
    """

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects files; `version` is "standard" or "editable"."""
        if not (Path(self.root) / BUNDLE).is_file():
            self._bundle(Path(self.root) / "js")
        if self.target_name == "wheel" and version != "editable" and (Path(self.root) / TOUR).is_file():
            build_data["force_include"][TOUR] = TOUR_IN_WHEEL

    def _bundle(self, js: Path) -> None:
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            self.app.abort(f"{BUNDLE} is not built yet: install Node.js 20 or newer (node and npm).")
            return  # abort has left already; the type checker cannot know
        if not (js / "node_modules" / "esbuild").is_dir():
            self._run([npm, "ci"], js)
        self._run([node, "build.mjs"], js)

    def _run(self, command: list[str], folder: Path) -> None:
        result = subprocess.run(  # noqa: S603  (both commands are ours, nothing comes from outside)
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if result.returncode:
            self.app.display_error(result.stdout)
            self.app.abort(
                f"{BUNDLE} could not be built: `{Path(command[0]).name} {command[1]}` failed in js/."
            )
