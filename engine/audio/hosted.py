"""pedalboard's plugins as effects.

What was found in pedalboard 0.9.26 and is dealt with here: `reset=True` takes a call for the only one and pushes
silence through a plugin that is late, which tears a hole into what follows; so a plugin is reset by itself, and then
every call continues. Then the first call returns less than it was given by as much as the plugin is late (some withhold
a little more later on). A block larger than any before resets a plugin: blocks are all of one size. PitchShift puts
40,000 zeros into every block but the first, and is refused by `latency`.
"""

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.audio.block import Audio
from engine.audio.effects import Effect, State

if TYPE_CHECKING:
    from pedalboard import Plugin

_DRY = {"mix": 0.0, "wet_level": 0.0, "dry_level": 1.0}
"""Knobs that turn an effect's own sound off, and what they are turned to."""
_WET = {*_DRY, "room_size", "damping", "width", "depth", "feedback"}
"""What shapes an effect's own sound, and so nothing that `dry` leaves of it."""
_SLACK = 4096
"""Samples that a plugin which holds sound back may hold back more after its first block: they are given late."""


class Hosted(Effect):
    """A plugin with its settings, for one rate. It can hear one stream at a time: what it remembers is inside it."""

    def __init__(self, kind: "type[Plugin]", sample_rate_hz: int, /, **settings: Any) -> None:
        """`settings` are those of `kind`, by the names that pedalboard gives them."""
        self._kind, self._sample_rate_hz, self._settings = kind, sample_rate_hz, settings
        self._plugin = kind(**settings)
        self._stream: object = None
        self.traits: tuple[Hashable, ...] = (kind.__name__, sample_rate_hz, *_what_may_delay(settings))

    def __repr__(self) -> str:
        return self._kind.__name__

    def process(self, audio: Audio, state: State | None) -> tuple[Audio, State]:
        begins = state is None
        if state is None:
            self._plugin.reset()
            self._stream = object()
            state = {"stream": self._stream, "ready": None}
        if state["stream"] is not self._stream:
            raise RuntimeError(f"{self} has begun another stream")
        count = audio.shape[1]
        made = self._plugin.process(audio, self._sample_rate_hz, buffer_size=count, reset=False)
        if begins and made.shape[1] < count:
            state["ready"] = np.zeros((len(audio), count - made.shape[1] + _SLACK), np.float32)
        if state["ready"] is not None:
            ready = np.concatenate([state["ready"], made], axis=1)
            made, state["ready"] = ready[:, :count], ready[:, count:]
        if made.shape[1] < count:
            raise RuntimeError(f"{self} keeps sound back")
        return made, state

    def dry(self) -> Effect:
        turned = {name: value for name, value in _DRY.items() if hasattr(self._kind, name)}
        if self._kind.__name__ == "LowpassFilter":  # its answer peaks a sample after it begins
            turned["cutoff_frequency_hz"] = 0.49 * self._sample_rate_hz
        return Hosted(self._kind, self._sample_rate_hz, **self._settings | turned)


def _what_may_delay(settings: dict[str, Any]) -> list[tuple[str, Hashable]]:
    return [
        (name, value.tobytes() if isinstance(value, np.ndarray) else value)
        for name, value in sorted(settings.items())
        if not name.endswith("_db") and name not in _WET
    ]
