"""Metres: what is said is played, in every genre; bars add up, and accents lie where the groups begin."""

import io
import itertools

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.generate.composer import patterns, words
from engine.generate.composer.composition import Composition, compose
from engine.generate.composer.genres import GENRES, habits
from engine.generate.composer.harmony import spans
from engine.generate.composer.metre import METRES, Metre, metre_named
from engine.generate.composer.prompt import understand
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import midi_bytes
from engine.generate.composer.theory import QUARTER, STEP, chord

GROUPED = ("3+2+2/8", "2+3+2/8", "3+2/8", "3+4/4", "2+2+3+2+2/8", "4+3/8", "2+2+2+3/8")
ALL = (*METRES, *GROUPED)
OLDEST = ("4/4", "3/4", "5/4", "6/8")
"""Their grooves are written by hand and may have other accents."""


def written(prompt: str, duration_s: float = 16, seed: int = 7) -> Composition:
    return compose(prompt, duration_s, Sampling(seed, 1.2, 250, 0.67, 4.0))


@pytest.mark.parametrize(
    ("name", "groups", "beat_ticks"),
    [
        ("7/8", (2, 2, 3), 480),
        ("3+2+2/8", (3, 2, 2), 480),
        ("5/8", (2, 3), 480),
        ("8/8", (3, 3, 2), 480),
        ("9/8", (3, 3, 3), 720),
        ("2+2+2+3/8", (2, 2, 2, 3), 480),
        ("12/8", (3, 3, 3, 3), 720),
        ("6/4", (6, 6), 480),
        ("7/4", (8, 6), 480),
        ("2/4", (4,), 480),
        ("2/2", (4, 4), 960),
    ],
)
def test_groups_in_eighths_and_what_tempo_counts(name, groups, beat_ticks):
    metre = metre_named(name)
    assert tuple(ticks // 240 for ticks in metre.groups) == groups
    assert metre.beat_ticks == beat_ticks


@pytest.mark.parametrize("name", ALL)
def test_pulses_and_groups_fill_the_bar_of_the_signature(name):
    metre = metre_named(name)
    count, unit = metre.signature
    assert metre.bar_ticks == sum(metre.groups) == count * 4 * QUARTER // unit
    assert set(metre.group_starts) <= set(metre.pulse_starts)
    assert metre.middle * STEP < metre.bar_ticks


@pytest.mark.parametrize("name", ["", "7", "1/4", "99/4", "7/16", "7/5", "1+1/4", "9+9/8", "3+2+2/4x", "0/8"])
def test_what_is_no_metre_is_refused(name):
    with pytest.raises(ValueError, match="not"):
        metre_named(name)


@pytest.mark.parametrize(
    ("text", "metre"),
    [
        ("jazz in 7/8", "7/8"),
        ("rock in seven", "7/8"),
        ("folk, seven-eight", "7/8"),
        ("на семь восьмых", "7/8"),
        ("рок в размере семи восьмых", "7/8"),
        ("семидольный рок", "7/8"),
        ("七八拍", "7/8"),
        ("八七拍的摇滚", "7/8"),
        ("八分之七拍", "7/8"),
        ("6/4拍", "6/4"),
        ("六四拍", "6/4"),
        ("шесть четвертей", "6/4"),
        ("5/8 folk", "5/8"),
        ("slip jig", "9/8"),
        ("девять восьмых", "9/8"),
        ("twelve-eight blues", "12/8"),
        ("十二八拍", "12/8"),
        ("двудольный марш", "2/4"),
        ("四二拍", "2/4"),
        ("cut time march", "2/2"),
        ("одиннадцатидольный", "11/8"),
        ("7/8 (3+2+2)", "3+2+2/8"),
        ("7/8 as 2+2+3", "7/8"),
        ("3+2+2/8", "3+2+2/8"),
        ("balkan 3+2+2", "3+2+2/8"),
        ("7/4 as 3 + 4", "3+4/4"),
        ("¾ waltz", "3/4"),
        ("not in 7/8", None),
        ("24/7 radio", None),
        ("7/16", None),
        ("five eight-bar phrases", None),
        ("in seven minutes", None),
        ("pop in two parts", None),
    ],
)
def test_metres_in_words(text, metre):
    assert understand(text).metre == metre


@pytest.mark.parametrize("name", METRES)
def test_every_signature_is_heard_in_digits(name):
    intent = understand(f"pop in {name}, 90 bpm")
    assert (intent.metre, intent.tempo_bpm, intent.not_heard) == (name, 90.0, ())


@settings(deadline=None)
@given(st.text(alphabet="0123456789/+ ()七八拍子分之十семьвосьмых inseven", max_size=24))
def test_any_text_about_metres_is_understood(text):
    heard = [metre for metre in [understand(text).metre] if metre]
    assert [metre_named(metre).name for metre in heard] == heard


@pytest.mark.parametrize("name", ALL)
def test_every_pattern_fills_its_bar(name):
    metre, table = metre_named(name), habits("patterns")
    made = [
        *(line for kind in table["bass"] for line in patterns.bass_patterns(kind, metre)),
        *(line for kind in table["figures"] for line in patterns.figures(kind, metre)),
    ]
    grooves = [groove for kind in table["grooves"] for groove in patterns.grooves(kind, metre)]
    grooves += [patterns.with_pieces({}, (piece,), metre) for piece in patterns.PIECES]
    made += [line for groove in grooves for line in groove.values()]
    assert {len(line) for line in made} == {metre.steps}


@pytest.mark.parametrize("name", [name for name in ALL if name not in OLDEST])
def test_made_grooves_have_an_accent_on_every_group(name):
    metre = metre_named(name)
    for kind in habits("patterns")["grooves"]:
        for groove in patterns.grooves(kind, metre):
            accents = {step * STEP for line in groove.values() for step, sign in enumerate(line) if sign == "X"}
            assert set(metre.group_starts) <= accents, (kind, name)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("chords", [1, 2, 3, 4])
def test_chords_fill_their_bar_on_the_grid(name, chords):
    metre = metre_named(name)
    found = spans(((chord("I", 0),) * chords,) * 2, metre)
    assert [start for start, *_ in found[1:]] + [2 * metre.bar_ticks] == [start + length for start, length, _ in found]
    assert all(length > 0 and start % STEP == 0 for start, length, _ in found)


def _fitting(composition: Composition, metre: Metre) -> None:
    plan, score = composition.plan, composition.written
    assert score.metre == metre
    assert sum(section.bars for section in plan.form) * metre.bar_ticks == plan.ending
    for part in (*score.parts, *composition.played.parts):
        for note in part.notes:
            assert 0 <= note.start < score.end
            assert note.length >= 1
            assert part.instrument.low <= note.pitch <= part.instrument.high
    for part in score.parts:
        if part.role in ("melody", "bass", "chords", "drums"):
            assert all(note.start % (STEP // 2) == 0 for note in part.notes if note.start < plan.ending)


def test_every_genre_in_every_metre(full):
    """Every genre in three of the metres, by turns; in all of them with --full."""
    pairs = [(genre, name) for genre in GENRES for name in ALL]
    for genre, name in pairs if full else pairs[::11]:
        spoken = words.entries()["genre"][genre].split("|")[0].rstrip("*")
        composition = written(f"{spoken} {name}")
        assert composition.plan.genre.name == genre
        _fitting(composition, metre_named(name))


@pytest.mark.parametrize("name", [name for name in ALL if name not in OLDEST])
@pytest.mark.parametrize("genre", ["rock", "house", "jazz"])
def test_drums_are_loudest_where_groups_begin(genre, name):
    metre, loudest = metre_named(name), dict[tuple[int, int], int]()
    composition = written(f"{genre} {name}, drums, no melody", 30)
    sections = itertools.accumulate((section.bars for section in composition.plan.form), initial=0)
    filled = {bar - 1 for bar in sections}
    drums = next(part for part in composition.written.parts if part.role == "drums")
    for note in drums.notes:
        bar, place = divmod(note.start, metre.bar_ticks)
        if note.start < composition.plan.ending and bar not in filled and bar % 4 != 3:
            loudest[bar, place] = max(note.velocity, loudest.get((bar, place), 0))
    starts = [force for (_, place), force in loudest.items() if place in metre.group_starts]
    between = [force for (_, place), force in loudest.items() if place not in metre.pulse_starts]
    bars = {bar for bar, _ in loudest}
    assert len(starts) == len(bars) * len(metre.group_starts)
    assert sum(starts) / len(starts) > sum(between) / max(1, len(between))


@pytest.mark.parametrize(
    ("name", "signature"), [("7/8", (7, 8)), ("3+2+2/8", (7, 8)), ("6/4", (6, 4)), ("2/2", (2, 2))]
)
def test_the_midi_file_has_the_signature_and_the_tempo(name, signature):
    score = written(f"rock {name} 96 bpm").played
    opening = mido.MidiFile(file=io.BytesIO(midi_bytes(score))).tracks[0]
    said = next(message for message in opening if message.type == "time_signature")
    tempo = next(message.tempo for message in opening if message.type == "set_tempo")
    assert (said.numerator, said.denominator) == signature
    assert 60e6 / tempo * QUARTER / score.metre.beat_ticks == pytest.approx(96, rel=1e-4)
    assert score.tempo_bpm == pytest.approx(96, rel=1e-4)


@pytest.mark.parametrize("name", ["7/8", "3+2+2/8", "9/8", "2/4"])
def test_a_loop_is_whole_bars(name):
    plan = written(f"house loop {name}", 20).plan
    assert plan.end % plan.metre.bar_ticks == 0


@pytest.mark.parametrize("name", ["7/8", "12/8", "9/8", "3+2/8"])
def test_swing_moves_no_pulse(name):
    """Where quarters do not fill the bar each pulse swings by itself."""
    composition = written(f"swing jazz {name} 120 bpm, drums, no melody")
    metre = composition.written.metre
    on_paper, played = (
        next(part for part in score.parts if part.role == "drums").notes
        for score in (composition.written, composition.played)
    )
    pulses = [note for note in on_paper if metre.on_pulse(note.start) and note.start < composition.plan.ending]
    heard = {(note.pitch, round(note.start / STEP)) for note in played}
    kept = sum((note.pitch, note.start // STEP) in heard for note in pulses)
    assert kept / len(pulses) > 0.97
