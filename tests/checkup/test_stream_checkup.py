"""A stream that is there: its state and whatever keeps events from the screen, said in plain words."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from planted import event
from raw_server import CHUNKED, RawServer, answer, chunk, hold
from support import QUICK, eventually, nothing_left

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.checkup import running
from sse_notebook.checkup.findings import OF_A_STREAM, Findings
from sse_notebook.checkup.running import _STATES
from sse_notebook.clock import VirtualClock
from sse_notebook.metrics import Metrics
from sse_notebook.source.status import STATES

SECONDS = 0.2
# Nothing shows the streams of these tests, but for one.
UNSEEN = "toasts"


def opened(backend: Backend, **arguments: Any) -> sse.EventStream:
    stream = sse.connect(backend.url, token=backend.token(), **{**QUICK, **arguments})
    backend.wait_for_connections(1)
    return stream.wait_open()


def published(backend: Backend, stream: sse.EventStream, number: int = 3, **fields: Any) -> None:
    for _ in range(number):
        backend.publish({"event_type": "build_failed", "project_id": "p-1", **fields})
    eventually(lambda: stream.metrics["sse_events_received_total"] >= number)


def wrong(report: Any) -> list[str]:
    """What is wrong, but for what is so in all of these tests."""
    return [each.name for each in report if each.outcome in ("failed", "warning") and each.name != UNSEEN]


def test_all_states_are_known() -> None:
    """There is a word of advice for each state."""
    assert set(STATES) == set(_STATES)


def test_all_is_well(backend: Backend) -> None:
    """Nothing is wrong; the way is not gone a second time; nothing is left but the stream."""
    with opened(backend) as stream:
        published(backend, stream)
        with nothing_left_but(stream):
            report = sse.doctor(stream)
        assert [] == wrong(report)
        assert "open since" in report["state"].seen
        assert "none; 3 events became rows" == report["refused"].seen
        assert "3 of 3 rows are kept" == report["rows"].seen
        assert 1 == backend.connections_total
        assert [] == [each for each in report if each.part == "way"]


def nothing_left_but(stream: sse.EventStream) -> Any:
    """What a checkup leaves is no more threads than there were."""
    import contextlib

    @contextlib.contextmanager
    def check() -> Any:
        before = threading.active_count()
        yield
        eventually(lambda: threading.active_count() <= before)

    return check()


def test_nobody_sees_toasts(backend: Backend) -> None:
    """Where nothing shows the stream, that is why there are no toasts; with a widget it is not."""
    with opened(backend) as stream:
        assert "nobody sees a toast" in sse.doctor(stream)["toasts"].seen
        widget = stream.widget()
        assert "ok" == sse.doctor(stream)["toasts"].outcome
        widget.close()


def test_types_without_a_template(backend: Backend) -> None:
    """Events of types that no template knows are kept, and not shown: that is said."""
    with opened(backend) as stream:
        stream.widget()
        published(backend, stream, event_type="coffee.ready")
        toasts = sse.doctor(stream)["toasts"]
        assert ("warning", True) == (toasts.outcome, "3 of them are below warning" in toasts.seen)
        stream.widget().close()


def test_muted(backend: Backend) -> None:
    """What is muted is named, with how much it kept from the screen."""
    with opened(backend) as stream:
        stream.mute("build.*", resource="p-1")
        published(backend, stream)
        report = sse.doctor(stream)
        assert ["mutes"] == wrong(report)
        said = 'muted: type == "build.*" and resource_id == "p-1"; 3 events kept from the screen'
        assert said == report["mutes"].seen
        stream.unmute()
        stream.silence(project_id="p-1", reason="deploy")
        assert 'muted: project_id == "p-1"; 0 events' in sse.doctor(stream)["mutes"].seen


@pytest.mark.parametrize(
    ("rule", "outcome", "words"),
    [
        ({"timestamp": "station.measured"}, "ok", "each finds something in the newest 3 events"),
        ({"timestamp": "station.measurd"}, "warning", "did you mean 'station.measured'?"),
        ({"id": "data.seqq"}, "warning", "did you mean 'data.seq'?"),
        ({"id": "seqq"}, "unknown", "in none of the newest 3 events"),  # `seq` would find nothing either
        ({"message": "utterly.elsewhere"}, "unknown", "in none of the newest 3 events"),
        ({"discard": "station.test"}, "ok", "each finds"),
        ({"type": lambda _: "x"}, "skipped", "no rule of the vocabulary is a path"),
    ],
    ids=[
        "right",
        "misspelt",
        "nested",
        "nested, and not said so",
        "elsewhere",
        "may be missing",
        "a callable",
    ],
)
def test_rules_that_find_nothing(backend: Backend, rule: dict[str, Any], outcome: str, words: str) -> None:
    """A path that leads nowhere is named; with the one that was meant, where there is one."""
    with opened(backend, vocabulary=sse.Vocabulary(**rule)) as stream:
        published(backend, stream, station={"measured": "2026-07-01T12:00:00Z"}, data={"seq": 1})
        stream.wait_for(3)
        report = sse.doctor(stream)
        rules = report["rules"]
        assert (outcome, True) == (rules.outcome, words in f"{rules.seen} {rules.advice}")
        assert wrong(report) == (["rules"] if outcome == "warning" else [])


def test_rules_before_anything_came(backend: Backend) -> None:
    """Then nobody knows."""
    with opened(backend, vocabulary=sse.Vocabulary(id="seq")) as stream:
        assert "unknown" == sse.doctor(stream)["rules"].outcome


def test_rows_that_had_to_go(backend: Backend) -> None:
    """The bound because of which they went is named."""
    with opened(backend, max_rows=2) as stream:
        published(backend, stream, 5)
        report = sse.doctor(stream)
        assert ["rows"] == wrong(report)
        assert "2 of 5 rows are kept; 3 because of max_rows" == report["rows"].seen
        assert "raise `max_rows`" in report["rows"].advice


def test_newest_events(backend: Backend) -> None:
    """That `events` has the newest only is said."""
    with opened(backend, max_events=2) as stream:
        published(backend, stream, 5)
        assert "`events` has the newest 2" in sse.doctor(stream)["rows"].seen


def test_all_were_refused(backend: Backend) -> None:
    """Where every event that came was refused, that is why there is none."""
    backend.faults.ignore_filters = ["project_id"]
    with opened(backend, project_id="P-1") as stream:
        published(backend, stream)
        eventually(lambda: stream.metrics["sse_events_dropped_total"] == 3)
        stream.disconnect()  # or it would be audited
        report = sse.doctor(stream)
        assert ["state", "refused"] == wrong(report)
        assert "failed" == report["refused"].outcome
        assert 'project_id == "P-1"' in report["refused"].seen


def test_filters_are_audited(backend: Backend) -> None:
    """Of an open stream with filters the server is audited."""
    backend.faults.ignore_filters = ["project_id"]
    over = threading.Event()

    def publish() -> None:
        while not over.wait(0.02):
            backend.publish({"event_type": "build_failed", "project_id": "p-2"})
            backend.publish({"event_type": "build_failed", "project_id": "p-1"})

    busy = threading.Thread(target=publish)
    with opened(backend, project_id="p-1") as stream:
        busy.start()
        report = sse.doctor(stream, seconds=1)
        over.set()
        busy.join()
        assert ["filters"] == wrong(report), str(report)
        assert "do not fit" in report["filters"].seen


def test_handlers_that_raise(backend: Backend) -> None:
    """Errors of the user's own code are named by where they were."""
    with opened(backend) as stream:

        @stream.on("build.*")
        def alarm(_event: sse.Event) -> None:
            raise ValueError("no")

        published(backend, stream)
        eventually(lambda: stream.metrics["sse_user_errors_total"] == 3)
        report = sse.doctor(stream)
        assert ["handlers"] == wrong(report)
        assert "alarm 3" in report["handlers"].seen
        alarm.off()


