"""Where messages come from: one thread per source, one face whatever it is.

Where what is:

    the face      face (`Source`), listener (who is told), outbox (on the way there), status (states,
                  moves)
    a server      live (`EventSource`), standing (its state), settings (what is asked for), attempts (its
                  thread)
    an attempt    request (URL and headers), credentials (tokens), claims (what they say), background
                  (calls for them), awaiting (those that can be let go of)
    its answer    answer (which it is), reader (reads it), freshness (what silence means)
    its end       policy (what a failure means), continuity (gaps, and what came twice)
    the network   transport (the door), transport_direct, transport_probe (link by link), network
                  (sockets), line (a connection as we read it), patience (how long), coalesce (chunks),
                  inflate (what is compressed), posting (acks)
    a recording   replay (`ReplaySource`), player (line by line), recorded_lines, as_bytes (for the
                  decoder), errand (in haste), notes (marks), refusing (no socket meanwhile)
    for them all  redactor, forms, masking (of secrets), fork (what lives through one), wake (an event to
                  wait on), turns (locks that an interrupt can't leave behind)
"""

from sse_notebook.source.face import Source
from sse_notebook.source.listener import Listener
from sse_notebook.source.live import EventSource
from sse_notebook.source.policy import Backoff
from sse_notebook.source.status import ConnectionStatus, ReadyState

__all__ = ["Backoff", "ConnectionStatus", "EventSource", "Listener", "ReadyState", "Source"]
