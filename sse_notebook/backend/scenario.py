"""A platform that deploys, builds, breaks and recovers: what `demo` shows when nothing real is at hand.

The law: the same seed tells the same story, event for event; only the clock it starts at differs. It knows no
sockets and waits for nothing: it yields `(delay, event)`, the delay in seconds since the event before, and
whoever plays it decides how fast time goes.

The story: within the first ten seconds every wire type has been seen once. Then about one event a second:
builds and what becomes of them, scaling, a look at the clusters; and every half a minute or so something
breaks, which brings a burst of errors, takes its project down with it and is mended after a while.
"""

from __future__ import annotations

import heapq
import itertools
import random
import time
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

__all__ = ["Step", "platform", "steps"]

Event = dict[str, Any]
Step = tuple[float, Event]


class _Workload(NamedTuple):
    id: str
    name: str
    project: str
    cluster: str
    replicas: int


_WORKLOADS = (
    _Workload("wl-cart-api", "cart-api", "p-checkout", "c-north", 4),
    _Workload("wl-payment", "payment-worker", "p-checkout", "c-north", 2),
    _Workload("wl-storefront", "storefront", "p-checkout", "c-north", 6),
    _Workload("wl-indexer", "indexer", "p-search", "c-south", 3),
    _Workload("wl-query-api", "query-api", "p-search", "c-south", 5),
    _Workload("wl-reports", "nightly-reports", "p-analytics", "c-south", 1),
    _Workload("wl-ingest", "event-ingest", "p-analytics", "c-north", 3),
)
_CLUSTERS = ("c-north", "c-south")
_BREAKS = (
    ("OOMKilled", 137, "container was killed: memory limit of 512 MiB exceeded"),
    ("CrashLoopBackOff", 1, "connection to database refused"),
    ("Error", 2, "configuration key 'cache.url' is missing"),
    ("Error", 139, "segmentation fault in image decoder"),
)
_BUILD_ERRORS = (
    (1, "test", "3 of 412 tests failed"),
    (2, "compile", "undefined name in handlers/orders"),
    (128, "checkout", "the revision was not found"),
    (137, "image", "the builder ran out of memory"),
)


def steps(scenario: str | Iterable[Step], seed: int = 0) -> Iterator[Step]:
    """The steps of a scenario: one of ours by name ("platform"), or your own `(delay, event)` pairs.

    Raises:
        ValueError: no scenario has this name.
    """
    if not isinstance(scenario, str):
        return iter(scenario)
    if scenario != "platform":
        raise ValueError(f"there is no scenario {scenario!r}; there is 'platform'")
    return platform(seed)


def platform(seed: int = 0, start: float | None = None) -> Iterator[Step]:
    """The story of the platform, without end.

    Args:
        seed: which story.
        start: unix seconds at which it begins; None: now.

    Yields:
        The seconds since the previous event, and the event.

    Example:
        >>> delay, event = next(platform(seed=1, start=0.0))
        >>> event["event_type"], event["status"]
        ('cluster_status_update', 'healthy')
    """
    story = _Story(seed)
    begin = time.time() if start is None else start
    actors: list[Iterator[Step]] = [story.opening(), story.routine(), story.incidents()]
    # What happens next, over all actors: (when, who, event). `who` breaks ties, so events are never compared.
    ahead: list[tuple[float, int, Event]] = []
    for who, actor in enumerate(actors):
        delay, event = next(actor)
        ahead.append((delay, who, event))
    heapq.heapify(ahead)
    before = 0.0
    while ahead:
        now, who, event = heapq.heappop(ahead)
        following = next(actors[who], None)
        if following is not None:
            heapq.heappush(ahead, (now + following[0], who, following[1]))
        event["timestamp"] = round(begin + now, 3)
        yield now - before, event
        before = now


