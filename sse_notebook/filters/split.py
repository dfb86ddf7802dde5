"""A filter in two: what the server can be asked for, and what is left to be checked here.

The law: the server never holds back an event that the filter lets through. It is asked only for what is true
of each event that fits; what it can't do exactly is checked here as well. Of what the server lets through,
`local` lets through what the filter does.

A server compares texts: the four ids and kinds, each with one, and the type on the wire with several. There
the two vocabularies have two names for one thing, so that it is asked for both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from sse_notebook.events.types import ALIASES
from sse_notebook.filters.selection import FILTERS
from sse_notebook.filters.tree import And, Compare, Field, In, Node, Or, Value, all_of
from sse_notebook.filters.types import is_about_type, plain_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sse_notebook.events import Vocabulary
    from sse_notebook.filters.filter import Filter

__all__ = ["LONGEST", "Split", "split_tree"]

LONGEST: Final = 2_000  # characters that the server is asked with; proxies cut URLs off at some thousands

# Canonical type -> its names on the wire.
_WIRE: Final[dict[str, list[str]]] = {}
for _name, _meaning in ALIASES.items():
    _WIRE.setdefault(_meaning.type, []).append(_name)


class Split(NamedTuple):
    """What `Filter.split` gives.

    Attributes:
        server: query parameters of the platform's stream, by name; empty: it is asked for everything.
        local: what is left to be checked here; where every event of the server's fits, `where()`.

    Example:
        >>> from sse_notebook import where
        >>> where('type == "build_failed" and data.duration > 30', project_id="p-1").split()
        server: project_id=p-1 event_types=build_failed,build.failed
        here:   data.duration > 30
    """

    server: dict[str, str]
    local: Filter

    def __repr__(self) -> str:
        asked = " ".join(self._asked())
        left = "nothing: all that comes fits" if self.local.tree == And(()) else str(self.local)
        return f"server: {asked or 'everything'}\nhere:   {left}"

    def _asked(self) -> list[str]:
        return [f"{name}={_shown(value)}" for name, value in self.server.items()]

    def _repr_html_(self) -> str:
        from sse_notebook.filters.report_html import html_of_split  # which only a cell needs

        return html_of_split(self._asked(), "" if self.local.tree == And(()) else str(self.local))


def split_tree(tree: Node, vocabulary: Vocabulary | None = None) -> tuple[dict[str, str], Node]:
    """The server's part of a tree, as query parameters, and what is left.

    Args:
        tree: what is asked.
        vocabulary: how the server's messages are read; None: as the platform's. Where another reads types or
            resources in a way of its own, the server, which knows nothing of that, is not asked for them.
    """
    own = frozenset[str]() if vocabulary is None else vocabulary.own
    ids: dict[str, str] = {}
    wire: list[str] = []
    left: list[Node] = []
    for part in tree.parts if isinstance(tree, And) else (tree,):
        name, text = _asked(part)
        if name is not None and name not in own and name not in ids and _fits([*ids.values(), text, *wire]):
            ids[name] = text
            continue
        names, exactly = (None, False) if "type" in own else _wire_names(part)
        if names is not None:
            both = [each for each in wire if each in names] if wire else names
            if both and _fits(
                [*ids.values(), *both]
            ):  # none in common: nothing fits, which is found out here
                wire = both
                if exactly:
                    continue
        left.append(part)
    server = {each: ids[each] for each in FILTERS if each in ids}
    return server | ({"event_types": ",".join(wire)} if wire else {}), all_of(*left)


def _fits(texts: list[str]) -> bool:
    """Whether a URL has room for these."""
    return sum(len(quote(text)) for text in texts) + len(texts) <= LONGEST


def _asked(part: Node) -> tuple[str | None, str]:
    """Which of the four is asked to be which text."""
    if isinstance(part, Compare) and part.operator == "==" and isinstance(part.right, Value):
        left, value = part.left, part.right.value
    elif isinstance(part, In) and not part.negated and len(part.values) == 1:
        left, value = part.left, part.values[0].value
    else:
        return None, ""
    if not isinstance(left, Field) or left.name not in FILTERS or not isinstance(value, str):
        return None, ""
    # For a server these two are no filter.
    return (None, "") if not value or (left.name, value) == ("resource_type", "all") else (left.name, value)


def _wire_names(part: Node) -> tuple[list[str] | None, bool]:
    """The types on the wire that a part can fit at all, and whether it fits each event of them; None: any."""
    if isinstance(part, Or) and part.parts:
        names: list[str] = []
        exactly = True
        for each in part.parts:
            found, exact = _wire_names(each)
            if found is None:
                return None, False
            names += found
            exactly &= exact
        return list(dict.fromkeys(names)), exactly
    if not isinstance(part, Compare | In):
        return None, False
    if is_about_type(part):
        said = plain_names(part)
        if said is None:
            return None, False
        types = [*said.types, *said.by_status]
        found = [
            *said.types,
            *said.wire,
            *(name for type_ in types for name in (type_, *_WIRE.get(type_, ()))),
        ]
        return _sendable(found), set(said.by_status) <= set(said.types)
    texts = _texts(part)
    return (None, False) if part.left != Field("event_type") or not texts else (_sendable(texts), True)


def _texts(part: Compare | In) -> list[str]:
    """The texts of which one must be there; none: it is another clause."""
    if isinstance(part, In):
        values: Sequence[object] = () if part.negated else part.values
    else:
        values = (part.right,) if part.operator == "==" else ()
    return [each.value for each in values if isinstance(each, Value) and isinstance(each.value, str)]


def _sendable(names: list[str]) -> list[str] | None:
    """These, each once; None where a list with commas can't say one of them."""
    if any(not name or "," in name or name != name.strip() for name in names):
        return None
    return list(dict.fromkeys(names))


def _shown(text: str) -> str:
    """A text of a parameter, in quotes where it would not be plain to see where it ends."""
    plain = text.isprintable() and not any(character in text for character in " ='\"")
    said = text if plain else repr(text)
    return said if len(said) <= 200 else f"{said[:200]}…"
