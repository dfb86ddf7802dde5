"""Whether what is installed is what the package allows, by its own metadata.

The law: only comparisons of plain versions are read; of what can't be read nothing is claimed. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from itertools import zip_longest
from typing import Final

__all__ = ["allowed", "unfit"]

PACKAGE: Final = "sse_notebook"
#: Where the package works, though it does not depend on it. 7.0 breaks sends from threads.
BESIDE: Final = ("ipykernel!=7.0.*",)

_REQUIREMENT: Final = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*\(?((?:[<>=!~][^;()]*)?)\)?\s*(;.*)?$")
_CLAUSE: Final = re.compile(r"^(<=|>=|==|!=|<|>)\s*([0-9]+(?:\.[0-9]+)*)(\.\*)?$")
_RELEASE: Final = re.compile(r"^v?(?:\d+!)?(\d+(?:\.\d+)*)")


def allowed(installed: str, wanted: str) -> bool | None:
    """Whether a version fits; None: it can't be told.

    Example:
        >>> allowed("3.1.1", ">=3,<4"), allowed("7.0.0", "!=7.0.*"), allowed("2.9", ">=2.10")
        (True, False, False)
    """
    release = _RELEASE.match(installed)
    clauses = [_CLAUSE.match(part.strip()) for part in wanted.split(",") if part.strip()]
    if release is None or not all(clauses):
        return None
    return all(
        _fits(_numbers(release[1]), clause[1], _numbers(clause[2]), beginning=bool(clause[3]))
        for clause in clauses
        if clause
    )


def unfit(
    required: Sequence[str] | None = None, installed: Callable[[str], str] = version
) -> Iterator[tuple[str, str, str]]:
    """What is missing, or of a version that is not allowed: its name, what is there, what is wanted.

    Args:
        required: requirements, as a package's metadata has them; None: this package's own.
        installed: gives the version of a package, or raises `PackageNotFoundError`.
    """
    if required is None:
        try:
            required = [*(requires(PACKAGE) or ()), *BESIDE]
        except PackageNotFoundError:  # run from its folder
            required = BESIDE
    for line in required:
        parts = _REQUIREMENT.match(line)
        if parts is None:
            continue
        name, wanted, marker = parts[1], parts[2].strip(), parts[3] or ""
        optional = bool(marker) or line in BESIDE
        try:
            there = installed(name)
        except PackageNotFoundError:
            if not optional:
                yield name, "", wanted
            continue
        if "dev" not in marker and allowed(there, wanted) is False:
            yield name, there, wanted


def _fits(mine: list[int], sign: str, theirs: list[int], *, beginning: bool) -> bool:
    if beginning:
        same = mine[: len(theirs)] == theirs
        return same if sign == "==" else not same
    pairs = list(zip_longest(mine, theirs, fillvalue=0))
    one, other = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    order = (one > other) - (one < other)
    return {"<": order < 0, "<=": order <= 0, "==": order == 0, "!=": order != 0, ">=": order >= 0}.get(
        sign, order > 0
    )


def _numbers(release: str) -> list[int]:
    return [int(part) for part in release.split(".")]
