"""What a page asks of a feed is answered, and it is told what is new: as much as it looks, and no more."""

from __future__ import annotations

import json
from typing import Any

import pytest
from torn import Torn

from sse_notebook import EventStore
from sse_notebook.clock import VirtualClock
from sse_notebook.widget.feeding import LEASE, VIEWS, Feeding

TYPES = ("workload_status_update", "build_complete", "build_failed", "error_report")


class Desk:
    """A feed over a store, and all that it has sent."""

    def __init__(self, number: int, store: EventStore | None = None) -> None:
        self.store = store or EventStore()
        self.clock = VirtualClock()
        self.sent: list[dict[str, Any]] = []
        self.feeding = Feeding(self.store, self.sent.append, self.clock)
        self.add(number)

    def add(self, number: int) -> None:
        first = self.store.count
        self.store.add_events([{"event_type": TYPES[n % 4], "n": n} for n in range(first, first + number)])

    def ask(self, **what: Any) -> dict[str, Any]:
        assert self.feeding.asked({"do": "page", "view": "v", "ask": 1, "n": 40, **what})
        return self.sent[-1]

    def flush(self) -> list[dict[str, Any]]:
        before = len(self.sent)
        self.feeding.flush()
        return self.sent[before:]


def test_the_first_look_is_small() -> None:
    """Over 100,000 rows: a page, the numbers and the picture are some kilobytes."""
    desk = Desk(100_000)
    answer = desk.ask(watch="live", picture=True)
    assert (100_000, 40) == (answer["total"], len(answer["items"]))
    assert len(json.dumps(answer)) < 10_000


def test_who_looks_is_told_and_nobody_else() -> None:
    """Nothing before it was asked for, nothing when nothing has come, nothing after `unwatch`."""
    desk = Desk(10)
    assert [] == desk.flush()
    desk.ask(watch="live")
    assert [] == desk.flush()
    desk.add(3)
    (news,) = desk.flush()
    assert ("news", True, 9, 3, 13) == tuple(
        news[name] for name in ("feed", "live", "since", "fresh", "total")
    )
    assert [12, 11, 10, 9] == [item[0] for item in news["items"][:4]]
    desk.add(2)
    assert [(12, 2)] == [(news["since"], news["fresh"]) for news in desk.flush()]
    desk.feeding.asked({"do": "unwatch", "view": "v"})
    desk.add(1)
    assert [] == desk.flush()


def test_rows_come_before_the_picture() -> None:
    """Rows are told at once, and the picture of all of them one flush later, whether more has come or not."""
    desk = Desk(10)
    desk.ask(watch="live", picture=True)
    desk.clock.advance(60)
    desk.add(1)
    assert desk.feeding.flush() is True
    assert (11, False) == (desk.sent[-1]["total"], "bins" in desk.sent[-1])
    assert desk.feeding.flush() is False
    assert (11, 11, 10, 0) == (
        *(desk.sent[-1]["total"], sum(desk.sent[-1]["bins"]["all"])),
        *(desk.sent[-1]["since"], desk.sent[-1]["fresh"]),
    )
    assert [] == desk.flush()
    desk.add(1)
    assert desk.feeding.flush() is False  # a picture was told just now


def test_who_stands_still_is_told_a_number() -> None:
    """No rows are sent to one whose list does not move, but how many there would be."""
    desk = Desk(10)
    mark = desk.ask()["mark"]
    desk.ask(watch="held", mark=mark, n=0)
    desk.add(5)
    desk.flush()
    desk.add(1000)
    (news,) = desk.flush()
    assert (False, [], 1005, mark) == (news["live"], news["items"], news["fresh"], news["mark"])


