"""`alerts.ToastBoard`: every event is counted in exactly one toast, or suppressed for a reason."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sse_notebook.alerts import Toast, ToastBoard
from sse_notebook.alerts.templates import Words
from sse_notebook.alerts.toasts import DURATIONS, KEPT, MOST_RESOURCES
from sse_notebook.clock import VirtualClock
from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.batch import Batch
from sse_notebook.events.types import ALIASES
from sse_notebook.wire import ServerSentEvent


def event(name: str = "workload_status_update", who: str | None = "wl-1", **fields: Any) -> Event:
    """An event of this type, about this workload."""
    raw = json.dumps({"event_type": name, "workload_id": who, **fields})
    found = Vocabulary().read(ServerSentEvent(data=raw), received_us=1)
    assert isinstance(found, Event)
    return found


class Board:
    """A board on a clock that only the test moves, and what it logged."""

    def __init__(self) -> None:
        self.clock = VirtualClock(start=1_000_000.0)
        self.lines: list[str] = []
        self.toasts = ToastBoard(self.clock, self.lines.append)

    def offer(self, *events: Event) -> None:
        self.toasts.offer(events)

    @property
    def active(self) -> list[Toast]:
        return self.toasts.active()

    @property
    def titles(self) -> list[str]:
        return [toast.title for toast in self.active]


# The seed's types with what they give, as (severity, title).
WIRE = {
    "workload_status_update": ("info", "wl-1 changed"),
    "project_status_update": ("info", "Project wl-1 is changed"),
    "cluster_status_update": ("info", "Cluster wl-1 is changed"),
    "build_complete": ("success", "Build completed"),
    "build_failed": ("error", "Build failed"),
    "error_report": ("error", "Error reported"),
}


@pytest.mark.parametrize("name", WIRE)
def test_every_type_of_the_seed_is_shown(name: str) -> None:
    """Each gives a toast with its severity, its words and its time."""
    board = Board()
    board.offer(event(name))
    (toast,) = board.active
    assert WIRE[name] == (toast.severity, toast.title)
    assert (1, 1_000_000.0, DURATIONS[toast.severity]) == (toast.count, toast.at, toast.duration)
    assert 1 == len(board.lines)
    assert board.lines[0].endswith(f"shown: {toast.title}")
    assert board.lines[0].startswith("[EventToast] ")


@pytest.mark.parametrize("name", ALIASES)
def test_every_known_name_is_shown(name: str) -> None:
    """No name in the table of types is without its toast."""
    board = Board()
    board.offer(event(name))
    assert (1, 1, 0) == (len(board.active), board.toasts.shown, board.toasts.suppressed)


@pytest.mark.parametrize("severity", ["info", "success", "warning", "error"])
def test_unknown_types_below_warning_are_suppressed(severity: str) -> None:
    """They are counted, and the log says why; from warning on they are shown."""
    board = Board()
    board.offer(event("edit", severity=severity))
    if severity in ("info", "success"):
        assert ([], 0, 1) == (board.active, board.toasts.shown, board.toasts.suppressed)
        assert ["[EventToast] edit not shown: unknown type below warning"] == board.lines
    else:
        assert (["Edit"], 1, 0) == (board.titles, board.toasts.shown, board.toasts.suppressed)
        assert ["[EventToast] edit shown: Edit"] == board.lines


def test_like_events_fold() -> None:
    """Same type, severity and status within a toast's time: one toast with a number, and the newest words."""
    board = Board()
    for n in range(5):
        board.offer(event(status="running", message=f"try {n}"))
        board.clock.advance(1)
    (toast,) = board.active
    assert (5, 4, "wl-1 running", "try 4") == (toast.count, toast.rev, toast.title, toast.text)
    assert 1_000_004.0 == toast.at
    assert "[EventToast] workload.status shown: folded into one of 5" == board.lines[-1]


def test_events_of_several_resources_fold_into_a_group() -> None:
    """The toast then says how many resources there are, and which was the latest."""
    board = Board()
    board.offer(*(event("build_failed", who, error="exit 1") for who in ("a", "b", "a", "c")))
    (toast,) = board.active
    assert (4, "Build failed", "3 workloads · latest c: exit 1") == (toast.count, toast.title, toast.text)
    board.offer(event("build_failed", None, error="no name"))
    assert "3 resources · latest no name" == board.active[0].text
    board.offer(event("build_failed", None))
    assert "3 resources" == board.active[0].text


def test_an_event_without_a_resource_is_none() -> None:
    """Events that are about nothing in particular make no group."""
    board = Board()
    board.offer(event("error_report", None, message="one"), event("error_report", "wl-1", message="two"))
    (toast,) = board.active
    assert (2, "Error reported", "wl-1: two") == (toast.count, toast.title, toast.text)


@pytest.mark.parametrize(
    "other",
    [
        {"name": "build_failed"},
        {"status": "running", "severity": "warning"},
        {"status": "stopped", "severity": "success"},
    ],
    ids=repr,
)
def test_unlike_events_do_not_fold(other: dict[str, Any]) -> None:
    """Another type, severity or status is another toast."""
    board = Board()
    board.offer(event(status="running"), event(**other))
    assert [1, 1] == [toast.count for toast in board.active]


