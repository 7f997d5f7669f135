"""What `/match` does to a sound, as numbers: made by the analysis, moved by the page's sliders, kept in records.

The chain's order is the order of the fields: alignment, pitch, EQ, side EQ, compressor, exciter, reverb, stereo width,
loudness, limiter. A part that is None (or an empty list) does nothing at all.
"""

import json
from collections.abc import Iterable
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from engine.parameters import AudioInput

VERSION: Literal[1] = 1
MAX_EQ_BANDS = 8
MAX_BANDS = 4
MIN_WIDTH, MAX_WIDTH = 0.5, 1.5
MAX_LOWERED_DB = 6.0
"""A ceiling that is lowered for a crest factor takes no more than this off the peaks that would be there else."""

Aspect = Literal["tone", "loudness", "dynamics", "space", "width", "pitch"]
ASPECTS: tuple[Aspect, ...] = ("tone", "loudness", "dynamics", "space", "width", "pitch")
"""What can be matched, each on its own."""


def _hz(title: str, description: str, default: Any = ..., *, low: float = 10, high: float = 96_000) -> Any:
    return _number(title, description, "Hz", default, low, high)


def _number(title: str, description: str, unit: str, default: Any, low: float, high: float) -> Any:
    extra: dict[str, Any] = {"unit": unit} if unit else {}
    return Field(default, ge=low, le=high, title=title, description=description, json_schema_extra=extra)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True, validate_default=True)


class Alignment(_Part):
    """How the target lies against a reference of the same content (mode A). It is undone before anything else."""

    delay_s: float = _number(
        "Delay",
        "How much later than the reference the target sounds: this much is cut from its front, or put before it.",
        "s",
        0.0,
        -60,
        60,
    )
    polarity: Literal[1, -1] = Field(1, title="Polarity", description="-1 turns the waveform upside down.")
    swap_channels: bool = Field(False, title="Swap channels", description="Left and right change places.")


class Pitch(_Part):
    semitones: float = _number("Pitch", "Transposition; the tempo stays as it is.", "semitones", 0.0, -3, 3)


class EqBand(_Part):
    """One section of the equaliser, as in R. Bristow-Johnson's Audio EQ Cookbook."""

    type: Literal["peaking", "low_shelf", "high_shelf"] = Field(
        "peaking", title="Type", description="A bell, or everything below or above the frequency."
    )
    f_hz: float = _hz(
        "Frequency",
        "Centre of a bell, half-gain point of a shelf. A band above 49 % of the sample rate is left out.",
    )
    q: float = _number("Q", "Centre frequency by bandwidth; how steep a shelf is.", "", 0.707, 0.3, 4)
    gain_db: float = _number("Gain", "Lift or cut.", "dB", 0.0, -12, 12)


class CompressorBand(_Part):
    """Feed-forward compression on the RMS level (10 ms) of the loudest channel; all channels get the same gain."""

    high_hz: float | None = _hz("Up to", "Where the band ends and the next begins; the last one has none.", None)
    threshold_db: float = _number(
        "Threshold", "RMS level above which the gain sinks (a full-scale sine has -3).", "dBFS", -18.0, -80, 0
    )
    ratio: float = _number("Ratio", "dB in by dB out above the threshold.", "", 2.0, 1, 20)
    attack_ms: float = _number("Attack", "Time constant with which the gain sinks.", "ms", 20.0, 0.1, 1000)
    release_ms: float = _number("Release", "Time constant with which it comes back.", "ms", 200.0, 1, 5000)
    makeup_db: float = _number("Make-up", "Gain after compression.", "dB", 0.0, -24, 24)


class _Banded(_Part):
    @model_validator(mode="after")
    def _rising(self) -> Self:
        edges = [band.high_hz for band in getattr(self, "bands", ())]
        inner = [edge for edge in edges[:-1] if edge is not None]
        if len(inner) != max(0, len(edges) - 1) or (edges and edges[-1] is not None) or inner != sorted(set(inner)):
            raise PydanticCustomError("match_bands", "bands must rise in high_hz, and the last one has none")
        return self


class CompressorSettings(_Banded):
    bands: tuple[CompressorBand, ...] = Field(
        (CompressorBand(),),
        min_length=1,
        max_length=MAX_BANDS,
        title="Bands",
        description="From the lowest to the highest; together they are flat (Linkwitz-Riley, 24 dB per octave).",
    )


class ExciterSettings(_Part):
    """Overtones of the treble, added to it: odd harmonics of what lies above `from_hz`."""

    from_hz: float = _hz("From", "Lowest frequency that is driven.", 3000.0, low=500, high=20_000)
    drive_db: float = _number("Drive", "Gain into the saturation, back out behind it.", "dB", 12.0, 0, 36)
    amount: float = _number("Amount", "How much of the overtones is added.", "", 0.2, 0, 1)


