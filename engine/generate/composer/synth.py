"""A SoundFont played by TinySoundFont, each part by itself, sample-exact and without an audio device."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import tinysoundfont

from engine.audio.block import Audio
from engine.generate.composer.score import Part, Score

RATE_HZ = 44_100
_CHUNK = RATE_HZ
_DRUM_BANK = 128
_SAMPLE_BYTES = 8
"""Stereo, four bytes each."""


class Synth:
    """A loaded SoundFont. `dispose` gives its memory back; any later call raises RuntimeError."""

    def __init__(self, soundfont: Path) -> None:
        self._player: tinysoundfont.Synth | None = tinysoundfont.Synth(samplerate=RATE_HZ)
        self._font: int = self._player.sfload(str(soundfont))

    def dispose(self) -> None:
        self._player = None

    def render(self, score: Score, part: Part, samples: int, heard: Callable[[int], None]) -> Audio:
        """One part as float32 [2, samples], dry. `heard` is told the samples done, at least once a second of sound."""
        player = self._player
        if player is None:
            raise RuntimeError("the synthesiser has been disposed of")
        self._select(player, part)
        sound = np.zeros((samples, 2), np.float32)
        memory = sound.data.cast("B")
        at = 0
        try:
            for when, on, pitch, velocity in [*_events(score, part), (samples, 0, 0, 0)]:
                when = min(when, samples)
                while at < when:
                    upto = min(when, at - at % _CHUNK + _CHUNK)
                    player.generate_simple(upto - at, memory[at * _SAMPLE_BYTES : upto * _SAMPLE_BYTES])
                    at = upto
                    if at % _CHUNK == 0 or at == samples:
                        heard(at)
                if at >= samples:
                    break
                if on:
                    player.noteon(0, pitch, velocity)
                else:
                    player.noteoff(0, pitch)
        finally:
            player.sounds_off()
            player.generate_simple(
                RATE_HZ // 4
            )  # voices that were cut fade out unheard, so the next part starts in silence
        return np.ascontiguousarray(sound.T)

    def _select(self, player: tinysoundfont.Synth, part: Part) -> None:
        program = part.instrument.program
        if part.instrument.drums:
            known = player.sfpreset_name(self._font, _DRUM_BANK, program) is not None
            player.program_select(0, self._font, _DRUM_BANK, program if known else 0, True)
        else:
            player.program_select(0, self._font, 0, program, False)


def _events(score: Score, part: Part) -> list[tuple[int, int, int, int]]:
    """Note-ons and note-offs by sample; at the same sample the offs come first."""
    events = []
    for note in part.notes:
        events.append((score.sample_at(note.start, RATE_HZ), 1, note.pitch, note.velocity))
        events.append((score.sample_at(note.start + note.length, RATE_HZ), 0, note.pitch, 0))
    return sorted(events)
