"""A sound heard in one job, with its stems where they are wanted, and what that makes of it."""

import logging
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from engine.audio.block import Audio
from engine.audio.decode import blocks, open_source, probe
from engine.audio.kept import kept_as
from engine.audio.scratch_audio import ScratchAudio
from engine.context import JobContext, TrackDraft
from engine.errors import AppError, Code
from engine.library.annotations import corrected_by_hand
from engine.models.device import threads_of_torch
from engine.models.ensure import ensure, located
from engine.parameters import Format, OutputParams
from engine.split.params import SplitParams
from engine.split.separating import files_of, loaded, separated, separation
from engine.split.stream import Separation, examine
from engine.split.stream import facts_of as facts_of_split
from engine.tag import sentences
from engine.tag.clamp3 import files as clamp3
from engine.tag.ears import Ears, wanted
from engine.tag.facts import TrackFacts
from engine.tag.findings import facts_of
from engine.tag.listener import Feed, listen
from engine.tag.notes.midi import stems_to_midi, to_midi
from engine.tag.params import ListenParams
from engine.tag.stems import HeardStem, enhanced, notes_by_stem, whole

log = logging.getLogger(__name__)

AS_FILE = "file"
"""The model of a track that is a user's file."""
DESCRIBING = 4
"""How many times as long as all other listeners CLaMP 3 takes on a processor, for the progress bar."""


