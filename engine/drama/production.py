"""From a script to a mixed drama: each step completes the project, one engine after the other."""

import itertools
import random
import time
from collections.abc import Iterator, Mapping
from typing import Any

from engine.audio.block import Audio
from engine.context import JobContext, TrackDraft
from engine.drama.analysis import analysed
from engine.drama.clip_sounds import CUE_S, ClipSounds, is_made
from engine.drama.credits import credits_of
from engine.drama.mix.mixture import RATE_HZ, Mixture, mixed
from engine.drama.mix.report import ACX_RATE_HZ
from engine.drama.mix.timeline import LineLength, lay_out
from engine.drama.params import DramaParams
from engine.drama.project import MOST_UNSPOKEN, Clip, Lane, Line, Project
from engine.drama.scenes.manner import manner
from engine.drama.script.facts import PACE
from engine.drama.utterances import has_words, utterance_of
from engine.drama.voices.line_cache import LineCache, LineInfo
from engine.drama.voices.line_keys import LineKeys
from engine.drama.voices.speak import speak_all, speak_one
from engine.drama.voices.speech import Speech
from engine.drama.voices.utterance import Utterance
from engine.drama.voices.voices import engine_of
from engine.drama.work_rates import WorkRates
from engine.errors import AppError, Code, invalid
from engine.parameters import Format, OutputParams

SEEDS = 100_000_000
KEPT_S = 0.2
"""An engine that is there so soon was not loaded."""
PASSES = 2
"""How often the mixer hears everything: to measure, and to mix; once more for stems."""
STEM_WAV_S = 1800.0
"""Stems of longer dramas are FLAC: an hour of four in 32 bits would take 5 GB."""
_LANES: tuple[Lane, ...] = ("ambience", "effects", "music")


def produce(params: DramaParams, job: JobContext, lines: LineCache) -> None:
    """Hand in the drama as one track. Raises what its steps raise; nothing is left out silently."""
    rates = WorkRates(job.cache_dir / "drama.json")
    production = Production(params, job, lines, rates)
    project = production.read()
    with ClipSounds(job, production.rate_hz, project.seed) as sounds:
        heard = production.choose(project, sounds)
        heard = production.speak(heard)
        heard = production.lay_out(heard, sounds)
        production.hand_in(heard, sounds)
    rates.keep()


