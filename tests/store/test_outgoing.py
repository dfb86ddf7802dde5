"""What goes out into files: the rows as they are, but for the secrets that are known."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook import EventStore
from sse_notebook.events.event import changed
from sse_notebook.source.redactor import Redactor
from sse_notebook.store import outgoing
from sse_notebook.store.outgoing import Outgoing

TOKEN = "tok/en+1234"


def kept(texts: list[str], **settings: int) -> tuple[EventStore, list[str]]:
    """A store that knows a token, with these texts; and what it says of what goes out."""
    store, said = EventStore(name="s", **settings), []
    redact = Redactor()
    redact.add(TOKEN)
    store.outgoing = Outgoing(redact, said.append)
    store.add_events({"type": f"t-{text}", "id": f"i-{text}", "message": text, "n": n, "d": {"m": text}}
                     for n, text in enumerate(texts))  # fmt: skip
    return store, said


@given(st.lists(st.sampled_from(["plain", TOKEN, f"see {TOKEN}!", "tok%2Fen%2B1234", "ünï"]), max_size=12),
       st.integers(1, 12), st.integers(0, 3))  # fmt: skip
def test_every_text_is_masked(texts: list[str], max_rows: int, skip: int) -> None:
    """As the redactor would each alone, also of some of the rows; numbers, times and `seq` stay."""
    store, said = kept(texts, max_rows=max_rows)
    before = store.df
    of = store.where(f"data.n >= {skip} and data.n != 5")
    snapshot = of._snapshot()
    out = store.outgoing(snapshot)
    redact = store.outgoing._redact
    assert redact is not None
    expected = of.to_pandas(expand=["n", "d.m"])
    for name in expected.columns:
        if expected[name].dtype == "str":
            expected[name] = expected[name].map(redact, na_action="ignore").astype("str")
    pd.testing.assert_frame_equal(expected, out.frame(["n", "d.m"]))
    pd.testing.assert_frame_equal(before, store.df)
    hit = sum("1234" in text for text in of.df["message"])
    assert (out is snapshot) == ("1234" not in "".join(store.df["message"]))
    assert [f" {hit:,} of "] * (hit > 0) == [
        word for word in (f" {hit:,} of ",) for line in said if word in line
    ]


texts = st.sampled_from(["plain", TOKEN, f"see {TOKEN}!", "tok%2Fen%2B1234", "\ud800", ""])
told = st.recursive(
    st.none() | (st.integers() | st.floats()).filter(lambda number: "1234" not in repr(number)) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(told)
def test_what_a_page_is_told_is_masked(value: Any) -> None:
    """In each of its texts and names, and nothing else of it is changed; without a secret it is itself."""
    store, _ = kept([])
    out = store.outgoing.told(value)
    assert "1234" not in repr(out)
    if "1234" not in repr(value):
        assert out is value
    assert repr(Outgoing().told(value)) == repr(value)


def test_what_was_typed_there_is_not_masked() -> None:
    """A page must know again what it asked for; who typed it knows it anyway."""
    store, _ = kept([])
    out = store.outgoing.told({"typed": TOKEN, "items": [[TOKEN]]})
    assert {"typed": TOKEN, "items": [["***"]]} == out


def test_what_has_no_secret_is_not_copied() -> None:
    """Nothing is made anew where none stands; of several segments only that in which one does."""
    store, said = kept(["a", "b"])
    assert (snapshot := store._snapshot()) is store.outgoing(snapshot)
    store, said = kept([f"text {n}" for n in range(3_000)], max_bytes=2**18)
    store.add_event({"type": "x", "message": TOKEN})
    before = store._snapshot().version.segments
    after = store.outgoing(store._snapshot()).version.segments
    assert len(before) > 2
    assert [True] * (len(before) - 1) + [False] == [
        one is other for one, other in zip(before, after, strict=True)
    ]
    assert ["a known secret stood in 1 of the rows that were written: there it is masked"] == said


def test_many_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are known: each is masked."""
    monkeypatch.setattr(outgoing, "AT_ONCE", 3)
    store, _ = kept([f"say token{n:03}x" for n in range(20)])
    for n in range(20):
        store.outgoing._redact.add(f"token{n:03}x")
    assert ["say ***"] * 20 == store.outgoing(store._snapshot()).frame()["message"].tolist()


def test_a_name_that_is_a_secret() -> None:
    """Names of sources are masked too, and stay apart."""
    store, _ = kept(["a"])
    rows = store.events
    store.take([changed(row, source=source, seq=-1) for row in rows for source in (TOKEN, "tok%2Fen%2B1234")])
    assert ["***", "***-2", "s"] == sorted(store.outgoing(store._snapshot()).frame()["source"])


def test_all_doors_of_a_store(tmp_path: Path) -> None:
    """Parquet, CSV and CloudEvents, of a store and of a view."""
    store, _ = kept(["plain", TOKEN])
    for of in (store, store.where("data.n >= 0"), store.since("1h").where("data.n >= 0")):
        of.to_parquet(tmp_path / "a.parquet", expand=["n"])
        read = pd.read_parquet(tmp_path / "a.parquet")
        assert ["plain", "***"] == read["message"].tolist()
        assert [0, 1] == read["data.n"].tolist()
        for text in (of.to_csv(), of.to_cloudevents(), read.to_csv()):
            assert TOKEN not in str(text)
            assert "***" in str(text)


def test_a_verbose_traceback_has_no_part_of_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong while secrets are looked for: no frame of that is shown, with its locals."""
    redact, store = Redactor(), EventStore()
    redact.add("sesame0open0sesame")
    store.add_event({"type": "edit"})

    def fails(texts: Any, pattern: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sse_notebook.store.outgoing.pc.match_substring_regex", fails)
    with pytest.raises(KeyboardInterrupt) as caught:
        Outgoing(redact)(store._snapshot())
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert "sesame" not in shown
