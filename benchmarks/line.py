"""One very long line, in the pieces in which a network brings it: time and memory.

The floor is joining the pieces: whoever hands out the line has done that much. A decoder that looks again at
what it has already seen takes four times as long for twice the line; peers are shown up to the length that
they manage in the time they get, and how their time grows from one doubling to the next.

Memory is what Python asks for, by `tracemalloc`; the pieces themselves are cut as they are needed.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator

from benchmarks import peers, shapes
from benchmarks.harness import Report, Runner, Size, Target, race, release
from sse_notebook.wire import Decoder

__all__ = ["run"]

PIECE = 1460  # bytes: what one packet of an Ethernet carries
OURS, JOIN, TEXT = "sse_notebook", "joining the pieces", "joining, and decoding as UTF-8"
MIB = 2**20


def run(size: Size) -> Iterator[Report]:
    """Ours against the floor, the peers as far as they come, and memory."""
    number = size.line
    data = line(number)
    chunks = list(shapes.cut(data, PIECE))
    result = race(
        [
            Runner(OURS, lambda: ours(chunks, number), ours=True),
            Runner(JOIN, lambda: join(chunks)),
            Runner(TEXT, lambda: join(chunks, bytes.decode)),
        ],
        size.rounds,
    )
    yield Report(
        "One long line",
        f"`data:` with {shown(number)} of text in pieces of {PIECE:,} bytes, in process.",
        ("", "time (joining = 1)"),
        [(name, f"{result.ratio(name, JOIN) or 0:.2f}") for name in (JOIN, TEXT, OURS)],
        [Target("Time, against joining the pieces", result.ratio(OURS, JOIN), 2, least=False)],
    )
    yield growth(size)
    yield memory(size)


def line(length: int) -> bytes:
    """One event with one line of data."""
    return b"data: " + b"x" * length + b"\n\n"


def shown(length: int) -> str:
    """A number of bytes, for people."""
    return f"{length / MIB:g} MiB" if length >= MIB else f"{length / 1024:g} KiB"


def ours(chunks: list[bytes], length: int) -> float:
    """The processor seconds that our decoder takes."""
    decoder = Decoder(max_event_bytes=2 * length)
    began = time.thread_time()
    for chunk in chunks:
        events = decoder.feed(chunk)
    seconds = time.thread_time() - began
    if [len(event.data) for event in events] != [length]:
        raise AssertionError(f"not one event of {length} characters")
    return seconds


def join(chunks: list[bytes], then: Callable[[bytes], object] = len) -> float:
    """The processor seconds of the floor."""
    pieces: list[bytes] = []
    began = time.thread_time()
    for chunk in chunks:
        pieces.append(chunk)  # noqa: PERF402 - one after the other, as they come
    then(b"".join(pieces))
    return time.thread_time() - began


# -- how time grows ----------------------------------------------------------------------------------------


def growth(size: Size) -> Report:
    """Doubling the line until it is `size.line`, or takes too long."""
    rows = []
    for decoding in [peers.Decoding(OURS, "", _ours), *peers.DECODERS]:
        lengths = [size.line // 8 * 2**step for step in range(4)]
        times: list[float] = []
        refused = ""
        try:
            once(decoding, PIECE)  # what is imported and made at first use does not count
            for length in lengths:
                times.append(once(decoding, length))
                if times[-1] > size.patience:
                    break
        except ImportError as error:
            refused = f"not installed ({error.name})"
        except Exception as error:  # noqa: BLE001 - whatever a peer raises is its result
            refused = f"{shown(lengths[len(times)])} refused ({type(error).__name__})"
        name = f"**{OURS}**" if decoding.name == OURS else decoding.name
        rows.append((name, release(decoding.package), *_cells(lengths, times, refused)))
    return Report(
        "One long line, the others",
        f"The longest line, up to {shown(size.line)}, that each decoder took before one run lasted more than "
        f"{size.patience:g} s, and how many times as long it took as half of that line: 2 is linear, 4 is "
        "quadratic.",
        ("", "version", "line", "ms here", "time for twice the line"),
        rows,
    )


def _cells(lengths: list[int], times: list[float], refused: str) -> tuple[str, str, str]:
    if not times:
        return refused, "", ""
    longest = refused or shown(lengths[len(times) - 1])
    factor = f"{times[-1] / times[-2]:.1f}" if len(times) > 1 else ""
    return longest, f"{times[-1] * 1000:,.0f}", factor


def _ours(chunks: Iterable[bytes]) -> Iterator[object]:
    decoder = Decoder(max_event_bytes=2**40)
    for chunk in chunks:
        yield from decoder.feed(chunk)


def once(decoding: peers.Decoding, length: int) -> float:
    """The processor seconds for one line of this length."""
    data = line(length)
    began = time.thread_time()
    found = peers.take(decoding.events(shapes.cut(data, PIECE)), 1, len)
    seconds = time.thread_time() - began
    if found != [length]:
        raise AssertionError(f"{found} instead of one event of {length} characters")
    return seconds


# -- memory ------------------------------------------------------------------------------------------------


def memory(size: Size) -> Report:
    """What a line beyond the limit costs, and what a line within it does."""
    limit = size.line // 8
    peaks = {times: peak(times * limit, limit) for times in (8, 64)}
    within = peak(size.line, 2 * size.line)
    return Report(
        "One long line, memory",
        f"The most memory that our decoder held at once, as a multiple of its limit (here {shown(limit)}; "
        "16 MiB if you say nothing), for lines that are longer; and for a line that is allowed, of its "
        "length.",
        ("line", "peak"),
        [
            *((f"{times} limits long", f"{found / limit:.2f} limits") for times, found in peaks.items()),
            (f"{shown(size.line)}, allowed", f"{within / size.line:.2f} lines"),
        ],
        [
            Target("Peak of the line 64 limits long, against 8", peaks[64] / peaks[8], 1.1, least=False),
        ],
    )


def peak(length: int, limit: int) -> int:
    """The most bytes that Python had asked for at once, beside the line itself."""
    data = line(length)
    decoder = Decoder(max_event_bytes=limit)
    tracemalloc.start()
    try:
        for chunk in shapes.cut(data, PIECE):
            decoder.feed(chunk)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
