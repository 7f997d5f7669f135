"""Keys in words, in letters and on the wheels."""

import pytest

from engine.speech.keys import TONALITIES, tonality

CAMELOT_MINOR = ["G#", "D#", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#"]
CAMELOT_MAJOR = ["B", "F#", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E"]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("E minor", "E minor"), ("Em", "E minor"), ("9A", "E minor"), ("2m", "E minor"), ("ми минор", "E minor"),
        ("E小调", "E minor"), ("E", "E major"), ("12b", "E major"), ("5d", "E major"), (" F♯m ", "F# minor"),
        ("降B大调", "Bb major"), ("си-бемоль мажор", "Bb major"), ("bbm", "Bb minor"), ("a-moll", "A minor"),
        ("до диез минор", "C# minor"), ("D dorian", "D minor"), ("D# minor", "Eb minor"), ("соль мажорная", "G major"),
    ],
)  # fmt: skip
def test_a_key_is_read_however_it_is_spelled(said: str, name: str) -> None:
    found = tonality(said)
    assert found is not None and found.name == name


@pytest.mark.parametrize("said", ["", "H", "13A", "0m", "in E", "minor", "E minor 120", "Emi6"])
def test_what_names_no_key_alone_is_none(said: str) -> None:
    assert tonality(said) is None


def test_every_key_comes_back_from_each_of_its_names() -> None:
    for key in TONALITIES:
        assert key == tonality(key.name) == tonality(key.camelot) == tonality(key.open_key)
    assert len({key.camelot for key in TONALITIES}) == 24


def test_camelot_numbers_are_those_of_the_wheel() -> None:
    for number, (minor, major) in enumerate(zip(CAMELOT_MINOR, CAMELOT_MAJOR, strict=True), start=1):
        for name, letter in ((f"{minor} minor", "A"), (f"{major} major", "B")):
            key = tonality(name)
            assert key is not None and key.camelot == f"{number}{letter}"


def test_compatible_keys_are_neighbours_on_the_wheel() -> None:
    for key in TONALITIES:
        number, letter = int(key.camelot[:-1]), key.camelot[-1]
        neighbours = {f"{number}{other}" for other in "AB"} | {f"{(number + way) % 12 + 1}{letter}" for way in (0, 10)}
        assert {other.camelot for other in key.compatible} == neighbours
        assert all(key in other.compatible for other in key.compatible)
