"""What `analyze_features` hears in a sound, as numbers for records, pictures and the inversion.

Names are the brief's; a unit stands in the name, or else in the description. Levels of spectra are dB against the
power of a full-scale sine. None stands where a measure is undefined: silence has no level, mono has no side.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

VERSION: Literal[1] = 1
FLOOR_DB = -120.0
"""Lowest level that is written down."""
THIRDS = 31
"""1/3-octave bands from 20 Hz to 20 kHz, centres 1000 · 2^(n/3)."""
FINE = 121
"""1/12-octave places over the same range."""
OCTAVES_HZ: tuple[float, ...] = (63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0)
"""Centres of the octave bands that dynamics, stereo and reverberation are told for."""
MAX_POINTS = 600
"""Most values of a curve over time in a record; longer sounds are told in wider steps."""

Curve = tuple[float | None, ...]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)


class Statistics(_Part):
    """Of the level over time, one value for each frequency or band, in dB."""

    mean_db: tuple[float, ...] = Field(title="Mean", description="Mean power.")
    p10_db: tuple[float, ...] = Field(title="10th percentile", description="Level that 90 % of the frames exceed.")
    p50_db: tuple[float, ...] = Field(title="Median", description="Median level of the frames.")
    p95_db: tuple[float, ...] = Field(title="95th percentile", description="Level that 5 % of the frames exceed.")


class Stft(_Part):
    win: int = Field(title="Window", description="Samples in a Hann window.")
    hop: int = Field(title="Hop", description="Samples between two windows.")
    frames: int = Field(title="Frames", description="Windows heard.")
    f_hz: tuple[float, ...] = Field(title="Frequencies", description="Centres of the 1/3-octave bands.")
    mag_db_stats: Statistics = Field(title="Magnitudes", description="Level over time in 1/3-octave bands, mid signal.")


class Mel(_Part):
    n_mels: int = Field(title="Bands", description="Number of mel bands (Slaney), 20 Hz to half the sample rate.")
    f_hz: tuple[float, ...] = Field(title="Frequencies", description="Centres of the bands.")
    stats: Statistics = Field(title="Levels", description="Level over time in mel bands, mid signal.")


class Spectrum(_Part):
    """Long-term mean power, in dB per band; mid is (L + R) / 2, side (L - R) / 2."""

    f_hz: tuple[float, ...] = Field(title="Frequencies", description="Centres, in Hz.")
    mid_db: tuple[float, ...] = Field(title="Mid", description="Level of the mid signal in each band.")
    side_db: tuple[float, ...] = Field(title="Side", description="Level of the side signal in each band.")


class LoudnessFeatures(_Part):
    integrated: float | None = Field(title="Integrated loudness", description="BS.1770-4, in LUFS.")
    range_lu: float | None = Field(title="Loudness range", description="EBU Tech 3342, in LU.")
    step_s: float = Field(title="Step", description="Time between two values of the curves.")
    short_term: Curve = Field(title="Short-term loudness", description="Over 3 s, in LUFS; None in silence.")
    momentary: Curve = Field(title="Momentary loudness", description="Over 0.4 s, highest of each step, in LUFS.")
    short_term_p50: float | None = Field(title="Median", description="Of the short-term loudness, gated, in LUFS.")
    short_term_p95: float | None = Field(title="95th percentile", description="Of the same, in LUFS.")


class OctaveDynamics(_Part):
    """Dynamics of one octave band, from its level in windows of 2048 samples."""

    f_hz: float = Field(title="Centre", description="Centre of the octave, in Hz.")
    level_db: float = Field(title="Level", description="Mean power.")
    crest_db: float = Field(title="Crest", description="99.9th percentile of the level above the mean.")
    spread_db: float = Field(title="Spread", description="95th percentile above the median: how far loud parts rise.")


class Dynamics(_Part):
    crest_db: float | None = Field(title="Crest factor", description="Sample peak over RMS of the whole.")
    bands: tuple[OctaveDynamics, ...] = Field(title="Bands", description="Octave bands below half the sample rate.")


class F0(_Part):
    algo: Literal["pyin"] = Field("pyin", title="Method", description="Probabilistic YIN (librosa).")
    sr_hz: float = Field(title="Rate", description="Values per second within an excerpt.")
    starts_s: tuple[float, ...] = Field(title="Excerpts", description="Where each excerpt begins.")
    values: tuple[Curve, ...] = Field(title="Fundamental", description="In Hz, per excerpt; None where unvoiced.")
    median_hz: float | None = Field(title="Median", description="Of all voiced values.")
    voiced_share: float = Field(title="Voiced", description="Share of values that have a fundamental.")


class StereoBand(_Part):
    f_hz: float = Field(title="Centre", description="Centre of the octave, in Hz.")
    side_to_mid_db: float | None = Field(title="Side to mid", description="Energy of side over mid; None without both.")
    correlation: float = Field(title="Correlation", description="Of left and right, -1 to 1.")
    coherence: float = Field(title="Coherence", description="Magnitude-squared, of left and right, 0 to 1.")


class MsEnergy(_Part):
    mid_db: float = Field(title="Mid", description="Mean power of (L + R) / 2, in dBFS.")
    side_db: float = Field(title="Side", description="Mean power of (L - R) / 2, in dBFS.")
    step_s: float = Field(title="Step", description="Time between two values of the curves.")
    mid_db_curve: tuple[float, ...] = Field(title="Mid over time", description="In dBFS.")
    side_db_curve: tuple[float, ...] = Field(title="Side over time", description="In dBFS.")


class Stereo(_Part):
    """Width, balance and energies of the first left-right pair; bands of surround are those of what two ears hear."""

    ms_energy: MsEnergy = Field(title="Mid and side", description="Energy of both.")
    width: float = Field(title="Width", description="Side energy over mid energy, E[(L-R)²] / E[(L+R)²].")
    balance: float = Field(title="Balance", description="(E_R - E_L) / (E_R + E_L), -1 to 1.")
    coherence: tuple[StereoBand, ...] = Field(title="Bands", description="Octave bands.")


class ReverbBand(_Part):
    f_hz: float = Field(title="Centre", description="Centre of the octave, in Hz.")
    rt60_s: float | None = Field(title="RT60", description="Time in which free decays lose 60 dB.")
    confidence: float = Field(
        title="Confidence", description="0 to 1: how many decays there were, how well they agree."
    )


class Reverberation(_Part):
    """Blind: from decays in the music itself. Long notes pass for long rooms, which `confidence` is to warn of."""

    rt60_s: float | None = Field(title="RT60", description="Of the octaves 500 Hz to 2 kHz, by their confidence.")
    confidence: float = Field(title="Confidence", description="0 to 1.")
    late_to_early_db: float | None = Field(
        title="Late to early", description="Energy 80 to 300 ms after onsets over the 80 ms behind them (mid signal)."
    )
    edc: Curve = Field(title="Decay", description="Mean decay after onsets, in dB, every 25 ms from the onset on.")
    bands: tuple[ReverbBand, ...] = Field(title="Bands", description="Octave bands from 125 Hz to 8 kHz.")


class Tempo(_Part):
    bpm: float | None = Field(title="Tempo", description="Beats per minute, of an excerpt; None where there is none.")


class Features(_Part):
    """The whole of what was heard, `features` in records."""

    version: Literal[1] = Field(VERSION, title="Version", description="Version of this format.")
    duration_s: float = Field(title="Duration", description="In seconds.")
    rate_hz: int = Field(title="Sample rate", description="In Hz.")
    channels: int = Field(title="Channels", description="How many there are.")
    stft: Stft = Field(title="STFT", description="Levels over time.")
    mel: Mel = Field(title="Mel", description="Levels over time in mel bands.")
    spectrum: Spectrum = Field(title="Spectrum", description="Long-term spectrum in 1/3-octave bands.")
    fine: Spectrum = Field(title="Fine spectrum", description="The same in 1/6-octave bands, one at every 1/12 octave.")
    lufs: LoudnessFeatures = Field(title="Loudness", description="Whole and over time.")
    tp_db: float | None = Field(title="True peak", description="Of all channels, in dBTP.")
    peak_db: float | None = Field(title="Sample peak", description="Of all channels, in dBFS.")
    dynamics: Dynamics = Field(title="Dynamics", description="Crest factor and spread.")
    f0: F0 | None = Field(None, title="Fundamental", description="Where it was asked for.")
    stereo: Stereo | None = Field(None, title="Stereo", description="None for mono.")
    reverb: Reverberation = Field(title="Reverberation", description="Estimated from the sound alone.")
    tempo: Tempo | None = Field(None, title="Tempo", description="Where it was asked for.")
    offsets: tuple[float, ...] = Field((), title="Offsets", description="Mean (DC) of each channel, full scale at 1.")
    subsonic_db: float | None = Field(
        None, title="Below hearing", description="Share of the power that lies under 20 Hz and is no offset, in dB."
    )
    noise_db: tuple[float, ...] = Field(
        (),
        title="Noise",
        description="Level of steady noise in the 1/3-octave bands of the mid signal: of pauses, or of bands that "
        "never change. -120 where none was heard.",
    )
    noise_floor_db: float | None = Field(
        title="Noise floor", description="Level of the quietest twentieth of the windows that are no silence, in dBFS."
    )


def third_octaves_hz() -> tuple[float, ...]:
    """Exact centres of the 1/3-octave bands, 20 Hz to 20 kHz (IEC 61260-1, base 2 around 1 kHz)."""
    return tuple(1000 * 2 ** ((n - 17) / 3) for n in range(THIRDS))


def fine_hz() -> tuple[float, ...]:
    """The 1/12-octave places between the same ends."""
    return tuple(1000 * 2 ** ((n - 68) / 12) for n in range(FINE))
