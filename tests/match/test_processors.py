"""Each part of the chain against a formula of its own."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from engine.audio.block import Audio
from engine.audio.effects import Chain
from engine.audio.layouts import Layout, named
from engine.audio.processor import BLOCK, Processor
from engine.match.processors.bands import band_shares, linear_phase
from engine.match.processors.compressor import Compressor, hop_of
from engine.match.processors.equaliser import Equaliser, SideEqualiser, response_db, section
from engine.match.processors.exciter import Exciter
from engine.match.processors.pitch import transposed
from engine.match.processors.reverb import Reverb, decay_times_s, made_response
from engine.match.processors.stereo import Width
from engine.match.style import (
    CompressorSettings,
    EqBand,
    ExciterSettings,
    ReverbSettings,
    StereoSettings,
)


def through(
    audio: Audio, rate_hz: int, processor: Processor, params: object, tail: int = 0, layout: Layout | None = None
) -> Audio:
    processor.reset(rate_hz, layout or audio.shape[0], params)
    return np.concatenate(list(Chain([processor], audio.shape[0], block=BLOCK).stream([audio], tail=tail)), axis=1)


def noise(channels: int, samples: int, level: float = 0.1, seed: int = 0) -> Audio:
    return (level * np.random.default_rng(seed).standard_normal((channels, samples))).astype(np.float32)


def sine(f_hz: float, rate_hz: int, seconds: float, level: float = 0.5) -> NDArray[np.float64]:
    return level * np.sin(2 * math.pi * f_hz * np.arange(round(seconds * rate_hz)) / rate_hz)


def db(value: float) -> float:
    return 20 * math.log10(value)


def analogue_db(band: EqBand, f_hz: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """The cookbook's analogue prototypes on the bilinear transform's frequency axis."""
    s = 1j * np.tan(math.pi * f_hz / rate_hz) / math.tan(math.pi * band.f_hz / rate_hz)
    a, q = 10 ** (band.gain_db / 40), band.q
    h = {
        "peaking": (s**2 + s * (a / q) + 1) / (s**2 + s / (a * q) + 1),
        "low_shelf": a * (s**2 + math.sqrt(a) / q * s + a) / (a * s**2 + math.sqrt(a) / q * s + 1),
        "high_shelf": a * (a * s**2 + math.sqrt(a) / q * s + 1) / (s**2 + math.sqrt(a) / q * s + a),
    }[band.type]
    return np.asarray(20 * np.log10(np.abs(h)))


@pytest.mark.parametrize("kind", ["peaking", "low_shelf", "high_shelf"])
@pytest.mark.parametrize(("gain_db", "q"), [(6, 0.7), (-12, 4), (12, 0.3)])
@pytest.mark.parametrize("rate_hz", [8000, 44100, 192_000])
def test_eq_has_the_prototypes_response(kind: str, gain_db: float, q: float, rate_hz: int) -> None:
    band = EqBand.model_validate({"type": kind, "f_hz": 1000, "gain_db": gain_db, "q": q})
    f_hz = np.geomspace(20, 0.45 * rate_hz, 200)
    expected = analogue_db(band, f_hz, rate_hz)
    assert response_db([band], rate_hz, f_hz) == pytest.approx(expected, abs=1e-6)
    impulse = np.zeros((1, 4 * BLOCK), np.float32)
    impulse[0, 0] = 1
    made = np.fft.rfft(through(impulse, rate_hz, Equaliser(), [band])[0].astype(np.float64))
    bins = np.arange(len(made)) * rate_hz / impulse.shape[1]
    some = (bins > 20) & (bins < 0.45 * rate_hz)
    assert 20 * np.log10(np.abs(made[some])) == pytest.approx(analogue_db(band, bins[some], rate_hz), abs=0.001)


def test_eq_is_the_difference_equation_of_its_sections() -> None:
    bands = [EqBand(f_hz=f, gain_db=g, q=q) for f, g, q in ((40, 9, 4), (900, -7, 1), (9000, 3, 0.5))]
    audio = noise(2, BLOCK + 500)
    expected = audio.astype(np.float64)
    for b0, b1, b2, _, a1, a2 in (section(band, 44100) for band in bands):
        x, y = np.pad(expected, ((0, 0), (2, 0))), np.zeros((2, audio.shape[1] + 2))
        for n in range(2, y.shape[1]):
            y[:, n] = b0 * x[:, n] + b1 * x[:, n - 1] + b2 * x[:, n - 2] - a1 * y[:, n - 1] - a2 * y[:, n - 2]
        expected = y[:, 2:]
    assert through(audio, 44100, Equaliser(), bands) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(
    ("name", "pairs"),
    [
        ("stereo", [(0, 1)]),
        ("5.1", [(0, 1), (4, 5)]),
        ("4.0", [(0, 1)]),
        ("quad", [(0, 1), (2, 3)]),
        ("4 channels", []),
    ],
)
def test_side_eq_leaves_the_mid_signal_alone(name: str, pairs: list[tuple[int, int]]) -> None:
    layout = named(name)
    channels = layout.channels
    bands = [EqBand(f_hz=400, gain_db=9, q=2), EqBand(type="high_shelf", f_hz=5000, gain_db=-7)]
    audio = noise(channels, BLOCK + 999)
    out = through(audio, 44100, SideEqualiser(), bands, layout=layout)
    sections = [section(band, 44100) for band in bands]
    for left, right in pairs:
        assert out[left] + out[right] == pytest.approx(audio[left] + audio[right], abs=1e-6)
        expected = signal.sosfilt(sections, (audio[left] - audio[right]).astype(np.float64))
        assert out[left] - out[right] == pytest.approx(expected, abs=1e-6)
    alone = sorted(set(range(channels)) - {channel for pair in pairs for channel in pair})
    assert (out[alone] == audio[alone]).all()


@pytest.mark.parametrize("channels", [1, 2])
def test_side_eq_does_nothing_where_there_is_no_side(channels: int) -> None:
    audio = np.repeat(noise(1, 5000), channels, axis=0)
    assert (through(audio, 44100, SideEqualiser(), [EqBand(f_hz=400, gain_db=9)]) == audio).all()


def test_band_beyond_the_rate_is_left_out() -> None:
    audio = noise(1, 5000)
    assert (through(audio, 8000, Equaliser(), [EqBand(f_hz=9000, gain_db=12)]) == audio).all()


@pytest.mark.parametrize("edges", [[200.0], [150.0, 900.0, 5000.0], [60.0, 70.0, 80.0]])
def test_bands_add_up(edges: list[float]) -> None:
    shares = band_shares(edges, np.geomspace(1, 24000, 300))
    assert shares.min() >= 0
    assert shares.sum(axis=0) == pytest.approx(np.ones(300))


def test_linear_phase_filters_have_the_gains_they_were_asked_for() -> None:
    taps = linear_phase(np.array([[0.5, 1.5]]), [1000.0], 48000)[0]
    assert taps == pytest.approx(taps[::-1])
    f_hz = np.array([30.0, 100, 1000, 10_000, 20_000])
    _, response = signal.freqz(taps, worN=f_hz, fs=48000)
    assert np.abs(response) == pytest.approx([0.5, 0.5, 1.0, 1.5, 1.5], abs=0.01)


def level_of(audio: Audio) -> float:
    return float(np.sqrt(np.square(audio, dtype=np.float64).mean()))


@pytest.mark.parametrize("level_db", [-40.0, -18.0, -10.0, -3.0103])
def test_static_curve(level_db: float) -> None:
    """A steady sine settles where threshold and ratio put it."""
    audio = np.float32(sine(1000, 48000, 2, 10 ** (level_db / 20) * math.sqrt(2)))[None]
    settings = CompressorSettings.model_validate({"bands": [{"threshold_db": -20, "ratio": 4, "makeup_db": 2}]})
    out = through(audio, 48000, Compressor(), settings)[:, 48000:]
    over = max(0.0, level_db + 20)
    assert db(level_of(out)) == pytest.approx(level_db - 0.75 * over + 2, abs=0.05)


def test_attack_and_release_have_their_time_constants() -> None:
    """After a step in level the gain in dB goes 63 % of its way in the attack, and back in the release."""
    rate_hz, quiet, loud = 48000, 10 ** (-40 / 20), 10 ** (-10 / 20)
    envelope = np.repeat([quiet, loud, quiet], [rate_hz, 2 * rate_hz, 3 * rate_hz])
    audio = (envelope * np.sqrt(2) * sine(4000, rate_hz, 6, 1)).astype(np.float32)[None]
    settings = {"threshold_db": -20, "ratio": 2, "attack_ms": 200, "release_ms": 400}
    out = through(audio, rate_hz, Compressor(), CompressorSettings.model_validate({"bands": [settings]}))
    frames = (out[0] / np.where(audio[0] == 0, 1, audio[0])).reshape(-1, 12)
    gain_db = 20 * np.log10(np.median(frames, axis=1))
    when = np.arange(len(gain_db)) * 12 / rate_hz
    attack_s = when[np.argmax(gain_db < -5 * (1 - math.exp(-1)))] - 1
    after = when > 3
    release_s = when[after][np.argmax(gain_db[after] > -5 * math.exp(-1))] - 3
    assert attack_s == pytest.approx(0.2, abs=0.01)  # and needs a while to hear its beginning
    assert release_s == pytest.approx(0.4, abs=0.04)  # the RMS window hears the end of the loud part for a while


def test_compressor_is_its_formula() -> None:
    audio = noise(2, 2 * BLOCK, 0.2)
    audio[:, BLOCK:] *= 0.05
    settings = CompressorSettings.model_validate(
        {"bands": [{"threshold_db": -30, "ratio": 3, "attack_ms": 5, "release_ms": 50, "makeup_db": 1}]}
    )
    hop = hop_of(44100)
    poles = [math.exp(-hop / (44100 * t)) for t in (0.010, 0.005, 0.050)]
    square, reduction, gain, expected = np.zeros(2), 0.0, 10 ** (1 / 20), np.zeros((2, 2 * BLOCK))
    for start in range(0, 2 * BLOCK, hop):
        piece = audio[:, start : start + hop].astype(np.float64)
        square = poles[0] * square + (1 - poles[0]) * np.square(piece).mean(axis=1)
        wanted = -(1 - 1 / 3) * max(0.0, 10 * math.log10(square.max()) + 30)
        pole = poles[1] if wanted < reduction else poles[2]
        reduction = wanted + pole * (reduction - wanted)
        after = 10 ** ((reduction + 1) / 20)
        expected[:, start : start + hop] = piece * (gain + (after - gain) * np.arange(1, hop + 1) / hop)
        gain = after
    assert through(audio, 44100, Compressor(), settings) == pytest.approx(expected, abs=2e-5)


@pytest.mark.parametrize("rate_hz", [8000, 44100, 192_000])
def test_four_idle_bands_change_nothing(rate_hz: int) -> None:
    bands = [{"high_hz": f, "ratio": 1} for f in (120, 700, 3000, None)]
    audio = noise(2, 3 * BLOCK + 1)
    out = through(audio, rate_hz, Compressor(), CompressorSettings.model_validate({"bands": bands}))
    assert np.abs(out - audio).max() < 1e-6


def test_only_the_loud_band_is_compressed() -> None:
    audio = np.float32(sine(80, 44100, 4, 0.6) + sine(6000, 44100, 4, 0.01))[None]
    bands = [{"high_hz": 700, "threshold_db": -30, "ratio": 10}, {"threshold_db": -30, "ratio": 10}]
    out = through(audio, 44100, Compressor(), CompressorSettings.model_validate({"bands": bands}))[0, 88200:]
    spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out)))) * 4 / len(out)
    assert db(spectrum[80 * 2] / 0.6) < -15
    assert db(spectrum[6000 * 2] / 0.01) == pytest.approx(0, abs=0.1)


def test_exciter_adds_odd_overtones_of_the_treble_only() -> None:
    settings = ExciterSettings(from_hz=500, drive_db=18, amount=0.5)
    low = np.float32(sine(30, 48000, 1))[None]
    assert np.abs(through(low, 48000, Exciter(), settings) - low)[:, 4800:].max() < 1e-4
    high = np.float32(sine(1000, 48000, 2))[None]
    out = np.abs(np.fft.rfft(through(high, 48000, Exciter(), settings)[0, 48000:])) * 2 / 48000
    assert out[2000] < 1e-5 and out[4000] < 1e-5
    # the harmonics of x / sqrt(1 + x²) for a sine of this drive, by quadrature; the method is a mean over a sample
    drive = 10 ** (18 / 20)
    x = drive * 0.5 * np.sin(np.linspace(0, 2 * math.pi, 4096, endpoint=False))
    harmonics = 2 * np.abs(np.fft.rfft(x / np.sqrt(1 + x * x))) / 4096 * 0.5 / drive
    for order in (3, 5):
        dulled = harmonics[order] * float(np.sinc(order * 1000 / 48000))
        assert db(out[order * 1000] / dulled) == pytest.approx(0, abs=0.15)


@pytest.mark.parametrize("width", [0.5, 1.0, 1.5])
def test_width_is_a_factor_on_the_side(width: float) -> None:
    audio = noise(2, 50_000)
    out = through(audio, 44100, Width(), StereoSettings(width=width))
    side = level_of(out[0] - out[1]) / level_of(audio[0] - audio[1])
    assert side == pytest.approx(width, rel=1e-5)
    assert out.sum(axis=0) == pytest.approx(audio.sum(axis=0), abs=1e-6)


def test_width_band_by_band() -> None:
    audio = noise(2, 6 * BLOCK)
    bands = [{"high_hz": 300, "width": 0.5}, {"high_hz": 4000, "width": 1.4}, {"width": 0.8}]
    out = through(audio, 44100, Width(), StereoSettings.model_validate({"bands": bands}))
    f_hz, before = signal.welch(audio[0] - audio[1], 44100, nperseg=8192)
    _, after = signal.welch(out[0] - out[1], 44100, nperseg=8192)
    for low, high, width in ((20, 100, 0.5), (900, 1500, 1.4), (12_000, 20_000, 0.8)):
        some = (f_hz > low) & (f_hz < high)
        assert math.sqrt(after[some].sum() / before[some].sum()) == pytest.approx(width, abs=0.03)
    assert out.sum(axis=0) == pytest.approx(audio.sum(axis=0), abs=1e-6)


@pytest.mark.parametrize(
    ("name", "wider"), [("mono", []), ("5.1", [0, 1, 4, 5]), ("4.0", [0, 1]), ("4 channels", []), ("7.1", [*range(8)])]
)
def test_width_leaves_what_has_no_side_alone(name: str, wider: list[int]) -> None:
    layout = named(name)
    audio = noise(layout.channels, BLOCK + 9)
    out = through(audio, 44100, Width(), StereoSettings.model_validate({"width": 1.5}), layout=layout)
    for place, channel, before in zip(layout.places, range(layout.channels), audio, strict=True):
        is_alone = channel not in wider or place in ("FC", "LFE")
        assert (out[channel] == before).all() == is_alone


@pytest.mark.parametrize("name", ["5.1", "3.1", "4.0", "6 channels"])
def test_only_an_lfe_has_no_overtones_and_no_room(name: str) -> None:
    layout = named(name)
    audio = noise(layout.channels, BLOCK)
    for processor, params in (
        (Exciter(), ExciterSettings(from_hz=2000, amount=1)),
        (Reverb(), ReverbSettings(rt60_s=0.3, mix=0.5)),
    ):
        out = through(audio, 44100, processor, params, layout=layout)
        for place, before, after in zip(layout.places, audio, out, strict=True):
            assert (after == before).all() == (place == "LFE")


def test_a_stereo_room_answers_each_channel_from_its_own_side() -> None:
    given = np.zeros((2, 2), np.float32)
    given[0, 0] = given[1, 1] = 1  # the right side answers a sample later
    layout = named("7.1")
    audio = np.zeros((8, 100), np.float32)
    audio[:, 10] = 1
    out = through(audio, 44100, Reverb(given), ReverbSettings(rt60_s=0.3, mix=1.0, pre_delay_ms=0), layout=layout)
    late = {place for place, channel in zip(layout.places, out, strict=True) if channel.argmax() == 11}
    assert late == {"FR", "BR", "SR"}


@pytest.mark.parametrize("rate_hz", [8000, 44100])
@pytest.mark.parametrize(("rt60_s", "high_damping"), [(0.3, 0.0), (1.2, 0.5), (3.0, 0.2)])
def test_made_room_dies_away_as_asked(rate_hz: int, rt60_s: float, high_damping: float) -> None:
    settings = ReverbSettings(rt60_s=rt60_s, high_damping=high_damping)
    room = made_response(settings, rate_hz, 2)
    assert np.square(room).sum() / 2 == pytest.approx(1)
    assert abs(np.corrcoef(room)[0, 1]) < 0.2
    for centre in (500.0, 1000.0, 2000.0):
        band = signal.butter(4, [centre / 1.4, centre * 1.4], "bandpass", fs=rate_hz, output="sos")
        heard = signal.sosfilt(band, room[0])
        left_db = 10 * np.log10(np.cumsum(heard[::-1] ** 2)[::-1] / np.square(heard).sum() + 1e-12)
        begin, end = (int(np.argmax(left_db < level)) for level in (-5, -25))  # T20, ISO 3382
        expected = decay_times_s(settings, np.array([centre]))[0]
        assert 3 * (end - begin) / rate_hz == pytest.approx(expected, rel=0.25)


def test_room_is_the_same_at_every_run_and_another_in_every_channel() -> None:
    settings = ReverbSettings(rt60_s=0.4)
    assert (made_response(settings, 22050, 2) == made_response(settings, 22050, 2)).all()


def test_reverb_mixes_dry_and_room_after_the_pre_delay() -> None:
    impulse = np.zeros((2, 1000), np.float32)
    impulse[:, 0] = 1
    given = np.array([[0.0, 3.0, 4.0]])  # energy 25
    settings = ReverbSettings(mix=0.25, pre_delay_ms=10)
    out = through(impulse, 8000, Reverb(given), settings, 100)
    expected = np.zeros(1100)
    expected[[0, 81, 82]] = 0.75, 0.25 * 0.6, 0.25 * 0.8
    assert out[0] == pytest.approx(expected, abs=1e-6) and (out[0] == out[1]).all()


@pytest.mark.parametrize("semitones", [-3.0, -0.5, 0.2, 3.0])
@pytest.mark.parametrize("rate_hz", [16000, 44100])
def test_pitch_within_two_cents_and_in_time(semitones: float, rate_hz: int) -> None:
    audio = np.zeros((2, 3 * rate_hz), np.float32)
    tone = sine(440, rate_hz, 2, 0.3) + sine(1320, rate_hz, 2, 0.1)
    audio[:, rate_hz // 2 : rate_hz // 2 + len(tone)] = tone
    out = np.concatenate(list(transposed([audio], rate_hz, 2, semitones)), axis=1)
    assert out.shape == audio.shape
    middle = out[0, rate_hz : 2 * rate_hz] * np.hanning(rate_hz)
    heard = np.abs(np.fft.rfft(middle, 64 * rate_hz)).argmax() / 64
    assert abs(1200 * math.log2(heard / 440) - 100 * semitones) < 2
    loud = np.flatnonzero(np.abs(out[0]) > 0.15)
    assert loud[0] / rate_hz == pytest.approx(0.5, abs=0.006) and loud[-1] / rate_hz == pytest.approx(2.5, abs=0.006)
    assert level_of(out) == pytest.approx(level_of(audio), rel=0.05)
    assert np.abs(out[0] - out[1]).max() < 1e-6
