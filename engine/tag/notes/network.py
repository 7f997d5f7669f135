"""Basic Pitch: 230 kB of network that say which keys sound, which begin, and how their pitch lies.

Source: Bittner, Bosch, Rubinstein, Meseguer-Brocal, Ewert, "A Lightweight Instrument-Agnostic Model for Polyphonic Note
Transcription and Multipitch Estimation", ICASSP 2022; basic-pitch 0.4.0 for the windows.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime

from engine.errors import AppError, Code
from engine.models.engine import ModelEngine
from engine.tag.listener import Mono
from engine.tag.notes.activations import (
    BINS_PER_KEY,
    FRAMES,
    HOP,
    KEPT_FRAMES,
    KEYS,
    MARGIN,
    RATE_HZ,
    WINDOW,
    WINDOW_HOP,
    Activations,
)
from engine.tag.notes.creation import ChunkedNotes
from engine.tag.notes.heard import HeardNote

if TYPE_CHECKING:
    from engine.context import JobContext

_INPUT = "serving_default_input_2:0"
_OUTPUTS = {
    "StatefulPartitionedCall:1": KEYS,
    "StatefulPartitionedCall:2": KEYS,
    "StatefulPartitionedCall:0": BINS_PER_KEY * KEYS,
}


class NoteListener:
    """Hears every note of a sound. Beside the notes it keeps a minute of activations, 9 MB."""

    rate_hz = RATE_HZ

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._rest: Mono = np.zeros(MARGIN * HOP, np.float32)
        self._heard = self._windows = 0
        self._notes = ChunkedNotes()

    def add(self, samples: Mono) -> None:
        self._heard += samples.size
        self._rest = np.concatenate([self._rest, samples])
        while self._rest.size >= WINDOW:
            self._hear(KEPT_FRAMES)

    def result(self) -> tuple[HeardNote, ...]:
        """In order of time, then of pitch."""
        while (left := self._heard - self._windows * WINDOW_HOP) > 0:
            self._hear(min(KEPT_FRAMES, -(-left // HOP)))
        return self._notes.result()

    def _hear(self, frames: int) -> None:
        window = np.zeros(WINDOW, np.float32)
        window[: self._rest.size] = self._rest[:WINDOW]
        found = self._session.run(list(_OUTPUTS), {_INPUT: window[None, :, None]})
        self._notes.add(Activations(*(each[0, MARGIN : MARGIN + frames] for each in found)))
        self._rest = self._rest[WINDOW_HOP:].copy()
        self._windows += 1


class BasicPitch(ModelEngine[onnxruntime.InferenceSession]):
    """The engine, on the processor: 30 times as fast as the sound on one core."""

    device_key = "basic-pitch"

    def __init__(self, path: Path) -> None:
        """`path`: nmp.onnx."""
        self._path = path

    def _read(self, job: "JobContext") -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(str(self._path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime has a class of its own for each kind of damage
            raise _refused(self._path, str(error)) from error
        inputs = {each.name: each.shape[1:] for each in session.get_inputs()}
        outputs = {each.name: each.shape[1:] for each in session.get_outputs()}
        if inputs != {_INPUT: [WINDOW, 1]} or outputs != {n: [FRAMES, bins] for n, bins in _OUTPUTS.items()}:
            raise _refused(self._path, "it is not the graph of Basic Pitch")
        return session

    def listener(self) -> NoteListener:
        """One for each sound. Raises RuntimeError before `load` and after `dispose`."""
        return NoteListener(self._loaded)


def _refused(path: Path, reason: str) -> AppError:
    return AppError(Code.INVALID_INPUT, "not_weights", file=path.name, reason=reason[:200])
