"""Scores: valid for any text, true to the wishes, the same for the same seed."""

import io
from dataclasses import replace
from itertools import pairwise

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.generate.composer import words
from engine.generate.composer.composition import Composition, compose
from engine.generate.composer.form import form
from engine.generate.composer.genres import GENRES
from engine.generate.composer.performance import swung
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import midi_bytes
from engine.generate.composer.theory import Key, chord
from engine.generate.composer.voicing import voicings

KNOWN = """
    no without but jazz waltz 6/8 3/4 metal drums bass piano strings guitar choir без не ударных скрипка только
    kick snare hi-hat cymbals congas tambourine claps quartet string band brass shaker бубен тарелок
    不要 鼓 钢琴 二胡 dorian lydian pentatonic slow fast solo melody chords tuba piccolo timpani
"""
USUAL = Sampling(7, 1.2, 250, 0.67, 4.0)


def written(prompt: str, duration_s: float = 30, sampling: Sampling = USUAL) -> Composition:
    return compose(prompt, duration_s, sampling)


def check(composition: Composition, duration_s: float) -> None:
    for score in (composition.written, composition.played):
        assert score.parts
        assert any(part.notes for part in score.parts)
        assert score.sample_at(score.end, 44100) <= round(duration_s * 44100)
        for part in score.parts:
            for note in part.notes:
                assert 0 <= note.start < score.end
                assert note.length >= 1
                assert 1 <= note.velocity <= 127
                assert part.instrument.low <= note.pitch <= part.instrument.high
    for part in composition.played.parts:
        sounding: dict[int, int] = {}
        for note in part.notes:
            assert sounding.get(note.pitch, 0) <= note.start
            sounding[note.pitch] = note.start + note.length


@settings(max_examples=60, deadline=None)
@given(
    st.text(min_size=1, max_size=200), st.integers(1, 60), st.integers(0, 99_999_999), st.sampled_from([0.1, 1.0, 2.0])
)
def test_any_text_yields_a_valid_score(text, duration_s, seed, temperature):
    check(written(text, duration_s, Sampling(seed, temperature, 250, 0.0, 3.0)), duration_s)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(KNOWN.split()),
        max_size=10,
    ),
    st.sampled_from([1, 1.7, 4, 11.3, 47, 600]),
)
def test_any_mixture_of_known_words_yields_a_valid_score(chosen, duration_s):
    check(written(" ".join(chosen) or "x", duration_s), duration_s)


@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize("metre", ["4/4", "3/4", "5/4", "6/8"])
def test_every_genre_in_every_metre(genre, metre):
    spoken = words.entries()["genre"][genre].split("|")[0].rstrip("*")
    composition = written(f"{spoken} {metre}", 24)
    assert composition.plan.genre.name == genre
    assert composition.plan.metre.name == metre
    check(composition, 24)


@pytest.mark.parametrize(
    ("prompt", "beats_bpm"),
    [("piano 80 bpm", 80), ("house 124 bpm", 124), ("waltz 150 bpm", 150), ("jig 6/8 70 bpm folk", 70)],
)
def test_the_asked_tempo_stands_in_the_score_and_in_the_midi_file(prompt, beats_bpm):
    score = written(prompt).played
    assert score.tempo_bpm == pytest.approx(beats_bpm, rel=1e-4)
    file = mido.MidiFile(file=io.BytesIO(midi_bytes(score)))
    tempo = next(m.tempo for m in file.tracks[0] if m.type == "set_tempo")
    assert 60e6 / tempo * 480 / score.metre.beat_ticks == pytest.approx(beats_bpm, rel=1e-4)
    assert file.length == pytest.approx(30, abs=0.1)


def test_drum_strokes_fall_on_the_asked_beat():
    composition = written("rock 120 bpm")
    drums = next(p for p in composition.played.parts if p.role == "drums")
    kicks = [composition.played.sample_at(n.start, 44100) / 44100 for n in drums.notes if n.pitch == 36]
    off = [abs(t - round(t / 0.125) * 0.125) for t in kicks]
    assert max(off) < 0.02


@pytest.mark.parametrize(
    ("prompt", "role"),
    [
        ("rock no drums", "drums"),
        ("джаз без ударных", "drums"),
        ("放克，不要鼓", "drums"),
        ("house without bass", "bass"),
        ("поп без баса", "bass"),
        ("pop, no melody", "melody"),
    ],
)
def test_negated_roles_are_absent(prompt, role):
    for seed in range(15):
        parts = written(prompt, 20, replace(USUAL, seed=seed)).written.parts
        assert role not in {p.role for p in parts}
        assert parts


