"""Tab: in a real kernel, asked as JupyterLab asks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from sse_notebook.store import EventStore
from sse_notebook.stream import tab

SETUP = """
import sse_notebook as sse
from sse_notebook import where
store = sse.EventStore()
for number in range(30):
    said = {"event_type": "build_failed", "project_id": f"p-{number % 2}", "duration": number}
    _ = store.add_event(said | {"status": "Failed", "o": {"port": "8080"}, "a b": 1})
other = sse.EventStore()
_ = other.add_event({"type": "edit", "only_here": 1})
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[BlockingKernelClient]:
    """A kernel with two stores in it."""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        reply = client.execute_interactive(SETUP, timeout=60, output_hook=lambda _: None)
        assert "ok" == reply["content"]["status"], reply["content"]
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def completed(client: BlockingKernelClient, code: str) -> list[str]:
    """The cells that Tab makes of one, where the cursor is at `|`."""
    cursor = code.index("|")
    code = code.replace("|", "")
    content: dict[str, Any] = client.complete(code, cursor, reply=True, timeout=30)["content"]
    start, end = content["cursor_start"], content["cursor_end"]
    return [code[:start] + match + code[end:] for match in content["matches"]]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('store.where("data.du|', ['store.where("data.duration']),
        ('store.where("data.o.|")', ['store.where("data.o.port")']),
        ('x = 1\nstore.where("has(id) and proj|', ['x = 1\nstore.where("has(id) and project_id']),
        ('f = where(\'"é😀" in message and pri|', ['f = where(\'"é😀" in message and priority']),
        ("store.where('status == |')", ["store.where('status == \"Failed\"')"]),
        ("store.where(\"project_id in ['x', 'p-1|", ["store.where(\"project_id in ['x', 'p-1"]),
        ('store.where(project_id="p-|")', ['store.where(project_id="p-1")', 'store.where(project_id="p-0")']),
        ('store.on("build_f|', ['store.on("build_failed']),
        ("where(\"severity >= 'w|", ["where(\"severity >= 'warning"]),
    ],
)
def test_a_kernel_completes(kernel: BlockingKernelClient, code: str, expected: list[str]) -> None:
    """Fields within the text of a filter, values behind an operator, types: and nothing else beside them."""
    found = completed(kernel, code)
    assert sorted(expected) == sorted(found)


def test_keywords(kernel: BlockingKernelClient) -> None:
    """Columns as keywords, but for those that are there."""
    assert "sse.where(project_id=" in completed(kernel, "sse.where(proj|")
    assert "where(project_id='a', cluster_id=" in completed(kernel, "where(project_id='a', cl|")
    assert "where(project_id='a', project_id=" not in completed(kernel, "where(project_id='a', proj|")


def test_whose_fields(kernel: BlockingKernelClient) -> None:
    """What is asked has its own fields; a name that no filter can write is not offered."""
    assert ['other.where("data.only_here'] == completed(kernel, 'other.where("data.on|')
    assert [] == [
        each for each in completed(kernel, 'store.where("data.|') if "only_here" in each or "a b" in each
    ]


def test_python_is_left_alone(kernel: BlockingKernelClient) -> None:
    """Elsewhere Tab does what it always did."""
    assert "store.df.head" in completed(kernel, "store.df.he|")
    assert "print('x'.upper" in completed(kernel, "print('x'.upp|")


def test_registering_twice_is_once(kernel: BlockingKernelClient) -> None:
    """A module that is loaded again asks once."""
    code = """
import importlib
from sse_notebook.stream import tab
importlib.reload(tab).register()
ids = [getattr(each, "matcher_identifier", None) for each in get_ipython().Completer.custom_matchers]
assert ids.count("sse_notebook.filters") == 1, ids
"""
    reply = kernel.execute_interactive(code, timeout=60, output_hook=lambda _: None)
    assert "ok" == reply["content"]["status"], reply["content"]


def test_without_ipython_nothing_is_told() -> None:
    """Where no IPython runs, none is brought along."""
    code = "import sys, sse_notebook.stream.tab as tab; print(tab.register(), 'IPython' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert "False False\n" == done.stdout


def test_it_is_looked_for_again_when_there_is_more() -> None:
    """The newest rows are looked at once; again when there are newer ones."""
    store = EventStore()
    store.add_event({"type": "edit", "one": 1})
    code = 'store.where("data.'
    assert ("data.", ["data.type", "data.one"]) == tab.completions(code, len(code), {"store": store})
    first = tab._seen(store)
    assert first is tab._seen(store)
    store.add_event({"type": "edit", "two": 1})
    assert "data.two" in tab.completions(code, len(code), {"store": store})[1]