@pytest.mark.parametrize("severity", DURATIONS)
def test_a_toast_goes_when_its_time_has_passed(severity: str) -> None:
    """The worse, the longer; and a like event afterwards is a new toast, not a number on a gone one."""
    board = Board()
    board.offer(event(severity=severity))
    board.clock.advance(DURATIONS[severity] - 0.001)
    assert 1 == len(board.active)
    board.clock.advance(0.001)
    assert [] == board.active
    board.offer(event(severity=severity))
    assert [(2, 1)] == [(toast.id, toast.count) for toast in board.active]


def test_the_worse_stay_longer() -> None:
    """Durations grow with the severity."""
    assert DURATIONS["info"] <= DURATIONS["success"] < DURATIONS["warning"] < DURATIONS["error"]


def test_folding_prolongs() -> None:
    """A toast's time counts from the newest of its events."""
    board = Board()
    for _ in range(10):
        board.offer(event())
        board.clock.advance(4)
    assert [(1, 10)] == [(toast.id, toast.count) for toast in board.active]


def test_what_is_handed_out_does_not_move() -> None:
    """A toast that was read is a picture of its moment: later events change the board's own."""
    board = Board()
    board.offer(event(message="one"))
    (before,) = board.active
    board.offer(event(message="two"))
    assert (1, 0, "one") == (before.count, before.rev, before.text)
    before.title = "HACK"
    assert "HACK" not in board.titles


def test_the_board_is_bounded_and_says_so() -> None:
    """At most `KEPT` are handed over; those that had to go before their time are counted."""
    board = Board()
    board.offer(*(event(status=f"s{n}") for n in range(KEPT + 7)))
    assert (KEPT, 7) == (len(board.active), board.toasts.more)
    assert [f"wl-1 s{n}" for n in range(7, KEPT + 7)] == board.titles
    assert KEPT + 7 == board.toasts.shown


def test_nothing_folds_into_a_toast_that_nobody_sees() -> None:
    """When a toast had to make room, the next like event is shown anew."""
    board = Board()
    board.offer(event(status="first"))
    board.offer(*(event(status=f"s{n}") for n in range(KEPT)))
    assert "wl-1 first" not in board.titles
    board.offer(event(status="first"))
    assert "wl-1 first" == board.titles[-1]
    assert 1 == board.active[-1].count


def test_what_is_over_makes_room_first() -> None:
    """A toast that is still shown is not let go of while there are some whose time has passed."""
    board = Board()
    board.offer(event("build_failed"))  # 12 seconds
    board.offer(*(event(status=f"s{n}") for n in range(KEPT - 1)))  # 5 seconds
    board.clock.advance(6)
    board.offer(*(event(status=f"t{n}") for n in range(KEPT - 1)))
    assert ("Build failed", KEPT, 0) == (board.titles[0], len(board.active), board.toasts.more)
    board.offer(event("build_failed"))
    assert 2 == board.active[0].count


def test_announcing_is_no_event() -> None:
    """ "Connected" is a toast like others, stands for no event, and nothing folds into it."""
    board = Board()
    board.toasts.announce("Connected", "localhost", "success")
    board.toasts.announce("Connected", "localhost", "success")
    assert [("Connected", "localhost", "success", 1)] * 2 == [
        (toast.title, toast.text, toast.severity, toast.count) for toast in board.active
    ]
    assert (0, 0) == (board.toasts.shown, board.toasts.suppressed)
    assert ["[EventToast] Connected shown"] * 2 == board.lines


def test_many_announcements_are_bounded_too() -> None:
    """A connection that comes and goes all night fills nothing."""
    board = Board()
    for _ in range(10 * KEPT):
        board.toasts.announce("Connected")
    board.offer(event())
    assert KEPT == len(board.active) == len(board.toasts._toasts)


def test_a_storm_is_one_toast_and_little_memory() -> None:
    """Names come from the wire: past a thousand resources their number is a lower bound, and says so."""
    board = Board()
    board.offer(*(event("build_failed", f"wl-{n}") for n in range(MOST_RESOURCES + 500)))
    (toast,) = board.active
    assert (MOST_RESOURCES + 500, MOST_RESOURCES) == (toast.count, len(toast.resources))
    assert f"{MOST_RESOURCES}+ workloads · latest wl-{MOST_RESOURCES + 499}" == toast.text


def test_statuses_without_end_leave_no_trace() -> None:
    """What toasts fold by is forgotten with them, whatever the wire calls a status."""
    board = Board()
    for n in range(50 * KEPT):
        board.offer(event(status=f"s{n}"))
        board.clock.advance(n % 3)
    assert len(board.toasts._toasts) <= KEPT
    assert len(board.toasts._by_key) <= KEPT