class ReverbSettings(_Part):
    """A room: the user's impulse response, or one made from reverberation time and tone."""

    ir_key: AudioInput | None = Field(
        None,
        title="Impulse response",
        description="A track or upload to convolve with, its first 20 s; empty makes one.",
    )
    rt60_s: float = _number("Reverberation time", "Decay by 60 dB at 1 kHz (a made room).", "s", 1.0, 0.05, 10)
    low_damping: float = _number(
        "Low damping", "How much faster the bass dies away: the time at 125 Hz is (1 - this) times it.", "", 0.0, 0, 0.9
    )
    high_damping: float = _number(
        "High damping",
        "How much faster the treble dies away: the time at 8 kHz is (1 - this) times it.",
        "",
        0.5,
        0,
        0.9,
    )
    mix: float = _number(
        "Mix", "Share of the room, which has unit energy: (1 - mix) x dry + mix x room.", "", 0.1, 0, 1
    )
    pre_delay_ms: float = _number("Pre-delay", "Silence before the room answers.", "ms", 0.0, 0, 250)


class StereoBandSettings(_Part):
    high_hz: float | None = _hz("Up to", "Where the band ends and the next begins; the last one has none.", None)
    width: float = _number(
        "Width", "Factor on the side signal, (L - R) / 2; 1 changes nothing.", "", 1.0, MIN_WIDTH, MAX_WIDTH
    )


class StereoSettings(_Banded):
    width: float = _number(
        "Width",
        "Factor on the side signal of every band; with a band's own it is kept within 0.5 to 1.5.",
        "",
        1.0,
        MIN_WIDTH,
        MAX_WIDTH,
    )
    bands: tuple[StereoBandSettings, ...] = Field(
        (StereoBandSettings(),),
        min_length=1,
        max_length=MAX_BANDS,
        title="Bands",
        description="From the lowest to the highest.",
    )

    def widths(self) -> tuple[float, ...]:
        """The factor on the side signal, band by band."""
        return tuple(min(MAX_WIDTH, max(MIN_WIDTH, self.width * band.width)) for band in self.bands)


class LoudnessTarget(_Part):
    target_db: float = _number("Loudness", "Integrated loudness of the result (BS.1770-4).", "LUFS", -14.0, -50, -5)


class LimiterSettings(_Part):
    tp_db: float = _number("Ceiling", "Highest true peak of the result.", "dBTP", -1.0, -20, 0)
    crest_db: float | None = _number(
        "Crest factor",
        "Peak over RMS that the result is to have: where its peaks rise further, the ceiling is lowered for it, by up "
        "to 6 dB. Without one the ceiling stays.",
        "dB",
        None,
        0,
        60,
    )
    lookahead_ms: float = _number("Lookahead", "How long before a peak the gain begins to sink.", "ms", 3.0, 0.5, 20)
    release_ms: float = _number(
        "Release",
        "Time constant with which it comes back from what lasts; an eighth of it after a peak.",
        "ms",
        100.0,
        5,
        3000,
    )


class StyleParams(_Part):
    """The whole chain, `style_params` in records and presets."""

    version: Literal[1] = Field(VERSION, title="Version", description="Version of this format.")
    alignment: Alignment | None = Field(
        None, title="Alignment", description="Mode A: how the target lies against the reference."
    )
    pitch: Pitch | None = Field(None, title="Pitch", description="Transposition.")
    eq: tuple[EqBand, ...] = Field(
        (), max_length=MAX_EQ_BANDS, title="Equaliser", description="Up to 8 bands in series."
    )
    side_eq: tuple[EqBand, ...] = Field(
        (),
        max_length=MAX_EQ_BANDS,
        title="Side equaliser",
        description="Up to 8 bands in series behind the equaliser, for the side signal (L - R) / 2 of each left-right "
        "pair alone: what of a sound stands beside the middle, at which frequencies. Mono is left alone.",
    )
    compressor: CompressorSettings | None = Field(None, title="Compressor", description="In 1 to 4 bands.")
    exciter: ExciterSettings | None = Field(None, title="Exciter", description="Overtones for the treble.")
    reverb: ReverbSettings | None = Field(None, title="Reverb", description="A room around the sound.")
    stereo: StereoSettings | None = Field(
        None, title="Stereo width", description="In 1 to 4 bands, for each left-right pair; mono is left alone."
    )
    lufs: LoudnessTarget | None = Field(None, title="Loudness", description="None keeps the gain that the chain gives.")
    limiter: LimiterSettings | None = Field(
        LimiterSettings(), title="Limiter", description="True-peak limiter at the end; None lets peaks pass."
    )