def test_gaps_that_were_not_refilled(server: RawServer) -> None:
    """A server without ids loses what happens in between: that is said."""
    url = server.play("/x", [CHUNKED, chunk(event(None)), b"0\r\n\r\n"], [CHUNKED, chunk(event(None)), hold])
    with sse.connect(url, **QUICK) as stream:
        stream.wait_for(2)
        report = sse.doctor(stream)
        assert ["gaps"] == wrong(report)
        assert "1 of them were not refilled" in report["gaps"].seen


def test_a_gap_that_lasts(backend: Backend) -> None:
    """While a stream is paused nobody was asked for what was missed: no server is blamed."""
    with opened(backend) as stream:
        published(backend, stream)
        stream.disconnect()
        eventually(lambda: len(stream.gaps) == 1)
        report = sse.doctor(stream)
        assert ["state"] == wrong(report)
        assert "unknown" == report["gaps"].outcome
        assert report["gaps"].seen.startswith("1 interruption, the last one: by user, and it lasts: ")


def test_a_file_that_can_not_be_written(backend: Backend, tmp_path: Path) -> None:
    """A recording that fails is told."""
    with opened(backend, record=tmp_path / "x.ssecast") as stream:
        assert "1 recording, all well" == sse.doctor(stream)["files"].seen
        stream._parts.log.warning("recording", "x.ssecast: No space left on device")
        report = sse.doctor(stream)
        assert ["files"] == wrong(report)
        assert "No space left" in report["files"].seen


# -- states ----------------------------------------------------------------------------------------------


