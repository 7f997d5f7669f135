"""A style for other players: Equalizer APO (Windows) and CamillaDSP (Linux, macOS, Windows).

Both are for stereo and carry what those programs can do; what they cannot is named in the file. Loudness, whose gain is
known only once a sound was rendered, and alignment, which belongs to one file, are left out.
"""

from collections.abc import Sequence

from engine.match.processors.equaliser import sounding
from engine.match.style import EqBand, StyleParams

_APO = {"peaking": "PK", "low_shelf": "LSC", "high_shelf": "HSC"}
_CAMILLA = {"peaking": "Peaking", "low_shelf": "Lowshelf", "high_shelf": "Highshelf"}


def single_width(style: StyleParams) -> float | None:
    """The width, where it is one for all bands and not 1; else None."""
    widths = set(style.stereo.widths()) if style.stereo is not None else {1.0}
    width = widths.pop()
    return width if not widths and width != 1 else None


def _left_out(style: StyleParams, *, compressor: bool) -> list[str]:
    """What of a style the other program will not do."""
    missing = []
    if style.pitch is not None and style.pitch.semitones:
        missing.append("pitch")
    if style.compressor is not None and not compressor:
        missing.append("compressor")
    if style.exciter is not None:
        missing.append("exciter")
    if style.stereo is not None and len(set(style.stereo.widths())) > 1:
        missing.append("stereo width by band")
    return missing


def equalizer_apo(style: StyleParams, *, rate_hz: int, reverb_file: str = "") -> str:
    """Text of an Equalizer APO configuration for stereo; `reverb_file` is the name of the WAV with the room, if any.

    Its LSC and HSC with a Q are the cookbook's shelves, as this program's are.
    """
    lines = ["# Style match", f"# Made for {rate_hz} Hz"]
    missing = _left_out(style, compressor=False) + (["limiter"] if style.limiter is not None else [])
    if missing:
        lines.append(f"# Not in Equalizer APO, left out: {', '.join(missing)}")
    lines.append("Preamp: 0.00 dB")
    lines += _apo_filters(sounding(style.eq, rate_hz))
    side, width = sounding(style.side_eq, rate_hz), single_width(style)
    if side:
        lines += [_APO_APART, "Channel: SIDE", *_apo_filters(side), "Channel: L R", _apo_together(1.0)]
    if reverb_file:
        lines.append(f"Convolution: {reverb_file}")
    if width is not None:
        lines += [_APO_APART, _apo_together(width)]
    return "\r\n".join([*lines, ""])


def _apo_filters(bands: Sequence[EqBand]) -> list[str]:
    return [
        f"Filter {number}: ON {_APO[band.type]} Fc {band.f_hz:.2f} Hz Gain {band.gain_db:.2f} dB Q {band.q:.4f}"
        for number, band in enumerate(bands, 1)
    ]


_APO_APART = "Copy: MID=0.5*L+0.5*R SIDE=0.5*L+-0.5*R"
"""Channels of names of one's own are virtual ones."""


def _apo_together(width: float) -> str:
    return f"Copy: L=1.0*MID+{width:.4f}*SIDE R=1.0*MID+-{width:.4f}*SIDE"


