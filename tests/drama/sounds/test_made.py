"""What is made sounds plausible, as far as numbers can tell: spectra, decays, paces, partials, places."""

import inspect
from importlib import import_module
from itertools import pairwise

import numpy as np
import pytest

from engine.drama.sounds.listing import built_in, made
from engine.drama.sounds.made.studio import Studio, band

RATE_HZ = 24_000
EDGES = (0, 60, 125, 250, 500, 1000, 2000, 4000, 8000, RATE_HZ / 2)


def sound(
    name: str, wanted_s: float | None = None, seed: int = 1, rate_hz: int = RATE_HZ, **parameters: float
) -> np.ndarray:
    """Straight from the synthesiser, [2, samples]; an ambience is 10 s long."""
    row = made()[name]
    function = getattr(
        import_module(f"engine.drama.sounds.made.{row['module']}"), row.get("function", name).replace("-", "_")
    )
    usual = {each: float(middle) for each, (_, middle, _) in row.get("parameters", {}).items()}
    if wanted_s is None and built_in()[f"made:{name}"].kind == "ambience":
        wanted_s = 10.0
    made_sound: np.ndarray = function(Studio(rate_hz, np.random.default_rng(seed), wanted_s), **usual | parameters)
    return made_sound


def power(audio: np.ndarray, size: int = 8192) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies and the mean power at each, of both sides together."""
    mono = np.pad(audio.mean(axis=0), (0, size))
    window = np.hanning(size)
    frames = [np.abs(np.fft.rfft(window * mono[at : at + size])) ** 2 for at in range(0, len(mono) - size, size // 2)]
    return np.fft.rfftfreq(size, 1 / RATE_HZ), np.mean(frames, axis=0)


def share(audio: np.ndarray, low_hz: float, high_hz: float) -> float:
    hz, found = power(audio)
    return float(found[(hz >= low_hz) & (hz < high_hz)].sum() / found.sum())


def centroid_hz(audio: np.ndarray) -> float:
    hz, found = power(audio)
    return float((hz * found).sum() / found.sum())


def envelope(audio: np.ndarray, step_s: float = 0.01) -> np.ndarray:
    step = round(step_s * RATE_HZ)
    mono = np.abs(audio).max(axis=0)
    return mono[: len(mono) // step * step].reshape(-1, step).max(axis=1)


def crest_db(audio: np.ndarray) -> float:
    return float(20 * np.log10(np.abs(audio).max() / np.sqrt(np.mean(audio**2))))


def onsets_s(audio: np.ndarray, apart_s: float, floor: float = 0.25) -> np.ndarray:
    """Moments of peaks above a share of the highest, at least so far apart."""
    found, times = envelope(audio, 0.005), []
    order = np.argsort(found)[::-1]
    for at in order[found[order] > floor * found.max()]:
        if all(abs(at * 0.005 - other) >= apart_s for other in times):
            times.append(at * 0.005)
    return np.sort(times)


def decay_s(audio: np.ndarray, by_db: float = 20) -> float:
    """From the loudest moment until the level stays so far below it."""
    found = envelope(audio, 0.02)
    return float((np.flatnonzero(found > found.max() * 10 ** (-by_db / 20))[-1] - found.argmax()) * 0.02)


def test_every_synthesiser_takes_the_parameters_of_its_row_and_no_others() -> None:
    for name, row in made().items():
        module = import_module(f"engine.drama.sounds.made.{row['module']}")
        function = getattr(module, row.get("function", name).replace("-", "_"))
        _, *parameters = inspect.signature(function).parameters
        assert parameters == list(row.get("parameters", {})), name


@pytest.mark.parametrize("name", made())
def test_every_parameter_at_both_ends_makes_sound(name: str) -> None:
    ends = made()[name].get("parameters", {})
    wanted_s = 1.0 if built_in()[f"made:{name}"].kind == "ambience" else None
    for end in (0, 2):
        few = {each: values[end] for each, values in ends.items()}
        for each in ("count", "strokes", "rings", "calls", "barks", "grunts", "quacks"):  # some are enough
            few |= {each: min(few[each], 3)} if each in few else {}
        audio = sound(name, wanted_s, rate_hz=12_000, **few)
        assert np.isfinite(audio).all() and np.abs(audio).max() > 1e-3, (name, few)


def test_rain_is_broad_and_made_of_many_drops_and_more_of_it_is_denser() -> None:
    light, heavy = sound("rain", intensity=0.1), sound("rain", intensity=1.0)
    assert 2500 < centroid_hz(heavy) < 6000
    assert share(heavy, 1000, 12_000) > 0.75
    assert crest_db(light) > crest_db(heavy), "single drops stand out of light rain"
    assert len(onsets_s(light, 0.02, 0.1)) > 60
    assert np.sqrt(np.mean(heavy**2)) > 2 * np.sqrt(np.mean(light**2))
    assert share(sound("rain-on-roof"), 200, 1000) > 2 * share(sound("rain"), 200, 1000)


def test_wind_is_dark_and_comes_in_gusts() -> None:
    audio = sound("wind", 12.0)
    assert share(audio, 60, 1000) > 0.85
    slow = np.convolve(envelope(audio, 0.05), np.ones(10) / 10, "valid")
    assert slow.max() > 2.5 * slow.min()
    shrill = sound("wind", 12.0, whistle=1.0)
    assert share(shrill, 350, 1500) > share(sound("wind", 12.0, whistle=0.0), 350, 1500)


def test_a_storm_has_rain_above_and_thunder_below() -> None:
    audio = sound("storm", 12.0)
    assert share(audio, 2000, 8000) > 0.05
    assert share(audio, 0, 200) > 0.25


def test_thunder_rolls_for_seconds_below_200_hz_and_near_it_cracks() -> None:
    far, near = sound("thunder", distance=0.8, duration=8), sound("thunder", distance=0.0, duration=8)
    assert share(far, 0, 200) > 0.85
    assert 2 < decay_s(far) < 8
    assert centroid_hz(near) > 2 * centroid_hz(far)
    assert share(near, 1000, 8000) > 0.02 > share(far, 1000, 8000)


def test_the_sea_comes_in_waves_of_the_period_asked_for() -> None:
    audio = sound("sea", 45.0, wave_s=9.0)
    level = np.convolve(envelope(audio, 0.1), np.ones(15) / 15, "valid")
    spectrum = np.abs(np.fft.rfft(level - level.mean()))
    period_s = 0.1 * len(level) / (1 + spectrum[1:20].argmax())
    assert 7 < period_s < 12
    assert 600 < centroid_hz(audio) < 3000


def test_a_stream_is_full_of_bubbles_and_steady() -> None:
    audio = sound("stream")
    slow = np.convolve(envelope(audio, 0.05) ** 2, np.ones(20) / 20, "valid")
    assert slow.max() < 4 * slow.min()
    assert share(audio, 500, 4000) > 0.7


def test_fire_crackles() -> None:
    quiet, wild = sound("fire", crackle=0.0), sound("fire", crackle=3.0)
    assert crest_db(wild) > 20
    assert share(wild, 2000, 16_000) > 2 * share(quiet, 2000, 16_000)


def test_a_cave_drips_and_answers() -> None:
    audio = sound("cave", 20.0, drips_per_min=24.0, draught=0.0)
    found = onsets_s(audio, 0.5, 0.15)
    assert 4 <= len(found) <= 9


def test_crickets_sing_between_3_5_and_7_khz_in_chirps() -> None:
    audio = sound("crickets", count=1.0, trill=0.0)
    assert share(audio, 3500, 7000) > 0.8
    assert len(onsets_s(audio, 0.2, 0.3)) > 8


@pytest.mark.parametrize(
    "name", ["steps-wood", "steps-stone", "steps-gravel", "steps-grass", "steps-snow", "steps-water"]
)
def test_steps_keep_their_pace_and_number(name: str) -> None:
    audio = sound(name, pace_per_min=80.0, count=6.0)
    found = envelope(audio, 0.02)
    smooth = np.convolve(found, np.hanning(13), "same")
    tops = [
        at
        for at in range(1, len(smooth) - 1)
        if smooth[at - 1] < smooth[at] >= smooth[at + 1] and smooth[at] > 0.3 * smooth.max()
    ]
    merged = [tops[0]]
    merged += [at for before, at in pairwise(tops) if (at - before) * 0.02 > 0.4]
    assert len(merged) == 6
    assert np.median(np.diff(merged)) * 0.02 == pytest.approx(0.75, abs=0.08)
    assert 7 < len(onsets_s(sound(name, 10.0, pace_per_min=60.0), 0.55, 0.2)) < 12


def test_grounds_are_told_apart_by_their_brightness() -> None:
    bright = {
        name: centroid_hz(sound(f"steps-{name}")) for name in ("wood", "stone", "gravel", "grass", "snow", "water")
    }
    assert bright["wood"] < 600 < bright["water"] < bright["gravel"]
    assert bright["snow"] < bright["gravel"] and bright["stone"] > 1500


def test_a_heart_beats_twice_at_its_pace() -> None:
    audio = sound("heartbeat", beats_per_min=60.0, count=5.0)
    found = onsets_s(audio, 0.2, 0.3)
    assert len(found) == 10
    gaps = np.diff(found)
    assert np.all((gaps[::2] > 0.25) & (gaps[::2] < 0.42)), "lub to dub"
    assert np.all(gaps[1::2] > 0.55), "dub to lub"
    assert found[2::2] - found[:-2:2] == pytest.approx(1.0, abs=0.06)
    assert share(audio, 0, 250) > 0.95


def tops_hz(audio: np.ndarray, count: int) -> list[float]:
    hz, found = power(audio, 32_768)
    tops = [n for n in range(2, len(found) - 2) if found[n] == found[n - 2 : n + 3].max()]
    return sorted(float(hz[n]) for n in sorted(tops, key=lambda n: -found[n])[:count])


def test_a_church_bell_has_hum_prime_tierce_quint_and_nominal() -> None:
    found = tops_hz(sound("church-bell", pitch_hz=240.0, strokes=1.0), 14)
    for ratio in (0.5, 1, 1.183, 1.506, 2):
        assert min(abs(hz / (240 * ratio) - 1) for hz in found) < 0.01, ratio
    assert decay_s(sound("church-bell", strokes=1.0)) > 2
    assert decay_s(sound("bell", strokes=1.0)) < 2


def test_the_hour_is_struck_as_often_as_asked() -> None:
    for count in (1, 4, 12):
        assert len(onsets_s(sound("clock-strike", count=float(count)), 1.3, 0.55)) == count
    assert len(onsets_s(sound("knock", count=5.0, pace_per_s=3.0), 0.2, 0.4)) == 5
    assert len(onsets_s(sound("gunshot", shots=3.0, distance=0.0), 0.4, 0.4)) == 3


def test_a_clock_ticks_at_its_pace() -> None:
    found = onsets_s(sound("clock", ticks_per_min=120.0), 0.3, 0.4)
    assert len(found) in (19, 20, 21)
    assert np.diff(found) == pytest.approx(0.5, abs=0.04)


def test_a_telephone_rings_in_pairs() -> None:
    audio = sound("telephone", rings=2.0)
    loud = np.convolve(envelope(audio, 0.02), np.ones(3) / 3, "same") > 0.45 * envelope(audio, 0.02).max()
    assert share(audio, 1000, 4000) > 0.9
    assert loud.mean() < 0.6


def test_glass_is_bright_and_its_pieces_fall_after_it_broke() -> None:
    audio = sound("glass")
    assert centroid_hz(audio) > 3500
    found = envelope(audio, 0.02)
    assert found.argmax() * 0.02 < 0.2
    assert found[20:45].max() > 0.05 * found.max()


def test_shots_and_blasts_are_sudden_and_darker_from_afar() -> None:
    for name in ("gunshot", "explosion", "whip", "door-slam", "blow"):
        found = envelope(sound(name), 0.002)
        peak = int(found.argmax())
        assert found[max(0, peak - 15) : peak].min(initial=1) < 0.4 * found[peak], name
    for name in ("gunshot", "explosion"):
        assert centroid_hz(sound(name, distance=0.0)) > 1.5 * centroid_hz(sound(name, distance=1.0))


def test_animals_have_the_pitch_of_their_kind() -> None:
    for name, low_hz, high_hz in (
        ("owl", 250, 500),
        ("wolf", 250, 700),
        ("crow", 800, 2600),
        ("cat", 500, 2600),
        ("dog", 300, 2000),
        ("cow", 120, 1300),
        ("sheep", 200, 2000),
        ("pig", 150, 1400),
        ("duck", 900, 3500),
        ("frog", 700, 3000),
        ("neigh", 500, 3000),
    ):
        assert share(sound(name), low_hz, high_hz) > 0.6, name
    assert centroid_hz(sound("dog", size=1.0)) < centroid_hz(sound("dog", size=0.0))
    assert len(onsets_s(sound("dog", barks=4.0), 0.25, 0.3)) == 4


def test_people_murmur_at_the_pace_of_syllables() -> None:
    for name in ("crowd", "cafe", "market"):
        audio = sound(name)
        assert share(audio, 125, 4000) > 0.75, name
        level = envelope(audio, 0.02)
        spectrum = np.abs(np.fft.rfft(level - level.mean()))
        hz = np.fft.rfftfreq(len(level), 0.02)
        assert spectrum[(hz > 1) & (hz < 9)].mean() > spectrum[hz > 14].mean(), name


def test_applause_swells_and_is_denser_with_more_hands() -> None:
    few, many = sound("applause", people=3.0, duration=6.0), sound("applause", people=150.0, duration=6.0)
    assert crest_db(few) > crest_db(many) + 4
    assert share(many, 500, 6000) > 0.75


def test_a_train_clacks_over_joints_and_an_engine_turns() -> None:
    for speed in (30.0, 90.0):
        found = envelope(sound("train", speed_km_h=speed), 0.01)
        found -= found.mean()
        joint = round(1000 / round(10 * speed / 3.6 / 12.5))
        alike = [float(np.sum(found * np.roll(found, lag))) for lag in (joint, round(0.8 * joint), round(1.2 * joint))]
        assert alike[0] > 1.15 * max(alike[1:]), speed
    idle, racing = sound("engine", revs_per_min=600.0), sound("engine", revs_per_min=2400.0)
    for audio, stroke_hz in ((idle, 20), (racing, 80)):
        found = envelope(audio, 0.002)
        hz = np.fft.rfftfreq(len(found), 0.002)
        spectrum = np.abs(np.fft.rfft(found - found.mean()))
        strongest = hz[(hz > 4)][spectrum[hz > 4].argmax()]
        assert min(abs(strongest - n * stroke_hz / 4) for n in (1, 2, 4, 8)) < 1.5


def test_a_car_goes_from_one_side_to_the_other() -> None:
    audio = sound("car")
    third = audio.shape[1] // 3
    left, right = np.sqrt(np.mean(audio[:, :third] ** 2, axis=1)), np.sqrt(np.mean(audio[:, -third:] ** 2, axis=1))
    assert (left[0] / left[1] > 1.5) == (right[1] / right[0] > 1.5)
    assert 0.3 < envelope(audio).argmax() * 0.01 / 6 < 0.7


def test_a_siren_wails_an_octave_and_more() -> None:
    audio = sound("siren", wail_s=4.0).mean(axis=0)
    pitch = []
    for at in range(0, len(audio) - 4096, 4096):
        spectrum = np.abs(np.fft.rfft(np.hanning(4096) * audio[at : at + 4096], 16_384))
        pitch.append(np.fft.rfftfreq(16_384, 1 / RATE_HZ)[spectrum[: 16_384 // 20].argmax()])
    assert max(pitch) > 1.9 * min(pitch)


def test_rooms_are_quiet_air_and_a_church_is_long() -> None:
    assert share(sound("room"), 0, 500) > 0.85
    audio = sound("church", steps_per_min=30.0)
    assert share(audio, 0, 4000) > 0.95


def test_noise_has_the_slope_that_is_asked_for() -> None:
    canvas = Studio(RATE_HZ, np.random.default_rng(2)).canvas(10.0)
    for slope in (0.0, 1.0, 2.0):
        hz, found = power(canvas.noise(band(100, 8000, slope), width=0.0))
        octave = [found[(hz > low) & (hz < 2 * low)].mean() for low in (300, 600, 1200, 2400)]
        falls = np.diff(10 * np.log10(octave))
        assert falls == pytest.approx(-3.01 * slope, abs=0.6)


def test_what_lies_on_a_canvas_wraps_around_its_end() -> None:
    canvas = Studio(RATE_HZ, np.random.default_rng(2)).canvas(1.0)
    grain = np.arange(1.0, 6.0)
    canvas.place(grain, (canvas.samples - 2) / RATE_HZ, pan=-1.0)
    assert canvas.audio[0, -2:] == pytest.approx([1, 2])
    assert canvas.audio[0, :3] == pytest.approx([3, 4, 5])
    assert np.abs(canvas.audio[1]).max() < 1e-6
