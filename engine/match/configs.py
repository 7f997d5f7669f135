"""A style for other players: Equalizer APO (Windows) and CamillaDSP (Linux, macOS, Windows).

Both carry what those programs can do; what they cannot is named in the file. The final gain is known only once a sound
was rendered (`Report.gain_db`), so it is given. Alignment belongs to one file and is left out.
"""

from collections.abc import Sequence

from engine.match.style import EqBand, StyleParams

_HIGHEST = 0.49
_APO = {"peaking": "PK", "low_shelf": "LSC", "high_shelf": "HSC"}
_CAMILLA = {"peaking": "Peaking", "low_shelf": "Lowshelf", "high_shelf": "Highshelf"}


def bands_of(bands: Sequence[EqBand], rate_hz: int) -> list[EqBand]:
    """The bands that sound at this rate."""
    return [band for band in bands if band.gain_db and band.f_hz <= _HIGHEST * rate_hz]


def single_width(style: StyleParams) -> float | None:
    """The width, where it is one for all bands and not 1; else None."""
    widths = set(style.stereo.widths()) if style.stereo is not None else {1.0}
    width = widths.pop()
    return width if not widths and width != 1 else None


def _left_out(style: StyleParams, *, compressor: bool, pair: bool = True) -> list[str]:
    """What of a style the other program will not do; `pair`: whether the sound is one left-right pair."""
    missing = []
    if style.pitch is not None and style.pitch.semitones:
        missing.append("pitch")
    if style.compressor is not None and not compressor:
        missing.append("compressor")
    if style.exciter is not None:
        missing.append("exciter")
    if style.stereo is not None and len(set(style.stereo.widths())) > 1:
        missing.append("stereo width by band")
    if not pair:
        missing += ["side equaliser"] * bool(style.side_eq) + ["stereo width"] * (single_width(style) is not None)
    return missing


def equalizer_apo(style: StyleParams, *, rate_hz: int, gain_db: float = 0.0, reverb_file: str = "") -> str:
    """Text of an Equalizer APO configuration for stereo; `reverb_file` is the name of the WAV with the room, if any.

    Its LSC and HSC with a Q are the cookbook's shelves, as this program's are.
    """
    lines = ["# Style match", f"# Made for {rate_hz} Hz"]
    missing = _left_out(style, compressor=False) + (["limiter"] if style.limiter is not None else [])
    if missing:
        lines.append(f"# Not in Equalizer APO, left out: {', '.join(missing)}")
    lines.append(f"Preamp: {gain_db:.2f} dB")
    lines += _apo_filters(bands_of(style.eq, rate_hz))
    side, width = bands_of(style.side_eq, rate_hz), single_width(style)
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


def camilladsp(
    style: StyleParams, *, rate_hz: int, channels: int = 2, gain_db: float = 0.0, reverb_file: str = ""
) -> str:
    """A CamillaDSP 4 configuration (YAML) from standard input to standard output, 32-bit float.

    `reverb_file` is the name of the WAV with the reverb, one channel of it for each of the sound's. CamillaDSP's
    compressor finds levels in its own way, and its limiter clips at the ceiling, without lookahead.
    """
    single = style.compressor is not None and len(style.compressor.bands) == 1
    every = ", ".join(map(str, range(channels)))
    lines = ["---", 'title: "Style match"']
    missing = _left_out(style, compressor=single, pair=channels == 2)
    if missing:
        lines.append(f'description: "Left out, CamillaDSP has no such part: {", ".join(missing)}"')
    lines += ["devices:", f"  samplerate: {rate_hz}", "  chunksize: 4096"]
    for name, kind in (("capture", "Stdin"), ("playback", "Stdout")):
        lines += [f"  {name}:", f"    type: {kind}", f"    channels: {channels}", "    format: F32_LE"]
    filters: list[str] = []
    steps: list[str] = []
    mixers: list[str] = []
    bands, side = bands_of(style.eq, rate_hz), bands_of(style.side_eq, rate_hz) if channels == 2 else []
    filters += _biquads("eq", bands) + _biquads("side", side)
    if bands:
        steps += _filter_step(every, [f"eq{number}" for number in range(1, len(bands) + 1)])
    if side:
        mixers += _mixer("apart", ((0.5, 0.5), (0.5, -0.5))) + _mixer("together", ((1, 1), (1, -1)))
        names = [f"side{number}" for number in range(1, len(side) + 1)]
        steps += [*_mixer_step("apart"), *_filter_step("1", names), *_mixer_step("together")]
    processors: list[str] = []
    if style.compressor is not None and single:
        settings = style.compressor.bands[0]
        processors = [
            "processors:",
            "  compressor:",
            "    type: Compressor",
            "    parameters:",
            f"      channels: {channels}",
            f"      attack: {settings.attack_ms / 1000:.6f}",
            f"      release: {settings.release_ms / 1000:.6f}",
            f"      threshold: {settings.threshold_db:.3f}",
            f"      factor: {settings.ratio:.4f}",
            f"      makeup_gain: {settings.makeup_db:.3f}",
        ]
        steps += ["  - type: Processor", "    name: compressor"]
    if reverb_file:
        for channel in range(channels):
            filters += [
                f"  room{channel}:",
                "    type: Conv",
                "    parameters:",
                "      type: Wav",
                f'      filename: "{reverb_file}"',
                f"      channel: {channel}",
            ]
            steps += _filter_step(str(channel), [f"room{channel}"])
    width = single_width(style)
    if width is not None and channels == 2:
        own, other = (1 + width) / 2, (1 - width) / 2
        mixers += _mixer("width", ((own, other), (other, own)))
        steps += _mixer_step("width")
    last = []
    if gain_db:
        filters += ["  gain:", "    type: Gain", "    parameters:", f"      gain: {gain_db:.3f}"]
        last.append("gain")
    if style.limiter is not None:
        filters += [
            "  limiter:",
            "    type: Limiter",
            "    parameters:",
            f"      clip_limit: {style.limiter.tp_db:.3f}",
        ]
        last.append("limiter")
    if last:
        steps += _filter_step(every, last)
    for name, part in (("filters:", filters), ("mixers:", mixers), ("", processors), ("pipeline:", steps)):
        lines += ([name] if name and part else []) + part
    return "\n".join([*lines, ""])


def _biquads(name: str, bands: Sequence[EqBand]) -> list[str]:
    lines = []
    for number, band in enumerate(bands, 1):
        lines += [
            f"  {name}{number}:",
            "    type: Biquad",
            "    parameters:",
            f"      type: {_CAMILLA[band.type]}",
            f"      freq: {band.f_hz:.3f}",
            f"      q: {band.q:.4f}",
            f"      gain: {band.gain_db:.3f}",
        ]
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
