"""Which voice plays whom."""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from engine.drama.cast import attribute, cast_voices
from engine.drama.cast.voices import WIDEST
from engine.drama.project import NARRATOR, Project
from engine.drama.script.read import read_script
from engine.drama.utterances import utterance_of
from engine.drama.voices.utterance import Voice
from engine.drama.voices.voices import VOICES, known
from engine.errors import AppError, Code
from tests.drama.small_projects import project

ENGLISH = [
    Voice("kokoro:af_heart", "Heart", "kokoro", "en", "female", grade=0.95, narrates=True),
    Voice("kokoro:af_bella", "Bella", "kokoro", "en", "female", grade=0.9),
    Voice("kokoro:af_sky", "Sky", "kokoro", "en", "female", grade=0.5),
    Voice("kokoro:am_michael", "Michael", "kokoro", "en", "male", grade=0.8, narrates=True),
    Voice("kokoro:am_puck", "Puck", "kokoro", "en", "male", grade=0.7),
    Voice("kokoro:bm_george", "George", "kokoro", "en", "male", age="old", grade=0.6),
]
RUSSIAN = [
    Voice("silero:xenia", "Ксения", "silero", "ru", "female", grade=0.8, narrates=True),
    Voice("silero:baya", "Бая", "silero", "ru", "female", grade=0.7),
    Voice("silero:aidar", "Айдар", "silero", "ru", "male", grade=0.7),
]
TALK = (
    "Anna came with Peter. She was late.\n<“Why?”> said Anna.\n<“Why not?”> said Peter.\n<“Tell me.”> said Mary.\n"
    "<“Never,”> said Anna.\n<“Listen,”> said Peter.\n<“Well,”> said Mary.\n<“Good evening,”> said Tom.\n"
)


def cast(text: str, voices: Sequence[Voice], chosen: dict[str, object] | None = None) -> Project:
    return cast_voices(attribute(project(text)), voices, chosen)  # type: ignore[arg-type]


def voices_of(found: Project) -> dict[str, str | None]:
    return {each.id: each.voice for each in found.characters}


def test_gender_decides_and_nobody_shares_while_voices_are_free() -> None:
    found = voices_of(cast(TALK, ENGLISH))
    assert len(set(found.values())) == len(found) == 5
    assert {found[each][8] for each in ("anna", "mary")} == {"f"}  # type: ignore[index]
    assert {found[each][8] for each in ("peter", "tom")} == {"m"}  # type: ignore[index]


def test_the_narrator_gets_a_voice_that_narrates() -> None:
    assert voices_of(cast(TALK, ENGLISH))[NARRATOR] in ("kokoro:af_heart", "kokoro:am_michael")


def test_the_narrator_is_unlike_the_lead_and_a_last_resort_plays_nobody() -> None:
    text = "<— Да, —> сказал Иван.\n<— Нет, —> сказал Петр.\n<— Да, —> сказал Федор."
    robot = Voice("espeak:ru", "Robot", "espeak", "ru", "male", grade=0.05)
    found = cast_voices(attribute(project(text, "ru")), [*RUSSIAN, robot])
    assert found.character(NARRATOR).voice == "silero:xenia"
    assert "espeak:ru" not in voices_of(found).values()
    alone = cast_voices(attribute(project(text, "ru")), [robot])
    assert {each.voice for each in alone.characters} == {"espeak:ru"}


def test_a_voice_of_another_language_is_never_given() -> None:
    found = cast(TALK, [*RUSSIAN, ENGLISH[0]])
    assert {each.voice.partition("+")[0] for each in found.characters if each.voice} == {"kokoro:af_heart"}
    without = cast(TALK, RUSSIAN)
    assert {each.voice for each in without.characters} == {None}
    assert any("Anna" in note for note in without.notes)


def test_one_voice_for_two_sounds_different() -> None:
    found = attribute(project("<— Да, —> сказал Иван.\n<— Нет, —> сказал Петр.\n<— Да, —> сказал Федор.", "ru"))
    cast_voices(found, RUSSIAN)
    men = [each for each in found.characters if each.id != NARRATOR]
    assert {each.voice for each in men} == {"silero:aidar"}
    assert len({(each.pitch_semitones, each.speed) for each in men}) == 3


def test_partners_get_different_voices_before_strangers_do() -> None:
    text = "<“A,”> said Anna.\n<“B,”> said Mary.\n<“C,”> said Anna.\n<“D,”> said Mary.\n# Two\n<“E,”> said Emma.\n"
    found = voices_of(cast(text, ENGLISH[:2] + ENGLISH[3:4]))
    assert found["anna"] != found["mary"]


def test_the_users_cast_goes_first_by_name_and_alias() -> None:
    chosen = {"ANNA": "Sky", "Peter": {"voice": "kokoro:am_puck", "speed": 0.9, "pan": -0.5, "effect": "radio"}}
    found = cast(TALK, ENGLISH, chosen)
    assert found.character("anna").voice == "kokoro:af_sky"
    peter = found.character("peter")
    assert (peter.voice, peter.speed, peter.pan, peter.effect) == ("kokoro:am_puck", 0.9, -0.5, "radio")
    assert list(voices_of(found).values()).count("kokoro:af_sky") == 1