class Hearing:
    """How a job comes to know a sound: `listen`, then draw `stems` where it `separates`, then `save` or `draft`."""

    def __init__(self, params: ListenParams, job: JobContext, separator: str | None) -> None:
        """Everything loaded. `separator`: the model that makes stems where the track has none; None: no stems.

        The stages DOWNLOADING and VERIFYING. Raises MODEL_MISSING as `ensure` does.
        """
        self.params, self.job, self.path = params, job, job.open(params.source)
        self._record = job.record(params.source)
        self._own = job.stems(params.source) if separator else {}
        composed = self._record is not None and self._record.command == "generate"
        if not whole(self._own, composed=composed):
            self._own = {}
        self._split = None
        if separator and not self._own:
            self._split = SplitParams(source=params.source, model=separator)
        models = self._models = wanted(params, job.models_dir)
        self._describing = DESCRIBING if clamp3.MODEL in models else 0
        split_files = files_of(self._split, job.models_dir) if self._split else []
        there = all(located(model, job.models_dir) for model in models) and (split_files or not self._split)
        job.plan(
            **({} if there else {"DOWNLOADING": 30, "VERIFYING": 1}),
            ANALYZING=20 * (1 + self._describing),
            **({"SEPARATING": 80} if self._split else {}),
        )
        files = {model: ensure(model, job) for model in models}
        if not there:
            _fetch_words(job)
        if self._split:
            self._split_files = split_files or ensure(self._split.model, job)
        self._ears = job.engine(f"tag:{','.join(models)}", lambda: Ears.of(files))
        length = self._record or probe(self.path)  # a record knows without decoding
        self._duration_s, self._samples = length.duration_s, length.samples
        self._stems: dict[str, HeardStem] = {}

    def listen(self) -> None:
        """Hear the whole, and then the stems that the track has. The stage ANALYZING."""
        with_stems = bool(self._own or self._split)
        described = self._samples * self._describing
        total = self._samples * (1 + len(self._own)) + described

        def tick(done: int, of: int) -> None:
            self.job.progress(self._samples + described * done / of, total, "ANALYZING")

        self._whole = self._ears.listeners(self._duration_s, self.job.temp_dir, tick, notes=not with_stems)
        try:
            self._heard(self.path, self._whole.all(), 0, total)
            self._facts = facts_of(self._whole, self.params, self.job.known_music(self.params.source), self._models)
        finally:
            if self._whole.descriptors:
                self._whole.descriptors.close()
        self._mix = HeardStem(self._whole.level.result(), self._whole.tags.result(), None, ())
        if self._own and self._has_music:
            for place, (name, stem) in enumerate(self._own.items(), 1):
                ears = self._ears.of_stem(name, self._duration_s)
                self._heard(stem.path, ears.all(), described + place * self._samples, total)
                self._stems[name] = HeardStem.of(ears)
        self.job.progress(1, 1, "ANALYZING")

    def _heard(self, path: Path, listeners: list[Any], before: int, total: int) -> None:
        done = 0

        def hear(block: Audio) -> None:
            nonlocal done
            done = min(self._samples, done + block.shape[1])
            self.job.progress(before + done, total, "ANALYZING")

        with threads_of_torch(1):  # who listens has threads of its own, and a network's wait for each other under load
            listen(path, listeners, hear)

    @property
    def _has_music(self) -> bool:
        return self._facts.tags is not None

    @property
    def separates(self) -> bool:
        """Whether stems are still to be made: they are wanted, the track has none, and there is music to take apart."""
        return self._split is not None and self._has_music

    def separation(self, sound: ScratchAudio) -> Separation:
        """How the stems will be made; `sound`, which who calls closes, holds the decoded file meanwhile."""
        assert self._split is not None
        source = examine(self.path, sound, lambda samples: self.job.check_canceled())
        return separation(self._split, source, loaded(self._split, self._split_files, self.job))

    def stems(self, made: Separation) -> Iterator[Mapping[str, Audio]]:
        """The stems block by block, each heard on its way. The stage SEPARATING."""
        ears = {name: self._ears.of_stem(name, self._duration_s) for name in made.model.sources}
        feeds = {name: Feed(made.source.rate_hz, each.all()) for name, each in ears.items()}
        for _, stems in separated(made, self.job):
            for name, block in stems.items():
                feeds[name].add(block)
            yield stems
        for feed in feeds.values():
            feed.finish()
        self._stems = {name: HeardStem.of(each) for name, each in ears.items()}

    @cached_property
    def facts(self) -> TrackFacts:
        """All that was found."""
        if not self._stems:
            return self._facts
        found = enhanced(self._facts, self._mix, self._stems, self.params.top_k)
        if self._split and found.analysis:
            models = [*found.analysis.models, self._split.model]
            found = found.model_copy(update={"analysis": found.analysis.model_copy(update={"models": models})})
        return found

    def midi(self) -> bytes | None:
        """The notes, where music was heard and there are any; of stems each in a track of its own."""
        tempo_bpm = self._facts.tempo.bpm if self._facts.tempo else None
        if self._stems:
            notes = notes_by_stem(self._stems, self._mix.level)
            return stems_to_midi(notes, tempo_bpm) if notes else None
        heard = self._whole.notes.result() if self._whole.notes and self._has_music else ()
        return to_midi(heard, tempo_bpm) if heard else None

    def save(self) -> None:
        """Into the facts of the track of the library, from which goes what is no longer found; a file of the user's
        becomes one."""
        source, job = self.params.source, self.job
        if not source.startswith("track:"):
            job.new_track(self.draft())
            return
        before = self._record.facts if self._record else {}
        unasked = {"chords"} if self._has_music and not self.params.chords else set()
        gone = {name: None for name in TrackFacts.model_fields if name in before and name not in unasked}
        job.annotate(source, **(gone | self.facts.plain()))
        if midi := self.midi():
            job.add_score(source, midi)

    def draft(self, made: Separation | None = None) -> TrackDraft:
        """The file as a track: as it is where a track can have its format, else as FLAC. Its facts and its score stand
        when its stems, those that `made` makes, were drawn. What the user corrected of a track goes along."""
        facts: dict[str, Any] = {}

        def stems(made: Separation) -> Iterator[Mapping[str, Audio]]:
            yield from self.stems(made)
            facts.update(self.facts.plain())

        if made is None:
            facts.update(self.facts.plain())
        kept, title = kept_as(self.path), self.job.title(self.params.source)
        with open_source(self.path) as source:
            rate_hz, layout = source.rate_hz, source.layout
        return TrackDraft(
            audio=blocks(self.path) if kept is None else self.path,
            rate_hz=rate_hz,
            layout=layout,
            output=OutputParams(format=Format.FLAC if kept is None else kept.format),
            model=AS_FILE,
            prompt=title,
            title="" if self.params.source.startswith("track:") else title,
            details={"stems": list(made.model.sources), **facts_of_split(made)} if made else {},
            facts=facts,
            corrected=self._corrected(),
            midi=self.midi,
            stems=stems(made) if made else None,
            tags_of=self.path,
        )

    def _corrected(self) -> dict[str, Any]:
        if self._record is None:
            return {}
        own = corrected_by_hand(self._record.annotations)
        return {name: fact for name, fact in self._record.facts.items() if name in own}


def _fetch_words(job: JobContext) -> None:
    """What a search understands texts with comes along with the models; without it, it knows words and synonyms."""
    try:
        ensure(sentences.MODEL, job)
    except AppError as error:
        if error.code is not Code.MODEL_MISSING:
            raise
        log.warning("the sentence encoder cannot be fetched", exc_info=error)
