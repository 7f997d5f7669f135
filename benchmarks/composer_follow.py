"""`bench composer-follow`: whether the sound has what ninety prompts in three languages ask for, as shares 0 to 1.

`tempo`: librosa's beat tracker within 4 % of the asked tempo, an octave or (in three) a threefold of it allowed.
`key`: the best correlation of the mean chroma with the Krumhansl-Kessler profiles is the asked key or its relative.
`instruments` and `negatives`: in the score as played. `levels`: loudness within 0.5 LU of -14 LUFS, true peak at most
-1 dBTP, length exact to the sample. `misses` names what fell short. `ratio`: seconds of music over seconds taken.
Options: `--only N` takes every N-th prompt, `--duration S`, `--first-seed N`; `--prompts FILE` another list,
such as composer_prompts_more.json, which was written to test the first: [language, text, bpm, key, instruments,
refused].
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.audio.block import Audio
from engine.audio.loudness import measure as levels_of
from engine.generate.composer.composition import Composition, compose
from engine.generate.composer.engine import RATE_HZ, Composer
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.theory import fit
from tests.fake_job import FakeJob

PROMPTS = Path(__file__).with_name("composer_prompts.json")
_TONICS = {
    "C": 0,
    "C#": 1,
    "Db": 1,
    "D": 2,
    "Eb": 3,
    "E": 4,
    "F": 5,
    "F#": 6,
    "G": 7,
    "Ab": 8,
    "A": 9,
    "Bb": 10,
    "B": 11,
}
_FAMILIES = {"keyboards": ("piano", "organ"), "drums": ("drums", "percussive"), "voice": ("voice",)}


def tempo_heard(audio: Audio) -> float:
    """Beats a minute by librosa's beat tracker."""
    import librosa

    mono = librosa.resample(audio.mean(axis=0), orig_sr=RATE_HZ, target_sr=22050)
    tempo, _ = librosa.beat.beat_track(y=mono, sr=22050)
    return float(np.atleast_1d(tempo)[0])


def key_heard(audio: Audio) -> tuple[int, str]:
    """Tonic and mode whose profile correlates best with the mean chroma."""
    import librosa

    mono = librosa.resample(audio.mean(axis=0), orig_sr=RATE_HZ, target_sr=22050)
    chroma = librosa.feature.chroma_cqt(y=librosa.effects.harmonic(mono), sr=22050).mean(axis=1)
    keys = [(tonic, minor) for tonic in range(12) for minor in (False, True)]
    tonic, minor = max(keys, key=lambda key: fit(chroma, key[0], minor=key[1]))
    return tonic, "minor" if minor else "major"


def same_tempo(heard: float, asked: float, metre: str) -> bool:
    """Within 4 %, an octave allowed; where bars have three or six beats also their groups."""
    factors = [1.0, 2.0, 0.5] + ([3.0, 1 / 3, 1.5, 2 / 3] if metre in ("3/4", "6/8") else [])
    return any(abs(heard / (asked * factor) - 1.0) <= 0.04 for factor in factors)


def same_key(heard: tuple[int, str], asked: str) -> bool:
    """Exact, or the relative major or minor."""
    name, mode = asked.split()
    tonic = _TONICS[name]
    relative = ((tonic + 9) % 12, "minor") if mode == "major" else ((tonic + 3) % 12, "major")
    return heard in ((tonic, mode), relative)


def _refused(composition: Composition, name: str) -> bool:
    """Whether no part plays what was refused, an instrument, a family or a role."""
    families = _FAMILIES.get(name, (name,))
    return not any(
        part.notes and (part.role == name or part.instrument.name == name or part.instrument.family in families)
        for part in composition.played.parts
    )


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    options = argparse.ArgumentParser("composer-follow")
    options.add_argument("--only", type=int, default=1)
    options.add_argument("--duration", type=float, default=14.0)
    options.add_argument("--first-seed", type=int, default=0)
    options.add_argument("--prompts", type=Path, default=PROMPTS)
    chosen = options.parse_args(arguments)
    prompts = json.loads(chosen.prompts.read_text(encoding="utf-8"))[:: chosen.only]
    met: dict[str, list[bool]] = {name: [] for name in ("tempo", "key", "instruments", "negatives", "levels")}
    misses: list[str] = []
    taken = 0.0
    with tempfile.TemporaryDirectory() as folder:
        job, composer = FakeJob(Path(folder)), Composer()
        composer.load(job)
        for number, (_, text, bpm, key, instruments, without) in enumerate(prompts):
            began = time.perf_counter()
            composition = compose(text, chosen.duration, Sampling(chosen.first_seed + number, 1.2, 250, 0.67, 4.0))
            audio = composer.play(composition, chosen.duration, job).audio
            taken += time.perf_counter() - began
            found: list[tuple[str, bool, object]] = []
            if bpm is not None:
                tempo = tempo_heard(audio)
                found.append(("tempo", same_tempo(tempo, bpm, composition.plan.metre.name), round(tempo, 1)))
            if key is not None:
                sounding = key_heard(audio)
                found.append(("key", same_key(sounding, key), sounding))
            playing = {part.instrument.name for part in composition.played.parts if part.notes}
            found += [("instruments", name in playing, name) for name in instruments]
            found += [("negatives", _refused(composition, name), name) for name in without]
            levels = levels_of(audio, RATE_HZ)
            loud, peak = levels.loudness_lufs, levels.true_peak_dbtp
            right = loud is not None and peak is not None and abs(loud + 14.0) <= 0.5 and peak <= -1.0
            right = right and audio.shape == (2, round(chosen.duration * RATE_HZ))
            found.append(("levels", right, (loud, peak, audio.shape)))
            for name, good, what in found:
                met[name].append(good)
                if not good:
                    misses.append(f"{name} {what}: {text}")
        composer.dispose()
    shares = {name: round(sum(of) / max(1, len(of)), 3) for name, of in met.items()}
    return {
        "peer_s": round(chosen.duration * len(prompts), 1),
        "ours_s": round(taken, 2),
        "prompts": len(prompts),
        **shares,
        "misses": misses,
    }
