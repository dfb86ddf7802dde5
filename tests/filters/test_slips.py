"""What people write by mistake with filters as values: words that say what to write."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import sse_notebook as sse
from sse_notebook.errors import ArgumentError, FilterError

F = sse.where("status == 'Failed'")
DF = pd.DataFrame({"STATUS": ["Failed"], "n": [3]})


def test_explained_on_nothing() -> None:
    """Of which events is said."""
    with pytest.raises(ArgumentError, match=r"f\.explain\(stream\)"):
        F.explain()


@pytest.mark.parametrize("used", [lambda: DF[F], lambda: DF.loc[F], lambda: F(DF)])
def test_a_filter_is_no_mask(used: Any) -> None:
    """In the brackets of a frame it says what belongs there."""
    with pytest.raises(FilterError, match=r"df\[f\.mask\(df\)\]"):
        used()


def test_joined_with_a_text() -> None:
    """On either side; with anything else it is Python's own error."""
    text: Any = "a.b == 3"
    for joined in (lambda: F & text, lambda: text & F):
        with pytest.raises(FilterError, match=r"f & where\('a.b == 3'\)"):
            joined()
    with pytest.raises(FilterError, match=r"f \| where"):
        F | text
    with pytest.raises(TypeError):
        F & 3  # type: ignore[operator]


def test_the_order_swapped() -> None:
    """A frame, or a store, where the filter belongs."""
    store: Any = sse.EventStore()
    for events in (DF, store):
        with pytest.raises(FilterError, match=r"which a filter is asked of: where\(…\)\.explain"):
            store.explain(events)


def test_a_frame_without_the_column() -> None:
    """It is said, and which it may be; `mask` finds nothing."""
    assert ["this frame has no column `status` (did you mean STATUS?)"] == F.explain(DF).notes
    assert "no column `status`" in repr(F.explain(DF))
    assert ["this frame has no column `data.n`, nor `data`, of which it could be read"] == sse.where(
        "data.n > 3"
    ).explain(DF[["STATUS"]]).notes
    assert (
        [] == sse.where("data.n > 3 and has(id)").explain(pd.DataFrame({"data": ["{}"], "id": ["a"]})).notes
    )
    assert [False] == F.mask(DF).tolist()


def test_a_callable_that_raises_in_a_view() -> None:
    """Its own error, with the filter's name and what tells more."""
    store = sse.EventStore()
    store.add_events([{"type": "edit"}])

    def large(event: sse.Event) -> Any:
        return event.data["size"] > 3

    view = store.where(large)
    with pytest.raises(KeyError) as caught:
        _ = view.df
    (note,) = caught.value.__notes__
    assert "large>: its explain() tells for how many events" in note
    assert "KeyError: 'size' for 1 event" in view.explain().suggestions[0]


@pytest.mark.parametrize("text", ["build.failed", "build.*", "*.failed", "order.paid", "build_failed"])
def test_a_type_as_on_and_silence_take_it(text: str) -> None:
    """Alone it is no expression: what is one is shown, and can be read."""
    with pytest.raises(FilterError) as caught:
        sse.where(f"{text} ")
    meant = str(caught.value).rpartition("did you mean ")[2].removesuffix("?")
    assert f'type == "{text}"' == meant == str(sse.where(meant))


@pytest.mark.parametrize("text", ["df.severity", "data.x*2", "a*b", "message.upper"])
def test_what_is_no_type_alone(text: str) -> None:
    """A column of something, arithmetic, a field of a column: nobody is told of types."""
    with pytest.raises(FilterError) as caught:
        sse.where(text)
    assert "type ==" not in str(caught.value)


def test_a_field_of_the_payload_as_a_keyword() -> None:
    """Keywords are columns: the expression is shown."""
    with pytest.raises(FilterError, match=r"an expression: where\('data\.duration == 30'\)"):
        sse.where(duration=30)
    with pytest.raises(FilterError, match="did you mean status"):
        sse.where(stauts="failed")