def test_a_gap_that_ends_without_a_row_is_told() -> None:
    """Its end is news, and that it was refilled, though no row came."""
    store = Torn()
    desk = Desk(3, store)
    desk.ask(watch="live")
    now = desk.clock.time()
    for hole in ((now, None, "torn", None), (now, now, "torn", None), (now, now, "torn", True)):
        store.holes = (hole,)
        (news,) = desk.flush()
        start, end, reason, recovered = hole
        told = [None, start * 1000, None if end is None else end * 1000, reason, recovered, 1]
        assert told in news["items"]
        assert [] == desk.flush()


def test_only_what_fits_is_told() -> None:
    """By filter and severities; how many fit without the severities is told too."""
    desk = Desk(0)
    desk.ask(watch="live", filter="data.n >= 100", severities=["error"])
    desk.add(200)
    news, clauses = desk.flush()
    assert ("clauses", [["data.n >= 100", "data.n >= 100", 100, 100, 0, 0, 100]]) == (
        clauses["feed"],
        clauses["parts"],
    )
    assert (50, 100, 200) == (news["matched"], news["of"], news["kept"])
    assert {3} == {item[3] for item in news["items"]}


def test_types_narrow_as_severities_do() -> None:
    """Those that come most often are told with the picture, the chosen ones in any case."""
    desk = Desk(200)
    answer = desk.ask(watch="live", picture=True, types=["build.failed", "never"], filter="data.n < 100")
    answer = next(each for each in desk.sent if each["feed"] == "page")
    assert [
        *(["workload.status", 25], ["build.completed", 25], ["build.failed", 25]),
        *(["error.report", 25], ["never", 0]),
    ] == answer["types"]
    assert (25, 100, {"build.failed"}) == (
        answer["matched"],
        answer["of"],
        {row[2] for row in answer["items"]},
    )
    desk.add(4)
    (news, *_) = desk.flush()
    assert (25, 204) == (news["matched"], news["kept"])


def test_what_the_filter_refuses() -> None:
    """The rows that do not fit, newest first, in place of those that do, and their numbers; news too."""
    desk = Desk(20)
    answer = desk.ask(watch="live", filter="data.n >= 10", refused=True)
    assert (10, 10, 20, [9, 8, 7]) == (
        *(answer[name] for name in ("matched", "of", "kept")),
        [row[0] for row in answer["items"][:3]],
    )
    assert 0 == desk.ask(filter="", refused=True)["total"]
    desk.ask(watch="live", filter="data.n != 20", refused=True)
    desk.add(2)
    assert [20] == [row[0] for row in desk.flush()[0]["items"]]


def test_a_row_that_does_not_fit_is_told_why() -> None:
    """By the filter of the view that asks; what can't be read stops nothing."""
    desk = Desk(10)
    row = {"do": "row", "view": "v", "seq": 7}
    desk.feeding.asked({**row, "filter": "data.n > 8 and severity == 'error'"})
    assert [["data.n > 8", "value", "7"]] == desk.sent[-1]["stopped"]
    desk.feeding.asked({**row, "filter": "nonsense =="})
    assert ("stopped" in desk.sent[-1], 7) == (False, desk.sent[-1]["row"]["seq"])


def test_clauses_are_counted_after_the_rows_are_sent() -> None:
    """The page comes first; while one looks the counts follow, but not at every flush."""
    desk = Desk(10)
    desk.ask(watch="live", picture=True, filter="data.n > 3")
    assert ["page", "clauses"] == [each["feed"] for each in desk.sent]
    kinds = []
    for _ in range(50):
        desk.clock.advance(0.1)
        desk.add(1)
        kinds += [each["feed"] for each in desk.flush()]
    assert (50, True) == (kinds.count("news"), 1 <= kinds.count("clauses") <= 3)


def test_who_is_gone_is_forgotten() -> None:
    """Who has not said for ten minutes that he looks is told nothing any more; nor is a crowd."""
    desk = Desk(10)
    for number in range(VIEWS + 5):
        desk.ask(view=f"v{number}", watch="live")
    assert VIEWS == desk.feeding.watched
    desk.clock.advance(LEASE + 1)
    desk.add(1)
    assert [] == desk.flush()
    assert 0 == desk.feeding.watched


