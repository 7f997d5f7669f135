"""What a sound is like: against known signals, libebur128, and the same sound cut otherwise."""

import numpy as np
import pytest

from engine.audio.block import Audio
from engine.audio.layouts import named
from engine.audio.loudness import measure
from engine.match.analyze import analyze_features
from engine.match.features import Features
from engine.match.spectrum import mel_weights

RATE = 48_000


def _noise(seconds: float, channels: int = 2, rate_hz: int = RATE, seed: int = 1) -> Audio:
    random = np.random.default_rng(seed)
    swell = 0.3 + 0.7 * np.sin(np.arange(round(seconds * rate_hz)) * 2 * np.pi / rate_hz / 3) ** 2
    return (0.1 * swell * random.standard_normal((channels, len(swell)))).astype(np.float32)


def _sine(f_hz: float, level_db: float, seconds: float, rate_hz: int = RATE) -> Audio:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return (10 ** (level_db / 20) * np.sin(2 * np.pi * f_hz * t)).astype(np.float32)[None]


@pytest.mark.parametrize("name", ["mono", "stereo", "4 channels", "4.0", "quad", "5.0", "5.1", "7.1", "7.1(wide)"])
def test_loudness_and_peaks_are_those_of_libebur128(name: str) -> None:
    layout = named(name)
    sound = _noise(8, layout.channels)
    heard, told = analyze_features(sound, RATE, layout), measure(sound, RATE, layout)
    assert heard.lufs.integrated == pytest.approx(told.loudness_lufs, abs=0.02)
    assert heard.tp_db == pytest.approx(told.true_peak_dbtp, abs=0.1)
    assert heard.peak_db == pytest.approx(20 * np.log10(np.abs(sound).max()), abs=0.001)


@pytest.mark.parametrize("rate_hz", [8000, 44_100, 48_000, 96_000])
def test_ebu_check_signal_reads_minus_23(rate_hz: int) -> None:
    sound = np.repeat(_sine(1000, -23, 20, rate_hz), 2, axis=0)
    assert analyze_features(sound, rate_hz, 2).lufs.integrated == pytest.approx(-23.0, abs=0.1)


def test_loudness_range_of_two_levels_is_their_distance() -> None:
    # EBU Tech 3342, case 1: 20 s at -20 dBFS, 20 s at -30 dBFS
    sound = np.repeat(np.concatenate([_sine(1000, -20, 20), _sine(1000, -30, 20)], axis=1), 2, axis=0)
    assert analyze_features(sound, RATE, 2).lufs.range_lu == pytest.approx(10, abs=1)


def test_how_a_stream_is_cut_does_not_matter() -> None:
    sound = _noise(7)
    whole = analyze_features(sound, RATE, 2)
    for size in (1000, 77_777):
        parts = (sound[:, n : n + size] for n in range(0, sound.shape[1], size))
        assert analyze_features(parts, RATE, 2) == whole


def test_a_sine_of_full_scale_has_0_db_in_its_band_and_nothing_elsewhere() -> None:
    heard = analyze_features(_sine(1000, 0, 3), RATE, 1)
    place = heard.spectrum.f_hz.index(1000)
    assert heard.spectrum.mid_db[place] == pytest.approx(0, abs=0.1)
    assert max(heard.spectrum.mid_db[: place - 3]) < -60
    assert heard.stft.mag_db_stats.mean_db[place] == pytest.approx(0, abs=0.3)
    assert heard.stereo is None


def test_stereo_tells_width_balance_and_correlation() -> None:
    random = np.random.default_rng(2)
    mid, side = random.standard_normal((2, 5 * RATE)) * [[0.1], [0.05]]
    heard = analyze_features(np.array([mid + side, mid - side], np.float32), RATE, 2)
    assert heard.stereo is not None
    assert heard.stereo.width == pytest.approx(0.25, rel=0.03)
    assert heard.stereo.balance == pytest.approx(0, abs=0.02)
    band = next(b for b in heard.stereo.coherence if b.f_hz == 1000)
    assert band.side_to_mid_db == pytest.approx(-6.02, abs=0.4)
    assert band.correlation == pytest.approx(0.6, abs=0.05)
    assert band.coherence == pytest.approx(0.36, abs=0.06)


def test_f0_and_tempo_of_a_known_tune() -> None:
    t = np.arange(9 * RATE) / RATE
    beat = np.exp(-6 * (t % 0.5))  # 120 a minute
    tone = sum(np.sin(2 * np.pi * 220 * k * t) / k for k in range(1, 6))
    heard = analyze_features((0.2 * beat * tone).astype(np.float32)[None], RATE, 1, f0=True, tempo=True)
    assert heard.f0 is not None and heard.tempo is not None
    assert heard.f0.median_hz == pytest.approx(220, rel=0.006)
    assert heard.tempo.bpm == pytest.approx(120, rel=0.04)


@pytest.mark.parametrize("rt60_s", [0.4, 0.8, 1.4])
def test_a_room_is_heard_in_bursts_that_die_away_in_it(rt60_s: float) -> None:
    random = np.random.default_rng(3)
    t = np.arange(2 * RATE) / RATE
    once = random.standard_normal((12, len(t))) * np.exp(-np.log(1000) * t / rt60_s)
    heard = analyze_features((0.1 * once).astype(np.float32).reshape(1, -1), RATE, 1)
    assert heard.reverb.rt60_s == pytest.approx(rt60_s, rel=0.25)


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros((2, RATE), np.float32),
        np.ones((1, RATE), np.float32),
        np.full((2, 1), 0.5, np.float32),
        np.sign(_noise(1, 6)),
        _noise(1, 1)[:, :5000],
    ],
    ids=["silence", "dc", "one sample", "clipped 5.1", "short"],
)
def test_odd_sounds_have_features_that_are_json(sound: Audio) -> None:
    heard = analyze_features(sound, RATE, len(sound))
    assert Features.model_validate_json(heard.model_dump_json()) == heard
    if not sound.any():
        assert heard.tp_db is None and heard.lufs.integrated is None


def test_the_schema_documents_every_field() -> None:
    schema = Features.model_json_schema()
    for model in (schema, *schema["$defs"].values()):
        for name, described in model["properties"].items():
            assert described.get("description"), name


@pytest.mark.parametrize(("count", "size", "rate_hz"), [(64, 2048, 44_100), (40, 1024, 8000)])
def test_mel_bands_are_triangles_on_slaneys_scale(count: int, size: int, rate_hz: int) -> None:
    """Linear to 1 kHz (15 mel), logarithmic above."""
    low, high = 20 * 3 / 200, 15 + 27 * np.log(rate_hz / 2000) / np.log(6.4)
    mel = np.linspace(low, high, count + 2)
    edges = np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))
    f_hz = np.arange(size // 2 + 1)[:, None] * rate_hz / size
    rise, fall = (f_hz - edges[:-2]) / np.diff(edges)[:-1], (edges[2:] - f_hz) / np.diff(edges)[1:]
    centres_hz, weights = mel_weights(count, size, rate_hz)
    assert centres_hz == pytest.approx(edges[1:-1])
    assert weights == pytest.approx(np.maximum(0, np.minimum(rise, fall)), abs=1e-6)
