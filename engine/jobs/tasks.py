"""What the light tasks of `light_tasks` do, in a worker."""

import os
import shutil
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import accumulate, chain
from math import ceil, gcd
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import invalid
from engine.jobs.light_tasks import PieceFacts, ScoreFacts, ScorePart, UploadFacts
from engine.library.atomic import write_bytes, write_json
from engine.library.outline import POINTS, outline

if TYPE_CHECKING:
    from mido import MidiFile

    from engine.audio.block import Audio
    from engine.audio.decode import CheckedSource

MOST_TAG_LETTERS = 2**18
"""Of the tags that are looked at: what stands there is kept in a record, to be put back."""
_ANY_MIME = "application/octet-stream"
_MIME = {
    "wav": "audio/wav", "rf64": "audio/wav", "flac": "audio/flac", "ogg": "audio/ogg", "mp3": "audio/mpeg",
    "mpeg": "audio/mpeg", "aif": "audio/aiff", "mp4": "audio/mp4", "webm": "audio/webm", "matroska": "audio/webm",
}  # fmt: skip
"""Part of a container's name -> what a browser calls it."""


def probe_upload(path: Path) -> UploadFacts:
    """What a file is and what is wrong with it, found by decoding it all. Raises UNSUPPORTED_AUDIO."""
    from engine.audio.decode import probe
    from engine.audio.peaks import PeakMeter
    from engine.audio.tags import title_of

    meter = PeakMeter(1, POINTS)  # of any rate: lengths are counted in samples
    info = probe(path, listen=meter.add)
    mime = next((mime for name, mime in _MIME.items() if name in info.format.lower()), _ANY_MIME)
    notes = [dict(note) for note in info.notes]
    kind = (info.rate_hz, info.channels, info.layout.name)
    return UploadFacts(round(info.duration_s, 6), *kind, notes, mime, outline(meter.result()["peaks"]), title_of(path))


def write_tags(path: Path, target: Path, tags: dict[str, str]) -> None:
    """A copy of a sound file with these tags among its own."""
    from engine.audio import tags as files

    with _copied(path, target):
        files.write_tags(target, tags)


def read_tags(path: Path, names: list[str]) -> dict[str, list[str]]:
    """What a sound file says under these names; those that it does not have are missing.

    Raises INVALID_INPUT `tags_too_long`.
    """
    from engine.audio import tags as files

    said = files.read_tags(path).values
    found = {name: said[name] for name in names if said.get(name)}
    if sum(len(text) for texts in found.values() for text in texts) > MOST_TAG_LETTERS:
        raise invalid("tags_too_long", limit=MOST_TAG_LETTERS)
    return found


def replace_tags(
    path: Path, target: Path, values: dict[str, list[str]], expected: dict[str, list[str]]
) -> list[tuple[str, list[str]]]:
    """A copy of a sound file with these texts under these names, none taking a name out; what stood there before, for
    `restore_tags`.

    Raises INVALID_INPUT `tags_changed` where the names say something else than `expected`.
    """
    from engine.audio import tags as files

    if read_tags(path, list(values)) != {name: expected[name] for name in values if expected.get(name)}:
        raise invalid("tags_changed")
    with _copied(path, target):
        return files.replace_values(target, values)


def restore_tags(
    path: Path, target: Path, written: dict[str, list[str]], before: list[tuple[str, list[str]]]
) -> list[str]:
    """A copy of a sound file that says what it said before `replace_tags`; the names that do so. A name that says
    something else than what was `written` is left alone."""
    from engine.audio import tags as files

    with _copied(path, target):
        return files.restore_values(target, written, before)


@contextmanager
def _copied(path: Path, target: Path) -> Iterator[None]:
    """A copy to be changed, which then takes the original's place: what it holds is on the disk at the end."""
    shutil.copy2(path, target)
    yield
    with target.open("rb+") as file:
        os.fsync(file.fileno())


def make_spectrogram(path: Path, target: Path, from_s: float = 0.0, to_s: float | None = None) -> None:
    """The picture of a track's spectrum over time, or of a part of it, as a PNG file."""
    from engine.audio.spectrogram import spectrogram_png

    write_bytes(target, spectrogram_png(path, from_s, to_s))


def make_cover(path: Path, target: Path, track_id: str, key: str, peaks_file: Path | None) -> None:
    """The cover of a track as a PNG file: that of its tags, else one drawn from its peaks in the colour of its key."""
    from engine.audio.cover import cover_png

    write_bytes(target, cover_png(path, track_id, key, peaks_file))