def test_pictures_are_drawn_once_a_second() -> None:
    """The numbers come ten times a second, the histogram not."""
    desk = Desk(10)
    desk.ask(watch="live", picture=True)
    drawn = []
    for _ in range(30):
        desk.clock.advance(0.1)
        desk.add(1)
        drawn += ["bins" in news for news in desk.flush()]
    assert (30, True) == (len(drawn), 2 <= sum(drawn) <= 3)


def test_a_filter_that_cannot_be_read() -> None:
    """It is said what, and where; the watch of before stays."""
    desk = Desk(10)
    desk.ask(watch="live")
    answer = desk.ask(watch="live", ask=2, filter='severty == "error"')
    assert ("no such field: severty", "did you mean severity?", 0) == (
        answer["error"],
        answer["hint"],
        answer["column"],
    )
    desk.add(1)
    assert [1] == [news["ask"] for news in desk.flush()]
    desk.ask(picture=True, filter='severity > "error"')
    assert "no severity is above" in desk.sent[-2]["warnings"][0][0]


def test_where_a_row_stands_is_told_if_it_is_asked() -> None:
    """Counted from the newest below the mark; None where the filter or the mark keeps it out."""
    desk = Desk(20)
    answer = desk.ask(find=7)
    assert {"seq": 7, "at": 12} == answer["find"]
    assert {"seq": 7, "at": None} == desk.ask(find=7, filter="data.n > 10")["find"]
    assert {"seq": 7, "at": None} == desk.ask(find=7, mark=[5, answer["mark"][1]])["find"]
    for wrong in (None, "7", True, float("nan")):
        assert "find" not in desk.ask(find=wrong)


def test_what_a_page_asks_may_be_anything() -> None:
    """It is answered by what can be sent as JSON; what can't be meant asks for nothing."""
    for name in ("ask", "filter", "severities", "types", "mark", "at", "n", "watch", "picture", "find"):
        for wrong in (None, 7, -1, float("nan"), float("inf"), 10**400, "x", ["x", [None]], {"x": 1}, True):
            desk = Desk(3)
            json.dumps(desk.ask(**{"ask": 1, name: wrong}), allow_nan=False)
            desk.add(1)
            desk.flush()
            json.dumps(desk.sent, allow_nan=False)


def test_one_row() -> None:
    """All of it; of one that is kept no more, that."""
    desk = Desk(10)
    desk.feeding.asked({"do": "row", "view": "v", "seq": 7})
    assert '{"event_type":"error_report","n":7}' == desk.sent[-1]["row"]["raw"]
    desk.feeding.asked({"do": "row", "view": "v", "seq": 4711})
    assert desk.sent[-1]["row"] is None


@pytest.mark.parametrize(
    "nonsense",
    [
        *(None, [], "page", {}, {"do": "page"}, {"do": "page", "view": 3}, {"do": "explode", "view": "v"}),
        {"do": ["page"], "view": "v"},
    ],
)
def test_what_is_no_question_is_none(nonsense: Any) -> None:
    """Whatever a page sends: no answer, no error."""
    desk = Desk(3)
    assert not desk.feeding.asked(nonsense)
    assert [] == desk.sent


@pytest.mark.parametrize(
    "more",
    [
        {"n": -5, "at": -1},
        {"n": 1e300, "at": 1e300},
        {"n": "40", "at": None, "mark": "x"},
        {"mark": [None, None], "severities": "error", "filter": 7},
        {"mark": [1e308, 1e308], "severities": [[], 3]},
        {"mark": [True, True], "n": float("inf"), "filter": ["x"]},
        {"types": [3, None, ["x"]], "refused": "yes", "picture": True},
        {"types": "build.failed", "refused": True},
    ],
)
def test_strange_questions_have_an_answer(more: dict[str, Any]) -> None:
    """Numbers that are none, marks that are none: a page, or what is wrong."""
    answer = Desk(3).ask(**more)
    assert "page" == answer["feed"]
