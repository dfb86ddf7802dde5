"""Counters, over threads and all at once."""

from __future__ import annotations

import itertools
import math
import re

import pytest
from html_page import Page
from hypothesis import given
from hypothesis import strategies as st
from support import run_all

from sse_notebook.clock import VirtualClock
from sse_notebook.metrics import FAMILIES, SAMPLES, Counters, Metrics, labelled, labels_of


def test_names_with_labels() -> None:
    """A counter's name is written as Prometheus does."""
    assert labelled("a_total", type="x", reason="y") == 'a_total{type="x",reason="y"}'


def test_counting() -> None:
    """What was never counted is 0, and is no key; numbers add up by name and labels."""
    counters = Counters()
    assert (0, 0, []) == (counters["a"], len(counters), list(counters))
    counters.add("a")
    counters.add("a", 2)
    counters.add("a", 5, reason="x")
    counters.add_all({"a": 1, "b": 7})
    expected = {"a": 4, 'a{reason="x"}': 5, "b": 7}
    assert expected == dict(counters) == counters.snapshot()
    assert 'a 4\na{reason="x"} 5\nb 7' == repr(counters)
    assert "nothing counted yet" == repr(Counters())
    assert (3, True, False) == (len(counters), "b" in dict(counters), "c" in dict(counters))


def test_a_snapshot_is_the_readers_own() -> None:
    """What is handed out does not change, and changes nothing."""
    counters = Counters()
    counters.add("a")
    snapshot = counters.snapshot()
    snapshot["a"] = 100
    counters.add("a")
    assert (100, 2) == (snapshot["a"], counters["a"])


def test_no_snapshot_is_torn() -> None:
    """Numbers that were added in one step are in a snapshot together; none is lost over many threads."""
    counters = Counters()
    torn: list[dict[str, int]] = []

    def write() -> None:
        for _ in range(3_000):
            counters.add_all({"received": 3, "stored": 2, "control": 1})

    def read() -> None:
        for _ in range(3_000):
            seen = counters.snapshot()
            if seen.get("received", 0) != seen.get("stored", 0) + seen.get("control", 0):
                torn.append(seen)

    run_all(write, write, read, read)
    assert ([], 18_000) == (torn, counters["received"])


def test_items_are_of_one_moment() -> None:
    """What is counted while they are walked through is in none of them, and they are the mapping's."""
    counters = Metrics()
    counters.gauge("sse_event_lag_seconds", lambda: float(counters["stored"]))
    step = {"received": 1, "stored": 1}
    counters.add_all(step)
    seen = {}
    for name, number in counters.items():
        seen[name] = number
        counters.add_all(step)
    assert {"received": 1, "stored": 1, "sse_event_lag_seconds": 1.0} == seen
    assert [4, 4, 4.0] == list(counters.values())


def test_a_name_alone_is_the_sum() -> None:
    """Without its labels a counter is all of it; one that begins alike is another one."""
    counters = Counters()
    counters.add_all({'a_total{x="1"}': 2, 'a_total{x="2"}': 3, "a_total_b": 7})
    assert (5, 7, 0) == (counters["a_total"], counters["a_total_b"], counters["a"])


@given(st.text(max_size=20), st.text(max_size=20))
def test_labels_come_back(first: str, second: str) -> None:
    """Whatever is in a label's value, the name says it and is one line."""
    name = labelled("a_total", x=first, y=second)
    assert {"x": first, "y": second} == labels_of(name)
    assert "\n" not in name


# -- for Prometheus --------------------------------------------------------------------------------------

# The text format, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/
LABEL = r'[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"'
NUMBER = r"-?\d+(?:\.\d+)?|NaN"
LINE = re.compile(
    r"# HELP [a-zA-Z_:][\w:]* (?:[^\\\n]|\\[\\n])+|# TYPE [a-zA-Z_:][\w:]* (?:counter|gauge)"
    rf"|[a-zA-Z_:][\w:]*(?:\{{{LABEL}(?:,{LABEL})*\}})? (?:{NUMBER})",
    re.ASCII,
)


def some_metrics(clause: str = 'a == "b"') -> Metrics:
    metrics = Metrics(VirtualClock(start=100.0))
    metrics.add("sse_events_received_total", 3, type="edit")
    metrics.add("sse_events_dropped_total", 2, reason="filtered")
    metrics.add("sse_events_refused_total", 2, clause=clause)
    metrics.gauge("sse_event_lag_seconds", lambda: -0.25)
    metrics.gauge("sse_last_event_age_seconds", lambda: None)
    return metrics


