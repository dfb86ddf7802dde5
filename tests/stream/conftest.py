"""Servers for streams; and whatever a test does, no stream outlives it."""

from streamed import backend, nothing_runs_on, open_stream, server

__all__ = ["backend", "nothing_runs_on", "open_stream", "server"]
