"""Not here: what jsonschema imports if it can, with every language's names for days. Nobody asks."""

raise ImportError("the tests do without it")
