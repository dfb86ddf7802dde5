"""`make demo HEADLESS=1`: the demo as a person runs it, watched by a real browser, and then it ends.

Exits 0 after it has seen the indicator open, toasts come, and `df` grow; 1, with one line, if it has not.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import lab
from playwright.sync_api import Error, expect


def main() -> int:
    """Run `sse-notebook demo`, open its notebook, run it, and look."""
    with tempfile.TemporaryDirectory(prefix="sse-notebook-headless-", ignore_cleanup_errors=True) as name:
        tmp = Path(name)
        port = lab.free_port()
        lab.write_settings(tmp / "settings", dark=False, windowing="none")
        environment = {**lab.throw_away(tmp), **({"CI": os.environ["CI"]} if "CI" in os.environ else {})}
        command = [str(lab.BIN / "sse-notebook"), "demo", "--no-browser", f"--port={port}", "--speed=3"]
        command += [f"--folder={tmp / 'notebooks'}"]
        with (
            lab.running(command, cwd=tmp, environment=environment, log=tmp / "demo.log") as process,
            lab.browser_page() as page,
        ):
            base = f"http://localhost:{port}"
            lab.wait_until_answers(f"{base}/api/status", process, tmp / "demo.log")
            lab.open_notebook(page, base, "01_first_stream.ipynb")
            lab.run_all(page)
            indicator = page.locator("[data-part=indicator]").first
            expect(indicator).to_have_attribute("data-state", "open", timeout=90_000)
            print("indicator: open", flush=True)
            toast = page.locator("[data-part=toast]").first
            expect(toast).to_be_visible(timeout=60_000)
            print(f"toast: {toast.locator('[data-part=title]').inner_text()}", flush=True)
            rows = [int(lab.in_kernel(page, "print(len(stream.df))"))]
            while len(rows) < 3:
                lab.in_kernel(page, f"stream.wait_for({rows[-1]} + 1, timeout=60)")
                rows.append(int(lab.in_kernel(page, "print(len(stream.df))")))
            print(f"df: {' < '.join(map(str, rows))} rows", flush=True)
            indicator.scroll_into_view_if_needed()
            print(f"picture: {lab.shoot(page, 'demo').relative_to(lab.ROOT)}", flush=True)
            if page.errors:  # type: ignore[attr-defined]  # ours, see lab.browser_page
                raise AssertionError(f"errors in the page: {page.errors[:3]}")  # type: ignore[attr-defined]  # as above
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AssertionError, RuntimeError, TimeoutError, Error) as error:
        print(f"demo: {str(error).strip().splitlines()[0]}", file=sys.stderr)
        sys.exit(1)
