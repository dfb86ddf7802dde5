"""`alerts.ToastBoard`: every event is counted in exactly one toast, or suppressed for a reason."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import run_all

from sse_notebook.alerts import Toast, ToastBoard
from sse_notebook.alerts.sent_again import AGAIN, WINDOW
from sse_notebook.alerts.shelf import KEPT, TAKEN_BACK
from sse_notebook.alerts.templates import Words
from sse_notebook.alerts.toast import MOST_RESOURCES
from sse_notebook.alerts.toasts import MOST_AT_ONCE, STAY
from sse_notebook.alerts.wording import DURATIONS
from sse_notebook.clock import VirtualClock
from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.batch import Batch
from sse_notebook.events.event import changed
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
        return self.toasts.board().toasts

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
        assert ["[EventToast] edit suppressed: unknown type below warning"] == board.lines
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


@pytest.mark.parametrize("severity", ["info", "success", "warning"])
def test_a_toast_goes_when_its_time_has_passed(severity: str) -> None:
    """The worse, the longer; and a like event afterwards is a new toast, not a number on a gone one."""
    board = Board()
    board.offer(event(severity=severity))
    duration = DURATIONS[severity]
    assert duration is not None
    board.clock.advance(duration - 0.001)
    assert 1 == len(board.active)
    board.clock.advance(0.001)
    assert [] == board.active
    board.offer(event(severity=severity))
    assert [(2, 1)] == [(toast.id, toast.count) for toast in board.active]


def test_the_worse_stay_longer_and_errors_stay() -> None:
    """Durations grow with the severity; an error is there until somebody dismisses it, and counts on."""
    info, success, warning, error = DURATIONS.values()
    assert info is not None
    assert success is not None
    assert warning is not None
    assert info <= success < warning
    assert error is None
    board = Board()
    board.offer(event("build_failed"))
    board.clock.advance(1e9)
    board.offer(event("build_failed", "wl-2"))
    assert [(1, 2)] == [(toast.id, toast.count) for toast in board.active]
    assert json.loads(json.dumps(board.active[0].to_json()))["duration"] is None


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


def spread(board: Board, names: Iterable[str], **fields: Any) -> None:
    """Events of these statuses, so far apart that they are no storm."""
    for name in names:
        board.offer(event(status=name, **fields))
        board.clock.advance(1.0)


def numbered(letter: str, number: int) -> list[str]:
    return [f"{letter}{n}" for n in range(number)]


def test_the_board_is_bounded_and_says_so() -> None:
    """At most `KEPT` are handed over; those that had to go before their time are counted."""
    board = Board()
    spread(board, numbered("s", KEPT + 7), severity="error")
    assert (KEPT, 7) == (len(board.active), board.toasts.more)
    assert [f"wl-1 s{n}" for n in range(7, KEPT + 7)] == board.titles
    assert KEPT + 7 == board.toasts.shown


def test_nothing_folds_into_a_toast_that_nobody_sees() -> None:
    """When a toast had to make room, the next like event is shown anew."""
    board = Board()
    spread(board, ["first", *numbered("s", KEPT)], severity="error")
    assert "wl-1 first" not in board.titles
    board.offer(event(status="first", severity="error"))
    assert "wl-1 first" == board.titles[-1]
    assert 1 == board.active[-1].count


def test_the_mildest_makes_room_first() -> None:
    """What is over goes first, then what is least bad; an error that waits to be read is the last to go."""
    board = Board()
    board.offer(event("build_failed"))
    spread(board, numbered("s", 2 * KEPT))
    assert ("Build failed", 0) == (board.titles[0], board.toasts.more)
    spread(board, numbered("t", KEPT - 2), severity="error")
    board.toasts.wording.last("info", 60)
    board.offer(event(status="mild"))
    assert (KEPT, 0) == (len(board.active), board.toasts.more)
    board.offer(event(status="worse", severity="error"))
    assert (KEPT, 1, "Build failed") == (len(board.active), board.toasts.more, board.titles[0])
    assert "wl-1 mild" not in board.titles


def test_announcing_is_no_event() -> None:
    """ "Connected" is a toast like others, stands for no event, and there is one of it at a time."""
    board = Board()
    board.toasts.announce("Connected", "localhost", "success")
    board.toasts.announce("Connected again", "localhost", "success")
    assert [("Connected again", "localhost", "success", 1)] == [
        (toast.title, toast.text, toast.severity, toast.count) for toast in board.active
    ]
    assert (0, 0) == (board.toasts.shown, board.toasts.suppressed)
    assert ["[EventToast] Connected shown", "[EventToast] Connected again shown"] == board.lines
    assert [1] == board.toasts.board().withdrawn


def test_the_connection_has_one_notice_tied_to_its_state() -> None:
    """What is no longer so is taken back at once; a night of comings and goings is never a cascade."""
    board = Board()
    for state in ("open", "retrying", "connecting") * 50:
        if state == "open":
            board.toasts.announce("Connected again", "localhost", "success")
        board.toasts.moved(state, "the connection broke")
        assert (["Connected again"] if state == "open" else []) == board.titles
    board.toasts.moved("exhausted", "10 attempts, last: refused")
    board.clock.advance(1e6)
    assert [("Gave up", "10 attempts, last: refused", "error", None)] == [
        (toast.title, toast.text, toast.severity, toast.duration) for toast in board.active
    ]
    board.toasts.moved("open", "")
    assert [] == board.titles
    assert TAKEN_BACK >= len(board.toasts.board().withdrawn) > 50
    assert 0 == len(board.toasts._shelf.toasts)


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
        board.offer(event(status=f"s{n}", severity=("info", "error")[n % 2]))
        board.clock.advance(n % 3)
    assert len(board.toasts._shelf.toasts) <= KEPT
    assert len(board.toasts._shelf.by_key) <= KEPT


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
        "duration": None,
        "seq": -1,
        "type": "build.failed",
        "resource": "wl-1",
        "actions": [],
    } == json.loads(json.dumps(toast.to_json()))


def test_a_name_too_long_to_be_muted_is_not_told() -> None:
    """The page says a toast's type and resource again to mute it: of one that is cut nothing can be muted."""
    board = Board()
    for size in (200, 201):
        board.offer(event("x" * size, "y" * size, severity="error"))
    told = [toast.to_json() for toast in board.active]
    assert [("x" * 200, "y" * 200), (None, None)] == [(each["type"], each["resource"]) for each in told]


