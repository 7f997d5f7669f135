"""Settings come from flags, then the environment, then defaults."""

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
        (["generate", "x"], False),
        (["bench", "server"], False),
    ],
)
def test_only_the_page_is_patched_for_green_threads(arguments: list[str], eventlet: bool) -> None:
    assert webui._asks_for_eventlet(arguments) is eventlet