def test_a_blend_may_be_chosen() -> None:
    chosen = {"Anna": "kokoro:af_sky+af_bella@0.3"}
    assert cast(TALK, ENGLISH, chosen).character("anna").voice == "kokoro:af_sky+af_bella@0.3"


def test_a_voice_of_the_users_own_may_be_chosen() -> None:
    assert cast(TALK, ENGLISH, {"Anna": "megatts3:grandmother"}).character("anna").voice == "megatts3:grandmother"


@pytest.mark.parametrize(
    ("chosen", "key"),
    [
        ({"Anna": "kokoro:nobody"}, "drama_cast_voice"),
        ({"Anna": "megatts3:../x"}, "drama_cast_voice"),
        ({"Anna": "kokoro:af_sky+nobody@0.3"}, "drama_cast_voice"),
        ({"Anna": {"speed": 9}}, "drama_cast_entry"),
        ({"Anna": {"colour": "red"}}, "drama_cast_entry"),
    ],
)
def test_a_wrong_cast_is_refused(chosen: dict[str, object], key: str) -> None:
    with pytest.raises(AppError) as refused:
        cast(TALK, ENGLISH, chosen)
    assert (refused.value.code, refused.value.key) == (Code.INVALID_INPUT, key)


def test_an_unknown_name_is_noted() -> None:
    found = cast(TALK, ENGLISH, {"Nobody": "Sky"})
    assert len(found.notes) == 1
    assert "Nobody" in found.notes[0]


def test_an_edited_line_changes_nobodys_voice() -> None:
    before = voices_of(cast(TALK, ENGLISH))
    after = voices_of(cast(TALK.replace("Tell me.", "Tell me about it."), ENGLISH))
    assert after == before
    longer = voices_of(cast(TALK + "It rained.\n", ENGLISH))
    assert longer == before


def test_casting_again_keeps_everything() -> None:
    once = cast(TALK, ENGLISH)
    again = cast_voices(Project.model_validate(once.model_dump()), ENGLISH[::-1])
    assert again.model_dump() == once.model_dump()


def test_the_order_of_voices_does_not_count() -> None:
    assert voices_of(cast(TALK, ENGLISH[::-1])) == voices_of(cast(TALK, ENGLISH))


def test_those_who_talk_stand_apart_and_the_narrator_in_the_middle() -> None:
    found = cast(TALK, ENGLISH)
    assert found.character(NARRATOR).pan == 0
    talking = [line.speaker for line in found.lines if line.kind == "dialogue"]
    pairs = [(found.character(one).pan, found.character(other).pan) for one, other in pairwise(talking) if one != other]
    assert all(abs(left - right) >= 0.1 for left, right in pairs)
    assert all(abs(each.pan) <= WIDEST for each in found.characters)


def test_children_and_the_old_sound_their_age() -> None:
    text = "<“Ha,”> said the old man.\n<“Ho,”> said the boy.\n"
    found = cast(text, ENGLISH)
    assert found.character("man").voice == "kokoro:bm_george"
    assert found.character("boy").pitch_semitones > 1


def test_a_cast_of_fifty_with_six_voices_is_told_apart() -> None:
    names = [f"{first}{last}" for first in "BDFGHKLMNP" for last in ("an", "en", "in", "on", "un")]
    text = "\n".join(f"<“I am here,”> said Mr. {name}." for name in names)
    found = cast(text, ENGLISH)
    sounds = [(each.voice, each.pitch_semitones, each.speed) for each in found.characters if each.id != NARRATOR]
    assert len(sounds) == 50
    partners = [line.speaker for line in found.lines if line.kind == "dialogue"]
    alike = sum(
        found.character(one).model_dump(include={"voice", "speed", "pitch_semitones"})
        == found.character(other).model_dump(include={"voice", "speed", "pitch_semitones"})
        for one, other in pairwise(partners)
    )
    assert alike == 0
    json.dumps(found.model_dump())


def test_a_bad_voice_is_no_better_for_being_alone() -> None:
    """The best of two free voices of the same gender goes to who says most."""
    text = "\n".join(["<“A long speech about everything in the world,”> said Anna."] * 8 + ["<“Oh,”> said Mary."])
    found = cast(text, [replace(ENGLISH[3]), ENGLISH[1], replace(ENGLISH[2], grade=0.1)])
    assert found.character("anna").voice == "kokoro:af_bella"


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("Evening came over the old town.\n\n“Добрый вечер, мой дорогой друг!” said Anna.\n", {"en", "ru"}),
        ("Наступил вечер, и Анна закрыла дверь.\n\nHello there, my dear friend, how are you today?\n", {"ru", "en"}),
        ("天黑了，安娜关上了门。\n\nДобрый вечер, мой дорогой друг, как поживаете?\n", {"zh", "ru"}),
    ],
)
def test_a_line_in_another_language_is_said_by_who_speaks_it(text: str, languages: set[str]) -> None:
    found = cast_voices(attribute(read_script(text)), list(VOICES.values()))
    said = {}
    for line in found.lines:
        utterance = utterance_of(found, line)
        said[utterance.language] = known(utterance.voice)
    assert set(said) == languages
    assert all(language in ("en", "zh") if voice.engine == "kokoro" else voice.language == language
               for language, voice in said.items())  # fmt: skip
