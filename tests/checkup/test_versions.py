"""What is installed, against what a package's metadata allows."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest

from sse_notebook.checkup.versions import allowed, unfit


@pytest.mark.parametrize(
    ("installed", "wanted", "fits"),
    [
        ("3.0", ">=3", True),
        ("2.9.9", ">=3", False),
        ("2.10", ">=2.9", True),
        ("1.0", "<1.0.0", False),
        ("1.0.0", "==1.0", True),
        ("7.0.2", "!=7.0.*", False),
        ("7.1", "!=7.0.*", True),
        ("7.1.2", "==7.1.*", True),
        ("2.0rc1", ">=2", True),
        ("1!2.0", ">1", True),
        ("3.1", ">=3,<4", True),
        ("4.0", ">=3, <4", False),
        ("1.0", "<=1", True),
        ("1.0", "", True),
        ("1.0", "~=1.0", None),
        ("unknown", ">=1", None),
    ],
)
def test_allowed(installed: str, wanted: str, fits: bool | None) -> None:
    """Versions are compared as numbers; of what can't be read nothing is claimed."""
    assert fits is allowed(installed, wanted)


def test_what_does_not_fit() -> None:
    """What is missing or too old is named, but what is optional only where it is there."""
    there = {"pandas": "2.2.0", "httpx": "0.28.1", "starlette": "0.1"}

    def installed(name: str) -> str:
        if name not in there:
            raise PackageNotFoundError(name)
        return there[name]

    required = [
        "pandas>=3",
        "httpx>=0.28",
        "msgspec>=0.20",
        'starlette>=0.46; extra == "backend"',
        'duckdb>=1.2; extra == "archive"',
        "dask[dataframe]>=2025.1",
        "what is this",
    ]
    assert [
        ("pandas", "2.2.0", ">=3"),
        ("msgspec", "", ">=0.20"),
        ("starlette", "0.1", ">=0.46"),
        ("dask", "", ">=2025.1"),
    ] == [*unfit(required, installed)]


def test_here_all_fits() -> None:
    """What this runs with is what the package allows."""
    assert [] == [*unfit()]