@pytest.mark.parametrize("clause", ['a == "b"', "a\\b", "a\nb 1\n# HELP x", "{}", "\u202e", '"'])
def test_what_prometheus_reads(clause: str) -> None:
    """Every line is of the format's grammar; a reader of it finds the numbers, with their labels."""
    text = some_metrics(clause).prometheus()
    assert text.endswith("\n")
    assert [] == [line for line in text.split("\n")[:-1] if not LINE.fullmatch(line)]
    parser = pytest.importorskip("prometheus_client.parser")
    families = {family.name: family for family in parser.text_string_to_metric_families(text)}
    samples = {
        (each.name, *each.labels.items()): each.value
        for family in families.values()
        for each in family.samples
    }
    assert 3 == samples["sse_events_received_total", ("type", "edit")]
    assert 2 == samples["sse_events_refused_total", ("clause", clause)]
    assert (2, 0) == tuple(
        samples["sse_events_dropped_total", ("reason", why)] for why in ("filtered", "duplicate")
    )
    assert (-0.25, 0) == (samples["sse_event_lag_seconds",], samples["sse_gaps_total",])
    assert ("sse_last_event_age_seconds",) not in samples
    assert "gauge" == families["sse_event_lag_seconds"].type


def test_every_number_has_its_words() -> None:
    """Each family is explained in one line, and those of the contract are there."""
    text = some_metrics().prometheus()
    for name in ("bytes_received", "events_received", "events_dropped", "reconnects", "gaps", "toasts"):
        assert f"# TYPE sse_{name}_total counter\n" in text
    for name in FAMILIES:  # whatever its numbers are, and if it has none yet
        assert f"# TYPE {name} " in Metrics().prometheus()
    assert all(family.help.endswith(".") and "\n" not in family.help for family in FAMILIES.values())


def test_a_gauge_is_read_when_it_is_asked_for() -> None:
    """Its number is that of the moment; one without is not a number, and still a key."""
    metrics, age = Metrics(), [1.0]
    metrics.gauge("sse_last_event_age_seconds", lambda: age[0])
    metrics.gauge("sse_event_lag_seconds", lambda: None)
    age[0] = 2.5
    assert 2.5 == metrics["sse_last_event_age_seconds"]
    assert math.isnan(dict(metrics)["sse_event_lag_seconds"])
    assert dict(metrics).keys() == dict(metrics.items()).keys()
    assert [2.5] == [number for number in metrics.values() if not math.isnan(number)]
    assert ({}, 2) == (metrics.snapshot(), len(metrics))
    assert "sse_event_lag_seconds NaN\nsse_last_event_age_seconds 2.500000" == repr(metrics)


# -- over time -------------------------------------------------------------------------------------------


def test_numbers_over_time() -> None:
    """A row for each sample, a second apart, and one of now: counters whole, gauges not, types together."""
    clock = VirtualClock(start=100.0)
    metrics = Metrics(clock)
    metrics.gauge("sse_event_lag_seconds", lambda: 0.5 if metrics["sse_events_stored_total"] else None)
    for at in (100.0, 100.5, 101.25, 103.0):
        metrics.tick(at)
        metrics.add("sse_events_received_total", 2, type=f"t{at}")
        metrics.add("sse_events_stored_total")
    clock.advance(4.0)
    df = metrics.df
    assert [100.0, 101.25, 103.0, 104.0] == [at.timestamp() for at in df.index]
    assert ("time", "datetime64[us, UTC]") == (df.index.name, str(df.index.dtype))
    assert [0, 4, 6, 8] == df["sse_events_received_total"].tolist()
    assert [0, 2, 3, 4] == df["sse_events_stored_total"].tolist()
    assert [False, True, True, True] == df["sse_event_lag_seconds"].notna().tolist()
    assert {"int64", "float64"} == set(map(str, df.dtypes))
    assert "sse_bytes_received_total" == df.columns[0]


def test_what_was_never_counted_has_its_column() -> None:
    """The table of a stream to which nothing has happened has the columns and dtypes of any other."""
    metrics = Metrics(VirtualClock(start=100.0))
    df = metrics.df
    for name in (
        *("sse_gaps_total", "sse_events_received_total", "sse_events_stored_total"),
        *(labelled("sse_events_dropped_total", reason=why) for why in ("filtered", "duplicate", "invalid")),
    ):
        assert ([0], "int64") == (df[name].tolist(), str(df[name].dtype))
    assert (1, "float64") == (
        df["sse_event_lag_seconds"].isna().sum(),
        str(df["sse_event_lag_seconds"].dtype),
    )
    metrics.add("sse_events_dropped_total", reason="filtered")
    metrics.add("sse_events_received_total", type="edit")
    metrics.gauge("sse_event_lag_seconds", lambda: 0.5)
    assert df.dtypes.equals(metrics.df.dtypes)


