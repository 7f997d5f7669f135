"""Composing: form, harmony, voice leading, motifs, bass and kick, answers, loops, given melodies."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.generate.composer import arrangement, bass, counter, harmony, melody, patterns, words
from engine.generate.composer.form import form
from engine.generate.composer.genres import GENRES, habits
from engine.generate.composer.instruments import INSTRUMENTS
from engine.generate.composer.melody import MelodyWriter, Range, Tone
from engine.generate.composer.metre import METRES
from engine.generate.composer.ornaments import ornamented, varied
from engine.generate.composer.plan import Plan, draw_up
from engine.generate.composer.prompt import PromptIntent, understand
from engine.generate.composer.proof import without_parallels
from engine.generate.composer.reference import Reference
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import Note, Score
from engine.generate.composer.theory import STEP, Key, chord, coloured
from engine.generate.composer.voicing import parallels, voicings

USUAL = Sampling(7, 1.2, 250, 0.67, 4.0)
C_MAJOR, A_MINOR = Key(0, "major"), Key(9, "minor")


def planned(prompt: str, duration_s: float = 40, seed: int = 7, **more) -> tuple[Plan, Score]:
    sampling = replace(USUAL, seed=seed)
    plan = draw_up(understand(prompt), duration_s, sampling, **more)
    return plan, arrangement.write(plan, sampling)


def part(score: Score, role: str):
    return next(p for p in score.parts if p.role == role)


@given(st.integers(0, 700), st.sampled_from([4, 12]), st.sampled_from(sorted({g.form for g in GENRES.values()})))
def test_sections_add_up_in_every_kind_of_form(bars, section_bars, kind):
    for loop in (False, True):
        made = form(bars, section_bars, kind, loop=loop)
        assert sum(s.bars for s in made) == bars
        assert all(s.bars > 0 and 0 <= s.intensity <= 1 for s in made)
        if loop:
            assert {s.name for s in made}.isdisjoint({"intro", "outro"})


@given(st.integers(4, 200), st.lists(st.sampled_from(sorted(words.entries()["form"])), min_size=1, max_size=9))
def test_a_wished_form_is_kept_and_fits(bars, likelihood):
    made = form(bars, 4, "song", likelihood)
    assert sum(s.bars for s in made) == bars
    if len(likelihood) >= 2:
        assert [s.name for s in made] == likelihood[:bars]
    elif likelihood[0] != "build":
        assert likelihood[0] in [s.name for s in made]


def test_a_build_grows_and_a_breakdown_is_quiet():
    plan, score = planned("house: intro, build, drop, breakdown, drop, 124 bpm", 60)
    assert [s.name for s in plan.form] == ["intro", "build", "drop", "breakdown", "drop"]
    edges, at = [], 0
    for section in plan.form:
        edges.append((at, at + section.bars * plan.metre.bar_ticks))
        at = edges[-1][1]
    drums = part(score, "drums").notes
    build = [n for n in drums if edges[1][0] <= n.start < edges[1][1] and n.pitch in (38, 39)]
    half = (edges[1][0] + edges[1][1]) // 2
    assert sum(n.start >= half for n in build) > sum(n.start < half for n in build)
    assert build[-1].velocity > build[0].velocity
    assert not [n for n in drums if edges[3][0] <= n.start < edges[3][1]]
    silent = edges[1][1] - plan.metre.beat_ticks
    assert not [n for n in drums if silent <= n.start < edges[1][1]]


@pytest.mark.parametrize("family", habits("progressions"))
def test_every_loop_is_readable(family):
    for kind in habits("progressions")[family]:
        for loop, weight in harmony.loops(family, kind):
            assert weight > 0
            for bar in loop.split():
                for numeral in bar.split(","):
                    assert chord(numeral, 0).intervals


@pytest.mark.parametrize("key", [C_MAJOR, A_MINOR])
@pytest.mark.parametrize("seed", range(20))
def test_functional_phrases_ask_and_answer(key, seed):
    numerals, _ = harmony.progression(key, GENRES["classical"], 8, "A", replace(USUAL, seed=seed).dice("x"))
    home = "i" if key.minor else "I"
    assert len(numerals) == 8
    assert numerals[0].split(",")[0] == home
    assert numerals[7] == home
    assert chord(numerals[6].split(",")[-1], key.tonic).root == (key.tonic + 7) % 12
    assert numerals[3].split(",")[-1][0] == "V"


def test_secondary_dominants_and_borrowed_chords_come_with_tension():
    def foreign(tension: float) -> int:
        genre = replace(GENRES["pop"], tension=tension)
        dice = [Sampling(seed, 1.0, 0, 0.0).dice("x") for seed in range(60)]
        bars = [bar for d in dice for bar in harmony.progression(C_MAJOR, genre, 8, "A", d)[0]]
        return sum("/" in bar or "iv" in bar.split(",") for bar in bars)

    assert foreign(0.0) < foreign(0.5)


def test_a_contrasting_section_may_modulate_and_comes_home():
    found = 0
    for seed in range(60):
        dice = Sampling(seed, 1.0, 0, 0.0).dice("x")
        numerals, _ = harmony.progression(C_MAJOR, GENRES["classical"], 4, "B", dice)
        if any(n.endswith("/V") for bar in numerals for n in bar.split(",")):
            found += 1
            assert numerals[-1] == "V7"
    assert found >= 10


def test_a_loop_ends_on_the_way_home():
    for seed in range(30):
        plan, score = planned("pop loop, C major", 16, seed)
        assert plan.loop
        assert score.chords[-1].split(",")[-1] not in ("I", "i")


@pytest.mark.parametrize("duration_s", [2, 7.3, 16, 60])
@pytest.mark.parametrize("prompt", ["lo-fi", "lo-fi 80 bpm", "waltz"])
def test_a_loop_is_whole_bars_as_long_as_asked(duration_s, prompt):
    plan, score = planned(prompt, duration_s, loop=True)
    bars = plan.end / plan.metre.bar_ticks
    assert bars == sum(s.bars for s in plan.form)
    assert plan.end == plan.ending
    assert score.sample_at(score.end, 44100) == pytest.approx(duration_s * 44100, abs=120)
    assert score.sample_at(score.end, 44100) <= round(duration_s * 44100)


def test_a_tempo_that_no_loop_can_keep_is_said():
    kept, _ = planned("loop, 120 bpm, 4/4", 16)
    bent, _ = planned("loop, 120 bpm, 4/4", 11)
    assert kept.ignored == ()
    assert bent.ignored == ("120 bpm",)


@pytest.mark.parametrize("key", [C_MAJOR, A_MINOR])
def test_voices_avoid_parallel_fifths_and_octaves(key):
    moves = found = 0
    for seed in range(40):
        dice = replace(USUAL, seed=seed).dice("x")
        numerals, _ = harmony.progression(key, GENRES["classical"], 16, "A", dice)
        chords = [c for bar in harmony.realise(numerals, key, "triad") for c in bar]
        for a, b in pairwise(voicings(chords, 52, 72, 4, dice)):
            moves += 1
            found += parallels(list(zip(a, b, strict=False)))
    assert found / moves < 0.02


def test_proofreading_writes_parallels_out_and_nothing_else():
    found = [(0, 480, chord("I", 0)), (480, 480, chord("ii", 0)), (960, 480, chord("V", 0))]
    under = [Note(0, 480, 48, 80), Note(480, 480, 50, 80), Note(960, 480, 43, 80)]
    tune = [Note(0, 480, 67, 90), Note(480, 480, 69, 90), Note(960, 480, 71, 90)]
    mended = without_parallels(tune, under, found, 60, 84)
    assert [n.pitch for n in mended] == [67, 65, 71]
    assert [(n.start, n.length) for n in mended] == [(n.start, n.length) for n in tune]
    assert without_parallels(tune[:1], under, found, 60, 84) == tune[:1]


@pytest.mark.parametrize("genre", ["classical", "baroque", "waltz", "march", "pop", "folk"])
def test_outer_voices_of_whole_pieces_have_no_parallels(genre):
    moves = found = 0
    for seed in range(12):
        _, score = planned(genre, 40, seed)
        roles = {p.role for p in score.parts}
        if not {"melody", "bass"} <= roles:
            continue
        heard = []
        for note in part(score, "bass").notes:
            above = [n.pitch for n in part(score, "melody").notes if n.start <= note.start < n.start + n.length]
            if above:
                heard.append((max(above), note.pitch))
        for (t, u), (v, w) in pairwise(heard):
            moves += 1
            found += v != t and v - t == w - u and (t - u) % 12 in (0, 7)
    assert moves > 50
    assert found / moves < 0.01


@pytest.mark.parametrize("name", sorted(GENRES))
def test_melodies_move_in_steps_sing_in_range_and_rest_on_chord_tones(name):
    genre = GENRES[name]
    key, metre = Key(2, "minor" if genre.minor > 0.5 else "major"), METRES[genre.metres[0][0]]
    writer = MelodyWriter(genre, key, metre, 0.0, Range(62, 82))
    steps = leaps = 0
    for seed in range(8):
        dice = replace(USUAL, seed=seed).dice("x")
        numerals, _ = harmony.progression(key, genre, 8, "A", dice)
        bars = tuple(harmony.realise(numerals, key, genre.colour))
        motifs = writer.motif(genre.tune, dice), writer.motif(genre.tune, dice)
        tones = writer.tune(bars, motifs, "A", 0, dice)
        assert tones
        assert all(62 <= t.pitch <= 82 and t.length > 0 and t.start % STEP == 0 for t in tones)
        assert all(a.start + a.length <= b.start for a, b in pairwise(tones))
        assert all(t.start + t.length <= 8 * metre.bar_ticks for t in tones)
        steps += sum(abs(a.pitch - b.pitch) <= 4 for a, b in pairwise(tones))
        leaps += sum(abs(a.pitch - b.pitch) > 9 for a, b in pairwise(tones))
        place = tones[-1].start % metre.bar_ticks * len(bars[-1]) // metre.bar_ticks
        assert tones[-1].pitch % 12 in bars[-1][place].pitch_classes
    assert steps > 4 * leaps


def test_the_motif_comes_back():
    genre, metre = GENRES["pop"], METRES["4/4"]
    writer = MelodyWriter(genre, C_MAJOR, metre, 0.0, Range(62, 82))
    returns = 0
    for seed in range(40):
        dice = replace(USUAL, seed=seed).dice("x")
        bars = tuple(harmony.realise(["I", "V", "vi", "IV", "I", "V", "vi", "IV"], C_MAJOR, "triad"))
        motifs = writer.motif("song", dice), writer.motif("song", dice)
        tones = writer.tune(bars, motifs, "A", 0, dice)

        def rhythm(bar: int, tones: list[Tone] = tones) -> list[int]:
            return [t.start % metre.bar_ticks for t in tones if t.start // metre.bar_ticks == bar]

        assert rhythm(0) == [step * STEP for step, _ in motifs[0].rhythm]
        returns += any(rhythm(bar)[: len(rhythm(0))] == rhythm(0) for bar in range(1, 8))
    assert returns >= 36


def test_the_bass_meets_the_kick():
    groove = {"kick": "X.....x...x....."}
    plan, _ = planned("funk", 20)
    plan = replace(plan, genre=replace(plan.genre, bass=("kick",)), metre=METRES["4/4"])
    for seed in range(20):
        pattern = bass.figure(plan, groove, replace(USUAL, seed=seed).dice("x"))
        assert [step for _, step, _ in patterns.strokes(pattern)] == [0, 6, 10]


def test_walking_bass_walks():
    _, score = planned("jazz trio, piano, double bass, drums, 140 bpm", 40)
    notes = [n for n in part(score, "bass").notes if n.start < score.end - 4 * 480]
    assert all(n.length == 480 for n in notes[:-8])
    close = sum(abs(a.pitch - b.pitch) <= 7 for a, b in pairwise(notes))
    assert close / len(notes) > 0.85
    assert sum(a.pitch == b.pitch for a, b in pairwise(notes)) / len(notes) < 0.15


@pytest.mark.parametrize("prompt", ["orchestral, violin, flute", "jazz, saxophone and trumpet"])
@pytest.mark.parametrize("seed", range(3))
def test_the_second_line_is_one_voice(prompt, seed):
    _, score = planned(prompt, 60, seed)
    notes = part(score, "counter").notes
    assert len(notes) > 8
    assert all(a.start + a.length <= b.start for a, b in pairwise(notes))


def test_the_second_line_answers_where_the_tune_rests():
    """Seven times of ten, with what the tune said last, an octave lower."""
    bars = tuple(harmony.realise(["I", "V", "vi", "IV"], C_MAJOR, "triad"))
    tune = [Tone(0, 480, 72), Tone(480, 480, 74), Tone(960, 480, 76), Tone(1440, 480, 79), Tone(5760, 1920, 77)]
    answers = 0
    for seed in range(40):
        dice = replace(USUAL, seed=seed).dice("x")
        made = counter.counter(bars, tune, C_MAJOR, METRES["4/4"], Range(50, 70), dice)
        assert all(a.start + a.length <= b.start for a, b in pairwise(made))
        rest = [(t.start, t.length, t.pitch) for t in made if 1920 <= t.start < 5760]
        answers += rest == [(1920, 480, 64), (2400, 480, 67)]
    assert 20 <= answers <= 36


def test_a_returning_line_is_varied_and_stays_in_time():
    tones = [Tone(i * 960, 960, 60 + 4 * (i % 2)) for i in range(8)]
    made = varied(tones, C_MAJOR, Sampling(3, 1.0, 0, 0.0).dice("x"))
    assert len(made) > len(tones)
    assert sum(t.length for t in made) == sum(t.length for t in tones)
    assert {t.start for t in tones} <= {t.start for t in made}


@pytest.mark.parametrize("kind", ["swing", "blue", "song"])
def test_ornaments_keep_the_line_whole(kind):
    tones = [Tone(i * 240, 240, 60 + [0, 4, 7, 11][i % 4]) for i in range(16)] + [Tone(16 * 240, 960, 64)]
    made = ornamented(tones, kind, 0.8, C_MAJOR, Sampling(5, 1.0, 0, 0.0).dice("x"))
    assert sum(t.length for t in made) == sum(t.length for t in tones)
    assert all(a.start + a.length <= b.start for a, b in pairwise(made))
    assert made != tones


def test_a_given_melody_is_followed():
    tune = (0, 4, 7, 9, 7, 4, 2, 0)
    contour = tuple((i * 0.5, 0.5, pc) for i, pc in enumerate(tune))
    clip = Reference(120.0, 0, "major", contour, -14.0, 4.0)
    plan, score = planned("pop with flute melody", 20, reference=clip)
    assert score.tempo_bpm == pytest.approx(120, rel=1e-4)
    assert plan.key == C_MAJOR
    notes = part(score, "melody").notes
    heard = [n for n in notes if n.start < plan.ending]
    right = sum(tune[n.start // 480 % 8] == n.pitch % 12 for n in heard)
    assert len(heard) >= 16
    assert right / len(heard) > 0.85


def test_words_win_over_the_clip():
    clip = Reference(120.0, 0, "major", (), None, 4.0)
    plan, score = planned("90 bpm, E minor", 20, reference=clip)
    assert score.tempo_bpm == pytest.approx(90, rel=1e-4)
    assert (plan.key.tonic, plan.key.mode) == (4, "minor")
    slow, _ = planned("slow", 20, reference=clip)
    assert 60e6 / slow.quarter_us < 90


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 9), st.floats(0.01, 4), st.integers(0, 11)), max_size=30),
    st.floats(0, 10),
    st.sampled_from([1, 9, 40]),
)
def test_any_contour_yields_a_valid_score(contour, length_s, duration_s):
    clip = Reference(None, None, None, tuple(sorted(contour)), None, length_s)
    _, score = planned("folk flute", duration_s, reference=clip)
    for voice in score.parts:
        for note in voice.notes:
            assert 0 <= note.start < score.end
            assert voice.instrument.low <= note.pitch <= voice.instrument.high


@pytest.mark.parametrize("name", sorted(GENRES))
def test_every_genre_has_its_whole_sound(name):
    plan = draw_up(PromptIntent(genres=(name,)), 60, USUAL)
    score = arrangement.write(plan, USUAL)
    assert all(p.notes for p in score.parts)
    assert len({n.velocity for p in score.parts for n in p.notes}) > 3


def test_drum_kits_of_the_orchestra_have_no_tuned_toms():
    _, score = planned("epic orchestral, orchestral percussion", 60)
    kit = part(score, "drums")
    assert kit.instrument == INSTRUMENTS["orchestral percussion"]
    assert {n.pitch for n in kit.notes}.isdisjoint(range(41, 54))


def test_a_followed_line_begins_where_its_section_does():
    writer = MelodyWriter(GENRES["pop"], C_MAJOR, METRES["4/4"], 0.0, Range(60, 80))
    bars = tuple(harmony.realise(["I", "V"], C_MAJOR, "triad"))
    tones = melody.followed([(0, 480, 0), (1920, 480, 7), (2400, 480, 11), (6000, 480, 0)], bars, writer, 1920)
    assert [(t.start, t.length, t.pitch % 12) for t in tones] == [(0, 480, 7), (480, 480, 11)]


@pytest.mark.parametrize(
    ("genre", "heard_bpm", "counted_bpm"), [("jazz", 70.0, 140), ("ballad", 140.0, 70), ("pop", 100.0, 100)]
)
def test_the_beats_of_a_clip_are_counted_as_the_genre_does(genre, heard_bpm, counted_bpm):
    _, score = planned(genre, 20, reference=Reference(heard_bpm, 0, "major", (), None, 4.0))
    assert score.tempo_bpm == pytest.approx(counted_bpm, rel=1e-3)


def test_chords_keep_sharp_seconds_off_the_top_and_out_of_the_depths():
    chords = [chord(n, 0) for n in ("Imaj7", "vi7", "IVmaj7", "V7") * 4]
    for seed in range(20):
        for voicing in voicings(chords, 52, 72, 3, replace(USUAL, seed=seed).dice("x"), style="rootless"):
            assert voicing[-1] - voicing[-2] > 1
            assert all(b - a > 1 for a, b in pairwise(voicing) if a < 57)


def test_a_bass_closes_its_phrases_and_keeps_to_its_steps():
    dice = USUAL.dice("x")
    for name in habits("patterns")["bass"]:
        for pattern in patterns.bass_patterns(name, METRES["4/4"]):
            made = {bass.closing(pattern, dice) for _ in range(20)}
            assert {len(line) for line in made} == {16}
            assert all(line[:12] == pattern[:12] for line in made)


def test_a_tune_in_five_tones_stays_in_them_when_it_returns():
    tones = [Tone(i * 960, 960, (60, 64, 67, 69)[i % 4]) for i in range(16)]
    made = varied(tones, Key(0, "major", pentatonic=True), Sampling(3, 1.0, 0, 0.0).dice("x"))
    assert len(made) > len(tones)
    assert {t.pitch % 12 for t in made} <= {0, 2, 4, 7, 9}


@pytest.mark.parametrize("name", sorted(GENRES))
def test_nothing_falls_silent_before_the_last_chord(name):
    for seed in range(6):
        plan, score = planned(words.entries()["genre"][name].split("|")[0].rstrip("*"), 45, seed)
        second = 480_000_000 / score.quarter_us
        sounding = 0
        for note in sorted((n for p in score.parts for n in p.notes), key=lambda n: n.start):
            assert note.start - sounding < second, (seed, note.start / plan.metre.bar_ticks)
            sounding = max(sounding, note.start + note.length)


@given(
    st.sampled_from(["I5", "bVI5", "V7", "IVmaj7", "ii9", "I", "iio", "V13"]),
    st.integers(0, 11),
    st.integers(36, 60),
    st.integers(12, 24),
    st.integers(2, 4),
)
def test_chords_hold_their_own_tones_only(numeral, tonic, low, width, voices):
    harmony_now = chord(numeral, tonic)
    for style in ("close", "rootless"):
        (voicing,) = voicings([harmony_now], low, low + width, voices, USUAL.dice("x"), style=style)
        assert voicing
        assert list(voicing) == sorted(set(voicing))
        assert {p % 12 for p in voicing} <= set(harmony_now.pitch_classes)
        assert low <= voicing[0] and voicing[-1] <= low + width


@pytest.mark.parametrize(
    ("numeral", "minor", "dressed"),
    [
        ("IV", True, "IV7"),
        ("v", True, "v7"),
        ("V", True, "V7"),
        ("IV", False, "IVmaj7"),
        ("V", False, "V9"),
        ("i", True, "i9"),
    ],
)
def test_sevenths_and_ninths_are_those_of_the_mode(numeral, minor, dressed):
    assert coloured(numeral, "ninth", minor=minor) == dressed


@pytest.mark.parametrize("genre", ["pop", "solo piano", "jazz"])
def test_ten_minutes_bring_new_music_on_the_way(genre):
    plan, score = planned(genre, 600)
    letters = [section.letter for section in plan.form]
    assert any(letter.endswith("'") for letter in letters)
    tune, bar_ticks = part(score, "melody").notes, plan.metre.bar_ticks
    bars: dict[int, set[tuple[int, int]]] = {}
    for note in tune:
        bars.setdefault(note.start // bar_ticks, set()).add((note.start % bar_ticks, note.pitch))
    assert len({frozenset(bar) for bar in bars.values()}) > 80


def test_chords_lie_lower_under_a_lead_that_does_not_reach_high():
    def middle(lead: str) -> float:
        found = [n.pitch for seed in range(6) for n in part(planned(f"orchestral, {lead}", 30, seed)[1], "pad").notes]
        return sum(found) / len(found)

    assert middle("french horn") < middle("violin") - 2
