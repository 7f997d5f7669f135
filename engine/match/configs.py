"""A style for other players: Equalizer APO (Windows) and CamillaDSP (Linux, macOS, Windows).

Both carry what those programs can do; what they cannot is named in the file. The final gain is known only once a sound
was rendered (`Report.gain_db`), so it is given. Alignment belongs to one file and is left out.
"""

from engine.match.style import EqBand, StyleParams

_HIGHEST = 0.49
_APO = {"peaking": "PK", "low_shelf": "LSC", "high_shelf": "HSC"}
_CAMILLA = {"peaking": "Peaking", "low_shelf": "Lowshelf", "high_shelf": "Highshelf"}


def bands_of(style: StyleParams, rate_hz: int) -> list[EqBand]:
    """The bands that sound at this rate."""
    return [band for band in style.eq if band.gain_db and band.f_hz <= _HIGHEST * rate_hz]


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


def equalizer_apo(style: StyleParams, *, rate_hz: int, gain_db: float = 0.0, room: str = "") -> str:
    """Text of an Equalizer APO configuration for stereo; `room` is the name of the WAV with the room, if any.

    Its LSC and HSC with a Q are the cookbook's shelves, as this program's are.
    """
    lines = ["# Style match", f"# Made for {rate_hz} Hz"]
    missing = _left_out(style, compressor=False) + (["limiter"] if style.limiter is not None else [])
    if missing:
        lines.append(f"# Not in Equalizer APO, left out: {', '.join(missing)}")
    lines.append(f"Preamp: {gain_db:.2f} dB")
    for number, band in enumerate(bands_of(style, rate_hz), 1):
        lines.append(
            f"Filter {number}: ON {_APO[band.type]} Fc {band.f_hz:.2f} Hz Gain {band.gain_db:.2f} dB Q {band.q:.4f}"
        )
    if room:
        lines.append(f"Convolution: {room}")
    width = single_width(style)
    if width is not None:
        lines += [
            "Copy: MID=0.5*L+0.5*R SIDE=0.5*L+-0.5*R",
            f"Copy: L=1.0*MID+{width:.4f}*SIDE R=1.0*MID+-{width:.4f}*SIDE",
        ]
    return "\r\n".join([*lines, ""])


def camilladsp(style: StyleParams, *, rate_hz: int, channels: int = 2, gain_db: float = 0.0, room: str = "") -> str:
    """A CamillaDSP 4 configuration (YAML) from standard input to standard output, 32-bit float.

    `room` is the name of the WAV with the room, one channel of it for each of the sound's. CamillaDSP's compressor
    finds levels in its own way, and its limiter clips at the ceiling, without lookahead.
    """
    single = style.compressor is not None and len(style.compressor.bands) == 1
    every = ", ".join(map(str, range(channels)))
    lines = ["---", 'title: "Style match"']
    missing = _left_out(style, compressor=single)
    if missing:
        lines.append(f'description: "Left out, CamillaDSP has no such part: {", ".join(missing)}"')
    lines += ["devices:", f"  samplerate: {rate_hz}", "  chunksize: 4096"]
    for name, kind in (("capture", "Stdin"), ("playback", "Stdout")):
        lines += [f"  {name}:", f"    type: {kind}", f"    channels: {channels}", "    format: F32_LE"]
    filters: list[str] = []
    steps: list[str] = []
    bands = bands_of(style, rate_hz)
    for number, band in enumerate(bands, 1):
        filters += [
            f"  eq{number}:",
            "    type: Biquad",
            "    parameters:",
            f"      type: {_CAMILLA[band.type]}",
            f"      freq: {band.f_hz:.3f}",
            f"      q: {band.q:.4f}",
            f"      gain: {band.gain_db:.3f}",
        ]
    if bands:
        steps += _filter_step(every, [f"eq{number}" for number in range(1, len(bands) + 1)])
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
    if room:
        for channel in range(channels):
            filters += [
                f"  room{channel}:",
                "    type: Conv",
                "    parameters:",
                "      type: Wav",
                f'      filename: "{room}"',
                f"      channel: {channel}",
            ]
            steps += _filter_step(str(channel), [f"room{channel}"])
    mixers: list[str] = []
    width = single_width(style)
    if width is not None and channels == 2:
        mixers = ["mixers:", "  width:", "    channels:", "      in: 2", "      out: 2", "    mapping:"]
        for dest in (0, 1):
            mixers += [f"      - dest: {dest}", "        sources:"]
            for channel in (0, 1):
                share = (1 + width) / 2 if channel == dest else (1 - width) / 2
                mixers += [
                    f"          - channel: {channel}",
                    f"            gain: {abs(share):.6f}",
                    f"            inverted: {'true' if share < 0 else 'false'}",
                    "            scale: linear",
                ]
        steps += ["  - type: Mixer", "    name: width"]
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
    for name, part in (("filters:", filters), ("", mixers), ("", processors), ("pipeline:", steps)):
        lines += ([name] if name and part else []) + part
    return "\n".join([*lines, ""])


def _filter_step(channels: str, names: list[str]) -> list[str]:
    return ["  - type: Filter", f"    channels: [{channels}]", "    names:", *(f"      - {name}" for name in names)]
