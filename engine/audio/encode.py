"""Writing sound files: wav, flac, mp3, ogg, opus, of any length, the same bytes for the same input."""

import contextlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.audio.block import BLOCK, Audio, Regrouper, as_blocks, checked
from engine.audio.channels import mix_channels, placed_among
from engine.audio.decode import open_source
from engine.audio.flac_mask import write_mask
from engine.audio.layouts import FLAC, Layout, usual
from engine.audio.loudness import LoudnessMeter
from engine.audio.paths import long_path
from engine.audio.plan import Plan, plan_for
from engine.audio.resample import Resampler
from engine.audio.sink import FlacWriter, Mp3Writer, OpusWriter, Sink, VorbisWriter, Writer
from engine.audio.tags import Loudness, Tags, read_tags, retuned, store_tags, tells_loudness
from engine.audio.wav import WavWriter
from engine.errors import AppError, invalid
from engine.faults import disk_errors
from engine.parameters import FLAC_LEVEL, BitDepth, FlacLevel, Format, SampleRate

_STEP = 16384


@dataclass(frozen=True)
class Written:
    """What was written. `bit_depth` is None where the format has none.

    `clipped` counts samples beyond ±1 that were cut (never for 32f); `peak` is the highest there was before the cut.
    `note` says, comma-separated, what had to differ from the wish: `bit_depth_24`, `rate_48000`, `channels_2` (mixed
    down), `layout_5.1` (what the format calls the places; those that were not there are silent), `rf64` (a WAV over
    4 GB), `tags_unread`, `cover_lost`, `tag_lost_NAME` (what the source had and this file could not be given).
    """

    format: Format
    bit_depth: BitDepth | None
    rate_hz: int
    layout: Layout
    samples: int
    clipped: int
    peak: float
    note: str | None

    @property
    def channels(self) -> int:
        return self.layout.channels


def write(
    path: str | Path,
    audio: Audio | Iterable[Audio],
    rate_hz: int,
    *,
    layout: Layout | None = None,
    format: Format,  # noqa: A002
    bit_depth: BitDepth = "24",
    rate_out: SampleRate = "original",
    flac_level: FlacLevel = FLAC_LEVEL,
    tags: Mapping[str, str] | None = None,
    tags_of: Path | None = None,
    tags_part_s: tuple[float, float] | None = None,
) -> Written:
    """Encode `audio`, float32 [channels, samples] or blocks of it in order, into a new file at `path`: see `Encoder`.

    Reads the blocks once and keeps none.
    """
    with Encoder(
        path,
        rate_hz,
        layout=layout,
        format=format,
        bit_depth=bit_depth,
        rate_out=rate_out,
        flac_level=flac_level,
        tags=tags,
        tags_of=tags_of,
        tags_part_s=tags_part_s,
    ) as encoder:
        for block in as_blocks(audio):
            encoder.add(block)
    return encoder.written


class Encoder:
    """A file that is written block by block: `with Encoder(...) as encoder: encoder.add(block)`, then `.written`.

    `layout`: where the channels stand, if more is known than their number. 16 bits get seeded dither (see `Quantiser`),
    24 bits are rounded; every format but 32f is clipped to ±1. `tags`: see `write_tags`; they go before those of the
    file `tags_of`, whose texts and cover go along where the format can hold them; `tags_part_s` is the start and end of
    the part of it that this is. What that file tells of its loudness is measured anew. The file is on the disk when the
    `with` ends; after an error a part of it may remain at `path`. Raises
    INVALID_INPUT `nothing_to_write`, `not_finite`, `rate_out_of_range`, `too_many_channels`; DISK_FULL `disk_full`;
    OSError for other faults of the disk.
    """

    def __init__(
        self,
        path: str | Path,
        rate_hz: int,
        *,
        layout: Layout | None = None,
        format: Format,  # noqa: A002
        bit_depth: BitDepth = "24",
        rate_out: SampleRate = "original",
        flac_level: FlacLevel = FLAC_LEVEL,
        tags: Mapping[str, str] | None = None,
        tags_of: Path | None = None,
        tags_part_s: tuple[float, float] | None = None,
    ) -> None:
        self._path, self._rate_hz, self._layout = path, rate_hz, layout
        self._format, self._bit_depth, self._rate_out = format, bit_depth, rate_out
        self._flac_level = flac_level
        self._tags, self._tags_of, self._tags_part_s = dict(tags or {}), tags_of, tags_part_s
        self._stream: _Stream | None = None
        self._written: Written | None = None

    @property
    def written(self) -> Written:
        """What became of it, once the `with` has ended."""
        assert self._written is not None
        return self._written

    def add(self, block: Audio) -> None:
        """The next block, float32 [channels, samples]; the first one that is not empty decides on the channels."""
        if not block.shape[1]:
            return
        with disk_errors():
            if self._stream is None:
                count = block.shape[0]
                plan = plan_for(self._format, self._bit_depth, self._rate_out, self._rate_hz, self._layout or count)
                layout = self._layout or usual(count)
                self._stream = _Stream(self._path, self._rate_hz, layout, plan, self._flac_level)
            self._stream.add(block)

    def __enter__(self) -> "Encoder":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is not None:
            if self._stream is not None:
                with disk_errors():
                    self._stream.abandon()
            return
        if self._stream is None:
            raise invalid("nothing_to_write")
        with disk_errors():
            self._written = self._stream.finish()
            self._label(self._stream.is_rf64)
            with open(long_path(self._path), "rb+") as file:  # noqa: PTH123
                os.fsync(file.fileno())

    def _of_the_source(self) -> Tags:
        if self._tags_of is None:
            return Tags()
        try:
            tags = read_tags(self._tags_of)
        except AppError:  # damaged, or a kind of file without tags: the sound counts
            return Tags(lost=["tags_unread"])
        return tags if self._tags_part_s is None else tags.within(*self._tags_part_s)

    def _label(self, is_rf64: bool) -> None:
        assert self._written is not None
        if self._format is Format.FLAC and self._written.layout != FLAC[self._written.channels]:
            write_mask(self._path, self._written.layout.wav_mask)
        notes = [self._written.note] if self._written.note else []
        tags = self._of_the_source()
        loudness = _loudness(self._path) if tells_loudness(tags) else None
        tags = retuned(tags, loudness, is_opus=self._written.format is Format.OPUS)
        for name, text in self._tags.items():
            if name != "encodedby" or name not in tags.values:  # who encoded it first is kept
                tags.say(name, text)
        notes += ["rf64"] if is_rf64 else []
        if tags != Tags():
            notes += (note.replace(",", " ") for note in store_tags(self._path, tags))
        else:
            notes += dict.fromkeys(tags.lost)
        self._written = replace(self._written, note=",".join(notes) or None)


