"""The command: `python -m benchmarks [NAME …] [--quick] [--write]`. `make bench` calls it."""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.apart import reports
from benchmarks.harness import FULL, QUICK, TINY, release
from sse_notebook import __version__

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
NAMES = [
    *("decoder", "rows", "wire", "line", "reconnects", "closing"),  # the client
    *("frames", "ingest", "memory", "narrowing"),  # the store
    *("explain", "journal"),  # filters, and what is asked after the fact
    *("recording", "replaying"),  # files
]
ALONG = ["httpx", "httpcore", "h11", "msgspec", "pandas", "pyarrow", "requests", "urllib3", "aiohttp"]


def main(arguments: list[str]) -> None:
    """Run what is asked for, print it as it comes, and write the page if that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones: {', '.join(NAMES)}; none: all")
    parser.add_argument("--quick", action="store_true", help="a minute or two in all; the figures are rough")
    parser.add_argument("--tiny", action="store_true", help="as tests run it: no figure counts")
    parser.add_argument(
        "--write", action="store_true", help=f"put the figures of all of them into {PAGE.name}"
    )
    asked = parser.parse_args(arguments)
    if unknown := set(asked.names) - set(NAMES):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))} (there are {', '.join(NAMES)})")
    if asked.write and (asked.names or asked.quick or asked.tiny):
        parser.error("--write needs all of them in full: the page has the figures of one run")
    said = [about()]
    print(said[0], flush=True)
    for report in reports(asked.names or NAMES, TINY if asked.tiny else QUICK if asked.quick else FULL):
        said.append(str(report))
        print(f"\n{report}", flush=True)
    if asked.write:
        PAGE.write_text(inserted(PAGE.read_text(encoding="utf-8"), "\n\n".join(said)), encoding="utf-8")
        print(f"\nWritten: {PAGE.name}")


def about() -> str:
    """On what, with what, and when."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    along = ", ".join(f"{name} {release(name)}" for name in ALONG if release(name))
    return f"sse_notebook {__version__}, {datetime.now(UTC):%Y-%m-%d}. {python}, {machine}; {along}."


def inserted(page: str, figures: str) -> str:
    """The page with these figures in the place of those it had."""
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"the page has no place for figures: {BEGIN} … {END}")
    return pattern.sub(lambda _: f"{BEGIN}\n{figures}\n{END}", page)


if __name__ == "__main__":
    main(sys.argv[1:])
