"""Which command a sentence asks for: measured on sentences that were written down before the phrases."""

import time
from dataclasses import replace

import pytest

from engine.commands import Asked, asked, built_in
from engine.speech.numbers import normalise
from engine.speech.phrases import Phrase
from engine.speech.wishes import wishes
from tests.speech.asking import LANGUAGES, SOUNDS, answer, cases


def test_the_sentences_are_enough() -> None:
    table = cases("sentences.toml")
    assert {language: sum(case[0] == language for case in table) for language in LANGUAGES} == dict.fromkeys(
        LANGUAGES, 56
    )
    assert 3 * sum(command is None for _, _, command, _ in table) >= len(table)


FILES = ["sentences.toml", "held_out.toml", "held_out_2.toml", "held_out_3.toml"]
"""Before the phrases were mended for them, the held-out ones gave a precision of 0.94, 0.83 and 1.00 and a recall of
0.71, 0.71 and 0.78, a sentence with one other parameter counted as wrong."""


@pytest.mark.parametrize("file", FILES)
def test_precision_and_recall(file: str) -> None:
    """A command with other parameters than meant counts as wrong."""
    found = [(answer(sentence), (command, params)) for _, sentence, command, params in cases(file)]
    right = sum(given == wanted for given, wanted in found if wanted[0])
    assert right >= 0.98 * sum(given[0] is not None for given, _ in found), "precision"
    assert right >= 0.9 * sum(wanted[0] is not None for _, wanted in found), "recall"


def test_a_plug_in_brings_phrases_of_its_own() -> None:
    backwards = replace(
        built_in()["mix"],
        name="reverse",
        phrases=(Phrase("(play|turn) {source!} (backwards|round)", {"levels": "all"}),),
    )
    found = asked("Please play Song A backwards!", SOUNDS, [backwards])
    assert found == Asked(backwards, {"levels": "all", "source": "song_a"})
    assert asked("play it again backwards", SOUNDS, [backwards]) is None


def test_a_file_format_goes_along() -> None:
    found = asked("restore rainy.mp3 as wav", SOUNDS, built_in().values())
    assert found is not None and found.params == {"source": "rainy", "format": "wav"}


@pytest.mark.parametrize("pattern", ["(a|b", "a]", "[a", "a)"])
def test_a_bracket_without_its_like_is_no_phrase(pattern: str) -> None:
    with pytest.raises(ValueError, match="bracket"):
        Phrase(pattern).regex.pattern.strip()


def test_every_phrase_of_a_command_sets_parameters_that_it_has() -> None:
    for command in built_in().values():
        for phrase in command.phrases:
            named = {group.rpartition("__")[0] for group in phrase.regex.groupindex} | set(phrase.sets)
            assert named <= set(command.params.model_fields), phrase.pattern


@pytest.mark.parametrize(
    "text",
    [
        "1 " * 4000, "минута " * 1400, "one hundred and " * 600, "分" * 10_000,
        "make this sound like " * 9, "the " * 50,
        "一" * 10_000, " " * 10_000, "((((" * 2000, "1:30" * 2500, "\u202e" * 200,
        "remove the vocals from " + "a " * 80,
        "{source} [the] (a|b) *" * 9, "🎹" * 100, "two and a half " * 600, "5 minutes and " * 700,
    ],
)  # fmt: skip
def test_hostile_text_is_read_in_no_time(text: str) -> None:
    for warm in ("1 minute of the calm rain", text[:8]):
        wishes(normalise(warm))
        answer(warm)
    began = time.process_time()
    wishes(normalise(text))
    answer(text)
    assert time.process_time() - began < 0.7
