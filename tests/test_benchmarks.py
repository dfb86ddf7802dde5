"""The benchmarks run, and tell the truth; whether anything is fast is theirs to say, not a test's."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import sse_notebook as sse
from benchmarks import __main__ as command
from benchmarks import (
    decoder,
    frames,
    ingest,
    journal,
    line,
    memory,
    narrowing,
    peers,
    recording,
    replaying,
    resident,
    rows,
    shapes,
    wire,
)
from benchmarks.harness import Race, Report, Runner, Target, race, release
from benchmarks.sender import Sender

BENCHMARKS = Path(command.__file__).parent
NOT_MEASURING = {"apart", "harness", "peers", "resident", "sender", "shapes"}
TABLES = {"streamz", "polars", "duckdb", "perspective-python"}  # peers of the store

PROMISED = [
    *("at least 5 times", "at least 40 %"),  # the decoder: httpx-sse, `bytes.split`
    *("at least 5.5 times", "at least 4.5 times"),  # the row: flat, mixed
    *(
        "at least 6 times",
        "at most 2 times",
        "at most 1.3 times",
    ),  # the wire: httpx-sse, a raw socket, 16 KiB
    *("at most 2 times", "at most 1.1 times"),  # a long line: joining its pieces, memory
    *("at most 0", "at most 0"),  # reconnecting: threads, descriptors
    *("at most 256 bytes", "at most 16 bytes"),  # memory, until the bounds are full and from then on
    "at most 10 ms",  # closing
    *("at most 0.5 times", "at most 0.5 times", "at least 300 times"),  # a frame: pd.concat, streamz, dicts
    *("at most 1 times", "at most 2.2 times", "at most 50"),  # written into, of Arrow's types, unchanged
    *("at least 250,000", "at least 150,000", "at least 150,000", "at least 110,000", "at most 4"),  # ingest
    *("at most 100 bytes", "at most 200 bytes", "at most 160 bytes"),  # memory
    *("at most 1.2 times", "at most 1 ms", "at most 1.5 times"),  # three clauses, a slice, payload fields
    *("at most 3 s", "at most 3 s"),  # an explanation
    *("at most 1.05 times", "at most 1.05 times"),  # the journal and the counters
    *("at most 1.1 times", "at least 5 times", "at most 1.5 times"),  # recording, reading it, its size
    "at least 0.6 times",  # a replay, of live ingest
]


@pytest.fixture(scope="module")
def said(repository: Path) -> str:
    """What all benchmarks say when they run in their tiniest form."""
    result = subprocess.run(
        [sys.executable, "-W", "error", "-m", "benchmarks", "--tiny"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert ("", 0) == (result.stderr, result.returncode)
    return result.stdout


def headings(page: str) -> list[str]:
    return re.findall(r"^### (.*)$", page, re.MULTILINE)


def test_all_of_them_run(said: str) -> None:
    """Each benchmark has its table, ours is in it, and nobody fails who is installed."""
    assert len(headings(said)) >= len(command.NAMES)
    assert "failed" not in said
    for name in (decoder, rows, line, frames, ingest, journal, narrowing, recording, replaying):
        assert f"**{name.OURS}**" in said
    assert "| httpx-sse | 0." in said


def test_each_target_has_its_verdict(said: str) -> None:
    """What was promised of speed and memory is there, and each says whether it was reached.

    But for peers of the store, which only `make bench` installs.
    """
    targets = re.findall(r"^- .*(?:at least|at most).*$", said, re.MULTILINE)
    missing = [name for name in TABLES if not release(name)]
    verdicts = [each for each in targets if not any(f" {name}:" in each for name in missing)]
    assert verdicts == [each for each in verdicts if re.search(r"\*\*(not )?reached\*\*$", each)]
    assert len(targets) - len(verdicts) <= len(missing)
    wanted = [
        re.search(r"at (?:least|most) \S+ (?:times|%|ms|bytes|s\b)?", each)[0].strip() for each in targets
    ]
    assert Counter(PROMISED) - Counter(wanted) == Counter()


def test_none_is_forgotten() -> None:
    """Every file that measures is run by the command."""
    found = {path.stem for path in BENCHMARKS.glob("[a-z]*.py")} - NOT_MEASURING
    assert found == set(command.NAMES)


def test_the_page_has_the_figures_of_all(said: str, repository: Path) -> None:
    """docs/benchmarks.md shows what `--write` would write: each table, in order."""
    page = (repository / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert headings(said) == headings(page)


def test_every_peer_that_is_measured_is_installed(repository: Path) -> None:
    """Who stands in a table stands in peers.txt too, which `make bench` installs."""
    listed = (repository / "benchmarks" / "peers.txt").read_text(encoding="utf-8").splitlines()
    measured = {each.package for each in (*peers.DECODERS, *peers.CLIENTS)} | TABLES
    assert measured - set(listed) == set()


# -- the harness -------------------------------------------------------------------------------------------


def test_in_turns_and_by_the_median() -> None:
    """A B A B, the first round not counted; the ratio is the median of the rounds' ratios, not of times."""
    turns: list[str] = []

    def runner(name: str, *times: float) -> Runner:
        left = iter((99.0, *times))

        def run() -> float:
            turns.append(name)
            return next(left)

        return Runner(name, run)

    result = race([runner("a", 1.0, 20.0, 3.0), runner("b", 2.0, 10.0, 9.0)], rounds=3)
    assert turns == ["a", "b"] * 4
    assert ([1.0, 20.0, 3.0], 2.0) == (result.times["a"], result.ratio("b", "a"))
    assert result.nearest("a", ["b"]) == ("b", 2.0)


