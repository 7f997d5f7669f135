"""Known chains are found again, and what is decided has its reasons."""

import numpy as np
import pytest
import soundfile

from benchmarks.music import in_turn
from engine.audio.block import Audio
from engine.audio.resample import resample
from engine.match.align import Pair, compare
from engine.match.analyze import analyze_features
from engine.match.eq_fit import fit_eq
from engine.match.features import fine_hz
from engine.match.invert import Inversion, invert_params
from engine.match.processors.equaliser import response_db
from engine.match.render import render
from engine.match.style import EqBand, LoudnessTarget, Pitch, ReverbSettings, StereoSettings, StyleParams

RATE = 44_100
HEARD_HZ = np.geomspace(60, 14_000, 150)
CHAINS = 40


def music(seconds: float, seed: int, rate_hz: int = RATE) -> Audio:
    """A made-up band: chords of plucked tones left and right, bass in the middle, noise as drums."""
    random = np.random.default_rng(seed)
    count = round(seconds * rate_hz)
    sound = np.zeros((2, count))
    for start_s in np.arange(0, seconds - 0.1, 0.25):
        length = min(count - round(start_s * rate_hz), round(0.9 * rate_hz))
        t = np.arange(length) / rate_hz
        f_hz = 55 * 2 ** (random.integers(0, 48) / 12)
        tone = sum(np.sin(2 * np.pi * f_hz * k * t) / k for k in range(1, 20) if f_hz * k < 0.45 * rate_hz)
        hit = random.standard_normal(length) * np.exp(-40 * t) * 0.7
        pan = random.uniform(0, 1)
        here = slice(round(start_s * rate_hz), round(start_s * rate_hz) + length)
        sound[0, here] += tone * np.exp(-4 * t) * (1 - pan) + hit
        sound[1, here] += tone * np.exp(-4 * t) * pan + hit
    return (0.1 * sound + 0.001 * random.standard_normal(sound.shape)).astype(np.float32)


def real_music(seconds: float, seed: int) -> Audio:
    """From the middle of one of the tracks that the benchmarks fetch."""
    path = in_turn(CHAINS)[seed]
    count = round(seconds * soundfile.info(path).samplerate)
    start = (soundfile.info(path).frames - count) // 2
    sound, rate_hz = soundfile.read(path, dtype="float32", start=start, frames=count)
    return resample(np.ascontiguousarray(sound.T), rate_hz, RATE)


def chain(seed: int, *, pitch: bool = False) -> StyleParams:
    """Equaliser, width and loudness by chance; with a transposition if asked."""
    random = np.random.default_rng(seed)
    bells = tuple(
        EqBand(
            f_hz=float(np.exp(random.uniform(np.log(150), np.log(9000)))),
            q=random.uniform(0.5, 2.5),
            gain_db=random.uniform(-7, 7),
        )
        for _ in range(random.integers(2, 5))
    )
    shelves = (
        EqBand(type="low_shelf", f_hz=random.uniform(80, 250), gain_db=random.uniform(-6, 6)),
        EqBand(type="high_shelf", f_hz=random.uniform(4000, 9000), gain_db=random.uniform(-6, 6)),
    )
    return StyleParams(
        eq=(shelves[0], *bells, shelves[1]),
        stereo=StereoSettings(width=random.uniform(0.6, 1.4)),
        lufs=LoudnessTarget(target_db=random.uniform(-26, -16)),
        pitch=Pitch(semitones=random.uniform(-2.9, 2.9)) if pitch else None,
    )


def rendered(sound: Audio, style: StyleParams) -> Audio:
    return np.concatenate(list(render(sound, RATE, 2, style)), axis=1)


def found(sound: Audio, made: Audio, mode: str = "A") -> tuple[Inversion, Pair]:
    pair = compare(made, sound, RATE)
    features = [analyze_features(s, RATE, 2) for s in (made, sound)]
    return invert_params(*features, mode, pair=pair if mode == "A" else None), pair  # type: ignore[arg-type]


def eq_error_db(style: StyleParams, known: StyleParams) -> float:
    """RMS over 60 Hz to 14 kHz, without what the loudness target sees to."""
    error = response_db(style.eq, RATE, HEARD_HZ) - response_db(known.eq, RATE, HEARD_HZ)
    return float(np.std(error))


