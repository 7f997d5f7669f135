"""Where the channels of AAC by FFmpeg's encoder stand when it lists them, as for 3.1 or 5.1(side).

Only for layouts that have no number of their own (ISO/IEC 14496-3: AudioSpecificConfig in 1.6.2.1, adts_fixed_header in
1.A.2.2.1, program_config_element in 4.4.1.1). FFmpeg's encoder files low-frequency effects under the side channels and
surrounds under the back ones, so that its own decoder gives up and tells nothing but their number. Lists by others are
as the standard has them, and that decoder follows those.
"""

from engine.audio.layouts import named

_ESCAPE = 31
_ANY_RATE = 15
_LISTED = 0
_PROGRAM_CONFIG = 5
_ADTS_HEADER_BITS = 56
_MOST_BYTES = 256
_ENCODER = b"Lavc"

_PLACES = {
    "PS|||1": named("3.1").places,
    "P|P||0": named("quad(side)").places,
    "PS|S|S|0": named("4.1").places,
    "PS|P||0": named("5.0(side)").places,
    "PS|S|P|0": named("5.1(side)").places,
    "PS|P|S|0": named("6.0").places,
    "PP|P||0": ("FLC", "FRC", "FL", "FR", "SL", "SR"),
    "PS||PS|0": named("hexagonal").places,
    "PS|P|PS|0": named("octagonal").places,
}
"""What lies in front, at the sides, behind (Pairs and Single ones), and how many low-frequency effects -> the places.

As heard from one tone a channel (libavcodec 59 and 62). The encoder writes the same list for all three kinds of 6.1,
for both kinds of 7.0 and of 7.1 with wide fronts: of those nobody can tell.
"""


class _Bits:
    """Big-endian bits; raises EOFError behind their end."""

    def __init__(self, data: bytes) -> None:
        self._value, self._left = int.from_bytes(data, "big"), 8 * len(data)

    def read(self, count: int) -> int:
        if count > self._left:
            raise EOFError
        self._left -= count
        return self._value >> self._left & (1 << count) - 1

    def align(self) -> None:
        """On to the next whole byte."""
        self._left -= self._left % 8


def places_of_aac(config: bytes, packet: bytes) -> tuple[str, ...] | None:
    """Places in the order of FFmpeg's channels; None where its encoder listed none, or a list that means two things.

    `config`: the AudioSpecificConfig of a container that has one, else empty; `packet`: the first one of the stream.
    """
    bits = _Bits((config or packet)[:_MOST_BYTES])
    try:
        if not (_begins_config(bits) if config else _begins_adts(bits)):
            return None
        shape = _shape(bits)
    except EOFError:
        return None
    return _PLACES.get(shape)


def _begins_config(bits: _Bits) -> bool:
    """Up to the list of an AudioSpecificConfig; False where it has none."""
    if bits.read(5) == _ESCAPE:
        bits.read(6)
    if bits.read(4) == _ANY_RATE:
        bits.read(24)
    channels = bits.read(4)
    bits.read(1)  # length of a frame
    if bits.read(1):  # depends on a core coder
        bits.read(14)
    bits.read(1)  # extension
    return channels == _LISTED


def _begins_adts(bits: _Bits) -> bool:
    """Up to the list of a frame with an ADTS header; False where it has none."""
    if bits.read(12) != 0xFFF:
        return False
    bits.read(3)  # version, layer
    has_checksum = not bits.read(1)
    bits.read(7)  # profile, rate, private bit
    channels = bits.read(3)
    bits.read(_ADTS_HEADER_BITS - 26 + 16 * has_checksum)
    return channels == _LISTED and bits.read(3) == _PROGRAM_CONFIG


def _shape(bits: _Bits) -> str:
    """A program_config_element as `_PLACES` has it; empty where another encoder wrote it."""
    bits.read(10)  # tag, profile, rate
    counts = [bits.read(4), bits.read(4), bits.read(4)]
    effects, data, coupled = bits.read(2), bits.read(3), bits.read(4)
    for size in (4, 4, 3):  # mixdowns
        if bits.read(1):
            bits.read(size)
    sides = ["".join("SP"[bits.read(5) >> 4] for _ in range(count)) for count in counts]
    bits.read(4 * effects + 4 * data + 5 * coupled)
    bits.align()
    comment = bytes(bits.read(8) for _ in range(bits.read(8)))
    return "|".join([*sides, str(effects)]) if comment.startswith(_ENCODER) else ""
