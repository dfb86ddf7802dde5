"""The language: what is read, what is refused, and how that is said."""

from __future__ import annotations

import ast
import gc
import sys
import time
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import examples

from sse_notebook.errors import ArgumentError, FilterError
from sse_notebook.filters.language import parse
from sse_notebook.filters.source import BRACKETS, LONGEST
from sse_notebook.filters.tree import FALSE, TRUE, Compare, Field, Value


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ('event_type == "build_failed" and data.duration > 30', None),
        ("5 < data.x <= 7", "data.x > 5 and data.x <= 7"),
        ("1 < data.x < data.y", "data.x > 1 and data.x < data.y"),
        ('"5m" > age()', "age() < 300"),
        ('age() >= "1h30m"', "age() >= 5400"),
        ('age(timestamp) < "5m"', "age() < 300"),
        ('"5m" > age(received_at)', "age(received_at) < 300"),
        ("data.x == None", "not has(data.x)"),
        ("None != data.x", "has(data.x)"),
        ('data.x in [1, None, "a"]', 'not has(data.x) or data.x in [1, "a"]'),
        ("data.x not in (1, None)", "has(data.x) and data.x not in [1]"),
        ('status in {"a", "b", "a"}', 'status in ["a", "b"]'),
        ("not data.bot and after_gap", "not data.bot == True and after_gap == True"),
        ('"oom" in lower(message)', None),
        ('"x" not in data.tags', None),
        ("lower(status) == lower(data.state)", None),
        (r'matches(message, "\d+\.\w")', r'matches(message, "\\d+\\.\\w")'),
        (r'matches(message, r"\d")', r'matches(message, "\\d")'),
        ('message == "a" "b"', 'message == "ab"'),
        ("data.x == -1.5", None),
        ("data.x == +1", "data.x == 1"),
        ("data.x == 0x10", "data.x == 16"),
        ("data.x == 1e999", None),
        ('  project_id\n   == "p"\r\n and (has(id)\n or True)', 'project_id == "p" and (has(id) or True)'),
        ('status == "#" and message == "= && || !"', None),
        ("timestamp >= '2026-11-24T10:00'", 'timestamp >= "2026-11-24T10:00"'),
        ("data.type == 1 and data.id == 2 and data.data.x == 3", None),
    ],
)
def test_canonical(text: str, canonical: str | None) -> None:
    """What is read has one text, however it was written; None: it is that already."""
    tree = parse(text)
    assert (canonical or text) == str(tree)
    assert tree == parse(str(tree))


def test_constants() -> None:
    """`True` is every event, `False` none."""
    assert (TRUE, FALSE) == (parse("True"), parse("False"))