class _Story:
    """The actors. Each yields (delay since its own previous event, event)."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a story, not a secret
        self._builds = itertools.count(1040)
        self._down: set[str] = set()  # workloads that an incident has taken down

    def opening(self) -> Iterator[Step]:
        """Every wire type once."""
        cart, query = _WORKLOADS[0], _WORKLOADS[4]
        yield 0.2, self._cluster("c-north", "healthy")
        yield 1.0, self._project(cart.project, "active", "2 clusters, 7 workloads")
        yield 1.2, self._workload(cart, "deploying", ready=1)
        yield 1.2, self._build(query)
        yield 1.2, self._workload(cart, "running", ready=cart.replicas)
        yield 1.4, self._build(_WORKLOADS[5], failure=_BUILD_ERRORS[0])
        yield 1.4, self._error(query, _BREAKS[1])

    def routine(self) -> Iterator[Step]:
        """An ordinary day: about one event a second."""
        draw = self._random
        delay = 9.0  # the opening has the stage until then
        while True:
            for pause, event in self._errand(draw.choice(_WORKLOADS)):
                yield delay + pause, event
                delay = 0.0
            delay = draw.uniform(0.6, 1.5)

    def _errand(self, workload: _Workload) -> Iterator[Step]:
        draw = self._random
        kind = draw.random()
        if workload.id in self._down or kind < 0.2:
            yield 0.0, self._cluster(draw.choice(_CLUSTERS), "healthy")
        elif kind < 0.45:
            ready = draw.randint(1, workload.replicas + 2)
            yield 0.0, self._workload(workload, "running", ready=ready, desired=ready, why="scaled")
        elif kind < 0.58:
            yield 0.0, self._build(workload, failure=draw.choice(_BUILD_ERRORS))
        elif kind < 0.66:
            yield 0.0, self._error(workload, ("Warning", 0, "response times are above 800 ms"))
        else:
            yield 0.0, self._build(workload)
            yield draw.uniform(0.5, 1.5), self._workload(workload, "deploying", ready=0)
            yield draw.uniform(0.5, 2.0), self._workload(workload, "running", ready=workload.replicas)

    def incidents(self) -> Iterator[Step]:
        """Now and then something breaks, takes others with it, and is mended."""
        draw = self._random
        delay = draw.uniform(14.0, 18.0)
        while True:
            first = draw.choice(_WORKLOADS)
            broken = draw.choice(_BREAKS)
            hit = [w for w in _WORKLOADS if w.project == first.project]
            self._down.update(w.id for w in hit)
            yield delay, self._error(first, broken)
            yield 0.1, self._workload(first, "failed", ready=0, exit_code=broken[1], why=broken[0])
            for _ in range(draw.randint(5, 12)):
                yield draw.uniform(0.02, 0.25), self._error(draw.choice(hit), broken)
            yield 0.2, self._project(first.project, "degraded", f"{first.name} is down")
            if draw.random() < 0.5:
                yield 0.3, self._cluster(first.cluster, "degraded")
                yield draw.uniform(3.0, 6.0), self._cluster(first.cluster, "healthy")
            yield draw.uniform(4.0, 9.0), self._workload(first, "deploying", ready=0, why="rolled back")
            yield (
                draw.uniform(1.0, 3.0),
                self._workload(first, "running", ready=first.replicas, why="recovered"),
            )
            yield 0.4, self._project(first.project, "active", "all workloads are running again")
            self._down.difference_update(w.id for w in hit)
            delay = draw.uniform(18.0, 32.0)

    def _cluster(self, cluster: str, status: str) -> Event:
        draw = self._random
        nodes = 12 if cluster == "c-north" else 8
        ready = nodes if status == "healthy" else nodes - draw.randint(1, 3)
        return {
            "event_type": "cluster_status_update",
            "cluster_id": cluster,
            "resource_type": "cluster",
            "resource_id": cluster,
            "status": status,
            "message": f"Cluster {cluster}: {ready} of {nodes} nodes ready",
            "data": {
                "nodes": nodes,
                "nodes_ready": ready,
                "cpu_percent": round(draw.uniform(20, 60) + 30 * (status != "healthy"), 1),
                "memory_percent": round(draw.uniform(35, 80), 1),
            },
        }

    def _project(self, project: str, status: str, why: str) -> Event:
        return {
            "event_type": "project_status_update",
            "cluster_id": next(w.cluster for w in _WORKLOADS if w.project == project),
            "project_id": project,
            "resource_type": "project",
            "resource_id": project,
            "status": status,
            "message": f"Project {project} is {status}: {why}",
            "data": {"workloads": sum(w.project == project for w in _WORKLOADS)},
        }

    def _workload(
        self,
        workload: _Workload,
        status: str,
        *,
        ready: int,
        desired: int | None = None,
        exit_code: int | None = None,
        why: str | None = None,
    ) -> Event:
        wanted = workload.replicas if desired is None else desired
        data: dict[str, Any] = {"replicas": {"ready": ready, "desired": wanted}, "image": self._digest()}
        if exit_code is not None:
            data["exit_code"] = exit_code
        if why is not None:
            data["reason"] = why
        tail = f" ({why})" if why else ""
        return {
            "event_type": "workload_status_update",
            **_where(workload),
            "resource_type": "workload",
            "resource_id": workload.id,
            "status": status,
            "message": f"{workload.name} is {status}, {ready} of {wanted} replicas ready{tail}",
            "data": data,
        }

    def _build(self, workload: _Workload, failure: tuple[int, str, str] | None = None) -> Event:
        build = f"b-{next(self._builds)}"
        duration = round(self._random.lognormvariate(3.4, 0.5), 1)
        what = f"Build {build} of {workload.name}"
        data: dict[str, Any] = {"duration": duration, "commit": f"{self._random.getrandbits(28):07x}"}
        if failure is None:
            data |= {
                "exit_code": 0,
                "image": self._digest(),
                "size_mb": round(self._random.uniform(40, 900), 1),
            }
            message = f"{what} finished in {duration} s"
        else:
            exit_code, stage, why = failure
            data |= {"exit_code": exit_code, "stage": stage}
            message = f"{what} failed in {stage}: {why}"
        return {
            "event_type": "build_complete" if failure is None else "build_failed",
            **_where(workload),
            "build_id": build,
            "resource_type": "build",
            "resource_id": build,
            "status": "succeeded" if failure is None else "failed",
            "message": message,
            "data": data,
        }

    def _error(self, workload: _Workload, what: tuple[str, int, str]) -> Event:
        reason, exit_code, text = what
        pod = f"{workload.name}-{self._random.getrandbits(20):05x}"
        return {
            "event_type": "error_report",
            **_where(workload),
            "resource_type": "workload",
            "resource_id": workload.id,
            "status": "warning" if reason == "Warning" else "error",
            "message": f"{workload.name}: {text}",
            "data": {
                "reason": reason,
                "exit_code": exit_code,
                "pod": pod,
                "restarts": self._random.randint(0, 6),
                "latency_ms": round(self._random.lognormvariate(5.5, 0.8), 1),
            },
        }

    def _digest(self) -> str:
        return f"sha256:{self._random.getrandbits(256):064x}"


def _where(workload: _Workload) -> dict[str, Any]:
    return {"cluster_id": workload.cluster, "project_id": workload.project, "workload_id": workload.id}
