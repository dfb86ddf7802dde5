"""Regular expressions: what `re` says, in time proportional to the text."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support import examples

from sse_notebook.errors import FilterError
from sse_notebook.filters.regex import LONGEST, MOST_MOVES, Regex

atoms = st.sampled_from(
    [
        *("a", "b", "é", ".", r"\d", r"\W", r"\s", r"\w", "[ab]", "[^a]", "[]x]", r"[\]\d-]", r"\.", r"\x61"),
        *(
            r"\n",
            "\n",
            "^",
            "$",
            r"\b",
            r"\B",
            r"\A",
            r"\Z",
            "{",
            "}",
            "]",
            " ",
            r"\u00e9",
            "ß",
            "K",
            "\u212a",
        ),
    ]
)
repeats = st.sampled_from(
    ["", "", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{,2}", "{1,}", "{0}", "{,}"]
)


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        st.lists(inner, max_size=3).map("".join)
        | st.tuples(inner, inner).map("|".join)
        | st.tuples(st.sampled_from(["({})", "(?:{})", "(?P<n>{})"]), inner, repeats).map(
            lambda each: each[0].format(each[1]) + each[2]
        )
    )


single = st.tuples(atoms, repeats).map("".join)
patterns = st.tuples(
    st.sampled_from(["", "", "(?i)", "(?m)", "(?s)", "(?a)", "(?ims)"]),
    st.recursive(single, _joined, max_leaves=6),
).map("".join)
texts = st.text(alphabet="abAé1 _.\nßKk\u212ax{]", max_size=9)


@given(patterns, texts)
@example(r"\B", "")
@example("a$", "a\n")
@example(r"a\Z", "a\n")
@example("(?m)^a$", "b\na\nb")
@example(r"\b\n\B", "\n")
@examples(600)
def test_says_what_re_says(pattern: str, text: str) -> None:
    """Any expression that is supported finds exactly what `re.search` finds."""
    try:
        expected = re.search(pattern, text) is not None
    except re.error:
        with pytest.raises(FilterError):
            Regex(pattern)
        return
    regex = Regex(pattern)
    assert expected == regex.search(text)
    assert expected == regex.search(text)  # by memory


def test_memory_is_bounded() -> None:
    """Texts of ever new letters: what is remembered is forgotten in time, and the answers stay right."""
    regex = Regex("[^x]*y")
    for start in range(0, 60_000, 1_000):
        letters = "".join(chr(0x10000 + start + each) for each in range(1_000))
        assert (False, True) == (regex.search(letters), regex.search(f"{letters}y"))
    assert sum(map(len, regex._states.values())) <= MOST_MOVES


CATASTROPHIC = [
    "(a+)+b",
    "(a|a)*b",
    "(a|aa)+$",
    "(.*)*x",
    "(a?){30}a{30}b",
    "([a-z]+)*1",
    r"^(\w+\s?)*$",
    ".*.*.*x",
]


def seconds(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize("pattern", CATASTROPHIC)
def test_time_is_proportional(pattern: str) -> None:
    """Eight times the text takes no more than some eight times as long (quadratic: 64 times)."""
    regex = Regex(pattern)
    short, long = "a" * 40_000 + "!", "a" * 320_000 + "!"
    regex.search(short)
    assert seconds(lambda: regex.search(long)) < 32 * seconds(lambda: regex.search(short))


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        ("(?=a)b", "lookaround"),
        ("(?<!a)b", "lookaround"),
        (r"(a)\1", "references"),
        ("(?P<n>a)(?P=n)", "references"),
        ("a++", "gives nothing back"),
        ("(?>a)", "not supported"),
        ("(?i:a)", "at the beginning"),
        ("(?x)a b", "at the beginning"),
        ("(x{1000}){1000}", "too large"),
        ("(((){2000}){2000}){2000}", "too large"),
        ("(?:){2001}", "too large"),
        ("[", "no regular expression"),
        ("a{99999999999999999999}", "no regular expression"),
        ("(" * 400 + ")" * 400, "too deep"),
        ("x" * (LONGEST + 1), "characters"),
    ],
)
def test_refused(pattern: str, word: str) -> None:
    """What is not supported, and what is too large, is refused in words."""
    with pytest.raises(FilterError, match=word):
        Regex(pattern)
