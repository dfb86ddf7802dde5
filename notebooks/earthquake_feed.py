"""A week of real earthquakes, sent by a real server: what the tour `03_earthquakes.ipynb` connects to.

The law: nothing here was made up, and nothing here is ours: the earthquakes are the U.S. Geological Survey's,
the server is nginx with the nchan module, and neither knows of sse_notebook. The server is thrown away with
the feed, or with the process that started it, however that ends.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import weakref
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Self

DATA = Path(__file__).resolve().parent.parent / "js/node_modules/vega-datasets/data"

# Debian keeps servers where only root's PATH looks.
NGINX_FOLDERS = ("/usr/sbin", "/usr/local/sbin")
MODULE_FOLDERS = ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/local/lib/nginx/modules")

CONFIGURATION = """
load_module {module};
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        nchan_channel_id earthquakes;
        nchan_message_buffer_length {length};       # all of them are kept …
        nchan_subscriber_first_message oldest;      # … for whoever comes late
        location = /publish     {{ nchan_publisher; }}
        location = /earthquakes {{ nchan_subscriber eventsource; }}
        location = /alive       {{ return 204; }}
    }}
}}
"""


class EarthquakeFeed:
    """A server on a free port of this machine that sends earthquakes as server-sent events.

    Args:
        file: GeoJSON, a collection of features whose `properties.time` tells when they were.

    Attributes:
        features: the earthquakes, in order of time.
        url: where to connect to, once it is started.

    Raises:
        FileNotFoundError: the file, nginx or its nchan module is not there; the message says how to get it.

    Example:
        with EarthquakeFeed() as feed:
            stream = sse.connect(feed.url)
            feed.publish()
    """

    def __init__(self, file: Path = DATA / "earthquakes.json") -> None:
        features = _read(file)["features"]
        self.features: list[dict[str, Any]] = sorted(features, key=lambda quake: quake["properties"]["time"])
        self.url = ""
        self._address = ("", 0)
        self._finalizer: weakref.finalize[..., Any] | None = None

    def start(self) -> Self:
        """Start the server; returns once it answers. A second time does nothing.

        Raises:
            FileNotFoundError: see the class.
            RuntimeError: nginx did not start; the message is what it said.
        """
        if self._finalizer is not None and self._finalizer.alive:
            return self
        nginx, module = _find_nginx(), _find_module()
        # The socket is opened here and handed over, as an nginx hands it to its successor: the port is taken
        # from the first moment, and whoever connects early waits in line.
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self._address = listening.getsockname()
            folder = tempfile.TemporaryDirectory(prefix="earthquakes-")
            configuration, log = Path(folder.name, "nginx.conf"), Path(folder.name, "error.log")
            configuration.write_text(
                CONFIGURATION.format(
                    module=module, folder=folder.name, port=self._address[1], length=len(self.features)
                )
            )
            server = subprocess.Popen(  # noqa: S603 - what runs is the machine's own nginx
                [nginx, "-p", folder.name, "-c", str(configuration), "-e", str(log)],
                env={**os.environ, "NGINX": f"{listening.fileno()};"},
                pass_fds=[listening.fileno()],
                stdin=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # all it says is in the log
                start_new_session=True,  # else "interrupt the kernel", sent to its group, would end it
            )
        self._finalizer = weakref.finalize(self, _end, server, _watch_over(server, folder.name), folder)
        try:
            self._ask("GET", "/alive")
        except (OSError, HTTPException):
            said = log.read_text().strip().rpartition("\n")[2] if log.exists() else ""
            self.stop()
            raise RuntimeError(f"nginx did not start: {said or 'it said nothing'}") from None
        self.url = f"http://127.0.0.1:{self._address[1]}/earthquakes"
        return self

    def publish(self) -> int:
        """Send every earthquake, one event each, in order of time.

        Returns:
            How many were sent.

        Raises:
            RuntimeError: the feed is not started, or the server did not take one.
        """
        if not self.url:
            raise RuntimeError("the feed is not started: feed.start()")
        self._ask("POST", "/publish", *(json.dumps(quake).encode() for quake in self.features))
        return len(self.features)

    def stop(self) -> None:
        """End the server, and leave nothing behind. A second time does nothing."""
        self.url = ""
        if self._finalizer is not None:
            self._finalizer()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<EarthquakeFeed: {len(self.features)} events, {'on' if self.url else 'off'}>"

    def _ask(self, method: str, path: str, *bodies: bytes) -> None:
        """One request for each body, over one connection."""
        connection = HTTPConnection(*self._address, timeout=10)
        try:
            for body in bodies or (None,):
                connection.request(method, path, body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                if answer.status >= 300:
                    raise RuntimeError(f"nginx answered {answer.status} {answer.reason} to {method} {path}")
        finally:
            connection.close()


def land() -> Iterator[tuple[list[float], list[float]]]:
    """The outlines of the continents, to draw below a map: longitudes and latitudes of each.

    They are a TopoJSON file's arcs: integers, each the difference from the one before, to be scaled.
    """
    world = _read(DATA / "world-110m.json")
    (width, height), (west, south) = world["transform"]["scale"], world["transform"]["translate"]
    for rings in world["objects"]["land"]["arcs"]:
        longitudes: list[float] = []
        latitudes: list[float] = []
        for number in rings[0]:
            x = y = 0
            arc = []
            for dx, dy in world["arcs"][number if number >= 0 else ~number]:
                x, y = x + dx, y + dy
                arc.append((west + x * width, south + y * height))
            for longitude, latitude in arc if number >= 0 else reversed(arc):
                longitudes.append(longitude)
                latitudes.append(latitude)
        yield longitudes, latitudes


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileNotFoundError(f"{file.name} is not there: it comes with `npm ci` in js/") from None


def _find_nginx() -> str:
    found = shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", ""), *NGINX_FOLDERS)))
    if found is None:
        raise FileNotFoundError(
            "nginx is not there; on Debian: apt-get install nginx-light libnginx-mod-nchan"
        )
    return found


def _find_module() -> Path:
    for folder in MODULE_FOLDERS:
        if (module := Path(folder, "ngx_nchan_module.so")).exists():
            return module
    raise FileNotFoundError("nginx has no nchan module; on Debian: apt-get install libnginx-mod-nchan")


def _watch_over(server: subprocess.Popen[bytes], folder: str) -> subprocess.Popen[bytes]:
    """A process that clears away when this one is gone, even by kill -9: its input then closes."""
    return subprocess.Popen(  # noqa: S603 - the words it runs stand here
        ["/bin/sh", "-c", 'read _; kill "$1"; rm -rf "$2"', "sh", str(server.pid), folder],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _end(
    server: subprocess.Popen[bytes],
    watcher: subprocess.Popen[bytes],
    folder: tempfile.TemporaryDirectory[str],
) -> None:
    watcher.kill()  # first: later it could hit another process with the server's number
    watcher.communicate()
    server.terminate()
    server.wait()
    folder.cleanup()
