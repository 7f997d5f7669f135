"""The sounds of a project's clips, made ready before the mix asks for them."""

import logging
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from engine.audio.block import Audio
from engine.audio.decode import read
from engine.audio.resample import Resampler
from engine.audio.scratch_audio import ScratchAudio
from engine.context import JobContext
from engine.drama.project import Clip, Lane, Project
from engine.drama.sounds.listing import checked_parameters, sound_of
from engine.drama.sounds.loops import seamless, tiled
from engine.drama.sounds.own import PREFIX as OWN
from engine.drama.sounds.own import own_file
from engine.drama.sounds.render import LONGEST_LOOP_S, have_there, stream
from engine.drama.sounds.tangoflux.ask import ask, have_model
from engine.drama.sounds.words import tags
from engine.errors import AppError, Code, invalid
from engine.generate.cue import cue
from engine.messages import translate

CUE_S, GENERATED_S = 12.0, 5.0
"""Of music and of generated sounds that have no end."""
SHORTEST_S, SHORTEST_CUE_S, LONGEST_CUE_S = 0.5, 4.0, 120.0
GENERATED = "tangoflux:"
"""The sound of clips that TangoFlux makes of their prompt."""
MOST_NAMED = 8
"""Of the user's files that cannot be read, so many are told."""
_KEPT_SAMPLES = 20_000_000
"""Of effects, kept between the measuring and the mixing."""

log = logging.getLogger(__name__)


