"""What is kept: rows in, a pandas DataFrame out. The door to pyarrow.

Where what is:

    rows in      store (`EventStore`), inlet (`add_events`), cells (of tables of others), waiting (small
                 reads)
    kept         columns (chunks, versions), schema (of the contract), texts, inferred (types as they
                 come), room (numbers that grow), bounds, bounded (how much), newest (as objects),
                 observed (traits)
    kept up      followers, following, window, sliding (its arithmetic), latest (of each resource)
    of a moment  snapshot, arrays (made of it once), frame (pandas), taken (some rows), expand (`data.x`)
    read         readable (the reading face), view (narrowed), counts, info, cell, shown (in a cell),
                 funnel, told (tables that show every word), strays (names that nobody has)
    why          answering, why (how far a row got), merged (frames as one)
    which fit    asked, masks, tables (of Arrow), beside (what those have besides)
    out          doors (Arrow, Parquet, CSV …), outgoing (secrets masked), paths
"""

from sse_notebook.store.store import EventStore

__all__ = ["EventStore"]
