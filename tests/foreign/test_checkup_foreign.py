"""`sse.doctor` of servers that nobody here wrote: what is peculiar to each is told, nothing is made up."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from servers.collecting import Collecting
from servers.forward_proxy import ForwardProxy
from servers.nchan import Nchan
from servers.pocketbase import PocketBase
from support import eventually, nothing_left

import sse_notebook as sse
from sse_notebook.backend import Backend


@contextlib.contextmanager
def again_and_again(publish: Callable[[int], Any]) -> Iterator[None]:
    """Meanwhile something is published, on a thread, every few milliseconds."""
    over = threading.Event()

    def run() -> None:
        number = 0
        while not over.wait(0.03):
            number += 1
            publish(number)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def wrong(report: Any) -> list[str]:
    return [each.name for each in report if each.outcome in ("failed", "warning")]


def test_nchan() -> None:
    """nginx with nchan: un-chunked, with ids, resumed; all is well, and so is told."""
    with Nchan() as nchan:
        url = nchan.sub_url("checkup")

        def publish(number: int) -> None:
            payload = {"event_type": "build_failed", "n": number, "timestamp": time.time()}
            nchan.publish("checkup", json.dumps(payload).encode(), event="build_failed")

        publish(0)  # with a connection of its own, which stays
        with again_and_again(publish), nothing_left():
            report = sse.doctor(url, seconds=1)
        assert [] == wrong(report), str(report)
        assert "nginx" in report["buffering"].seen
        assert {"ok"} == {report[name].outcome for name in ("ids", "types", "times", "lines", "resuming")}


def test_nchan_where_there_is_nothing() -> None:
    """A path that nobody serves."""
    with Nchan() as nchan:
        report = sse.doctor(f"{nchan.url}/nothing/here")
    assert ["status"] == wrong(report)
    assert "404" in report["status"].seen


def test_pocketbase() -> None:
    """PocketBase: the same id on every event, by which nothing can be resumed; and times of its own."""
    with PocketBase() as pocketbase:
        seen: list[str] = []

        def told(payload: Any) -> Any:
            if isinstance(payload, dict) and "clientId" in payload:
                seen.append(payload["clientId"])
            return None

        def subscribe() -> None:
            pocketbase.subscribe(eventually(lambda: seen[:1])[0], ["events/*"])
            for number in range(5):
                pocketbase.create_record(title=f"Nr. {number}", payload={"n": number})

        subscriber = threading.Thread(target=subscribe)
        subscriber.start()
        report = sse.doctor(pocketbase.stream_url, seconds=2, vocabulary=sse.Vocabulary(type=told))
        subscriber.join()
    assert ["ids", "times"] == wrong(report), str(report)
    assert "have the same one" in report["ids"].seen
    assert "skipped" == report["resuming"].outcome


def test_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way leads through the proxy that the environment names; one that wants a login is told of."""
    monkeypatch.setattr("urllib.request.proxy_bypass", lambda _host: False)
    with Backend(heartbeat=0.2) as backend:
        backend.publish({"event_type": "build_failed"})
        for login, failed in ((None, []), ("me:t-12345", ["status"])):
            with ForwardProxy(login) as proxy:
                monkeypatch.setenv("HTTP_PROXY", proxy.url)
                report = sse.doctor(backend.url, token=backend.token(), seconds=0.5)
            assert failed == [each.name for each in report.failed], str(report)
            assert f"through the proxy {proxy.url}" in report["name"].seen
            assert f"port {proxy.port} of 127.0.0.1" in report["connection"].seen
    assert "login" in report["status"].advice


def test_a_proxy_that_collects() -> None:
    """nginx as it is by itself: that heartbeats come dozens at a time is told, and what to set."""
    with Backend(heartbeat=0.03) as backend, Collecting(backend.url) as proxy:
        report = sse.doctor(proxy.url, token=backend.token(), seconds=2)
    assert "warning" == report["bursts"].outcome, str(report)
    assert "heartbeats came at once" in report["bursts"].seen
    assert "proxy_buffering off" in report["bursts"].advice
    assert [] == report.failed


def test_a_platforms_contract_is_another() -> None:
    """nchan keeps none of the platform's contract, and is said to."""
    with Nchan() as nchan:
        report = sse.check_backend(nchan.sub_url("checkup"), token="t-12345", seconds=0.3)
    broken = ["connected", "heartbeat", "no token", "wrong token", "unknown id", "Cache-Control"]
    assert broken == [each.name for each in report.failed], str(report)
