"""Acknowledgements and silences as they stand in a recording, said again.

The law: what was recorded is said at its own time, to what a replay has by then; what can't be read is an
error, and says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sse_notebook.alerts.attention import Attention
from sse_notebook.errors import ArgumentError
from sse_notebook.filters import where

__all__ = ["again"]

LONGEST_S: Final = 1e10  # seconds that a silence can last


def again(attention: Attention, us: int, code: str, body: Any) -> None:
    """Say it again.

    Args:
        attention: to whom.
        us: when it was said, Unix time in microseconds.
        code: `"ack"` or `"sil"`; another says nothing.
        body: what.

    Raises:
        ArgumentError: it is none of ours.
    """
    if code == "ack":
        _ack(attention, us, _object(body))
    elif code == "sil":
        _silence(attention, us, _object(body))


def _ack(attention: Attention, us: int, body: Mapping[str, Any]) -> None:
    """Of the alert whose newest event it was: by its id, where it had one; ids are kept in parts, too."""
    seq, own = _of(int, body, "seq"), _of(str, body, "id")
    alerts = [seen.alert for seen in attention.alerts() if not seen.alert.resolved or "sent" in body]
    meant = [alert for alert in alerts if own is not None and alert.event.id == own]
    if own is None or len(meant) > 1:  # ids are not unique
        meant = [alert for alert in (meant or alerts) if alert.event.seq == seq]
    sent = _of(bool, body, "sent")
    if sent is not None:
        for alert in meant:
            if alert.ack is not None:
                attention.was_sent(alert.number, alert.ack.at_us, sent, at_us=us)
        return
    note, by = _of(str, body, "note") or "", _of(str, body, "by")
    attention.acknowledge({alert.number for alert in meant}, note, by, at_us=us)


def _silence(attention: Attention, us: int, body: Mapping[str, Any]) -> None:
    text = _of(str, body, "filter")
    if text is None:
        raise ArgumentError("a silence without a filter")
    asked = where(text)
    if _of(bool, body, "lifted"):
        attention.lift(lambda silence: silence.filter == asked, at_us=us)
        return
    seconds = body.get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < LONGEST_S:
        raise ArgumentError(f"no length of a silence: {seconds!r:.40}")
    mute = _object(body.get("mute", {}))
    attention.silence(
        asked,
        round(seconds * 1e6),
        _of(str, body, "reason") or "",
        type=_of(str, mute, "type"),
        resource=_of(str, mute, "resource"),
        at_us=us,
    )


def _object(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise ArgumentError(f"no object: {body!r:.40}")
    return body


def _of(kind: type, body: Mapping[str, Any], name: str) -> Any:
    """A value of this kind; None: there is none, or one of another kind."""
    value = body.get(name)
    return value if type(value) is kind else None
