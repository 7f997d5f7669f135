"""Edits of composed pieces: what was asked for changed, and what was not is equal in the score."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from engine.generate.composer.composition import compose, recompose
from engine.generate.composer.edit import Edit
from engine.generate.composer.metre import metre_named
from engine.generate.composer.revise import Revision, revised
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import Note, Part
from engine.generate.composer.sheet import Sheet
from engine.generate.composer.spoken_edits import spoken_edits
from engine.generate.examples import EXAMPLES

PROMPTS = (
    *(example.prompt for example in EXAMPLES),
    "pop song", "waltz", "metal", "ambient", "trap", "baroque harpsichord", "jazz trio", "celtic", "techno", "reggae",
)  # fmt: skip
SAID: dict[str, tuple[str, str, str]] = {
    "slower": ("slower", "медленнее", "慢一点"),
    "set tempo": ("120 bpm", "темп 120", "速度改成120"),
    "key": ("in G minor", "в соль миноре", "换成G小调"),
    "tone up": ("transpose up a tone", "на тон выше", "升高一个全音"),
    "major": ("happier", "веселее", "欢快一点"),
    "no drums": ("without drums", "без барабанов", "不要鼓"),
    "no bass": ("no bass", "убери бас", "去掉贝斯"),
    "violins": ("add violins", "добавь скрипки", "加入小提琴"),
    "drums": ("add drums", "добавь барабаны", "加入鼓"),
    "swap lead": ("replace the melody with flute", "замени мелодию на флейту", "把旋律换成长笛"),
    "metre": ("same but in 3/4", "то же, но на 3/4", "改成3/4"),
    "short intro": ("shorter intro", "вступление короче", "前奏短一点"),
    "no intro": ("no intro", "без вступления", "去掉前奏"),
    "longer": ("longer", "длиннее", "长一点"),
    "seconds": ("make it 50 seconds", "сделай 50 секунд", "改成50秒"),
    "quieter drums": ("quieter drums", "барабаны потише", "鼓小声一点"),
    "energetic": ("more energetic", "энергичнее", "更有活力"),
    "fade": ("end with a fade", "закончи с затуханием", "结尾淡出"),
}


Content = tuple[str, tuple[Note, ...]]


@dataclass(frozen=True)
class Case:
    """A piece before an edit and after it."""

    old: Sheet
    made: Revision

    @property
    def new(self) -> Sheet:
        return self.made.sheet

    def refused(self) -> bool:
        return not self.made.changes


def pitches(sheet: Sheet, role: str) -> list[list[int]]:
    """The pitches of a role bar by bar."""
    own = [part for part in sheet.score.parts if part.role == role]
    return [[n.pitch for part in own for n in sheet.window(part, bar, 1)] for bar in range(sheet.bars)]


def content(sheet: Sheet, *, but: Callable[[Part], bool] = lambda part: False) -> dict[int, Content]:
    """Instrument and notes of each part, by its seat."""
    return {part.seat: (part.instrument.name, part.notes) for part in sheet.score.parts if not but(part)}


def facts(sheet: Sheet) -> dict[str, object]:
    plan = sheet.plan
    return {
        "key": plan.key, "metre": plan.metre, "tempo": plan.quarter_us, "form": plan.form, "chords": sheet.score.chords,
        "parts": plan.parts, "duration": sheet.duration_s, "fades": plan.fades,
        "levels": [part.level_db for part in sheet.score.parts],
    }  # fmt: skip


def changed(case: Case) -> set[str]:
    old, new = facts(case.old), facts(case.new)
    return {name for name in old if old[name] != new[name]}


def subsequence(few: list[int], many: list[int]) -> bool:
    rest = iter(many)
    return all(pitch in rest for pitch in few)


def _same_notes(case: Case) -> None:
    assert content(case.new) == content(case.old)


def _slower(case: Case) -> None:
    assert changed(case) == {"tempo", "duration"}
    assert case.new.score.tempo_bpm < case.old.score.tempo_bpm
    assert case.new.duration_s > case.old.duration_s
    _same_notes(case)


def _set_tempo(case: Case) -> None:
    assert changed(case) == {"tempo", "duration"}
    assert case.new.score.tempo_bpm == pytest.approx(120, abs=0.1)
    _same_notes(case)


def _transposed(case: Case, semitones: int | None) -> None:
    """Every part goes the same way, but for single notes and parts that their instruments force into another octave."""
    assert changed(case) <= {"key", "chords"}
    way = (case.new.plan.key.tonic - case.old.plan.key.tonic) % 12 if semitones is None else semitones % 12
    assert (case.new.plan.key.tonic - case.old.plan.key.tonic) % 12 == way
    for before, after in zip(case.old.score.parts, case.new.score.parts, strict=True):
        if before.instrument.drums:
            assert after == before
            continue
        placed = {(n.start, n.pitch % 12) for n in after.notes}
        if case.new.plan.key.mode == case.old.plan.key.mode:
            assert placed == {(n.start, (n.pitch + way) % 12) for n in before.notes}
        assert {n.start for n in after.notes} == {n.start for n in before.notes}


def _in_g_minor(case: Case) -> None:
    assert case.new.plan.key.name == "G minor"
    _transposed(case, None)


def _tone_up(case: Case) -> None:
    assert case.new.plan.key.mode == case.old.plan.key.mode
    _transposed(case, 2)


def _major(case: Case) -> None:
    assert case.new.plan.key.mode == "major"
    _transposed(case, 0)


def _left_out(case: Case, role: str) -> None:
    """The others play on; one of them joins in where there would be silence."""
    assert changed(case) <= {"parts", "levels"}
    assert all(part.role != role and part.instrument.family != role for part in case.new.score.parts)
    left = content(case.old)
    for seat, (name, notes) in content(case.new).items():
        assert left[seat][0] == name
        joined = set(notes) - set(left[seat][1])
        assert set(left[seat][1]) <= set(notes)
        bar = case.new.plan.metre.bar_ticks
        alone = [n for n in joined if any(n.start // bar == m.start // bar for m in _others(case, seat))]
        assert alone == []


def _others(case: Case, seat: int) -> list[Note]:
    return [note for part in case.new.score.parts if part.seat != seat for note in part.notes]


def _added(case: Case, instrument: str, family: str) -> None:
    assert changed(case) == {"parts", "levels"}
    before, after = content(case.old), content(case.new)
    assert {seat: after[seat] for seat in before} == before
    (new,) = [part for part in case.new.score.parts if part.seat not in before]
    assert new.notes
    assert instrument == new.instrument.name
    assert family == new.instrument.family


def _swapped(case: Case) -> None:
    assert changed(case) == {"parts"}
    lead = {part.seat for part in case.old.score.parts if part.role == "melody"}
    assert all(part.instrument.name == "flute" for part in case.new.score.parts if part.seat in lead)
    assert content(case.new, but=lambda p: p.seat in lead) == content(case.old, but=lambda p: p.seat in lead)
    for before, after in zip(case.old.score.parts, case.new.score.parts, strict=True):
        if before.seat in lead:
            assert [(n.start, n.pitch % 12) for n in after.notes] == [(n.start, n.pitch % 12) for n in before.notes]


def _in_three(case: Case) -> None:
    assert changed(case) <= {"metre", "duration"}
    assert case.new.plan.metre == metre_named("3/4")
    for role in ("melody", "counter"):
        for few, many in zip(pitches(case.new, role), pitches(case.old, role), strict=True):
            shorter = case.new.plan.metre.bar_ticks < case.old.plan.metre.bar_ticks
            assert subsequence(few, many) if shorter else sorted(few) == sorted(many)
            assert bool(few) == bool(many)


def _bars_shared(case: Case) -> None:
    """Each bar of the new form is one of the old, in all parts at once."""
    assert changed(case) <= {"form", "chords", "duration"}

    def bars(sheet: Sheet) -> list[tuple[tuple[int, tuple[tuple[int, int], ...]], ...]]:
        return [
            tuple((p.seat, tuple((n.start, n.pitch) for n in sheet.window(p, bar, 1))) for p in sheet.score.parts)
            for bar in range(sheet.bars)
        ]

    known = set(bars(case.old))
    assert [bar for bar in bars(case.new) if bar not in known] == []


def _short_intro(case: Case) -> None:
    assert case.new.bars < case.old.bars
    assert case.new.duration_s < case.old.duration_s
    _bars_shared(case)


def _no_intro(case: Case) -> None:
    assert all(section.name != "intro" for section in case.new.plan.form)
    _bars_shared(case)


def _longer(case: Case) -> None:
    assert case.new.duration_s > case.old.duration_s
    _bars_shared(case)


def _seconds(case: Case) -> None:
    assert case.new.duration_s == 50
    if not case.old.plan.loop:
        _bars_shared(case)


def _quieter(case: Case) -> None:
    assert changed(case) == {"levels"}
    _same_notes(case)
    assert [p.level_db < 0 for p in case.new.score.parts] == [p.role == "drums" for p in case.new.score.parts]


def _energetic(case: Case) -> None:
    assert changed(case) <= {"levels"}
    for before, after in zip(case.old.score.parts, case.new.score.parts, strict=True):
        kept = [n for n in after.notes if (n.start, n.pitch) in {(m.start, m.pitch) for m in before.notes}]
        if before.role != "drums":
            assert len(after.notes) == len(before.notes)
        assert [replace(n, velocity=0) for n in kept] == [replace(n, velocity=0) for n in before.notes]
        assert all(n.velocity >= m.velocity for n, m in zip(kept, before.notes, strict=True))


def _fading(case: Case) -> None:
    assert changed(case) == {"fades"}
    _same_notes(case)


CHECKS: dict[str, Callable[[Case], None]] = {
    "slower": _slower,
    "set tempo": _set_tempo,
    "key": _in_g_minor,
    "tone up": _tone_up,
    "major": _major,
    "no drums": lambda case: _left_out(case, "drums"),
    "no bass": lambda case: _left_out(case, "bass"),
    "violins": lambda case: _added(case, "violin", "strings"),
    "drums": lambda case: _added(case, "drums", "drums"),
    "swap lead": _swapped,
    "metre": _in_three,
    "short intro": _short_intro,
    "no intro": _no_intro,
    "longer": _longer,
    "seconds": _seconds,
    "quieter drums": _quieter,
    "energetic": _energetic,
    "fade": _fading,
}


def sheet_of(prompt: str, seed: int, duration_s: float) -> tuple[Sheet, Sampling]:
    sampling = Sampling(seed, 1.2, 250, 0.67, 4.0)
    composed = compose(prompt, duration_s, sampling)
    return Sheet(composed.plan, composed.written, duration_s), sampling


@pytest.mark.slow
@pytest.mark.parametrize("language", range(3), ids=("en", "ru", "zh"))
def test_what_is_asked_for_changes_and_all_else_is_equal(language: int, full: bool) -> None:
    """Over 200 pieces and edits in all when run in full; each edit meets pieces that have a place for it."""
    chance = random.Random(language)
    done = dict.fromkeys(SAID, 0)
    for number in range(len(SAID) * (12 if full else 1)):
        name = list(SAID)[number % len(SAID)]
        edits = spoken_edits(SAID[name][language]).edits
        for _ in range(6):
            prompt, seed = chance.choice(PROMPTS), chance.randrange(10**8)
            old, sampling = sheet_of(prompt, seed, chance.choice((20, 30, 40)))
            case = Case(old, revised(old, edits, sampling))
            if case.refused():
                assert content(case.new) == content(old)
                continue
            try:
                CHECKS[name](case)
            except AssertionError as error:
                raise AssertionError(f"{SAID[name][language]!r} of {prompt!r}, seed {seed}") from error
            done[name] += 1
            break
    assert [name for name, count in done.items() if not count] == []


def test_a_revised_piece_is_made_again_alike_and_step_by_step() -> None:
    sampling = Sampling(5, 1.2, 250, 0.67, 4.0)
    steps = [(Edit("without", names=("bass",)),), (Edit("add", names=("violin",)), Edit("key", value=2.0))]
    once, again = (recompose("pop song", 30, sampling, steps) for _ in range(2))
    assert once.composition.played == again.composition.played
    first = recompose("pop song", 30, sampling, steps[:1])
    both = revised(Sheet(first.composition.plan, first.composition.written, 30), steps[1], sampling)
    assert both.sheet.score == once.composition.written


def test_nothing_changed_is_the_piece_itself() -> None:
    sampling = Sampling(5, 1.2, 250, 0.67, 4.0)
    assert recompose("bossa nova", 20, sampling, []).composition == compose("bossa nova", 20, sampling)


@pytest.mark.parametrize("seed", range(8))
def test_one_more_of_its_kind_keeps_players_form_and_metre_and_has_another_tune(seed: int) -> None:
    old, sampling = sheet_of("waltz for strings", 7, 30)
    new = revised(old, [Edit("anew", value=float(seed))], sampling).sheet
    assert (new.plan.genre, new.plan.metre, new.plan.parts, new.plan.form) == (
        old.plan.genre, old.plan.metre, old.plan.parts, old.plan.form,
    )  # fmt: skip
    assert abs(new.score.tempo_bpm / old.score.tempo_bpm - 1) <= 0.035
    assert (new.plan.key.tonic - old.plan.key.tonic) % 12 in (0, 5, 7)
    assert new.plan.key.mode == old.plan.key.mode
    assert new.duration_s == old.duration_s
    assert pitches(new, "melody") != pitches(old, "melody")