def test_texts_from_the_wire_are_cut() -> None:
    """A megabyte in any field, and line ends, stay out of toasts and out of the log."""
    board = Board()
    big = "x\n" * 2**19
    board.offer(*(event("build_failed", f"{n}{big}", message=big, resource_type=big) for n in range(3)))
    board.offer(event(big, severity="error"), event(big, severity="info"))
    for toast in board.active:
        for text in (toast.title, toast.text):
            assert len(text) <= 200
            assert "\n" not in text
    assert all(len(line) < 600 and "\n" not in line for line in board.lines)


def test_to_json_is_what_the_front_end_gets() -> None:
    """Plain values, times in milliseconds."""
    board = Board()
    board.offer(event("build_failed", error="exit 1"))
    (toast,) = board.active
    assert {
        "id": 1,
        "rev": 0,
        "severity": "error",
        "title": "Build failed",
        "text": "wl-1: exit 1",
        "count": 1,
        "at": 1_000_000_000.0,
        "duration": 12_000.0,
    } == json.loads(json.dumps(toast.to_json()))


names = st.sampled_from(["workload_status_update", "build_failed", "build_complete", "edit", "__proto__"])
offered = st.builds(
    event,
    names,
    st.sampled_from([None, "a", "b"]),
    severity=st.sampled_from([None, "info", "warning"]),
    status=st.sampled_from([None, *(f"s{n}" for n in range(12))]),
)
steps = st.lists(st.tuples(st.lists(offered, max_size=15), st.sampled_from([0, 0.5, 4, 5, 20])), max_size=8)


@settings(max_examples=60)
@given(steps)
def test_counts_add_up(todo: list[tuple[list[Event], float]]) -> None:
    """All toasts ever shown, plus what was suppressed, are all events: none counted twice, none forgotten."""
    board = Board()
    newest: dict[int, Toast] = {}
    total = 0
    for events, seconds in todo:
        for one in events:
            board.offer(one)
            total += 1
            for toast in board.active:
                before = newest.get(toast.id)
                assert before is None or before.count <= toast.count
                assert before is None or before.rev < toast.rev or before == toast  # a change shows in `rev`
                newest[toast.id] = toast
        board.clock.advance(seconds)
    assert total == sum(toast.count for toast in newest.values()) + board.toasts.suppressed
    assert total == board.toasts.shown + board.toasts.suppressed == len(board.lines)
    assert all(line.startswith("[EventToast] ") for line in board.lines)


@settings(max_examples=60)
@given(steps)
def test_together_is_as_one_by_one(todo: list[tuple[list[Event], float]]) -> None:
    """Events that come together, by columns or as objects, end as those do that come one after another."""
    boards = [Board() for _ in range(3)]
    for events, seconds in todo:
        # More toasts at once than are kept: those that come together are let go of later.
        few = [one for one in events if one.status is None or one.status < "s5"]
        boards[0].offer(*few)
        boards[1].toasts.offer(Batch(Batch.of(few).columns))
        for one in few:
            boards[2].offer(one)
        seen = [(board.active, board.toasts.shown, board.toasts.suppressed) for board in boards]
        assert seen[0] == seen[1] == seen[2]
        for board in boards:
            board.clock.advance(seconds)
    assert sorted(boards[0].lines) == sorted(boards[1].lines) == sorted(boards[2].lines)


def test_no_line_is_made_that_nobody_reads() -> None:
    """Without debug logging no text is cut for it, and all is counted; it may be turned on at any time."""
    reading, lines = False, list[str]()
    board = ToastBoard(VirtualClock(start=1.0), lines.append, lambda: reading)
    for _ in range(2):
        board.offer([event("build_failed"), event("build_failed"), event("edit")])
        board.announce("Connected")
        assert lines == [] or reading
        reading = True
    assert (4, 2) == (board.shown, board.suppressed)
    assert 4 == len(lines)


def test_a_flood_makes_few_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a thousand like events that come together only the first is made, and the newest for who looks."""
    board, made = Board(), list[str]()
    batch = Batch(Batch.of([event("build_failed", f"wl-{n}") for n in range(1_000)]).columns)
    monkeypatch.setattr(
        "sse_notebook.alerts.toasts.words_for", lambda e: made.append(e.resource_id) or Words("a", "b", "c")
    )
    board.toasts.offer(batch)
    assert ["wl-0"] == made
    assert [1_000] == [toast.count for toast in board.active] == [toast.count for toast in board.active]
    assert ["wl-0", "wl-999"] == made


def test_threads_count_exactly() -> None:
    """Two streams of offers and a reader at once: every event is counted, no toast is seen half changed."""
    board = Board()
    wrong: list[Toast] = []

    def offering() -> None:
        for n in range(300):
            board.offer(event(message=str(n)), event("edit"))

    def reading() -> None:
        for _ in range(300):
            wrong.extend(toast for toast in board.active if toast.rev != toast.count - 1)

    threads = [threading.Thread(target=target) for target in (offering, offering, reading)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [] == wrong
    assert [600] == [toast.count for toast in board.active]
    assert (600, 600) == (board.toasts.shown, board.toasts.suppressed)