def read_score(path: Path) -> ScoreFacts:
    """The notes of a MIDI file, part by part."""
    import mido

    file = mido.MidiFile(path)
    parts: list[ScorePart] = []
    seconds_at = _clock(file)
    for track in file.tracks:
        tick, program, drums = 0, 0, False
        sounding: dict[tuple[int, int], tuple[int, int]] = {}
        notes: list[tuple[float, float, int, int]] = []
        for message in track:
            tick += message.time
            if message.type == "program_change":
                program = message.program
            if message.type not in ("note_on", "note_off"):
                continue
            drums = message.channel == 9
            key = message.channel, message.note
            begun = sounding.pop(key, None)
            if begun is not None:
                start_s = seconds_at(begun[0])
                length_s = seconds_at(tick) - start_s
                notes.append((round(start_s, 6), round(length_s, 6), message.note, begun[1]))
            if message.type == "note_on" and message.velocity:
                sounding[key] = (tick, message.velocity)
        if notes:
            parts.append(ScorePart(track.name, program, drums, sorted(notes)))
    return ScoreFacts(round(file.length, 6), parts)


def _clock(file: "MidiFile") -> Callable[[int], float]:
    """Seconds at a tick, by the tempo changes of all tracks. pretty_midi would drop those outside the first one."""
    from mido import tick2second

    changes = [(0, 0.0, 500_000)]

    def seconds_at(tick: int) -> float:
        start, start_s, tempo = changes[bisect_right(changes, tick, key=itemgetter(0)) - 1]
        return start_s + float(tick2second(tick - start, file.ticks_per_beat, tempo))

    ticks = (zip(accumulate(message.time for message in track), track, strict=True) for track in file.tracks)
    tempi = [(tick, message.tempo) for tick, message in chain(*ticks) if message.type == "set_tempo"]
    for tick, tempo in sorted(tempi, key=itemgetter(0)):
        changes.append((tick, seconds_at(tick), tempo))
    return seconds_at


def make_peaks(path: Path, target: Path, points: int = 1000, from_s: float = 0.0, to_s: float | None = None) -> None:
    """Waveform peaks of a track whose peaks file has gone, or of a part of one that is looked at closely."""
    from engine.audio.peaks import peaks

    write_json(target, peaks(path, points, from_s, to_s))


def measure_loudness(path: Path) -> float | None:
    """Integrated loudness of a whole file, LUFS; None where it is undefined."""
    from engine.audio.decode import open_source
    from engine.audio.loudness import LoudnessMeter

    with open_source(path) as source:
        meter = LoudnessMeter(source.rate_hz, source.layout)
        for block in source.blocks():
            meter.add(block)
    return meter.result().loudness_lufs


def decode_piece(
    path: Path, target: Path, start: int, count: int, most_bytes: int, rate_hz: int | None = None
) -> PieceFacts:
    """Frames `start` up to `start + count` of a file, as raw little-endian float32 with the channels interleaved: one
    channel, or two as two ears hear the file.

    They are counted and given at `rate_hz`, the file's own rate by default. Fewer where the file ends before, or where
    they would not fit into `most_bytes`.
    """
    from engine.audio.channels import for_two_ears
    from engine.audio.decode import open_source

    with open_source(path) as source, target.open("wb") as file:
        layout, channels = source.layout, min(2, source.channels)
        left = min(count, most_bytes // (4 * channels))
        own = rate_hz is None or rate_hz == source.rate_hz
        blocks = source.blocks(start / source.rate_hz) if own else _at_rate(source, start, left, int(rate_hz or 0))
        for block in blocks:
            file.write(for_two_ears(block[:, :left], layout).T.astype("<f4").tobytes())
            left -= block.shape[1]
            if left <= 0:
                break
        return PieceFacts(rate_hz or source.rate_hz, channels)


LEAD_S = 0.1
"""How far around a piece the resampling filter is let see: it is some milliseconds long."""


def _at_rate(source: "CheckedSource", start: int, count: int, rate_hz: int) -> "Iterator[Audio]":
    """Samples from `start` on, counted at `rate_hz`: what resampling the whole file would have given there.

    The two clocks meet `gcd` times a second; a piece that is begun on such a moment keeps the phase of the whole.
    """
    from engine.audio.resample import Resampler

    meetings = gcd(source.rate_hz, rate_hz)
    step_in, step_out = source.rate_hz // meetings, rate_hz // meetings
    first = max(0, start // step_out - ceil(LEAD_S * meetings))
    drop = start - first * step_out
    wanted = ceil((drop + count) / step_out) * step_in + ceil(LEAD_S * source.rate_hz)

    def read() -> "Iterator[Audio]":
        left = wanted
        for block in source.blocks(first * step_in / source.rate_hz):
            yield block[:, :left]
            left -= block.shape[1]
            if left <= 0:
                return

    for block in Resampler(source.rate_hz, rate_hz, source.channels).stream(read()):
        ready, drop = block[:, drop:], max(0, drop - block.shape[1])
        if ready.shape[1]:
            yield ready
