"""Records the incident of the fourth tour, once: `python notebooks/record_incident.py` (three minutes).

A platform builds; a deploy breaks the registry's credentials, builds fail; meanwhile the link to the platform
drops for a while, and what was sent then is lost; the deploy is rolled back, builds succeed again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sse_notebook as sse
from sse_notebook.backend import Backend

FILE = Path(__file__).parent / "incident.ssecast"
DEPLOYED, DROPPED, BACK, ROLLED_BACK, END = 40.0, 85.0, 105.0, 130.0, 180.0  # seconds
WORKLOADS = ("cart-api", "payment-worker", "storefront", "indexer", "query-api", "nightly-reports")


def story(seed: int = 7) -> Iterator[tuple[float, dict[str, Any]]]:
    """What happens: seconds since the event before, and the event."""
    draw = random.Random(seed)  # noqa: S311 - a story, not a secret
    at, builds, told = 0.0, 1040, [(DEPLOYED, "v2.4.1", "deploying"), (DEPLOYED + 3, "v2.4.1", "running")]
    told += [(ROLLED_BACK, "v2.4.0", "deploying"), (ROLLED_BACK + 4, "v2.4.0", "running")]
    yield 0.0, {"event_type": "cluster_status_update", "cluster_id": "c-north", "status": "healthy"}
    while at < END:
        pause = draw.uniform(0.5, 2.0)
        if told and told[0][0] <= at + pause:
            when, version, status = told.pop(0)
            pause = when - at
            event = {"workload_id": "registry-proxy", "status": status, "message": f"{version} is {status}"}
            yield pause, {"event_type": "workload_status_update", **event}
            at = when
            continue
        at += pause
        builds += 1
        name = draw.choice(WORKLOADS)
        broken = DEPLOYED + 3 < at < ROLLED_BACK + 4 and draw.random() < 0.85
        data = {"build_id": f"b-{builds}", "duration": round(draw.uniform(8, 95), 1)}
        if broken:
            data |= {"exit_code": 128, "step": "push"}
            said = {"message": "push refused: the registry does not know the credentials"}
            yield pause, {"event_type": "build_failed", "workload_id": name, **said, "data": data}
        else:
            yield pause, {"event_type": "build_complete", "workload_id": name, "data": data}


def main() -> None:
    """Play the story, and record it."""
    backend = Backend(host="localhost", port=8000, ring=3, scenario=story(), heartbeat=5)
    with backend, sse.connect(backend.url, token=backend.token(), name="platform") as stream:
        began = time.monotonic()
        with stream.record(FILE):
            stream.wait_open()
            wait_until(began + DEPLOYED + 10)
            stream.mark("first report in the channel: builds fail")
            wait_until(began + DROPPED)
            backend.stop()
            wait_until(began + BACK)
            backend.start()
            wait_until(began + ROLLED_BACK)
            stream.mark("decided: back to v2.4.0")
            wait_until(began + END)


def wait_until(moment: float) -> None:
    """A story takes its time."""
    time.sleep(max(0.0, moment - time.monotonic()))


if __name__ == "__main__":
    main()