@pytest.mark.slow
def test_known_chains_are_found_again(full: bool) -> None:
    count = CHAINS if full else 3
    for seed in range(count):
        pitched = seed % 4 == 3
        known = chain(seed, pitch=pitched)
        sound = real_music(20, seed) if full else music(12, seed)
        style = found(sound, rendered(sound, known))[0].style
        assert known.stereo is not None and known.lufs is not None and style.stereo is not None
        assert eq_error_db(style, known) < 1.0, seed
        assert style.lufs is not None and style.lufs.target_db == pytest.approx(known.lufs.target_db, abs=0.3)
        assert np.mean(style.stereo.widths()) == pytest.approx(known.stereo.width, abs=0.05), seed
        if known.pitch is not None:
            assert style.pitch is not None
            assert style.pitch.semitones == pytest.approx(known.pitch.semitones, abs=0.1), seed


@pytest.mark.parametrize("rt60_s", [0.4, 0.8, 1.3])
def test_a_room_between_both_is_found(rt60_s: float) -> None:
    sound = music(20, 5)
    known = StyleParams(reverb=ReverbSettings(rt60_s=rt60_s, mix=0.2))
    style = found(sound, rendered(sound, known))[0].style
    assert style.reverb is not None
    assert style.reverb.rt60_s == pytest.approx(rt60_s, rel=0.25)
    assert style.reverb.mix == pytest.approx(0.2, abs=0.06)


def test_delay_polarity_and_swapped_channels_are_found() -> None:
    sound = music(12, 6)
    moved = -np.pad(sound[::-1], ((0, 0), (5000, 0)))
    pair = compare(sound, moved, RATE)
    assert pair.delay_s == pytest.approx(5000 / RATE, abs=0.1 / RATE)
    assert (pair.polarity, pair.swap_channels) == (-1, True)
    assert pair.correlation > 0.99
    back = pair.alignment()
    assert back is not None
    undone = rendered(moved, StyleParams(alignment=back, limiter=None))
    np.testing.assert_allclose(undone[:, :100_000], sound[:, :100_000], atol=1e-6)


def test_a_sound_and_itself_ask_for_nothing() -> None:
    heard = analyze_features(music(8, 7), RATE, 2)
    inversion = invert_params(heard, heard)
    style = inversion.style
    assert style.eq == () and style.compressor is None and style.reverb is None and style.exciter is None
    widths = [1.0] if style.stereo is None else style.stereo.widths()
    assert widths == pytest.approx([1.0], abs=0.001)
    assert {decision.part for decision in inversion.decisions} >= {"eq", "compressor", "reverb", "stereo", "lufs"}


def test_style_comes_nearer_to_another_sound() -> None:
    from engine.match.metrics import distance

    target, reference = music(10, 8), rendered(music(10, 9), chain(11))
    features = [analyze_features(s, RATE, 2) for s in (reference, target)]
    style = invert_params(*features).style
    after = distance(analyze_features(rendered(target, style), RATE, 2), features[0])
    before = distance(features[1], features[0])
    assert after.mel_dist < 0.8 * before.mel_dist and after.stft_dist < 0.8 * before.stft_dist
    assert after.lufs_err is not None and after.lufs_err < 0.5
    assert after.tp_db is not None and style.limiter is not None and after.tp_db <= style.limiter.tp_db


@pytest.mark.parametrize(("level", "ceiling_db"), [(0.3, -1.0), (0.95, -0.45), (1.4, 0.0)])
def test_the_ceiling_is_minus_one_or_the_references_own_peak(level: float, ceiling_db: float) -> None:
    reference = np.zeros((2, RATE), np.float32)
    reference[:, 5000:15_000] = level * np.sin(np.arange(10_000) / 20)
    features = analyze_features(reference, RATE, 2)
    limiter = invert_params(features, analyze_features(music(3, 1), RATE, 2)).style.limiter
    assert limiter is not None and limiter.tp_db == pytest.approx(ceiling_db, abs=0.02)
    assert limiter.crest_db == features.dynamics.crest_db


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_silence_and_odd_sounds_ask_for_little(channels: int) -> None:
    silence = analyze_features(np.zeros((channels, RATE), np.float32), RATE, channels)
    heard = analyze_features(music(3, 1), RATE, 2)
    for reference, target in ((silence, heard), (heard, silence), (silence, silence)):
        style = invert_params(reference, target).style
        assert style.eq == () and style.lufs is None and style.reverb is None


def test_one_performance_is_not_compared_without_its_pair() -> None:
    features = [analyze_features(music(4, seed), RATE, 2) for seed in (1, 2)]
    with pytest.raises(ValueError, match="pair"):
        invert_params(*features, "A")


def test_equaliser_bands_are_found_in_their_own_curve() -> None:
    f_hz = np.array(fine_hz())
    for seed in range(6):
        known = chain(seed)
        fit = fit_eq(f_hz, response_db(known.eq, RATE, f_hz) + 5, np.ones(len(f_hz)), RATE)
        assert fit.residual_db < 0.5
        assert all(0.3 <= band.q <= 4 and abs(band.gain_db) <= 12 for band in fit.bands)