def test_a_peer_may_be_missing_or_fail() -> None:
    """It is named, with the reason, and the others go on."""

    def missing() -> float:
        raise ModuleNotFoundError("no", name="nowhere")

    def failing() -> float:
        raise ValueError("no id")

    result = race([Runner("a", missing), Runner("b", failing), Runner("c", lambda: 1.0, ours=True)], rounds=1)
    assert result.failed == {"a": "not installed (nowhere)", "b": "failed: ValueError: no id"}
    assert ({"c": [1.0]}, None) == (result.times, result.ratio("a", "c"))
    assert result.nearest("c", ["a", "b"]) == ("nobody", None)
    assert [row[0] for row in result.rows("c", 1)] == ["**c**", "a", "b"]


def test_ours_must_not_fail() -> None:
    """What goes wrong with ours ends the run."""

    def failing() -> float:
        raise ValueError("ours")

    with pytest.raises(ValueError, match="ours"):
        race([Runner("a", failing, ours=True)], rounds=1)


@pytest.mark.parametrize(
    ("target", "word"),
    [
        (Target("x", 5.0, 5), "**reached**"),
        (Target("x", 4.9, 5), "**not reached**"),
        (Target("x", 2.0, 2, least=False), "**reached**"),
        (Target("x", 2.1, 2, least=False), "**not reached**"),
        (Target("x", None, 2), "**not measured**"),
    ],
)
def test_a_target_is_reached_or_not(target: Target, word: str) -> None:
    """At the limit it is reached; what could not be measured is not."""
    assert str(target).endswith(word)
    assert target.reached == (word == "**reached**")


def test_large_numbers_are_whole() -> None:
    """Events a second are no power of ten."""
    target = Target("x", 251_234.5, 250_000, unit="events a second")
    expected = "- x: at least 250,000 events a second wanted, 251,234 events a second measured: **reached**"
    assert str(target) == expected


def test_a_report_is_markdown() -> None:
    """Heading, text, table and targets, a blank line between."""
    report = Report("T", "Text.", ("", "n"), [("a", "1")], [Target("x", 1.0, 2)])
    assert str(report).split("\n\n") == [
        "### T",
        "Text.",
        "|  | n |\n| --- | ---: |\n| a | 1 |",
        "- x: at least 2 times wanted, 1 times measured: **not reached**",
    ]


def test_figures_replace_figures() -> None:
    """What stands between the marks is replaced, all else stays; a page without marks is an error."""
    page = f"before\n{command.BEGIN}\nold\n{command.END}\nafter"
    assert command.inserted(page, r"new \1") == page.replace("old", r"new \1")
    with pytest.raises(ValueError, match="no place"):
        command.inserted("before", "new")


