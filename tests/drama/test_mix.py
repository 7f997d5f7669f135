"""The mix, listened to: what is how loud against what, when it steps back, and that nothing is added or lost."""

import itertools
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest

from engine.audio.block import Audio
from engine.audio.effects import holes
from engine.audio.loudness import loudest_lufs, measure
from engine.drama.mix.ducking import Duck, Ducker
from engine.drama.mix.levels import CLEAR_DB, DUCKS, EFFECT_DB, VOICE_LUFS
from engine.drama.mix.mixture import STEMS, Mixture, mixed
from engine.drama.mix.timeline import LineLength, lay_out
from engine.drama.project import Character, Clip, Levels, Line, Project, Scene
from engine.drama.voices.speech import Speech
from engine.errors import AppError, Code
from tests.drama.mixing import VOICE_HZ, Drama, noise, voice

RATE_HZ = 48_000
LOW_HZ = 16_000
"""Of mixes of which only levels count: a third of the work."""


def talk(drama: Drama, lines: int = 12, seconds: float = 3.0) -> list[str]:
    """Several speakers in turn, of different levels."""
    speakers = ["narrator", "anna", "boris"]
    return [
        drama.say(seconds + n % 3, speakers[n % 3], [0.15, 0.3, 0.5][n * 7 % 3], "turn" if n % 2 else "sentence")
        for n in range(lines)
    ]


def mix_of(drama: Drama, project: Project | None = None, **how: object) -> Mixture:
    laid_out = project or drama.laid_out(voices_only=how.get("target") == "acx")
    return mixed(laid_out, drama.speech_of, drama.sound_of, rate_hz=drama.rate_hz, **how)  # type: ignore[arg-type]


def heard(mixture: Mixture) -> tuple[Audio, dict[str, Audio]]:
    blocks = list(mixture)
    whole = {name: np.concatenate([block.stems[name] for block in blocks], axis=1) for name in STEMS}
    return np.concatenate([block.mix for block in blocks], axis=1), whole


def level_db(sound: Audio) -> float:
    return float(10 * np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-30))


def full(rate_hz: int = RATE_HZ) -> Drama:
    """Everything at once: scenes with answers, ambience, effects, music, voice effects."""
    drama = Drama(rate_hz)
    lines = talk(drama, 9, 2.0)
    drama.characters[1] = drama.characters[1].model_copy(update={"pan": -0.5})
    drama.lines[4] = drama.lines[4].model_copy(update={"effect": "telephone"})
    drama.scenes = [Scene(id="one", line=lines[0], reverb="room"), Scene(id="two", line=lines[5], reverb="cave")]
    drama.sound("ambience", lines[0], lines[4], level=0.2)
    drama.sound("ambience", lines[5], lines[8], level=0.02, pan=0.4)
    drama.sound("effects", lines[2], seconds=0.7, level=0.3, pan=-0.8)
    drama.sound("effects", lines[6], seconds=1.3, level=0.3, confidence=0.5)
    drama.sound("music", lines[3], lines[5], level=0.1)
    return drama


def test_stems_are_as_long_as_the_mix_and_add_up_to_it_to_the_last_bit() -> None:
    drama = full()
    mixture = mix_of(drama, drama.laid_out(), target="r128")
    mix, stems = heard(mixture)
    assert mixture.report.limited_db == 0
    total = stems["dialogue"]
    for name in STEMS[1:]:
        total = total + stems[name]
        assert stems[name].any() and stems[name].shape == mix.shape
    assert np.array_equal(total, mix)
    assert mix.shape == (2, mixture.samples) and np.isfinite(mix).all()


def test_only_peaks_differ_where_the_limiter_works_and_stems_stay_in_step() -> None:
    drama = full()
    project = drama.laid_out().model_copy(update={"levels": Levels(effects_db=12)})
    mixture = mix_of(drama, project)
    mix, stems = heard(mixture)
    total = np.sum([stems[name] for name in STEMS], axis=0)
    lag = np.correlate(mix[0, 96_000:144_000], total[0, 96_064:143_936])
    assert int(lag.argmax()) == 64
    assert mixture.report.limited_db < 0
    true_peak = measure(mix, RATE_HZ).true_peak_dbtp
    assert true_peak is not None and true_peak <= -1


