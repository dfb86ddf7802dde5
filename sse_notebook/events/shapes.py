"""Payloads as structs, in which only the fields of the envelope become Python objects.

The law: whatever was learned, a payload gives what `ANY` gives of it, or nothing, and then it is read by
itself. What is learned makes reading faster, and that is all.

What a server sends has few shapes. A struct with just the fields that were seen, in their order, is filled in
half of the time of one with all the fields that there may be. It refuses a field that it does not have, which
is learned then; where there are too many, or always new ones, nothing more is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from sse_notebook.events.envelope import FIELDS, NESTED

__all__ = ["ANY", "Shape", "Shapes"]

ENOUGH: Final = 32  # payloads at once, to learn from; and no more of them are looked at
MOST: Final = 32  # fields of one object
LONGEST: Final = 256  # characters of a name: what is learned is kept as long as the vocabulary
TIMES: Final = 16  # that something is learned

_NAMES: Final = dict.fromkeys(name for field in FIELDS for name in field.names)
_REFUSED: Final = (msgspec.MsgspecError, UnicodeEncodeError, RecursionError)
_TOP: Final = ""  # the payload itself, beside the names of what is nested in it

Names = Mapping[str, Collection[str]]  # of the fields of the payload, and of each nested object


class Shape(NamedTuple):
    """What payloads are read as.

    Attributes:
        top: the struct of a payload. A field that is none of the envelope's begins with `_`.
        nested: that of the objects in it, by their names.
        decode: reads one.
    """

    top: type[msgspec.Struct]
    nested: Mapping[str, type[msgspec.Struct]]
    decode: Callable[[str], Any]

    @classmethod
    def of(cls, names: Names, *, strict: bool) -> Shape:
        """The shape of payloads with these fields; if it is strict, with no other."""
        # Nothing may have been seen in it yet: then all that stands in it is new.
        nested = {
            name: _struct(names.get(name, ()), {}, strict=strict) for name in NESTED if name in names[_TOP]
        }
        # A nested object is read as the top level is; what else may stand there is no part of the envelope.
        kinds = {name: kind | str | int | float | bool | list | None for name, kind in nested.items()}
        top = _struct(names[_TOP], kinds, strict=strict)
        return cls(top, nested, msgspec.json.Decoder(top).decode)

    def read(self, texts: Sequence[str]) -> tuple[list[Any], list[int]]:
        """The struct of each text, or None; and the places of those that have none.

        These are no JSON objects by the strict rules of RFC 8259, or not of this shape.
        """
        found: list[Any] = []
        odd: list[int] = []
        rest = map(self.decode, texts)
        while True:
            try:
                found.extend(rest)  # what came before an error is kept
            except _REFUSED:
                odd.append(len(found))
                found.append(None)
            else:
                return found, odd


def _struct(names: Iterable[str], kinds: Mapping[str, Any], *, strict: bool) -> type[msgspec.Struct]:
    fields: list[tuple[str, Any, Any]] = []
    others: dict[str, str] = {}
    for at, name in enumerate(names):
        if name in _NAMES or name in kinds:
            fields.append((name, kinds.get(name, Any), None))
        else:  # it is passed over
            others[f"_{at}"] = name
            fields.append((f"_{at}", msgspec.Raw, None))
    return msgspec.defstruct("Payload", fields, gc=False, rename=others, forbid_unknown_fields=strict)


#: The shape of all payloads.
ANY: Final = Shape.of({_TOP: [*_NAMES, *NESTED], **dict.fromkeys(NESTED, _NAMES)}, strict=False)


class Shapes:
    """What the payloads of a stream are read as: learns what they have. From any thread.

    Example:
        >>> shapes = Shapes()
        >>> texts = ['{"type": "edit", "n": 1}'] * ENOUGH
        >>> _, general = shapes.read(texts)
        >>> (edit, *_), learned = shapes.read(texts)
        >>> general is ANY, edit.type, learned.top.__struct_encode_fields__
        (True, 'edit', ('type', 'n'))
    """

    def __init__(self) -> None:
        self._left = TIMES
        # Both in one, so that two threads which learn at once can't mix them up: one of them learns again.
        self._learned: tuple[Names, Shape] = {}, ANY

    def read(self, texts: Sequence[str]) -> tuple[list[Any], Shape]:
        """The struct of each text, and their shape.

        Returns:
            None for one that is no JSON object by the strict rules of RFC 8259; or, of few, for one with a
            field that is new.
        """
        _, shape = self._learned
        found, odd = shape.read(texts)
        if shape is ANY:
            if self._left and len(texts) >= ENOUGH:
                self._learn(texts[:: len(texts) // ENOUGH])
        elif odd and self._learn([texts[at] for at in odd]):
            return ANY.read(texts)[0], ANY
        return found, shape

    def _learn(self, texts: Sequence[str]) -> bool:
        """Learn the fields of these; false: there is none that is new."""
        before, _ = self._learned
        names = {part: dict.fromkeys(known) for part, known in before.items()}
        for text in texts[:ENOUGH]:
            try:
                payload = msgspec.json.decode(text)
            except _REFUSED:
                continue
            if isinstance(payload, dict):
                names.setdefault(_TOP, {}).update(dict.fromkeys(payload))
                for part in NESTED:
                    if isinstance(inner := payload.get(part), dict):
                        names.setdefault(part, {}).update(dict.fromkeys(inner))
        if names == before or not self._left:
            return False
        self._left -= 1
        fit = all(len(known) <= MOST and all(map(_may_be_said, known)) for known in names.values())
        if not fit:
            self._left = 0
        # With the last chance gone, all that there may be is quicker than to be surprised each time.
        self._learned = (names, Shape.of(names, strict=True)) if self._left else ({}, ANY)
        return True


def _may_be_said(name: str) -> bool:
    """Whether a struct can have a field of this name, and it is worth to be kept."""
    return len(name) <= LONGEST and name.isprintable() and not {'"', "\\"} & set(name)
