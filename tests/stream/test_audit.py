"""Whether the server keeps to what it was asked for: two connections, compared."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from raw_server import CHUNKED, RawServer, chunk, hold
from streamed import event
from support import QUICK, client_threads, eventually

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.errors import ArgumentError, ConnectionFailed, FilterError, StreamClosed
from sse_notebook.stream.audit import HELD, THROUGH, Audit, Key, Window, compare, key

Open = Callable[..., sse.EventStream]


# -- compared, without a connection ----------------------------------------------------------------------

START, END, GRACE = 1_000.0, 1_010.0, 1.0


def came(
    n: int, at: float, *, project: str | None = "p-1", own: float | None = None, id: bool = True
) -> sse.Event:
    """An event of a project that came at a time, and says a time of its own, or none."""
    payload = {"event_type": "x", "project_id": project, "n": n}
    if own is not None:
        payload["timestamp"] = own
    message = sse.ServerSentEvent("x", json.dumps(payload), f"{n}" if id else "", f"{n}" if id else None)
    found = sse.Vocabulary().read(message, round(at * 1e6))
    assert isinstance(found, sse.Event)
    return found


def compared(
    ours: list[sse.Event],
    theirs: list[sse.Event],
    known: set[Key] = frozenset(),  # type: ignore[assignment]
    down: tuple[tuple[float, float], ...] = (),
    **asked: list[str],
) -> Audit:
    asked = asked or {"project_id": ["p-1"]}
    report = Audit(sse.where(project_id="p-1"), asked, END - START)
    return compare(ours, theirs, known, report, Window(START, END, GRACE, down))


@pytest.mark.parametrize("ids", [True, False], ids=["by id", "by content"])
def test_the_same_on_both(ids: bool) -> None:
    """What came on both is the same event, whenever it came; what is held back as asked is no difference."""
    ours = [came(n, START + n + 0.5, id=ids) for n in range(5)]
    theirs = [came(n, START + n, id=ids) for n in range(5)] + [came(9, START + 5, project="p-2", id=ids)]
    found = compared(ours, theirs)
    assert (5, True, {}, {}) == (found.compared, found.ok, found.counts, found.left_out)
    assert bool(found)


def test_nothing_came() -> None:
    """Then nothing is known, and that is not well."""
    assert not compared([], [])
    assert "nothing to compare came" in str(compared([], []))


@pytest.mark.parametrize("slow", [0.4, 1.5, 3.0])
def test_a_slow_link_is_no_fault(slow: float) -> None:
    """What comes later on the stream's own connection than on the other one may be under way at the end."""
    theirs = [came(n, START + n / 2) for n in range(20)]
    ours = [came(n, START + n / 2 + slow) for n in range(20) if n / 2 + slow < END - START]
    found = compared(ours, theirs)
    assert (True, {}) == (found.ok, found.counts)
    assert sum(found.left_out.values()) == 20 - len(ours)


@pytest.mark.parametrize("own", [None, START - 100])
def test_history_between_new_events(own: float | None) -> None:
    """What the stream had before, and what says by its own time that it is old, was sent again, wherever."""
    old = [came(n, START + n / 10, own=own, id=False) for n in range(50, 80)]
    new = [came(n, START + n / 10, id=False) for n in range(80)]
    known = {key(event) for event in old} if own is None else set()
    found = compared(new[:50], sorted([*new[:50], *old], key=lambda event: event.received_us), known)
    assert (True, {}) == (found.ok, found.counts)


def test_held_back_and_let_through() -> None:
    """Each with its parameter and the value seen."""
    ours = [came(n, START + n, project="p-1" if n != 3 else "p-2") for n in range(1, 9) if n != 5]
    theirs = [came(n, START + n, project="p-1" if n != 3 else "p-2") for n in range(1, 9)]
    found = compared(ours, theirs)
    assert {(HELD, "project_id"): 1, (THROUGH, "project_id"): 1} == found.counts
    assert (1, 1, False) == (found.held_back, found.let_through, found.ok)
    rows = found.df[["outcome", "parameter", "asked", "value", "id"]].to_dict("split")["data"]
    assert [[THROUGH, "project_id", "p-1", "p-2", "3"], [HELD, "project_id", "p-1", "p-1", "5"]] == rows
    assert [["project_id", "p-1", 1, 1]] == found.parameters.to_dict("split")["data"]


def test_what_says_nothing() -> None:
    """An event without the field is told from one with an empty name."""
    found = compared(
        [came(1, START + 1), came(2, START + 2, project=None)],
        [came(1, START + 1), came(2, START + 2, project=None)],
    )
    assert ["none"] == found.df["value"].to_list()