class Production:
    def __init__(self, params: DramaParams, job: JobContext, lines: LineCache, rates: WorkRates) -> None:
        self._params, self._job, self._cache, self._rates = params, job, lines, rates
        self._voices_only = params.level == "acx"
        self.rate_hz = ACX_RATE_HZ if self._voices_only else RATE_HZ
        self._asked: dict[str, Utterance] = {}
        self._keys: dict[str, str] = {}
        self._notes: list[str] = []
        self._clips: list[Clip] = []

    def read(self) -> Project:
        """The script, read and understood: who speaks, where, with which sounds and voices."""
        job, params = self._job, self._params
        data, name = self._script()
        expected_s = self._rates.expected_s("analyzing", len(data))
        job.plan(ANALYZING=max(expected_s, 0.1), LATER=max(self._rates.expected_s("kokoro", len(data)), 1.0))
        job.progress(0, 1, "ANALYZING")
        began = time.monotonic()
        project = analysed(data, name, params, job)
        self._rates.note("analyzing", len(data), time.monotonic() - began)
        if not any(has_words(line) for line in project.lines):
            raise invalid("drama_empty")
        seed = params.seed if params.seed >= 0 else project.seed or random.SystemRandom().randrange(1, SEEDS)
        job.progress(1, 1, "ANALYZING")
        return project.model_copy(update={"seed": seed})

    def _script(self) -> tuple[bytes, str]:
        """The bytes of the script and the name of its file."""
        key = self._params.script
        if key is None:
            return self._params.text.encode(), ""
        path = self._job.project(key) or self._job.open(key)
        return path.read_bytes(), self._job.file_name(key)

    def choose(self, project: Project, sounds: ClipSounds) -> Project:
        """The project with the clips that will be heard, all that they need there: what is wrong with them is known
        before hours of speech are made."""
        wanted: set[Lane] = set()
        if not self._voices_only:
            wanted = {lane for lane in _LANES if getattr(self._params, lane)}
        self._clips = project.clips
        heard, self._notes = sounds.usable(project, wanted)
        return heard

    def speak(self, project: Project) -> Project:
        """Every line as sound in the cache."""
        job, rates = self._job, self._rates
        asked, keys = self._asked, LineKeys(job.voices_dir)
        for line in filter(has_words, project.lines):
            job.check_canceled()
            asked[line.id] = utterance_of(project, line, self._params.speed)
            self._keys[line.id] = keys.of(asked[line.id])
        todo = {self._keys[line_id]: utterance for line_id, utterance in asked.items()}
        todo = {key: utterance for key, utterance in todo.items() if self._cache.info(key) is None}
        work = _work_by_engine(todo)
        dialogue_s = sum(rates.expected_s(engine, amount) for engine, amount in work.items())
        seconds = sum(len(utterance.text) for utterance in asked.values()) / PACE[project.language]
        cues = sum(is_made(clip) for clip in project.clips)
        passes = PASSES + self._params.stems
        job.plan(
            **({"LOADING": rates.expected_s("loading", 1)} if todo else {}),
            DIALOGUE=max(dialogue_s, 0.1),
            AMBIENCE=0.5,
            **({"MUSIC": cues * rates.expected_s("cue", CUE_S)} if cues else {}),
            MIXING=max(rates.expected_s("mixing", seconds * passes), 0.5),
        )
        began, calls = time.monotonic(), itertools.count()

        def progress(done: int, total: int, share: float) -> None:
            nonlocal began
            call = next(calls)
            if todo and call < 2:  # before an engine is loaded, and after
                job.progress(call, 1, "LOADING")
                loading_s, began = time.monotonic() - began, time.monotonic()
                if loading_s > KEPT_S:
                    rates.note("loading", 1, loading_s)
            job.progress(share, 1, f"DIALOGUE {done}/{total}")

        infos = speak_all(asked.items(), job, self._cache, progress)
        if len(work) == 1:
            [(engine, amount)] = work.items()
            rates.note(engine, amount, time.monotonic() - began)
        lines = [_with_speech(line, infos.get(line.id)) for line in project.lines]
        self._lengths = {line_id: LineLength(info.seconds, info.words) for line_id, info in infos.items()}
        return project.model_copy(update={"lines": lines})

    def lay_out(self, project: Project, sounds: ClipSounds) -> Project:
        """Everything in its time, with its sound there."""
        job = self._job
        job.progress(0, 1, "AMBIENCE")
        lengths = sounds.lengths(project)
        heard = lay_out(project, self._lengths, clip_lengths=lengths, manner=manner, voices_only=self._voices_only)
        job.progress(1, 1, "AMBIENCE")
        cues = [clip for clip in heard.clips if is_made(clip) and clip.start_s is not None]
        began = time.monotonic()
        for number, clip in enumerate(cues):
            job.progress(number, len(cues), f"MUSIC {number + 1}/{len(cues)}")
            sounds.make(clip)
        self._rates.note("cue", CUE_S * len(cues), time.monotonic() - began)
        return heard

    def hand_in(self, project: Project, sounds: ClipSounds) -> None:
        """Mix, and write the track."""
        params, job = self._params, self._job
        duration_s = project.duration_s or 0.0
        total_s = duration_s * (PASSES + params.stems)
        done = 0.0
        began = time.monotonic()

        def tick(seconds: float) -> None:
            nonlocal done
            done += max(seconds, 0.0)
            job.progress(min(done, total_s), total_s, "MIXING")

        mixture = mixed(
            project, self._speech, sounds.sound, rate_hz=self.rate_hz, target=params.level, manner=manner, tick=tick
        )
        details: dict[str, Any] = {}
        stems = ({name: block.stems[name] for name in _heard_stems(project)} for block in mixture)
        flac = OutputParams(format=Format.FLAC, bit_depth="24")

        def told() -> bytes:
            details.update(self._details(project, mixture, sounds.replaced))
            self._rates.note("mixing", total_s, time.monotonic() - began)
            return project.model_copy(update={"clips": self._all_clips(project)}).model_dump_json().encode()

        job.new_track(
            TrackDraft(
                audio=_mix(mixture),
                rate_hz=self.rate_hz,
                output=params,
                model="drama",
                prompt=params.text,
                title=project.title,
                parameters={"seed": project.seed},
                details=details,
                project=told,
                stems=stems if params.stems and not self._voices_only else None,
                stem_output=flac if duration_s > STEM_WAV_S else None,
            )
        )

    def _all_clips(self, heard: Project) -> list[Clip]:
        """Those that are not heard too, without times: another drama of this project may want them."""
        known = {clip.id: clip for clip in heard.clips}
        return [known.get(clip.id) or clip.model_copy(update={"start_s": None, "end_s": None}) for clip in self._clips]

    def _speech(self, line: Line) -> Speech:
        """The line as it was spoken; once more where somebody has emptied the cache meanwhile."""
        kept = self._cache.get(self._keys[line.id])
        if kept is None:
            speak_one(self._asked[line.id], self._job, self._cache)
            kept = self._cache.get(self._keys[line.id])
        if kept is None:
            raise AppError(Code.INTERNAL, "drama_line_lost", text=line.text[:80])
        return kept

    def _details(self, project: Project, mixture: Mixture, replaced: Mapping[str, str]) -> dict[str, Any]:
        """What the record says of the drama."""
        said = {line.speaker for line in project.lines}
        return {
            "language": project.language,
            "lines": len(project.lines),
            "chapters": len(project.chapters),
            "scenes": len(project.scenes),
            "cast": {each.name: each.voice for each in project.characters if each.id in said},
            "credits": credits_of(project, replaced),
            "unspoken": [
                f"{line.text[:60]}: {', '.join(line.unspoken)[:60]}" for line in project.lines if line.unspoken
            ][:50],
            "notes": [*project.notes, *self._notes][:50],
            "report": mixture.report.to_json(),
        }


def _work_by_engine(todo: dict[str, Utterance]) -> dict[str, int]:
    found: dict[str, int] = {}
    for utterance in todo.values():
        engine = engine_of(utterance.voice)
        found[engine] = found.get(engine, 0) + utterance.work
    return found


def _with_speech(line: Line, info: LineInfo | None) -> Line:
    if info is None:
        return line
    return line.model_copy(update={"spoken": info.spoken, "unspoken": info.unspoken[:MOST_UNSPOKEN]})


def _mix(mixture: Mixture) -> Iterator[Audio]:
    return (block.mix for block in mixture)


def _heard_stems(project: Project) -> list[str]:
    """The voices, and every lane that sounds."""
    return ["dialogue", *(lane for lane in _LANES if any(clip.lane == lane for clip in project.clips))]
