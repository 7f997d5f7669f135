"""What the composer takes over from a clip: tempo, key, melody, loudness."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import groupby
from math import log2
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.audio.block import Audio, regroup
from engine.audio.decode import blocks, open_source
from engine.audio.loudness import LoudnessMeter
from engine.generate.composer.theory import Key, fit

RATE_HZ = 22_050
LONGEST_S = 240.0
"""No more of a clip than this is analysed."""
_HOP = 512
_SHORTEST_S = 0.5
_SLOWEST_BPM, _FASTEST_BPM = 40.0, 220.0
_PULSE = 0.16
"""Autocorrelation of the onsets at the beat, below which there is no beat."""
_KEY_FIT = 0.4
"""Correlation with a key's profile, below which there is no key."""
_COLOURLESS = 0.15
"""Spread of the pitch classes beside their mean, below which they are noise."""
_TONE_OVER_NOISE = 2.5
"""How far the strongest semitone of a tone rises over the mean of all."""
_ATTACK = 2.0
"""A tone that grows by more within two frames is struck again."""
_LOWEST_MIDI, _TUNE_OCTAVES = 55, 4
_SHORTEST_NOTE_S = 0.09
_INAUDIBLE_DB = -38.0

Tick = Callable[[], None]
"""Called between steps; may raise to stop."""


@dataclass(frozen=True)
class Reference:
    """A clip as heard; None where nothing certain was heard. `tonic` 0 is C; `contour`: start and length in seconds and
    pitch class of the notes of its strongest line, empty where only tempo and key are to be taken over; `scored`: tempo
    and key are those of the score that the clip was played from."""

    tempo_bpm: float | None = None
    tonic: int | None = None
    mode: str | None = None
    contour: tuple[tuple[float, float, int], ...] = ()
    loudness_lufs: float | None = None
    duration_s: float = 0.0
    scored: bool = False


_STEPS_TO_MAJOR = {"major": 0, "minor": 3, "dorian": 10, "phrygian": 8, "lydian": 7, "mixolydian": 5}
"""From the tonic of a mode up to that of the major key with the same notes."""


def moved(reference: Reference, tonic: int, mode: str) -> Reference:
    """The melody in another key, note for note of the scale; unchanged where its own key is not known."""
    if reference.tonic is None or reference.mode is None:
        return reference
    own = reference.tonic + _STEPS_TO_MAJOR[reference.mode]
    by = (tonic + _STEPS_TO_MAJOR[mode] - own) % 12
    contour = tuple((start, length, (pitch_class + by) % 12) for start, length, pitch_class in reference.contour)
    return replace(reference, tonic=tonic, mode=mode, contour=contour)


def joined(clip: Reference, tune: Reference) -> Reference:
    """Tempo, key and loudness of `clip` where they are known, with the melody of `tune` moved into them.

    Where a tempo was only heard, it may be the half or the double: the melody then stays nearest to its own pace.
    """
    if clip.tonic is not None and clip.mode is not None:
        tune = moved(tune, clip.tonic, clip.mode) if tune.tonic is not None else replace(tune, tonic=clip.tonic)
        tune = replace(tune, mode=clip.mode)
    stretch = tune.tempo_bpm / clip.tempo_bpm if clip.tempo_bpm and tune.tempo_bpm else 1.0
    if not (clip.scored and tune.scored):
        stretch *= 2.0 ** -round(log2(stretch))
    return replace(
        tune,
        tempo_bpm=clip.tempo_bpm or tune.tempo_bpm,
        contour=tuple((start * stretch, length * stretch, pitch) for start, length, pitch in tune.contour),
        loudness_lufs=clip.loudness_lufs,
        duration_s=tune.duration_s * stretch,
        scored=clip.scored if clip.tempo_bpm else tune.scored,
    )


def scored(tempo_bpm: float, key: Key) -> Reference:
    """What a score says, before its clip is listened to."""
    return Reference(tempo_bpm, key.tonic, key.mode, scored=True)


def analyze_clip(
    clip: Path, tick: Tick = lambda: None, *, melody: bool = True, known: Reference | None = None
) -> Reference:
    """Listen to a clip of any length. `melody`: also follow its strongest line. Tempo and key are those of `known`,
    where they are. Raises as `decode.probe` does."""
    known = known or Reference()
    with open_source(clip) as source:
        meter = LoudnessMeter(source.rate_hz, source.layout)
        for block in regroup(source.blocks()):
            meter.add(block)
            tick()
        duration_s = meter.samples / source.rate_hz
    loudness = meter.result().loudness_lufs
    sound = _mono(clip)
    if loudness is None or sound.size < _SHORTEST_S * RATE_HZ:
        return replace(known, loudness_lufs=loudness, duration_s=duration_s)
    tick()
    tempo_bpm, tonic, mode = known.tempo_bpm or _tempo(sound), known.tonic, known.mode
    contour: tuple[tuple[float, float, int], ...] = ()
    tick()
    if melody or tonic is None:
        spectrum, tuned = _pitches(sound)
        tick()
        if tonic is None:
            tonic, mode = _key(spectrum)
        contour = _strongest_line(tuned) if melody else ()
    return Reference(tempo_bpm, tonic, mode, contour, loudness, duration_s, known.scored)


