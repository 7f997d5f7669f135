"""What voices come through, and how places answer: against their own numbers."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from engine.audio.block import Audio
from engine.audio.loudness import measure
from engine.audio.processor import BLOCK
from engine.drama.mix.responses import decay, response
from engine.drama.mix.rooms import rooms, tail_s
from engine.drama.mix.voice_effects import COLOURS, prepared
from engine.drama.mix.voices import Talking, placed_lines
from engine.drama.project import Scene, VoiceEffect
from tests.drama.mixing import Drama, voice

RATE_HZ = 24_000
EFFECTS: list[VoiceEffect] = ["none", "telephone", "radio", "thought", "loudspeaker", "distant"]


def white(seconds: float = 4.0, rate_hz: int = RATE_HZ) -> Audio:
    return (0.1 * np.random.default_rng(0).standard_normal((1, round(seconds * rate_hz)))).astype(np.float32)


def density_db(sound: Audio, low_hz: float, high_hz: float, rate_hz: int = RATE_HZ) -> float:
    """Power per Hz between two frequencies."""
    f_hz, power = signal.welch(sound[0].astype(np.float64), rate_hz, nperseg=4096)
    return float(10 * np.log10(power[(f_hz >= low_hz) & (f_hz <= high_hz)].mean()))


def change_db(effect: VoiceEffect, low_hz: float, high_hz: float) -> float:
    """What an effect makes of a band, against the octave around 1 kHz."""
    before, after = white(), prepared(white(), RATE_HZ, effect, "x")

    def against_middle(sound: Audio) -> float:
        return density_db(sound, low_hz, high_hz) - density_db(sound, 700, 1400)

    return against_middle(after) - against_middle(before)


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 22_050, 48_000])
@pytest.mark.parametrize("effect", EFFECTS)
def test_any_rate_any_length_and_the_same_each_time(effect: VoiceEffect, rate_hz: int) -> None:
    said = voice(0.8, rate_hz=rate_hz)
    made = prepared(said, rate_hz, effect, "line1")
    longer = made.shape[1] - said.shape[1]
    assert longer == (2 * round(0.13 * rate_hz) if effect == "loudspeaker" else 0)
    assert made.dtype == np.float32 and np.isfinite(made).all() and 0 < np.abs(made).max() < 4
    assert np.abs(made[:, :2]).max() < 0.01 * np.abs(made).max()
    assert np.array_equal(made, prepared(said, rate_hz, effect, "line1"))
    for samples in (1, 2, 77):
        assert np.isfinite(prepared(said[:, :samples], rate_hz, effect, "line1")).all()
    assert not prepared(np.zeros((1, 500), np.float32), rate_hz, effect, "line1").any()


def test_a_plain_voice_loses_its_rumble_and_nothing_else() -> None:
    assert change_db("none", 10, 30) < -14
    assert change_db("none", 120, 250) == pytest.approx(0, abs=0.6)
    assert change_db("none", 4000, 11_000) == pytest.approx(0, abs=0.2)


def test_a_telephone_has_its_band() -> None:
    assert change_db("telephone", 20, 120) < -30 and change_db("telephone", 6500, 11_000) < -30
    assert change_db("telephone", 400, 600) == pytest.approx(0, abs=2)
    assert change_db("telephone", 2000, 3000) == pytest.approx(0, abs=2)


def test_a_radio_is_narrower_compressed_and_hisses() -> None:
    assert change_db("radio", 20, 200) < -30 and change_db("radio", 5000, 11_000) < -25
    loud_soft = np.concatenate([voice(1.5, 0.8), voice(1.5, 0.08)], axis=1)
    made = prepared(loud_soft, RATE_HZ, "radio", "x")
    half = made.shape[1] // 2
    before = np.std(loud_soft[0, :half]) / np.std(loud_soft[0, half:])
    assert np.std(made[0, :half]) / np.std(made[0, half:]) < 0.7 * before
    pause = prepared(np.concatenate([voice(1.0), np.zeros((1, RATE_HZ), np.float32)], axis=1), RATE_HZ, "radio", "x")
    hiss = 20 * np.log10(np.std(pause[0, RATE_HZ + 9000 : -1000]) / np.std(pause[0, :RATE_HZ]))
    assert -35 < hiss < -18


def test_a_thought_is_near_and_a_distance_is_dull() -> None:
    assert change_db("thought", 80, 160) > 2 and change_db("distant", 80, 120) < -4
    assert change_db("distant", 6000, 11_000) < -5 and COLOURS["distant"].level_db < COLOURS["thought"].level_db < 0


def test_a_loudspeaker_slaps_back() -> None:
    click = np.zeros((1, RATE_HZ), np.float32)
    click[0, 2000:2010] = 0.5
    power = np.square(prepared(click, RATE_HZ, "loudspeaker", "x")[0])
    slap = 2000 + round(0.13 * RATE_HZ)
    around = power[slap - 40 : slap + 300].sum() / power[1900:2400].sum()
    assert -20 < 10 * np.log10(around) < -6
    assert power[slap - 1500 : slap - 400].sum() < 0.01 * power[slap - 40 : slap + 300].sum()


def decay_s(answer: NDArray[np.float64], low_hz: float, high_hz: float, rate_hz: int) -> float:
    """RT60 from the slope between -5 and -25 dB of Schroeder's integral."""
    band = signal.sosfiltfilt(signal.butter(3, [low_hz, high_hz], "bandpass", fs=rate_hz, output="sos"), answer)
    left = np.cumsum(np.square(band)[:, ::-1].sum(axis=0))[::-1]
    level = 10 * np.log10(left / left[0] + 1e-30)
    at = [int(np.argmax(level < under)) for under in (-5, -25)]
    return 3 * (at[1] - at[0]) / rate_hz


