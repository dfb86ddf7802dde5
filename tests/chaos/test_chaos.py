"""Our client against a server that misbehaves: nothing lost, nothing doubled, every hole shown.

A run is one stream, from its first request to the moment when it has all there is; the laws are then held
against what the server knows. Odd seeds: a server that says nothing of what it forgot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import pandas as pd
import pytest
from chaos import truth
from chaos.server import ChaosServer
from support import QUICK, client_threads, eventually

import sse_notebook as sse

IDLE = 0.25  # seconds of silence until a connection is stale; after twice that it is made anew
PATIENCE = 100.0  # seconds for a run; see `timeout` in pyproject.toml


class Case(NamedTuple):
    """One run: its seed, how many events, over about how many connections."""

    seed: int
    events: int
    connections: int

    def __str__(self) -> str:
        return f"seed {self.seed}, {self.events} events"


SHORT = [Case(seed, 4_000, 50) for seed in (22, 17)]  # that have found something
LONG = [pytest.param(Case(seed, 100_000, 150), marks=pytest.mark.long) for seed in range(20)]


@dataclass
class Run:
    """What a stream has made of a chaos server."""

    server: ChaosServer
    df: pd.DataFrame
    gaps: pd.DataFrame
    metrics: dict[str, int]
    log: pd.DataFrame
    state: str

    @property
    def rows(self) -> list[truth.Row]:
        ids = [None if pd.isna(id_) else id_ for id_ in self.df["id"]]
        return list(zip(ids, self.df["data"], strict=True))

    @property
    def holes(self) -> list[truth.Hole]:
        return truth.holes(self.server, self.rows)

    def between(self, row: int) -> pd.DataFrame:
        """The gaps that lie between a row and the one before it."""
        received, gaps = self.df["received_at"], self.gaps
        return gaps[(gaps["start"] >= received.iloc[row - 1]) & (gaps["end"] <= received.iloc[row])]

    def counted(self, name: str) -> int:
        """A counter, over all its labels."""
        return sum(number for key, number in self.metrics.items() if key.partition("{")[0] == name)


def survive(case: Case) -> Run:
    """Connect, and wait until the stream has come to rest."""
    # An answer that never begins is no silence of a stream: test_failure_classes.py has it, by the clock.
    says, without = case.seed % 2 == 0, ("no head",)
    with ChaosServer(case.seed, case.events, case.connections, says=says, without=without) as server:
        stream = sse.connect(
            server.url,
            token=server.tokens,
            idle_timeout=IDLE,
            max_events=10,
            max_rows=2 * case.events,
            **QUICK,
        )
        with stream:

            def sent() -> bool:
                status = stream.connection
                assert status.state not in ("exhausted", "unauthorized", "closed"), status
                return server.finished.is_set()

            eventually(sent, PATIENCE)
            last = server.log[-1].id
            stream.wait_for(len(server.log) - len(server.forgotten()), timeout=PATIENCE)
            eventually(lambda: stream.events[-1].id == last)
            # What it has given up it has also let go of.
            eventually(lambda: server.open == 1)
            return Run(
                server,
                stream.to_pandas(expand=[]),
                stream.gaps,
                stream.metrics.snapshot(),
                stream.log,
                stream.connection.state,
            )


@pytest.fixture(scope="module", params=[*SHORT, *LONG], ids=str)
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    yield survive(request.param)
    eventually(lambda: client_threads() == [], what=f"threads remain: {client_threads()}")


# -- rows ------------------------------------------------------------------------------------------------


def test_what_was_sent_is_there(run: Run) -> None:
    """The rows are the events sent, less those that the server forgot; each with its own id and data."""
    assert [] == truth.lost(run.server, run.rows)
    assert [] == truth.made_up(run.server, run.rows)
    assert "open" == run.state


def test_once_and_in_order(run: Run) -> None:
    """No id twice, and the server's order; numbered without a hole."""
    assert [] == truth.out_of_order(run.server, run.rows)
    assert list(range(len(run.df))) == run.df.index.to_list()


def test_honest_twins_stay_two(run: Run) -> None:
    """An event that says the same as the one before it, under another id or none, is a row of its own."""
    assert [] == truth.wrong_echoes(run.server, run.rows)
    twins = [(one[0], next_[0]) for one, next_ in pairwise(run.rows) if one[1] == next_[1]]
    assert any(id_ is None for _, id_ in twins)
    assert any(None not in ids for ids in twins)


