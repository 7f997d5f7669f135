"""A job as its runner sees it: progress, cancellation, inputs, engines and results."""

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import __version__
from engine.context import E, Engine
from engine.errors import AppError, Canceled, Code
from engine.jobs.engines import EnginePool
from engine.jobs.messages import JobPreview, JobProgress, RunJob
from engine.jobs.preview_writer import PreviewWriter
from engine.library.atomic import write_bytes, write_json
from engine.library.inputs import Input, Stem
from engine.library.library import OUTCOME
from engine.library.names import track_name
from engine.library.record import EngineInfo, Levels, Record, RecordParameters, SourceNote, StemFile, Timings
from engine.parameters import FLAC_LEVEL, Format, OutputParams, Params
from engine.text import label, prose

if TYPE_CHECKING:
    from engine.audio.ceiling import Kept
    from engine.audio.layouts import Layout
    from engine.audio.scratch_audio import ScratchAudio
    from engine.context import Audio, Stems

AS_PLAYED = OutputParams(format=Format.WAV, bit_depth="32f")
"""How stems are kept when nothing else is wished: nothing is rounded, nothing is clipped."""

REPORTS_PER_SECOND = 10


class Progress:
    """Maps steps of stages to one figure from 0 to 1 that never falls, and reports it at most ten times a second."""

    def __init__(self, report: Callable[[float, str | None], object]) -> None:
        self._report = report
        self._spans: dict[str, tuple[float, float]] = {}
        self._value = 0.0
        self._stage: str | None = None
        self._reported_at = 0.0

    def plan(self, weights: Mapping[str, float]) -> None:
        total, start = sum(weights.values()), self._value
        scale = (1 - start) / total
        for stage, weight in weights.items():
            self._spans[stage] = (start, weight * scale)
            start += weight * scale

    def update(self, step: float, total: float, stage: str | None) -> None:
        share = min(max(step / total, 0.0), 1.0) if total > 0 else 0.0
        start, width = self._spans.get(stage or "", (0.0, 1.0) if not self._spans else (self._value, 0.0))
        value = min(1.0, max(self._value, start + width * share))
        now = time.monotonic()
        news = stage != self._stage or (value >= 1 and self._value < 1)
        self._value, self._stage = value, stage
        if news or now - self._reported_at >= 1 / REPORTS_PER_SECOND:
            self._reported_at = now
            self._report(round(value, 4), stage)