@pytest.mark.parametrize(
    ("prompt", "family"), [("folk no guitar", "guitar"), ("эпичный оркестр без струнных", "strings")]
)
def test_negated_families_are_absent(prompt, family):
    for seed in range(15):
        assert family not in {p.instrument.family for p in written(prompt, 20, replace(USUAL, seed=seed)).written.parts}


@pytest.mark.parametrize(
    "prompt",
    [
        "piano, violin, cello, flute",
        "saxophone jazz, trumpet, organ",
        "техно с арфой и хором",
        "二胡和古筝和琵琶和笛子",
    ],
)
@pytest.mark.parametrize("duration_s", [1, 12, 60])
def test_asked_instruments_play(prompt, duration_s):
    composition = written(prompt, duration_s)
    playing = {p.instrument.name for p in composition.played.parts if p.notes}
    assert set(composition.intent.instruments) <= playing


@pytest.mark.parametrize(
    ("prompt", "played", "silent"),
    [
        ("rock, congas and a triangle, no cymbals, no hi-hat", {63, 81}, {42, 44, 46, 49, 51}),
        ("jazz без тарелок", set(), {42, 44, 46, 49, 51}),
        ("solo guitar with a shaker", {70}, set()),
        ("6/8 folk, tambourine, no kick", {54}, {36}),
    ],
)
def test_pieces_of_the_kit_are_played_or_left_out(prompt, played, silent):
    for seed in range(8):
        parts = written(prompt, 30, replace(USUAL, seed=seed)).played.parts
        struck = {n.pitch for p in parts if p.role == "drums" for n in p.notes}
        assert played <= struck
        assert not silent & struck


def test_a_piece_begins_at_once_in_every_genre():
    for genre in GENRES:
        spoken = words.entries()["genre"][genre].split("|")[0].rstrip("*")
        for seed in range(4):
            score = written(spoken, 30, replace(USUAL, seed=seed)).written
            assert min(n.start for p in score.parts for n in p.notes) == 0


def test_the_asked_key_is_kept():
    score = written("pop in E minor, strings").written
    assert score.key == Key(4, "minor", score.key.pentatonic)
    weights = [0] * 12
    for part in score.parts:
        if part.role != "drums":
            for note in part.notes:
                weights[note.pitch % 12] += note.length
    inside = sum(weights[pc] for pc in (4, 6, 7, 9, 11, 0, 2))
    assert inside / sum(weights) > 0.85


def test_seeds_repeat_and_differ():
    assert midi_bytes(written("jazz").played) == midi_bytes(written("jazz").played)
    scores = {midi_bytes(written("jazz", 30, replace(USUAL, seed=seed)).played) for seed in range(30)}
    assert len(scores) == 30


def test_high_temperature_varies_more_than_low():
    def variety(temperature: float) -> int:
        scores = [written("pop", 30, Sampling(seed, temperature, 250, 0.0, 3.0)).written for seed in range(24)]
        return len({(s.key, s.chords[:4], tuple(p.instrument.name for p in s.parts)) for s in scores})

    assert variety(2.0) >= 20
    assert variety(0.1) <= 10


def test_guidance_weighs_the_mood_against_the_genre():
    def minor(cfg_coef: float) -> int:
        keys = [written("sad pop", 8, Sampling(seed, 1.0, 250, 0.0, cfg_coef)).plan.key for seed in range(60)]
        return sum(key.minor for key in keys)

    assert minor(8.0) > minor(1.0)
    assert minor(8.0) >= 58


@given(st.integers(0, 2000), st.sampled_from([4, 12]))
def test_the_form_adds_up(bars, section_bars):
    assert sum(section.bars for section in form(bars, section_bars)) == bars


def test_the_opening_returns_and_the_end_is_the_tonic():
    composition = written("pop 100 bpm C major", 60)
    names = [s.name for s in composition.plan.form]
    assert names[0] == "intro"
    assert names[-1] == "outro"
    assert names.count("verse") >= 2
    assert "chorus" in names
    assert composition.written.chords[-1].startswith("I")
    bass = next(p for p in composition.written.parts if p.role == "bass")
    assert bass.notes[-1].pitch % 12 == 0


def test_voices_are_led_by_small_steps():
    chords = [chord(n, 0) for n in ("I", "vi", "ii", "V", "I", "IV", "V", "I")]
    placed = voicings(chords, 52, 72, 4, Sampling(1, 0.2).dice("voices"))
    for a, b in pairwise(placed):
        assert max(abs(x - y) for x, y in zip(a, b, strict=True)) <= 7
        assert sorted(b) == list(b)


@given(st.integers(0, 100_000), st.floats(0, 1), st.sampled_from([120, 240]))
def test_swing_keeps_the_order_and_the_beats(tick, swing, unit):
    assert swung(tick, swing, unit) <= swung(tick + 1, swing, unit)
    beat = tick - tick % (2 * unit)
    assert swung(beat, swing, unit) == beat
