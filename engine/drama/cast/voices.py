"""Which voice plays whom, and where they stand."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import log2
from typing import Final

from engine.drama.cast.chosen import Choice, Chosen, choices
from engine.drama.cast.talk import amounts, languages, partners
from engine.drama.project import NARRATOR, Age, Character, Gender, Project
from engine.drama.voices.utterance import Voice
from engine.drama.voices.voices import SPEAKS
from engine.messages import translate

WIDEST: Final = 0.35
"""The furthest from the middle that a character stands."""
LAST_RESORT: Final = 0.2
"""Voices of a lower grade play only where the language has no other."""
_PLACES = (0.2, -0.2, 0.35, -0.35, 0.1, -0.1, 0.28, -0.28)
_BLENDS = ("kokoro",)
"""Engines whose voices can be mixed."""
_AGED: dict[Age, tuple[float, float]] = {"child": (3.0, 1.04), "young": (0.5, 1.02), "old": (-1.0, 0.94)}
"""What makes up for a voice of another age: pitch in semitones, speed."""
_VARIANTS = ((1.5, 0.97), (-1.5, 1.04), (2.5, 1.06), (-2.5, 0.94), (0.8, 0.92), (-0.8, 1.08))
"""What tells two characters of one voice apart."""


@dataclass
class _Casting:
    """What is taken: voice -> the characters that have it."""

    taken: dict[str, list[str]]
    talk: dict[str, Counter[str]]
    lead: Gender
    """Of whoever says most."""


def cast_voices(
    project: Project, voices: Sequence[Voice], chosen: Chosen | None = None, castable: Sequence[Voice] | None = None
) -> Project:
    """The project with a voice and a place for every character without one, changed in place.

    `chosen`: name, alias or id -> a voice's id or name, or `{"voice": …, "speed": …, "pan": …, "effect": …}`; it goes
    before everything, and names that nobody bears are said in `notes`. Others get a voice of their language, gender and
    age, the best and the most distinct first for those who say most; where voices run out, blends and other pitches.
    Nobody gets a voice of another language: without one of their own they stay without, and `notes` say so. A line in a
    language that its voice cannot speak gets a voice of its own. The same character of an edited script gets the same
    voice. `castable`: those of `voices` that are given to who has none; all of them where not said.
    Raises INVALID_INPUT as `choices` does.
    """
    given, unknown = choices(chosen or {}, project.characters, voices)
    _note(project, [translate("drama.cast_name_unknown", project.language, name=name) for name in unknown])
    fresh = [character for character in project.characters if character.voice is None]
    for character in project.characters:
        _apply(character, given.get(character.id))
    said, spoken = amounts(project), languages(project)
    others = sorted((each for each in project.characters if each.id != NARRATOR), key=lambda each: _rank(each, said))
    casting = _Casting({}, partners(project), others[0].gender if others else "unknown")
    castable = voices if castable is None else castable
    for character in project.characters:
        if character.voice is not None:
            casting.taken.setdefault(_main(character.voice), []).append(character.id)
    for character in sorted(fresh, key=lambda each: _rank(each, said)):
        if character.voice is None:
            language = spoken.get(character.id, project.language)
            fitting = [voice for voice in castable if voice.language == language]
            fitting = [voice for voice in fitting if voice.grade >= LAST_RESORT] or fitting
            if not fitting:
                _note(project, [translate("drama.no_voice_for", project.language, name=character.name)])
                continue
            _give(character, fitting, casting, pitched=given.get(character.id))
    _place([each for each in fresh if given.get(each.id) is None or given[each.id].pan is None], project, said)
    _answer_in_their_language(project, voices, castable)
    return project


def _answer_in_their_language(project: Project, voices: Sequence[Voice], castable: Sequence[Voice]) -> None:
    """A voice for each line in a language that the character's does not speak: the one that suits them best."""
    known = {voice.id: voice for voice in voices}
    characters = {each.id: each for each in project.characters}
    found: dict[tuple[str, str], str] = {}
    for line in project.lines:
        character, language = characters.get(line.speaker or NARRATOR), line.language or project.language
        voice = known.get(_main(line.voice or (character.voice if character else None) or ""))
        if character is None or voice is None or language in SPEAKS.get(voice.engine, (voice.language,)):
            continue
        if (character.id, language) not in found:
            gender = voice.gender if character.gender == "unknown" else character.gender
            like = character.model_copy(update={"gender": gender})
            fitting = [each for each in castable if each.language == language]
            if not fitting:
                continue
            best = max(fitting, key=lambda each: (_fit(like, each, _Casting({}, {}, "unknown")), each.id))
            found[character.id, language] = best.id
        line.voice = found[character.id, language]


