"""Tab in a notebook: fields and values of the open streams, where a filter is being typed. A door to IPython.

The law: IPython is never brought along; where it runs already, it is told once whom to ask. Asking runs no
code of the cell: a name before `.where` is looked up, nothing else. Whatever happens, completing goes on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final
from weakref import WeakKeyDictionary

from sse_notebook.filters.complete import offered
from sse_notebook.filters.survey import Survey, survey
from sse_notebook.filters.typing_at import Typing, typing_at
from sse_notebook.store.readable import Readable
from sse_notebook.stream.running import streams

__all__ = ["completions", "register"]

NEWEST: Final = 1_000  # rows of a stream that are looked at
_STREAMS: Final = 8

_known: WeakKeyDictionary[Readable, tuple[Any, Survey]] = WeakKeyDictionary()


def completions(code: str, cursor: int, names: Mapping[str, Any]) -> tuple[str, list[str]]:
    """What may come where somebody is typing.

    Args:
        code: the cell.
        cursor: where in it, in characters.
        names: the notebook's names.

    Returns:
        The end of what is there, which is replaced; and by what. Nothing where no filter is being typed.
    """
    typing = typing_at(code, cursor)
    if typing is None:
        return "", []
    offer = offered(typing, map(_seen, _meant(typing, names)))
    return offer.fragment, offer.texts


def _meant(typing: Typing, names: Mapping[str, Any]) -> Iterable[Readable]:
    """Whose fields are offered: those of what is asked, else of all open streams."""
    asked = names.get(typing.receiver)
    return [asked] if isinstance(asked, Readable) else streams()[-_STREAMS:]


def _seen(readable: Readable) -> Survey:
    """What there is in the newest rows; looked for again when there are newer ones."""
    frame = readable._snapshot().last(NEWEST).frame([])  # noqa: SLF001 - without the fields as columns
    newest = (len(frame), frame.index[-1] if len(frame) else None)
    known = _known.get(readable)
    if known is None or known[0] != newest:
        known = _known[readable] = newest, survey(frame)
    return known[1]


def register() -> bool:
    """Tell the IPython that runs here whom to ask; whether there is one."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    completer = getattr(shell, "Completer", None)
    matchers = getattr(completer, "custom_matchers", None)
    if not isinstance(matchers, list):
        return False
    try:
        from IPython.core.completer import SimpleCompletion, completion_matcher
    except ImportError:  # before 8.6 there was another way
        return False

    def matcher(context: Any) -> Any:
        try:
            lines = context.full_text.split("\n")
            cursor = sum(len(line) + 1 for line in lines[: context.cursor_line]) + context.cursor_position
            fragment, texts = completions(context.full_text, cursor, getattr(shell, "user_ns", {}))
        except Exception:  # noqa: BLE001 - whatever it is: IPython would print it into the cell
            fragment, texts = "", []
        kind = "keyword" if texts and texts[0].endswith("=") else "field"
        return {
            "completions": [SimpleCompletion(text, type=kind) for text in texts],
            "matched_fragment": fragment if texts else context.token,
            "suppress": kind == "field" and bool(texts),
            "ordered": True,
        }

    # One, also after a reload.
    matchers[:] = [each for each in matchers if getattr(each, "matcher_identifier", None) != _IDENTIFIER]
    mark: Any = completion_matcher(identifier=_IDENTIFIER, priority=100, api_version=2)
    matchers.append(mark(matcher))
    return True


_IDENTIFIER: Final = "sse_notebook.filters"