def test_several_parameters() -> None:
    """What was let through names the one it does not fit; what was held back, all that it may be."""
    asked = {"project_id": ["p-1"], "event_types": ["x", "y"]}
    ours = [came(1, START + 2), came(2, START + 3, project="p-2"), came(4, START + 6)]
    theirs = [*ours[:2], came(3, START + 4), ours[2]]
    found = compared(ours, theirs, **asked)
    assert {(THROUGH, "project_id"): 1, (HELD, "project_id or event_types"): 1} == found.counts
    assert [["project_id", "p-1", 1, 1], ["event_types", "x,y", 1, 0]] == found.parameters.to_dict("split")[
        "data"
    ]


@pytest.mark.parametrize(
    ("only_theirs", "why"),
    [
        (came(7, START + 0.5), "at the beginning"),
        (came(7, START + 5, own=START - 60), "older than the second connection"),
        (came(7, END - 0.5), "at the end"),
        (came(7, START + 5.5), "while one of the connections was down"),
    ],
    ids=["replayed", "old", "late", "down"],
)
def test_what_may_have_other_causes_is_left_out(only_theirs: sse.Event, why: str) -> None:
    """What only one of them could see accuses nobody, and is counted with the reason."""
    down = ((START + 4, START + 6),) if "down" in why else ()
    found = compared([], [only_theirs], down=down)
    assert (0, {}) == (found.compared, found.counts)
    assert [(True, 1)] == [(reason.startswith(why), number) for reason, number in found.left_out.items()]


def test_what_the_stream_knew_is_left_out() -> None:
    """A server that sends its newest again to who is new: the stream had them before."""
    theirs = [came(n, START + 3) for n in range(5)]
    found = compared([], theirs, known={("id", f"{n}") for n in range(5)})
    assert ({}, 5) == (found.counts, found.left_out.total())


def test_between_two_that_came_on_both_nothing_is_left_out() -> None:
    """However soon after the beginning, and before the end: both connections were past it."""
    ours = [came(1, START + 0.1), came(3, START + 0.3)]
    found = compared(ours, [ours[0], came(2, START + 0.2), ours[1]])
    assert ({(HELD, "project_id"): 1}, {}) == (found.counts, found.left_out)


def test_a_server_whose_clock_is_ahead() -> None:
    """Its times are taken as they are to each other: what it sent again is older all the same."""
    ahead = 3_600.0
    fresh = came(1, START + 5, own=START + 5 + ahead, project="p-2")
    found = compared([], [came(2, START + 4, own=START - 60 + ahead), fresh])
    assert ({}, 1) == (found.counts, found.left_out.total())
    assert {(HELD, "project_id"): 1} == compared(
        [], [came(2, START + 4, own=START + 4 + ahead), fresh]
    ).counts


def test_what_others_wrote_is_text() -> None:
    """In the report it can neither break a line nor become markup."""
    evil = "<b>\n\x1b[31m$x$"
    found = compared([came(1, START + 2, project=evil)], [])
    assert "\n\x1b" not in str(found)
    assert "<b>" not in found._repr_html_()
    assert found._repr_html_().startswith("<pre>")


# -- on a server -----------------------------------------------------------------------------------------


@contextmanager
def publishing(backend: Backend, **fields: Any) -> Iterator[None]:
    """Events of two projects by turns, until this is left."""
    done = threading.Event()

    def publish() -> None:
        n = 0
        while not done.wait(0.005):
            backend.publish({"event_type": f"t{n % 3}", "project_id": f"p-{n % 2}", "n": n, **fields})
            n += 1

    thread = threading.Thread(target=publish, name="publisher")
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_a_server_that_does_as_it_is_asked(backend: Backend, open_stream: Open) -> None:
    """No difference; and nothing is left behind, neither connection nor thread nor tap."""
    stream = open_stream(project_id="p-1", params={"event_types": "t0,t1"})
    before = client_threads()
    with publishing(backend):
        found = stream.audit(seconds=0.5)
    assert ({}, True) == (found.counts, found.ok)
    assert {"project_id": ["p-1"], "event_types": ["t0", "t1"]} == found.asked
    eventually(lambda: client_threads() == before)
    assert [] == stream._parts.intake.taps._taps
    asked = [request.query for request in backend.requests]
    assert [{"project_id", "event_types"}, set()] == [set(query) - {"token"} for query in asked]
    assert 1 == len({request.subject for request in backend.requests})
    assert "open" == stream.connection.state


@pytest.mark.parametrize(
    ("fault", "outcome", "parameter"),
    [
        ({"hold_back": 2}, HELD, "project_id or event_types"),
        ({"ignore_filters": ["project_id"]}, THROUGH, "project_id"),
        ({"ignore_filters": ["event_types"]}, THROUGH, "event_types"),
    ],
    ids=["filters too much", "ignores project_id", "ignores event_types"],
)
def test_a_server_that_does_not(
    backend: Backend, open_stream: Open, fault: dict[str, Any], outcome: str, parameter: str
) -> None:
    """It is found out, by parameter, and it is the only thing that is."""
    backend.faults.update(fault)
    stream = open_stream(project_id="p-1", params={"event_types": "t0,t1"})
    with publishing(backend):
        found = stream.audit(seconds=1)
    assert {(outcome, parameter)} == set(found.counts)
    assert not found
    assert parameter in str(found)


