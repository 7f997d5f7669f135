"""The recording session: every part played and mixed on the desk; stems, where asked for, wait on the disk."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.audio.block import BLOCK, Audio
from engine.context import JobContext
from engine.generate.composer.desk import Bus, Strip, reverberated, weighted_level
from engine.generate.composer.mix import bus_gain
from engine.generate.composer.plan import Plan
from engine.generate.composer.score import Part, Score
from engine.generate.composer.synth import RATE_HZ, Synth

STEMS = {
    "drums": ("drums",),
    "bass": ("bass",),
    "melody": ("melody", "counter"),
    "harmony": ("chords", "arpeggio", "pad"),
}
"""Roles of each stem."""
_TAIL_S = 10.0
"""How long the parts of a loop may ring on after its end."""
_INAUDIBLE = 1e-5


@dataclass(frozen=True)
class RecordedStem:
    """Sound on disk, to be read any number of times as blocks of float32 [2, samples], after `silence` samples."""

    path: Path
    gain: float = 1.0
    silence: int = 0

    def __iter__(self) -> Iterator[Audio]:
        for start in range(0, self.silence, BLOCK):
            yield np.zeros((2, min(BLOCK, self.silence - start)), np.float32)
        with self.path.open("rb") as file:
            while data := file.read(BLOCK * 8):
                frames = np.frombuffer(data, np.float32).reshape(-1, 2)
                yield np.ascontiguousarray(frames.T) * np.float32(self.gain)


@dataclass(frozen=True)
class Recording:
    """`mix`: float32 [2, samples] before the bus compression; `stems` sum to it."""

    mix: Audio
    stems: dict[str, RecordedStem]


def record(synth: Synth, score: Score, plan: Plan, samples: int, job: JobContext, *, stems: bool) -> Recording:
    """Play every part, all on one bus or each stem on its own. The stages PLAYING and the first half of MIXING."""
    groups = _groups(score.parts) if stems else {"": list(score.parts)}
    bus = Bus(samples, loop=plan.loop)
    total, begun = len(score.parts) * samples, 0
    kept: dict[str, Path] = {}
    for name, parts in groups.items():
        if kept:
            bus.clear()
        for part in parts:
            _play(synth, score, part, bus, job, begun, total)
            begun += samples
        job.progress(len(kept), 2 * len(groups), "MIXING") if begun == total else job.check_canceled()
        reverberated(bus, plan.genre.reverb, RATE_HZ, job.check_canceled)
        if stems:
            kept[name] = _kept(bus.dry, job.temp_dir / f"stem-{name}.raw")
    mix = bus.dry
    del bus
    if stems:
        mix[:] = 0
        for path in kept.values():
            _add_up(mix, RecordedStem(path))
    gain = bus_gain(mix, RATE_HZ)
    mix *= np.float32(gain)
    return Recording(mix, {name: RecordedStem(path, gain) for name, path in kept.items()})


def _groups(parts: tuple[Part, ...]) -> dict[str, list[Part]]:
    grouped = {name: [p for p in parts if p.role in roles] for name, roles in STEMS.items()}
    return {name: own for name, own in grouped.items() if own}


def _play(synth: Synth, score: Score, part: Part, bus: Bus, job: JobContext, begun: int, total: int) -> None:
    level = weighted_level(synth.check(score, part, bus.samples), RATE_HZ)
    strip = Strip(score, part, level, bus, RATE_HZ)
    length = bus.samples + (round(_TAIL_S * RATE_HZ) if bus.loop else 0)
    with closing(synth.blocks(score, part, length)) as blocks:
        for peak in strip.play(blocks):
            job.progress(begun + min(strip.at, bus.samples), total, "PLAYING")
            if strip.at >= bus.samples and peak <= _INAUDIBLE:
                return


def _kept(audio: Audio, path: Path) -> Path:
    with path.open("wb") as file:
        for start in range(0, audio.shape[1], BLOCK):
            file.write(np.ascontiguousarray(audio[:, start : start + BLOCK].T).data)  # tofile forgets a fault's errno
    return path


def _add_up(mix: Audio, stem: RecordedStem) -> None:
    at = 0
    for block in stem:
        mix[:, at : at + block.shape[1]] += block
        at += block.shape[1]
