"""Scenes: where they are cut, what is found of them, what they take over from each other."""

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.drama.project import Anchor, Cue, Finding, Language, Line, Project, Scene
from engine.drama.scenes import find_scenes
from engine.drama.scenes.patterns import folded
from engine.drama.scenes.tables import pattern, table

from .told_scenes import told


def places(project: Project) -> list[str | None]:
    return [scene.place.value if scene.place else None for scene in find_scenes(project).scenes]


MOVES = {
    "en": "The room was warm, and the old man sat in his armchair and read the paper without a word to anybody. "
    "He read it twice from the first line to the last.\nThen they went out into the street.\nIt was crowded.",
    "ru": "В комнате было тепло, старик сидел в кресле и читал газету, ни с кем не говоря ни слова. "
    "Он прочёл её дважды, от первой строки до последней.\nПотом они вышли на улицу.\nТам было людно.",
    "zh": "房间里很暖和，老人坐在椅子上看报纸，一句话也不说。"
    "他从第一行看到最后一行，看了两遍，又从头看了起来，看得津津有味。\n后来他们来到海边。\n那里人很多。",
}


@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_who_comes_to_another_place_begins_a_scene(language: Language) -> None:
    found = find_scenes(told(MOVES[language], language)).scenes
    assert [scene.place.value for scene in found if scene.place] == ["room", "shore" if language == "zh" else "street"]
    assert found[1].place is not None
    assert found[1].place.words


@pytest.mark.parametrize(
    ("language", "heading", "place", "time"),
    [
        ("en", "INT. KITCHEN - NIGHT", "kitchen", "night"),
        ("en", "EXT. BEACH - DAY", "shore", "day"),
        ("ru", "ИНТ. КУХНЯ - НОЧЬ", "kitchen", "night"),
        ("ru", "НАТ. ЛЕС - УТРО", "forest", "morning"),
        ("zh", "内景 厨房 夜", "kitchen", "night"),
        ("zh", "外景 树林 日", "forest", "day"),
    ],
)
def test_the_headings_of_a_script_are_believed(language: Language, heading: str, place: str, time: str) -> None:
    project = told("Hello.\nGoodbye.", language)
    project.cues = [Cue(kind="scene", text=heading, at=Anchor(line="l1"))]
    scene = find_scenes(project).scenes[1]
    assert scene.title == heading
    assert scene.place is not None
    assert scene.time is not None
    assert (scene.place.value, scene.time.value) == (place, time)
    assert min(scene.place.confidence, scene.time.confidence) > 0.9


def test_an_ambience_cue_begins_a_scene_and_is_evidence() -> None:
    project = told("They waited.\nNothing came.", "en")
    project.cues = [Cue(kind="ambience", text="storm", at=Anchor(line="l1"))]
    first, second = find_scenes(project).scenes
    assert first.weather is None
    assert second.weather is not None
    assert second.weather.value == "storm"


def test_what_a_scene_does_not_say_it_takes_over_less_surely_and_no_further_than_its_chapter() -> None:
    project = told("At night it was raining in the forest.\n***\nNobody spoke.\n***\nNobody moved.", "en")
    first, second, third = find_scenes(project).scenes
    assert first.weather is not None
    assert second.weather is not None
    assert second.weather.value == "rain"
    assert second.weather.confidence < first.weather.confidence
    assert third.weather is None
    project.lines[1].break_after = "chapter"
    project.lines[0].break_after = "chapter"
    assert find_scenes(project).scenes[1].weather is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "There was no wind and no rain."),
        ("en", "A storm of applause greeted the singer."),
        ("en", "“Mrs. Rain is at home,” he said. Mrs. Rain came down."),
        ("en", "If it rained, they would stay."),
        ("en", "She remembered how the rain fell in the forest when she was young."),
        ("ru", "Ветра не было, дождя тоже не было."),
        ("ru", "Раздалась буря аплодисментов."),
        ("ru", "Если пойдёт дождь, он останется."),
        ("ru", "Он вспомнил, как в детстве шёл дождь."),
        ("zh", "那天没有下雨，也没有刮大风。"),
        ("zh", "贾雨村进来了，威风得很。"),
        ("zh", "如果下大雨，他就不走了。"),
        ("zh", "她想起小时候下着大雨。"),
    ],
)
def test_no_weather_of_negations_metaphors_names_wishes_and_memories(language: Language, text: str) -> None:
    assert find_scenes(told(text, language)).scenes[0].weather is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "In his mind’s eye they walked along the beach by the sea at midnight."),
        ("ru", "В воображении его была ночь, и они стояли на берегу моря."),
        ("zh", "我的脑里忽然闪出一幅神异的图画来：深蓝的天空中挂着一轮金黄的圆月，下面是海边的沙地。"),
    ],
)
def test_nobody_is_where_they_only_see_themselves(language: Language, text: str) -> None:
    found = find_scenes(told(text, language)).scenes[0]
    assert found.place is None and found.time is None


def test_evidence_of_the_whole_scene_is_weighed_not_the_first_hit() -> None:
    text = (
        "He spoke of the church. They were in the forest. The forest was dark, and deeper in the wood a branch broke. "
        "They sat down in the clearing among the pine trees."
    )
    assert places(told(text, "en")) == ["forest"]


def test_scenes_that_are_there_stay() -> None:
    project = told("At night it was raining in the forest.", "en")
    project.scenes = [Scene(id="mine", line="l0", place=Finding(value="cave", confidence=1))]
    assert find_scenes(project).scenes == project.scenes


def test_ids_stay_when_another_line_is_edited() -> None:
    project = find_scenes(told(MOVES["en"], "en"))
    edited = told(MOVES["en"], "en")
    edited.lines[0].text = "The room was cold."
    edited.lines[1].text = "x" * 200
    assert [scene.id for scene in find_scenes(edited).scenes] == [scene.id for scene in project.scenes]


@given(st.text(max_size=80))
def test_folding_keeps_every_place(text: str) -> None:
    assert len(folded(text)) == len(text)


@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=6), st.sampled_from(["en", "ru", "zh"]))
def test_any_text_has_scenes_that_stand_on_its_lines(texts: list[str], language: Language) -> None:
    lines = [Line(id=f"l{at}", start=0, end=0, text=text, break_after="paragraph") for at, text in enumerate(texts)]
    found = find_scenes(Project(language=language, lines=lines))
    assert found.scenes[0].line == "l0"
    Project.read(found.model_dump())


@pytest.mark.parametrize("name", ["places", "weather", "times", "moods", "effects", "feelings", "contexts"])
def test_every_row_speaks_three_languages_and_its_patterns_are_whole(name: str) -> None:
    for value, row in table(name).items():
        kinds = {
            key.rpartition("_")[0] for key in row if key in ("en", "ru", "zh") or key[-3:] in ("_en", "_ru", "_zh")
        }
        for kind in kinds:
            for language in ("en", "ru", "zh"):
                assert pattern(name, value, kind, language).search("") is None, (name, value, kind, language)


def test_the_package_is_light() -> None:
    """The server may import it."""
    folder = Path(str(importlib.util.find_spec("engine.drama.scenes").origin)).parent  # type: ignore[union-attr]
    for file in folder.glob("*.py"):
        assert "numpy" not in file.read_text(encoding="utf-8")


def test_traditional_characters_are_read_as_simplified_ones() -> None:
    scene = find_scenes(told("夜裏他們來到海邊，下著大雨，遠處傳來鐘聲。", "zh")).scenes[0]
    assert scene.place is not None
    assert scene.weather is not None
    assert (scene.place.value, scene.weather.value) == ("shore", "rain")
