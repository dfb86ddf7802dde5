"""Many blocks at a time: a form takes all of a text, or none of it."""

from __future__ import annotations

import pytest

from sse_notebook.wire import Decoder
from sse_notebook.wire.blocks import BLOCK, form_of

FIELDS = {"id": "1", "event": "e", "data": "x"}


def block(names: tuple[str, ...], space: str = " ", **values: str) -> str:
    return "".join(f"{name}:{space}{values.get(name, FIELDS[name])}\n" for name in names) + "\n"


ORDERS = [
    *[("data",), ("id", "data"), ("event", "data"), ("data", "id")],
    *[("id", "event", "data"), ("event", "id", "data"), ("event", "data", "id")],
]
each_order = pytest.mark.parametrize("names", ORDERS, ids="-".join)
spaced = pytest.mark.parametrize("space", ["", " "], ids=["no space", "a space"])


@spaced
@each_order
def test_a_form_takes_its_own(names: tuple[str, ...], space: str) -> None:
    """Blocks of the form that the first one has are taken at once, as the decoder reads them."""
    text = "".join(block(names, space, data=f"x{n}", id=str(n)) for n in range(3))
    form = form_of(text)
    assert form is not None
    assert Decoder("0")._take_lines(text) == form.take(text, 0, len(text), "0")


@spaced
@each_order
@pytest.mark.parametrize(
    "odd",
    [
        *(
            "\n",
            ": comment\n\n",
            "retry: 1\n\n",
            "foo: x\n",
            "data: a\ndata: b\n\n",
            "data:\n\n",
            "data: \n\n",
        ),
        *(
            "id:\ndata: x\n\n",
            "id\ndata: x\n\n",
            "event:\ndata: x\n\n",
            "data\n\n",
            "event: e\n\n",
            "id: 9\n\n",
        ),
    ],
)
def test_and_nothing_else(names: tuple[str, ...], space: str, odd: str) -> None:
    """Anything else among them, and it takes none."""
    usual = block(names, space)
    form = form_of(usual)
    assert form is not None
    for text in (odd + usual, usual + odd, usual + odd + usual):
        assert form.take(text, 0, len(text), "") is None


@each_order
def test_another_order_is_another_form(names: tuple[str, ...]) -> None:
    """A form takes no block of another order, and none with the other spacing."""
    form = form_of(block(names))
    assert form is not None
    for other in (*(block(each) for each in ORDERS if each != names), block(names, "")):
        assert form.take(block(names) + other, 0, len(block(names) + other), "") is None


def test_a_second_space_is_the_values() -> None:
    """Only one space after the colon is taken away."""
    form = form_of("data: x\n\n")
    assert form is not None
    events = form.take("data:  y\n\n", 0, 10, "")
    assert events is not None
    assert [" y"] == [event.data for event in events]


def test_a_part_of_a_text() -> None:
    """What stands before and behind the part is not looked at; an empty part has no events."""
    text = "foo\n" + block(("data",)) + "bar\n"
    form = form_of(text)
    assert form is not None
    events = form.take(text, 4, len(text) - 4, "7")
    assert events is not None
    assert [("message", "x", "7", None)] == [(e.event, e.data, e.id, e.own_id) for e in events]
    assert form.take(text, 4, 4, "7") == []
    assert form.take(text, 0, 4, "7") is None


def test_no_form() -> None:
    """A text without a usual block has no form."""
    assert (None, None) == (form_of(""), form_of(": c\n\ndata: a\ndata: b"))


def test_a_text_is_found_once_from_end_to_end() -> None:
    """Whatever the lines, all of them are found, in order, and none twice."""
    text = "foo\n: c\nid: 1\nevent: e\ndata: x\n\n\n\ndata: a\ndata: b\n\nevent: q\n"
    assert text == "".join(match.group() for match in BLOCK.finditer(text))


def test_a_server_that_changes_its_form() -> None:
    """A decoder that has learned a form reads all that follows, whatever it is; and learns another."""
    decoder, plain = Decoder(), Decoder()
    texts = [block(names, data=f"{n}") * 3 for n, names in enumerate(ORDERS * 5)]
    for text in texts:
        assert plain._take_lines(text) == decoder.feed(text.encode())
        assert plain.last_event_id == decoder.last_event_id
