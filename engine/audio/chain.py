"""Files that were joined end to end, each decoded by itself, as one sound."""

import contextlib
from collections.abc import Callable, Iterator, Sequence

from engine.audio import notes
from engine.audio.block import Audio
from engine.audio.ffmpeg import FAULTS
from engine.audio.fit import Fitter
from engine.audio.source import Source
from engine.errors import AppError


class ChainSource:
    """See `Source`. Rate and channels are those of the first part that can be opened; the others are brought to them.

    `openers`: one a part. Raises what the first raises when none can be opened.
    """

    def __init__(self, openers: Sequence[Callable[[], Source]]) -> None:
        self._openers = list(openers)
        self._broken_first = 0
        error: Exception | None = None
        while self._openers:
            try:
                self._now = self._openers.pop(0)()
                break
            except (AppError, *FAULTS) as failed:
                error = error or failed
                self._broken_first = 1
        else:
            assert error is not None
            raise error
        self.rate_hz, self.channels, self.layout = self._now.rate_hz, self._now.channels, self._now.layout
        self.format, self.codec = self._now.format, self._now.codec
        self.notes = [*self._now.notes, *notes.damaged(0.0, self._broken_first)]

    def skip(self, samples: int) -> int:
        return 0

    def blocks(self) -> Iterator[Audio]:
        fitter, done = Fitter(self.rate_hz, self.layout), 0
        kind = (self.rate_hz, self.channels)
        while True:
            begun = done
            for block in self._now.blocks():
                for fitted in fitter.add(block, self._now.rate_hz, self._now.layout):
                    done += fitted.shape[1]
                    yield fitted
            self._tell(begun / self.rate_hz)
            if not self._next(done / self.rate_hz):
                break
            if (self._now.rate_hz, self._now.channels) != kind:
                kind = (self._now.rate_hz, self._now.channels)
                self.notes += notes.changes(done / self.rate_hz, *kind)
        yield from fitter.finish()

    def _next(self, at_s: float) -> bool:
        while self._openers:
            opener = self._openers.pop(0)
            try:
                following = opener()
            except (AppError, *FAULTS):
                self.notes += notes.damaged(at_s, 1)
                continue
            self._now.close()
            self._now = following
            return True
        return False

    def _tell(self, at_s: float) -> None:
        """What the part that began at `at_s` has to say."""
        for note in self._now.notes:
            if note not in self.notes:
                self.notes.append(notes.later(note, at_s))

    def close(self) -> None:
        with contextlib.suppress(*FAULTS):
            self._now.close()
