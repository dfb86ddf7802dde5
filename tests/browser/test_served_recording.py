"""A recording that is served, read by Chromium's own EventSource."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from playwright.sync_api import Page
from replay.casts import build, ten, write

import sse_notebook as sse

pytestmark = pytest.mark.browser

LISTEN = """([url, names]) => new Promise(done => {
  const told = [], source = new EventSource(url);
  for (const name of names)
    source.addEventListener(name, e => told.push([e.type, e.data, e.lastEventId]));
  source.onerror = () => { if (source.readyState === EventSource.CLOSED) done(told); };
})"""


@pytest.mark.parametrize("faults", [False, True])
def test_chromium_reads_the_same(page: Page, tmp_path: Path, faults: bool) -> None:
    """Cut in the middle of characters, and where the recording was cut: each event once, until the 204."""
    path = ten(tmp_path / "x.ssecast")
    lines = [json.loads(line) for line in path.read_text().splitlines()[1:]]
    lines += [[10, "retry", 20], build(10, 10, message="größer ☃ 🌋\nzwei"), build(11, 11)]
    lines.insert(1, [0, "retry", 20])
    write(path, lines)
    wanted = [[body["event"], body["data"], body["id"]] for _, code, body in lines if code == "ev"]
    with sse.serve(path, math.inf, faults=faults, chunking="split-utf8") as url:
        assert wanted == page.evaluate(LISTEN, [url, ["build_failed", "message"]])