def test_a_storm_of_kinds_is_one_summary() -> None:
    """Past so many that begin at once some stay, and the rest is one number, exact, as bad as the worst."""
    board = Board()
    for n in range(MOST_AT_ONCE):
        board.offer(event(status=f"s{n}"))
    assert MOST_AT_ONCE == len(board.active)
    board.offer(event("build_failed", "wl-9"), event("build_complete", "wl-9"))
    assert [1, 2, 3, MOST_AT_ONCE + 1] == [toast.id for toast in board.active]
    *stay, summary = board.active
    assert (STAY, MOST_AT_ONCE - STAY + 2) == (len(stay), summary.count)
    assert ("Many more events", "error", None) == (summary.title, summary.severity, summary.duration)
    assert "3 types · 1 error · latest Build completed" == summary.text
    assert list(range(STAY + 1, MOST_AT_ONCE + 1)) == board.toasts.board().withdrawn
    board.offer(*(event(status=f"s{n}") for n in range(20)))
    assert (4, MOST_AT_ONCE + 2 + 20) == (len(board.active), sum(toast.count for toast in board.active))
    board.clock.advance(WINDOW)
    board.offer(event("error_report"))  # it is calm again
    assert "Error reported" == board.titles[-1]


def test_ten_thousand_in_five_seconds() -> None:
    """However many kinds: four toasts are left to be seen, and no event is uncounted."""
    board = Board()
    ever: dict[int, int] = {}
    for n in range(10_000):
        kind = ("workload_status_update", "build_failed", "build_complete", "error_report")[n % 4]
        board.offer(event(kind, f"wl-{n % 97}", status=f"s{n % 53}"))
        board.clock.advance(5 / 10_000)
        if n % 500 == 499:  # ten times a second, as who shows them looks
            ever |= {toast.id: toast.count for toast in board.active}
    for gone in board.toasts.board().withdrawn:
        ever.pop(gone, None)
    assert (4, 10_000) == (len(ever), sum(toast.count for toast in board.active))
    assert STAY + 1 == len(board.active)


