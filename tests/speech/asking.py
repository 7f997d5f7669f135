"""The sentences of `sentences.toml` and `held_out.toml`, and what the commands' phrases make of them."""

import tomllib
from pathlib import Path
from typing import Any

from engine.commands import asked, built_in
from engine.speech.phrases import Sounds, plain

LIBRARY = {"hit": "hit", "rainy": "rainy", "song a": "song_a", "шторм": "storm", "夏天": "summer"}
"""What a track is called, without the ending of a file, and its key."""

SOUNDS = Sounds("here", lambda said: LIBRARY.get(plain(said).removesuffix(".mp3").removesuffix(".wav")))

LANGUAGES = ("en", "ru", "zh")

Case = tuple[str, str, str | None, dict[str, Any]]


def cases(file: str) -> list[Case]:
    """Language, sentence, command (None for what stays), parameters."""
    table = tomllib.loads((Path(__file__).parent / file).read_text(encoding="utf-8"))
    return [
        (language, sentence, None if command == "stays" else command, params)
        for language, commands in table.items()
        for command, sentences in commands.items()
        for sentence, params in sentences.items()
    ]


def answer(sentence: str) -> tuple[str | None, dict[str, Any]]:
    """The command that the sentence asks for, and its parameters."""
    found = asked(sentence, SOUNDS, built_in().values())
    return (None, {}) if found is None else (found.command.name, found.params)