def camilladsp(style: StyleParams, *, rate_hz: int, reverb_file: str = "") -> str:
    """A CamillaDSP 4 configuration (YAML) from standard input to standard output, 32-bit float stereo.

    `reverb_file` is the name of the WAV with the reverb, two channels. CamillaDSP's compressor finds levels in its own
    way, and its limiter clips at the ceiling, without lookahead.
    """
    single = style.compressor is not None and len(style.compressor.bands) == 1
    lines = ["---", 'title: "Style match"']
    missing = _left_out(style, compressor=single)
    if missing:
        lines.append(f'description: "Left out, CamillaDSP has no such part: {", ".join(missing)}"')
    lines += ["devices:", f"  samplerate: {rate_hz}", "  chunksize: 4096"]
    for name, kind in (("capture", "Stdin"), ("playback", "Stdout")):
        lines += [f"  {name}:", f"    type: {kind}", "    channels: 2", "    format: F32_LE"]
    filters: list[str] = []
    steps: list[str] = []
    mixers: list[str] = []
    bands, side = sounding(style.eq, rate_hz), sounding(style.side_eq, rate_hz)
    filters += _biquads("eq", bands) + _biquads("side", side)
    if bands:
        steps += _filter_step("0, 1", [f"eq{number}" for number in range(1, len(bands) + 1)])
    if side:
        mixers += _mixer("apart", ((0.5, 0.5), (0.5, -0.5))) + _mixer("together", ((1, 1), (1, -1)))
        names = [f"side{number}" for number in range(1, len(side) + 1)]
        steps += [*_mixer_step("apart"), *_filter_step("1", names), *_mixer_step("together")]
    processors: list[str] = []
    if style.compressor is not None and single:
        settings = style.compressor.bands[0]
        processors = _part(
            "compressor",
            "Compressor",
            channels=2,
            attack=f"{settings.attack_ms / 1000:.6f}",
            release=f"{settings.release_ms / 1000:.6f}",
            threshold=f"{settings.threshold_db:.3f}",
            factor=f"{settings.ratio:.4f}",
            makeup_gain=f"{settings.makeup_db:.3f}",
        )
        steps += ["  - type: Processor", "    name: compressor"]
    if reverb_file:
        for channel in range(2):
            filters += _part(f"room{channel}", "Conv", type="Wav", filename=f'"{reverb_file}"', channel=channel)
            steps += _filter_step(str(channel), [f"room{channel}"])
    width = single_width(style)
    if width is not None:
        own, other = (1 + width) / 2, (1 - width) / 2
        mixers += _mixer("width", ((own, other), (other, own)))
        steps += _mixer_step("width")
    if style.limiter is not None:
        filters += _part("limiter", "Limiter", clip_limit=f"{style.limiter.tp_db:.3f}")
        steps += _filter_step("0, 1", ["limiter"])
    parts = {"filters:": filters, "mixers:": mixers, "processors:": processors, "pipeline:": steps}
    for name, part in parts.items():
        lines += [name, *part] if part else []
    return "\n".join([*lines, ""])


def _part(name: str, kind: str, **parameters: object) -> list[str]:
    """A filter or a processor."""
    figures = [f"      {key}: {value}" for key, value in parameters.items()]
    return [f"  {name}:", f"    type: {kind}", "    parameters:", *figures]


def _biquads(name: str, bands: Sequence[EqBand]) -> list[str]:
    lines = []
    for number, band in enumerate(bands, 1):
        figures = {"freq": f"{band.f_hz:.3f}", "q": f"{band.q:.4f}", "gain": f"{band.gain_db:.3f}"}
        lines += _part(f"{name}{number}", "Biquad", type=_CAMILLA[band.type], **figures)
    return lines


def _mixer(name: str, matrix: Sequence[Sequence[float]]) -> list[str]:
    """Of two channels: what of each, in columns, comes out of each, in rows."""
    lines = [f"  {name}:", "    channels:", "      in: 2", "      out: 2", "    mapping:"]
    for dest, row in enumerate(matrix):
        lines += [f"      - dest: {dest}", "        sources:"]
        for channel, share in enumerate(row):
            lines += [
                f"          - channel: {channel}",
                f"            gain: {abs(share):.6f}",
                f"            inverted: {'true' if share < 0 else 'false'}",
                "            scale: linear",
            ]
    return lines


def _mixer_step(name: str) -> list[str]:
    return ["  - type: Mixer", f"    name: {name}"]


def _filter_step(channels: str, names: list[str]) -> list[str]:
    return ["  - type: Filter", f"    channels: [{channels}]", "    names:", *(f"      - {name}" for name in names)]