def test_a_second_time_it_is_the_same_and_the_cut_of_sounds_does_not_matter() -> None:
    drama = full(LOW_HZ)
    mixture = mix_of(drama)
    first, again = heard(mixture)[0], heard(mixture)[0]

    def crumbs(clip: Clip, seconds: float | None) -> Iterator[Audio]:
        whole = np.concatenate(list(drama.sound_of(clip, seconds)), axis=1)
        places = np.cumsum(np.random.default_rng(3).integers(0, 900, 4000))
        yield from (part for part in np.split(whole, places[places < whole.shape[1]], axis=1))

    other = mixed(drama.laid_out(), drama.speech_of, crumbs, rate_hz=LOW_HZ)
    assert np.array_equal(first, again) and np.array_equal(first, heard(other)[0])


@pytest.mark.parametrize(("target", "lufs"), [("streaming", -18.0), ("r128", -23.0)])
def test_the_whole_is_as_loud_as_was_asked_for(target: str, lufs: float) -> None:
    drama = full()
    mixture = mix_of(drama, target=target)
    found = measure(heard(mixture)[0], RATE_HZ)
    assert found.loudness_lufs == pytest.approx(lufs, abs=0.3)
    assert mixture.report.loudness_lufs == pytest.approx(found.loudness_lufs, abs=0.02)
    assert mixture.report.true_peak_dbtp == pytest.approx(found.true_peak_dbtp, abs=0.1)
    assert found.true_peak_dbtp is not None and found.true_peak_dbtp <= -1


def test_all_lines_of_a_speaker_are_equally_loud() -> None:
    """Measured by libebur128 on the dialogue stem, line by line, whatever the engine's level was."""
    drama = Drama(LOW_HZ)
    for n in range(12):
        drama.say(2.5, ["anna", "boris"][n % 2], float(np.random.default_rng(n).uniform(0.1, 0.9)), "paragraph")
    drama.characters[1] = drama.characters[1].model_copy(update={"pan": 0.7})
    project = drama.laid_out()
    mixture = mix_of(drama, project)
    stem = heard(mixture)[1]["dialogue"]
    for who in ("anna", "boris"):
        spans = [(line.start_s, line.end_s) for line in project.lines if line.speaker == who]
        pieces = [stem[:, round(a * LOW_HZ) : round(b * LOW_HZ)] for a, b in spans if a is not None and b is not None]
        found = [measure(piece, LOW_HZ).loudness_lufs for piece in pieces]
        assert max(found) - min(found) < 1 and mixture.report.spread_lu[who] < 1  # type: ignore[type-var]


def test_gains_of_line_character_and_emotion_come_on_top() -> None:
    class Loud:
        gain_db, pause = 4.0, 1.0

    drama = Drama(LOW_HZ)
    drama.say(3, "anna")
    drama.say(3, "anna", gain_db=-6)
    drama.say(3, "boris")
    drama.characters[2] = drama.characters[2].model_copy(update={"gain_db": -3})
    drama.lines[0] = drama.lines[0].model_copy(update={"emotion": "shouting"})

    def manner(emotion: str) -> Loud:
        loud = Loud()
        loud.gain_db = 4.0 if emotion == "shouting" else 0.0
        return loud

    project = drama.laid_out()
    balance = mix_of(drama, project, manner=manner).balance
    stem = heard(mix_of(drama, project, manner=manner))[1]["dialogue"]
    levels = [
        level_db(stem[:, round((line.start_s or 0) * LOW_HZ) : round((line.end_s or 0) * LOW_HZ)])
        for line in project.lines
    ]
    assert levels[0] - levels[1] == pytest.approx(10, abs=0.5) and levels[0] - levels[2] == pytest.approx(7, abs=0.5)
    assert balance.line_db.keys() == drama.speech.keys()


def test_a_line_of_a_word_gets_its_speakers_mean_gain_and_one_of_two_its_own() -> None:
    drama = Drama(LOW_HZ)
    drama.say(4, "anna", 0.1)
    drama.say(0.3, "anna", 0.1)
    drama.say(4, "boris", 0.8)
    drama.say(0.7, "anna", 0.2)
    mixture = mix_of(drama)
    gains = mixture.balance.line_db
    assert gains["line1"] == pytest.approx((4 * gains["line0"] + 0.7 * gains["line3"]) / 4.7)
    assert gains["line0"] - gains["line2"] > 10
    assert 4 < gains["line0"] - gains["line3"] < 8
    heard(mixture)
    assert mixture.report.spread_lu["anna"] < 1


