"""A job as its runner sees it: progress, cancellation, inputs, engines and results."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from engine.commands import command
from engine.context import E, MadeSegment, Segment, Services, TrackDraft
from engine.errors import AppError, Canceled, Code
from engine.jobs.engines import EnginePool
from engine.jobs.job import SegmentWork
from engine.jobs.messages import JobPreview, JobProgress, RunJob, SegmentsWait
from engine.jobs.preview import FILE, PreviewFacts
from engine.jobs.shared_segments import SharedSegments
from engine.library.atomic import write_bytes, write_json
from engine.library.inputs import Input, KnownMusic, Stem
from engine.library.publish import OUTCOME
from engine.library.record import Annotation, Record, SourceNote, Timings
from engine.parameters import Params
from engine.settings import Settings

if TYPE_CHECKING:
    from engine.context import Audio

REPORTS_PER_SECOND = 10

log = logging.getLogger(__name__)


class Progress:
    """Maps steps of stages to one figure from 0 to 1 that never falls, and reports it at most ten times a second."""

    def __init__(self, report: Callable[[float, str | None], object]) -> None:
        self._report = report
        self._spans: dict[str, tuple[float, float]] = {}
        self._value = 0.0
        self._stage: str | None = None
        self._reported_at = 0.0

    @property
    def at(self) -> tuple[str, float]:
        """The stage, and how far the whole is, 0 to 1."""
        return (self._stage or "").partition(" ")[0], round(self._value, 4)

    def plan(self, weights: Mapping[str, float]) -> None:
        total, start = sum(weights.values()), self._value
        scale = (1 - start) / total
        for stage, weight in weights.items():
            self._spans[stage] = (start, weight * scale)
            start += weight * scale

    def update(self, step: float, total: float, stage: str | None) -> None:
        share = min(max(step / total, 0.0), 1.0) if total > 0 else 0.0
        name = (stage or "").partition(" ")[0]
        start, width = self._spans.get(name, (0.0, 1.0) if not self._spans else (self._value, 0.0))
        value = min(1.0, max(self._value, start + width * share))
        now = time.monotonic()
        news = name != (self._stage or "").partition(" ")[0] or (value >= 1 and self._value < 1)
        self._value, self._stage = value, stage
        if news or now - self._reported_at >= 1 / REPORTS_PER_SECOND:
            self._reported_at = now
            self._report(round(value, 4), stage)


class PreviewWriter:
    """The worker's end of a preview: a file that the server reads. `report` is called after every piece, once it can
    be read.
    """

    def __init__(self, folder: Path, report: Callable[[PreviewFacts], object]) -> None:
        self._path, self._report = folder / FILE, report
        self._samples, self._shape = 0, (0, 0)

    def add(self, audio: "Audio", rate_hz: int) -> None:
        """The next piece, float32 [channels, samples]; what is over full scale is clipped, here only."""
        import numpy as np

        shape = rate_hz, audio.shape[0]
        if shape != self._shape:
            self._path.unlink(missing_ok=True)
            self._samples, self._shape = 0, shape
        whole = np.round(np.clip(audio, -1, 1) * 32767).astype("<i2")
        with self._path.open("ab") as file:
            file.write(np.ascontiguousarray(whole.T).tobytes())
        self._samples += audio.shape[1]
        self._report(PreviewFacts(self._samples, rate_hz, audio.shape[0]))


@dataclass(eq=False, repr=False)
class WorkerJobContext:
    """Implements `engine.context.JobContext` inside a worker. `request.folder` was made by the server."""

    request: RunJob
    params: Params
    inputs: Mapping[str, Input]
    device: str
    settings: Settings
    engines: EnginePool
    send: Callable[[JobProgress | JobPreview | SegmentsWait], object]
    canceled: threading.Event
    shared: SharedSegments | None = None
    """Of a cluster, whose other nodes may help with long sounds."""

    def __post_init__(self) -> None:
        request = self.request
        self.job_id, self.attempt = request.job_id, request.attempt
        self.models_dir, self.vram_gb = self.settings.models, self.settings.vram_gb
        self.cache_dir, self.sounds_dir = self.settings.cache_dir, self.settings.sounds_dir
        self.voices_dir = self.settings.voices_dir
        self.services = Services(**self.settings.model_dump(include={each.name for each in fields(Services)}))
        self.temp_dir = request.folder / "temp"
        self.temp_dir.mkdir(exist_ok=True)
        self._progress = Progress(lambda value, stage: self.send(JobProgress(self.job_id, value, stage)))
        self._preview = PreviewWriter(request.folder, lambda facts: self.send(JobPreview(self.job_id, facts)))
        self._started = time.monotonic()
        self._timings = Timings(queued_s=round(request.queued_s, 3))
        self._tracks: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []
        self._scores: list[dict[str, str]] = []
        self._has_shared = False

    def plan(self, **weights: float) -> None:
        self._progress.plan(weights)

    def progress(self, step: float, total: float, stage: str | None = None) -> None:
        self.check_canceled()
        self._progress.update(step, total, stage)

    def check_canceled(self) -> None:
        if self.canceled.is_set():
            raise Canceled

    def preview(self, audio: "Audio", rate_hz: int) -> None:
        self._preview.add(audio, rate_hz)

    def open(self, key: str) -> Path:
        return self._input(key).path

    def title(self, key: str) -> str:
        return self._input(key).title

    def file_name(self, key: str) -> str:
        return self._input(key).name

    def stems(self, key: str) -> dict[str, Stem]:
        return self._input(key).stems

    def known_music(self, key: str) -> KnownMusic | None:
        return self._input(key).music

    def project(self, key: str) -> Path | None:
        return self._input(key).project

    def record(self, key: str) -> Record | None:
        path = self._input(key).record
        return Record.model_validate_json(path.read_bytes()) if path else None

    @contextlib.contextmanager
    def naming_errors(self) -> Iterator[None]:
        """An error that is about one of the inputs, or a stem of it, is told what people call that input."""
        try:
            yield
        except AppError as error:
            if error.code not in (Code.INVALID_INPUT, Code.UNSUPPORTED_AUDIO, Code.NOT_FOUND):
                raise
            for given in self.inputs.values():
                if given.title and error.path in (given.path, *(stem.path for stem in given.stems.values())):
                    error.values.setdefault("name", given.title)
            raise

    def _input(self, key: str) -> Input:
        try:
            return self.inputs[key]
        except KeyError:
            raise AppError(Code.NOT_FOUND, "input_not_found", input=key) from None

    def engine(self, key: str, make: Callable[[], E]) -> E:
        began = time.monotonic()
        engine = self.engines.get(key, make, self, need_mb=self.request.memory_mb)
        self._timings.loading_s = round(self._timings.loading_s + time.monotonic() - began, 3)
        return engine

    def release(self, key: str) -> None:
        self.engines.release(key)

    def new_track(self, draft: TrackDraft) -> Record:
        from engine.jobs.track_writer import TrackWriter

        self._progress.update(0, 1, "SAVING")
        number = len(self._tracks)
        writer = TrackWriter(draft, number, self.request, self.params, self.device, self.temp_dir, self.check_canceled)
        record = writer.write(self._source_note, self._timings_now)
        self._tracks.append({**writer.files, "record": record.model_dump(mode="json")})
        return record

    def _timings_now(self) -> Timings:
        return self._timings.model_copy(update={"running_s": round(time.monotonic() - self._started, 3)})

    def _source_note(self) -> list[SourceNote]:
        """What reading the inputs found wrong with them."""
        from engine.audio.notes import notes_of

        found = []
        for key, given in sorted(self.inputs.items()):
            paths = [given.path, *(stem.path for stem in given.stems.values())]
            notes = [note for path in paths for note in notes_of(path)]
            found += [SourceNote(source=key, name=given.name or given.title, **note) for note in notes]
        return found

    def segments(self, segments: Sequence[Segment]) -> Iterator[MadeSegment] | None:
        if self.shared is None:
            return None
        from engine.jobs.segment_making import with_others

        self._has_shared = True
        return with_others(
            self, self.shared, segments, self._segment_maker(), self._progress.at,
            planned=lambda: self.send(SegmentsWait(self.job_id)), pause=self.canceled.wait,
        )  # fmt: skip

    def make_segment(self, work: SegmentWork) -> None:
        """For a job of another worker. Raises INVALID_INPUT where nothing is shared here."""
        from engine.jobs.segment_making import for_another

        assert self.shared is not None
        for_another(self, self.shared, work, self._segment_maker(), self.canceled.wait)

    def _segment_maker(self) -> Callable[[dict[str, Any], Callable[["Audio"], object]], dict[str, Any]]:
        make = resolve_name(command(self.request.command, debug=self.settings.debug).segment_maker)
        return partial(make, self.params, self)

    def clear(self) -> None:
        """The results are there: what others made for them goes. An attempt that fails leaves it to the next one."""
        if self.shared is not None and self._has_shared:
            try:
                self.shared.forget(self.job_id, self.attempt)
            except (AppError, SQLAlchemyError):  # it is swept away later
                log.warning("segments could not be deleted", exc_info=True)

    def _track_id(self, key: str) -> str:
        self.open(key)
        kind, _, track_id = key.partition(":")
        if kind != "track":
            raise AppError(Code.NOT_FOUND, "track_not_found")
        return track_id

    def add_score(self, key: str, midi: bytes) -> None:
        track_id, file = self._track_id(key), f"score-{len(self._scores)}.mid"
        write_bytes(self.request.folder / file, midi)
        self._scores.append({"track": track_id, "midi": file})

    def annotate(self, key: str, /, **facts: Any) -> None:
        track_id = self._track_id(key)
        annotation = Annotation.now(self.request.command, facts, self.job_id)
        self._annotations.append({"track": track_id, "annotation": annotation.model_dump(mode="json")})

    def finish(self) -> None:
        """Leave the outcome: from here on the results exist."""
        self.check_canceled()
        outcome = {
            "job_id": self.job_id,
            "tracks": self._tracks,
            "annotations": self._annotations,
            "scores": self._scores,
        }
        write_json(self.request.folder / OUTCOME, outcome)