def test_a_replay_is_no_difference(server: RawServer) -> None:
    """A server that sends a new connection what it has, which the stream had or never got, is not accused."""
    old = [event(n, project_id="p-1", timestamp=1_000 + n) for n in range(30)]
    had = [event(n, project_id="p-1") for n in range(30, 50)]
    url = server.play(
        "/x",
        [CHUNKED, chunk(b"".join(had)), hold],
        [CHUNKED, chunk(b"".join(old + had)), hold],
    )
    stream = sse.connect(url, project_id="p-1", max_events=5, **QUICK).wait_for(20, timeout=20)
    found = stream.audit(seconds=0.3)
    assert ({}, 50) == (found.counts, found.left_out.total())
    assert {20, 30} == set(found.left_out.values())


def test_other_filters_than_the_streams(backend: Backend, open_stream: Open) -> None:
    """What fits those, and was not asked for, is held back as asked."""
    stream = open_stream(project_id="p-1")
    with publishing(backend):
        found = stream.audit(project_id=["p-0", "p-1"], seconds=0.5)
    assert (True, True) == (found.ok, found.as_asked > 0)
    with publishing(backend):
        assert stream.audit("data.n < 0", seconds=0.1).compared == 0


def test_parameters_in_the_url(server: RawServer) -> None:
    """What narrows is taken out of a URL too, what does not stays."""
    url = server.play("/x", [CHUNKED, hold])
    stream = sse.connect(f"{url}?project_id=p-1&colour=red&resource_type=all", **QUICK).wait_open()
    found = stream.audit(seconds=0.05)
    assert {"colour": ["red"]} == server.asked("/x")[1].query
    assert {"project_id": ["p-1"]} == found.asked


def test_of_no_filter(backend: Backend, open_stream: Open) -> None:
    """There is nothing that the server could do wrong, which is said."""
    stream = open_stream()
    with publishing(backend):
        found = stream.audit(seconds=0.2)
    assert "the server was asked for no filter" in str(found)
    assert found.ok


def test_it_needs_an_open_stream(backend: Backend, open_stream: Open) -> None:
    """One that is closed can't be audited; nor one whose server takes no second connection."""
    stream = open_stream()
    backend.faults.update({"status": 403})
    with pytest.raises(ConnectionFailed, match=r"the second connection of the audit did not open: .*403"):
        stream.audit(seconds=0.1)
    assert [] == stream._parts.intake.taps._taps
    stream.close()
    with pytest.raises(StreamClosed):
        stream.audit(seconds=0.1)


def test_wrong_arguments(open_stream: Open) -> None:
    """An error at once, before anything is opened."""
    stream = open_stream()
    for seconds in (0, -1, True, "1", float("nan")):
        with pytest.raises(ArgumentError, match="seconds must be a number above 0"):
            stream.audit(seconds=seconds)
    with pytest.raises(FilterError):
        stream.audit("project_id = 1")


def test_it_can_be_interrupted(backend: Backend, open_stream: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever loses patience gets his prompt back, and nothing is left behind."""
    stream = open_stream()
    before = client_threads()
    clock = stream._parts.clock
    asked = iter(range(10_000))

    class Impatient:
        """The clock, until somebody presses Ctrl-C."""

        def __getattr__(self, name: str) -> Any:
            return getattr(clock, name)

        def monotonic(self) -> float:
            if threading.current_thread() is threading.main_thread() and next(asked) > 20:
                raise KeyboardInterrupt
            return clock.monotonic()

    monkeypatch.setattr("sse_notebook.stream.auditing.TURN", 0.001)
    object.__setattr__(stream._parts, "clock", Impatient())
    with pytest.raises(KeyboardInterrupt):
        stream.audit(seconds=60)
    eventually(lambda: client_threads() == before)
    assert [] == stream._parts.intake.taps._taps


def test_what_came_where_nothing_fits() -> None:
    """Nothing was compared: neither good nor bad; what came instead is told."""
    theirs = [came(n, START + n, project=f"p-{1 + n % 2}") for n in range(6)]
    asked = Audit(sse.where(project_id="p1"), {"project_id": ["p1"]}, 5.0)
    report = compare([], theirs, (), asked, Window(START, END, GRACE))
    assert (None, False, 6) == (report.ok, bool(report), report.came)
    instead = 'none fits project_id == "p1"; seen there: project_id p-1, p-2'
    assert f"6 events came on the second connection, {instead}" in str(report)
    assert "nothing at all came on the second connection" in str(compared([], []))