@pytest.mark.parametrize("level", [1.0, 0.03, 0.001])
def test_voices_stand_twelve_db_over_any_ambience(level: float) -> None:
    """Rain at 0 dB, at a usual level, and one that has to be lifted: measured on the stems, by libebur128."""
    drama = Drama(LOW_HZ)
    lines = talk(drama)
    drama.sound("ambience", lines[0], lines[-1], level=level)
    project = drama.laid_out()
    mixture = mix_of(drama, project)
    stems = heard(mixture)[1]
    distances = []
    for line in project.lines:
        assert line.start_s is not None and line.end_s is not None
        place = slice(round(line.start_s * LOW_HZ), round(line.end_s * LOW_HZ))
        voices = measure(stems["dialogue"][:, place], LOW_HZ).loudness_lufs
        rain = measure(stems["ambience"][:, place], LOW_HZ).loudness_lufs
        assert voices is not None and rain is not None
        distances.append(voices - rain)
    assert min(distances) >= 12 and np.median(distances) < 20
    report = mixture.report
    assert report.distance_low_db is not None and report.distance_median_db is not None
    assert 12 <= report.distance_low_db <= report.distance_median_db < 18


def test_beds_that_are_heard_together_are_clear_together() -> None:
    drama = Drama(LOW_HZ)
    lines = talk(drama)
    for level in (0.5, 0.05, 0.005):
        drama.sound("ambience", lines[0], lines[-1], level=level)
    drama.sound("music", lines[2], lines[6], level=0.3)
    mixture = mix_of(drama)
    heard(mixture)
    assert mixture.report.distance_low_db is not None and mixture.report.distance_low_db >= 12


@pytest.mark.parametrize(("beds", "level"), [(2, 0.1), (3, 1.0)])
def test_a_bed_that_is_laid_twice_over_itself_is_clear_as_it_sounds(beds: int, level: float) -> None:
    """Amplitudes of what goes in step add up, so that two are 6 dB more and not 3."""
    drama = Drama(LOW_HZ)
    lines = talk(drama, 6)
    for _ in range(beds):
        name = drama.sound("ambience", lines[0], lines[-1])
        drama.sounds[name] = lambda wanted: noise(wanted, level, LOW_HZ, 1)
    mixture = mix_of(drama)
    heard(mixture)
    report = mixture.report
    assert report.distance_low_db is not None and 12 <= report.distance_low_db < 14
    assert report.loudness_lufs == pytest.approx(-18, abs=0.3)
    assert len({round(gain, 3) for gain in mixture.balance.clip_db.values()}) == 1


def test_beds_of_one_kind_that_go_their_own_ways_are_as_loud_as_they_may_be() -> None:
    drama = Drama(LOW_HZ)
    lines = talk(drama, 6)
    for _ in range(2):
        drama.sound("ambience", lines[0], lines[-1], level=0.2)
    mixture = mix_of(drama)
    heard(mixture)
    assert mixture.report.distance_low_db is not None and 12 <= mixture.report.distance_low_db < 13.5


@pytest.mark.parametrize("end_s", [-0.2, 0.5])
def test_music_in_a_pause_is_not_turned_up_because_it_fades_under_the_next_word(end_s: float) -> None:
    drama = Drama(LOW_HZ)
    first = drama.say(3, pause_ms=12_000)
    second = drama.say(3)
    drama.sound("music", first, level=0.02, start={"line": first, "edge": "end", "offset_s": 1}, end={
        "line": second, "offset_s": end_s,
    })  # fmt: skip
    mixture = mix_of(drama)
    music = heard(mixture)[1]["music"]
    loudness = measure(music, LOW_HZ).loudness_lufs
    assert loudness is not None
    assert loudness - mixture.balance.master_db == pytest.approx(VOICE_LUFS - CLEAR_DB + DUCKS["music"].depth_db, abs=1)


def test_users_levels_come_on_top_of_what_was_measured() -> None:
    drama = Drama(LOW_HZ)
    lines = talk(drama)
    drama.sound("ambience", lines[0], lines[-1])
    plain = mix_of(drama)
    drama.clips[0] = drama.clips[0].model_copy(update={"gain_db": 2.0})
    project = drama.laid_out().model_copy(update={"levels": Levels(ambience_db=3.0)})
    louder = mix_of(drama, project)
    quiet_rain, loud_rain = (level_db(heard(mixture)[1]["ambience"]) for mixture in (plain, louder))
    masters = louder.balance.master_db - plain.balance.master_db
    assert loud_rain - quiet_rain - masters == pytest.approx(5, abs=0.01)


