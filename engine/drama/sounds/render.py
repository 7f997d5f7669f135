"""Any sound by its id, at a known loudness and of the length that is wanted."""

import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

import numpy as np

from engine.audio.block import BLOCK, Audio
from engine.audio.decode import read
from engine.audio.layouts import STEREO
from engine.audio.loudness import loudest_lufs, measure
from engine.context import JobContext
from engine.drama.sounds.listing import MADE, checked_parameters, made, package_file, sound_of, stand_in
from engine.drama.sounds.loops import seamless, tiled, without_rumble
from engine.drama.sounds.made.studio import Studio
from engine.drama.sounds.own import PREFIX, own_file
from engine.drama.sounds.sound import Sound
from engine.drama.sounds.words import tags
from engine.errors import AppError, Code
from engine.models.catalogue import find as find_model
from engine.models.ensure import ensure
from engine.models.store import missing

AMBIENCE_LUFS = -30.0
"""Integrated loudness of an ambience, to which its tag adds `level_db`."""
EFFECT_LUFS = -22.0
"""Loudness of the loudest 400 ms of an effect, to which its tag adds `level_db`."""
PEAK = 0.7
"""Highest sample: -3 dBFS. An effect that would pass it is quieter; an ambience is bent softly below it."""
LOOP_S = 45.0
"""Length of the loops that we make."""
LONGEST_LOOP_S = 120.0
"""Of a recording that much at most is repeated."""
MOST_KEPT = 20_000_000
"""Samples of loops that are kept for the next time, 160 MB: scenes take turns, and a mix hears each twice."""
LONG_S = 20.0
"""An effect of the user's that is longer goes on for as long as is wanted."""


def heard(sound_id: str, models_dir: Path, folder: Path | None = None) -> Sound:
    """The sound that `render` gives for an id: itself, or ours of the same tag where its package is not there.

    Raises NOT_FOUND `no_such_sound`, MODEL_MISSING where nothing stands in.
    """
    sound = sound_of(sound_id, folder)
    if sound.model is None or package_file(sound, models_dir) is not None:
        return sound
    if found := stand_in(sound):
        return found
    raise missing(find_model(sound.model), models_dir)


def have_there(sound_ids: Iterable[str], job: JobContext, folder: Path | None = None) -> dict[str, str]:
    """Fetch the packages that sounds lie in. What could not be had: its id -> the id of the sound that stands in.

    Raises NOT_FOUND `no_such_sound`; MODEL_MISSING for a sound that nothing stands in for; what `ensure` raises else.
    """
    replaced: dict[str, str] = {}
    lacking: set[str] = set()
    for sound_id in dict.fromkeys(sound_ids):
        sound = sound_of(sound_id, folder)
        if sound.model is None or package_file(sound, job.models_dir) is not None:
            continue
        if sound.model not in lacking:
            try:
                ensure(sound.model, job)
                continue
            except AppError as error:
                if error.code is not Code.MODEL_MISSING or (stand_in(sound) is None):
                    raise
                lacking.add(sound.model)
        replaced[sound_id] = heard(sound_id, job.models_dir, folder).id
    return replaced


def render(
    sound_id: str,
    *,
    rate_hz: int,
    duration_s: float | None = None,
    seed: int = 0,
    parameters: Mapping[str, float] | None = None,
    models_dir: Path,
    folder: Path | None = None,
) -> Audio:
    """The sound, float32 [2, samples]: exactly `duration_s` long, or as long as it is by itself.

    An ambience has an integrated loudness of -30 LUFS, the loudest 400 ms of an effect -22 LUFS, with what the tag adds
    (`level_db`). An ambience is a loop that is repeated without a seam. An effect that is too long is faded out, one
    that is short is followed by silence, unless it goes on by its nature. Mono stays the same on both sides. The same
    arguments give the same samples.

    Raises NOT_FOUND `no_such_sound`, INVALID_INPUT `sound_parameter`, `number_range`, MODEL_MISSING, and for a file
    what `engine.audio.decode.read` does.
    """
    parts = stream(
        sound_id, rate_hz=rate_hz, duration_s=duration_s, seed=seed, parameters=parameters, models_dir=models_dir,
        folder=folder,
    )  # fmt: skip
    return np.concatenate(list(parts), axis=1)


def stream(
    sound_id: str,
    *,
    rate_hz: int,
    duration_s: float | None = None,
    seed: int = 0,
    parameters: Mapping[str, float] | None = None,
    models_dir: Path,
    folder: Path | None = None,
) -> Iterator[Audio]:
    """As `render`, in blocks: hours of an ambience hold no more memory than its loop."""
    sound = heard(sound_id, models_dir, folder)
    asked = dict(parameters or {}) if sound.id == sound_id else {}
    values = tuple(checked_parameters(sound, asked).items())
    path = _file_of(sound, models_dir, folder)
    changed = path.stat().st_mtime_ns if path else 0
    if sound.kind == "ambience":
        loop = _loop(sound.id, rate_hz, seed, values, path, changed, AMBIENCE_LUFS + _level_db(sound))
        samples = loop.shape[1] if duration_s is None else max(1, round(duration_s * rate_hz))
        yield from tiled(loop, samples)
        return
    wanted_s = min(duration_s, LOOP_S) if duration_s is not None and sound.loops else None
    audio = _effect(sound, rate_hz, seed, dict(values), path, wanted_s)
    samples = audio.shape[1] if duration_s is None else max(1, round(duration_s * rate_hz))
    goes_on = sound.loops if path is None else audio.shape[1] > LONG_S * rate_hz
    if samples > max(audio.shape[1], LOOP_S * rate_hz) and goes_on:
        yield from tiled(seamless(audio, rate_hz), samples)
    else:
        yield _cut(audio, samples, rate_hz)
        yield from tiled(np.zeros((2, BLOCK), np.float32), samples - audio.shape[1])


