"""Every exception: its place in the tree, its built-in class, and that it can be copied."""

from __future__ import annotations

import copy
import inspect
import pickle

import httpx_sse
import pytest

from sse_notebook import errors

# The tree of the docstring, and the built-in class beside each.
TREE: dict[str, tuple[str, type[BaseException]]] = {
    "ArgumentError": ("SSENotebookError", ValueError),
    "FilterError": ("ArgumentError", ValueError),
    "RecordingError": ("SSENotebookError", ValueError),
    "SecretsFound": ("RecordingError", ValueError),
    "ArchiveError": ("ArgumentError", ValueError),
    "NoArchive": ("ArchiveError", AttributeError),
    "TooManyRows": ("SSENotebookError", ValueError),
    "WaitTimeout": ("SSENotebookError", TimeoutError),
    "MissingExtra": ("SSENotebookError", ImportError),
    "IllegalMove": ("SSENotebookError", RuntimeError),
    "ConnectionFailed": ("SSENotebookError", ConnectionError),
    "Unreachable": ("ConnectionFailed", ConnectionError),
    "Untrusted": ("Unreachable", ConnectionError),
    "ConnectionLost": ("ConnectionFailed", ConnectionError),
    "BadStatus": ("ConnectionFailed", ConnectionError),
    "Unauthorized": ("BadStatus", ConnectionError),
    "Exhausted": ("BadStatus", ConnectionError),
    "NotAnEventStream": ("ConnectionFailed", httpx_sse.SSEError),
    "WrongContent": ("Exhausted", httpx_sse.SSEError),
    "BadRedirect": ("ConnectionFailed", ConnectionError),
    "StreamClosed": ("ConnectionFailed", ConnectionError),
}


def test_the_tree_is_whole() -> None:
    """Every exception of the module is in the tree above, and exported."""
    found = {
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, Exception)  # also one that only came in with an import
    }
    assert {*TREE, "SSENotebookError"} == found == set(errors.__all__)


@pytest.mark.parametrize("name", TREE)
def test_places(name: str) -> None:
    """Each has its place, is caught by the package's root, and by the built-in class one expects."""
    parent, builtin = TREE[name]
    kind = getattr(errors, name)
    assert getattr(errors, parent) in kind.__bases__
    assert issubclass(kind, errors.SSENotebookError)
    assert issubclass(kind, builtin)


@pytest.mark.parametrize("name", TREE)
def test_places_in_the_drawing(name: str) -> None:
    """The drawing in the module's docstring has each of them."""
    assert f"── {name} " in (errors.__doc__ or "")


@pytest.mark.parametrize(
    "error",
    [
        errors.ArgumentError("x"),
        errors.FilterError("x", 3),
        errors.TooManyRows("x", 3),
        errors.Unreachable("x"),
        errors.BadStatus("x", 503),
        errors.Unauthorized("x", 403),
        errors.Exhausted("x"),
        errors.NotAnEventStream("x"),
        errors.WrongContent("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_copies(error: errors.SSENotebookError) -> None:
    """An error survives copy and pickle with all it says: it may cross processes inside a status."""
    for same in (copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
        assert (type(error), "x") == (type(same), str(same))
        assert getattr(error, "status", None) == getattr(same, "status", None)
        assert getattr(error, "cause", None) == getattr(same, "cause", None)
        assert getattr(error, "column", None) == getattr(same, "column", None)
        assert getattr(error, "rows", None) == getattr(same, "rows", None)


def test_statuses_by_default() -> None:
    """Unauthorized is a 401 unless it says otherwise; exhausted has no status of its own."""
    assert (401, 0) == (errors.Unauthorized("x").status, errors.Exhausted("x").status)
    assert (200, True) == (
        errors.WrongContent("x").status,
        issubclass(errors.WrongContent, errors.NotAnEventStream),
    )
