"""The write-up of an incident: a stretch of a recording, what people noted, and what others can check.

The law: everything in a write-up but people's own words comes from the recording; whoever runs it again, in
whatever year and time zone, gets the same tables, the same picture, and the same text.
"""

from sse_notebook.incident.evidence import Evidence
from sse_notebook.incident.incident import Incident
from sse_notebook.incident.timeline import Timeline

__all__ = ["Evidence", "Incident", "Timeline"]
