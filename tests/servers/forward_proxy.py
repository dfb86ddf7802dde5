"""proxy.py, a forward proxy that nobody here wrote (`pip install proxy.py`).

    with ForwardProxy() as proxy:
        httpx.Client(proxy=proxy.url)

Seen on the wire (proxy.py 2.4.10): a request for an http URL is passed on without what was for the proxy; its
answer comes back as it is, piece by piece; for an https URL there is a tunnel by CONNECT. A target that
refuses is a 502, a missing login a 407, with either kind of URL.
"""

from __future__ import annotations

from servers.process import Server, find_program

REMEDY = "pip install proxy.py"


class ForwardProxy(Server):
    """A proxy for http and https targets.

    Args:
        login: `"name:password"` that it asks for; None: for nobody's.

    Raises:
        MissingProgramError: it is not installed; from entering the context.
    """

    def __init__(self, login: str | None = None) -> None:
        super().__init__()
        self._login = login

    def command(self) -> list[str]:
        address = ["--hostname", "127.0.0.1", "--port", str(self.port), "--timeout", "3600"]
        few = ["--num-acceptors", "1", "--num-workers", "1", "--log-level", "WARNING"]
        # Or it writes into the user's home.
        folders = [f"--{name}-dir={self.folder / name}" for name in ("data", "cache", "ca-cert")]
        login = ["--basic-auth", self._login] if self._login else []
        return [find_program("proxy", REMEDY), *address, *few, *folders, *login]