def _loudness(path: str | Path) -> Loudness:
    """Of a file as it will be heard: coding with loss takes off some of it."""
    with open_source(path) as source:
        meter, peak = LoudnessMeter(source.rate_hz, source.layout, peaks=False), 0.0
        for block in source.blocks():
            meter.add(block)
            peak = max(peak, float(np.abs(block).max(initial=0.0)))
    return Loudness(meter.result().loudness_lufs, peak)


class _Stream:
    """The open file: blocks come as they are, and are turned into what the plan wants."""

    def __init__(self, path: str | Path, rate_hz: int, layout: Layout, plan: Plan, flac_level: FlacLevel) -> None:
        self._plan, self._layout = plan, layout
        self._widens = plan.channels > layout.channels > 1
        self._samples = self._clipped = 0
        self._offered = 0.0
        self._file = open(long_path(path), "wb+", buffering=0)  # noqa: PTH123, SIM115 - Path would normalise the prefix
        self._sink = Sink(self._file)
        try:
            self._writer = _writer(self._sink, plan, flac_level)
        except BaseException:
            self._file.close()
            raise
        self._resampler = Resampler(rate_hz, plan.rate_hz, plan.channels)
        self._coming = Regrouper(BLOCK)
        self._going = Regrouper(_STEP)

    @property
    def is_rf64(self) -> bool:
        return isinstance(self._writer, WavWriter) and self._writer.is_rf64

    def add(self, block: Audio) -> None:
        fit = placed_among if self._widens else mix_channels
        for audio in checked([block], self._layout.channels):
            for part in self._coming.add(fit(audio, self._layout, self._plan.layout)):
                self._write(self._going.add(self._resampler.add(part)))

    def finish(self) -> Written:
        try:
            for part in self._coming.finish():
                self._write(self._going.add(self._resampler.add(part)))
            self._write(self._going.add(self._resampler.finish()))
            self._write(self._going.finish())
            self._writer.close()
        except BaseException:
            self.abandon()
            raise
        self._sink.check()
        self._file.close()
        plan = self._plan
        note = ",".join(plan.notes) or None
        return Written(
            plan.format, plan.bit_depth, plan.rate_hz, plan.layout, self._samples, self._clipped, self._offered, note
        )  # fmt: skip

    def abandon(self) -> None:
        """Close what there is, whatever happens; raises the disk's own fault if there was one."""
        with contextlib.suppress(Exception):
            self._writer.close()
        self._file.close()
        self._sink.check()

    def _write(self, blocks: Iterable[Audio]) -> None:
        for block in blocks:
            self._samples += block.shape[1]
            height = np.abs(block)
            self._offered = max(self._offered, float(height.max(initial=0.0)))
            clipped = 0 if self._plan.bit_depth == "32f" else int(np.count_nonzero(height > 1))
            self._clipped += clipped
            self._writer.write(np.clip(block, -1, 1) if clipped else block)
            self._sink.check()


def _writer(sink: Sink, plan: Plan, flac_level: FlacLevel) -> Writer:
    match plan.format:
        case Format.WAV:
            assert plan.bit_depth
            return WavWriter(sink, plan.rate_hz, plan.layout, plan.bit_depth)
        case Format.FLAC:
            assert plan.bit_depth
            return FlacWriter(sink, plan.rate_hz, plan.channels, plan.bit_depth, flac_level)
        case Format.MP3:
            return Mp3Writer(sink, plan.rate_hz, plan.channels)
        case Format.OGG:
            return VorbisWriter(sink, plan.rate_hz, plan.channels)
        case Format.OPUS:
            return OpusWriter(sink, plan.rate_hz, plan.layout)