def test_no_token() -> None:
    """The state and its cause; the way is not gone."""
    with sse.connect("http://127.0.0.1:9") as stream:
        report = sse.doctor(stream)
        assert ["state"] == wrong(report)
        assert "no token was given" in report["state"].seen
        assert "skipped" == report["filters"].outcome


def test_refused(server: RawServer) -> None:
    """A stream that was refused: its state, and on the way there the same."""
    url = server.play("/x", [answer("401 Unauthorized")])
    with sse.connect(url, token="t-12345") as stream:
        eventually(lambda: stream.connection.state == "unauthorized")
        report = sse.doctor(stream, seconds=SECONDS)
        assert ["state", "status"] == wrong(report)
        assert "stream.login" in report["state"].advice
        assert "the stream's own" in report["token"].seen
        assert "t-12345" not in str(report)


def test_retrying(server: RawServer) -> None:
    """One that waits: the way tells what is wrong; here it is well again by now."""
    url = server.play(
        "/x", [answer("503 Service Unavailable")], [CHUNKED, chunk(event()), hold], [CHUNKED, hold]
    )
    with sse.connect(url, retry_initial=600, retry_max=600) as stream:
        eventually(lambda: stream.connection.state == "retrying")
        report = sse.doctor(stream, seconds=SECONDS)
        assert ["state"] == wrong(report)
        assert "503 Service Unavailable" in report["state"].seen
        assert "ok" == report["status"].outcome
        assert "skipped" == report["filters"].outcome


def test_paused_and_closed(backend: Backend) -> None:
    """By whom is said."""
    stream = opened(backend)
    stream.disconnect()
    assert ("warning", True) == (
        sse.doctor(stream)["state"].outcome,
        "stopped by you" in sse.doctor(stream)["state"].seen,
    )
    stream.close()
    assert "failed" == sse.doctor(stream)["state"].outcome


def test_a_recording_that_is_played(backend: Backend, tmp_path: Path) -> None:
    """Nobody is asked; what came is told all the same."""
    with opened(backend, record=tmp_path / "x.ssecast") as stream:
        published(backend, stream)
        stream.wait_for(3)
    with nothing_left(), sse.replay(tmp_path / "x.ssecast", speed=float("inf")) as replay:
        replay.wait_for(3)
        report = sse.doctor(replay)
        assert "nobody is asked" in report["filters"].seen
        assert "3 of 3 rows are kept" == report["rows"].seen


def test_a_recording_has_its_own_clock(tmp_path: Path) -> None:
    """However old it is, ages are of its own time; what lets it go on is told, and nobody is to connect."""
    shutil.copy(Path(__file__).parents[2] / "notebooks" / "incident.ssecast", tmp_path)
    with sse.replay(tmp_path / "incident.ssecast", paused=True) as replay:
        state = sse.doctor(replay)["state"]
        assert ("warning", True) == (state.outcome, state.seen.endswith("; it is paused there"))
        replay.run_until()
        ended = sse.doctor(replay)["state"]
    assert "since 0 ms: the recording has ended; the last byte came " in ended.seen
    for told in (state, ended):
        assert "`resume()`" in told.advice
        assert "reconnect" not in told.advice


def test_a_view_is_explained(backend: Backend) -> None:
    """Of a view it is said who tells."""
    with opened(backend) as stream, pytest.raises(sse.ArgumentError, match=r"view\.explain\(\)"):
        sse.doctor(stream.where(project_id="p-1"))


def test_a_stream_knows_its_own(backend: Backend) -> None:
    """Nothing of a request is to be said with a stream."""
    with opened(backend) as stream:
        for name, value in {
            "token": "t",
            "project_id": "p-1",
            "insecure": True,
            "vocabulary": "ntfy",
        }.items():
            with pytest.raises(sse.ArgumentError, match=name):
                sse.doctor(stream, **{name: value})


@pytest.mark.parametrize(
    ("number", "outcome", "words"),
    [
        (50_000, "warning", "5,000 events/s over the last 10 s; 1,000 rows (max_rows) reach 200 ms back"),
        (50, "ok", "5.00 events/s over the last 10 s; 1,000 rows (max_rows) reach 3 minutes back"),
    ],
    ids=["flood", "trickle"],
)
def test_how_fast_they_come(number: int, outcome: str, words: str) -> None:
    """Events a second, and how far back what is kept reaches at that; of the last minute only."""
    clock = VirtualClock()
    metrics = Metrics(clock)
    for count, seconds in ((1_000_000, 300), (0, 10)):
        metrics.add("sse_events_stored_total", count)
        metrics.tick(clock.time())
        clock.advance(seconds)
    metrics.add("sse_events_stored_total", number)
    found = Findings(OF_A_STREAM)
    running._rate(found, SimpleNamespace(metrics=metrics, max_rows=1_000))  # type: ignore[arg-type]
    rate = next(each for each in found.checks() if each.name == "rate")
    assert (outcome, True) == (rate.outcome, words in rate.seen), rate
