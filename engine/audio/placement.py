"""Where the channels of a sound file stand, as its header says: for sound that libsndfile decodes without asking."""

from collections.abc import Sequence

from engine.audio.ffmpeg import FAULTS, opened, own_order
from engine.audio.flac_mask import read_layout
from engine.audio.frames import placed
from engine.audio.layouts import Layout, named, of_mask, usual
from engine.audio.splice import Spliced, buffered
from engine.audio.wav_header import find_riff_data


def placement(view: Spliced, kind: str, channels: int) -> tuple[Layout, Sequence[int]]:
    """The layout of a file of this kind (as libsndfile calls it), and where it has each channel of the layout.

    Where the file says nothing, a number of channels stands for places only as far as the format's own specification
    goes: FLAC for up to eight, AIFF for three (its four are two things, its six nobody writes), WAV and CAF for two.
    """
    if channels == 1 or kind == "au":
        return usual(channels), range(channels)
    if kind == "flac":
        return read_layout(buffered(view), channels), range(channels)
    if riff := find_riff_data(buffered(view)):
        return of_mask(riff.mask, channels), range(channels)
    layout, order = _by_ffmpeg(view, channels)
    if kind == "aiff" and layout == usual(3):
        return named("3.0"), range(3)
    return layout, order


def _by_ffmpeg(view: Spliced, channels: int) -> tuple[Layout, Sequence[int]]:
    try:
        with opened(view.again()) as container:
            if streams := container.streams.audio:
                own = own_order(streams[0])
                layout, order = placed(own, streams[0].codec_context.layout)
                if layout.channels == channels:
                    return layout, order
    except FAULTS:  # a format that only libsndfile knows
        pass
    return usual(channels), range(channels)
