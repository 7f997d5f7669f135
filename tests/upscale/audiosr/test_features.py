"""Sound to spectrogram and back, against the tensors of a real run of AudioSR (shared/data/audiosr-parity)."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.upscale.audiosr import features
from engine.upscale.audiosr.grid import LONG, LatentNoise, Pass
from tests.wants import wants

PLACES = [folder / "shared" / "data" / "audiosr-parity" for folder in Path(__file__).parents[4:]]
FOLDER = next((place for place in PLACES if place.is_dir()), PLACES[0])
real = pytest.mark.skipif(not FOLDER.is_dir(), reason=wants("shared data"))


def tensor(name: str) -> NDArray[np.float32]:
    return np.asarray(np.load(FOLDER / f"{name}.npy"), np.float32)


def apart(ours: object, theirs: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(np.asarray(ours) - theirs) / np.linalg.norm(theirs))


@real
def test_the_mel_spectrogram_is_upstreams() -> None:
    # two float32 ways to it: each is 9e-6 away from that in float64, and which bits differ depends on the processor
    assert apart(features.log_mel(tensor("batch_waveform")[0, 0]), tensor("batch_log_mel_spec")[0]) < 3e-5


@real
def test_cut_off_and_low_pass_are_upstreams() -> None:
    sound = tensor("batch_waveform")[0, 0]
    low = features.low_pass(sound, features.cutoff_hz(sound))
    assert apart(low, tensor("batch_waveform_lowpass")[0, 0]) < 1e-5
    assert apart(features.log_mel(low), tensor("batch_lowpass_mel")[0]) < 1e-5


@real
def test_known_bands_replace_what_was_decoded_as_upstream_does() -> None:
    decoded, known = (torch.from_numpy(tensor(n)) for n in ("decoded_mel", "lowpass_mel_for_replace"))
    assert apart(features.with_known_bands(decoded[0, 0], known[0]), tensor("mel_after_replace")[0, 0]) < 1e-5


@real
def test_known_sound_replaces_the_vocoders_as_upstream_does() -> None:
    out, _ = features.with_known_sound(tensor("postproc_in")[0, 0], tensor("postproc_lowpass_wav")[0, 0])
    assert apart(out, tensor("postproc_out")[0, 0]) < 1e-5
    final = 0.5 * out / np.abs(out).max()
    assert apart(final - final.mean(), tensor("final_waveform")[0, 0]) < 1e-5


@real
def test_the_same_seed_draws_upstreams_noise() -> None:
    noise = LatentNoise(42, LONG)
    for number in (52, 0, 1, 2):
        assert apart(noise.draw(number, Pass(0, LONG)), tensor(f"noise_{number:03d}")) < 1e-5


def test_what_is_known_keeps_its_level_below_the_cut_off() -> None:
    rng = np.random.default_rng(0)
    known = features.low_pass(rng.standard_normal(96_000).astype(np.float32), 6000)
    made = rng.standard_normal(96_016).astype(np.float32)
    out, gain = features.with_known_sound(made, known)
    low = features.low_pass(out[:96_000] / np.float32(gain), 4000)
    assert apart(low, features.low_pass(known, 4000)) < 0.02


@pytest.mark.parametrize("hz", [24_000.0, 30_000.0])
def test_nothing_is_filtered_from_the_nyquist_frequency_on(hz: float) -> None:
    sound = np.ones(1000, np.float32)
    assert features.low_pass(sound, hz) is sound


@pytest.mark.parametrize("level", [0.0, 1e-9])
def test_silence_has_no_cut_off_and_stays_finite(level: float) -> None:
    sound = np.full(48_000, level, np.float32)
    assert features.cutoff_hz(sound) == features.NYQUIST_HZ
    out, _ = features.with_known_sound(sound, sound)
    assert np.isfinite(out).all()
