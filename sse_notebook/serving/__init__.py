"""A recording served again, over real sockets: for any client, in any language.

The law: only this machine is served, and only who knows the path; nothing is kept, and nothing remains.
"""

from sse_notebook.serving.serving import Serving, serve

__all__ = ["Serving", "serve"]
