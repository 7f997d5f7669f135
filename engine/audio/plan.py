"""What a format can hold, and how a request that it cannot hold is met."""

from dataclasses import dataclass

from engine.audio.block import MAX_CHANNELS, check_shape
from engine.audio.layouts import MONO, STEREO, UNKNOWN, VORBIS, Layout, as_layout, held_by, of_mask
from engine.parameters import BitDepth, Format, SampleRate

_USUAL = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000)
_MP3 = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_MOST_CHANNELS = {Format.WAV: MAX_CHANNELS, Format.FLAC: 8, Format.MP3: 2, Format.OGG: 8, Format.OPUS: 8}


@dataclass(frozen=True)
class EncodingPlan:
    """How a file will be written. `notes` name every departure from the request: `rate_48000`, `bit_depth_24`..."""

    format: Format
    bit_depth: BitDepth | None
    rate_hz: int
    layout: Layout
    notes: tuple[str, ...]

    @property
    def channels(self) -> int:
        return self.layout.channels


def plan_for(
    requested: Format, bit_depth: BitDepth, rate_out: SampleRate, rate_hz: int, layout: Layout | int
) -> EncodingPlan:
    """The nearest that `requested` can hold to audio of `rate_hz` and `layout`.

    A rate rises to the next possible one, else falls to the highest; flac has no floats and takes 24 bits instead. mp3,
    ogg and opus have no bit depth: it is None. Channels: see `_possible_layout`. Raises INVALID_INPUT for audio outside
    the program's limits.
    """
    check_shape(rate_hz, layout if isinstance(layout, int) else layout.channels)
    layout = as_layout(layout)
    requested_rate = rate_hz if rate_out == "original" else int(rate_out)
    rate = _possible_rate(requested, requested_rate)
    kept = _possible_layout(requested, layout)
    depth: BitDepth | None = bit_depth if requested in (Format.WAV, Format.FLAC) else None
    if requested is Format.FLAC and depth == "32f":
        depth = "24"
    notes = [
        *([f"bit_depth_{depth}"] if depth not in (None, bit_depth) else []),
        *([f"rate_{rate}"] if rate != requested_rate else []),
        *([f"channels_{kept.channels}"] if kept.channels < layout.channels else []),
        *([f"layout_{kept.name}"] if kept != layout and kept.channels >= layout.channels else []),
    ]
    return EncodingPlan(requested, depth, rate, kept, tuple(notes))


def _possible_rate(requested: Format, rate_hz: int) -> int:
    match requested:
        case Format.WAV:
            return rate_hz
        case Format.FLAC if rate_hz <= 65_535 or (rate_hz % 10 == 0 and rate_hz <= 655_350):
            return rate_hz
        case Format.OGG if rate_hz <= 192_000:
            return rate_hz
        case Format.OPUS:
            return 48_000
    rates = _MP3 if requested is Format.MP3 else _USUAL
    return next((rate for rate in rates if rate >= rate_hz), rates[-1])


def _possible_layout(requested: Format, layout: Layout) -> Layout:
    """wav and flac keep every channel and the places that a mask can name; ogg and opus have one layout for each number
    of channels (Vorbis I, 4.3.9): what is none of them goes into the smallest that has all its places, with silence in
    the others. Channels without places stay as they are, whatever ogg calls them. What fits nowhere becomes stereo."""
    if layout.channels > _MOST_CHANNELS[requested] or (requested is Format.MP3 and layout != MONO):
        return STEREO
    if requested in (Format.WAV, Format.FLAC):
        return of_mask(layout.wav_mask, layout.channels)
    if set(layout.places) == {UNKNOWN}:
        return layout if requested is Format.OPUS else VORBIS[layout.channels]
    return held_by(list(VORBIS.values()), layout) or STEREO
