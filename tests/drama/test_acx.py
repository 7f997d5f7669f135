"""A book for ACX: every limit of its requirements that can be measured, passed and failed."""

import numpy as np
import pytest

from engine.audio.block import Audio
from engine.audio.loudness_curve import LoudnessCurve
from engine.drama.mix.mixture import mixed
from engine.drama.mix.report import acx
from tests.drama.mixing import Drama, noise

RATE_HZ = 44_100


def book(rate_hz: int = RATE_HZ) -> tuple[Drama, Audio, dict[str, bool], dict[str, float]]:
    drama = Drama(rate_hz)
    lines = [drama.say(3.0, "narrator" if n % 2 else "anna", 0.1 + 0.2 * n, "turn") for n in range(4)]
    drama.characters[1] = drama.characters[1].model_copy(update={"pan": -1})
    drama.sound("ambience", lines[0], lines[-1])
    mixture = mixed(
        drama.laid_out(voices_only=True), drama.speech_of, drama.sound_of, rate_hz=rate_hz, target="acx"
    )  # fmt: skip
    mix = np.concatenate([block.mix for block in mixture], axis=1)
    limits = mixture.report.acx
    return drama, mix, {each.name: each.passed for each in limits}, {each.name: each.value for each in limits}


def test_a_book_passes_and_its_numbers_are_those_of_the_file() -> None:
    _, mix, passed, value = book()
    assert all(passed.values()) and len(passed) == 6
    whole = np.square(mix[0], dtype=np.float64)
    assert value["rms_db"] == pytest.approx(10 * np.log10(whole.mean()), abs=0.05) == pytest.approx(-20, abs=0.5)
    assert value["peak_db"] == pytest.approx(20 * np.log10(np.abs(mix).max()), abs=0.01)
    assert np.array_equal(mix[0], mix[1]), "voices only, in the middle"
    tone = mix[0, : RATE_HZ // 2]
    assert -75 < 10 * np.log10(np.mean(np.square(tone))) < -65 and tone.any()
    assert mix[0, -RATE_HZ:].any() and value["noise_floor_db"] == pytest.approx(-72, abs=2)


def test_another_rate_is_reported_as_a_failure() -> None:
    passed = book(24_000)[2]
    assert [name for name, good in passed.items() if not good] == ["rate_hz"]


def limits_of(sound: Audio) -> dict[str, bool]:
    curve = LoudnessCurve(RATE_HZ, 2)
    curve.add(sound)
    return {each.name: each.passed for each in acx(curve, RATE_HZ)}


@pytest.mark.parametrize(
    ("head_s", "level", "peak", "tail_s", "floor", "failed"),
    [
        (0.7, 0.1, 0.5, 2.0, 1e-4, set()),
        (0.2, 0.1, 0.5, 2.0, 1e-4, {"head_s"}),
        (1.5, 0.1, 0.5, 2.0, 1e-4, {"head_s"}),
        (0.7, 0.1, 0.5, 0.5, 1e-4, {"tail_s"}),
        (0.7, 0.1, 0.5, 6.0, 1e-4, {"tail_s"}),
        (0.7, 0.1, 0.9, 2.0, 1e-4, {"peak_db"}),
        (0.7, 0.03, 0.5, 2.0, 1e-4, {"rms_db"}),
        (0.7, 0.2, 0.5, 2.0, 1e-4, {"rms_db"}),
        (0.7, 0.1, 0.5, 2.0, 2e-3, {"noise_floor_db"}),
    ],
)
def test_each_limit_fails_by_itself(
    head_s: float, level: float, peak: float, tail_s: float, floor: float, failed: set[str]
) -> None:
    loud = np.clip(noise(20.0, level, RATE_HZ), -0.45, 0.45)
    loud[:, RATE_HZ] = peak
    sound = np.concatenate([noise(head_s, floor, RATE_HZ), loud, noise(tail_s, floor, RATE_HZ)], axis=1)
    assert {name for name, good in limits_of(sound).items() if not good} == failed


def test_silence_fails_and_does_not_break() -> None:
    passed = limits_of(np.zeros((2, 3 * RATE_HZ), np.float32))
    assert not passed["rms_db"] and not passed["head_s"]
