"""Many blocks at a time: a form takes all of a text, or none of it."""

from __future__ import annotations

import pytest

from sse_notebook.wire import Decoder, ServerSentEvent
from sse_notebook.wire.blocks import BLOCK, form_of
from sse_notebook.wire.decoder import MIXED

Taken = tuple[list[ServerSentEvent], int, int]
FIELDS = {"id": "1", "event": "e", "data": "x"}


def block(names: tuple[str, ...], space: str = " ", **values: str) -> str:
    return "".join(f"{name}:{space}{values.get(name, FIELDS[name])}\n" for name in names) + "\n"


def as_lines(text: str, last_event_id: str = "") -> Taken:
    """What reading line by line gives: events, how many comments, how many lines."""
    decoder = Decoder(last_event_id)
    return decoder._take_lines(text), decoder.comments, text.count("\n")


def same(expected: Taken | None, found: Taken | None) -> bool:
    """Whether these are the same events, own ids included, and as many comments and lines."""
    return expected == found and (
        expected is None
        or found is None
        or [event.own_id for event in expected[0]] == [event.own_id for event in found[0]]
    )


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
    assert same(as_lines(text, "0"), form.take(text, "0"))


@spaced
@each_order
@pytest.mark.parametrize(
    "odd",
    [
        *("retry: 1\n\n", "foo: x\n", "data: a\ndata: b\n\n", "data:\n\n", "data: \n\n", "foo\n: c\n"),
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
        assert form.take(text, "") is None


@each_order
def test_another_order_is_another_form(names: tuple[str, ...]) -> None:
    """A form takes no block of another order, and none with the other spacing."""
    form = form_of(block(names))
    assert form is not None
    for other in (*(block(each) for each in ORDERS if each != names), block(names, "")):
        assert form.take(block(names) + other, "") is None


@spaced
@each_order
@pytest.mark.parametrize("lone", [": c\n\n", ":\n", "\n", "\n\n: c\n: data: d\n\n\n"])
def test_comments_and_blank_lines_between_blocks(names: tuple[str, ...], space: str, lone: str) -> None:
    """They stand anywhere between the blocks that a form takes; comments are counted."""
    usual = block(names, space)
    form = form_of(lone + usual)
    assert form is not None
    for text in (lone + usual, usual + lone, usual + lone + usual * 2 + lone * 2 + usual, lone):
        assert same(as_lines(text, "7"), form.take(text, "7"))


@spaced
@each_order
def test_lines_that_end_in_cr_lf(names: tuple[str, ...], space: str) -> None:
    """Such a form takes its own, with comments; a lone CR or LF anywhere, and it takes nothing."""
    text = "".join(f": c\n\n{block(names, space, data=f'x{n}', id=str(n))}" for n in range(3))
    form = form_of(text, "\r\n")
    assert form is not None
    wire = text.replace("\n", "\r\n")
    assert same(as_lines(text, "0"), form.take(wire, "0"))
    for at in range(len(wire)):
        for changed in (wire[:at] + "\r" + wire[at:], wire[:at] + "\n" + wire[at:]):
            if (found := form.take(changed, "0")) is not None:  # as far as it is another line's end
                plain = changed.replace("\r\n", "\n").replace("\r", "\n")
                assert same(as_lines(plain, "0"), found), at
        for changed in (wire[:at] + wire[at + 1 :], wire[:at] + "x" + wire[at:]):
            if (found := form.take(changed, "0")) is not None:
                plain = changed.replace("\r\n", "\n").replace("\r", "\n")
                assert same(as_lines(plain, "0"), found), at


def test_a_comment_that_a_cr_ends() -> None:
    """What follows a CR in what looks like a comment is another line."""
    form = form_of("data: x\n\n", "\r\n")
    assert form is not None
    for odd in (": c\rdata: y\r\n\r\n", ": c\r: d\r\n\r\n", "\r\n: c\rretry: 5\r\n"):
        assert form.take(odd + "data: x\r\n\r\n", "") is None


@spaced
@each_order
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CR LF"])
def test_data_in_several_lines(names: tuple[str, ...], space: str, end: str) -> None:
    """A form whose first block has several lines of data takes any number of them, empty ones too."""
    data = f"a\ndata:{space}"
    text = "".join(block(names, space, data=f"{data * n}b") for n in (1, 0, 4)) + block(
        names, space, data=f"{data}\ndata:{space}"
    )
    form = form_of(text, end)
    assert form is not None
    assert same(as_lines(text, "0"), form.take(text.replace("\n", end), "0"))
    other = block(names, space, data=f"a\ndata:{'' if space else ' '}b")
    assert form.take((text + other).replace("\n", end), "0") is None


def test_a_second_space_is_the_values() -> None:
    """Only one space after the colon is taken away."""
    form = form_of("data: x\n\n")
    assert form is not None
    assert ([ServerSentEvent("message", " y")], 0, 2) == form.take("data:  y\n\n", "")


def test_an_id_that_holds_is_nobodys_own() -> None:
    """Events of a form without ids have the id that held before; an empty text has no events."""
    form = form_of(block(("data",)))
    assert form is not None
    found = form.take(block(("data",)), "7")
    assert found is not None
    assert [("message", "x", "7", None)] == [(e.event, e.data, e.id, e.own_id) for e in found[0]]
    assert ([], 0, 0) == form.take("", "7")


def test_no_form() -> None:
    """A text without a usual block has no form."""
    assert (None, None) == (form_of(""), form_of(": c\n\ndata: a\ndata: b"))


def test_a_form_is_kept_over_comments() -> None:
    """A comment now and then, as servers send them in silence, is no reason to go block by block."""
    decoder = Decoder()
    decoder.feed(block(("id", "data")).encode() * 3)
    form = decoder._form
    decoder.feed(b": ping\n\n" + block(("id", "data")).encode() + b": ping\n\n")
    assert (form, 0, 2) == (decoder._form, decoder._mixed, decoder.comments)
    assert form is not None


def test_line_ends_that_change_are_another_form() -> None:
    """A server whose lines end in another way than before is learned anew, either way."""
    decoder = Decoder()
    usual = block(("id", "data")).encode()
    for end in (b"\n", b"\r\n", b"\n"):
        for _ in range(MIXED + 2):
            decoder.feed(usual.replace(b"\n", end))
        assert decoder._form is not None
        assert end.decode() == decoder._form.end


def test_a_text_is_found_once_from_end_to_end() -> None:
    """Whatever the lines, all of them are found, in order, and none twice."""
    text = (
        "foo\n: c\nid: 1\nevent: e\ndata: x\n\n\n\ndata: a\ndata: b\n\n"
        ": c\n\nretry: 1\n: d\ndata: x\n\n: e\nevent: q\n"
    )
    assert text == "".join(match.group() for match in BLOCK.finditer(text))


def test_a_server_that_changes_its_form() -> None:
    """A decoder that has learned a form reads all that follows, whatever it is; and learns another."""
    decoder, plain = Decoder(), Decoder()
    texts = [block(names, data=f"{n}") * 3 for n, names in enumerate(ORDERS * 5)]
    for text in texts:
        assert plain._take_lines(text) == decoder.feed(text.encode())
        assert plain.last_event_id == decoder.last_event_id
