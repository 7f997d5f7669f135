"""`bench drama-mix`: a whole drama mixed on one core: 200 lines, five speakers, three ambiences, 20 effects, music, the
answers of four places, voice effects; against a plain overlay of the same sounds, in one run.

Seconds are those of the processor, all threads together, so that other programs on the machine do not count. The lines
are synthetic voices of 24 kHz, kept in memory as the cache of lines keeps them on disk; the sounds are noise, so that
what is timed is the mix. `ratio` is how many times faster than real time ours is, both of its passes together;
`peer_ratio` is that of the plain way: every line resampled and added to one array, ambience repeated under it, the
whole measured by libebur128 and turned up to -18 LUFS, without ducking, places, limiter, stems or a measured distance.
`largest_mb` is the most memory that Python's allocator and numpy held during ours, in a second run that is not timed.
Options: `--lines 200`, `--rounds 3` (the best one counts).
"""

import argparse
import time
import tracemalloc
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from engine.audio.block import Audio
from engine.audio.loudness import measure as loudness
from engine.audio.resample import resample
from engine.drama.mix.mixture import RATE_HZ, mixed
from engine.drama.mix.timeline import LineLength, lay_out
from engine.drama.project import Anchor, Break, Character, Clip, Line, Project, Reverb, Scene, VoiceEffect
from engine.drama.voices.speech import Speech

VOICE_HZ = 24_000
SCENES: tuple[Reverb, ...] = ("room", "church", "forest", "street")
BREAKS: tuple[Break, ...] = ("sentence", "turn", "paragraph")
EFFECTS: tuple[VoiceEffect, ...] = ("none", "none", "telephone", "radio", "none")
EFFECT_S = 1.5


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench drama-mix")
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(arguments)
    project, speech = _drama(asked.lines)
    assert project.duration_s is not None
    _ours(*_drama(8))  # compiled once
    ours, peer = [], []
    for _ in range(asked.rounds):
        began = time.process_time()
        report = _ours(project, speech)
        ours.append(time.process_time() - began)
        began = time.process_time()
        _plain(project, speech)
        peer.append(time.process_time() - began)
    tracemalloc.start()
    _ours(project, speech)
    largest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {
        "ours_s": round(min(ours), 2), "peer_s": round(min(peer), 2), "sound_s": round(project.duration_s, 1),
        "ratio": round(project.duration_s / min(ours), 1), "peer_ratio": round(project.duration_s / min(peer), 1),
        "largest_mb": round(largest / 2**20, 1), **report,
    }  # fmt: skip


def _drama(lines: int) -> tuple[Project, dict[str, Speech]]:
    random = np.random.default_rng(0)
    cast = [Character(id="narrator", name="Narrator")]
    cast += [
        Character(id=f"c{n}", name=f"C{n}", pan=(n - 1.5) / 3, effect=effect) for n, effect in enumerate(EFFECTS[1:])
    ]
    said = [
        Line(id=f"l{n}", start=0, end=0, text="words", speaker=cast[random.integers(len(cast))].id,
             break_after=BREAKS[random.integers(3)])
        for n in range(lines)
    ]  # fmt: skip
    speech = {line.id: Speech(_voice(float(random.uniform(1, 9)), random), VOICE_HZ) for line in said}
    each = lines // len(SCENES)
    scenes = [Scene(id=f"s{n}", line=f"l{n * each}", reverb=reverb) for n, reverb in enumerate(SCENES)]
    clips = [
        Clip(id=f"a{n}", lane="ambience", start=Anchor(line=f"l{n * each}"),
             end=Anchor(line=f"l{min(lines, (n + 2) * each) - 1}", edge="end"))
        for n in range(3)
    ]  # fmt: skip
    clips += [
        Clip(id=f"e{n}", lane="effects", start=Anchor(line=f"l{random.integers(lines)}", offset_s=0.3), pan=0.3)
        for n in range(20)
    ]
    clips.append(Clip(id="m0", lane="music", start=Anchor(line="l0"), end=Anchor(line=f"l{lines // 10}")))
    project = Project(lines=said, characters=cast, scenes=scenes, clips=clips)
    lengths = {name: LineLength(made.audio.shape[1] / made.rate_hz) for name, made in speech.items()}
    return lay_out(project, lengths, clip_lengths={clip.id: EFFECT_S for clip in clips}), speech


def _voice(seconds: float, random: np.random.Generator) -> Audio:
    time_s = np.arange(round(seconds * VOICE_HZ)) / VOICE_HZ
    phase = 2 * np.pi * 130 * time_s + 3 * np.sin(4 * time_s)
    sound = sum(np.sin(k * phase) / k for k in range(1, 12)) * np.clip(np.sin(22 * time_s), 0, 1)
    return np.asarray(float(random.uniform(0.1, 0.4)) * sound, np.float32)[None]


_LOOP = (0.2 * np.random.default_rng(1).standard_normal((2, 8 * RATE_HZ))).astype(np.float32)


def _sound(clip: Clip, seconds: float | None) -> Iterator[Audio]:
    """Noise that begins elsewhere for every clip: none adds up with another in step."""
    loop = np.roll(_LOOP, zlib.crc32(clip.id.encode()), axis=1)
    left = round((EFFECT_S if seconds is None else seconds) * RATE_HZ)
    while left > 0:
        yield loop[:, :left]
        left -= loop.shape[1]


def _ours(project: Project, speech: dict[str, Speech]) -> dict[str, Any]:
    mixture = mixed(project, lambda line: speech[line.id], _sound)
    for _ in mixture:
        pass
    told = mixture.report.to_json()
    return {name: told[name] for name in ("loudness_lufs", "true_peak_dbtp", "distance_low_db", "distance_median_db")}


def _plain(project: Project, speech: dict[str, Speech]) -> Audio:
    assert project.duration_s is not None
    total = np.zeros((2, round(project.duration_s * RATE_HZ)), np.float32)

    def add(start_s: float | None, sound: Audio) -> None:
        at = round((start_s or 0.0) * RATE_HZ)
        piece = sound[:, : max(0, total.shape[1] - at)]
        total[:, at : at + piece.shape[1]] += piece

    for line in project.lines:
        add(line.start_s, resample(speech[line.id].audio, VOICE_HZ, RATE_HZ))
    for clip in project.clips:
        seconds = None if clip.start_s is None or clip.end_s is None else clip.end_s - clip.start_s
        add(clip.start_s, np.float32(0.05) * np.concatenate(list(_sound(clip, seconds)), axis=1))
    found = loudness(total, RATE_HZ).loudness_lufs
    total *= np.float32(10 ** ((-18.0 - (found if found is not None else -18.0)) / 20))
    return total.clip(-1, 1)
