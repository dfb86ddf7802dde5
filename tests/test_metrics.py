"""Counters, over threads and all at once."""

from __future__ import annotations

from support import run_all

from sse_notebook.metrics import Counters, labelled


def test_names_with_labels() -> None:
    """A counter's name is written as Prometheus does."""
    assert labelled("a_total", type="x", reason="y") == 'a_total{type="x",reason="y"}'


def test_counting() -> None:
    """What was never counted is 0, and is no key; numbers add up by name and labels."""
    counters = Counters()
    assert (0, 0, []) == (counters["a"], len(counters), list(counters))
    counters.add("a")
    counters.add("a", 2)
    counters.add("a", 5, reason="x")
    counters.add_all({"a": 1, "b": 7})
    expected = {"a": 4, 'a{reason="x"}': 5, "b": 7}
    assert expected == dict(counters) == counters.snapshot()
    assert 'a 4\na{reason="x"} 5\nb 7' == repr(counters)
    assert "nothing counted yet" == repr(Counters())
    assert (3, True, False) == (len(counters), "b" in dict(counters), "c" in dict(counters))


def test_a_snapshot_is_the_readers_own() -> None:
    """What is handed out does not change, and changes nothing."""
    counters = Counters()
    counters.add("a")
    snapshot = counters.snapshot()
    snapshot["a"] = 100
    counters.add("a")
    assert (100, 2) == (snapshot["a"], counters["a"])


def test_no_snapshot_is_torn() -> None:
    """Numbers that were added in one step are in a snapshot together; none is lost over many threads."""
    counters = Counters()
    torn: list[dict[str, int]] = []

    def write() -> None:
        for _ in range(3_000):
            counters.add_all({"received": 3, "stored": 2, "control": 1})

    def read() -> None:
        for _ in range(3_000):
            seen = counters.snapshot()
            if seen.get("received", 0) != seen.get("stored", 0) + seen.get("control", 0):
                torn.append(seen)

    run_all(write, write, read, read)
    assert ([], 18_000) == (torn, counters["received"])
