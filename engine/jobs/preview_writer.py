"""The worker's end of a preview: sound goes into the file that the server reads from."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.jobs.preview import FILE, PreviewFacts

if TYPE_CHECKING:
    from engine.context import Audio


class PreviewWriter:
    """`report` is called after every piece, once it can be read."""

    def __init__(self, folder: Path, report: Callable[[PreviewFacts], object]) -> None:
        self._path, self._report = folder / FILE, report
        self._samples, self._shape = 0, (0, 0)

    def add(self, audio: "Audio", rate_hz: int) -> None:
        """The next piece, float32 [channels, samples]; what is over full scale is clipped, here only."""
        import numpy as np

        shape = rate_hz, audio.shape[0]
        if shape != self._shape:
            self._path.unlink(missing_ok=True)
            self._samples, self._shape = 0, shape
        whole = np.round(np.clip(audio, -1, 1) * 32767).astype("<i2")
        with self._path.open("ab") as file:
            file.write(np.ascontiguousarray(whole.T).tobytes())
        self._samples += audio.shape[1]
        self._report(PreviewFacts(self._samples, rate_hz, audio.shape[0]))
