"""Not here: what jsonschema, and so whatever is Jupyter's, imports if it can, and compiles for two seconds.

It tells whether an internationalised address is one. No schema of a notebook or of a server asks for that.
"""

raise ImportError("the tests do without it")