class ClipSounds:
    """Use it as a context: what is made lies in the job's folder meanwhile."""

    def __init__(self, job: JobContext, rate_hz: int, seed: int) -> None:
        self._job, self._rate_hz, self._seed = job, rate_hz, seed
        self._made: dict[str, tuple[int, int]] = {}
        """Clip -> its first block and one past its last one, of those in `_kept`."""
        self._kept = ScratchAudio(job.temp_dir)
        self._effects: OrderedDict[str, Audio] = OrderedDict()
        self.replaced: dict[str, str] = {}
        """Sounds that could not be had -> what is heard in their place."""

    def __enter__(self) -> "ClipSounds":
        return self

    def __exit__(self, *error: object) -> None:
        self._kept.close()

    def usable(self, project: Project, lanes: set[Lane]) -> tuple[Project, list[str]]:
        """The project with the clips of these lanes that can be heard, and notes on the others.

        Packages are fetched; where one cannot be had, ours of the same kind stands in and the note says so. The model
        that generates sounds is fetched too. Raises INVALID_INPUT `own_sounds_broken` with every file of the user's
        that cannot be read, MODEL_MISSING, Canceled.
        """
        clips, notes = [], []
        for clip in project.clips:
            if clip.lane not in lanes:
                continue
            try:
                if not is_made(clip):
                    checked_parameters(sound_of(clip.sound, self._job.sounds_dir), clip.parameters)
                clips.append(clip)
            except AppError as error:
                log.warning("a clip is not heard: %s", error, extra={"sound": clip.sound})
                words = clip.sound or clip.words or clip.prompt
                notes.append(translate("drama.no_sound", project.language, words=words[:80]))
        self._check_own(clips)
        if any(clip.sound == GENERATED for clip in clips):
            have_model(self._job)
        wanted = (clip.sound for clip in clips if not is_made(clip))
        self.replaced = have_there(wanted, self._job, self._job.sounds_dir)
        for asked, given in self.replaced.items():
            notes.append(translate("drama.stand_in", project.language, what=asked, given=given))
        return project.model_copy(update={"clips": clips}), notes

    def _check_own(self, clips: list[Clip]) -> None:
        """Hear every file of the user's that is wanted, as far as it will be heard."""
        broken = []
        for sound_id in sorted({clip.sound for clip in clips if clip.sound.startswith(OWN)}):
            self._job.check_canceled()
            try:
                heard, _ = read(own_file(sound_id, self._job.sounds_dir), duration_s=LONGEST_LOOP_S)
            except AppError as error:
                if error.code not in (Code.UNSUPPORTED_AUDIO, Code.INVALID_INPUT):
                    raise
                broken.append(sound_id.removeprefix(OWN))
                continue
            if not heard.shape[1] or not np.isfinite(heard).all():
                broken.append(sound_id.removeprefix(OWN))
        if broken:
            names = ", ".join(broken[:MOST_NAMED]) + (", …" if len(broken) > MOST_NAMED else "")
            raise invalid("own_sounds_broken", count=len(broken), sounds=names)

    def lengths(self, project: Project) -> dict[str, float]:
        """How long the clips without an end are by themselves, seconds."""
        found = {}
        for clip in project.clips:
            self._job.check_canceled()
            if clip.end is None:
                own_s = CUE_S if clip.lane == "music" else GENERATED_S
                found[clip.id] = own_s if is_made(clip) else self._effect(clip).shape[1] / self._rate_hz
        return found

    def make(self, clip: Clip) -> None:
        """Have what is made from words for a laid-out clip there. Raises MODEL_MISSING, Canceled."""
        seconds = max((clip.end_s or 0.0) - (clip.start_s or 0.0), SHORTEST_S)
        seed = clip.seed or self._seed
        if clip.sound == GENERATED:
            audio, rate_hz = ask(clip.prompt, seconds, seed, self._job)
            samples = round(seconds * rate_hz)
            blocks = tiled(seamless(audio, rate_hz), samples) if samples > audio.shape[1] else iter([audio])
        else:
            audio, rate_hz = cue(clip.prompt, min(max(seconds, SHORTEST_CUE_S), LONGEST_CUE_S), seed, self._job)
            blocks = iter([audio])
        first = self._kept.blocks
        self._kept.add(Resampler(rate_hz, self._rate_hz, audio.shape[0]).stream(blocks))
        self._made[clip.id] = first, self._kept.blocks

    def sound(self, clip: Clip, seconds: float | None) -> Iterator[Audio]:
        """Blocks float32 [2, any], as `engine.drama.mix.clips.SoundOf` says."""
        if is_made(clip):
            yield from self._kept.between(*self._made[clip.id])
        elif seconds is None or clip.end is None:
            yield self._effect(clip)
        else:
            yield from self._stream(clip, seconds)

    def _effect(self, clip: Clip) -> Audio:
        """A sound of its own length, kept while there is room."""
        if clip.id not in self._effects:
            self._effects[clip.id] = np.concatenate(list(self._stream(clip, None)), axis=1)
            while sum(each.shape[1] for each in self._effects.values()) > _KEPT_SAMPLES and len(self._effects) > 1:
                self._effects.popitem(last=False)
        self._effects.move_to_end(clip.id)
        return self._effects[clip.id]

    def _stream(self, clip: Clip, seconds: float | None) -> Iterator[Audio]:
        given = self.replaced.get(clip.sound, clip.sound)
        return stream(
            given,
            rate_hz=self._rate_hz,
            duration_s=seconds,
            seed=clip.seed or self._seed,
            parameters=clip.parameters if given == clip.sound else {},
            models_dir=self._job.models_dir,
            folder=self._job.sounds_dir,
        )


def is_made(clip: Clip) -> bool:
    """Whether it is made from its words: composed, or generated."""
    return bool(clip.prompt) and (clip.sound == GENERATED or (clip.lane == "music" and not clip.sound))


def generated(project: Project, folder: Path) -> Project:
    """The project with ambience and effects that are to be generated, the user's own sounds apart."""
    clips = []
    for clip in project.clips:
        if clip.lane != "music" and clip.sound and not clip.sound.startswith(OWN):
            prompt = tags()[sound_of(clip.sound, folder).tags[0]].prompt
            clip = clip.model_copy(update={"sound": GENERATED, "prompt": prompt, "parameters": {}})
        clips.append(clip)
    return project.model_copy(update={"clips": clips})
