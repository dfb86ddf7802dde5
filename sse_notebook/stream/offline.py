"""`SSE_NOTEBOOK_REPLAY`: every `connect` is a replay of a recording, and no socket is opened.

The law: one file stands for every request; of several the one is played that was made of the same request, or
of a wider one, which is narrowed here. What none of them holds is an error that says what they hold.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from sse_notebook.errors import ArgumentError, RecordingError
from sse_notebook.events import Vocabulary
from sse_notebook.filters import Selection
from sse_notebook.journal import Cast
from sse_notebook.journal.redaction import redacted_request
from sse_notebook.source.redactor import MASK, redact_url
from sse_notebook.source.refusing import REPLAY
from sse_notebook.store.bounds import Keeping
from sse_notebook.store.expand import Expand
from sse_notebook.stream.replay_stream import Replay
from sse_notebook.stream.replaying import cast_of, selection_of, vocabulary_in

if TYPE_CHECKING:
    from sse_notebook.journal.redaction import Rules
    from sse_notebook.stream.recordings import Recording

__all__ = ["recorded", "replayed"]


class _Offline(Replay):
    """A replay in the place of a stream, for a notebook that knows nothing of it."""

    def record(
        self,
        path: str | os.PathLike[str],
        *,
        past: bool = False,  # noqa: ARG002 - the face
        redact: Rules | None = None,  # noqa: ARG002 - likewise
        hide: Iterable[str] = (),  # noqa: ARG002 - likewise
    ) -> Recording:
        """What is recorded already: the file that is played. Nothing is written."""
        from sse_notebook.stream.recordings import Recording  # which is made of streams

        self.note(f"{os.fspath(path)} is not recorded: {self.cast.path.name}, which is played, stands for it")
        return Recording(self.cast.path)


def recorded(
    url: str, selection: Selection, params: Mapping[str, Any], name: str | None
) -> tuple[Cast, str] | None:
    """The recording that stands for a request, and in what it differs (`""`: in nothing); None: none does.

    Raises:
        RecordingError: none holds the request, or one of the files can't be read.
    """
    files = [path for path in os.environ.get(REPLAY, "").split(os.pathsep) if path.strip()]
    if not files:
        return None
    casts = [_opened(path) for path in files]
    if len(casts) == 1:
        return casts[0], _differs(casts[0], url, selection) or _part(casts[0])
    found = [cast for cast in casts if not _differs(cast, url, selection)]
    if not found:
        held = "\n".join(f"  {cast.path}: {_held(cast)}" for cast in casts)
        asked = f"{redact_url(url)}{f' with {selection}' if selection else ''}"
        raise RecordingError(
            f"no recording holds {asked}; {REPLAY} names\n{held}\n"
            f"Connect as it was recorded, or unset {REPLAY}."
        )

    query, called = _asked(selection, params), name or redact_url(url)

    def fit(cast: Cast) -> tuple[bool, bool, bool, bool]:
        request = cast.header.request
        held = selection_of(request)
        return (
            not _part(cast),
            held == selection,
            _asked(held, request.get("params")) == query,
            (request.get("name") or cast.header.url) == called,  # who has no name is called by its URL
        )

    best = max(found, key=fit)
    return best, _part(best)


def replayed(
    cast: Cast,
    differs: str,
    *,
    name: str,
    shown: str,
    selection: Selection,
    keeping: Keeping,
    vocabulary: Vocabulary | None,
    expand: Expand,
) -> Replay:
    """What `connect` gives for a request that was recorded; it stands at its beginning."""
    stream = _Offline(
        cast,
        name=name,
        shown=shown,
        selection=selection,
        keeping=keeping,
        vocabulary=vocabulary_in(cast.header) if vocabulary is None else vocabulary,
        expand=expand,
    )
    stream.speed = float("inf")
    stream.note(f"{REPLAY}: {cast.path.name} is played, and no socket is opened")
    if differs:
        stream.note(f"{cast.path.name} is of another request: {differs}", warn=True)
    return stream


def _opened(path: str) -> Cast:
    try:
        return cast_of(path)
    except ArgumentError as error:
        raise RecordingError(f"{REPLAY}: {error}") from None


def _differs(cast: Cast, url: str, selection: Selection) -> str:
    """Why a recording does not hold a request; `""`: it does."""
    asked = _hidden_as(cast.header.url, redact_url(url))
    if cast.header.url != asked:
        return f"it was recorded from {cast.header.url}, and {asked} is asked for"
    wanted = selection.wanted
    for name, values in selection_of(cast.header.request).wanted.items():
        if name not in wanted or not set(wanted[name]) <= set(values):
            return f"it holds only {name} {' or '.join(values)}"
    return ""


def _hidden_as(recorded: str, url: str) -> str:
    """A URL without the parameters that a recorded one has without their values: `hide=` took them out."""
    hidden = [name for name, value in parse_qsl(urlsplit(recorded).query) if value == MASK]
    return str(redacted_request({"url": url}, str, hidden)[0]["url"])


def _asked(selection: Selection, params: object) -> dict[str, list[str]]:
    """The query of a request, as a header has it: without secrets, the filters with what else is asked."""
    more = params if isinstance(params, Mapping) else {}
    told, _ = redacted_request({"params": {**selection.params(), **more}}, str)
    values = ((name, value if isinstance(value, list) else [value]) for name, value in told["params"].items())
    return {name: list(map(str, several)) for name, several in values}


def _part(cast: Cast) -> str:
    """What of a recording this is a part of; `""`: it is whole."""
    parent = cast.header.more.get("parent")
    if not isinstance(parent, Mapping) or not isinstance(part := parent.get("part"), str):
        return ""
    return f"it is a part of {parent.get('file')!s:.80}: {part:.200}"


def _held(cast: Cast) -> str:
    held = selection_of(cast.header.request)
    return f"{cast.header.url}{f' with {held}' if held else ''}"