# text, with `^` below the place; what was expected; what was meant
POINTED = [
    ("""project_id = "p-1" """, "           ^", "expected an operator", "=="),
    ("""has(id) && has(status)""", "        ^", "expected an operator", "and"),
    ("""has(id) || has(status)""", "        ^", "expected an operator", "or"),
    ("""has(id) and !has(status)""", "            ^", "expected an operator", "not"),
    ("""status === "a" """, "       ^", "expected an operator", "=="),
    ("""status <> "a" """, "       ^", "expected an operator", "!="),
    ("""data.x => 5""", "       ^", "expected an operator", ">="),
    ("""status LIKE "a%" """, "       ^", "expected an operator", "matches(x, …)"),
    ("""has(id) AND has(status)""", "        ^", "expected an operator", "and"),
    ("""(id == "a") & (id == "b")""", "            ^", "& and | join filters", "and"),
    ("""~has(id)""", "^", "~ is for filters", "not"),
    ("""status == null""", "          ^", "no such field: null", "not has(x)"),
    ("""after_gap == true""", "             ^", "no such field: true", "True"),
    ("""data.x is None""", "       ^", "`is` compares nothing", "not has(data.x)"),
    ("""data.x is not None""", "       ^", "`is` compares nothing", "has(data.x)"),
    ("""projectId == "p" """, "^", "no such field: projectId", "project_id"),
    ("""has(id) and severty == "error" """, "            ^", "no such field: severty", "severity"),
    ("""duration > 30""", "^", "no such field: duration", "data.duration"),
    ("""event.type == "x" """, "^", "no such field: event", "type"),
    ("""payload.x == 1""", "^", "no such field: payload", "data.x"),
    ("""status.code == 1""", "^", "status has no fields", "data.code"),
    ("""startsWith(message, "a")""", "^", "no such function", 'startswith(message, "a")'),
    ("""exists(data.x)""", "^", "no such function", "has(data.x)"),
    ("""contains(message, "a")""", "^", "no such function", '"…" in x'),
    ("""message.startswith("a")""", "^", "no methods", "startswith(x, …)"),
    ("""status in "running" """, "          ^", "expected a list", 'in ["running"]'),
    ("""status == ["a"]""", "          ^", "a list goes with `in`", "status in […]"),
    ("""project_id""", "^", "expected a comparison", "has(project_id)"),
    ("""has("data.x")""", "    ^", "without quotes", None),
    ("""age() < "soon" """, "        ^", "a duration", None),
    ("""age(status) < 5""", "    ^", "the age of timestamp or received_at", None),
    ("""age(1) < 5""", "    ^", "expected a field", None),
    ("""age(timestamp, id) < 5""", "^", "expected age() <", None),
    ("""matches(message, "(a")""", "                 ^", "no regular expression", None),
    (r"""matches(id, "\d\w") and stat == 5""", "                        ^", "no such field: stat", "status"),
    ("""status ==""", "         ^", "expected an expression", None),
    ("""(status == "a" """, "^", "never closed", None),
    ("""message == "é世" and stat == 5""", "                     ^", "no such field: stat", "status"),
    ("""severity > warning""", "           ^", "a text stands in quotes", '"warning"'),
    ("""status == sttaus""", "          ^", "no such field: sttaus", "status"),
    ("""status != null""", "          ^", "no such field: null", "not has(x)"),
    ("""project_id == p-1""", "              ^", "a text stands in quotes", '"p-1"'),
    ("""timestamp > 2026-11-24""", "            ^", "a text stands in quotes", '"2026-11-24"'),
    ("""data.x == 1 - 2""", "          ^", "not arithmetic", None),
    ("""data.x == data.y-1""", "          ^", "not arithmetic", None),
    ("""age < "5m" """, "^", "no such field: age", "age()"),
    ("""age() < 5m""", "        ^", "a text in quotes", '"5m"'),
    ("""type == build.*""", "        ^", "a text in quotes", '"build.*"'),
    ("""has(id) and message ilike "a" """, "                    ^", "an operator", "matches(x, …)"),
    ("""data["x"] == 1""", "^", "not an index in []", "data.x"),
    ("""data["a b"] == 1""", "^", "asked for by a callable", None),
    ("""data["__class__"] == 1""", "^", "not an index in []", None),
    (""""status" == "failed" """, "^", "a field on one side", "status"),
    ("""has(id)  # why""", "         ^", "comments", None),
    ('''status == """a"""''', "          ^", "three quotes", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "caret", "said", "meant"), POINTED, ids=[each[0] for each in POINTED])
def test_errors_point(text: str, caret: str, said: str, meant: str | None) -> None:
    """An error shows the text, a caret below the place, what was expected and what was probably meant."""
    with pytest.raises(FilterError) as caught:
        parse(text)
    first, *lines = str(caught.value).splitlines()
    assert said in first
    assert [f"    {text}", f"    {caret}"] == lines[:2]
    assert ([] if meant is None else [f"did you mean {meant}?"]) == lines[2:]
    wide = sum(character == "世" for character in text)  # takes two columns of the screen
    assert len(caret) - 1 - wide == caught.value.column
    assert isinstance(caught.value, ValueError | ArgumentError)


def test_long_texts_are_shown_in_part() -> None:
    """Of a long text the part around the place is shown, and nothing that upsets a terminal."""
    text = " or ".join(['id == "a"'] * 500) + ' or idd == "\x1b[2J\u202e"'
    with pytest.raises(FilterError) as caught:
        parse(text)
    first, shown, caret, _ = str(caught.value).splitlines()
    assert "no such field: idd" == first
    assert len(shown) < 140
    assert shown[caret.index("^") :].startswith("idd")
    assert "\x1b" not in shown
    assert "\u202e" not in shown


