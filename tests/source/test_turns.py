"""A lock is given back, wherever an interrupt cuts in."""

from __future__ import annotations

import threading
from itertools import count
from typing import Any

import pytest
from support import interrupted, run_all

from sse_notebook.source.turns import let_pass, take


@pytest.mark.parametrize("kind", [threading.Lock, threading.RLock])
def test_nothing_is_left_behind(kind: Any) -> None:
    """Of who waits for a lock, or takes it for a time at most."""
    for step in count():
        lock = kind()
        cut = interrupted(step, lambda lock=lock: let_pass(lock, 1.0))
        run_all(lambda lock=lock: _is_free(lock))
        if not cut:
            break
    assert step > 2


def test_what_is_taken_is_known() -> None:
    """Whether it could be had, also at once."""
    lock, taken = threading.Lock(), []  # type: ignore[var-annotated]
    assert take(lock, 0, taken)
    assert not take(lock, 0, taken)
    assert not take(lock, 0.001, taken)
    assert [True, False, False] == taken
    let_pass(lock, 0.001)
    assert lock.locked()


def _is_free(lock: Any) -> None:
    assert lock.acquire(blocking=False)
    lock.release()