@pytest.mark.parametrize("name", ["room", "hall", "church", "cave", "tunnel"])
def test_rooms_die_away_in_their_time(name: str) -> None:
    room, answer = rooms()[name], response(name, 48_000)
    assert decay_s(answer, 707, 1414, 48_000) == pytest.approx(room.rt60_s, rel=0.15)
    assert decay_s(answer, 5657, 11_314, 48_000) == pytest.approx(room.rt60_s * room.high, rel=0.2)


@pytest.mark.parametrize("name", rooms())
def test_answers_come_late_and_have_two_ears(name: str) -> None:
    answer = response(name, 48_000)
    assert answer.shape == (2, round(tail_s(name) * 48_000))
    first = round(rooms()[name].first_ms * 48)
    assert not answer[:, : first - 1].any() and answer[:, first : first + 480].any()
    assert abs(np.corrcoef(answer)[0, 1]) < 0.5
    assert decay(name, 48_000, 4800).sum() == pytest.approx(1)
    energy = np.square(answer).cumsum(axis=1)
    assert (energy[:, answer.shape[1] // 2] > 0.95 * energy[:, -1]).all()


def scene(reverb: str, pause_ms: int = 0) -> tuple[Drama, list[str]]:
    drama = Drama()
    lines = [drama.say(1.5, "anna", pause_ms=pause_ms), drama.say(1.0, "anna"), drama.say(1.0)]
    drama.scenes = [Scene.model_validate({"id": "one", "line": lines[0], "reverb": reverb})]
    return drama, lines


def talked(drama: Drama, lines: list[str], *, dry: bool) -> Audio:
    project = drama.laid_out()
    assert project.duration_s is not None
    talking = Talking(placed_lines(project, None, dry=dry), dict.fromkeys(lines, 0.0), drama.speech_of, 48_000)
    count = round(project.duration_s * 48_000)
    return np.concatenate([talking.block(start) for start in range(0, count, BLOCK)], axis=1)


@pytest.mark.parametrize("pause_ms", [0, 5000])
@pytest.mark.parametrize("name", ["room", "cave"])
def test_the_answer_is_that_of_the_whole_line_whether_it_ends_between_or_not(name: str, pause_ms: int) -> None:
    """Also when the room falls silent and is woken again; the narrator is not answered at all."""
    drama, lines = scene(name, pause_ms)
    dry = talked(drama, lines, dry=True)
    wet = talked(drama, lines, dry=False) - dry
    narrated = round((drama.laid_out().lines[2].start_s or 0) * 48_000)
    sent = dry.astype(np.float64)
    sent[:, narrated:] = 0
    expected = signal.fftconvolve(sent, response(name, 48_000), axes=1)[:, : dry.shape[1]]
    expected *= 10 ** (rooms()[name].wet_db / 20)
    assert np.abs(wet - expected).max() < 1e-4 * np.abs(expected).max()


@pytest.mark.parametrize("name", ["room", "hall", "church", "cave", "tunnel", "street", "forest", "outdoors"])
def test_answers_stay_under_the_voice(name: str) -> None:
    drama, lines = scene(name)
    dry = talked(drama, lines, dry=True)
    wet = talked(drama, lines, dry=False) - dry
    loud, soft = (measure(sound[:, :72_000], 48_000).loudness_lufs for sound in (dry, wet))
    assert loud is not None and soft is not None
    assert loud - soft == pytest.approx(-rooms()[name].wet_db, abs=1.5)


def test_thoughts_are_heard_as_thoughts_unless_somebody_said_otherwise() -> None:
    drama = Drama()
    drama.say(1.0, "anna", kind="thought")
    drama.say(1.0, "anna", kind="thought", effect="none")
    drama.say(1.0, "anna", effect="radio")
    drama.say(1.0, kind="thought")
    placed = placed_lines(drama.laid_out(), None)
    assert [each.effect for each in placed] == ["thought", "none", "radio", "thought"]
    assert [each.room for each in placed] == ["thought", "", "", "thought"]
