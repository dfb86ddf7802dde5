"""An incident of a recording: its evidence is the file's; what is secret in it is not shared."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

import sse_notebook as sse
from sse_notebook.backend import Backend
from sse_notebook.errors import ArgumentError, SecretsFound
from sse_notebook.incident import Incident
from sse_notebook.stream.recordings import load


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording with two failures, a cut between them that loses something, and a mark."""
    path = tmp_path_factory.mktemp("recording") / "builds.ssecast"
    with Backend(heartbeat=60, ring=1) as backend:
        stream = sse.connect(
            backend.url, token=backend.token(), name="incident", retry_initial=0.01, retry_max=0.02
        ).wait_open()
        with stream, stream.record(path):
            backend.publish({"event_type": "build_failed", "workload_id": "wl-1", "message": "exit code 1"})
            stream.wait_for(1)
            stream.mark("link about to drop")
            stream.disconnect()
            for number in range(5):
                backend.publish({"event_type": "build_failed", "workload_id": f"wl-{number}"})
            stream.reconnect()
            stream.wait_for(2)
    return path


def test_evidence_is_the_files(file: Path) -> None:
    """Name, soundness, hash: by them others know that they have the same file."""
    facts = Incident("Builds fail", file).evidence().facts
    assert facts["Recording"] == "builds.ssecast, sound and complete"
    assert facts["SHA-256 of the recording"] == load(file).verify().sha256
    assert "token" not in facts["From"].replace("token=***", "")


def test_a_path_and_its_recording_are_the_same(file: Path) -> None:
    """And so is a part that is all of it."""
    of_path, of_recording = Incident("x", str(file)), Incident("x", load(file))
    of_part = Incident("x", load(file).where(None))
    assert of_path.to_markdown() == of_recording.to_markdown() == of_part.to_markdown()


def test_gaps_and_marks_are_told(file: Path) -> None:
    """What nobody knows stands in the timeline and is hatched in the picture."""
    incident = Incident("Builds fail", file)
    timeline = incident.timeline()
    whats = timeline.df["what"].tolist()
    assert whats.count("gap") == len(incident.gaps) >= 1
    assert "mark" in whats
    assert "url(#sse-gap)" in timeline.svg
    assert "the strip is the connection" in timeline.svg
    assert "nobody knows what happened in" in incident.evidence().facts["Gaps"]


def test_a_changed_file_says_so(file: Path, tmp_path: Path) -> None:
    """A write-up does not rest on a file that somebody changed without saying it."""
    changed = tmp_path / "changed.ssecast"
    changed.write_bytes(file.read_bytes().replace(b"exit code 1", b"exit code 2"))
    assert "not as it was written" in Incident("x", changed).evidence().facts["Recording"]
    assert "not as it was written" in (Incident("x", changed).to_markdown() or "")


def test_a_secret_in_the_recording_is_not_shared(tmp_path: Path) -> None:
    """Even if no line of the write-up shows it: readers get the file too."""
    path = tmp_path / "secret.ssecast"
    header = b'{"ssecast":1,"started":"2026-11-28T12:00:00Z","url":"http://x/"}\n'
    entry = b'[0.0,"ev",{"event":"login","data":"{\\"password\\":\\"correct horse\\"}"}]\n'
    path.write_bytes(header + entry)
    with pytest.raises(SecretsFound, match=r"line 2 of the recording, data.password") as caught:
        Incident("x", path).to_html()
    assert "correct horse" not in str(caught.value)


def test_what_is_no_recording(tmp_path: Path) -> None:
    """The error is that of `load`."""
    with pytest.raises(ArgumentError, match="nowhere"):
        Incident("x", tmp_path / "nowhere.ssecast")


def test_a_mark_before_the_first_event_belongs_to_it(tmp_path: Path) -> None:
    """People see it before the machine does; a part has only what is in it."""
    path = tmp_path / "mark.ssecast"
    path.write_text(
        '{"ssecast":1,"started":"2026-11-28T12:00:00Z","url":"http://x/"}\n'
        '[1.0,"mark",{"text":"it smells of smoke"}]\n[60.0,"ev",{"event":"fire","data":"{}"}]\n'
    )
    assert "it smells of smoke" in (Incident("x", path).to_markdown() or "")
    assert "it smells of smoke" not in (Incident("x", path, start="2026-11-28T12:00:30").to_markdown() or "")
    part = load(path).between("2026-11-28T12:00:30", None)
    assert "it smells of smoke" not in (Incident("x", part).to_markdown() or "")


