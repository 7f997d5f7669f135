"""Decoding by FFmpeg's libraries (PyAV): mp3, Ogg, mp4, aac, alac, wma, ac3, the sound of films and more."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import av
import numpy as np
from av.codec.context import Flags2

from engine.audio import notes
from engine.audio.aac_layout import places_of_aac
from engine.audio.block import BLOCK, Audio
from engine.audio.endings import breaks_off
from engine.audio.fit import Fitter, trimmed
from engine.audio.flac_mask import read_layout
from engine.audio.frames import Joiner, placed
from engine.audio.layouts import Layout, usual
from engine.audio.mpeg import TAGS, adts_frame_size, frame_header
from engine.audio.promise import Promise, promise_of
from engine.audio.source import unsupported
from engine.audio.splice import Spliced, buffered, whole

DEMUXERS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,gsm,iff,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,ogg,"
    "oma,qcp,rm,tak,tta,voc,w64,wav,wv"
)
"""Only what carries sound: playlists and scripts could make FFmpeg open other files and addresses."""

# What libav* and PyAV raise on malformed input.
FAULTS = (av.FFmpegError, ValueError, TypeError, AttributeError, ArithmeticError, LookupError)

_CONSTANT = ("ac3", "eac3", "dts")
_BARE = ("mp3", "aac", *_CONSTANT)
"""Nothing but frames; and where those are all about as long."""
_IN_A_ROW = 2000
"""After so many packets that cannot be decoded there will be no sound any more."""
_TIMED = ("flac", "matroska", "mov", "mpegts", "flv")
"""Where the time of each frame is known; in FLAC to the sample."""
_LONGEST_FRAME = 8192
_MPEG_FRAME = 1152
_MOST_CHANGES = 1000
_GUESSED = ("tta",)
"""Where FFmpeg takes a number of channels for a layout, and the format says nothing of it."""
_LEAST_GAP_S, _LONGEST_GAP_S = 0.15, 60.0


class FfmpegSource:
    """See `Source`. Raises UNSUPPORTED_AUDIO `no_audio_stream`, `empty_audio`, `damaged_audio`, or one of FAULTS for an
    unknown format.

    What cannot be decoded is passed over, as FFmpeg's own program does; in FLAC, whose frames say where they belong,
    silence stands there. Where the rate or the channels change, the rest is brought to those of the beginning.
    """

    def __init__(self, file: BinaryIO | Spliced) -> None:
        self._view = file if isinstance(file, Spliced) else whole(file)
        self._container = opened(self._view)
        try:
            self._begin()
        except BaseException:
            self._container.close()
            raise

    def _begin(self) -> None:
        if not self._container.streams.audio:
            raise unsupported("no_audio_stream")
        best = self._container.streams.best("audio")
        self._stream = best if isinstance(best, av.AudioStream) else self._container.streams.audio[0]
        self._own = own_order(self._stream)
        self.format = self._container.format.name.split(",")[0]
        self.codec = str(self._stream.codec_context.name)
        self.notes: list[notes.FileNote] = []
        self._promise = promise_of(self._container, self._stream, self._view)
        self._damage = _Damage()
        self._decoded_s = 0.0
        self._first_packet = b""
        self._last_packet: Any = None
        self._least_packet = 0
        self._end: int | None = None
        self._most_padding = 0
        self._changes = 0
        self._frames = self._decoded()
        if (self.format, self.codec) == ("ogg", "vorbis"):  # of a stream of one page FFmpeg drops too much by itself
            self._stream.codec_context.flags2 |= Flags2.skip_manual
            next(self._frames, None)  # the first block only leads into the second (Vorbis I, 4.3.8)
        self._first = next(self._frames, None)
        if self._first is None:
            raise unsupported("damaged_audio" if self._damage.places else "empty_audio")
        self.rate_hz = int(self._first.sample_rate)
        if self.format == "mp3" and self._promise:  # of padding over several frames FFmpeg drops the last frame's only
            self._end, self._most_padding = round(self._promise.seconds * self.rate_hz), _MPEG_FRAME
        if self.codec == "aac" and self._first.layout.name.endswith(" channels"):
            self._own = places_of_aac(self._stream.codec_context.extradata or b"", self._first_packet)
        self.layout, _ = placed(self._own, self._first.layout)
        self.channels = self.layout.channels
        if self.codec in _GUESSED:
            self.layout = usual(self.channels)
        if self.format == "flac":  # FFmpeg does not follow masks that leave channels without a place
            self.layout = read_layout(buffered(self._view), self.channels)

    def skip(self, samples: int) -> int:
        return 0

    def end_at(self, samples: int) -> None:
        """Where the encoder's padding begins, some of which FFmpeg leaves in short Vorbis files."""
        self._end, self._most_padding = samples, _LONGEST_FRAME

    def blocks(self) -> Iterator[Audio]:
        return self._all() if self._end is None else trimmed(self._all(), self._end, self._most_padding)

    def _all(self) -> Iterator[Audio]:
        fitter = Fitter(self.rate_hz, self.layout)
        done = 0
        for audio, rate_hz, layout in self._sound():
            for block in fitter.add(audio, rate_hz, layout):
                done += block.shape[1]
                yield block
        for block in fitter.finish():
            done += block.shape[1]
            yield block
        self._conclude(done / self.rate_hz)

    def _sound(self) -> Iterator[tuple[Audio, int, Layout]]:
        """Blocks [channels, samples] with the rate in Hz and the layout that they have in the file."""
        frame, self._first = self._first, None
        assert frame is not None
        joiner, clock = Joiner(frame, self._own), _Clock() if self.format in _TIMED else None
        at_s = 0.0
        while frame is not None:
            gap_s = clock.gap_s(frame) if clock else 0.0
            silence = round(gap_s * joiner.rate_hz) if gap_s and self.format == "flac" else 0
            fits = joiner.takes(frame)
            if silence or joiner.samples >= BLOCK or not fits:
                yield from ((audio, joiner.rate_hz, joiner.layout) for audio in joiner.take())
            if not fits:
                before, joiner = joiner, Joiner(frame, self._own)
                if (before.rate_hz, before.channels) != (joiner.rate_hz, joiner.channels):
                    self._change(at_s, joiner)
            if silence or gap_s > _LEAST_GAP_S:
                self._damage.lose(at_s, gap_s)
            if silence:
                yield np.zeros((joiner.channels, silence), np.float32), joiner.rate_hz, joiner.layout
            at_s += (silence + frame.samples) / joiner.rate_hz
            following = next(self._frames, None)
            joiner.add(frame, frame.samples if following else self._real_samples(frame))
            frame = following
        yield from ((audio, joiner.rate_hz, joiner.layout) for audio in joiner.take())

    def _change(self, at_s: float, to: Joiner) -> None:
        """Rate and channels may change one after the other, within a frame or two."""
        self._changes += 1
        if self._changes > _MOST_CHANGES:
            raise unsupported("damaged_audio")
        found = notes.changes(at_s, to.rate_hz, to.channels)
        if self.notes and self.notes[-1]["key"] == found[0]["key"] and at_s - self.notes[-1]["values"]["at_s"] < 0.3:
            self.notes.pop()
        self.notes += found

    def _decoded(self) -> Iterator[av.AudioFrame]:
        """Every frame that can be decoded, up to the last packet that can be read."""
        for packet in self._packets():
            try:
                frames = packet.decode() if packet else self._stream.decode()
            except av.EOFError:
                return
            except FAULTS:
                if not (packet and bytes(packet).startswith(TAGS)):
                    self._damage.meet(self._decoded_s)
                if self._damage.in_a_row > _IN_A_ROW:
                    return
                continue
            for frame in frames:
                if isinstance(frame, av.AudioFrame) and frame.samples:
                    self._decoded_s += frame.samples / frame.sample_rate
                    self._damage.in_a_row = 0
                    yield frame

    def _packets(self) -> Iterator[Any]:
        """Every packet, and at the end an empty one, or None, for what the decoder still holds."""
        bare, constant = self.format in _BARE, self.format in _CONSTANT
        end: int | None = None
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except FAULTS:
                self._damage.meet(self._decoded_s)
                yield None
                return
            if packet is None:
                return
            self._first_packet = self._first_packet or bytes(packet)
            if bare and packet.size:
                if end is not None and packet.pos is not None and packet.pos > end and not self._is_tag(end):
                    self._damage.meet(self._decoded_s)
                end = None if packet.pos is None else packet.pos + packet.size
                if constant and self._last_packet:
                    self._least_packet = min(self._least_packet or packet.size, self._last_packet.size)
                self._last_packet = packet
            yield packet

    def _is_tag(self, at: int) -> bool:
        view = self._view.again()
        view.seek(at)
        return view.read(16).startswith(TAGS)

    def _real_samples(self, last: av.AudioFrame) -> int:
        """An mp4's last packet says how much of the last frame is sound; the rest is the encoder's padding."""
        if self.format != "mov" or not last.duration or not last.time_base:
            return int(last.samples)
        return int(min(last.samples, round(last.duration * last.time_base * int(last.sample_rate))))

    def _conclude(self, real_s: float) -> None:
        junk = self._junk_behind()
        is_cut = junk is None and (self._damage.end(self._decoded_s) or self._is_cut())
        if junk is not None and (junk.startswith(TAGS) or not any(junk)):  # nothing lost
            self._damage.end(self._decoded_s)
        if self.format != "flac":  # what is missing in the middle is not missing at the end
            real_s += self._damage.lost_s
        promise = self._promise or Promise(real_s, 0.0)
        if promise.seconds - real_s > promise.give_s:
            self.notes += notes.ended_early(promise.seconds - real_s)
        elif real_s - promise.seconds > promise.give_s:
            self.notes += notes.goes_on(real_s - promise.seconds)
        if is_cut and not self.notes:
            self.notes += notes.cut()
        self.notes += notes.damaged(self._damage.first_s, self._damage.places)

    def _junk_behind(self) -> bytes | None:
        """What lies behind the frames of an mp3 or a bare AAC stream and is no frame."""
        last = bytes(self._last_packet) if self._last_packet else b""
        return last if self.format in ("mp3", "aac") and last[:1] not in (b"", b"\xff") else None

    def _is_cut(self) -> bool:
        """The last packet of a bare stream, or the last piece of a container, is not all there."""
        if breaks_off(self.format, self._view.again()):
            return True
        packet = bytes(self._last_packet) if self._last_packet else b""
        if self.format in _CONSTANT:
            return len(packet) < self._least_packet
        header = frame_header(packet) if self.format == "mp3" else None
        size = header.size if header else adts_frame_size(packet) if self.format == "aac" else None
        return size is not None and size > len(packet)

    def close(self) -> None:
        self._container.close()