def _apply(character: Character, choice: Choice | None) -> None:
    if choice is not None:
        for name, value in choice.model_dump(exclude_none=True).items():
            setattr(character, name, value)


def _note(project: Project, notes: list[str]) -> None:
    project.notes += [note for note in notes if note not in project.notes][: 200 - len(project.notes)]


def _rank(character: Character, said: Counter[str]) -> tuple[int, int, str]:
    """The narrator, then by how much they say, coarsely: an edited line changes nobody's rank, nearly always."""
    return character.id != NARRATOR, -round(log2(1 + said[character.id]) / 2), character.id


def _give(character: Character, fitting: Sequence[Voice], casting: _Casting, *, pitched: Choice | None) -> None:
    best = max(fitting, key=lambda voice: (_fit(character, voice, casting), voice.id))
    others = casting.taken.setdefault(best.id, [])
    character.voice = best.id
    pitch, speed = _AGED.get(character.age, (0.0, 1.0)) if best.age != character.age else (0.0, 1.0)
    if others:
        number = len(others) - 1
        second = _second(best, fitting) if best.engine in _BLENDS and number % 2 == 0 else None
        if second is not None:
            character.voice = f"{best.id}+{second}@0.4"
        higher, faster = _VARIANTS[number % len(_VARIANTS)]
        pitch, speed = pitch + higher, speed * faster
    others.append(character.id)
    if pitched is None or pitched.pitch_semitones is None:
        character.pitch_semitones = round(max(-6.0, min(6.0, character.pitch_semitones + pitch)), 2)
    if pitched is None or pitched.speed is None:
        character.speed = round(max(0.5, min(2.0, character.speed * speed)), 3)


def _fit(character: Character, voice: Voice, casting: _Casting) -> float:
    """How well a voice suits a character while others have theirs."""
    score = 2.0 * voice.grade + 0.5 * _chance(character.id, voice.id)
    score += _same_gender(character.gender, voice.gender)
    if character.age != "unknown":
        score += 2.0 if voice.age == character.age else -1.0 if "child" in (voice.age, character.age) else 0.0
    elif voice.age in ("child", "old"):
        score -= 1.0
    if character.id == NARRATOR:
        score += 4.0 * voice.narrates - 1.5 * (casting.lead == voice.gender)
    holders = casting.taken.get(voice.id, [])
    score -= 3.0 * len(holders)
    talk = casting.talk.get(character.id, Counter())
    if any(talk[each] for each in holders) or NARRATOR in holders:
        score -= 12.0
    return score


def _same_gender(wanted: Gender, has: Gender) -> float:
    if "unknown" in (wanted, has):
        return 0.0
    return 6.0 if wanted == has else -30.0


def _second(voice: Voice, fitting: Sequence[Voice]) -> str | None:
    """The name of a voice that can be mixed into another."""
    fits = [
        each for each in fitting if each.engine == voice.engine and each.id != voice.id and each.gender == voice.gender
    ]
    return max(fits, key=lambda each: (each.grade, each.id)).id.partition(":")[2] if fits else None


def _chance(*names: str) -> float:
    """The same number from 0 to 1 for the same names, always."""
    return int.from_bytes(sha256("/".join(names).encode()).digest()[:4], "big") / 2**32


def _main(voice: str) -> str:
    return voice.partition("+")[0]


def _place(characters: Sequence[Character], project: Project, said: Counter[str]) -> None:
    """Everybody their place: those who talk together apart, the narrator in the middle."""
    talk = partners(project)
    placed = {each.id: each.pan for each in project.characters if each not in characters and each.id != NARRATOR}
    for character in sorted(characters, key=lambda each: _rank(each, said)):
        if character.id == NARRATOR:
            continue
        spoken = talk.get(character.id, Counter())
        character.pan = max(_PLACES, key=lambda place: _apart(character.id, place, placed, spoken))
        placed[character.id] = character.pan


def _apart(identity: str, place: float, placed: dict[str, float], spoken: Counter[str]) -> float:
    total = 0.05 * _chance(identity, str(place)) - 0.1 * abs(place)
    weight = sum(spoken.values()) or 1
    for other, at in placed.items():
        total += (spoken[other] / weight + 0.02) * min(abs(place - at), 0.5)
    return total
