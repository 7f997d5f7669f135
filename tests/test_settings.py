"""Settings come from flags, then the environment, then defaults."""

import subprocess
import sys
from pathlib import Path

import pytest

import webui
from engine.settings import PROJECT, Settings


def test_flags_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIOCRAFT_WEBUI_PORT", "8080")
    monkeypatch.setenv("AUDIOCRAFT_WEBUI_LANGUAGE", "ru")
    settings, rest = webui.read_settings(["--port", "9090", "generate", "x", "--duration", "3"])
    assert (settings.port, settings.language) == (9090, "ru") and rest == ["generate", "x", "--duration", "3"]


@pytest.mark.parametrize("flags", [["--port", "70000"], ["--device", "gpu"], ["--port", "x"]])
def test_a_wrong_value_ends_with_a_sentence_and_code_2(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        webui.read_settings(flags)
    assert end.value.code == 2 and flags[0] in capsys.readouterr().err


def test_the_page_says_nothing_but_what_is_wrong() -> None:
    command = [
        sys.executable,
        str(PROJECT / "webui.py"),
        "--no-such-option",
    ]  # seen once all is patched for green threads
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout, said.stderr) == (2, "", "unknown option --no-such-option; see --help\n")


def test_the_settings_folder_goes_with_the_output_folder(tmp_path: Path) -> None:
    assert Settings().state_dir == PROJECT / "settings" and Settings().audio_dir == PROJECT / "static" / "audio"
    moved = Settings(output=tmp_path)
    assert moved.state_dir == tmp_path / "settings" and moved.uploads_dir == tmp_path / "uploads"


@pytest.mark.parametrize(
    ("arguments", "eventlet"),
    [
        ([], True),
        (["--no-browser"], True),
        (["--async-mode", "threading"], False),
        (["--async-mode=threading"], False),
        (["--cluster"], False),
        (["--cluster", "--async-mode", "eventlet"], True),
        (["--cluster", "--no-cluster"], True),
        (["generate", "x"], False),
        (["bench", "server"], False),
    ],
)
def test_only_the_page_is_patched_for_green_threads(arguments: list[str], eventlet: bool) -> None:
    assert webui._asks_for_eventlet(arguments) is eventlet


@pytest.mark.parametrize("mode", ["auto", "eventlet", "threading"])
@pytest.mark.parametrize("said", ["1", "true", "On", "0", "false"])
def test_a_cluster_waits_by_threads_unless_it_is_told_otherwise(
    said: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIOCRAFT_WEBUI_CLUSTER", said)
    monkeypatch.setenv("AUDIOCRAFT_WEBUI_ASYNC_MODE", mode)
    green = Settings().chosen_async_mode == "eventlet"
    assert green is (mode == "eventlet" or (mode == "auto" and said in ("0", "false")))
    assert webui._asks_for_eventlet([]) is green


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://me:secret@127.0.0.1:9/x", "mysql://me:secret@127.0.0.1:9/x", "nowhere://me:secret@x",
        "secret", "sqlite:////proc/nowhere/secret.db", "sqlite:////proc/self/mem",
    ],
)  # fmt: skip
@pytest.mark.parametrize("arguments", [["reindex"], ["generate", "calm piano"], []])
def test_a_database_that_cannot_be_had_ends_with_a_sentence_and_code_2(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], url: str, arguments: list[str]
) -> None:
    flags = ["--output", str(tmp_path), "--no-browser", "--async-mode", "threading", "--database-url", url]
    assert webui.main([*flags, *arguments]) == 2
    said = capfd.readouterr().err
    assert "--database-url" in said and "Traceback" not in said and ":secret@" not in said
    assert len(said.strip().splitlines()) == 1


def test_a_report_that_cannot_be_written_ends_with_a_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("x")
    assert webui.main(["--output", str(tmp_path / "file" / "x"), "report"]) == 2
    assert "--output" in capfd.readouterr().err
