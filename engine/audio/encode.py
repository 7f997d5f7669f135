"""Writing sound files: wav, flac, mp3, ogg, opus, of any length, the same bytes for the same input."""

import contextlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Required, TypedDict, Unpack

import numpy as np
import soundfile

from engine.audio.block import BLOCK, Audio, Regrouper, as_blocks, checked
from engine.audio.channels import mix_channels, placed_among
from engine.audio.decode import open_source
from engine.audio.flac_mask import write_mask
from engine.audio.layouts import FLAC, Layout, usual
from engine.audio.loudness import LoudnessLevels, LoudnessMeter
from engine.audio.paths import long_path
from engine.audio.peaks import PeakMeter, Peaks
from engine.audio.plan import EncodingPlan, plan_for
from engine.audio.resample import Resampler
from engine.audio.sink import FlacWriter, Mp3Writer, OpusWriter, Sink, SoundWriter, VorbisWriter
from engine.audio.tags import MeasuredLoudness, Tags, read_tags, retuned, store_tags, tells_loudness
from engine.audio.wav import WavWriter
from engine.errors import AppError, invalid
from engine.faults import disk_errors
from engine.parameters import FLAC_LEVEL, BitDepth, FlacLevel, Format, SampleRate

_STEP = 16384
_LOSSLESS = (Format.WAV, Format.FLAC)
_UNKNOWN = LoudnessLevels(None, None)

Measure = Literal["nothing", "peaks", "levels"]
"""What is to be found out about a file: `levels` are peaks and loudness, and take nine tenths of the time."""


class Encoding(TypedDict, total=False):
    """How a sound is written, and what is measured of it."""

    format: Required[Format]
    bit_depth: BitDepth
    """16 bits get seeded dither (see `Quantiser`), 24 bits are rounded; every format but 32f is clipped to ±1."""
    rate_out: SampleRate
    flac_level: FlacLevel
    layout: Layout | None
    """Where the channels stand, if more is known than their number."""
    tags: Mapping[str, str] | None
    """See `write_tags`; they go before those of `tags_of`."""
    tags_of: Path | None
    """A file whose texts and cover go along where the format can hold them; what it says of its loudness is measured
    anew."""
    tags_part_s: tuple[float, float] | None
    """The start and end of the part of that file that this is."""
    measure: Measure
    tick: Callable[[], None]
    """Called with every block that is decoded to be measured; may raise to stop."""


_DEFAULTS = Encoding(
    format=Format.WAV, bit_depth="24", rate_out="original", flac_level=FLAC_LEVEL, layout=None, tags=None, tags_of=None,
    tags_part_s=None, measure="nothing", tick=lambda: None,
)  # fmt: skip


@dataclass(frozen=True)
class Written:
    """What was written. `bit_depth` is None where the format has none.

    `clipped` counts samples beyond ±1 that were cut (never for 32f); `peak` is the highest there was before the cut.
    `note` says, comma-separated, what had to differ from the request: `bit_depth_24`, `rate_48000`, `channels_2` (mixed
    down), `layout_5.1` (what the format calls the places; those that were not there are silent), `rf64` (a WAV over
    4 GB), `tags_unread`, `cover_lost`, `tag_lost_NAME` (what the source had and this file could not be given).
    `peaks` and `levels` are those of the sound as it is decoded, where they were asked for.
    """

    format: Format
    bit_depth: BitDepth | None
    rate_hz: int
    layout: Layout
    samples: int
    clipped: int
    peak: float
    note: str | None
    peaks: Peaks = field(default_factory=lambda: Peaks(duration_s=0.0, peaks=[[], []]))
    levels: LoudnessLevels = _UNKNOWN

    @property
    def channels(self) -> int:
        return self.layout.channels


def write(path: str | Path, audio: Audio | Iterable[Audio], rate_hz: int, **encoding: Unpack[Encoding]) -> Written:
    """Encode `audio`, float32 [channels, samples] or blocks of it in order, into a new file at `path`: see `Encoder`.

    Reads the blocks once and keeps none.
    """
    with Encoder(path, rate_hz, **encoding) as encoder:
        for block in as_blocks(audio):
            encoder.add(block)
    return encoder.written


class _Meter:
    """Measures a sound as it is decoded from its file."""

    def __init__(self, rate_hz: int, layout: Layout, *, loudness: bool, true_peak: bool) -> None:
        self.rate_hz, self.layout, self.highest = rate_hz, layout, 0.0
        self._peaks = PeakMeter(rate_hz)
        self._loudness = LoudnessMeter(rate_hz, layout, peaks=true_peak) if loudness else None

    @property
    def samples(self) -> int:
        return self._peaks.samples

    def add(self, block: Audio) -> None:
        self._peaks.add(block)
        if self._loudness is not None:
            self._loudness.add(block)
            self.highest = max(self.highest, float(np.abs(block).max(initial=0.0)))

    def peaks(self) -> Peaks:
        return self._peaks.result()

    def levels(self) -> LoudnessLevels:
        return _UNKNOWN if self._loudness is None else self._loudness.result()


