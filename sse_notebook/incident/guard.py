"""Nothing is shared while there seems to be a secret in it.

The law: a finding is told by its place and its kind, never by what it is. What a recording rests on is looked
through as a whole, and so is each word that is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sse_notebook.errors import SecretsFound
from sse_notebook.journal.cast import Entry
from sse_notebook.journal.scan import Finding, secrets_in_entry
from sse_notebook.store.readable import Readable
from sse_notebook.stream.recordings import Recording

__all__ = ["check_shareable"]

_TOLD: Final = 5


def check_shareable(of: Readable, words: Iterable[tuple[str, str]]) -> None:
    """Refuse what has secrets in it.

    Args:
        of: what a write-up rests on.
        words: what is to be shared, each with the name of its place.

    Raises:
        SecretsFound: there are some.
    """
    findings: list[Finding] = of.scan() if isinstance(of, Recording) else []
    where = [
        f"line {each.line:,} of the recording, {each.field or each.code} ({each.kind})" for each in findings
    ]
    for place, text in words:
        found = [each._replace(field=place) for each in _secrets_in(text)]
        findings += found
        where += [f"{place} ({each.kind})" for each in found]
    if findings:
        more = len(where) - _TOLD
        raise SecretsFound(
            f"not written: there seem to be secrets in {'; '.join(where[:_TOLD])}"
            + (f"; and {more:,} more" if more > 0 else "")
            + ". What was recorded: save it without them, and write up that (docs/recording.md); what you"
            " wrote: make the incident anew, with other words",
            tuple(findings),
        )


def _secrets_in(text: str) -> list[Finding]:
    return list(secrets_in_entry(0, Entry(0, "mark", text)))