def test_it_resumes_from_what_it_has(run: Run) -> None:
    """Every request resumes from an id that was given out whole, and never from an older one than before."""
    assert [] == run.server.strange
    assert [] == [(one, next_) for one, next_ in pairwise(run.server.asked) if next_ < one]


# -- holes -----------------------------------------------------------------------------------------------


def test_there_were_holes(run: Run) -> None:
    """Each is where the server forgot; or the tests below would say nothing."""
    assert run.holes
    assert [] == truth.unexplained(run.server, run.rows)


def test_each_hole_is_one_gap_that_brackets_it(run: Run) -> None:
    """Between the rows around a hole, around the moment when the server skipped it, there is one gap.

    It was not recovered, where the server said so; where it said nothing, that is not known.
    """
    wrong = []
    for hole in run.holes:
        gaps, at = run.between(hole.row), pd.Timestamp(hole.at, unit="s", tz="UTC")
        around = gaps[(gaps["start"] <= at) & (at <= gaps["end"])]["recovered"]
        if [known if pd.notna(known) else None for known in around] != [False if run.server.says else None]:
            wrong.append((hole, gaps.to_dict("records")))
    assert [] == wrong


def test_no_other_gap_is_called_lost(run: Run) -> None:
    """There are as many gaps that were not recovered as holes the server admitted; silence admits none."""
    admitted = len(run.holes) if run.server.says else 0
    # Before the first id there was nothing to resume from: a hole to the client, though this server, as few
    # do, begins from its first event then.
    resumed = run.gaps[run.gaps["last_event_id"].fillna("") != ""]
    assert admitted == resumed["recovered"].eq(False).sum()


def test_what_is_called_recovered_is_there(run: Run) -> None:
    """Of the events that came into being within a gap that is called recovered, none is missing.

    What came into being after the server had decided where to resume, though before the client knew that it
    was connected, is the next connection's.
    """
    births = [run.server.birth(position) for position in sorted(run.server.forgotten())]
    gaps = run.gaps[run.gaps["recovered"].eq(True)]
    wrong = [
        (gap, missing)
        for gap in gaps.to_dict("records")
        if (missing := sum(gap["start"].timestamp() <= at <= run.server.resumed(gap["end"]) for at in births))
    ]
    assert [] == wrong


def test_gaps_are_whole(run: Run) -> None:
    """A gap for every time that an open connection ended, in order, each with a reason, none overlapping."""
    gaps = run.gaps
    assert len(gaps) == run.metrics["sse_gaps_total"]
    assert gaps["start"].is_monotonic_increasing
    assert (gaps["start"] <= gaps["end"]).all()
    assert (gaps["end"].shift() <= gaps["start"])[1:].all()
    assert [] == [reason for reason in gaps["reason"] if not reason]
    known = {event.id for event in run.server.log} | {""}
    assert set() == set(gaps["last_event_id"].fillna("")) - known


def test_the_first_row_after_an_admitted_hole_says_so(run: Run) -> None:
    """`after_gap` is on the first row after each hole that the server admitted, and on no other."""
    marked = set(run.df.index[run.df["after_gap"]])
    # Of what was before the first id nobody can tell: there was nothing to resume from.
    expected = {hole.row for hole in run.holes} if run.server.says else set()
    assert expected - {0} == marked - {0}


# -- numbers ---------------------------------------------------------------------------------------------


def test_the_counters_agree(run: Run) -> None:
    """Received = stored + control + dropped; stored are the rows; dropped are doubles, and nothing else."""
    received, stored, control, dropped = (
        run.counted(f"sse_events_{name}_total") for name in ("received", "stored", "control", "dropped")
    )
    assert received == stored + control + dropped
    assert len(run.df) == stored
    assert dropped == run.metrics['sse_events_dropped_total{reason="duplicate"}']
    assert 0 < dropped <= run.server.resent
    assert 0 == run.counted("sse_user_errors_total")


def test_the_log_has_no_error(run: Run) -> None:
    """All that happened was trouble that passes: warnings, and no token in them."""
    assert set() == set(run.log["level"]) - {"INFO", "WARNING", "DEBUG"}
    assert not run.log["text"].str.contains("token-").any()
