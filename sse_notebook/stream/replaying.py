"""`replay`: from the file of a recording to a stream that plays it.

The law: what the file says of its stream (name, filters, vocabulary) counts where nothing else is said. A
file that is no recording is an error at once; what is wrong in one is told, and the rest is played.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sse_notebook.errors import ArgumentError
from sse_notebook.events import Vocabulary
from sse_notebook.events.builtin import vocabulary_of
from sse_notebook.events.moments import Duration
from sse_notebook.filters import Selection
from sse_notebook.filters.selection import FILTERS
from sse_notebook.journal import Cast, Header, open_cast
from sse_notebook.source.replay import check_speed
from sse_notebook.store.bounds import Keeping
from sse_notebook.store.expand import Expand, check_expand
from sse_notebook.store.paths import path_of
from sse_notebook.stream import running
from sse_notebook.stream.replay_stream import Replay
from sse_notebook.stream.target import PATH

__all__ = ["Replay", "cast_of", "read", "replay", "selection_of", "vocabulary_in"]


def replay(
    recording: str | os.PathLike[str] | Any,
    speed: float = 1,
    *,
    paused: bool = False,
    name: str | None = None,
    vocabulary: Vocabulary | str | None = None,
    expand: Expand = None,
    max_events: int = 100,
    max_rows: int = 1_000_000,
    max_age: Duration | None = None,
    max_bytes: int | None = 2**30,
    max_dropped: int = 10_000,
) -> Replay:
    """Play a recording: the same rows, gaps and toasts as they were, on a clock that stands where it is.

    Args:
        recording: a path, `.ssecast` or `.ssecast.gz`; or a `Recording`.
        speed: how many times as fast as it was; `float("inf")`: as fast as possible, and it is done when this
            returns.
        paused: stand at the beginning, until `resume`, `step`, `seek` or `run_until`: so that handlers can be
            registered first, say.
        name: what to call it; None: as it was called.
        vocabulary: as `connect` takes it; None: as it was, if that was one by name.
        expand: as `connect` takes it.
        max_events: likewise.
        max_rows: likewise.
        max_age: likewise.
        max_bytes: likewise.
        max_dropped: likewise.

    Raises:
        ArgumentError: a wrong argument, or there is no such file.
        RecordingError: it is no recording.

    Example:
        replay = sse.replay("incident.ssecast", speed=60)
    """
    check_speed(speed)
    keeping = Keeping.checked(max_events, max_rows, max_age, max_bytes, max_dropped)
    if name is not None and not (isinstance(name, str) and name):
        raise ArgumentError(f"name must be text, not {name!r:.80}")
    if not isinstance(paused, bool):
        raise ArgumentError(f"paused must be True or False, not {paused!r:.80}")
    check_expand(expand)
    given = vocabulary_of(vocabulary) if vocabulary is not None else None
    made = _made(cast_of(recording), name, given, expand, keeping)
    made.speed = speed
    running.add(made)
    if not paused and math.isinf(speed):
        made.run_until()
    elif not paused:
        made.resume()
    return made


def read(
    cast: Cast, vocabulary: Vocabulary | None = None, expand: Expand = None, *, together: bool = False
) -> Replay:
    """A recording, played to its end: it reads like a stream (`df`, `gaps`, `explain` …), without a thread.

    All rows are kept, whatever a stream would have let go of.

    Args:
        cast: the file.
        vocabulary: how its messages are read; None: as it was, if that was one by name.
        expand: which payload fields are columns; None: as it was.
        together: for who wants the rows: many times as fast where each event has a time of its own, but
            without toasts, and with numbers that are those of the end only.
    """
    everything = Keeping.checked(100, 2**62, None, None, 10_000)
    made = _made(cast, None, vocabulary, expand, everything, together=together)
    made.speed = math.inf
    made.run_until()
    return made


def _made(
    cast: Cast,
    name: str | None,
    vocabulary: Vocabulary | None,
    expand: Expand,
    keeping: Keeping,
    *,
    together: bool = False,
) -> Replay:
    """A replay that stands at the beginning, with what the header says where nothing else is said."""
    header = cast.header
    request = header.request
    called = name or _text(request.get("name")) or header.url or cast.path.name
    if vocabulary is None:
        vocabulary = vocabulary_in(header)
    if expand is None:
        platform = request.get("platform", urlsplit(header.url).path.endswith(PATH))
        expand = _expand_in(request, None if platform else True)
    return Replay(
        cast,
        name=called,
        shown=called,
        selection=selection_of(request),
        keeping=keeping,
        vocabulary=vocabulary,
        expand=expand,
        together=together,
    )


def _expand_in(request: Mapping[str, Any], default: Expand) -> Expand:
    """Which payload fields were columns."""
    said = request.get("expand")
    try:
        return default if said is None else check_expand(said)
    except (ArgumentError, TypeError):
        return default


def vocabulary_in(header: Header) -> Vocabulary | None:
    """The vocabulary that the messages were read by; None: the platform's, or one that only its maker has."""
    try:
        return vocabulary_of(header.request["vocabulary"])
    except (KeyError, ArgumentError):
        return None


def selection_of(request: Mapping[str, Any]) -> Selection:
    """The four filters that were asked for, as far as they can be read."""
    filters = request.get("filters")
    if not isinstance(filters, Mapping):
        return Selection()
    wanted = {}
    for each in FILTERS:
        value = filters.get(each)
        if isinstance(value, str) or (
            isinstance(value, list) and value and all(isinstance(one, str) for one in value)
        ):
            wanted[each] = value
    return Selection(**wanted)


def cast_of(recording: Any) -> Cast:
    """The file of what stands for a recording.

    Raises:
        ArgumentError: it is none, or there is no such file.
        RecordingError: the file is no recording.
    """
    if isinstance(recording, Cast):
        return recording
    path = recording if isinstance(recording, str | os.PathLike) else getattr(recording, "path", None)
    if not isinstance(path, str | os.PathLike):
        raise ArgumentError(
            f"a recording is the path of an .ssecast file, or a Recording, not {type(recording).__name__}"
        )
    try:
        return open_cast(path_of(path))
    except OSError as error:
        raise ArgumentError(
            f"{os.fspath(path)!s} can't be read: {error.strerror or type(error).__name__}"
        ) from None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
