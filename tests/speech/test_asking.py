"""Which command a sentence asks for: measured on sentences that were written down before the phrases."""

import pytest

from tests.speech.asking import LANGUAGES, answer, cases


def test_the_sentences_are_enough() -> None:
    table = cases("sentences.toml")
    assert {language: sum(case[0] == language for case in table) for language in LANGUAGES} == dict.fromkeys(
        LANGUAGES, 50
    )
    assert 3 * sum(command is None for _, _, command, _ in table) >= len(table)


@pytest.mark.parametrize("file", ["sentences.toml"])
def test_precision_and_recall(file: str) -> None:
    """A command with other parameters than meant counts as wrong."""
    found = [(answer(sentence), (command, params)) for _, sentence, command, params in cases(file)]
    right = sum(given == wanted for given, wanted in found if wanted[0])
    assert right >= 0.98 * sum(given[0] is not None for given, _ in found), "precision"
    assert right >= 0.9 * sum(wanted[0] is not None for _, wanted in found), "recall"