def test_what_was_said_of_alerts_is_told(tmp_path: Path) -> None:
    """Who acknowledged what, and what was silenced, in the stretch of time that it is about."""
    path = tmp_path / "alerts.ssecast"
    path.write_text(
        '{"ssecast":1,"started":"2026-11-28T12:00:00Z"}\n'
        '[1.0,"ev",{"event":"build_failed","data":"{\\"build_id\\":\\"b-1\\"}","id":"1"}]\n'
        '[2.0,"ack",{"seq":0,"id":"1","note":"rolled back","by":"ann"}]\n'
        '[3.0,"sil",{"filter":"type == \\"build.*\\"","seconds":60,"reason":"deploy"}]\n'
        '[4.0,"sil",{"filter":"type == \\"build.*\\"","lifted":true}]\n'
        '[9.0,"ev",{"event":"build_failed","data":"{\\"build_id\\":\\"b-2\\"}","id":"2"}]\n'
    )
    said = [
        "build.failed of b-1 acknowledged by ann: rolled back",
        'type == "build.*" silenced until 12:01:03 UTC: deploy',
        'type == "build.*" silenced no more',
    ]
    told = Incident("Builds fail", path).timeline().df
    assert said == told.loc[told["what"] == "alert", "text"].tolist()
    assert "rolled back" in (Incident("Builds fail", path).to_html() or "")
    later = Incident("Builds fail", path, start="2026-11-28T12:00:03").timeline().df
    assert said[1:] == later.loc[later["what"] == "alert", "text"].tolist()
    assert said == load(path).alert_log["text"].tolist()


def test_what_is_said_after_the_last_event_belongs_to_it(tmp_path: Path) -> None:
    """Nobody acknowledges the last trouble before it is there; `end` and a part leave it out."""
    path = tmp_path / "last.ssecast"
    path.write_text(
        '{"ssecast":1,"started":"2026-11-28T12:00:00Z"}\n'
        '[1.0,"ev",{"event":"build_failed","data":"{\\"build_id\\":\\"b-1\\"}","id":"1"}]\n'
        '[9.0,"ack",{"seq":0,"id":"1","note":"rolled back","by":"ann"}]\n'
        '[12.0,"cm",""]\n'
    )
    incident = Incident("Builds fail", path)
    assert ["event", "alert"] == incident.timeline().df["what"].tolist()
    assert incident.end - incident.start == timedelta(seconds=8, microseconds=1)
    assert "rolled back" in (incident.to_markdown() or "")
    assert "rolled back" not in (Incident("Builds fail", path, end="5s").to_markdown() or "")
    part = load(path).between(None, "2026-11-28T12:00:05")
    assert "rolled back" not in (Incident("Builds fail", part).to_markdown() or "")


@pytest.mark.parametrize("rule", ["mask", "drop"])
def test_a_rule_that_names_a_password_is_none(rule: str, tmp_path: Path) -> None:
    """A recording that was cleaned as the error says is written up: the page tells what was taken out."""
    path = tmp_path / "secret.ssecast"
    header = b'{"ssecast":1,"started":"2026-11-28T12:00:00Z","url":"http://x/"}\n'
    entry = b'[0.0,"ev",{"event":"login","data":"{\\"password\\":\\"correct horse\\"}"}]\n'
    path.write_bytes(header + entry)
    cleaned = load(path).save(tmp_path / "clean.ssecast", redact={"**.password": rule, "api_key": rule})
    assert "**.password" in (Incident("x", cleaned).to_html() or "")
    pattern = re.compile("ghp_" + "a" * 36)  # who looks for a token of his own tells it
    told = Incident("x", load(path).save(tmp_path / "told.ssecast", redact=[pattern, "password"]))
    with pytest.raises(SecretsFound, match="the fact Taken out"):
        told.to_html()


def test_time_that_was_not_recorded_is_not_known(file: Path) -> None:
    """A stretch that is longer than the recording, or a note of before, says how much of it was recorded."""
    assert "recorded" not in Incident("x", file).evidence().facts["Time"]
    assert "recorded" not in Incident("x", file, end="1us").evidence().facts["Time"]
    longer = Incident("x", file, start=load(file).header.started_us / 1e6 - 3600)
    assert " were recorded" in longer.evidence().facts["Time"]
    noted = Incident("x", file)
    noted.note(noted.start - timedelta(hours=1), "deployed")
    assert " were recorded" in noted.evidence().facts["Time"]
