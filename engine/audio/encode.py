"""Writing sound files: wav, flac, mp3, ogg, opus, of any length, the same bytes for the same input."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.audio.block import Audio, as_blocks, checked, regroup
from engine.audio.channels import mix_channels
from engine.audio.paths import long_path
from engine.audio.plan import Plan, plan_for
from engine.audio.resample import Resampler
from engine.audio.sink import FlacWriter, Mp3Writer, OpusWriter, Sink, VorbisWriter, Writer, disk_errors
from engine.audio.tags import write_tags
from engine.audio.wav import WavWriter
from engine.errors import invalid
from engine.parameters import BitDepth, Format, SampleRate

_STEP = 16384


@dataclass(frozen=True)
class Written:
    """What was written. `bit_depth` is None where the format has none.

    `clipped` counts samples beyond ±1 that were cut (never for 32f). `note` says, comma-separated, what had to differ
    from the wish: `bit_depth_24`, `rate_48000`, `channels_2`, `rf64` (a WAV over 4 GB), `untagged` (RF64 has no tags).
    """

    format: Format
    bit_depth: BitDepth | None
    rate_hz: int
    channels: int
    samples: int
    clipped: int
    note: str | None


def write(
    path: str | Path,
    audio: Audio | Iterable[Audio],
    rate_hz: int,
    *,
    format: Format,  # noqa: A002
    bit_depth: BitDepth = "24",
    rate_out: SampleRate = "original",
    tags: Mapping[str, str] | None = None,
) -> Written:
    """Encode `audio`, float32 [channels, samples] or blocks of it in order, into a new file at `path`.

    Reads the blocks once and keeps none. 16 bits get seeded dither (see `Quantiser`), 24 bits are rounded; every format
    but 32f is clipped to ±1. `tags`: see `write_tags`. The file is on the disk when this returns; after an error a part
    of it may remain at `path`. Raises INVALID_INPUT `nothing_to_write`, `not_finite`, `rate_out_of_range`,
    `too_many_channels`; DISK_FULL `disk_full`; OSError for other faults of the disk.
    """
    stream = (block for block in as_blocks(audio) if block.shape[1])
    first = next(stream, None)
    if first is None:
        raise invalid("nothing_to_write")
    plan = plan_for(format, bit_depth, rate_out, rate_hz, first.shape[0])
    source = _Shaped(_chain(first, stream), rate_hz, first.shape[0], plan)
    notes = list(plan.notes)
    with disk_errors():
        with open(long_path(path), "wb+", buffering=0) as file:  # noqa: PTH123 - Path would normalise the prefix away
            writer = _encode(Sink(file), source, plan)
        if isinstance(writer, WavWriter) and writer.is_rf64:
            notes += ["rf64", "untagged"] if tags else ["rf64"]
        elif tags:
            write_tags(path, tags)
        with open(long_path(path), "rb+") as file:  # noqa: PTH123
            os.fsync(file.fileno())
    note = ",".join(notes) or None
    return Written(plan.format, plan.bit_depth, plan.rate_hz, plan.channels, source.samples, source.clipped, note)


def _chain(first: Audio, rest: Iterator[Audio]) -> Iterator[Audio]:
    yield first
    yield from rest


class _Shaped:
    """The input as the plan wants it, in equal blocks, counted."""

    def __init__(self, blocks: Iterator[Audio], rate_hz: int, channels: int, plan: Plan) -> None:
        self.samples = self.clipped = 0
        self._blocks, self._rate_hz, self._channels, self._plan = blocks, rate_hz, channels, plan

    def __iter__(self) -> Iterator[Audio]:
        plan = self._plan
        mixed = (mix_channels(block, plan.channels) for block in checked(self._blocks, self._channels))
        resampled = Resampler(self._rate_hz, plan.rate_hz, plan.channels).stream(mixed)
        for block in regroup(resampled, _STEP):
            self.samples += block.shape[1]
            if plan.bit_depth == "32f":
                yield block
                continue
            clipped = int(np.count_nonzero(np.abs(block) > 1))
            self.clipped += clipped
            yield np.clip(block, -1, 1) if clipped else block


def _encode(sink: Sink, blocks: Iterable[Audio], plan: Plan) -> Writer:
    writer = _writer(sink, plan)
    try:
        for block in blocks:
            writer.write(block)
            sink.check()
        writer.close()
    except BaseException:
        with contextlib.suppress(Exception):
            writer.close()
        sink.check()
        raise
    sink.check()
    return writer


def _writer(sink: Sink, plan: Plan) -> Writer:
    match plan.format:
        case Format.WAV:
            assert plan.bit_depth
            return WavWriter(sink, plan.rate_hz, plan.channels, plan.bit_depth)
        case Format.FLAC:
            assert plan.bit_depth
            return FlacWriter(sink, plan.rate_hz, plan.channels, plan.bit_depth)
        case Format.MP3:
            return Mp3Writer(sink, plan.rate_hz, plan.channels)
        case Format.OGG:
            return VorbisWriter(sink, plan.rate_hz, plan.channels)
        case Format.OPUS:
            return OpusWriter(sink, plan.rate_hz, plan.channels)