HOSTILE = {
    "attribute": "().__class__.__bases__[0].__subclasses__()",
    "attribute of a field": 'data.__class__ == "x"',
    "attribute of a column": "status.__class__.__mro__ == 1",
    "attribute of a text": '"".join == 1',
    "dunder name": '__builtins__ == "x"',
    "dunder call": '__import__("os").system("touch /tmp/owned")',
    "call": 'open("/etc/passwd")',
    "call in a call": 'has(open("/etc/passwd"))',
    "call of a call": "has(id)()",
    "eval": 'eval("1")',
    "method": 'message.format("x") == "y"',
    "keyword": "has(x=id)",
    "stars": "has(*data.x)",
    "two stars": "has(**data.x)",
    "lambda": "lambda: 1",
    "lambda that is called": "(lambda: 1)()",
    "list comprehension": "[x for x in data.x]",
    "set comprehension": "status in {x for x in data.x}",
    "generator": "any(x for x in data.x)",
    "f-string": 'f"{status}" == "a"',
    "f-string in a list": 'status in [f"{id!r:>{5}}"]',
    "walrus": "(x := 1) == data.x",
    "starred": "data.x in [*data.y]",
    "await": "await data.x",
    "yield": "(yield)",
    "if": "has(id) if has(id) else has(id)",
    "index": 'data["x"] == 1',
    "slice": 'message[:5] == "a"',
    "dictionary": "data.x == {}",
    "dictionary in a list": "data.x in [{1: 2}]",
    "bytes": 'message == b"a"',
    "ellipsis": "data.x == ...",
    "complex": "data.x == 1j",
    "arithmetic": "data.x + 1 == 2",
    "power": "data.x == 9**9**9**9",
    "text times": 'message == "a" * 1_000_000_000',
    "formatting": 'message == "%1000000000d" % 1',
    "shift": "data.x == 1 << 10_000_000_000",
    "huge integer": "data.x == " + "9" * 50_000,
    "large integer": "data.x == " + "9" * 4_000,
    "huge hexadecimal": "data.x == 0x" + "f" * 90_000,
    "statement": "import os",
    "two statements": "has(id); has(id)",
    "assignment": "status = 1",
    "null character": "has(id)\0",
    "half a character": 'message == "\ud800"',
    "escaped half": r'message == "\ud800"',
    "bidi": "has(id) \u202e and has(id)",
    "nested parentheses": "(" * 5_000 + "has(id)" + ")" * 5_000,
    "open parentheses": "(" * 5_000,
    "open braces": "{" * 60 + "a:b",
    "not": "not " * 20_000 + "has(id)",
    "minus": "data.x == " + "-" * 90_000 + "1",
    "path": "data" + ".a" * 40_000 + " == 1",
    "sum": "data.x == 1" + " + 1" * 20_000,
    "lambdas": "lambda:" * 10_000 + "1",
    "ifs": "has(id) if 1 else " * 5_000 + "1",
    "long text": 'message == "' + "a" * 1_000_000 + '"',
    "megabyte": "has(id) or " * 100_000 + "has(id)",
    "megabyte of spaces": " " * 1_000_000,
    "nothing": "",
    "regex": r'matches(message, "(a+)+\\1")',
    "lookahead": 'matches(message, "(?=(a+)+)b")',
    "regex of repeats": 'matches(message, "((a{1000}){1000}){1000}")',
    "long regex": 'matches(message, "' + "a?" * 5_000 + '")',
    "deep regex": 'matches(message, "' + "(" * 5_000 + '")',
}


RAN: list[str] | None = None  # what Python said that it does, while it is a list

sys.addaudithook(lambda name, _: None if RAN is None else RAN.append(name))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.filterwarnings("ignore")
def test_hostile(text: str) -> None:
    """Refused with a short message and a caret; nothing runs, is opened, imported or called meanwhile."""
    global RAN
    RAN = ran = []
    try:
        with pytest.raises(FilterError) as caught:
            parse(text)
    finally:
        RAN = None
    assert set() == {"exec", "import", "open", "os.system", "subprocess.Popen", "socket.connect"} & set(ran)
    assert len(str(caught.value)) < 700
    assert "^" == str(caught.value).splitlines()[2].strip()