class WorkerJobContext:
    """Implements `engine.context.JobContext` inside a worker. `request.folder` was made by the server."""

    def __init__(
        self,
        request: RunJob,
        params: Params,
        *,
        device: str,
        models_dir: Path,
        vram_gb: float | None = None,
        engines: EnginePool,
        send: Callable[[JobProgress | JobPreview], object],
        canceled: threading.Event,
    ) -> None:
        self.job_id = job_id = request.job_id
        self.attempt = request.attempt
        self._interruptions = request.interruptions
        self.device = device
        self.models_dir = models_dir
        self.vram_gb = vram_gb
        self._folder = request.folder
        self.temp_dir = request.folder / "temp"
        self.temp_dir.mkdir(exist_ok=True)
        self._command = request.command
        self._params = params
        self._inputs = request.inputs
        self._memory_mb = request.memory_mb
        self._engines = engines
        self._progress = Progress(lambda value, stage: send(JobProgress(job_id, value, stage)))
        self._preview = PreviewWriter(request.folder, lambda facts: send(JobPreview(job_id, facts)))
        self._canceled = canceled
        self._started = time.monotonic()
        self._timings = Timings(queued_s=round(request.queued_s, 3))
        self._tracks: list[dict[str, Any]] = []

    def plan(self, **weights: float) -> None:
        self._progress.plan(weights)

    def progress(self, step: float, total: float, stage: str | None = None) -> None:
        self.check_canceled()
        self._progress.update(step, total, stage)

    def check_canceled(self) -> None:
        if self._canceled.is_set():
            raise Canceled

    def preview(self, audio: "Audio", rate_hz: int) -> None:
        self._preview.add(audio, rate_hz)

    def open(self, key: str) -> Path:
        return self._input(key).path

    def title(self, key: str) -> str:
        return self._input(key).title

    def stems(self, key: str) -> dict[str, Stem]:
        return self._input(key).stems

    def _input(self, key: str) -> Input:
        try:
            return self._inputs[key]
        except KeyError:
            raise AppError(Code.NOT_FOUND, "input_not_found", input=key) from None

    def engine(self, key: str, make: Callable[[], E]) -> E:
        began = time.monotonic()
        kept: Engine = self._engines.get(key, make, self, need_mb=self._memory_mb)
        self._timings.loading_s = round(self._timings.loading_s + time.monotonic() - began, 3)
        return kept  # type: ignore[return-value]

    def new_track(
        self,
        audio: "Audio | Iterable[Audio]",
        rate_hz: int,
        *,
        layout: "Layout | None" = None,
        output: OutputParams,
        model: str,
        prompt: str = "",
        parameters: dict[str, Any] | None = None,
        details: dict[str, Any] | None = None,
        engine_version: str | None = None,
        midi: bytes | None = None,
        picture: Callable[[], bytes] | None = None,
        stems: "Stems | None" = None,
        stem_output: OutputParams | None = None,
        title: str = "",
        tags_of: Path | None = None,
        tags_part_s: tuple[float, float] | None = None,
        ceiling_dbtp: float | None = None,
    ) -> Record:
        from engine.audio.ceiling import Part, write_under
        from engine.audio.scratch_audio import ScratchAudio
        from engine.audio.tags import OWN

        self._progress.update(0, 1, "SAVING")
        index = len(self._tracks)
        effective = {**self._params.model_dump(mode="json"), **(parameters or {})}
        seed = effective.get("seed")
        staged = self._folder / f"{index}.{output.format}"
        tags = {"title": prose(title) or label(prompt) or model, "artist": output.artist or ""}  # no date: same bytes
        # A field of our own: comment and description are the user's.
        tags[OWN] = f"{self._command}: {model}" + (f", seed {seed}" if seed is not None else "")
        tags["encodedby"] = OWN
        tags = {name: text for name, text in tags.items() if text}
        ceiling_dbtp = _lower_of(ceiling_dbtp, output)
        wish = _as_wished(output) | {"layout": layout, "tags": tags, "tags_of": tags_of, "tags_part_s": tags_part_s}
        stem_files: list[StemFile] = []
        names: list[str] = []
        with contextlib.ExitStack() as held:
            if ceiling_dbtp is not None and isinstance(audio, Iterator):
                blocks, audio = audio, held.enter_context(ScratchAudio(self.temp_dir))
                audio.add(blocks)
            parts = [Part(staged, audio, wish)]
            if stems and stem_output is not None and stem_output.peaks == "lower":
                folder = self._folder / f"{index}.stems"
                folder.mkdir()
                for name, sound in self._scratch_stems(stems, held).items():
                    stem_wish = self._stem_wish(stem_output, name, tags["title"], tags_of)
                    stem_wish["layout"] = _layout_of_stem(layout, sound.channels)
                    parts.append(Part(folder / f"{name}.{stem_output.format}", sound, stem_wish))
                    names.append(name)
            (kept, *kept_stems), lowered_db = write_under(parts, rate_hz, ceiling_dbtp, self.check_canceled)
        written, levels = kept.written, kept.levels
        effective |= {
            "format": written.format,
            "format_requested": output.format,
            "format_note": written.note,
            "bit_depth": written.bit_depth,
            "bit_depth_requested": output.bit_depth,
            "sample_rate": kept.rate_hz,
            "sample_rate_requested": output.sample_rate,
            "channels": kept.channels,
            "layout": kept.layout.name,
        }
        effective.setdefault("channels_original", kept.channels)
        entry = {"staged": staged.name, "peaks": f"{index}.peaks.json"}
        write_json(self._folder / entry["peaks"], kept.peaks)
        if midi is not None:
            entry["midi"] = f"{index}.mid"
            write_bytes(self._folder / entry["midi"], midi)
        if picture is not None:
            entry["picture"] = f"{index}.png"
            write_bytes(self._folder / entry["picture"], picture())
        if stems:
            entry |= {"stems": f"{index}.stems", "stem_peaks": f"{index}.stem_peaks"}
            folder, pictures = self._folder / entry["stems"], self._folder / entry["stem_peaks"]
            pictures.mkdir()
            if not names:
                folder.mkdir()
                names, kept_stems = self._write_stems(
                    folder, stems, rate_hz, stem_output or AS_PLAYED, layout, tags["title"], tags_of
                )  # fmt: skip
            for name, stem in zip(names, kept_stems, strict=True):
                write_json(pictures / f"{name}.json", stem.peaks)
                stem_files.append(_stem_file(name, stem))
        record = Record(
            id=uuid.uuid4().hex,
            job_id=self.job_id,
            job_index=index,
            name=track_name(model, seed, datetime.now(), output.artist),
            file=staged.name,
            command=self._command,
            model=model,
            prompt=prompt,
            artist=output.artist,
            created_at=time.time(),
            interruptions=self._interruptions,
            parameters=RecordParameters(**effective),
            sources=sorted(self._params.inputs().values()),
            source_note=self._source_note(),
            duration_s=kept.samples / kept.rate_hz,
            samples=kept.samples,
            levels=Levels(
                loudness_lufs=_rounded(levels.loudness_lufs),
                true_peak_dbtp=_rounded(levels.true_peak_dbtp),
                clipped_samples=written.clipped,
                lowered_db=round(lowered_db, 2),
            ),
            engine=EngineInfo(name=model, version=engine_version or __version__, device=self.device),
            timings=self._timings.model_copy(update={"running_s": round(time.monotonic() - self._started, 3)}),
            stems=stem_files,
            details=details or {},
        )
        self._tracks.append({**entry, "record": record.model_dump(mode="json")})
        return record

    def _source_note(self) -> list[SourceNote]:
        """What reading the inputs found wrong with them."""
        from engine.audio.notes import notes_of

        found = []
        for key, given in sorted(self._inputs.items()):
            paths = [given.path, *(stem.path for stem in given.stems.values())]
            notes = [note for path in paths for note in notes_of(path)]
            found += [SourceNote(source=key, name=given.title, **note) for note in notes]
        return found

    def _stem_wish(self, output: OutputParams, name: str, title: str, tags_of: Path | None) -> dict[str, Any]:
        return _as_wished(output) | {"tags": {"title": f"{title} ({name})"}, "tags_of": tags_of}

    def _stem_blocks(self, stems: "Stems") -> "Iterator[tuple[str, Audio]]":
        """Block by block, one stem after the other or all at once, as they come."""
        from engine.audio.block import as_blocks

        groups = (
            ({name: block} for name, audio in stems.items() for block in as_blocks(audio))
            if isinstance(stems, Mapping)
            else stems
        )
        for group in groups:
            self.check_canceled()
            yield from group.items()

    def _scratch_stems(self, stems: "Stems", held: contextlib.ExitStack) -> "dict[str, ScratchAudio]":
        from engine.audio.scratch_audio import ScratchAudio

        scratches: dict[str, ScratchAudio] = {}
        for name, block in self._stem_blocks(stems):
            if name not in scratches:
                scratches[name] = held.enter_context(ScratchAudio(self.temp_dir))
            scratches[name].add([block])
        return scratches

    def _write_stems(
        self,
        folder: Path,
        stems: "Stems",
        rate_hz: int,
        output: OutputParams,
        layout: "Layout | None",
        title: str,
        tags_of: Path | None,
    ) -> "tuple[list[str], list[Kept]]":
        """All at the same time, so that none of them waits anywhere."""
        from engine.audio.ceiling import decoded
        from engine.audio.encode import Encoder

        encoders: dict[str, Encoder] = {}
        with contextlib.ExitStack() as files:
            for name, block in self._stem_blocks(stems):
                if name not in encoders:
                    wish = self._stem_wish(output, name, title, tags_of)
                    wish["layout"] = _layout_of_stem(layout, len(block))
                    encoder = Encoder(folder / f"{name}.{output.format}", rate_hz, **wish)
                    encoders[name] = files.enter_context(encoder)
                encoders[name].add(block)
        kept = [
            decoded(folder / f"{name}.{output.format}", encoder.written, self.check_canceled)
            for name, encoder in encoders.items()
        ]
        return list(encoders), kept

    def finish(self) -> None:
        """Leave the outcome: from here on the results exist."""
        self.check_canceled()
        write_json(self._folder / OUTCOME, {"job_id": self.job_id, "tracks": self._tracks})


