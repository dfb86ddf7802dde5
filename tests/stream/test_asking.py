"""What a server is asked for: set as often as one likes, asked for once."""

from __future__ import annotations

from collections.abc import Mapping

from support import eventually, run_all

from sse_notebook.clock import VirtualClock
from sse_notebook.stream.asking import PAUSE, Asking


def let_it_pass(asking: Asking, clock: VirtualClock) -> None:
    """So much time that it is done, whenever it began to wait."""

    def done() -> bool:
        clock.advance(PAUSE)
        return asking._thread is None

    eventually(done)


def test_asked_once_after_a_pause() -> None:
    """Not before a moment has passed without a change; then for the newest, unless it is asked for that."""
    asked: list[Mapping[str, str]] = []
    clock = VirtualClock()
    asking = Asking({"a": "0"}, asked.append, clock)
    for n in range(50):
        asking.set({"a": str(n)})
    eventually(lambda: clock.waits)
    assert ([], {"a": "49"}) == (asked, asking.wanted)
    let_it_pass(asking, clock)
    assert [{"a": "49"}] == asked
    for n in (1, 2, 49):
        asking.set({"a": str(n)})
    let_it_pass(asking, clock)
    assert ([{"a": "49"}], None) == (asked, asking._thread)


def test_closed_it_asks_nothing() -> None:
    """What was to be asked is not, and no thread waits for it, whatever the clock does."""
    asked: list[Mapping[str, str]] = []
    asking = Asking({}, asked.append, VirtualClock())
    asking.set({"a": "1"})
    thread = asking._thread
    asking.close()
    asking.set({"a": "2"})
    assert thread is not None
    eventually(lambda: not thread.is_alive())
    assert ([], {"a": "1"}) == (asked, asking.wanted)


def test_by_several_at_once() -> None:
    """The last one counts, whoever sets it; one thread waits."""
    asked: list[Mapping[str, str]] = []
    clock = VirtualClock()
    asking = Asking({}, asked.append, clock)

    def change(own: int) -> None:
        for n in range(100):
            asking.set({"a": f"{own}-{n}"})

    run_all(*(lambda own=own: change(own) for own in range(4)))
    last = asking.wanted
    let_it_pass(asking, clock)
    assert [last] == asked