def test_brackets_are_counted() -> None:
    """Open brackets are refused before Python's parser sees them, at the first that is too many."""
    with pytest.raises(FilterError, match="too deep") as caught:
        parse('status == "(((" or ' + "(" * (BRACKETS + 3))
    assert 19 + BRACKETS == caught.value.column


def seconds(text: str) -> float:
    gc.disable()  # what it takes depends on what all other tests have left behind
    try:
        start = time.process_time()
        with pytest.raises(FilterError):
            parse(text)
        return time.process_time() - start
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("start", "middle", "end"),
    [
        ("", "(", ""),
        ("", "not ", "has(id) has(id)"),
        ("data.x == ", "-", "1 1"),
        ("data", ".a", " == 1"),
        ("", "has(id) or ", "x"),
        ("data.x", " < data.x", " < x"),
        ("data.x in [", "1, ", "x]"),
        ("", r'"\d" in id or ', "x"),
        ('message == "', r"\d", '" or x'),
        ("x == '", '"', ""),
        ("", "{", "a:b"),
        ("", "lambda:", "1"),
        ("", "== 1", ""),
        ("", "==1:", "("),
        ("data.x == ", "a-", "1"),
        ("x ==", "a", "*"),
    ],
)
def test_time_is_bounded(start: str, middle: str, end: str) -> None:
    """Sixteen times the text takes no more than some sixteen times as long (quadratic: 256 times)."""

    def text(size: int) -> str:
        return start + middle * (size // len(middle)) + end

    short, long = (min(seconds(text(size)) for _ in range(3)) for size in (6_000, 96_000))
    assert long < 96 * max(short, 0.001)
    assert min(seconds(text(10 * LONGEST)) for _ in range(3)) < 96 * max(short, 0.001)  # refused at once


def test_nothing_is_walked_with_getattr() -> None:
    """A path is looked up in the payload only: names of Python's methods are names of fields there."""
    assert Compare(Field("data.items"), "==", Value(1)) == parse("data.items == 1")


parts = st.sampled_from(
    [
        *(
            "has",
            "(",
            ")",
            "id",
            "data",
            ".x",
            " ",
            "==",
            "<",
            "in",
            "[",
            "]",
            ",",
            '"a"',
            "5",
            "not ",
            " and ",
        ),
        *(" or ", "\\", "'", "\n", "#", "é", "age()", "lower(", "None", "=", "&&", "is ", "\t", ":", "f"),
    ]
)


@given(st.text() | st.lists(parts).map("".join))
@examples(400)
def test_any_text(text: str) -> None:
    """Of any text comes a tree that parses back, or a FilterError whose column is in the text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = parse(text)
    except FilterError as error:
        assert error.column is None or 0 <= error.column <= len(text)  # noqa: PT017 - either will do
    else:
        assert tree == parse(str(tree))


def test_no_warnings() -> None:
    """Escapes that Python would warn about are read as they are meant, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tree = parse(r'matches(message, "\d") and "\." in message')
    assert r'matches(message, "\\d") and "\\." in message' == str(tree)
    assert ast.literal_eval(r'"\\d"') == r"\d"


@pytest.mark.parametrize(
    "text", ['"\\' * 49_000, "'\"\\" * 20_000, '"' + "\\" * 99_000, "'" * 2 + '"\\' * 40_000]
)
def test_quotes_that_nothing_closes_end_soon(text: str) -> None:
    """However many: each character is looked at once. (From each quote again would take minutes.)"""
    with pytest.raises(FilterError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "column"), [('status == "a', 10), ("status == 'it's'", 15), ('id == "a\nb"', 6)]
)
def test_a_quote_that_is_missing(text: str, column: int) -> None:
    """The caret stands under the quote that nothing closes."""
    with pytest.raises(FilterError, match="does not end") as error:
        parse(text)
    assert column == error.value.column
