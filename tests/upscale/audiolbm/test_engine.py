from pathlib import Path

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from engine.errors import AppError, Canceled, Code
from engine.upscale.audiolbm.engine import AudioLBM
from engine.upscale.engines import make_engine
from engine.upscale.memory import Tier
from engine.upscale.params import UpscaleParams
from tests.engine_contract import Case, EngineContract
from tests.fake_job import FakeJob
from tests.upscale.audiolbm.tiny import write_tiny

STEPS = 4


def _engine(folder: Path, rate_hz: int = 48_000, **changes: object) -> AudioLBM:
    rates = [rate for rate in (48_000, 96_000, 192_000) if rate <= rate_hz]
    job = FakeJob(folder)
    if not job.models_dir.exists():
        write_tiny(job.models_dir, *rates, **changes)
    engine = AudioLBM("fp32", rate_hz=rate_hz, steps=STEPS)
    engine.load(job)
    engine.load(job)
    return engine


def _dull(samples: int, rate_hz: int = 48_000, channels: int = 2, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal((channels, samples))
    return (0.1 * sosfiltfilt(butter(8, 6000, fs=rate_hz, output="sos"), noise, axis=1)).astype(np.float32)


def _restore(engine: AudioLBM, sound: np.ndarray, seed: int = 1, cutoff_hz: float = 6000.0) -> np.ndarray:
    return engine.restore(sound, cutoff_hz=cutoff_hz, peak=float(np.abs(sound).max()), seed=seed)


@pytest.mark.parametrize(("samples", "channels"), [(1, 2), (511, 1), (512, 6), (20_001, 2)])
def test_any_length_and_number_of_channels_keeps_its_shape(tmp_path: Path, samples: int, channels: int) -> None:
    made = _restore(_engine(tmp_path), _dull(40_000, channels=channels)[:, :samples])
    assert made.shape == (channels, samples) and made.dtype == np.float32 and np.isfinite(made).all()


@pytest.mark.parametrize("rate_hz", [96_000, 192_000])
@pytest.mark.parametrize("cutoff_hz", [6000.0, 22_000.0])
def test_the_cascade_keeps_the_length_and_tells_its_progress(tmp_path: Path, rate_hz: int, cutoff_hz: float) -> None:
    engine = _engine(tmp_path, rate_hz)
    shares: list[float] = []
    sound = _dull(9001, rate_hz)
    made = engine.restore(sound, cutoff_hz=cutoff_hz, peak=0.5, seed=1, tick=shares.append)
    assert made.shape == sound.shape and np.isfinite(made).all() and engine.rate_hz == rate_hz
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1.0) and len(shares) > STEPS


def test_the_same_seed_gives_the_same_bytes_and_another_others(tmp_path: Path) -> None:
    engine, sound = _engine(tmp_path), _dull(20_000)
    first = _restore(engine, sound)
    assert np.array_equal(_restore(engine, sound), first)
    assert not np.array_equal(_restore(engine, sound, seed=2), first)
    assert np.array_equal(_restore(_engine(tmp_path), sound), first)


def test_silence_stays_silent_without_work(tmp_path: Path) -> None:
    engine = _engine(tmp_path)
    silence = np.zeros((2, 9000), np.float32)
    assert not engine.restore(silence, cutoff_hz=6000, peak=0.0, seed=1).any()
    half = np.concatenate([_dull(9000, channels=1), silence[:1]])
    made = _restore(engine, half)
    assert made[0].any() and not made[1].any()


def test_the_same_sound_in_both_channels_stays_in_the_middle(tmp_path: Path) -> None:
    mono = _dull(20_000, channels=1)
    made = _restore(_engine(tmp_path), np.repeat(mono, 2, axis=0))
    assert np.array_equal(made[0], made[1])