def _rounded(decibels: float | None) -> float | None:
    return None if decibels is None else round(decibels, 2)


def _layout_of_stem(layout: "Layout | None", channels: int) -> "Layout | None":
    """That of the track, for stems that have as many channels."""
    return layout if layout is not None and layout.channels == channels else None


def _as_wished(output: OutputParams) -> dict[str, Any]:
    """What `write` and `Encoder` are told of an output."""
    return {
        "format": output.format,
        "bit_depth": output.bit_depth,
        "rate_out": output.sample_rate,
        "flac_level": getattr(output, "flac_level", FLAC_LEVEL),
    }


def _lower_of(ceiling_dbtp: float | None, output: OutputParams) -> float | None:
    """The ceiling that a file is kept under; None where nothing is promised."""
    from engine.audio.loudness import CEILING_DBTP

    wished = CEILING_DBTP if output.peaks == "lower" else None
    return min((at for at in (ceiling_dbtp, wished) if at is not None), default=None)


def _stem_file(name: str, kept: "Kept") -> StemFile:
    return StemFile(
        name=name,
        file=f"{name}.{kept.written.format}",
        duration_s=kept.samples / kept.rate_hz,
        samples=kept.samples,
        rate_hz=kept.rate_hz,
        channels=kept.channels,
        layout=kept.layout.name,
        clipped_samples=kept.written.clipped,
    )
