"""Every sound has the loudness, the length and the seamlessness that are promised."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.audio.loudness import loudest_lufs, measure
from engine.drama.sounds import render as rendering
from engine.drama.sounds.listing import built_in, made
from engine.drama.sounds.loops import seamless, tiled
from engine.drama.sounds.render import AMBIENCE_LUFS, EFFECT_LUFS, PEAK, have_there, heard, render, stream
from engine.drama.sounds.words import tags
from engine.errors import AppError, Code
from tests.fake_job import FakeJob

RATE_HZ = 16_000
MADE = [f"made:{name}" for name in made()]


@pytest.fixture(autouse=True)
def short_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "LOOP_S", 4.0)
    rendering._loops.clear()


def rendered(sound_id: str, folder: Path, **how: object) -> np.ndarray:
    return render(sound_id, rate_hz=RATE_HZ, models_dir=folder / "models", folder=folder, **how)  # type: ignore[arg-type]


def steps(audio: np.ndarray) -> np.ndarray:
    return np.abs(np.diff(audio, axis=1)).max(axis=0)


@pytest.mark.parametrize("sound_id", MADE)
def test_a_made_sound_keeps_its_promises(sound_id: str, tmp_path: Path) -> None:
    sound = built_in()[sound_id]
    audio = rendered(sound_id, tmp_path)
    assert audio.shape[0] == 2 and audio.dtype == np.float32
    assert np.isfinite(audio).all()
    assert np.abs(audio).max() <= PEAK + 1e-3
    assert np.abs(audio.mean(axis=1)).max() < 0.01 * np.sqrt(np.mean(audio**2)) + 1e-5, "it has an offset"
    if sound.kind == "ambience":
        twice = np.concatenate([audio, audio], axis=1)
        seam = steps(twice[:, audio.shape[1] - 2 : audio.shape[1] + 2]).max()
        assert seam <= steps(audio).max(), "it clicks where it begins again"
        power = np.square(np.abs(np.fft.rfft(audio))).sum(axis=0)
        assert power[: round(20 * audio.shape[1] / RATE_HZ)].sum() < 0.01 * power.sum(), "it rumbles"
        wanted = AMBIENCE_LUFS + tags()[sound.tags[0]].level_db
        assert measure(audio, RATE_HZ).loudness_lufs == pytest.approx(wanted, abs=0.5)
        correlation = np.corrcoef(audio)[0, 1]
        assert -0.1 < correlation < 0.99, "it is not wide"
    else:
        level = loudest_lufs(audio, RATE_HZ)
        assert level is not None and np.abs(audio).max() > 0.01
        wanted = EFFECT_LUFS + tags()[sound.tags[0]].level_db
        assert level <= wanted + 0.7
        assert level >= wanted - 0.7 if np.abs(audio).max() < 0.99 * PEAK else level > wanted - 12
        assert np.abs(audio[:, :2]).max() < 0.02 and np.abs(audio[:, -2:]).max() < 0.02


@pytest.mark.parametrize("sound_id", ["made:rain", "made:fire", "made:steps-gravel", "made:thunder"])
def test_the_same_seed_gives_the_same_samples_and_another_one_others(sound_id: str, tmp_path: Path) -> None:
    first, other = rendered(sound_id, tmp_path, seed=7), rendered(sound_id, tmp_path, seed=8)
    rendering._loops.clear()
    assert np.array_equal(first, rendered(sound_id, tmp_path, seed=7))
    length = min(first.shape[1], other.shape[1])
    assert not np.allclose(first[:, :length], other[:, :length], atol=1e-3)


@pytest.mark.parametrize("sound_id", ["made:rain", "made:steps-wood", "made:door-slam", "made:horse"])
@pytest.mark.parametrize("duration_s", [0.01, 1.234, 30.0])
def test_the_length_is_exact(sound_id: str, duration_s: float, tmp_path: Path) -> None:
    assert rendered(sound_id, tmp_path, duration_s=duration_s).shape == (2, round(duration_s * RATE_HZ))


def test_steps_go_on_for_as_long_as_is_wanted(tmp_path: Path) -> None:
    audio = rendered("made:steps-wood", tmp_path, duration_s=20.0)
    assert all(np.abs(part).max() > 0.01 for part in np.split(audio, 10, axis=1))
    once = rendered("made:thunder", tmp_path, duration_s=20.0)
    assert not once[:, 15 * RATE_HZ :].any()


def test_loops_are_kept_while_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "MOST_KEPT", round(2.5 * 4 * RATE_HZ))
    for name in ("wind", "room", "cave", "room"):
        rendered(f"made:{name}", tmp_path, duration_s=1.0)
    assert [key[0] for key in rendering._loops] == ["made:cave", "made:room"]


def test_hours_of_an_ambience_come_in_blocks(tmp_path: Path) -> None:
    blocks = stream("made:wind", rate_hz=RATE_HZ, duration_s=2 * 3600, models_dir=tmp_path, folder=tmp_path)
    assert sum(block.shape[1] for block in blocks) == 2 * 3600 * RATE_HZ
    first = next(stream("made:wind", rate_hz=RATE_HZ, duration_s=9.0, models_dir=tmp_path, folder=tmp_path))
    assert np.array_equal(first, rendered("made:wind", tmp_path)[:, : first.shape[1]])


def test_a_parameter_is_checked(tmp_path: Path) -> None:
    for parameters in ({"intensity": 2.0}, {"colour": 1.0}, {"intensity": float("nan")}):
        with pytest.raises(AppError) as caught:
            rendered("made:rain", tmp_path, parameters=parameters)
        assert caught.value.code is Code.INVALID_INPUT
    heavy, light = (rendered("made:rain", tmp_path, parameters={"intensity": value}) for value in (1.0, 0.0))
    assert not np.allclose(heavy, light)


def noisy(path: Path, seconds: float, channels: int, rate_hz: int = 22_050, fade: bool = True) -> np.ndarray:
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    sound = 0.1 * rng.standard_normal((round(seconds * rate_hz), channels))
    if fade:
        sound *= np.linspace(0.2, 1, len(sound))[:, None]
    soundfile.write(path, sound, rate_hz)
    return sound


def test_a_file_of_the_users_becomes_a_seamless_loop_of_the_same_loudness(tmp_path: Path) -> None:
    noisy(tmp_path / "ambience" / "mill.wav", 12, 1)
    audio = rendered("own:ambience/mill.wav", tmp_path, duration_s=40.0)
    assert audio.shape == (2, 40 * RATE_HZ)
    assert np.array_equal(audio[0], audio[1]), "mono stays the same on both sides"
    assert measure(audio, RATE_HZ).loudness_lufs == pytest.approx(AMBIENCE_LUFS, abs=1)


def test_a_short_effect_is_followed_by_silence_and_a_long_one_goes_on(tmp_path: Path) -> None:
    noisy(tmp_path / "short.wav", 1, 2)
    noisy(tmp_path / "long.wav", 25, 2)
    short, long = (rendered(f"own:{name}.wav", tmp_path, duration_s=40.0) for name in ("short", "long"))
    assert not short[:, 2 * RATE_HZ :].any()
    assert np.abs(long[:, 35 * RATE_HZ :]).max() > 0.001


def test_a_broken_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"RIFF\0\0\0\0WAVE")
    with pytest.raises(AppError) as caught:
        rendered("own:broken.wav", tmp_path)
    assert caught.value.code is Code.UNSUPPORTED_AUDIO
    assert caught.value.path == tmp_path / "broken.wav"


def test_where_a_package_is_not_there_ours_is_heard(tmp_path: Path) -> None:
    assert heard("ambience:town/bonfire", tmp_path).id == "made:fire"
    audio = rendered("ambience:town/bonfire", tmp_path, duration_s=3.0, parameters={"unheard": 1.0})
    assert np.array_equal(audio, rendered("made:fire", tmp_path, duration_s=3.0))
    assert heard("animals:pig", tmp_path).id == "made:pig"


def test_packages_are_fetched_and_what_stands_in_for_those_that_cannot_be_had_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def ensure(model: str, job: FakeJob) -> list[Path]:
        asked.append(model)
        if model == "sounds-animals":
            (job.models_dir / model).mkdir(parents=True)
            for name in ("dog", "cat"):
                noisy(job.models_dir / model / f"{name}.wav", 1, 2)
                (job.models_dir / model / f"{name}.wav").rename(job.models_dir / model / f"{name}.mp3")
            return []
        raise AppError(Code.MODEL_MISSING, "model_missing", model=model)

    monkeypatch.setattr(rendering, "ensure", ensure)
    job = FakeJob(tmp_path)
    ids = ["animals:dog", "made:rain", "ambience:town/train", "animals:cat", "ambience:nature/cave", "animals:dog"]
    assert have_there(ids, job) == {"ambience:town/train": "made:train", "ambience:nature/cave": "made:cave"}
    assert asked == ["sounds-animals", "sounds-ambience"]
    assert heard("animals:dog", job.models_dir).id == "animals:dog"
    level = loudest_lufs(rendered("animals:dog", tmp_path), RATE_HZ)
    assert level == pytest.approx(EFFECT_LUFS, abs=0.5)


@pytest.mark.parametrize("seconds", [0.05, 1.0, 3.0, 20.0])
def test_a_loop_has_no_seam_and_no_hole(seconds: float) -> None:
    rng = np.random.default_rng(3)
    samples = round(seconds * RATE_HZ)
    tone = np.sin(2 * np.pi * 220 * np.arange(samples) / RATE_HZ)
    for sound in (0.1 * rng.standard_normal((2, samples)), np.stack([tone, tone]) * 0.1):
        loop = seamless(sound.astype(np.float32), RATE_HZ)
        assert samples // 2 - 2 <= loop.shape[1] <= samples
        twice = np.concatenate(list(tiled(loop, 2 * loop.shape[1], 4096)), axis=1)
        assert twice.shape[1] == 2 * loop.shape[1]
        at = loop.shape[1]
        assert steps(twice[:, at - 2 : at + 2]).max() <= 1.05 * steps(sound).max()
        if seconds >= 3:
            window = RATE_HZ // 4
            level = [float(np.sqrt(np.mean(twice[:, n : n + window] ** 2))) for n in range(0, 2 * at - window, window)]
            assert max(level) / min(level) < 1.45


def test_the_silence_after_an_effect_is_not_held_in_memory(tmp_path: Path) -> None:
    hours = 2.0 * 3600
    blocks = stream("made:knock", rate_hz=RATE_HZ, duration_s=hours, models_dir=tmp_path, folder=tmp_path)
    sizes = [block.shape[1] for block in blocks]
    assert sum(sizes) == round(hours * RATE_HZ) and max(sizes) < 60 * RATE_HZ
