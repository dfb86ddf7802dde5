"""Which events: what is asked of the server and checked again here, and what users ask with `where`.

Where what is:

    asked          filter (`Filter`, `where`), tree, operands (what it is), names (that it may have),
                   selection (the four that a server knows), split (what it knows of others)
    from text      source (as Python parses it), language (to a tree), hints (errors), moments (times in
                   it), complete, typing_at (while it is typed)
    of an event    predicate, leaves (what a clause says), paths (of a payload), types (both spellings),
                   regex
    of a frame     mask, frame (its rows), columns
    why            explain (asks), evidence (of what), outcome (of each clause), blame (who refused),
                   explanation, explain_text, explain_html (as shown)
    what to do     suggest, case (of a clause), causes, mistyped, misspelt, near (spelt alike), advice (in
                   words)
    before         validate, certain (true of all), clashes (what excludes what), closed (known words),
                   report, report_html (as shown)
    what there is  overview (`fields`), survey, tally
"""

from sse_notebook.filters.filter import Filter, where
from sse_notebook.filters.overview import fields
from sse_notebook.filters.selection import Selection

__all__ = ["Filter", "Selection", "fields", "where"]
