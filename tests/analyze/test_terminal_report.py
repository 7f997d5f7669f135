"""`analyze` without a browser: a file becomes a report, a folder a table and playlists; it goes on where it stopped."""

import csv
import errno
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.analyze import COMMAND
from engine.analyze.report import result
from engine.errors import AppError, Code
from engine.library.record import Record
from engine.library.titles import clean
from engine.terminal import command as terminal
from engine.terminal import folder as walking
from engine.terminal.folder import sound_files
from engine.terminal.overview import COLUMNS, as_csv, playlists
from tests.analyze.reported import FACTS, reported
from tests.conftest import make_settings
from tests.made_tracks import silence

FILES = ("a.wav", "b/=evil.FLAC", "b/c/#1 песня.mp3", "broken.wav")


class Heard:
    """A `WorkPlace` that knows what is in a sound: every file becomes a track, all but broken ones."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.asked, self.records, self.stops_at = folder, list[str](), dict[str, Record](), ""
        self.meanwhile: Callable[[Path], object] = lambda path: None

    def run(self, asked: Any, params: dict[str, Any], files: Mapping[str, Path]) -> tuple[dict[str, Any], list[Any]]:
        (path,) = files.values()
        self.asked.append(path.name)
        if path.name == self.stops_at:
            return {"status": "CANCELED", "error": None}, []
        self.meanwhile(path)
        if path.name.startswith("broken"):
            raise AppError(Code.UNSUPPORTED_AUDIO, "not_audio")
        record = reported(self.folder, title=clean(path.stem) or "untitled", id=f"{len(self.records):032x}")
        self.records[record.id] = record
        return {"status": "COMPLETED", "error": None}, [record.model_dump(mode="json")]

    def record(self, track_id: str) -> dict[str, Any]:
        if track_id not in self.records:
            raise AppError(Code.NOT_FOUND, "track_not_found")
        return self.records[track_id].model_dump(mode="json")

    def close(self) -> None:
        pass


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Heard:
    place = Heard(tmp_path / "made")
    for module in (terminal, walking):
        monkeypatch.setattr(module, "open_place", lambda settings: place)
    return place


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "my music"
    for name in (*FILES, ".hidden.wav", ".git/d.wav", "notes.txt", "cover.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(silence(80))
    return folder


def analyze(tmp_path: Path, *arguments: str, language: str = "en") -> int:
    return terminal.run_command(make_settings(tmp_path, language=language), "analyze", arguments)


def rows(target: Path) -> dict[str, dict[str, str]]:
    with (target / "analysis.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def test_a_file_becomes_two_files_under_its_title(
    tmp_path: Path, heard: Heard, music: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert analyze(tmp_path, str(music / "a.wav"), language="ru") == 0
    target = tmp_path / "out" / "analysis" / "a"
    assert capsys.readouterr().out.split() == [
        str(target / "analysis_result.json"), str(target / "analysis_report.md"),
    ]  # fmt: skip
    assert json.loads((target / "analysis_result.json").read_text(encoding="utf-8"))["track"]["title"] == "a"
    assert "## Секции" in (target / "analysis_report.md").read_text(encoding="utf-8")
    assert analyze(tmp_path, str(music / "a.wav")) == 0, "another track of that title"
    assert (target.parent / "a_2" / "analysis_report.md").exists()
    assert analyze(tmp_path, str(music / "a.wav"), "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["version"] == 1


@pytest.mark.parametrize("title", ["../../etc", "..", "/", "con", "a/b\\c"])
def test_no_title_leaves_the_folder(tmp_path: Path, title: str) -> None:
    from engine.terminal.reports import reported as files_of
    from engine.terminal.reports import write_report

    record = reported(tmp_path / "made", title=title).model_dump(mode="json")
    settings = make_settings(tmp_path)
    paths = write_report(settings, record, files_of(COMMAND, record, "en"))
    assert all(path.resolve().parent.parent == (settings.output / "analysis").resolve() for path in paths)
    assert write_report(settings, record, files_of(COMMAND, record, "en")) == paths, "the same track again"


def test_a_folder_becomes_a_table_and_playlists_and_what_fails_is_told(
    tmp_path: Path, heard: Heard, music: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert analyze(tmp_path, str(music)) == 1
    told = capsys.readouterr()
    target = tmp_path / "out" / "analysis" / "my music"
    assert "broken.wav\n  This is not an audio file" in told.err and str(target / "analysis.csv") in told.out
    found = rows(target)
    assert set(found) == {"a.wav", "b/=evil.FLAC", "b/c/#1 песня.mp3", "broken.wav"}
    assert found["a.wav"]["bpm"] == "120.0" and found["a.wav"]["key"] == "F# minor"
    assert found["b/=evil.FLAC"]["title"] == "'=evil" and found["a.wav"]["loudness_lufs"] == "-9.3"
    assert found["broken.wav"]["error"] and not found["broken.wav"]["bpm"]
    lines = [json.loads(line) for line in (target / "analysis.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 4 and lines[0]["result"]["version"] == 1
    lists = {path.name: path.read_text(encoding="utf-8") for path in target.glob("*.m3u8")}
    assert set(lists) == {"mood calm.m3u8", "tempo 120–129 BPM.m3u8", "key 11A F# minor.m3u8"}
    assert str(music / "b" / "c" / "#1 песня.mp3") in lists["mood calm.m3u8"].splitlines()


def test_what_has_not_changed_is_not_done_again_but_follows_corrections(
    tmp_path: Path, heard: Heard, music: Path
) -> None:
    (music / "broken.wav").unlink()
    assert analyze(tmp_path, str(music)) == 0 and len(heard.asked) == 3
    first = next(record for record in heard.records.values() if record.title == "a")
    heard.records[first.id] = first.model_copy(update={"title": "A better title"})
    (music / "b" / "=evil.FLAC").write_bytes(silence(99))
    assert analyze(tmp_path, str(music)) == 0 and heard.asked[3:] == ["=evil.FLAC"]
    assert rows(tmp_path / "out" / "analysis" / "my music")["a.wav"]["title"] == "A better title"
    heard.records.clear()
    assert analyze(tmp_path, str(music)) == 0 and len(heard.asked) == 4, "kept where the track is gone"
    assert analyze(tmp_path, str(music), "--no-stems") == 0 and len(heard.asked) == 7, "asked for differently"


def test_a_walk_that_was_stopped_goes_on_there(tmp_path: Path, heard: Heard, music: Path) -> None:
    heard.stops_at = "=evil.FLAC"
    assert analyze(tmp_path, str(music)) == 1 and heard.asked == ["a.wav", "broken.wav", "=evil.FLAC"]
    target = tmp_path / "out" / "analysis" / "my music" / "analysis.jsonl"
    target.write_text(target.read_text(encoding="utf-8") + '{"half', encoding="utf-8")
    heard.stops_at = ""
    analyze(tmp_path, str(music))
    assert heard.asked[3:] == ["broken.wav", "=evil.FLAC", "#1 песня.mp3"], "what failed is tried again"


def test_a_file_that_vanishes_or_cannot_be_opened_does_not_end_the_walk(
    tmp_path: Path, heard: Heard, music: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def meanwhile(path: Path) -> None:
        (music / "broken.wav").unlink(missing_ok=True)
        if path.suffix == ".FLAC":
            raise PermissionError(13, "Permission denied", str(path))

    heard.meanwhile = meanwhile
    assert analyze(tmp_path, str(music)) == 1
    found = rows(tmp_path / "out" / "analysis" / "my music")
    assert {name for name, row in found.items() if not row["error"]} == {"a.wav", "b/c/#1 песня.mp3"}
    assert "Permission denied" in found["b/=evil.FLAC"]["error"] and "No such file" in found["broken.wav"]["error"]
    assert "Permission denied" in capsys.readouterr().err


def test_pipes_dead_links_and_names_that_are_no_text_do_not_end_the_walk(
    tmp_path: Path, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder := tmp_path / "odd").mkdir()
    os.mkfifo(folder / "pipe.wav")
    (folder / "dangling.wav").symlink_to("nowhere.wav")
    (folder / "loop.wav").symlink_to("loop.wav")
    name = os.fsdecode(b"\xff.wav")
    for each in (name, "red\033[31m.wav"):
        (folder / each).write_bytes(silence(80))
    assert [analyze(tmp_path, str(folder), *more) for more in ((), ("--json",))] == [1, 1]
    assert sorted(heard.asked) == ["red\033[31m.wav", name], "known again"
    assert "\033" not in capsys.readouterr().err
    target = tmp_path / "out" / "analysis" / "odd"
    lines = [json.loads(line) for line in (target / "analysis.jsonl").read_text(encoding="utf-8").split("\n") if line]
    assert {line["file"]: "error" in line for line in lines} == {
        "dangling.wav": True, "loop.wav": True, "red\033[31m.wav": False, name: False,
    }  # fmt: skip
    assert os.fsencode(folder / name) in (target / "mood calm.m3u8").read_bytes().splitlines()


@pytest.mark.parametrize("key", ["result", "tempo", "track", "key", "tags", "deep"])
def test_lines_that_were_changed_by_hand_are_worked_on_again(
    tmp_path: Path, heard: Heard, music: Path, key: str
) -> None:
    (music / "broken.wav").unlink()
    analyze(tmp_path, str(music))
    kept = tmp_path / "out" / "analysis" / "my music" / "analysis.jsonl"
    first, *others = kept.read_text(encoding="utf-8").splitlines()
    line = json.loads(first)
    (line if key == "result" else line["result"])[key] = "x"
    changed = "[" * 100_000 if key == "deep" else json.dumps(line)
    kept.write_text("\n".join([changed, *others]), encoding="utf-8")
    assert analyze(tmp_path, str(music)) == 0
    assert heard.asked[3:] == ["a.wav"] and rows(kept.parent)["a.wav"]["bpm"] == "120.0"


def test_a_record_that_cannot_be_read_leaves_what_was_told_of_it(
    tmp_path: Path, heard: Heard, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (music / "broken.wav").unlink()
    analyze(tmp_path, str(music))

    def unreadable(track_id: str) -> Any:
        raise AppError(Code.INTERNAL, "record_unreadable", name="x.json")

    monkeypatch.setattr(heard, "record", unreadable)
    assert analyze(tmp_path, str(music)) == 0 and len(heard.asked) == 3


@pytest.mark.parametrize("said", ["", "~nobody-of-this-name/x", "x" * 300, "/dev/null"])
def test_what_is_no_file_is_said_so(
    tmp_path: Path, heard: Heard, capsys: pytest.CaptureFixture[str], said: str
) -> None:
    assert analyze(tmp_path, said) == 2 and heard.asked == []
    assert "There is no file" in capsys.readouterr().err


def test_what_may_not_be_read_or_written_is_said_so(
    tmp_path: Path, heard: Heard, music: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    (out := tmp_path / "out").mkdir()
    (out / "analysis").write_text("no folder")
    for given in (music, music / "a.wav"):
        assert analyze(tmp_path, str(given)) == 1
        assert "analysis" in capsys.readouterr().err
    heard.meanwhile = refuse
    assert analyze(tmp_path, str(music / "a.wav")) == 1
    assert "Permission denied" in capsys.readouterr().err


def test_a_full_disk_ends_the_walk(tmp_path: Path, heard: Heard, music: Path) -> None:
    def meanwhile(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    heard.meanwhile = meanwhile
    assert analyze(tmp_path, str(music)) != 0
    assert heard.asked == ["a.wav"]


def test_a_name_with_a_line_separator_is_known_again(tmp_path: Path, heard: Heard) -> None:
    (folder := tmp_path / "odd").mkdir()
    for name in ("one\u2028two.wav", "three\x85four.wav"):
        (folder / name).write_bytes(silence(80))
    assert [analyze(tmp_path, str(folder)) for _ in range(2)] == [0, 0]
    assert len(heard.asked) == 2 and not (tmp_path / "out" / "analysis" / "odd_2").exists()


def test_another_folder_of_that_name_has_its_own_place(tmp_path: Path, heard: Heard, music: Path) -> None:
    other = tmp_path / "other" / "my music"
    other.mkdir(parents=True)
    (other / "z.wav").write_bytes(silence(80))
    analyze(tmp_path, str(music))
    assert analyze(tmp_path, str(other)) == 0
    assert set(rows(tmp_path / "out" / "analysis" / "my music_2")) == {"z.wav"}


def test_a_folder_without_sounds_is_said(tmp_path: Path, heard: Heard, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert analyze(tmp_path, str(tmp_path / "empty")) == 2
    assert "no sound files in the folder empty" in capsys.readouterr().err


def test_only_a_command_with_a_report_takes_a_folder(
    tmp_path: Path, heard: Heard, music: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert terminal.run_command(make_settings(tmp_path), "tag", [str(music)]) == 2
    assert heard.asked == []


def test_the_library_is_not_walked_with_a_folder_around_it(tmp_path: Path, music: Path) -> None:
    (tmp_path / "out" / "audio").mkdir(parents=True)
    (tmp_path / "out" / "audio" / "track.wav").write_bytes(silence(80))
    assert len(list(sound_files(tmp_path, apart_from=(tmp_path / "out").resolve()))) == len(FILES)
    assert len(list(sound_files(tmp_path / "out" / "audio", apart_from=tmp_path / "out"))) == 1


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "  =1"])
def test_no_cell_is_a_formula(tmp_path: Path, text: str) -> None:
    found = result(reported(tmp_path, title=text, artist=text))
    table = as_csv([{"file": text, "path": text, "result": found}, {"file": "b", "path": "b", "error": text}])
    cells = [cell for row in list(csv.reader(table.splitlines()))[1:] for cell in row]
    assert [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@") and not cell.startswith("-9")] == [
        cell for cell in cells if cell.startswith("-0.4")
    ]
    assert table.splitlines()[0] == ",".join(COLUMNS)


def test_playlists_are_named_in_the_language_of_the_program(tmp_path: Path) -> None:
    row = {"file": "a", "path": "/a", "result": result(reported(tmp_path, facts=FACTS))}
    assert list(playlists([row], "ru")) == [
        "настроение спокойная.m3u8",
        "темп 120–129 BPM.m3u8",
        "тональность 11A F# minor.m3u8",
    ]
    assert playlists([{"file": "b", "path": "/b", "error": "x"}], "en") == {}
