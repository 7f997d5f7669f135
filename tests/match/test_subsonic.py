"""What nobody hears decides nothing and is never raised: offsets and rumble under 20 Hz."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.audio.block import Audio
from engine.audio.loudness import measure
from engine.errors import AppError, Code
from engine.match.analyze import analyze_features
from engine.match.params import MatchParams
from engine.match.run import run
from engine.match.spot import render_spot
from engine.match.style import LoudnessTarget, StyleParams
from engine.match.subsonic import Subsonic, subsonic_in, subsonic_of, without_subsonic
from tests.match.test_command import RATE_HZ, REFERENCE, SOURCE, job_with, matched, music, styled
from tests.match.test_invert import music as band

LOUDER = StyleParams(lufs=LoudnessTarget(target_db=-12))


def beneath(count: int, offset: float, f_hz: float, amplitude: float, rate_hz: int = RATE_HZ) -> np.ndarray:
    return (offset + amplitude * np.sin(2 * np.pi * f_hz * np.arange(count) / rate_hz)).astype(np.float32)


def power_under_20_hz(sound: Audio, rate_hz: int = RATE_HZ) -> float:
    """Mean square, offset and all, without the ends."""
    inner = sound[:, rate_hz:-rate_hz].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(inner, axis=1)) ** 2 / inner.shape[1] ** 2
    spectrum[:, 1:] *= 2
    return float(spectrum[:, np.fft.rfftfreq(inner.shape[1], 1 / rate_hz) < 19].sum(axis=1).max())


def clean(seconds: float, seed: int, rate_hz: int = RATE_HZ) -> Audio:
    """Made-up music with nothing under 20 Hz."""
    sound = band(seconds, seed, rate_hz)
    return Subsonic(tuple(sound.mean(axis=1, dtype=np.float64)), True).removed_from(sound, rate_hz)


CASES = [(0.2, 5, 0.0), (0.002, 5, 0.0), (0.1, 12, 0.05), (-0.05, 15, 0.1), (0.0, 3, 0.3)]
"""Offset; frequency and amplitude of a rumble."""


@pytest.mark.parametrize(("offset", "f_hz", "amplitude"), CASES)
@pytest.mark.parametrize("rate_hz", [RATE_HZ, 96_000])
def test_it_is_taken_off_and_nothing_else(offset: float, f_hz: float, amplitude: float, rate_hz: int) -> None:
    music_alone = clean(5, 1, rate_hz)
    below = beneath(music_alone.shape[1], offset, f_hz, amplitude, rate_hz)
    back = without_subsonic(music_alone + below, rate_hz)
    inner = slice(rate_hz, -rate_hz)
    left = np.sqrt(np.mean((back - music_alone)[:, inner] ** 2) / np.mean(below[inner] ** 2))
    assert 20 * np.log10(left) < -30 and back.shape == music_alone.shape
    cut = music_alone + below
    found = subsonic_of(analyze_features(cut, rate_hz, 2))
    pieces = [cut[:, n : n + 10_007] for n in range(0, cut.shape[1], 10_007)]
    again = np.concatenate(list(found.removed(pieces, rate_hz)), axis=1)
    assert found.rumble == subsonic_in(cut, rate_hz).rumble == (amplitude > 0)
    assert np.abs(again - back).max() < 1e-5


def test_music_has_nothing_below_hearing() -> None:
    for seed in range(4):
        sound = band(8, seed)
        assert not subsonic_of(analyze_features(sound - sound.mean(axis=1, keepdims=True), RATE_HZ, 2))
    click = np.zeros((1, 100), np.float32)
    click[0, 50] = 0.5
    assert not subsonic_of(analyze_features(click, RATE_HZ, 1)) and without_subsonic(click, RATE_HZ) is click


@pytest.mark.parametrize(
    ("where", "offset", "f_hz", "amplitude"),
    [*(("both", *case) for case in CASES), ("target", *CASES[0]), ("reference", *CASES[2])],
)
def test_a_match_is_the_same_with_and_without_it_and_never_raises_it(
    tmp_path: Path, where: str, offset: float, f_hz: float, amplitude: float
) -> None:
    sounds = {"target": 0.5 * clean(6, 1), "reference": clean(6, 2)}
    plain = matched(job_with(tmp_path, *sounds.values()))["details"]["match"]
    below = beneath(sounds["target"].shape[1], offset, f_hz, amplitude)
    for name in sounds if where == "both" else [where]:
        sounds[name] = sounds[name] + below
    track = matched(job_with(tmp_path, *sounds.values()))
    match = track["details"]["match"]
    assert set(match["subsonic"]) >= ({"source"} if where != "reference" else set())
    assert match["gain_db"] == pytest.approx(plain["gain_db"], abs=0.1)
    assert match["ceiling_dbtp"] == pytest.approx(plain["ceiling_dbtp"], abs=0.1)
    assert match["rendered"]["limiter"]["crest_db"] == pytest.approx(plain["rendered"]["limiter"]["crest_db"], abs=0.1)
    assert power_under_20_hz(track["audio"]) <= max(power_under_20_hz(sounds["target"]), 1e-6)


@pytest.mark.parametrize(("offset", "f_hz", "amplitude"), CASES)
def test_a_style_alone_raises_none_of_it_either(tmp_path: Path, offset: float, f_hz: float, amplitude: float) -> None:
    source = 0.2 * clean(6, 1)
    source = source + beneath(source.shape[1], offset, f_hz, amplitude)
    track = styled(job_with(tmp_path, source), style=LOUDER)
    assert power_under_20_hz(track["audio"]) <= power_under_20_hz(source)
    assert measure(track["audio"], RATE_HZ).loudness_lufs == pytest.approx(-12, abs=0.2)
    params = MatchParams(source=SOURCE, style=LOUDER.model_dump_json()).model_dump(mode="json")
    own = track["details"]["match"]["source_lufs"]
    facts = render_spot(tmp_path / "song.wav", tmp_path / "spot", params, own, 0.0, 6.0, RATE_HZ, None)
    assert facts.gain_db == pytest.approx(track["details"]["match"]["gain_db"], abs=0.2)
    untouched: Any = styled(job_with(tmp_path, source), style=LOUDER, amount=0)["audio"]
    assert np.abs(untouched - source).max() < 1e-6


def test_an_offset_alone_is_silence(tmp_path: Path) -> None:
    flat = np.full((2, 2 * RATE_HZ), 0.3, np.float32)
    job = job_with(tmp_path, music(2, 1), flat)
    with pytest.raises(AppError) as refused:
        run(MatchParams(source=SOURCE, reference=REFERENCE), job)
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, "match_reference_silent")
    audio = matched(job_with(tmp_path, flat, music(4, 1)))["audio"]
    assert np.abs(audio).max() <= 0.3