def curve_db(stem: Audio, rate_hz: int) -> np.ndarray:
    """Level of every hundredth of a second."""
    step = rate_hz // 100
    power = np.square(stem[:, : stem.shape[1] // step * step]).reshape(2, -1, step).mean(axis=(0, 2))
    return np.asarray(10 * np.log10(power + 1e-30))


def test_ambience_sinks_before_a_line_and_comes_back_after_it() -> None:
    """On a bed of one level: down by 100 ms before the line, down until 300 ms after it, back after 900."""
    drama = Drama()
    first = drama.say(3, pause_ms=4000)
    second = drama.say(3)
    drama.sound("ambience", first, second)
    drama.sounds["clip0"] = lambda seconds: np.full((2, round(seconds * RATE_HZ)), 0.1, np.float32)
    project = drama.laid_out()
    curve = curve_db(heard(mix_of(drama, project))[1]["ambience"], RATE_HZ)
    ends, begins = project.lines[0].end_s, project.lines[1].start_s
    assert ends is not None and begins is not None
    depth = DUCKS["ambience"].depth_db
    top = curve[round((ends + begins) / 2 * 100)]

    def at(time_s: float) -> float:
        return float(curve[round(time_s * 100)] - top)

    assert at(ends - 1) == at(ends + 0.28) == pytest.approx(-depth, abs=0.05)
    assert at(ends + 0.6) == pytest.approx(-depth / 2, abs=0.3)
    assert at(ends + 0.92) == pytest.approx(0, abs=0.05)
    assert at(begins - 0.17) == pytest.approx(0, abs=0.05)
    assert at(begins - 0.09) == at(begins + 1) == pytest.approx(-depth, abs=0.05)


@pytest.mark.parametrize("pause_s", [0.25, 0.85, 1.0])
def test_the_bed_stays_down_in_a_pause_too_short_to_come_back_in(pause_s: float) -> None:
    ducker = Ducker([(0.0, 1.0), (1 + pause_s, 4.0)], Duck(6.0))
    assert (ducker.reduction_db(np.linspace(1.0, 1 + pause_s, 50)) == -6).all()
    assert ducker.gains(0, 64, 1000) is not None and ducker.gains(640_000, 64, 1000) is None


def test_what_the_script_demands_does_not_step_back() -> None:
    drama = Drama(LOW_HZ)
    line = drama.say(4)
    demanded = drama.sound("effects", line, seconds=3.0)
    guessed = drama.sound("effects", line, seconds=3.0, confidence=0.6)
    stems = {}
    for name in (demanded, guessed):
        project = drama.laid_out()
        only = project.model_copy(update={"clips": [clip for clip in project.clips if clip.id == name]})
        mixture = mix_of(drama, only)
        stems[name] = level_db(heard(mixture)[1]["effects"]) - mixture.balance.master_db
    assert stems[demanded] - stems[guessed] == pytest.approx(DUCKS["effects"].depth_db, abs=0.2)


@pytest.mark.parametrize(("level", "over_db"), [(0.02, None), (0.5, 4.0)])
def test_effects_keep_their_own_levels_unless_they_would_drown_the_voice(level: float, over_db: float | None) -> None:
    drama = Drama(LOW_HZ)
    line = drama.say(4)
    name = drama.sound("effects", line, seconds=2.0, level=level)
    mixture = mix_of(drama)
    effects = heard(mixture)[1]["effects"]
    top = loudest_lufs(effects, LOW_HZ)
    own = loudest_lufs(drama.sounds[name](2.0), LOW_HZ)
    assert top is not None and own is not None
    expected = own + EFFECT_DB if over_db is None else VOICE_LUFS + over_db
    assert top - mixture.balance.master_db == pytest.approx(expected, abs=0.3)


def test_the_voice_stands_exactly_where_its_line_does() -> None:
    drama = Drama()
    drama.say(1.0, pause_ms=777)
    drama.say(1.0)
    project = drama.laid_out()
    stem = heard(mix_of(drama, project))[1]["dialogue"]
    expected = np.repeat(voice(1.0, seed=2), 2, axis=1)[0]  # nearly: held instead of interpolated
    assert project.lines[1].start_s is not None
    start = round(project.lines[1].start_s * RATE_HZ)
    around = stem[0, start - 400 : start + 48_400]
    lag = int(np.correlate(around, expected).argmax()) - 400
    assert abs(lag) <= 8  # the high-pass at 70 Hz turns the lowest partials by a little
    between = stem[:, round(1.001 * RATE_HZ) : start]
    assert -75 < level_db(between) < -69 and between.any(axis=0).mean() > 0.99  # room tone, never digital silence


def test_characters_stand_where_they_were_placed_and_the_narrator_in_the_middle() -> None:
    drama = Drama(LOW_HZ)
    drama.characters = [Character(id="narrator", name="N", pan=0.9), Character(id="anna", name="A", pan=-0.6)]
    drama.say(3)
    drama.say(3, "anna")
    project = drama.laid_out()
    stem = heard(mix_of(drama, project))[1]["dialogue"]
    middle = round((project.lines[1].start_s or 0) * LOW_HZ)
    assert np.array_equal(stem[0, :middle], stem[1, :middle])
    assert level_db(stem[0, middle:]) - level_db(stem[1, middle:]) > 6
    assert level_db(stem[:, :middle]) == pytest.approx(level_db(stem[:, middle:]), abs=1)


def test_scenes_cross_over_without_a_hole_or_a_step() -> None:
    """Two scenes of one level: equal power keeps it, through the whole border."""
    drama = Drama(LOW_HZ)
    lines = [drama.say(0.5, ends="paragraph", pause_ms=6000) for _ in range(4)]
    drama.scenes = [Scene(id="one", line=lines[0]), Scene(id="two", line=lines[2])]
    drama.sound("ambience", lines[0], lines[1])
    drama.sound("ambience", lines[2], lines[3])
    for n in range(2):
        drama.sounds[f"clip{n}"] = lambda seconds, n=n: noise(seconds, 0.1, LOW_HZ, seed=40 + n)  # type: ignore[misc]
    project = drama.laid_out()
    stem = heard(mix_of(drama, project))[1]["ambience"]
    border = round(((project.lines[1].end_s or 0) + (project.lines[2].start_s or 0)) / 2 * LOW_HZ)
    parts = stem[:, border - LOW_HZ : border + LOW_HZ].reshape(2, 10, -1)
    levels = [level_db(parts[:, n]) for n in range(10)]
    assert max(levels) - min(levels) < 1 and not holes(stem[:, border - LOW_HZ : border + LOW_HZ])


def test_nothing_clicks_and_no_join_of_blocks_is_heard() -> None:
    """A steady tone as a bed, through ducks, fades and every border of blocks: no step is larger than its own slope."""
    drama = Drama()
    lines = talk(drama, 6)
    drama.sound("ambience", lines[0], lines[-1])
    times = np.arange(60 * RATE_HZ) / RATE_HZ
    tone = np.repeat(np.sin(2 * np.pi * 100 * times).astype(np.float32)[None], 2, axis=0)
    drama.sounds["clip0"] = lambda seconds: tone[:, : round(seconds * RATE_HZ)]
    bed = heard(mix_of(drama))[1]["ambience"]
    slope = np.abs(np.diff(bed[0])).max()
    assert slope <= 1.02 * np.abs(bed).max() * 2 * np.pi * 100 / RATE_HZ
    assert np.abs(np.diff(bed[0], 2)).max() < 0.02 * slope


def test_the_report_is_plain_json_and_knows_what_is_not_heard() -> None:
    drama = full(LOW_HZ)
    drama.clips.append(Clip.model_validate({
        "id": "lost", "lane": "ambience", "start": {"line": "line5"}, "end": {"line": "line1"},
    }))  # fmt: skip
    mixture = mix_of(drama)
    with pytest.raises(RuntimeError):
        _ = mixture.report
    heard(mixture)
    told = mixture.report.to_json()
    assert told["unheard"] == ["lost"] and told["acx"] == [] and told["target"] == "streaming"
    assert told["duck_db"] == {"ambience": -6.0, "effects": -3.0, "music": -9.0}
    assert set(told["spread_lu"]) == {"narrator", "anna", "boris"} and told["range_lu"] > 0


def test_time_that_is_told_adds_up_and_work_can_be_stopped() -> None:
    drama = full(LOW_HZ)
    told: list[float] = []
    project = drama.laid_out()
    heard(mix_of(drama, project, tick=told.append))
    assert project.duration_s is not None and min(told) >= 0
    assert sum(told) == pytest.approx(2 * project.duration_s, abs=0.01)

    for allowed in (0, 12):  # among the lines, and among the clips
        calls = 0

        def stop(seconds: float, allowed: int = allowed) -> None:
            nonlocal calls
            calls += 1
            if calls > allowed:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            _ = mix_of(drama, project, tick=stop).balance


@pytest.mark.parametrize(
    "broken", [np.zeros((1, 0)), np.full((1, 99), np.nan), np.full((1, 99), np.inf), np.zeros((2, 99)), np.zeros(99)]
)
def test_a_line_that_is_no_sound_is_named(broken: np.ndarray) -> None:
    drama = Drama(LOW_HZ)
    name = drama.say(1.0, text="the sorry line")
    project = drama.laid_out()
    drama.speech[name] = Speech(broken.astype(np.float32), VOICE_HZ)
    with pytest.raises(AppError) as caught:
        heard(mix_of(drama, project))
    assert caught.value.code is Code.INVALID_INPUT and "the sorry line" in str(caught.value)


@pytest.mark.parametrize("broken", [np.full((2, 99), np.nan), np.zeros((3, 99)), np.zeros(99)])
def test_a_sound_that_is_none_is_named(broken: np.ndarray) -> None:
    drama = Drama(LOW_HZ)
    drama.sound("effects", drama.say(1.0))
    drama.sounds["clip0"] = lambda seconds: broken.astype(np.float32)
    with pytest.raises(AppError) as caught:
        heard(mixed(drama.laid_out(), drama.speech_of, lambda clip, seconds: [broken], rate_hz=LOW_HZ))
    assert caught.value.code is Code.INVALID_INPUT and "clip0" in str(caught.value)


def test_silence_is_room_tone_and_no_more() -> None:
    drama = Drama(LOW_HZ)
    name = drama.say(2.0)
    drama.speech[name] = Speech(np.zeros((1, 48_000), np.float32), VOICE_HZ)
    drama.sound("ambience", name, name, level=0.0)
    drama.sound("effects", name, level=0.0)
    mixture = mix_of(drama)
    mix, _ = heard(mixture)
    assert -75 < level_db(mix) < -69 and np.abs(mix).max() < 0.002 and not mixture.report.spread_lu


def test_a_drama_without_lines_is_its_sounds_and_an_empty_one_is_nothing() -> None:
    assert list(mixed(lay_out(Project(), {}), Drama().speech_of, Drama().sound_of)) == []


def test_a_project_without_times_is_refused() -> None:
    drama = Drama()
    drama.say(1.0)
    with pytest.raises(ValueError, match="lay"):
        mixed(drama.project(), drama.speech_of, drama.sound_of)


def test_an_endless_sound_is_heard_only_while_it_is_wanted() -> None:
    """Ten hours are offered; what the timeline has room for is drawn, and no more."""
    drama = Drama(LOW_HZ)
    line = drama.say(2.0)
    drama.sound("ambience", line, line)
    drawn = 0

    def endless(clip: Clip, seconds: float | None) -> Iterator[Audio]:
        nonlocal drawn
        for _ in itertools.count():
            drawn += LOW_HZ
            yield noise(1.0, 0.1, LOW_HZ)

    project = drama.laid_out()
    mix, _ = heard(mixed(project, drama.speech_of, endless, rate_hz=LOW_HZ))
    assert project.duration_s is not None and mix.shape[1] == round(project.duration_s * LOW_HZ)
    assert drawn <= 2 * (project.duration_s + 5) * LOW_HZ


def peak_bytes(lines: int) -> int:
    """The most memory that the mix of a book of so many lines of 20 s takes."""
    drama = Drama(8000)
    said = Speech(voice(20.0, rate_hz=8000), 8000)
    for n in range(lines):
        drama.lines.append(Line(id=f"line{n}", start=0, end=0, text="x", speaker="narrator"))
    drama.sound("ambience", "line0", f"line{lines - 1}")
    project = lay_out(drama.project(), {line.id: LineLength(20.0) for line in drama.lines})
    rain = noise(5.0, 0.1, 8000)

    def endless(clip: Clip, seconds: float | None) -> Iterator[Audio]:
        while True:
            yield rain

    mixture = mixed(project, lambda line: Speech(said.audio.copy(), 8000), endless, rate_hz=8000)
    tracemalloc.start()
    try:
        for _ in mixture:
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_long_book_takes_no_more_memory_than_a_short_one() -> None:
    """But for some numbers a second: ten hours would be 40 MB more."""
    peak_bytes(2)  # what is loaded once
    short, long = peak_bytes(5), peak_bytes(60)
    hours = 55 * 20.25 / 3600
    assert (long - short) / hours < 5e6
