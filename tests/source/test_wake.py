"""An event that a finalizer may set."""

from __future__ import annotations

import gc
import threading
import weakref

from support import run_all

from sse_notebook.source.wake import Wake


def test_it_is_an_event() -> None:
    """Set stays set until it is cleared, and a wait says which it is."""
    wake = Wake()
    assert (False, False) == (wake.is_set(), wake.wait(0))
    wake.set()
    wake.set()
    assert (True, True, True) == (wake.is_set(), wake.wait(0), wake.wait())
    wake.clear()
    assert (False, False) == (wake.is_set(), wake.wait(0.001))


def test_it_ends_a_wait() -> None:
    """A wait without limit ends when another thread sets it."""
    wake = Wake()
    answers: list[bool] = []
    run_all(lambda: answers.append(wake.wait()), wake.set)
    assert [True] == answers


def test_setting_during_a_collection_never_blocks() -> None:
    """A finalizer that sets it, on the very thread that waits and clears, neither blocks nor is lost."""
    wake = Wake()

    class Cycle:
        def __init__(self) -> None:
            self.me = self
            weakref.finalize(self, wake.set)

    def churn() -> None:
        for _ in range(2_000):
            Cycle()  # collected at some allocation: often inside wait or clear
            wake.wait(0)
            wake.clear()
        Cycle()
        gc.collect()
        assert wake.wait()

    threshold = gc.get_threshold()
    gc.set_threshold(1)
    try:
        thread = threading.Thread(target=churn, daemon=True)
        thread.start()
        thread.join(20)
        assert not thread.is_alive()
    finally:
        gc.set_threshold(*threshold)
