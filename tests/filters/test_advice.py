"""What is said of a clause is the same before and afterwards, and what is proposed is right."""

from __future__ import annotations

from typing import Any

import pytest

import sse_notebook as sse
from sse_notebook.filters.advice import an, small_letters
from sse_notebook.filters.language import parse


def both(what: str, *said: dict[str, Any]) -> tuple[list[str], list[str]]:
    """What `validate` and `explain` say of it."""
    store = sse.EventStore()
    store.add_events([{"event_type": "edit"} | each for each in said])
    return [each.text for each in sse.where(what).validate(store)], store.explain(what).suggestions


@pytest.mark.parametrize("what", ['lower(status) == "Failed"', 'startswith(lower(status), "Fail")'])
def test_small_letters(what: str) -> None:
    """What has none is asked for capitals: both say so, and neither proposes these again."""
    before, after = both(what, {"status": "Failed"}, {"status": "ok"})
    (said,) = before
    assert said.startswith("lower() leaves no capitals: write ")
    assert f"`{what}`: {said}" in after
    assert not [each for each in after if "did you mean" in each]


def test_capitals_among_others() -> None:
    """Of a list some members of which have none, nothing is said."""
    assert small_letters(parse('lower(status) in ["Failed", "ok"]'), ["Failed", "ok"]) is None


def test_digits_are_not_ordered_as_texts() -> None:
    """ "9" is above "10": that a number becomes a text is no remedy."""
    before, after = both("data.exit > 99", {"exit": "137"}, {"exit": "1"})
    assert [
        "data.exit is text, compared with a number: `>` orders numbers among numbers, texts among texts; "
        'of digits a callable makes numbers: where("has(data.exit)") & '
        'where(lambda event: float(event.data["exit"]) > 99)'
    ] == before
    assert (
        '`data.exit` is text in 100% ("137"): `>` orders numbers among numbers, texts among texts; '
        'of digits a callable makes numbers: where(lambda event: float(event.data["exit"]) > 99)'
    ) in after
    store = sse.EventStore()
    store.add_events(
        [{"event_type": "x", "exit": "137"}, {"event_type": "x"}, {"event_type": "x", "exit": "1"}]
    )
    said = sse.where("has(data.exit)") & sse.where(lambda event: float(event.data["exit"]) > 99)
    assert [0] == store.where(said).df.index.tolist()  # as it stands there
    assert ['data.exit is text, compared with a number: data.exit == "99"'] == both(
        "data.exit == 99", {"exit": "137"}
    )[0]


def test_a_member_of_a_list() -> None:
    """One that is misspelt, beside one that is there."""
    said = 'no event has project_id "p1"; did you mean "p-1" (2 events)?'
    before, after = both(
        'project_id in ["p-1", "p1", "p-9"]', {"project_id": "p-1"}, {"project_id": "p-1"}, {}
    )
    assert [said] == before
    assert said in after


def test_shares_are_of_the_values() -> None:
    """What has no value is no part of what they are counted among."""
    _, after = both("data.port == 8080", {"port": "8080"}, {"port": 8080}, {}, {})
    assert '`data.port` is text in 50% of the values ("8080")' in after[0]


def test_articles() -> None:
    """As they are spoken."""
    assert ["an id", "a url", "an event_type", "a severity"] == [
        an(name) for name in ("id", "url", "event_type", "severity")
    ]
    assert ["no event has an id"] == both('id == "7"', {})[0]
