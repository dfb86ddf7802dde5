"""`journal.lines`: a row is a line, and a line a row; what is cut loses what was cut, and no other."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import examples

from sse_notebook.events.batch import Batch
from sse_notebook.journal import lines as module
from sse_notebook.journal.lines import lines_of, table_of
from sse_notebook.source.redactor import Redactor
from sse_notebook.store import EventStore
from sse_notebook.store.tables import SCHEMA

TEXTS = st.text(max_size=20) | st.sampled_from(["\ud800 half", "\n", "\u2028", '"', "\\", "\x00", "é" * 9])
PAYLOADS = st.fixed_dictionaries(
    {"type": TEXTS},
    optional={
        "message": TEXTS,
        "timestamp": st.integers(-(2**40), 2**40),
        "priority": st.integers(1, 5),
        "severity": st.sampled_from(["info", "error", "odd"]),
        "workload_id": TEXTS,
    },
)


def batch(*payloads: dict[str, Any]) -> Batch:
    store = EventStore(name="s")
    return store.take(EventStore(name="s").add_events(payloads))


def one(**payload: Any) -> Batch:
    return batch({"type": "edit", **payload})


@given(st.lists(PAYLOADS, max_size=9))
@examples(200)
def test_what_is_read_is_what_was_written(payloads: list[dict[str, Any]]) -> None:
    """Each value of each column is there again; half a character is a question mark, as in the store."""
    rows = batch(*payloads)
    table, read, bad = table_of(lines_of(rows))
    assert (len(rows), 0, len(lines_of(rows))) == (table.num_rows, bad, read)
    assert table.schema == SCHEMA
    store = EventStore(name="s")
    store.take(rows)
    expected = store.to_arrow(expand=[])
    for name in SCHEMA.names:
        column = expected.column(name)
        texts = column.cast(SCHEMA.field(name).type) if len(rows) else SCHEMA.empty_table().column(name)
        assert texts.to_pylist() == table.column(name).to_pylist(), name


@given(st.lists(PAYLOADS, min_size=1, max_size=5), st.data())
@examples(100)
def test_cut_anywhere(payloads: list[dict[str, Any]], data: st.DataObject) -> None:
    """Of lines that are cut at any byte all whole lines are rows, and the rest is not even looked at."""
    lines = lines_of(batch(*payloads))
    cut = lines[: data.draw(st.integers(0, len(lines)))]
    table, read, bad = table_of(cut)
    assert (cut.count(b"\n"), 0) == (table.num_rows, bad)
    assert cut.rfind(b"\n") + 1 == read


@pytest.mark.parametrize(
    "wrong", [b"{}\n", b"[1]\n", b"\xff\xfe\n", b'["1"' + b',""' * 18 + b"]\n", b"[" * 9_999 + b"\n"]
)
def test_a_line_that_is_no_row_is_counted(wrong: bytes) -> None:
    """Those before and after it are rows."""
    first, second = lines_of(one(n=1)), lines_of(one(n=2))
    table, read, bad = table_of(first + wrong + second)
    assert (2, 1, len(first + wrong + second)) == (table.num_rows, bad, read)


def test_many_lines_are_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, in order, whatever the parts are."""
    monkeypatch.setattr(module, "PART", 3)
    rows = batch(*({"type": "edit", "n": n} for n in range(10)))
    table, _, _ = table_of(lines_of(rows))
    assert list(range(10)) == table.column("seq").to_pylist()
    assert pa.types.is_large_string(table.schema.field("data").type)


def test_a_known_secret_is_in_no_line() -> None:
    """Wherever it stands; what has none is as it was."""
    redact = Redactor()
    redact.add("s3cret-token")
    rows = batch({"type": "s3cret-token", "message": "a s3cret-token", "x": "s3cret-token"}, {"type": "ok"})
    lines = lines_of(rows, redact)
    assert b"s3cret" not in lines
    assert lines_of(rows).splitlines()[1] == lines.splitlines()[1]
    assert "a ***" == table_of(lines)[0].column("message")[0].as_py()
