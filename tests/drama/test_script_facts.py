"""What an upload is told from by its first bytes, and what is known of a script at once."""

import ast
import io
import wave
from pathlib import Path

import pytest

from engine.drama.script.facts import facts_of
from engine.drama.script.language import language_of
from engine.drama.script.read import read_script
from engine.drama.script.sniff import HEAD, looks_like_script
from tests.drama.test_script_documents import book, letter
from tests.drama.test_script_forms import SCREENPLAY, SRT, VTT

RUSSIAN = "— Пришёл поезд, слава богу, — сказал Лопахин. Который час?\n" * 40


def sound() -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(range(256)) * 40)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"Hello.", "a.txt"),
        (RUSSIAN.encode(), "a"),
        (RUSSIAN.encode("cp1251"), "a.txt"),
        (RUSSIAN.replace("—", "-").encode("koi8-r"), "a"),
        (RUSSIAN.encode("utf-16"), "a.txt"),
        (RUSSIAN.encode("utf-16-le"), "a.txt"),
        ("你好。".encode("gb18030"), "a.txt"),
        (SCREENPLAY.encode(), "a.fountain"),
        (SRT.encode(), "a.srt"),
        (VTT.encode(), "a.vtt"),
        (b'{"segments": []}', "a.json"),
        (book(), "a.epub"),
        (book(), "a.bin"),
        (letter(), "a.docx"),
        (b"# Title\n", "a.md"),
        ("Ещё".encode()[:5], "a.txt"),
    ],
)
def test_scripts_are_known(data: bytes, name: str) -> None:
    assert looks_like_script(data[:HEAD], name)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (sound(), "a.wav"),
        (sound(), "a.txt"),
        (b"ID3\x03\x00\x00\x00\x00\x00\x21TIT2", "a.mp3"),
        (b"OggS\x00\x02" + bytes(40), "a.ogg"),
        (b"fLaC\x00\x00\x00\x22", "a.flac"),
        (b"\x00\x00\x00\x20ftypM4A ", "a.m4a"),
        (b"\xff\xfb\x90\x64" + bytes(range(200)), "a.mp3"),
        (bytes(range(256)) * 16, "a.raw"),
        (b"", "a.txt"),
        (b"PK\x03\x04" + bytes(60), "a.zip"),
    ],
)
def test_sounds_and_other_files_are_not(data: bytes, name: str) -> None:
    assert not looks_like_script(data[:HEAD], name)


@pytest.mark.parametrize("name", ["sniff.py", "facts.py", "words.py", "language.py"])
def test_what_the_server_asks_is_light(name: str) -> None:
    import engine.drama.script as package

    tree = ast.parse((Path(package.__path__[0]) / name).read_text("utf-8"))
    modules = {
        node.module.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }
    modules |= {
        alias.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    assert modules <= {
        "codecs",
        "re",
        "engine",
        "dataclasses",
        "collections",
        "functools",
        "pathlib",
        "tomllib",
        "typing",
    }


def test_the_facts_of_a_script() -> None:
    project = read_script(SCREENPLAY, "brick.fountain")
    facts = facts_of(project)
    assert (facts.language, facts.title, facts.author, facts.chapters) == (
        "en",
        "Brick & Steel FULL RETIRED",
        "Stu Maschwitz",
        1,
    )
    assert (facts.lines, facts.characters) == (len(project.lines), ("STEEL", "BRICK", "McAVOY"))
    assert facts.letters == sum(len(line.text) for line in project.lines)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("It was a bright cold day in April. " * 43, 90, 140),
        ("Был ясный холодный день в начале апреля. " * 37, 90, 150),
        ("那是四月里一个晴朗寒冷的日子。" * 27, 90, 150),
    ],
)
def test_about_how_long_it_will_be(text: str, low: float, high: float) -> None:
    assert low <= facts_of(read_script(text)).seconds <= high


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hello", "en"),
        ("Привет, Tom!", "ru"),
        ("你好，Tom 和 Ann 今天都来了", "zh"),
        ("...", "en"),
        ("Читал роман War and Peace весь день", "ru"),
    ],
)
def test_the_language_of_a_text(text: str, language: str) -> None:
    assert language_of(text) == language


def test_a_title_comes_from_the_name_of_the_file_where_nothing_else_tells_it() -> None:
    assert read_script("Hello.", "my-story.txt").title == "my-story"
    assert read_script("Hello.").title == ""
