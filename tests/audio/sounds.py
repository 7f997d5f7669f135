"""Sounds and files for the tests of the audio room."""

import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from engine.audio.tags import Tags, read_tags, retuned, store_tags

Audio = NDArray[np.float32]


def tones(channels: int, samples: int, rate_hz: int, level: float = 0.4, lowest_hz: float = 60) -> Audio:
    """One sine a channel, each 5 Hz higher than the one before; from 60 Hz on an LFE channel carries them all."""
    time_s = np.arange(samples) / rate_hz
    waves = [level * np.sin(2 * np.pi * (lowest_hz + 5 * c) * time_s) for c in range(channels)]
    return np.stack(waves).astype(np.float32)


def noise(channels: int, samples: int, seed: int = 0, level: float = 0.1) -> Audio:
    generator = np.random.default_rng(seed)
    return (generator.standard_normal((channels, samples)) * level).clip(-1, 1).astype(np.float32)


def cut(audio: Audio, sizes: Sequence[int]) -> Iterator[Audio]:
    """Float32 [channels, samples] in blocks of these sizes, over and over."""
    at = 0
    for size in itertools.cycle(sizes):
        if at >= audio.shape[1]:
            return
        yield audio[:, at : at + size]
        at += size


def copy_tags(source: Path, target: Path, part_s: tuple[float, float] | None = None) -> list[str]:
    """Put all that `source` says of itself into `target`, whose sound is another and of which it may hold a part.

    As `encode.Encoder` does with `tags_of`; gives and raises what `store_tags` does.
    """
    tags = read_tags(source) if part_s is None else read_tags(source).within(*part_s)
    tags = retuned(tags, None, is_opus=b"OpusHead" in target.read_bytes()[:64])
    return store_tags(target, tags) if tags != Tags() else tags.lost


def write_by_ffmpeg(
    path: Path,
    audio: Audio,
    rate_hz: int,
    codec: str,
    container: str,
    *,
    cover: bool = False,
    chapters: Sequence[tuple[float, str]] = (),
    **options: str,
) -> None:
    """A file of a kind that the program reads but does not write; with `cover`, a picture stream comes first.

    `chapters`: seconds, title. `options`: the muxer's.
    """
    layout = "mono" if audio.shape[0] == 1 else "stereo"
    with av.open(str(path), "w", format=container, options=options) as file:
        file.set_chapters(
            [
                {
                    "id": number, "start": round(at * 1000), "end": round(at * 1000) + 1,
                    "time_base": Fraction(1, 1000), "metadata": {"title": title},
                }
                for number, (at, title) in enumerate(chapters)
            ]
        )  # fmt: skip
        if cover:
            picture = file.add_stream("mjpeg", rate=1)
            picture.width = picture.height = 16
            picture.pix_fmt = "yuvj420p"
        stream = file.add_stream(codec, rate=rate_hz, layout=layout)
        stream.bit_rate = 192_000
        if cover:
            image = av.VideoFrame.from_ndarray(np.full((16, 16, 3), 90, np.uint8), format="rgb24")
            file.mux(picture.encode(image.reformat(format="yuvj420p")))
            file.mux(picture.encode(None))
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(audio), format="fltp", layout=layout)
        frame.sample_rate, frame.pts = rate_hz, 0
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def write_places(path: Path, audio: Audio, rate_hz: int, layout: str, codec: str, container: str) -> None:
    """A file of a kind that the program may not write itself, whose channels stand where FFmpeg's `layout` says."""
    with av.open(str(path), "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate_hz, layout=layout, options={"strict": "-2"})
        stream.bit_rate = 128_000 * len(audio)
        whole = np.ascontiguousarray(np.rint(audio.T * 32767).astype(np.int16)).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(whole, format="s16", layout=layout)
        frame.sample_rate, frame.pts = rate_hz, 0
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def tone_levels(audio: Audio, rate_hz: int, tones_hz: Sequence[float]) -> NDArray[np.float64]:
    """Amplitude of each of these sines, whole hertz, in each channel: [channels, tones]."""
    second = audio[:, (audio.shape[1] - rate_hz) // 2 :][:, :rate_hz]
    spectra = np.abs(np.fft.rfft(second, axis=1)) / (rate_hz / 2)
    return spectra[:, [round(f_hz) for f_hz in tones_hz]]


def tone_numbers(audio: Audio, rate_hz: int) -> list[int]:
    """Which of the `tones` sounds loudest in each channel."""
    spectra = np.abs(np.fft.rfft(audio[:, :rate_hz], rate_hz, axis=1))
    return [round((int(spectrum.argmax()) - 60) / 5) for spectrum in spectra]
