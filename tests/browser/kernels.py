"""Kernels that start warm: forked from one process that has imported what every notebook of ours imports.

Each is an ipykernel in a process of its own, in which nothing has happened: ipykernel, pandas and we are
there, that is all. Jupyter starts, interrupts and kills a stand-in, which hands that on. (ipywidgets is
not imported before: it looks for the kernel when it is.) Only the JupyterLab of the tests has them: in
Notebook 7, in Voila and under nbclient kernels are ordinary ones.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def warm(folder: Path) -> Iterator[dict[str, str]]:
    """The environment of a Jupyter server whose kernel `python3` is such a one."""
    address = str(folder / "mother")
    spec = folder / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    argv = [sys.executable, "-S", "-E", __file__, "stand-in", address, "{connection_file}"]
    spec.write_text(json.dumps({"argv": argv, "display_name": "Python 3", "language": "python"}))
    with subprocess.Popen([sys.executable, __file__, "mother", address], stdin=subprocess.DEVNULL) as process:
        try:
            yield {"JUPYTER_PATH": str(folder)}
        finally:
            process.terminate()


def stand_in(address: str, connection_file: str) -> None:
    """Ask for a kernel, hand on to it what Jupyter signals, and last as long as it does."""
    end = time.monotonic() + 60
    with socket.socket(socket.AF_UNIX) as line:
        while line.connect_ex(address):
            if time.monotonic() > end:
                raise TimeoutError(f"nobody gives kernels at {address}")
            time.sleep(0.05)  # between two polls of another process: it is importing
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _: line.sendall(bytes([number])))
        wanted = {
            "connection_file": connection_file,
            "folder": str(Path.cwd()),
            "environment": dict(os.environ),
        }
        socket.send_fds(line, [json.dumps(wanted).encode() + b"\n"], [1, 2])
        while line.recv(1):
            pass


def mother(address: str) -> None:
    """Import, then have a child for whoever asks."""
    # ipykernel looks when it is imported: a kernel whose parent has gone goes too.
    os.environ["JPY_PARENT_PID"] = str(os.getpid())
    import ipykernel.ipkernel  # noqa: F401  # to be there
    from ipykernel.kernelapp import IPKernelApp

    import sse_notebook  # noqa: F401  # likewise, and pandas with it

    wanted, outputs = serve(address)
    for at, output in enumerate(outputs, start=1):
        os.dup2(output, at)
        os.close(output)
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    sys.path.pop(0)  # this folder, which ipykernel_launcher would not have there
    IPKernelApp.launch_instance(["-f", wanted["connection_file"]])


def serve(address: str) -> tuple[dict[str, Any], list[int]]:
    """Returns in each child, with what it is to be and where it says what. In one thread, since it forks."""
    lines: dict[int, socket.socket] = {}
    woken, wake = socket.socketpair()
    wake.setblocking(False)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    before = {number: signal.getsignal(number) for number in (signal.SIGCHLD, signal.SIGTERM)}
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with socket.socket(socket.AF_UNIX) as listener, selectors.DefaultSelector() as waiting:
        listener.bind(address)
        listener.listen()
        waiting.register(listener, selectors.EVENT_READ)
        waiting.register(woken, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                said = b""
                if key.fileobj is listener:
                    line, _ = listener.accept()
                    said, outputs, *_ = socket.recv_fds(line, 1, 2)
                    while not said.endswith(b"\n"):
                        said += line.recv(65536)
                    if not (child := os.fork()):
                        os.setsid()
                        signal.set_wakeup_fd(-1)
                        for number, handler in before.items():
                            signal.signal(number, handler)
                        for each in (woken, wake, line, *lines.values()):
                            each.close()
                        return json.loads(said), outputs
                    for output in outputs:
                        os.close(output)
                    lines[child] = line
                    waiting.register(line, selectors.EVENT_READ, child)
                elif key.fileobj is woken:
                    woken.recv(1024)
                    for child, line in list(lines.items()):
                        if os.waitpid(child, os.WNOHANG)[0]:
                            waiting.unregister(line)
                            lines.pop(child).close()
                elif key.data in lines:
                    # nothing more: its stand-in was killed, as one is that does not end by itself
                    for number in lines[key.data].recv(64) or [signal.SIGKILL]:
                        os.kill(key.data, number)


if __name__ == "__main__":
    {"mother": mother, "stand-in": stand_in}[sys.argv[1]](*sys.argv[2:])
