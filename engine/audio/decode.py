"""Reading any sound file: what it holds, its samples whole or as a stream. Only the bytes are believed."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile

from engine.audio import notes
from engine.audio.block import BLOCK, Audio, check_shape, checked, regroup
from engine.audio.chain import ChainSource
from engine.audio.channels import mix_channels
from engine.audio.ffmpeg import FAULTS, FfmpegSource
from engine.audio.flac_end import ends_as_said
from engine.audio.headers import JoinedFile, parts_of
from engine.audio.known import known
from engine.audio.layouts import Layout, as_layout
from engine.audio.mpeg import frame_header, id3_end
from engine.audio.notes import FileNote, remember
from engine.audio.ogg_links import Link, links_of
from engine.audio.paths import long_path
from engine.audio.resample import Resampler
from engine.audio.sndfile import SndfileSource
from engine.audio.source import Source, unsupported
from engine.audio.splice import Spliced
from engine.errors import AppError, Code, about, invalid

MAX_SECONDS = 8 * 3600.0
MOST_NOTES = 20
"""Of one file: nobody reads more."""

_ASF, _MATROSKA = b"\x30\x26\xb2\x75", b"\x1a\x45\xdf\xa3"
_LENGTH_GUESSED = ("mp3", "mpeg", "ogg")
"""Where libsndfile reckons the length, or stops at the first of joined streams."""
_MAGIC = (b"RIFF", b"RF64", b"riff", b"fLaC", b"OggS", b"FORM", b"caff", _ASF, _MATROSKA)


@dataclass(frozen=True)
class AudioInfo:
    """What decoding the whole file found; `format` is the container, `codec` the kind of samples in it.

    `notes`: what is wrong with the file, although it can be read.
    """

    duration_s: float
    rate_hz: int
    layout: Layout
    samples: int
    format: str
    codec: str
    notes: tuple[FileNote, ...] = ()

    @property
    def channels(self) -> int:
        return self.layout.channels


class CheckedSource:
    """A source within the program's limits whose blocks are finite and not endless; see `open_source`."""

    def __init__(self, source: Source, path: str | Path, max_seconds: float) -> None:
        check_shape(source.rate_hz, source.channels)
        self._source, self._path, self._max_seconds = source, path, max_seconds
        self.rate_hz, self.channels, self.layout = source.rate_hz, source.channels, source.layout
        self.format, self.codec = source.format, source.codec

    @property
    def notes(self) -> list[FileNote]:
        """What is wrong with the file; complete once it was read to its end."""
        return self._source.notes[:MOST_NOTES]

    def blocks(self, start_s: float = 0.0) -> Iterator[Audio]:
        """Samples from `start_s` on, in blocks of any size; to be called once."""
        with about(self._path):
            yield from self._blocks(start_s)

    def _blocks(self, start_s: float) -> Iterator[Audio]:
        to_skip = round(start_s * self.rate_hz)
        done = self._source.skip(to_skip) if to_skip else 0
        for block in checked(self._source.blocks(), self.channels):
            before, done = done, done + block.shape[1]
            if done > self._max_seconds * self.rate_hz:
                raise invalid("too_long", hours=round(self._max_seconds / 3600, 2))
            if done > to_skip:
                yield block[:, max(to_skip - before, 0) :]
        if not done:
            raise unsupported("damaged_audio" if self.notes else "empty_audio")


@contextlib.contextmanager
def open_source(path: str | Path, *, max_seconds: float = MAX_SECONDS) -> Iterator[CheckedSource]:
    """The file at `path`, ready to be read once. Raises as `probe` does."""
    with about(path):
        file = _opened_file(path)
    with file:
        with about(path):
            source = _decoder(file)
        try:
            with about(path):
                opened = CheckedSource(source, path, max_seconds)
            yield opened
        finally:
            remember(path, source.notes[:MOST_NOTES])
            source.close()


def _opened_file(path: str | Path) -> BinaryIO:
    try:
        return open(long_path(path), "rb")  # noqa: PTH123 - Path would normalise the prefix away
    except FileNotFoundError as error:
        raise AppError(Code.NOT_FOUND, "audio_file_missing") from error
    except (OSError, ValueError) as error:
        raise unsupported("audio_unreadable") from error


def _decoder(file: BinaryIO) -> Source:
    start = tags = id3_end(file)
    file.seek(start)
    head = file.read(12)
    if not head and not tags:
        raise unsupported("empty_audio")
    if not head.startswith(_MAGIC):  # an mp3's own tags are left to FFmpeg, which knows what may follow them
        start = 0
    try:
        if head.startswith(b"OggS") and (links := known(file, "ogg", lambda: links_of(file))):
            openers = [partial(_ogg_link, file, link) for link in links]
        else:
            openers = [partial(_part, part) for part in parts_of(file, start)]
        return openers[0]() if len(openers) == 1 else ChainSource(openers)
    except FAULTS as error:
        is_sound = bool(tags) or head.startswith(_MAGIC) or head[4:8] == b"ftyp"
        raise unsupported("damaged_audio" if is_sound else "not_audio") from error