def _mono(clip: Path) -> NDArray[np.float32]:
    """The beginning of the clip as float32 [samples] at RATE_HZ."""
    pieces: list[Audio] = []
    left = round(LONGEST_S * RATE_HZ)
    for block in blocks(clip, rate_hz=RATE_HZ, channels=1):
        pieces.append(block[0, :left])
        left -= pieces[-1].size
        if left <= 0:
            break
    return np.concatenate(pieces)


def _tempo(sound: NDArray[np.float32]) -> float | None:
    """Beats a minute: the beats that are found, on a straight line. None where there is no steady beat.

    Strokes of drums are heard in the median of all bands, tones of a lone voice, which move few of them, in the mean.
    """
    import librosa

    found = [
        _beat(librosa.onset.onset_strength(y=sound, sr=RATE_HZ, hop_length=_HOP, aggregate=aggregate))
        for aggregate in (np.median, np.mean)
    ]
    pulse, tempo = max(found)
    return round(tempo, 2) if pulse >= _PULSE else None


def _beat(onsets: NDArray[Any]) -> tuple[float, float]:
    """How steady the beat is, 0 to 1, and beats a minute; 0 and 0 where there is none."""
    import librosa

    if onsets.size < 16 or not onsets.max() > 0:
        return 0.0, 0.0
    _, frames = librosa.beat.beat_track(onset_envelope=onsets, sr=RATE_HZ, hop_length=_HOP, trim=False)
    if len(frames) < 4:
        return 0.0, 0.0
    period = float(np.polyfit(np.arange(len(frames)), frames, 1)[0])
    tempo = 60.0 * RATE_HZ / (_HOP * period)
    return (_pulse(onsets, period), tempo) if _SLOWEST_BPM <= tempo <= _FASTEST_BPM else (0.0, 0.0)


def _pulse(onsets: NDArray[Any], period: float) -> float:
    """How alike the onsets are a beat, or two or four beats, later: 1 for a clockwork, 0 for chance."""
    centred = onsets - onsets.mean()
    power = float(centred @ centred)
    lags = [round(period * beats) for beats in (1, 2, 4)]
    likeness = [float(centred[lag:] @ centred[:-lag]) / power for lag in lags if 0 < lag < centred.size // 2]
    return max(likeness, default=0.0)


def _pitches(sound: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Share of the sounding time of the twelve pitch classes [12], and the strength of every semitone from _LOWEST_MIDI
    up by frame [48, frames]. Loud frames count no more than soft ones."""
    import librosa

    harmonic = librosa.effects.harmonic(sound, margin=2.0)
    lowest = librosa.midi_to_hz(36)
    tuned = np.abs(librosa.cqt(harmonic, sr=RATE_HZ, hop_length=_HOP, fmin=lowest, n_bins=72, tuning=0.0))
    folded = tuned.reshape(-1, 12, tuned.shape[1]).sum(axis=0)
    peaks = folded.max(axis=0)
    sounding = peaks > 10 ** (_INAUDIBLE_DB / 20) * peaks.max()
    shares = np.square(folded[:, sounding] / peaks[sounding]).mean(axis=1) if sounding.any() else np.zeros(12)
    return shares, tuned[_LOWEST_MIDI - 36 :][: 12 * _TUNE_OCTAVES]


def _key(classes: NDArray[Any]) -> tuple[int | None, str | None]:
    """The key whose profile fits the strengths of the pitch classes best; (None, None) where none fits."""
    if not classes.mean() > 0 or classes.std() < _COLOURLESS * classes.mean():
        return None, None
    weights = [float(c) for c in classes]
    keys = [(tonic, minor) for minor in (False, True) for tonic in range(12)]
    best, tonic, minor = max((fit(weights, tonic, minor=minor), tonic, minor) for tonic, minor in keys)
    return (tonic, "minor" if minor else "major") if best >= _KEY_FIT else (None, None)


def _strongest_line(tuned: NDArray[Any]) -> tuple[tuple[float, float, int], ...]:
    """Notes of the loudest voice: the strongest semitone of each frame with its overtones, smoothed, as runs."""
    import scipy.ndimage

    semitones, frames = tuned.shape
    salience = tuned.copy()
    for overtone, share in ((12, 0.5), (19, 0.3), (24, 0.2)):
        salience[: semitones - overtone] += share * tuned[overtone:]
    line = scipy.ndimage.median_filter(salience.argmax(axis=0), size=5, mode="nearest")
    level = salience.max(axis=0)
    audible = (level > 10 ** (_INAUDIBLE_DB / 20) * level.max()) & (level > _TONE_OVER_NOISE * salience.mean(axis=0))
    struck = np.zeros(frames, bool)
    struck[2:] = level[2:] > _ATTACK * level[:-2]
    begins = np.cumsum(struck & ~np.roll(struck, 1))
    notes, at, frame_s = [], 0, _HOP / RATE_HZ
    for (sounds, semitone, _), run in groupby(zip(audible, line, begins, strict=True)):
        length = len(list(run))
        if sounds and length * frame_s >= _SHORTEST_NOTE_S:
            pitch_class = (int(semitone) + _LOWEST_MIDI) % 12
            notes.append((round(at * frame_s, 4), round(length * frame_s, 4), pitch_class))
        at += length
    return tuple(notes)
