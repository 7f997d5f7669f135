"""From a draft to a track: its files in the job's folder, measured while they are written, and its record."""

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine import __version__
from engine.audio.block import Audio, as_blocks
from engine.audio.ceiling import EncodedPart, write_under
from engine.audio.encode import Encoder, Encoding, Written
from engine.audio.kept import keep, kept_as
from engine.audio.loudness import CEILING_DBTP
from engine.audio.scratch_audio import ScratchAudio
from engine.audio.tags import OWN
from engine.commands import command
from engine.context import TrackDraft
from engine.jobs.messages import RunJob
from engine.library.annotations import annotated
from engine.library.atomic import write_bytes, write_json
from engine.library.names import track_name
from engine.library.record import (
    Annotation,
    EngineInfo,
    Levels,
    Record,
    RecordParameters,
    SourceNote,
    StemFile,
    Timings,
)
from engine.library.titles import clean, numbered, of_stem
from engine.parameters import FLAC_LEVEL, Format, OutputParams, Params

AS_PLAYED = OutputParams(format=Format.WAV, bit_depth="32f")
"""How stems are written when nothing else is requested: nothing is rounded, nothing is clipped."""


@dataclass
class TrackWriter:
    """Writes one track of a job into the job's folder, under names that begin with its number, `index`."""

    draft: TrackDraft
    index: int
    request: RunJob
    params: Params
    device: str
    temp_dir: Path
    check_canceled: Callable[[], None]

    def __post_init__(self) -> None:
        self._folder = self.request.folder
        self._parameters = self.params.model_dump(mode="json", exclude=set(self.params.without_effect()))
        self._title = clean(self.draft.title) or self.request.title
        if self.draft.variation:
            self._title = numbered(self._title, *self.draft.variation, self.request.language)
        self.files = {"staged": f"{self.index}.{self.draft.output.format}", "peaks": f"{self.index}.peaks.json"}
        """What was written, by what it is: names in the folder."""

    def write(self, source_notes: Callable[[], list[SourceNote]], timings: Callable[[], Timings]) -> Record:
        """All files, then the record; what depends on the work is asked for after the last block was drawn."""
        track, stems, lowered_db = self._write_sound()
        draft, files, folder = self.draft, self.files, self._folder
        write_json(folder / files["peaks"], track.peaks)
        midi = draft.midi() if callable(draft.midi) else draft.midi
        if midi is not None:
            files["midi"] = f"{self.index}.mid"
            write_bytes(folder / files["midi"], midi)
        if draft.picture is not None:
            files["picture"] = f"{self.index}.png"
            write_bytes(folder / files["picture"], draft.picture())
        project = draft.project() if callable(draft.project) else draft.project
        if project is not None:
            files["project"] = f"{self.index}.drama"
            write_bytes(folder / files["project"], project)
        if draft.stems:
            files["stem_peaks"] = f"{self.index}.stem_peaks"
            (folder / files["stem_peaks"]).mkdir()
            for name, stem in stems.items():
                write_json(folder / files["stem_peaks"] / f"{name}.json", stem.peaks)
        return self._record(track, stems, lowered_db, source_notes(), timings())

    def _write_sound(self) -> tuple[Written, dict[str, Written], float]:
        """The track, its stems, and how many dB they were lowered."""
        draft, stems, sound = self.draft, self.draft.stems, self.draft.audio
        promised = (draft.ceiling_dbtp, CEILING_DBTP if draft.output.peaks == "lower" else None)
        ceiling_dbtp = min((at for at in promised if at is not None), default=None)
        stem_output = draft.stem_output or AS_PLAYED
        if stems:
            self.files["stems"] = f"{self.index}.stems"
            (self._folder / self.files["stems"]).mkdir()
        if isinstance(sound, Path):
            return self._keep(sound), self._write_stems(stem_output), 0.0
        with contextlib.ExitStack() as opened:
            if ceiling_dbtp is not None and isinstance(sound, Iterator):
                scratch = opened.enter_context(ScratchAudio(self.temp_dir))
                scratch.add(sound)
                sound = scratch
            parts = [EncodedPart(self._folder / self.files["staged"], sound, self._encoding())]
            scratches: dict[str, ScratchAudio] = {}
            if stem_output.peaks == "lower":
                for name, block in self._stem_blocks():
                    if name not in scratches:
                        scratches[name] = opened.enter_context(ScratchAudio(self.temp_dir))
                    scratches[name].add([block])
                for name, scratch in scratches.items():
                    encoding = self._stem_encoding(stem_output, name, scratch.channels)
                    parts.append(EncodedPart(self._stem_path(stem_output, name), scratch, encoding))
            (track, *lowered), lowered_db = write_under(parts, draft.rate_hz, ceiling_dbtp, self.check_canceled)
        if not scratches:
            return track, self._write_stems(stem_output), lowered_db
        return track, dict(zip(scratches, lowered, strict=True)), lowered_db

    def _keep(self, file: Path) -> Written:
        kept = kept_as(file)
        if kept is None or kept.format is not self.draft.output.format:
            raise RuntimeError(f"a file that is {kept} cannot be kept as {self.draft.output.format}")
        return keep(self._folder / self.files["staged"], file, kept, self.check_canceled)

    def _write_stems(self, output: OutputParams) -> dict[str, Written]:
        """All at the same time, so that none of them waits anywhere."""
        encoders: dict[str, Encoder] = {}
        with contextlib.ExitStack() as opened:
            for name, block in self._stem_blocks():
                if name not in encoders:
                    encoding = self._stem_encoding(output, name, len(block))
                    encoder = Encoder(self._stem_path(output, name), self.draft.rate_hz, **encoding)
                    encoders[name] = opened.enter_context(encoder)
                encoders[name].add(block)
        return {name: encoder.written for name, encoder in encoders.items()}

    def _stem_blocks(self) -> Iterator[tuple[str, Audio]]:
        """Block by block, one stem after the other or all at once, as they come."""
        stems = self.draft.stems or {}
        if isinstance(stems, Mapping):
            stems = ({name: block} for name, audio in stems.items() for block in as_blocks(audio))
        for group in stems:
            self.check_canceled()
            yield from group.items()

    def _stem_path(self, output: OutputParams, name: str) -> Path:
        return self._folder / self.files["stems"] / f"{name}.{output.format}"

    def _encoding(self) -> Encoding:
        draft = self.draft
        seed = (self._parameters | draft.parameters).get("seed")
        made_by = f"{self.request.command}: {draft.model}" + (f", seed {seed}" if seed is not None else "")
        # OWN is a field of our own: comment and description are the user's
        tags = {"title": self._title, "artist": draft.output.artist or "", OWN: made_by, "encodedby": OWN}
        tags = {name: text for name, text in tags.items() if text}  # no date: same bytes
        return {
            **_encoding(draft.output), "layout": draft.layout, "tags": tags, "tags_of": draft.tags_of,
            "tags_part_s": draft.tags_part_s,
        }  # fmt: skip

    def _stem_encoding(self, output: OutputParams, name: str, channels: int) -> Encoding:
        """The layout is that of the track, for stems that have as many channels."""
        layout, title = self.draft.layout, of_stem(self._title, name, self.request.language)
        return {
            **_encoding(output), "tags": {"title": title}, "tags_of": self.draft.tags_of,
            "layout": layout if layout is not None and layout.channels == channels else None,
            "measure": "peaks", "tick": self.check_canceled,
        }  # fmt: skip

    def _record(
        self, track: Written, stems: Mapping[str, Written], lowered_db: float, notes: list[SourceNote], timings: Timings
    ) -> Record:
        draft, request, output = self.draft, self.request, self.draft.output
        parameters = {
            "channels_original": track.channels,
            **self._parameters,
            **draft.parameters,
            "format": track.format,
            "format_requested": output.format,
            "format_note": track.note,
            "bit_depth": track.bit_depth,
            "bit_depth_requested": output.bit_depth,
            "sample_rate": track.rate_hz,
            "sample_rate_requested": output.sample_rate,
            "channels": track.channels,
            "layout": track.layout.name,
        }
        levels = track.levels
        record = Record(
            id=uuid.uuid4().hex,
            job_id=request.job_id,
            job_index=self.index,
            title=self._title,
            made_title=self._title,
            name=track_name(
                draft.model, parameters.get("seed"), datetime.now(), output.artist, self.request.source_file
            ),
            file=self.files["staged"],
            command=request.command,
            model=draft.model,
            prompt=draft.prompt,
            heard=command(request.command, debug=True).heard(self.params),
            artist=output.artist,
            created_at=time.time(),
            interruptions=request.interruptions,
            parameters=RecordParameters(**parameters),
            sources=sorted(self.params.inputs().values()),
            source_file=self.request.source_file,
            source_note=notes,
            duration_s=track.samples / track.rate_hz,
            samples=track.samples,
            levels=Levels(
                loudness_lufs=_rounded(levels.loudness_lufs),
                true_peak_dbtp=_rounded(levels.true_peak_dbtp),
                clipped_samples=track.clipped,
                lowered_db=round(lowered_db, 2),
            ),
            engine=EngineInfo(name=draft.model, version=__version__, device=self.device),
            timings=timings,
            stems=[
                StemFile(
                    name=name,
                    file=f"{name}.{stem.format}",
                    duration_s=stem.samples / stem.rate_hz,
                    samples=stem.samples,
                    clipped_samples=stem.clipped,
                    rate_hz=stem.rate_hz,
                    channels=stem.channels,
                    layout=stem.layout.name,
                )
                for name, stem in stems.items()
            ],
            details=draft.details,
        )
        for facts, job_id in ((draft.facts, request.job_id), (draft.corrected, None)):
            if facts:
                record = annotated(record, Annotation.now(request.command, facts, job_id))
        return record


def _rounded(decibels: float | None) -> float | None:
    return None if decibels is None else round(decibels, 2)


def _encoding(output: OutputParams) -> Encoding:
    return {
        "format": output.format,
        "bit_depth": output.bit_depth,
        "rate_out": output.sample_rate,
        "flac_level": getattr(output, "flac_level", FLAC_LEVEL),
    }