def _level_db(sound: Sound) -> float:
    return tags()[sound.tags[0]].level_db if sound.tags else 0.0


def _file_of(sound: Sound, models_dir: Path, folder: Path | None) -> Path | None:
    if sound.id.startswith(PREFIX):
        return own_file(sound.id, folder)
    return package_file(sound, models_dir) if sound.model else None


_LoopKey = tuple[str, int, int, tuple[tuple[str, float], ...], Path | None, int, float]
_loops: OrderedDict[_LoopKey, Audio] = OrderedDict()


def _loop(
    sound_id: str,
    rate_hz: int,
    seed: int,
    values: tuple[tuple[str, float], ...],
    path: Path | None,
    changed: int,
    level_lufs: float,
) -> Audio:
    """An ambience once round, kept for the next time while there is room."""
    key = (sound_id, rate_hz, seed, values, path, changed, level_lufs)
    if key not in _loops:
        loop = without_rumble(_made_loop(sound_id, rate_hz, seed, dict(values), path), rate_hz)
        loop = at_level(loop, level_lufs, measure(loop, rate_hz).loudness_lufs)
        loud = np.abs(loop) > PEAK / 2
        if loud.any():  # the rare crackle that stands far above the rest
            loop[loud] = np.sign(loop[loud]) * PEAK / 2 * (1 + np.tanh(2 * np.abs(loop[loud]) / PEAK - 1))
        loop.flags.writeable = False
        _loops[key] = loop
        while len(_loops) > 1 and sum(each.shape[1] for each in _loops.values()) > MOST_KEPT:
            _loops.popitem(last=False)
    _loops.move_to_end(key)
    return _loops[key]


def _made_loop(sound_id: str, rate_hz: int, seed: int, values: dict[str, float], path: Path | None) -> Audio:
    """A recording begins at another place for every seed."""
    if path is None:
        return _made(sound_id, rate_hz, seed, values, LOOP_S)
    recording, _ = read(path, rate_hz=rate_hz, channels=STEREO, duration_s=LONGEST_LOOP_S)
    loop = seamless(recording, rate_hz)
    return np.roll(loop, -(seed * 7919 * rate_hz) % loop.shape[1], axis=1)


def _effect(
    sound: Sound, rate_hz: int, seed: int, values: dict[str, float], path: Path | None, wanted_s: float | None
) -> Audio:
    if path is None:
        audio = _made(sound.id, rate_hz, seed, values, wanted_s)
    else:
        audio, _ = read(path, rate_hz=rate_hz, channels=STEREO, duration_s=LONGEST_LOOP_S)
    audio = _trimmed(audio, rate_hz)
    audio = at_level(audio, EFFECT_LUFS + _level_db(sound), loudest_lufs(audio, rate_hz))
    return audio * np.float32(min(1.0, PEAK / max(float(np.abs(audio).max()), 1e-9)))


def _made(sound_id: str, rate_hz: int, seed: int, values: dict[str, float], wanted_s: float | None) -> Audio:
    name = sound_id.removeprefix(MADE)
    row = made()[name]
    module = import_module(f"engine.drama.sounds.made.{row['module']}")
    function = getattr(module, row.get("function", name).replace("-", "_"))
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    audio: Audio = function(Studio(rate_hz, rng, wanted_s), **values)
    return np.asarray(audio - audio.mean(axis=1, keepdims=True), np.float32)


def at_level(audio: Audio, target_lufs: float, found_lufs: float | None) -> Audio:
    """Silence, and what is too short or too quiet to have a loudness, stays as it is."""
    if found_lufs is None:
        return audio
    return np.asarray(audio * np.float32(10 ** ((target_lufs - found_lufs) / 20)), np.float32)


def _trimmed(audio: Audio, rate_hz: int) -> Audio:
    """Without what lies 60 dB below the peak at both ends, so that an effect begins when it is to be heard."""
    level = np.abs(audio).max(axis=0)
    there = np.flatnonzero(level > 1e-3 * level.max(initial=0))
    if not len(there):
        return audio
    lead = round(0.004 * rate_hz)
    audio = audio[:, max(0, there[0] - lead) : there[-1] + 1].copy()
    _fade(audio, lead, rate_hz)
    return audio


def _cut(audio: Audio, samples: int, rate_hz: int) -> Audio:
    """At most so long: faded out where it is longer."""
    if samples >= audio.shape[1]:
        return audio
    audio = audio[:, :samples].copy()
    _fade(audio, 0, rate_hz)
    return audio


def _fade(audio: Audio, lead: int, rate_hz: int) -> None:
    """Fade in over so many samples, and out over 30 ms, in place."""
    lead, tail = min(lead, audio.shape[1]), min(round(0.03 * rate_hz), audio.shape[1])
    if lead:
        audio[:, :lead] *= np.linspace(0, 1, lead, dtype=np.float32)
    if tail:
        audio[:, -tail:] *= np.linspace(1, 0, tail, dtype=np.float32)