def _ogg_link(file: BinaryIO, link: Link) -> Source:
    source = FfmpegSource(link.view(file))
    if source.codec == "vorbis" and link.granule > 0:
        source.end_at(link.granule)
    granules_per_s = 48_000 if source.codec == "opus" else source.rate_hz
    source.notes += notes.damaged(link.hole_at / granules_per_s, link.holes)
    if not link.is_ended:
        source.notes += notes.cut()
    return source


def _part(part: JoinedFile) -> Source:
    source = _opened(part.view)
    source.notes += part.notes
    return source


def _opened(view: Spliced) -> Source:
    tags = view.again()
    tags.seek(id3_end(tags))
    if frame_header(tags.read(4)):
        with contextlib.suppress(*FAULTS):
            return FfmpegSource(view.again())
    with contextlib.suppress(soundfile.LibsndfileError):
        source = SndfileSource(view)
        if source.format not in _LENGTH_GUESSED and (source.format != "flac" or ends_as_said(view.again())):
            return source
        try:
            better = FfmpegSource(view.again())
        except FAULTS:  # two or three frames of mp3 without a tag are too few for FFmpeg to know them
            return source
        source.close()
        return better
    return FfmpegSource(view.again())


def probe(
    path: str | Path, *, max_seconds: float = MAX_SECONDS, listen: Callable[[Audio], None] | None = None
) -> AudioInfo:
    """Decode the whole file in constant memory and say what is in it; `listen` is given each block on the way.

    Raises NOT_FOUND `audio_file_missing`; UNSUPPORTED_AUDIO `audio_unreadable`, `not_audio`, `no_audio_stream`,
    `empty_audio`, `damaged_audio` (no sound can be got out of it); INVALID_INPUT `too_long`, `too_many_channels`,
    `rate_out_of_range`, `not_finite`.
    """
    with open_source(path, max_seconds=max_seconds) as source:
        samples = 0
        for block in source.blocks():
            samples += block.shape[1]
            if listen:
                listen(block)
        kind = (source.format, source.codec, tuple(source.notes))
        return AudioInfo(samples / source.rate_hz, source.rate_hz, source.layout, samples, *kind)


def blocks(
    path: str | Path,
    block: int = BLOCK,
    *,
    rate_hz: int | None = None,
    channels: Layout | int | None = None,
    start_s: float = 0.0,
    duration_s: float | None = None,
) -> Iterator[Audio]:
    """The file's sound as float32 [channels, block]; the last block may be shorter.

    `rate_hz`, `channels`: what to turn it into (None: as it is; see `mix_channels`). `start_s`, `duration_s`: a part
    of it, counted at the file's own rate. Raises as `probe` does, at the place where the fault is met.
    """
    with _part_of(path, rate_hz, channels, start_s, duration_s) as (_, stream):
        yield from regroup(stream, block)


def read(
    path: str | Path,
    *,
    rate_hz: int | None = None,
    channels: Layout | int | None = None,
    start_s: float = 0.0,
    duration_s: float | None = None,
) -> tuple[Audio, int]:
    """The sound in memory: (float32 [channels, samples], rate in Hz). Arguments and errors as for `blocks`.

    Raises INVALID_INPUT `start_past_end` when nothing lies at `start_s`.
    """
    with _part_of(path, rate_hz, channels, start_s, duration_s) as (made_rate_hz, stream):
        parts = list(stream)
        if not any(part.shape[1] for part in parts):
            with about(path):
                raise invalid("start_past_end", start_s=start_s)
        return np.concatenate(parts, axis=1), made_rate_hz


@contextlib.contextmanager
def _part_of(
    path: str | Path, rate_hz: int | None, channels: Layout | int | None, start_s: float, duration_s: float | None
) -> Iterator[tuple[int, Iterator[Audio]]]:
    """The rate and the blocks, of any size, that `blocks` and `read` ask for."""
    if not start_s >= 0 or (duration_s is not None and not duration_s > 0):
        raise ValueError("start_s must be at least 0 and duration_s above it")
    with open_source(path) as source:
        stream = source.blocks(start_s)
        if duration_s is not None:
            stream = _first(stream, round(duration_s * source.rate_hz))
        want = source.layout if channels is None else as_layout(channels)
        mixed = (mix_channels(part, source.layout, want) for part in stream)
        made_rate_hz = rate_hz or source.rate_hz
        yield made_rate_hz, Resampler(source.rate_hz, made_rate_hz, want.channels).stream(mixed)


def _first(stream: Iterator[Audio], samples: int) -> Iterator[Audio]:
    left = max(samples, 1)
    for part in stream:
        yield part[:, :left]
        left -= part.shape[1]
        if left <= 0:
            return
