"""`file-tags` on the command line: shown first, written when asked, in a free folder and on the page that owns it."""

import json
import os
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mutagen.wave import WAVE

import webui
from engine.terminal.page import Page
from tests.conftest import make_settings
from tests.live import live
from tests.made_tracks import make_tracks

FACTS = {"tempo": {"bpm": 97.5, "source": "model"}, "key": {"name": "A minor", "source": "chroma"}}


def flags(folder: Path, *more: str) -> list[str]:
    return ["--output", str(folder / "out"), "--models", str(folder / "models"), *more]


def texts(path: Path) -> dict[str, list[str]]:
    tags = WAVE(path).tags or {}
    return {place: list(map(str, frame.text)) for place, frame in tags.items()}


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """Of a track in the library of which something is known."""
    settings = make_settings(tmp_path)
    (made,) = make_tracks(settings.audio_dir, 1)
    path = settings.audio_dir / f"{made.name}.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"facts": FACTS}), encoding="utf-8")
    assert webui.main([*flags(tmp_path), "reindex"]) == 0
    return path


def test_tags_are_shown_written_when_asked_and_taken_back(
    tmp_path: Path, record: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    audio, written = record.with_suffix(".wav"), {"TBPM": ["98"], "TXXX:fBPM": ["97.5"], "TKEY": ["8A"]}

    def asked(*more: str) -> str:
        capfd.readouterr()
        assert webui.main([*flags(tmp_path, "--language", "ru"), "file-tags", str(record), *more]) == 0
        return capfd.readouterr().out

    assert asked().splitlines()[:2] == ["Темп: — → 98; 97.5", "Тональность: — → Am"]
    assert texts(audio) == {}, "looking changes nothing"
    body = json.loads(asked("--write", "--fields", "key", "--key-form", "camelot", "--json"))
    assert [field["field"] for field in body["fields"]] == ["key"] and texts(audio) == {"TKEY": ["8A"]}
    with live(tmp_path):
        assert "--write" in asked("--mode", "merge")
        asked("--mode", "merge", "--write")
        assert texts(audio) == written
        assert asked("--write").strip() == "Всё это в файле уже есть."
        asked("--undo")
        assert texts(audio) == {"TKEY": ["8A"]}
    assert asked("--undo").strip() == "Теги файла снова прежние."
    assert texts(audio) == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.wav"], "nowhere.wav"),
        (["README.md"], "README.md"),
        (["package.json"], "does not belong"),
        (["0" * 32], "track"),
        *(([no_path], "no file") for no_path in ("", "/", ".", "~nobody-of-this-name/x", "x" * 300)),
    ],
)
def test_what_is_no_track_ends_with_a_sentence_and_code_2(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert webui.main([*flags(tmp_path), "file-tags", *arguments]) == 2
    told = capfd.readouterr().err
    assert said in told and "Traceback" not in told


def test_pipes_and_deep_files_are_no_records(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    for name, said in (("pipe.wav", "no file"), ("deep.wav", "does not belong")):
        assert webui.main([*flags(tmp_path), "file-tags", str(tmp_path / name)]) == 2
        assert said in capfd.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["x", "--mode", "all"], ["x", "--write", "--undo"], ["x", "--fields", "y"]])
def test_what_cannot_be_asked_ends_with_code_2(tmp_path: Path, arguments: list[Any]) -> None:
    with pytest.raises(SystemExit) as ended:
        webui.main([*flags(tmp_path), "file-tags", *arguments])
    assert ended.value.code == 2


def test_a_name_that_is_no_text_goes_to_the_page_without_what_cannot_be_said(tmp_path: Path) -> None:
    asked: list[bytes] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.read())
        return httpx2.Response(200, json={"key": "upload:1"})

    page = Page("http://127.0.0.1", make_settings(tmp_path))
    page._http = httpx2.Client(base_url="http://127.0.0.1", transport=httpx2.MockTransport(answer))
    for name in (b"a\xff.wav", b"\xff"):
        (path := tmp_path / os.fsdecode(name)).write_bytes(b"RIFF")
        assert page.upload(path) == "upload:1"
    assert b'filename="a.wav"' in asked[0] and b'filename="sound"' in asked[1]
