"""What is done to every engine's sound: silence taken off, pace and pitch where the engine itself cannot."""

import numpy as np
from numpy.typing import NDArray

from engine.drama.project import Word

Mono = NDArray[np.float32]
"""float32 [samples], full scale ±1."""

SILENT_DB = -40.0
"""Below the peak: what lies lower at both ends is no speech."""
KEPT_BEFORE_S, KEPT_AFTER_S = 0.03, 0.04
"""Of that silence, so that no breath or final consonant is cut."""
FADE_S = 0.005
AUDIBLE = 0.02
"""A change of pace smaller than this is let be."""


def sounding(sound: Mono, rate_hz: int) -> tuple[int, int]:
    """First sample and one past the last that is heard, with a little around; (0, 0) of silence."""
    peak = float(np.abs(sound).max(initial=0.0))
    loud = np.flatnonzero(np.abs(sound) > max(peak, 1e-9) * 10 ** (SILENT_DB / 20))
    if len(loud) == 0:
        return 0, 0
    first, last = int(loud[0]), int(loud[-1])
    return max(0, first - round(KEPT_BEFORE_S * rate_hz)), min(len(sound), last + 1 + round(KEPT_AFTER_S * rate_hz))


def faded(sound: Mono, rate_hz: int) -> Mono:
    """A copy that begins and ends at nought, so that no edge clicks."""
    length = min(round(FADE_S * rate_hz), len(sound) // 2)
    made, ramp = sound.copy(), np.linspace(0, 1, length, endpoint=False, dtype=np.float32)
    made[:length] *= ramp
    made[len(made) - length :] *= ramp[::-1]
    return made


def paced(sound: Mono, rate_hz: int, pace: float, semitones: float) -> Mono:
    """`sound` so many times as fast, and so much higher; formants stay (Rubber Band, through pedalboard)."""
    if abs(pace - 1) < AUDIBLE and not semitones:
        return sound
    from pedalboard import time_stretch

    made = time_stretch(
        sound[None], rate_hz, stretch_factor=pace, pitch_shift_in_semitones=semitones, preserve_formants=True
    )
    return np.asarray(made[0], np.float32)


def moved(words: list[Word], start_s: float, pace: float, length_s: float) -> list[Word]:
    """Times of words after `start_s` was cut off and the rest was made so many times as fast; all within the sound."""

    def at(seconds: float) -> float:
        return round(min(max((seconds - start_s) / pace, 0.0), length_s), 3)

    return [word.model_copy(update={"start_s": at(word.start_s), "end_s": at(word.end_s)}) for word in words]


def finished(sound: Mono, rate_hz: int, words: list[Word], pace: float = 1.0, semitones: float = 0.0,
             ) -> tuple[Mono, list[Word]]:  # fmt: skip
    """Sound without silence around, at its pace and pitch, peak at most 1, and its words' times."""
    first, end = sounding(sound, rate_hz)
    cut = sound[first:end]
    made = paced(cut, rate_hz, pace, semitones)
    real = len(cut) / len(made) if len(made) else 1.0
    peak = float(np.abs(made).max(initial=0.0))
    made = faded(made / peak if peak > 1 else made, rate_hz)
    return made, moved(words, first / rate_hz, real, len(made) / rate_hz)
