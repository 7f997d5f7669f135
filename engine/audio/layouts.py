"""Where channels stand: the one table of speaker places and layouts, for reading, mixing, measuring and writing.

A place is named as FFmpeg names it (`FL`, `FC`, `LFE`, ...; SMPTE ST 2036-2, ITU-R BS.2051). Within the program the
channels of every sound stand in the order of `PLACES`, which is that of the bits of a WAVEFORMATEXTENSIBLE mask;
readers and writers bring them into it and out of it. A channel of which nobody says where it stands is `UNK`: it is
kept, and heard in the middle. Nothing here needs numpy: the server may read it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

CENTRE = 0.5**0.5
"""-3 dB (ITU-R BS.775-3, annex 4): one channel in both ears is as loud as it was in one speaker."""
SURROUND = 0.5**0.5
SURROUND_LOUDNESS = 1.41
"""ITU-R BS.1770-4, table 4: 60 to 120 degrees to the side and less than 30 above or below the ear; else 1."""


class Place(NamedTuple):
    """What a channel that stands there gives to the left and the right of a stereo mix, and its BS.1770-4 weight."""

    left: float
    right: float
    loudness: float = 1.0


_BOTH = Place(CENTRE, CENTRE)
_BEHIND_BOTH = Place(SURROUND * CENTRE, SURROUND * CENTRE)
_NOWHERE = Place(0.0, 0.0, 0.0)
_LEFT, _RIGHT = Place(1.0, 0.0), Place(0.0, 1.0)
_SIDE_LEFT, _SIDE_RIGHT = Place(SURROUND, 0.0, SURROUND_LOUDNESS), Place(0.0, SURROUND, SURROUND_LOUDNESS)
_OTHER_LEFT, _OTHER_RIGHT = Place(SURROUND, 0.0), Place(0.0, SURROUND)

UNKNOWN = "UNK"

PLACES: dict[str, Place] = {
    "FL": _LEFT, "FR": _RIGHT, "FC": _BOTH, "LFE": _NOWHERE, "BL": _SIDE_LEFT, "BR": _SIDE_RIGHT,
    "FLC": _LEFT, "FRC": _RIGHT, "BC": _BEHIND_BOTH, "SL": _SIDE_LEFT, "SR": _SIDE_RIGHT,
    "TC": _BEHIND_BOTH, "TFL": _OTHER_LEFT, "TFC": _BEHIND_BOTH, "TFR": _OTHER_RIGHT,
    "TBL": _OTHER_LEFT, "TBC": _BEHIND_BOTH, "TBR": _OTHER_RIGHT,
    # the mask of a WAV file ends here
    "DL": _LEFT, "DR": _RIGHT, "WL": _SIDE_LEFT, "WR": _SIDE_RIGHT, "SDL": _SIDE_LEFT, "SDR": _SIDE_RIGHT,
    "LFE2": _NOWHERE, "TSL": _OTHER_LEFT, "TSR": _OTHER_RIGHT, "BFC": _BEHIND_BOTH, "BFL": _OTHER_LEFT,
    "BFR": _OTHER_RIGHT, "SSL": _SIDE_LEFT, "SSR": _SIDE_RIGHT, "TTL": _OTHER_LEFT, "TTR": _OTHER_RIGHT,
    "BIL": _LEFT, "BIR": _RIGHT, UNKNOWN: _BOTH,
}  # fmt: skip
"""Every place, in the order in which channels stand. Mono surround and what hangs over or under the middle is at -3 dB
and heard in both ears: 0.5 in each, as in ATSC A/52, 7.8.2. Low-frequency effects are in no mix and no loudness."""

_RANK = {place: rank for rank, place in enumerate(PLACES)}
_MASKED = tuple(PLACES)[:18]
_REAR_LOUDNESS = {"BL": 1.0, "BR": 1.0}
"""Where there are side speakers the back ones stand at 135 degrees, else they are the surrounds at 110."""
_PARTNER = {place: right for place in PLACES if (right := place.replace("L", "R")) in PLACES and right != place}
_ALIKE = {"BL": "SL", "BR": "SR", "SL": "BL", "SR": "BR", "DL": "FL", "DR": "FR", "BIL": "FL", "BIR": "FR"}
"""What stands in for a place that a layout has not: surrounds are surrounds, whatever a format calls them."""

_NAMED = {
    "mono": "FC", "stereo": "FL FR", "downmix": "DL DR", "binaural": "BIL BIR",
    "2.1": "FL FR LFE", "3.0": "FL FR FC", "3.0(back)": "FL FR BC", "3.1": "FL FR FC LFE",
    "4.0": "FL FR FC BC", "quad": "FL FR BL BR", "quad(side)": "FL FR SL SR", "4.1": "FL FR FC LFE BC",
    "5.0": "FL FR FC BL BR", "5.0(side)": "FL FR FC SL SR",
    "5.1": "FL FR FC LFE BL BR", "5.1(side)": "FL FR FC LFE SL SR",
    "6.0": "FL FR FC BC SL SR", "6.0(front)": "FL FR FLC FRC SL SR", "hexagonal": "FL FR FC BL BR BC",
    "6.1": "FL FR FC LFE BC SL SR", "6.1(back)": "FL FR FC LFE BL BR BC", "6.1(front)": "FL FR LFE FLC FRC SL SR",
    "7.0": "FL FR FC BL BR SL SR", "7.0(front)": "FL FR FC FLC FRC SL SR",
    "7.1": "FL FR FC LFE BL BR SL SR", "7.1(wide)": "FL FR FC LFE BL BR FLC FRC",
    "7.1(wide-side)": "FL FR FC LFE FLC FRC SL SR", "octagonal": "FL FR FC BL BR BC SL SR",
    "cube": "FL FR BL BR TFL TFR TBL TBR", "3.1.2": "FL FR FC LFE TFL TFR",
    "5.1.2": "FL FR FC LFE SL SR TFL TFR", "5.1.2(back)": "FL FR FC LFE BL BR TFL TFR",
    "5.1.4": "FL FR FC LFE SL SR TFL TFR TBL TBR", "7.1.2": "FL FR FC LFE BL BR SL SR TFL TFR",
    "7.1.4": "FL FR FC LFE BL BR SL SR TFL TFR TBL TBR", "7.2.3": "FL FR FC LFE BL BR SL SR TFL TFR TBC LFE2",
    "9.1.4": "FL FR FC LFE BL BR FLC FRC SL SR TFL TFR TBL TBR",
    "9.1.6": "FL FR FC LFE BL BR FLC FRC SL SR TFL TFR TBL TBR TSL TSR",
    "hexadecagonal": "FL FR FC BL BR BC SL SR TFL TFC TFR TBL TBC TBR WL WR",
    "22.2": "FL FR FC LFE BL BR FLC FRC BC SL SR TC TFL TFC TFR TBL TBC TBR LFE2 TSL TSR BFC BFL BFR",
}  # fmt: skip
_PLACES_OF = {name: tuple(places.split()) for name, places in _NAMED.items()}
_NAME_OF = {places: name for name, places in _PLACES_OF.items()}


@dataclass(frozen=True)
class Layout:
    """The places of a sound's channels, in the order of `PLACES`; made by `arranged`, `usual`, `named`, `of_mask`."""

    places: tuple[str, ...]

    @property
    def channels(self) -> int:
        return len(self.places)

    @property
    def name(self) -> str:
        """`5.1`, `4.0`, ... as FFmpeg has it; `FL+FR+TFL` where it has none; `6 channels` where nothing is known."""
        if all(place == UNKNOWN for place in self.places):
            return f"{self.channels} channels"
        return _NAME_OF.get(self.places) or "+".join(self.places)

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Left and right channels that belong together, the front ones first."""
        at = {place: channel for channel, place in enumerate(self.places)}
        return tuple((at[left], at[right]) for left, right in _PARTNER.items() if left in at and right in at)

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """All channels: pairs, and those that stand alone, by their first channel."""
        paired = {channel for pair in self.pairs for channel in pair}
        alone = [(channel,) for channel in range(self.channels) if channel not in paired]
        return tuple(sorted([*self.pairs, *alone]))

    @cached_property
    def lfe(self) -> tuple[int, ...]:
        """Channels of low-frequency effects."""
        return tuple(channel for channel, place in enumerate(self.places) if place in ("LFE", "LFE2"))

    @cached_property
    def right(self) -> frozenset[int]:
        """Channels that are heard more in the right ear."""
        return frozenset(channel for channel, p in enumerate(self.places) if PLACES[p].right > PLACES[p].left)

    @cached_property
    def loudness_weights(self) -> tuple[float, ...]:
        """Of each channel in the programme loudness (ITU-R BS.1770-4, tables 3 and 4).

        A single one counts as two equal ones, which is how it is played (libebur128's dual mono).
        """
        if self == MONO:
            return (2.0,)
        rear = _REAR_LOUDNESS if "SL" in self.places or "SR" in self.places else {}
        return tuple(rear.get(place, PLACES[place].loudness) for place in self.places)

    @cached_property
    def ear_gains(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Of each channel in the left and the right ear, as loud as from speakers (ITU-R BS.775-3, annex 4): all
        together may be over full scale.

        Low-frequency effects are left out; a sound that has nothing else is heard all the same. Of channels without any
        places the mean is heard: one of them is often the mix of the others.
        """
        if self == MONO:
            return (1.0,), (1.0,)
        left, right = ([getattr(PLACES[place], side) for place in self.places] for side in ("left", "right"))
        if set(self.places) <= {UNKNOWN, "LFE", "LFE2"}:
            left = right = [1 / self.channels] * self.channels
        return tuple(left), tuple(right)

    @cached_property
    def stereo_gains(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The same for a stereo mix that cannot clip: both sides are turned down alike."""
        left, right = self.ear_gains
        most = max(sum(left), sum(right))
        return tuple(gain / most for gain in left), tuple(gain / most for gain in right)

    @property
    def wav_mask(self) -> int:
        """The bits of a WAVEFORMATEXTENSIBLE mask; 0 where no place is known that a mask can name."""
        return sum(1 << _MASKED.index(place) for place in self.places if place in _MASKED)

    def found_in(self, other: "Layout") -> list[int] | None:
        """For each channel the one of `other` that stands there; None unless all of them have one of their own."""
        if self.places == other.places or UNKNOWN in self.places + other.places:
            return list(range(self.channels)) if self.channels == other.channels else None
        at = {place: channel for channel, place in enumerate(other.places)}
        found = [at.get(place, at.get(_ALIKE.get(place, ""), -1)) for place in self.places]
        return None if -1 in found or len(set(found)) < len(found) else found


def named(name: str) -> Layout:
    """The layout that `Layout.name` calls so. Raises ValueError."""
    if name in _PLACES_OF:
        return Layout(_PLACES_OF[name])
    count, _, unit = name.partition(" ")
    if unit == "channels" and count.isdecimal():
        return Layout((UNKNOWN,) * int(count))
    places = name.split("+")
    if not all(place in PLACES for place in places):
        raise ValueError(f"not a layout: {name[:100]}")
    return arranged(places)[0]


def arranged(places: Sequence[str]) -> tuple[Layout, list[int]]:
    """The layout of channels that stand in a file in this order, and for each of its channels the one in the file.

    A place that is not known, or that another channel has already, is `UNK`. A single channel is mono wherever it
    stands, and two of which nothing is known are stereo.
    """
    if len(places) == 1:
        return MONO, [0]
    first = {place: channel for channel, place in reversed(list(enumerate(places)))}
    known = [p if p in PLACES and first[p] == channel else UNKNOWN for channel, p in enumerate(places)]
    if known == [UNKNOWN, UNKNOWN]:
        return STEREO, [0, 1]
    order = sorted(range(len(known)), key=lambda channel: _RANK[known[channel]])
    return Layout(tuple(known[channel] for channel in order)), order


def usual(channels: int) -> Layout:
    """What a number alone says: one is mono, two are stereo, of more nobody knows where they stand."""
    return {1: MONO, 2: STEREO}.get(channels) or Layout((UNKNOWN,) * channels)


def as_layout(layout: Layout | int) -> Layout:
    """A layout, or what its number of channels says."""
    return usual(layout) if isinstance(layout, int) else layout


def of_mask(mask: int, channels: int) -> Layout:
    """What a WAVEFORMATEXTENSIBLE mask says: its lowest bits are the first channels, those it lacks have no place."""
    places = [place for bit, place in enumerate(_MASKED) if mask >> bit & 1][:channels]
    return arranged([*places, *[UNKNOWN] * (channels - len(places))])[0]


MONO, STEREO = Layout(_PLACES_OF["mono"]), Layout(_PLACES_OF["stereo"])

_FLAC = ("mono", "stereo", "3.0", "quad", "5.0(side)", "5.1(side)", "6.1", "7.1")
FLAC = {layout.channels: layout for layout in map(named, _FLAC)}
"""By number of channels, where no mask says otherwise (RFC 9639, section 9.1.3)."""

_VORBIS = ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")
VORBIS = {layout.channels: layout for layout in map(named, _VORBIS)}
"""By number of channels, in Ogg Vorbis (Vorbis I, 4.3.9) and Opus of mapping family 1 (RFC 7845, 5.1.1.2)."""
_VORBIS_ORDER = ("FL", "FC", "FR", "SL", "SR", "BL", "BR", "BC", "LFE")


def vorbis_order(channels: int) -> list[int]:
    """For each channel of such a file the one of its layout."""
    places = VORBIS[channels].places
    return sorted(range(channels), key=lambda channel: _VORBIS_ORDER.index(places[channel]))


def held_by(layouts: Sequence[Layout], layout: Layout) -> Layout | None:
    """The smallest of `layouts` in which every channel of `layout` has its place; None where there is none."""
    fitting = [wider for wider in layouts if UNKNOWN not in layout.places and layout.found_in(wider) is not None]
    return min(fitting, key=lambda wider: (wider.channels, wider != layout), default=None)