@pytest.mark.parametrize("arguments", [["nonsense"], ["--write", "--quick"], ["--write", "rows"]])
def test_wrong_arguments(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What can't be run is said, and nothing is."""
    with pytest.raises(SystemExit):
        command.main(arguments)
    assert capsys.readouterr().out == ""


# -- what is sent and what is checked ----------------------------------------------------------------------


@pytest.mark.parametrize("form", shapes.WIRES)
@pytest.mark.parametrize("payload", shapes.PAYLOADS)
def test_every_event_has_one_size(form: str, payload: str) -> None:
    """Whatever its form; a comment before it comes on top."""
    extra = len(": ping\n\n") if "comment" in form else 0
    assert {shapes.SIZE + extra} == {len(block) for block in shapes.stream(form, payload, 500)}


def test_a_lost_row_is_seen() -> None:
    """A run in which rows are missing, or are not what was sent, is no figure."""
    with Sender() as sender, sse.connect(sender.stream(rows.WIRE, "flat", 20)) as stream:
        stream.wait_for(20)
        rows.check(stream, "flat", 20, 20, stream.last_event)
        with pytest.raises(AssertionError, match="rows are not what was sent"):
            rows.check(stream, "flat", 21, 21, stream.last_event)
        stream.store.clear_events()
        stream.store.add_events([shapes.flat(number + 1, 0) for number in range(20)])
        with pytest.raises(AssertionError, match="rows are not what was sent"):
            rows.check(stream, "flat", 20, 20, stream.last_event)


def test_the_limit_reads_what_is_sent() -> None:
    """The raw socket that the wire is measured against gets every event, whatever the size of the chunks."""
    with Sender() as sender:
        for size in (None, 1, 100, 16_384):
            assert wire.raw(sender.stream(wire.WIRE, "flat", 300, size), 300) > 0


def test_a_race_without_a_runner_has_no_ratio() -> None:
    """A name that did not run has no figure."""
    assert Race().ratio("a", "b") is None


# -- the store ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", shapes.PAYLOADS)
def test_payloads_of_ingest_have_one_size(payload: str) -> None:
    """Whatever its shape."""
    assert {ingest.PAYLOAD} == {len(text) for text in ingest.texts(payload, 500)}


def test_resident_rows_are_what_they_are() -> None:
    """Each has one size and a message of its own, in whatever reads it is added; what is lost is seen."""
    texts = resident.texts(0, 500)
    told = {json.loads(text)["message"] for text in texts}
    assert ({resident.SIZE}, 500) == ({len(text.encode()) for text in texts}, len(told))
    whole, parts = resident.Resident(500), resident.Resident(400, read=7)
    parts.add(100)
    names = ["timestamp", "id", "type", "status", "resource_id", "data"]
    assert whole.store.df[names].equals(parts.store.df[names])
    whole.check()
    whole.stop += 1
    with pytest.raises(AssertionError, match="rows are not what was sent"):
        whole.check()


def test_a_row_that_ingest_lost_is_seen() -> None:
    """A peer that keeps fewer rows has no figure."""
    with pytest.raises(AssertionError, match="1 rows are kept"):
        ingest._took(0.0, 1, [["a", "b"]])


def test_frames_that_differ_are_no_race() -> None:
    """`pd.concat` and `df` give the same rows and types, or nothing is measured."""
    store = resident.Resident(200).store
    frames.alike(store.df, store.df)
    with pytest.raises(AssertionError, match="199 rows against 200"):
        frames.alike(store.df.iloc[1:], store.df)
    with pytest.raises(AssertionError, match="dtype"):
        frames.alike(store.df.astype({"status": "category"}), store.df)


def test_answers_that_differ_are_no_race() -> None:
    """Who finds other rows is not timed."""
    df = resident.Resident(200).store.df
    assert narrowing.agreed(df, {"the same": df.copy}) == 200
    with pytest.raises(AssertionError, match="fewer: 199 rows against 200"):
        narrowing.agreed(df, {"fewer": lambda: df.iloc[1:]})


def test_concat_grows_or_stays() -> None:
    """What is read has its fresh rows behind the others, numbered on; and loses as many, where they go."""
    df = resident.Resident(200).store.df
    for go, seqs in ((False, range(220)), (True, range(20, 220))):
        concat = frames.Concat(df, df.iloc[:10], go=go)
        concat(), concat()
        assert concat._frame.index.tolist() == list(seqs)


@pytest.mark.parametrize("number", range(2))
@pytest.mark.parametrize("traced", [False, True])
def test_memory_is_measured_at_each_step(number: int, traced: bool) -> None:
    """Once when rows are kept, then for each thing that is held beside them; more than the payload has."""
    steps = memory.alone(number, 2_000, traced=traced)
    assert next(iter(steps)) == memory.KEPT
    assert len(steps) == 3 - number
    if traced:
        assert resident.SIZE < steps[memory.KEPT]
        assert 80 < [*steps.values()][-1] - steps[memory.KEPT]  # ten columns of eight bytes
