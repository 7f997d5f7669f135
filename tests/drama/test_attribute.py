"""Who speaks each line, by rules: one property of each rule in each language."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from engine.drama.cast import DOUBTFUL, attribute, doubtful
from engine.drama.project import NARRATOR, Character, Project
from tests.drama.small_projects import project, speakers

RULES = tomllib.loads((Path(__file__).parent / "attribution" / "rules.toml").read_text("utf-8"))


@pytest.fixture(autouse=True)
def _without_recogniser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading it takes a second; `test_attribution.py` has it."""
    monkeypatch.setattr("engine.drama.cast.persons.recogniser", lambda: None)


@pytest.mark.parametrize("case", RULES["case"], ids=lambda case: f"{case['language']} {case['rule']}")
def test_a_rule_finds_who_speaks(case: dict[str, Any]) -> None:
    assert speakers(attribute(project(case["text"], case["language"]))) == case["names"]


def test_hearing_is_not_saying() -> None:
    found = attribute(project("<— Пожар! —> слышит вдруг Иван.\n<— Где? —> спросил Иван.", "ru"))
    assert [line.rule for line in found.lines if line.kind == "dialogue"] != ["verb", "verb"]


def test_narration_and_headings_are_the_narrators() -> None:
    found = attribute(project("# One\nIt rained.\n<“Come,”> said Anna."))
    assert [line.speaker for line in found.lines] == [NARRATOR, NARRATOR, "anna", NARRATOR]
    assert found.characters[0].id == NARRATOR


def test_what_nobody_claims_is_said_to_be_so() -> None:
    found = attribute(project("It rained.\n<“Come in.”>\nIt went on."))
    line = found.lines[1]
    assert (line.speaker, line.rule) == (NARRATOR, "unclaimed")
    assert line.confidence < 0.2
    assert doubtful(found) == [line.id]


def test_labels_of_the_script_stay_and_get_genders() -> None:
    given = project("<“Come.”>\n<“Why?”> said Peter. Anna put down her cup. She smiled at him.")
    given.characters = [Character(id="anna", name="ANNA")]
    given.lines[0].speaker, given.lines[0].rule, given.lines[0].confidence = "anna", "label", 1.0
    found = attribute(given)
    assert (found.lines[0].speaker, found.lines[0].rule) == ("anna", "label")
    assert found.character("anna").gender == "female"
    assert found.character(found.lines[1].speaker).gender == "male"


@pytest.mark.parametrize("case", RULES["person"], ids=lambda case: case["language"])
def test_one_person_has_many_names(case: dict[str, Any]) -> None:
    found = attribute(project(case["text"], case["language"]))
    speaking = {line.speaker for line in found.lines if line.kind == "dialogue"}
    assert len(speaking) == 1
    character = found.character(speaking.pop())
    assert {character.name, *character.aliases} >= set(case["aliases"])


@pytest.mark.parametrize("case", RULES["apart"], ids=lambda case: " ".join(case["names"]))
def test_a_shared_name_makes_nobody_one_person(case: dict[str, Any]) -> None:
    found = attribute(project(case["text"], case["language"]))
    bearers = [[each.id for each in found.characters if name in (each.name, *each.aliases)] for name in case["names"]]
    assert all(len(each) == 1 for each in bearers)
    assert bearers[0] != bearers[1]


def test_a_quotation_that_goes_on_is_one_persons() -> None:
    found = attribute(project("<“It began so,> said Anna.\n<“it went on so,>\n<“and so it ended.”>\n<“Ah,”> said Tom."))
    said = [line.speaker for line in found.lines if line.kind == "dialogue"]
    assert said == ["anna", "anna", "anna", "tom"]


def test_a_turn_far_from_telling_narration_is_doubtful() -> None:
    turns = "\n".join("<“Well.”>" for _ in range(12))
    found = attribute(project(f"<“Why?”> said Anna.\n<“Why not?”> said Peter.\n{turns}"))
    spoken = [line.confidence for line in found.lines if line.kind == "dialogue"]
    assert spoken[2] > DOUBTFUL > spoken[-1]


def test_genders_of_names_written_by_sound() -> None:
    found = attribute(
        project("玛丽说：<“来。”>托马斯说：<“去。”>伊丽莎白说：<“好。”>慧生说：<“是。”>慧生说：<“坐。”>", "zh")
    )
    genders = {each.name: each.gender for each in found.characters[1:]}
    assert genders == {"玛丽": "female", "托马斯": "male", "伊丽莎白": "female", "慧生": "male"}


def test_ids_are_latin_and_stable() -> None:
    text = "<— Да, —> сказал Щукин.\n<— Нет, —> сказала Анна Юрьевна."
    ids = [each.id for each in attribute(project(text, "ru")).characters]
    assert set(ids) == {NARRATOR, "shchukin", "anna-yurevna"}
    again = [each.id for each in attribute(project(f"Дождь.\n{text}", "ru")).characters]
    assert set(again) == set(ids)


def test_ages_come_from_words() -> None:
    found = attribute(project("<“Ha,”> said the old woman.\n<“Ho,”> said the boy."))
    assert {each.name: each.age for each in found.characters[1:]} == {"Woman": "old", "Boy": "child"}


def test_attributing_twice_changes_nothing() -> None:
    once = attribute(project("<“Why?”> said Anna.\n<“Why not?”> said Peter.\n<“Tell me.”>"))
    twice = attribute(Project.model_validate(once.model_dump()))
    assert twice.model_dump() == once.model_dump()


def test_without_the_packages_rules_are_enough() -> None:
    """Russian without pymorphy3 and slovnet, in a process where they cannot be imported."""
    program = (
        "import sys\n"
        "for name in ('pymorphy3', 'slovnet', 'navec', 'pypinyin'): sys.modules[name] = None\n"
        "from engine.drama.cast import attribute\n"
        "from tests.drama.small_projects import project, speakers\n"
        "text = 'Анна вошла.\\n<— Пора, —> сказала Анна.\\n<— Иду, —> ответил Иван.\\n<— Скорей, —> прибавила она.'\n"
        "print(*speakers(attribute(project(text, 'ru'))))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["Анна", "Иван", "Анна"]


def test_the_desk_and_the_program_doubt_the_same_lines() -> None:
    desk = (Path(__file__).parents[2] / "static/js/desk/drama/project.js").read_text("utf-8")
    assert f"DOUBTFUL = {DOUBTFUL};" in desk