def test_what_a_server_sends_again_is_never_shown_in_bulk() -> None:
    """A few are shown one by one; of more the rest is one summary, apart from what is live."""
    board = Board()
    again = [
        changed(event("build_failed", f"wl-{n}", status=f"s{n % 7}"), origin="resumed") for n in range(20)
    ]
    board.offer(*again[:3])
    assert 3 == len(board.active)
    board.offer(*again[3:], event("build_complete", "wl-1"))
    assert [*["Build failed"] * AGAIN, "Build completed", "While disconnected"] == board.titles
    history = board.active[-1]
    assert (20 - AGAIN, "error") == (history.count, history.severity)
    assert "1 type · 15 errors · latest Build failed" == history.text
    assert 21 == sum(toast.count for toast in board.active)
    board.clock.advance(2 * WINDOW)
    board.offer(again[6])
    assert 2 == board.active[-1].count or "Build failed" in board.titles  # one by one again


def test_dismissed_is_gone_and_what_came_since_is_not() -> None:
    """Who dismisses has read so many events; those that came meanwhile are a toast of their own."""
    board = Board()
    for n in range(5):
        board.offer(event("build_failed", f"wl-{n}"))
    (toast,) = board.active
    board.toasts.dismiss(toast.id, 3)
    (rest,) = board.active
    assert (2, 2, "wl-4") == (rest.id, rest.count, rest.text)
    assert [1] == board.toasts.board().withdrawn
    board.offer(event("build_failed", "wl-9"))
    assert [(2, 3)] == [(toast.id, toast.count) for toast in board.active]
    board.toasts.dismiss(2, 3)
    board.toasts.dismiss(2, 3)
    board.toasts.dismiss(99, 1)
    assert [] == board.active
    board.offer(event("build_failed", "wl-9"))
    assert [(3, 1)] == [(toast.id, toast.count) for toast in board.active]
    assert "[EventToast] Build failed dismissed" in board.lines


def test_a_board_made_anew_goes_on() -> None:
    """What the user has said holds, what was shown is taken back, and no number is used twice."""
    board, again = Board(), Board()
    board.toasts.wording.set("build.failed", title="broken")
    board.toasts.mute("error.report", None, 60)
    board.offer(event("build_failed"))
    again.toasts.go_on_from(board.toasts)
    again.offer(event("build_failed"), event("error_report"))
    assert [("broken", 2)] == [(toast.title, toast.id) for toast in again.active]
    assert ([1], board.toasts.key) == (again.toasts.board().withdrawn, again.toasts.key)


def test_muted_is_counted_and_said() -> None:
    """A type, a resource, or one of the other: for a while; the reason is in the log, and in `became`."""
    board = Board()
    board.offer(event("build_failed", "wl-1"), event("error_report", "wl-1"), event("error_report", "wl-2"))
    board.toasts.mute("build_failed", None, 60)
    board.toasts.mute("error.*", "wl-1", 60)
    assert ["Error reported"] == board.titles  # which is of another resource too
    batch = Batch.of(
        [
            changed(event("build_failed", "wl-7"), seq=7),
            changed(event("error_report", "wl-1"), seq=8),
            changed(event("error_report", "wl-7"), seq=9),
        ]
    )
    assert (1, 2) == board.toasts.offer(batch)
    assert (4, 2) == (board.toasts.shown, board.toasts.suppressed)
    until = "muted until 13:47:40 UTC: "
    assert f"[EventToast] build.failed suppressed: {until}build_failed" in board.lines
    assert f"[EventToast] error.report suppressed: {until}error.* of wl-1" in board.lines
    assert ("suppressed", f"{until}build_failed") == board.toasts.became(7, ("build.failed", "error", None))
    assert "shown" == board.toasts.became(9, ("error.report", "error", None)).outcome
    assert [("build_failed", None, 1), ("error.*", "wl-1", 1)] == [
        (mute.type, mute.resource, mute.suppressed) for mute in board.toasts.board().mutes
    ]
    assert ["error.*"] == [mute.type for mute in board.toasts.unmute(lambda mute: mute.resource == "wl-1")]
    board.clock.advance(60)
    assert [] == board.toasts.board().mutes
    board.offer(event("build_failed", "wl-7"))
    assert "Build failed" == board.titles[-1]


