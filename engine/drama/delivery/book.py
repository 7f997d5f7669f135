"""M4B: the drama as an audio book with chapters, cover and tags."""

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import mutagen.mp4
import numpy as np

from engine.audio.block import Audio
from engine.audio.decode import blocks
from engine.drama.delivery.parts import ChapterSpan, chapter_spans
from engine.drama.project import Project
from engine.faults import disk_errors

RATE_HZ = 44_100
BIT_RATE = 128_000
_MILLISECOND = Fraction(1, 1000)
_FRAMES = 4096
_AUDIOBOOK = 2
"""The media kind `stik` of books."""


def write_m4b(
    project: Project, audio: Path, target: Path, title: str, cover: bytes | None, tick: Callable[[], None]
) -> None:
    """AAC, stereo, with a chapter for each of the project. `cover`: PNG; `tick` is called between blocks."""
    with disk_errors():
        encode_aac(blocks(audio, rate_hz=RATE_HZ, channels=2), target, "ipod", tick, chapter_spans(project))
        book = mutagen.mp4.MP4(target)  # type: ignore[no-untyped-call]
        book["\xa9nam"] = book["\xa9alb"] = [title]
        if project.author:
            book["\xa9ART"] = book["aART"] = [project.author]
        book["\xa9gen"], book["stik"] = ["Audiobook"], [_AUDIOBOOK]
        if cover:
            book["covr"] = [mutagen.mp4.MP4Cover(cover, mutagen.mp4.MP4Cover.FORMAT_PNG)]  # type: ignore[no-untyped-call]
        book.save()  # type: ignore[no-untyped-call]


def encode_aac(
    sound: Iterator[Audio], target: Path, container: str, tick: Callable[[], None], chapters: list[ChapterSpan]
) -> None:
    """Blocks float32 [2, any] at RATE_HZ as AAC in a container of FFmpeg's."""
    with av.open(str(target), "w", format=container) as file:
        stream = file.add_stream("aac", rate=RATE_HZ, layout="stereo")
        stream.bit_rate = BIT_RATE
        if chapters:
            file.set_chapters(
                [
                    {
                        "id": number,
                        "start": round(each.start_s * 1000),
                        "end": round(each.end_s * 1000),
                        "time_base": _MILLISECOND,
                        "metadata": {"title": re.sub(r"\s+", " ", each.title).strip()},
                    }
                    for number, each in enumerate(chapters, 1)
                ]
            )
        done = 0
        for block in sound:
            tick()
            for start in range(0, block.shape[1], _FRAMES):
                piece = np.ascontiguousarray(np.clip(block[:, start : start + _FRAMES], -1, 1))
                frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
                frame.sample_rate, frame.pts = RATE_HZ, done
                done += piece.shape[1]
                file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