def test_samples_are_bounded_and_reach_back() -> None:
    """However long it goes on, there are only so many, from the first moment to the last, evenly."""
    metrics = Metrics(VirtualClock(start=100_000.0))
    for at in range(100_000):
        metrics.tick(float(at))
    times = [at.timestamp() for at in metrics.df.index]
    assert SAMPLES / 2 <= len(times) <= SAMPLES + 1
    assert (0.0, 100_000.0) == (times[0], times[-1])
    apart = [b - a for a, b in itertools.pairwise(times[:-1])]
    assert max(apart) <= 2 * min(apart)


def test_a_clock_that_is_set_back() -> None:
    """Samples go on from then on, and are not waited for until the clock is where it was."""
    metrics = Metrics(VirtualClock(start=60.0))
    for at in (1_000.0, 50.0, 50.5, 51.0):
        metrics.tick(at)
    assert [1_000.0, 50.0, 51.0, 60.0] == [at.timestamp() for at in metrics.df.index]


def test_in_a_cell() -> None:
    """A table of all there is; names that came from the wire are text."""
    metrics = Metrics()
    assert "nothing counted yet" == Page(metrics._repr_html_()).text
    metrics.add("sse_events_received_total", 1_234, type="<script>alert(1)</script>")
    metrics.gauge("sse_event_lag_seconds", lambda: 0.5)
    page = Page(metrics._repr_html_())
    assert {"div", "table", "tr", "td", "bdi"} == set(page.tags)
    assert {"class", "style"} == {name for name, _ in page.attributes}
    for said in (
        'sse_events_received_total{type="<script>alert(1)</script>"}',
        "1234",
        "sse_event_lag_seconds",
        "0.5",
    ):
        assert said in page.text


def test_a_name_that_no_number_has() -> None:
    """It is no 0 that looks as if it had been counted: it says what was probably meant."""
    metrics = Metrics()
    assert 0 == metrics["sse_events_dropped_total"] == metrics['sse_events_dropped_total{reason="filtered"}']
    with pytest.raises(KeyError, match="did you mean sse_events_dropped_total"):
        metrics["sse_events_droped_total"]
    assert "sse_events_droped_total" not in metrics
    assert "sse_gaps_total" in metrics
    metrics.add("own_total", kind="x")
    assert 1 == metrics["own_total"]


D = "sse_events_dropped_total"


@pytest.mark.parametrize(
    ("name", "said", "meant"),
    [
        (f'{D}{{reason="filtred"}}', "filtered, duplicate or invalid, never 'filtred'", 'reason="filtered"'),
        (f'{D}{{reasn="invalid"}}', f"the label of {D} is reason", 'reason="invalid"'),
        (f'{D}{{why="duplicates"}}', f"the label of {D} is reason", 'reason="duplicate"'),
        (f'{D}{{reason="invalid",why="x"}}', f"the label of {D} is reason", 'reason="invalid"'),
        (f"{D}{{reason='invalid'}}", f"the label of {D} is reason", 'reason="invalid"'),
        (f"{D}{{}}", f"the label of {D} is reason", 'reason="…"'),
        (f'{D}{{reason="invalid", }}', "no number is written so", 'reason="invalid"'),
        (f'{D}{{reason="purple"}}', "never 'purple'", None),
        ('sse_events_received_total{typ="edit"}', "is type", 'type="edit"'),
        ('sse_gaps_total{reason="by user"}', "sse_gaps_total has no labels", None),
        ('sse_event_lag_seconds{type="edit"}', "sse_event_lag_seconds has no labels", None),
    ],
)
def test_a_label_that_no_number_has(name: str, said: str, meant: str | None) -> None:
    """Nor is a slip in a label a 0, nor in a value where all of them are known; what was meant is said."""
    metrics = some_metrics()
    with pytest.raises(KeyError) as caught:
        metrics[name]
    (text,) = caught.value.args
    assert said in text
    family = name.partition("{")[0]
    asked = [] if meant is None else [f"; did you mean {family}{{{meant}}}?"]
    assert asked == re.findall("; did you mean.*", text)
    assert name not in metrics


def test_labels_that_there_may_be() -> None:
    """A value that nobody knows beforehand is 0, and what was counted is a number, whatever its label."""
    metrics = some_metrics("a\\b")
    for name, family in FAMILIES.items():
        for each in family.known(name):
            assert family.kind == "gauge" or metrics[each] >= 0
    assert (
        0
        == metrics['sse_events_received_total{type="other"}']
        == metrics[labelled("sse_rows_evicted_total", reason="x")]
    )
    assert 2 == metrics[labelled("sse_events_refused_total", clause="a\\b")]
    metrics.add(D, reason="own")
    metrics.add("own_total", kind="x")
    assert (1, 0) == (metrics[f'{D}{{reason="own"}}'], metrics['own_total{sort="x"}'])