class Encoder:
    """A file that is written block by block: `with Encoder(...) as encoder: encoder.add(block)`, then `.written`.

    What `measure` asks for is measured on the way where the samples in the file are known, in WAV and FLAC; other
    files are decoded for it, once. The file is on the disk, and its header as it should be, when the `with` ends; after
    an error a part of it may remain at `path`. Raises INVALID_INPUT `nothing_to_write`, `not_finite`,
    `rate_out_of_range`, `too_many_channels`; DISK_FULL `disk_full`; OSError for other faults of the disk.
    """

    def __init__(self, path: str | Path, rate_hz: int, **encoding: Unpack[Encoding]) -> None:
        self._path, self._rate_hz, self._encoding = path, rate_hz, _DEFAULTS | encoding
        self._source_tags = Tags()
        self._meter: _Meter | None = None
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
            self._stream = self._stream or self._begun(block.shape[0])
            self._stream.add(block)

    def _begun(self, channels: int) -> "_Stream":
        how = self._encoding
        layout = how["layout"] or usual(channels)
        plan = plan_for(how["format"], how["bit_depth"], how["rate_out"], self._rate_hz, how["layout"] or channels)
        self._source_tags = _tags_of(how["tags_of"], how["tags_part_s"])
        if plan.format in _LOSSLESS:
            self._meter = self._new_meter(plan.rate_hz, plan.layout)
        return _Stream(self._path, self._rate_hz, layout, plan, how["flac_level"], self._meter)

    def _new_meter(self, rate_hz: int, layout: Layout) -> _Meter | None:
        """For what is asked, and for tags that state the loudness."""
        measure, in_tags = self._encoding["measure"], tells_loudness(self._source_tags)
        if measure == "nothing" and not in_tags:
            return None
        return _Meter(rate_hz, layout, loudness=measure == "levels" or in_tags, true_peak=measure == "levels")

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
            self._written = self._labelled(self._measured(self._stream.finish()))
            self._check(self._written)
            with open(long_path(self._path), "rb+") as file:  # noqa: PTH123
                os.fsync(file.fileno())

    def _measured(self, written: Written) -> Written:
        if written.format is Format.FLAC and written.layout != FLAC[written.channels]:
            write_mask(self._path, written.layout.wav_mask)
        if written.format not in _LOSSLESS:
            with open_source(self._path) as source:
                self._meter = meter = self._new_meter(source.rate_hz, source.layout)
                if meter is not None:
                    for block in source.blocks():
                        self._encoding["tick"]()
                        meter.add(block)
        meter = self._meter
        if meter is None or self._encoding["measure"] == "nothing":
            return written
        written = replace(written, rate_hz=meter.rate_hz, layout=meter.layout, samples=meter.samples)
        return replace(written, peaks=meter.peaks(), levels=meter.levels())

    def _labelled(self, written: Written) -> Written:
        notes = [written.note] if written.note else []
        meter, tags, loudness = self._meter, self._source_tags, None
        if meter is not None and tells_loudness(tags):
            loudness = MeasuredLoudness(meter.levels().loudness_lufs, meter.highest)
        tags = retuned(tags, loudness, is_opus=written.format is Format.OPUS)
        for name, text in (self._encoding["tags"] or {}).items():
            if name != "encodedby" or name not in tags.values:  # who encoded it first stays
                tags.say(name, text)
        if tags != Tags():
            notes += (note.replace(",", " ") for note in store_tags(self._path, tags))
        else:
            notes += dict.fromkeys(tags.lost)
        return replace(written, note=",".join(notes) or None)

    def _check(self, written: Written) -> None:
        """The header of a file that is not decoded must say what was written. Raises RuntimeError."""
        if written.format in _LOSSLESS:
            said = soundfile.info(long_path(self._path))
            if (said.samplerate, said.channels, said.frames) != (written.rate_hz, written.channels, written.samples):
                raise RuntimeError(f"the header says {said!r} where there is {written!r}")


def _tags_of(path: Path | None, part_s: tuple[float, float] | None) -> Tags:
    if path is None:
        return Tags()
    try:
        tags = read_tags(path)
    except AppError:  # damaged, or a kind of file without tags: the sound counts
        return Tags(lost=["tags_unread"])
    return tags if part_s is None else tags.within(*part_s)


class _Stream:
    """The open file: blocks come as they are, and are turned into what the plan wants."""

    def __init__(
        self,
        path: str | Path,
        rate_hz: int,
        layout: Layout,
        plan: EncodingPlan,
        flac_level: FlacLevel,
        meter: _Meter | None,
    ) -> None:
        self._plan, self._layout, self._meter = plan, layout, meter
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
        is_rf64 = isinstance(self._writer, WavWriter) and self._writer.is_rf64
        note = ",".join([*plan.notes, *["rf64"] * is_rf64]) or None
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
            decoded = self._writer.write(np.clip(block, -1, 1) if clipped else block)
            if self._meter is not None and decoded is not None:
                self._meter.add(decoded)
            self._sink.check()


def _writer(sink: Sink, plan: EncodingPlan, flac_level: FlacLevel) -> SoundWriter:
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