def style_of(text: str) -> StyleParams:
    """The style in a JSON text: `StyleParams` itself, or anything that holds one as `style_params`.

    Raises ValueError (pydantic's ValidationError among them) for anything else.
    """
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("this is no JSON") from None
    for name in ("details", "match", "style_params"):
        if isinstance(held, dict) and isinstance(held.get(name), dict):
            held = held[name]
    return StyleParams.model_validate(held)


def scaled(style: StyleParams, amount: float) -> StyleParams:
    """`style` by `amount`, 0 (nothing is done) to 1 (as it is).

    dB, semitones, the exciter's and the room's share are multiplied, 1:1 ratios and widths of 1 are approached in
    proportion, the limiter's crest factor rises out of reach; frequencies, Q and times stay. Loudness has no "nothing"
    that this function could know (it is the target's own, see `toward_loudness`), so that below 1 it stays as it is,
    and at 0 it is None. Alignment and the ceiling stay: they are no matter of taste.
    """
    if not 0 <= amount <= 1:
        raise ValueError("amount lies between 0 and 1")
    if amount == 1:
        return style
    if amount == 0:
        return StyleParams(alignment=style.alignment, limiter=_of_any_crest(style.limiter))
    part: dict[str, Any] = {}
    if style.pitch is not None:
        part["pitch"] = Pitch(semitones=amount * style.pitch.semitones)
    for name in ("eq", "side_eq"):
        bands = getattr(style, name)
        part[name] = tuple(band.model_copy(update={"gain_db": amount * band.gain_db}) for band in bands)
    if style.compressor is not None:
        part["compressor"] = CompressorSettings(
            bands=tuple(_scaled_compression(b, amount) for b in style.compressor.bands)
        )
    if style.exciter is not None:
        part["exciter"] = style.exciter.model_copy(update={"amount": amount * style.exciter.amount})
    if style.reverb is not None:
        part["reverb"] = style.reverb.model_copy(update={"mix": amount * style.reverb.mix})
    if style.stereo is not None:
        widths = tuple(b.model_copy(update={"width": 1 + amount * (b.width - 1)}) for b in style.stereo.bands)
        part["stereo"] = StereoSettings(width=1 + amount * (style.stereo.width - 1), bands=widths)
    if style.limiter is not None and style.limiter.crest_db is not None:
        crest_db = min(60.0, style.limiter.crest_db + (1 - amount) * MAX_LOWERED_DB)
        part["limiter"] = style.limiter.model_copy(update={"crest_db": crest_db})
    return style.model_copy(update=part)


def does_something(style: StyleParams) -> bool:
    """Whether more is done than to undo an alignment and to hold a ceiling."""
    return style != StyleParams(alignment=style.alignment, limiter=style.limiter)


def _of_any_crest(limiter: LimiterSettings | None) -> LimiterSettings | None:
    return None if limiter is None else limiter.model_copy(update={"crest_db": None})


def _scaled_compression(band: CompressorBand, amount: float) -> CompressorBand:
    """Gain reduction in dB is (1 - 1 / ratio) times what is above the threshold: that slope is what shrinks."""
    ratio = 1 / (1 - amount * (1 - 1 / band.ratio))
    return band.model_copy(update={"ratio": ratio, "makeup_db": amount * band.makeup_db})


def toward_loudness(style: StyleParams, own_lufs: float, amount: float) -> StyleParams:
    """`style` with its loudness target moved to `amount` (0 to 1) of the way from the target's own loudness."""
    if style.lufs is None:
        return style
    target_db = own_lufs + amount * (style.lufs.target_db - own_lufs)
    return style.model_copy(update={"lufs": LoudnessTarget(target_db=min(-5.0, max(-50.0, target_db)))})


_FIELDS: dict[str, Aspect] = {
    "pitch": "pitch",
    "eq": "tone",
    "side_eq": "width",  # how wide a sound is at which frequency: the tone of the whole is `eq`'s
    "compressor": "dynamics",
    "exciter": "tone",
    "reverb": "space",
    "stereo": "width",
    "lufs": "loudness",
}


def only(style: StyleParams, aspects: Iterable[str]) -> StyleParams:
    """`style` with only these of `ASPECTS`. Alignment and the ceiling belong to none and stay. Raises ValueError."""
    wanted = set(aspects)
    if not wanted <= set(ASPECTS):
        raise ValueError(f"no such aspect: {sorted(wanted - set(ASPECTS))}")
    off: dict[str, Any] = {n: () if n in ("eq", "side_eq") else None for n, of in _FIELDS.items() if of not in wanted}
    if "dynamics" not in wanted:
        off["limiter"] = _of_any_crest(style.limiter)
    return style.model_copy(update=off)


def json_schema() -> dict[str, Any]:
    """JSON Schema of `StyleParams`, with titles, descriptions, limits and units."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **StyleParams.model_json_schema()}
