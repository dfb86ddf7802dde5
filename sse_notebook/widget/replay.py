"""`ReplayWidget`: a stream's widget with the keys of a player above it.

The law: where a replay is, is a trait; what its recording looks like from afar is asked for once. Live
streams carry nothing of this.
"""

from __future__ import annotations

from typing import Any, Final

import traitlets

from sse_notebook.widget.base import STATIC, script
from sse_notebook.widget.playing import Played, Playing
from sse_notebook.widget.widget import StreamWidget

__all__ = ["ReplayWidget"]

_BUNDLE: Final = STATIC / "replay.js"


class ReplayWidget(StreamWidget):
    """Shows a replay: play, pause, step, speed, a scrubber with the recording on it; below, the stream.

    Made by displaying a `Replay`.
    """

    _esm = script(_BUNDLE)

    playback = traitlets.Dict(help="Where the replay is; times in milliseconds.").tag(sync=True)

    _playing: Playing | None = None

    def __init__(self, shown: Any, **options: Any) -> None:
        super().__init__(shown, **options)
        replay: Played = shown
        self._playing = Playing(replay, self.send, lambda: self.poke(at_once=True))
        self._flush_traits()

    def _flush_traits(self) -> None:
        super()._flush_traits()
        if self._playing is not None:
            with self._changing:
                self.playback = self._playing.state()

    def _asked(self, widget: object, content: Any, buffers: object) -> None:
        if self._playing is None or not self._playing.asked(content):
            super()._asked(widget, content, buffers)
