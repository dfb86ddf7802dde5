"""What a stream's payloads are read as: what is learned is quicker, and nothing else."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_notebook.events import Event, Vocabulary
from sse_notebook.events.shapes import ANY, ENOUGH, LONGEST, MOST, TIMES, Shapes
from sse_notebook.wire import ServerSentEvent

EDIT = {"type": "edit", "n": 1, "data": {"message": "moved", "x": [1, {"y": 2}]}}


def texts(payload: dict[str, Any], number: int = ENOUGH) -> list[str]:
    return [json.dumps(payload)] * number


def shape_of(shapes: Shapes, payload: dict[str, Any]) -> Any:
    return shapes.read(texts(payload))[1]


def learned(*payloads: dict[str, Any]) -> Shapes:
    shapes = Shapes()
    for payload in payloads:
        shapes.read(texts(payload))
    return shapes


def test_few_teach_nothing() -> None:
    """It takes a read of some size; one that was learned then is read as itself."""
    shapes = Shapes()
    for _ in range(3):
        assert shapes.read(texts(EDIT, ENOUGH - 1))[1] is ANY
    shapes.read(texts(EDIT))
    found, shape = shapes.read(texts(EDIT, 1))
    assert ("type", "n", "data") == shape.top.__struct_encode_fields__
    assert ("edit", "moved") == (found[0].type, found[0].data.message)


def test_what_is_no_part_of_the_envelope_is_no_object() -> None:
    """Such fields are passed over: not one of their values is made."""
    (edit, *_), _ = learned(EDIT).read(texts(EDIT))
    assert (b"1", b'[1, {"y": 2}]') == (bytes(edit._1), bytes(edit.data._1))


def test_a_new_field_is_learned() -> None:
    """The read that brings it is read as any is; the next ones as what was learned."""
    shapes = learned(EDIT)
    assert shape_of(shapes, {**EDIT, "level": "warn"}) is ANY
    shape = shape_of(shapes, {**EDIT, "level": "warn"})
    assert "level" in shape.top.__struct_fields__
    assert shape is shape_of(shapes, EDIT)


def test_what_is_broken_teaches_nothing() -> None:
    """It has no struct, and what was learned stays."""
    shapes = learned(EDIT)
    known = shape_of(shapes, EDIT)
    found, shape = shapes.read(
        [*texts(EDIT, 2), "{[DONE]}", '"a text"', '{"type": "\ud800"}', *texts(EDIT, 1)]
    )
    assert shape is known
    assert [False, False, True, True, True, False] == [one is None for one in found]


@pytest.mark.parametrize(
    "payload",
    [
        {f"f{n}": n for n in range(MOST + 1)},
        {"data": {f"f{n}": n for n in range(MOST + 1)}},
        {'a "quoted" name': 1},
        {"back\\slash": 1},
        {"a\nline": 1},
        {"data": {"\x00": 1}},
        {"x" * (LONGEST + 1): 1},
    ],
    ids=[
        "many fields",
        "many nested fields",
        "quotes",
        "a backslash",
        "a line feed",
        "nested NUL",
        "a long name",
    ],
)
def test_what_can_not_be_learned(payload: dict[str, Any]) -> None:
    """Then all is read as anything may be, for good."""
    for shapes in (learned(payload), learned(EDIT, payload)):
        assert shape_of(shapes, EDIT) is shape_of(shapes, EDIT) is ANY


def test_always_new_fields_end_it() -> None:
    """Names that are data, as the ids of what they are about, are not learned for ever."""
    shapes = Shapes()
    found = [shape_of(shapes, {"type": "edit", f"id-{n}": n}) for n in range(2 * TIMES)]
    assert found[-1] is ANY
    assert shape_of(shapes, {"type": "edit"}) is ANY


NAMES = st.sampled_from(
    ["type", "message", "data", "metadata", "_1", "x", "$id", "with space", "ä", "\ufb00", ""]
)
PAYLOADS = st.dictionaries(
    NAMES,
    st.none() | st.integers() | st.text(max_size=3) | st.dictionaries(NAMES, st.integers(), max_size=4),
    max_size=6,
)


@given(st.lists(PAYLOADS, min_size=1, max_size=5), PAYLOADS)
def test_whatever_was_learned(before: list[dict[str, Any]], payload: dict[str, Any]) -> None:
    """A payload gives the fields of the envelope that `ANY` finds in it."""
    found, shape = learned(*before).read(texts(payload, 2))
    for one, general in zip(found, ANY.read(texts(payload, 2))[0], strict=True):
        if one is None:  # it is read by itself
            continue
        assert envelope(one, shape) == envelope(general, ANY)


def envelope(one: Any, shape: Any) -> dict[str, Any]:
    """What a struct has of the envelope."""
    said = {name: getattr(one, name) for name in one.__struct_fields__ if name in ANY.top.__struct_fields__}
    for name, kind in shape.nested.items():
        if type(said.get(name)) is kind:
            inner = said[name]
            said[name] = {
                n: getattr(inner, n) for n in ("type", "message") if getattr(inner, n, None) is not None
            }
    return {name: value for name, value in said.items() if value is not None}


def test_several_threads_learn() -> None:
    """Streams that share a vocabulary may have different shapes: each row is what its own payload says."""
    by = Vocabulary()
    payloads = [{"type": f"t{n}", f"f{n}": n, "message": f"m{n}"} for n in range(8)]
    wrong: list[Event] = []

    def read(payload: dict[str, Any]) -> None:
        messages = [ServerSentEvent(data=text) for text in texts(payload)]
        for _ in range(50):
            rows = by.read_all(messages, received_us=1).rows
            wrong.extend(
                row for row in rows if (row.type, row.message) != (payload["type"], payload["message"])
            )

    threads = [threading.Thread(target=read, args=(payload,)) for payload in payloads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
