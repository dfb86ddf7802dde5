"""nginx in front of another server, as it is without a thought for streams: it collects what it passes on.

    with Collecting("http://127.0.0.1:8000") as proxy:
        ...  # ask proxy.url

Seen on the wire (nginx 1.22.1, Debian's defaults): nothing of an answer is passed on, its head included,
before there are 4,096 bytes of it; then each 4,096 bytes at once. `X-Accel-Buffering: no` would end that, and
is ignored here.
"""

from __future__ import annotations

import os

from servers.process import Server, find_program

REMEDY = "apt-get install nginx-light"
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Collecting(Server):
    """A proxy in front of `target`.

    Raises:
        MissingProgramError: nginx is not installed; from entering the context.
    """

    def __init__(self, target: str) -> None:
        super().__init__()
        self._target = target

    def command(self) -> list[str]:
        return [find_program("nginx", REMEDY), "-p", str(self.folder), "-c", "nginx.conf", "-e", "error.log"]

    def prepare(self) -> None:
        folders = " ".join(f"{name}_temp_path {name};" for name in _TEMPORARY)
        text = f"""
            {"user root;" if os.getuid() == 0 else ""}
            daemon off;
            worker_processes 1;
            pid nginx.pid;
            events {{ worker_connections 64; }}
            http {{
                access_log off;
                {folders}
                server {{
                    listen 127.0.0.1:{self.port};
                    location / {{
                        proxy_pass {self._target};
                        proxy_ignore_headers X-Accel-Buffering;
                    }}
                }}
            }}
        """
        (self.folder / "nginx.conf").write_text(text)
