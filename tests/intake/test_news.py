"""Who waits is woken when there is reason to look, and not before."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from sse_notebook.intake.news import ANY, News

PATIENCE = 10.0


class Waiter(threading.Thread):
    """Waits once, and remembers what for."""

    def __init__(self, news: News, wish: int) -> None:
        super().__init__(daemon=True)
        self._news, self._wish, self._told = news, wish, news.told
        self.woken = False
        self.start()
        while not news.waiting:  # until it is there
            pass

    def run(self) -> None:
        self.woken = self._news.wait(self._told, PATIENCE, self._wish)


@pytest.mark.parametrize("tell", [lambda news: news.rows(5), News.moved], ids=["rows", "a move"])
def test_what_was_wished_for_wakes(tell: Callable[[News], None]) -> None:
    news = News()
    waiter = Waiter(news, 5)
    tell(news)
    waiter.join(PATIENCE)
    assert waiter.woken


def test_each_read_wakes_who_wants_to_look() -> None:
    news = News()
    waiter = Waiter(news, ANY)
    news.rows(0)
    waiter.join(PATIENCE)
    assert waiter.woken


def test_too_few_rows_wake_nobody() -> None:
    """Not for one who waits for more; but others with him are woken all the same, and he with them."""
    news = News()
    waiter = Waiter(news, 5)
    for ever in range(5):
        news.rows(ever)
    assert len(news._changed._waiters) == 1  # type: ignore[attr-defined]  # who is notified is taken out at once
    news.rows(6)
    waiter.join(PATIENCE)
    assert (waiter.woken, news.waiting) == (True, 0)


def test_what_came_before_is_not_waited_for() -> None:
    """Between the look and the wait something came: then there is no wait, for nobody knows what it was."""
    news = News()
    told = news.told
    news.rows(1)
    assert news.wait(told, PATIENCE, 5)


def test_the_time_runs_out() -> None:
    news = News()
    assert not news.wait(news.told, 0.0)
    assert news.waiting == 0