def test_a_template_may_say_something_of_toasts() -> None:
    """A template is the user's own function: it may mute and look, and nobody waits for anybody then."""
    board = Board()

    def title(event: Event) -> str:
        board.toasts.mute("error.*", None, 60)
        board.toasts.moved("closed", "")
        return f"{len(board.toasts.board().mutes)} muted"

    board.toasts.announce("Connected")
    board.toasts.wording.set("build.*", title=title)
    run_all(lambda: board.offer(event("build_failed"), event("build_failed"), event("error_report")))
    assert ["1 muted"] == board.titles
    assert (2, 1) == (board.toasts.shown, board.toasts.suppressed)


def test_nobody_waits_for_a_slow_template() -> None:
    """While its words are made a toast is counted and not shown; all others can be looked at, and muted."""
    board = Board()
    board.offer(event("error_report"))
    entered, go = threading.Event(), threading.Event()

    def title(event: Event) -> str:
        entered.set()
        assert go.wait(20)
        return "slow"

    board.toasts.wording.set("build.*", title=title)
    slow = threading.Thread(target=board.offer, args=(event("build_failed"), event("build_failed")))
    slow.start()
    assert entered.wait(20)
    run_all(lambda: board.toasts.mute("addon.*", None, 60), lambda: board.titles)
    assert (["Error reported"], 3) == (board.titles, board.toasts.shown)
    go.set()
    slow.join(20)
    assert ["Error reported", "slow"] == board.titles
    assert "[EventToast] build.failed shown: slow" == board.lines[-2]


def test_what_comes_does_not_wait_for_who_words_it() -> None:
    """Who looks makes the words of the newest event; what comes meanwhile is counted, and worded later."""
    board = Board()
    board.offer(event("build_failed", n=1))
    entered, go = threading.Event(), threading.Event()

    def text(event: Event) -> str:
        assert isinstance(event.data, dict)
        if event.data["n"] == 2:
            entered.set()
            assert go.wait(20)
        return f"n is {event.data['n']}"

    board.toasts.wording.set("build.*", text=text)
    board.offer(event("build_failed", n=2))
    seen: list[Toast] = []
    looks = threading.Thread(target=lambda: seen.extend(board.active))
    looks.start()
    assert entered.wait(20)
    run_all(lambda: board.offer(event("build_failed", n=3)))
    go.set()
    looks.join(20)
    now = board.active
    assert [(2, 1, "n is 2"), (3, 2, "n is 3")] == [
        (each.count, each.rev, each.text) for each in (*seen, *now)
    ]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_a_template_that_is_cut_off(kind: type[BaseException]) -> None:
    """Its toast has the house's words: none is counted that nobody will see."""
    board = Board()

    def title(event: Event) -> str:
        raise kind

    board.toasts.wording.set("build.*", title=title)
    with pytest.raises(kind) if kind is KeyboardInterrupt else nullcontext():
        board.offer(event("build_failed"))
    assert ["Build failed"] == board.titles


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
            for gone in board.toasts.board().withdrawn:  # what a summary has taken in counts there
                newest.pop(gone, None)
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
        boards[0].offer(*events)
        boards[1].toasts.offer(Batch(Batch.of(events).columns))
        for one in events:
            boards[2].offer(one)
        seen = [(board.active, board.toasts.shown, board.toasts.suppressed) for board in boards]
        assert seen[0] == seen[1] == seen[2]
        for board in boards:
            board.clock.advance(seconds)
    # In a storm the numbers that lines tell depend on which kind is counted first; their sum does not.
    lines = [sorted(line.rstrip("0123456789") for line in board.lines) for board in boards]
    assert lines[0] == lines[1] == lines[2]


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
        "sse_notebook.alerts.wording.words_for", lambda e: made.append(e.resource_id) or Words("a", "b", "c")
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
