"""Control messages that say something of the connection itself, by their names.

The law: only names that servers are known to send; whatever else comes is a heartbeat, or an event.
"""

from __future__ import annotations

from typing import Final

__all__ = ["GREETINGS", "LOST", "OPENING"]

# Greetings, and the field in which each says what the connection is called. (PocketBase wants to hear that
# again from who subscribes.)
GREETINGS: Final = {"connected": "connection_id", "PB_CONNECT": "clientId"}

# Control messages that are no heartbeats: they come once, at a connection's beginning; and those by which a
# server says that it has lost what was to be resumed.
OPENING: Final = frozenset({*GREETINGS, "stream-open", "open"})
LOST: Final = frozenset({"stream-reset"})
