"""base: a page's messages reach a widget, whatever subshells there were, in a real kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

SETUP = """
import threading
import traitlets
from sse_notebook.widget.base import BaseWidget
class Widget(BaseWidget):
    word = traitlets.Unicode().tag(sync=True)
widget = Widget()
got = []
def heard(_widget, content, _buffers):
    got.append(content)
    # as the widget's own thread sends, which has no request of its own
    thread = threading.Thread(target=lambda: setattr(widget, "word", str(len(got))))
    thread.start()
    thread.join()
widget.on_msg(heard)
print(widget.comm.comm_id)
"""


class Page:
    """What a page does with a kernel: its messages go to a subshell that it has made."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client
        self._done: set[str | None] = set()
        self.comm = self.run(SETUP).strip()
        self.subshell: str | None = None

    def run(self, code: str) -> str:
        printed = []
        reply = self._client.execute_interactive(
            code, timeout=30, output_hook=lambda message: printed.append(message["content"].get("text", ""))
        )
        assert "ok" == reply["content"]["status"], reply["content"]
        return "".join(printed)

    def open(self) -> None:
        self.subshell = self._control("create_subshell_request")["subshell_id"]

    def close(self) -> None:
        self._control("delete_subshell_request", subshell_id=self.subshell)

    def send(self, data: dict[str, Any]) -> None:
        """A message of the page to the widget; returns when the kernel is done with it, or has refused it."""
        message = self._client.session.msg("comm_msg", {"comm_id": self.comm, "data": data})
        message["header"]["subshell_id"] = self.subshell
        self._client.shell_channel.send(message)
        self._until_idle(message["header"]["msg_id"])

    def start(self, code: str) -> Callable[[], None]:
        """Start a cell; returns what waits for its end."""
        cell = self._client.execute(code)
        return lambda: self._until_idle(cell)

    def _control(self, kind: str, **content: Any) -> dict[str, Any]:
        message = self._client.session.msg(kind, content)
        self._client.control_channel.send(message)
        while True:
            reply = self._client.get_control_msg(timeout=30)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return reply["content"]  # type: ignore[no-any-return]  # jupyter_client says nothing of it

    def _until_idle(self, request: str) -> None:
        while request not in self._done:  # a cell's end may be told before that of what ended it
            message = self._client.get_iopub_msg(timeout=30)
            if message["content"].get("execution_state") == "idle":
                self._done.add(message["parent_header"].get("msg_id"))


@pytest.fixture(scope="module")
def client() -> Iterator[BlockingKernelClient]:
    """A kernel's."""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture
def page(client: BlockingKernelClient) -> Page:
    """A page, with a widget of its own."""
    return Page(client)


def custom(n: int) -> dict[str, Any]:
    return {"method": "custom", "content": n}


@pytest.mark.parametrize(
    "data",
    [custom(0), {"method": "update", "state": {"word": "b"}, "buffer_paths": []}],
    ids=["custom", "echo"],
)
def test_a_page_is_heard_after_a_reload(page: Page, data: dict[str, Any]) -> None:
    """The subshell of the page before is gone, and what it sent last; the next page is heard all the same."""
    page.open()
    page.send(data)
    page.close()
    page.open()
    page.send(custom(1))
    assert "1]" == page.run("print(got)").strip()[-2:]


def test_a_page_is_heard_while_a_cell_runs(page: Page) -> None:
    """Its subshell answers, since what the cell sent did not lead the page's messages to the cell."""
    page.open()
    page.run(
        "widget.word = 'from a cell'; went_on = threading.Event(); widget.on_msg(lambda *_: went_on.set())"
    )
    wait = page.start("print(went_on.wait(20))")
    page.send(custom(2))
    wait()
    assert "True" == page.run("print(went_on.is_set() and got == [2])").strip()


def test_what_is_sent_belongs_to_its_cell(page: Page) -> None:
    """Who keeps what a cell made (nbclient) finds the cell in the message's parent."""
    cell = page._client.execute("widget.word = 'c'")
    while True:
        message = page._client.get_iopub_msg(timeout=30)
        if message["msg_type"] == "comm_msg" and message["content"]["comm_id"] == page.comm:
            break
    assert cell == message["parent_header"]["msg_id"]
