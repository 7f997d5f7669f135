"""Edits as people say them, and whether a text is one: precision is what counts, for a new piece is not to be lost."""

import tomllib
from pathlib import Path

import pytest

from engine.generate.composer.edit import Edit
from engine.generate.composer.spoken_edits import spoken_edits
from engine.generate.examples import EXAMPLES

SENTENCES = tomllib.loads(Path(__file__).with_name("edits.toml").read_text(encoding="utf-8"))
LANGUAGES = ("en", "ru", "zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_edits_are_told_from_new_pieces(language: str) -> None:
    said = SENTENCES[language]
    assert len(said["edits"]) >= 20
    assert len(said["pieces"]) >= 20
    taken = [text for text in said["edits"] if spoken_edits(text).edits_a_piece]
    mistaken = [text for text in said["pieces"] if spoken_edits(text).edits_a_piece]
    assert len(taken) >= 0.95 * (len(taken) + len(mistaken)), mistaken
    assert len(taken) >= 0.9 * len(said["edits"]), set(said["edits"]) - set(taken)


def test_no_prompt_of_the_examples_is_an_edit() -> None:
    assert [each.prompt for each in EXAMPLES if spoken_edits(each.prompt).edits_a_piece] == []


SAME = {
    Edit("tempo", "scale", 0.87): ("slower", "медленнее", "慢一点"),
    Edit("tempo", "add", 10.0): ("faster, 10 bpm", "быстрее на 10 bpm", "快10拍"),
    Edit("without", names=("drums",)): ("without drums", "без барабанов", "不要鼓"),
    Edit("add", names=("violin",)): ("add violins", "добавь скрипки", "加入小提琴"),
    Edit("key", value=7.0, to="minor"): ("in G minor", "в соль миноре", "换成G小调"),
    Edit("transpose", value=2.0): ("transpose up a tone", "на тон выше", "升高一个全音"),
    Edit("section", "shorter", names=("intro",)): ("shorter intro", "вступление короче", "前奏短一点"),
    Edit("section", "without", names=("intro",)): ("no intro", "без вступления", "去掉前奏"),
    Edit("length", "scale", 1.5): ("longer", "длиннее", "长一点"),
    Edit("metre", to="3/4"): ("same but in 3/4", "то же самое, но в 3/4", "改成三拍子"),
    Edit("level", value=-4.0, names=("drums",)): ("quieter drums", "барабаны потише", "鼓小声一点"),
    Edit("energy", value=0.5): ("more energetic", "энергичнее", "更有活力"),
    Edit("swap", names=("piano",), to="guitar"): (
        "swap the piano for guitar", "замени пианино на гитару", "把钢琴换成吉他",
    ),
    Edit("ending", to="fade"): ("end with a fade", "закончи с затуханием", "结尾淡出"),
}  # fmt: skip


@pytest.mark.parametrize("edit", SAME, ids=lambda edit: f"{edit.kind} {edit.how}")
def test_three_languages_mean_the_same_edit(edit: Edit) -> None:
    assert [spoken_edits(text).edits for text in SAME[edit]] == [(edit,)] * len(LANGUAGES)


def test_several_edits_come_in_the_order_in_which_they_are_made() -> None:
    said = spoken_edits("longer, without drums and in D minor")
    assert [edit.kind for edit in said.edits] == ["key", "without", "length"]


def test_what_says_nothing_known_is_told() -> None:
    assert spoken_edits("slower and with more zorgle").not_heard == ("zorgle",)


def test_an_edit_survives_the_record() -> None:
    for edit in SAME:
        assert Edit.from_json(edit.as_json()) == edit
