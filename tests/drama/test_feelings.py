"""How lines are said, and what an emotion does to a voice."""

import typing

import pytest

from engine.drama.project import Anchor, Cue, Emotion, Finding, Language, Scene
from engine.drama.scenes import feel, manner
from engine.drama.scenes.manner import MANNERS

from .told_scenes import told

QUOTES: list[tuple[Language, str, Emotion]] = [
    ("en", '"Come here," he whispered.', "whispering"),
    ("en", '"Come here!" shouted the captain.', "shouting"),
    ("en", '"He is gone," she sobbed.', "sad"),
    ("en", 'She said angrily, "Leave this house."', "angry"),
    ("en", '"My own darling," said he tenderly.', "tender"),
    ("en", '"I did not expect it," he said, laughing merrily.', "happy"),
    ("en", '"Is it possible?!" she said in astonishment.', "surprised"),
    ("en", '"Help! Save me!" he gasped, trembling with terror.', "afraid"),
    ("en", '"Good day," he said.', "neutral"),
    ("en", '"Good day," he said, not angrily.', "neutral"),
    ("en", '"GET BACK FROM THE EDGE!"', "shouting"),
    ("ru", "— Иди сюда, — прошептал он.", "whispering"),
    ("ru", "— Стой! — закричала она.", "shouting"),
    ("ru", "— Он умер, — всхлипнула она.", "sad"),
    ("ru", "— Подите вон, — гневно сказал он.", "angry"),
    ("ru", "— Милая моя, — нежно проговорил он.", "tender"),
    ("ru", "— Заходите, — весело сказала хозяйка.", "happy"),
    ("ru", "— Неужели?! — удивился он.", "surprised"),
    ("ru", "— Кто там? — дрожа спросила девочка.", "afraid"),
    ("ru", "— Добрый день, — сказал он.", "neutral"),
    ("zh", "他低声道：“过来。”", "whispering"),
    ("zh", "他大喊道：“站住！”", "shouting"),
    ("zh", "她哭道：“他死了。”", "sad"),
    ("zh", "贾政怒道：“出去！”", "angry"),
    ("zh", "他温柔地说：“好孩子。”", "tender"),
    ("zh", "凤姐笑道：“来得正好。”", "happy"),
    ("zh", "他惊讶地问：“是你？”", "surprised"),
    ("zh", "他颤声道：“谁？”", "afraid"),
    ("zh", "他说：“今天星期一。”", "neutral"),
]


@pytest.mark.parametrize(("language", "text", "emotion"), QUOTES)
def test_the_words_around_a_quote_say_how_it_is_said(language: Language, text: str, emotion: Emotion) -> None:
    line = next(line for line in feel(told(text, language)).lines if line.kind == "dialogue" or "GET" in line.text)
    assert line.emotion == emotion
    assert (line.emotion_confidence > 0.4) == (emotion != "neutral")


def test_a_tag_belongs_to_its_own_quote() -> None:
    project = feel(told('"Yes," she whispered. He shouted, "No!"\n"Well," said the other.', "en"))
    said = {line.text: line.emotion for line in project.lines if line.kind == "dialogue"}
    assert said == {'"Yes,"': "whispering", '"No!"': "shouting", '"Well,"': "neutral"}


@pytest.mark.parametrize(
    ("language", "direction", "emotion"),
    [
        ("en", "angrily", "angry"),
        ("en", "in a whisper", "whispering"),
        ("ru", "шёпотом", "whispering"),
        ("zh", "低声", "whispering"),
    ],
)
def test_a_direction_of_the_script_is_stronger_than_the_rest(language: Language, direction: str, emotion: str) -> None:
    project = told('"How delightful!"', language)
    project.cues = [Cue(kind="direction", text=direction, at=Anchor(line="l0"))]
    line = feel(project).lines[0]
    assert line.emotion == emotion
    assert line.emotion_confidence > 0.7


def test_what_somebody_has_set_stays() -> None:
    project = told('"Run!" he shouted.', "en")
    project.lines[0].emotion, project.lines[0].emotion_confidence = "sad", 1.0
    assert feel(project).lines[0].emotion == "sad"
    project.lines[0].emotion, project.lines[0].emotion_confidence = "neutral", 1.0
    assert feel(project).lines[0].emotion == "neutral"


def test_narration_takes_on_the_mood_of_its_scene_but_weakly() -> None:
    project = told("Nothing moved.", "en")
    project.scenes = [Scene(id="s", line="l0", mood=Finding(value="frightening", confidence=0.9))]
    line = feel(project).lines[0]
    assert line.emotion == "tense"
    assert 0 < line.emotion_confidence < 0.35


@pytest.mark.parametrize("emotion", typing.get_args(Emotion))
def test_manners_are_small_and_grow_with_confidence(emotion: Emotion) -> None:
    whole, half, none = manner(emotion), manner(emotion, 0.5), manner(emotion, 0)
    assert whole == MANNERS[emotion]
    assert none == manner("neutral")
    assert 0.85 <= whole.speed <= 1.2
    assert abs(whole.pitch_semitones) <= 1.5
    assert abs(whole.gain_db) <= 6
    assert 0.8 <= whole.pause <= 1.4
    assert 0 <= whole.breath <= 0.5
    assert half.gain_db == pytest.approx(whole.gain_db / 2)
    assert half.speed - 1 == pytest.approx((whole.speed - 1) / 2)


def test_a_long_quote_is_said_in_one_way() -> None:
    project = told("“One. Two.” she whispered.", "en")
    quote, tag = project.lines[0], project.lines[-1]
    project.lines = [
        quote.model_copy(update={"id": "a", "text": "“One."}),
        quote.model_copy(update={"id": "b", "text": "Two.”"}),
        tag,
    ]
    assert [line.emotion for line in feel(project).lines] == ["whispering", "whispering", "neutral"]
