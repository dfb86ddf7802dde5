"""The picture of an incident: events over time by severity, the connection below, gaps hatched grey.

The law: an SVG that needs nothing else and holds nothing that runs; the same rows give the same picture,
byte for byte. Hatched means that nobody knows what happened there: silence in a gap is no evidence. What the
colours say is said by words and shapes too.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import numpy as np

from sse_notebook.events.severity import SEVERITIES
from sse_notebook.incident.story import Hole, State
from sse_notebook.markup import plain

__all__ = ["STEPS", "Picture", "step_of", "svg_of"]

#: Seconds that one bar may stand for.
STEPS: Final = (
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    14_400,
    21_600,
    43_200,
    86_400,
    604_800,
)
BARS: Final = 80  # at most

_WIDTH, _LEFT, _RIGHT = 760, 8, 8
_FLAGS, _PLOT, _LANE = 16, 96, 10  # heights: of the notes' numbers, the bars, the connection
_TOP = _FLAGS + 4
_FLOOR = _TOP + _PLOT
_AXIS = _FLOOR + 4 + _LANE + 16
_LEGEND = _AXIS + 40
_HEIGHT = _LEGEND + 8
_TICKS = 6

# The worst lies at the bottom, where bars are compared best, and is seen first: 3:1 on white and on black.
_FILLS: Final = {
    "error": ("#d9453a", 1.0),
    "warning": ("#b8790a", 1.0),
    "success": ("#2e8b57", 0.4),
    "info": ("#7d8590", 0.4),
}
_STATES: Final = {
    "open": ("#2e8b57", 1.0),
    "stale": ("#b8790a", 0.6),
    "connecting": ("#2e86c8", 0.6),
    "retrying": ("#b8790a", 1.0),
}
_ELSE: Final = ("#d9453a", 0.5)  # no connection, and none in sight


class Picture(NamedTuple):
    """What is drawn.

    Attributes:
        start_us, end_us: from when to when, in microseconds since 1970.
        times, severities: of each event: microseconds, and its place in `SEVERITIES`.
        holes: the gaps.
        states: those of the connection.
        notes: what people noted: its number, and when.
        title: of what, for who can't see it.
    """

    start_us: int
    end_us: int
    times: Any
    severities: Any
    holes: Sequence[Hole]
    states: Sequence[State]
    notes: Sequence[tuple[int, int]]
    title: str


def step_of(span_us: int) -> int:
    """Microseconds that one bar stands for, so that they are not too many.

    Example:
        >>> step_of(3_600_000_000) // 1_000_000
        60
    """
    fits = (step * 1_000_000 for step in STEPS if span_us <= BARS * step * 1_000_000)
    return next(fits, -(-span_us // BARS))


def svg_of(picture: Picture) -> str:
    """The picture as an `<svg>` element, in one line, without an address."""
    step = step_of(max(1, picture.end_us - picture.start_us))
    low = picture.start_us // step
    number = max(1, -(-picture.end_us // step) - low)
    scale = _Scale(low * step, number * step)
    bars, most = _bars(picture, step, low, number, scale)
    body = "".join(
        (
            _hatching(),
            *(_hole(hole, scale) for hole in picture.holes),
            *bars,
            *(_lane(state, scale) for state in picture.states if state.start_us < picture.end_us),
            _axis(scale, most, step, strip=bool(picture.states)),
            _legend(picture),
            *(_flag(at, number, scale) for number, at in picture.notes if scale.covers(at, at)),
        )
    )
    label = plain(_said(picture, most, step), 300)
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="100%" role="img" aria-label="{html.escape(label)}" '
        f'font-family="system-ui,sans-serif" font-size="11" fill="currentColor">{body}</svg>'
    )


class _Scale:
    """Where a moment is, from the left."""

    def __init__(self, start_us: int, span_us: int) -> None:
        self.start_us, self.span_us = start_us, span_us

    def at(self, us: int) -> float:
        share = (us - self.start_us) / self.span_us
        return round(_LEFT + min(1.0, max(0.0, share)) * (_WIDTH - _LEFT - _RIGHT), 2)

    def within(self, start_us: int, end_us: int | None) -> tuple[float, float]:
        """From where, and how wide; a moment is seen too."""
        left = self.at(start_us)
        right = self.at(self.start_us + self.span_us if end_us is None else end_us)
        return left, max(1.5, round(right - left, 2))

    def covers(self, start_us: int, end_us: int | None) -> bool:
        return start_us < self.start_us + self.span_us and (end_us is None or end_us >= self.start_us)


def _hatching() -> str:
    return (
        '<defs><pattern id="sse-gap" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="6" height="6" fill="#7d8590" fill-opacity="0.14"/>'
        '<rect width="2" height="6" fill="#7d8590" fill-opacity="0.55"/></pattern></defs>'
    )


def _bars(picture: Picture, step: int, low: int, number: int, scale: _Scale) -> tuple[list[str], int]:
    at = np.asarray(picture.times) // step - low
    inside = (at >= 0) & (at < number)
    stacks = {
        name: np.bincount(at[inside & (picture.severities == place)], minlength=number)
        for place, name in enumerate(SEVERITIES)
    }
    most = int(sum(stacks.values(), start=np.zeros(number, int)).max())
    drawn = []
    filled = np.zeros(number)
    for name in _FILLS:
        heights = stacks[name] * (_PLOT / most if most else 0)
        for place in np.flatnonzero(heights):
            left, width = scale.within((low + int(place)) * step, (low + int(place) + 1) * step)
            top = _FLOOR - filled[place] - heights[place]
            drawn.append(
                f'<rect x="{left + 0.5:g}" y="{top:.2f}" width="{max(1.0, width - 1):g}" '
                f'height="{heights[place]:.2f}" {_painted(*_FILLS[name])}/>'
            )
        filled += heights
    return drawn, most


def _hole(hole: Hole, scale: _Scale) -> str:
    if hole.recovered is True or not scale.covers(hole.start_us, hole.end_us):
        return ""
    left, width = scale.within(hole.start_us, hole.end_us)
    return f'<rect x="{left:g}" y="{_TOP}" width="{width:g}" height="{_PLOT}" fill="url(#sse-gap)"/>'


def _lane(state: State, scale: _Scale) -> str:
    if not scale.covers(state.start_us, state.end_us):
        return ""
    left, width = scale.within(state.start_us, state.end_us)
    fill, share = _STATES.get(state.state, _ELSE)
    height = _LANE * share  # lower where it is worse: told without colours
    said = html.escape(plain(f"connection: {state.state} {state.cause}", 120))
    return (
        f'<rect x="{left:g}" y="{_FLOOR + 4 + _LANE - height:g}" width="{width:g}" height="{height:g}" '
        f'fill="{fill}"><title>{said}</title></rect>'
    )


def _painted(fill: str, opacity: float) -> str:
    return f'fill="{fill}"' if opacity == 1 else f'fill="{fill}" fill-opacity="{opacity:g}"'


def _legend(picture: Picture) -> str:
    """What there is to be seen, each with its name."""
    present = set(np.unique(picture.severities).tolist())
    keys = [(name, _painted(*_FILLS[name])) for name in _FILLS if SEVERITIES.index(name) in present]
    if any(hole.recovered is not True for hole in picture.holes):
        keys.append(("gap: nobody knows", 'fill="url(#sse-gap)"'))
    drawn, left = [], float(_LEFT)
    for name, paint in keys:
        drawn.append(
            f'<rect x="{left:g}" y="{_LEGEND - 9}" width="10" height="10" rx="2" {paint}/>'
            f'<text x="{left + 15:g}" y="{_LEGEND}" fill-opacity="0.8">{name}</text>'
        )
        left += 30 + 6.5 * len(name)
    return "".join(drawn)


def _axis(scale: _Scale, most: int, step: int, *, strip: bool) -> str:
    line = (
        f'<line x1="{_LEFT}" y1="{_FLOOR}" x2="{_WIDTH - _RIGHT}" y2="{_FLOOR}" stroke="currentColor" '
        'stroke-opacity="0.4"/>'
    )
    days = _day(scale.start_us) != _day(scale.start_us + scale.span_us)
    ticks = "".join(
        f'<text x="{scale.at(us):g}" y="{_AXIS}" text-anchor="{anchor}" fill-opacity="0.8">'
        f"{_clock(us, step, days)}</text>"
        for us, anchor in _ticks(scale)
    )
    said = f"at most {most:,} in {_step(step)} · times are UTC, from {_day(scale.start_us)}"
    said += " · the strip is the connection" if strip else ""
    note = f'<text x="{_LEFT}" y="{_AXIS + 18}" fill-opacity="0.8">{said}</text>'
    return line + ticks + note


def _ticks(scale: _Scale) -> list[tuple[int, str]]:
    return [
        (
            scale.start_us + scale.span_us * number // (_TICKS - 1),
            "start" if number == 0 else "end" if number == _TICKS - 1 else "middle",
        )
        for number in range(_TICKS)
    ]


def _flag(us: int, number: int, scale: _Scale) -> str:
    x = scale.at(us)
    middle = min(_WIDTH - 12.0, max(6.0, x))
    return (
        f'<line x1="{x:g}" y1="{_FLAGS - 2}" x2="{x:g}" y2="{_FLOOR}" stroke="currentColor" '
        f'stroke-opacity="0.7" stroke-dasharray="2 2"/>'
        f'<text x="{middle:g}" y="11" text-anchor="middle" font-weight="bold">{number}</text>'
    )


def _said(picture: Picture, most: int, step: int) -> str:
    unknown = sum(1 for hole in picture.holes if hole.recovered is not True)
    return (
        f"{picture.title}: {len(picture.times):,} events over time by severity, "
        f"at most {most:,} in {_step(step)}; "
        f"{unknown} gaps hatched; {len(picture.notes)} notes numbered"
    )


def _step(step: int) -> str:
    seconds = step / 1e6
    for unit, size in (("week", 604_800), ("day", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            number = f"{seconds / size:g}"
            return f"{number} {unit}{'s' if len(unit) > 3 and number != '1' else ''}"
    return f"{seconds:g} s"


def _clock(us: int, step: int, days: bool) -> str:
    moment = datetime.fromtimestamp(us / 1e6, UTC)
    time = moment.strftime("%H:%M" if step >= 60_000_000 else "%H:%M:%S")
    return f"{moment:%m-%d} {time}" if days else time


def _day(us: int) -> str:
    return f"{datetime.fromtimestamp(us / 1e6, UTC):%Y-%m-%d}"