class _Damage:
    """Where packets could not be decoded; those in one row are one place."""

    def __init__(self) -> None:
        self.places = self.in_a_row = 0
        self.first_s = self._last_s = self.lost_s = 0.0

    def meet(self, at_s: float) -> None:
        """After `at_s` of sound."""
        if not self.places:
            self.first_s = at_s
        if not self.places or at_s > self._last_s:
            self.places += 1
        self._last_s = at_s
        self.in_a_row += 1

    def lose(self, at_s: float, gap_s: float) -> None:
        """After `at_s` of sound, `gap_s` are missing."""
        self.lost_s += gap_s
        if not self.places or at_s > self._last_s + 0.5:
            self.meet(at_s)

    def end(self, at_s: float) -> bool:
        """The sound is `at_s` long: was its end damaged? That is no place between sounds any more."""
        breaks_off = self.places > 0 and self._last_s >= at_s
        self.places -= breaks_off
        return breaks_off


class _Clock:
    """How far a frame lies behind the end of the one before, by the times that containers give."""

    def __init__(self) -> None:
        self._next_s: float | None = None

    def gap_s(self, frame: av.AudioFrame) -> float:
        """Missing seconds; 0 where the times start again, or make no sense."""
        length_s = frame.samples / frame.sample_rate
        at_s = None if frame.pts is None or not frame.time_base else float(frame.pts * frame.time_base)
        gap_s = 0.0 if at_s is None or self._next_s is None else at_s - self._next_s
        start_s = at_s if at_s is not None else self._next_s
        self._next_s = None if start_s is None else start_s + length_s
        return gap_s if 0 < gap_s <= _LONGEST_GAP_S else 0.0


def opened(view: Spliced, metadata_errors: str = "replace") -> Any:
    """The container, by what is in it alone; how metadata is decoded that is no UTF-8. Raises one of FAULTS."""
    options = {"format_whitelist": DEMUXERS, "protocol_whitelist": "none"}
    return av.open(view, mode="r", options=options, metadata_errors=metadata_errors)


def own_order(stream: Any) -> tuple[str, ...] | None:
    """The places (`FL`, `FR`...) of a file's channels where it has an order of its own; None where FFmpeg knows it.

    PyAV 18.1 shares the list that stands for such an order with FFmpeg, and both free it: each frame would damage the
    memory, until the process is ended. So the list is taken out of the codec once, before anything is decoded.
    """
    name = stream.codec_context.layout.name
    listed = re.fullmatch(r"(\d+ channels) \((.+)\)", name)
    stream.codec_context.layout = listed[1] if listed else name
    return tuple(listed[2].split("+")) if listed else None