def test_channels_that_are_nearly_the_same_come_out_nearly_the_same(tmp_path: Path) -> None:
    """One noise for both: with a noise of its own each, their treble would be unlike."""
    mono = _dull(20_000, channels=1)
    made = _restore(_engine(tmp_path), np.concatenate([mono, mono + 1e-4 * _dull(20_000, channels=1, seed=5)]))
    assert not np.array_equal(made[0], made[1])
    assert np.corrcoef(made)[0, 1] > 0.999


def test_windows_leave_no_join(tmp_path: Path) -> None:
    """A long input's steps between neighbouring samples are nowhere larger than those of one window's."""
    sound = _dull(24 * 512 * 6)
    windowed = _restore(_engine(tmp_path / "a"), sound)
    whole = _restore(_engine(tmp_path / "b", crop_s=10.0), sound)
    assert not np.array_equal(windowed, whole)
    steps, usual = (np.abs(np.diff(made, 2, axis=1)).max() for made in (windowed, whole))
    assert steps < 1.5 * usual


def test_a_file_s_peak_does_not_change_what_is_made_of_it_where_the_model_wants_one(tmp_path: Path) -> None:
    engine, sound = _engine(tmp_path, input_peak=0.5), _dull(9000)
    loud, soft = _restore(engine, sound), _restore(engine, sound / 64)
    assert np.allclose(loud / 64, soft, atol=1e-6)


def test_cancel_ends_the_work(tmp_path: Path) -> None:
    def stop(share: float) -> None:
        if share > 0.3:
            raise Canceled

    with pytest.raises(Canceled):
        _engine(tmp_path).restore(_dull(9000), cutoff_hz=6000, peak=0.5, seed=1, tick=stop)


def test_without_weights_it_says_so_and_makes_nothing(tmp_path: Path) -> None:
    engine = AudioLBM(rate_hz=96_000)
    with pytest.raises(AppError) as caught:
        engine.load(FakeJob(tmp_path))
    assert caught.value.code is Code.MODEL_MISSING and caught.value.key == "audiolbm_missing"
    with pytest.raises(RuntimeError):
        _restore(engine, _dull(600))


def test_one_missing_stage_of_the_cascade_is_enough_to_refuse(tmp_path: Path) -> None:
    job = FakeJob(tmp_path)
    write_tiny(job.models_dir, 48_000)
    with pytest.raises(AppError, match="audiolbm-96k") as refused:
        AudioLBM(rate_hz=192_000).load(job)
    assert refused.value.code is Code.MODEL_MISSING


def test_offload_and_sixteen_bits_give_nearly_the_same(tmp_path: Path) -> None:
    sound = _dull(9000)
    exact = _restore(_engine(tmp_path), sound)
    engine = AudioLBM("bf16", steps=STEPS, offload=True)
    engine.load(FakeJob(tmp_path))
    assert engine.facts["precision"] == "bf16"
    rough = _restore(engine, sound)
    assert np.abs(rough - exact).max() < 0.1 * np.abs(exact).max()


def test_the_command_makes_this_engine_as_it_was_asked_to() -> None:
    params = UpscaleParams(source="upload:" + "0" * 32, model="audiolbm", target_rate="96000", steps=7)
    engine = make_engine(params, Tier(5.0, 1), [])
    assert isinstance(engine, AudioLBM) and engine.rate_hz == 96_000


def _use(engine: AudioLBM, job: FakeJob, seed: int) -> np.ndarray:
    sound = _dull(9000)
    return engine.restore(sound, cutoff_hz=6000, peak=0.5, seed=seed, tick=lambda share: job.progress(share, 1))


def _toil(engine: AudioLBM, job: FakeJob) -> None:
    for seed in range(10_000):
        _use(engine, job, seed)


class TestAudioLBM(EngineContract):
    case = Case(name="audiolbm", make=lambda models: AudioLBM("fp32", steps=STEPS), use=_use, toil=_toil)

    def loaded(self, folder: Path) -> tuple[AudioLBM, FakeJob]:
        if not (folder / "models").exists():
            write_tiny(folder / "models", 48_000)
        return super().loaded(folder)
