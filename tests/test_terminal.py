"""Commands without a browser: the same queue and records, exit codes for scripts."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import soundfile

from engine.app import Application
from engine.audio.encode import write
from engine.errors import AppError, Code
from engine.library.record import Record
from engine.parameters import Format
from engine.settings import PROJECT
from engine.terminal.page import Page
from tests.audio.sounds import noise
from tests.conftest import make_settings
from tests.live import Live, live, start
from tests.waiting import until


def command_line(folder: Path, *arguments: str) -> list[str]:
    flags = ["--output", str(folder / "out"), "--models", str(folder / "models"), "--debug"]
    return [sys.executable, "webui.py", *arguments, *flags]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = command_line(folder, *arguments)
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120)


def jobs_of(page: Live) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.json("GET", "/api/jobs")["jobs"]
    return found


def test_it_prints_the_records_path(tmp_path: Path) -> None:
    done = run(tmp_path, "debug", "a tone", "--duration", "0.5", "--seed", "7")
    assert done.returncode == 0, done.stderr
    path = PROJECT / done.stdout.strip()
    record = Record.model_validate(json.loads(path.read_text()))
    assert record.prompt == "a tone" and soundfile.info(path.with_name(record.file)).frames == 22050


def test_json_prints_the_record_itself(tmp_path: Path) -> None:
    done = run(tmp_path, "debug", "--json", "--seed", "7")
    assert Record.model_validate(json.loads(done.stdout)).parameters.seed == 7


def test_what_the_words_say_is_done_and_told(tmp_path: Path) -> None:
    done = run(tmp_path, "generate", "колокольчики, 1 секунда, во flac", "--json")
    assert done.returncode == 0, done.stderr
    record = Record.model_validate(json.loads(done.stdout))
    assert (record.duration_s, record.parameters.format) == (1, "flac")
    assert record.heard == {"duration": "1 секунда", "format": "во flac"}


def test_what_has_no_effect_is_told_and_one_of_two_that_exclude_each_other_counts(tmp_path: Path) -> None:
    done = run(tmp_path, "generate", "tiny", "--duration", "1", "--top-k", "40", "--mbd", "--json")
    assert done.returncode == 0 and "mbd: no effect with model=composer" in done.stderr
    kept = Record.model_validate(json.loads(done.stdout)).parameters
    assert (kept.top_k, kept.top_p) == (40, None) and "mbd" not in kept.model_dump()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["debug", "--fail", "INTERNAL"], 1),
        (["debug", "--crash"], 1),
        (["debug", "--duration", "-1"], 2),
        (["debug", "--nonsense", "1"], 2),
        (["nonsense"], 2),
        (["--nonsense"], 2),
        (["bench", "nonsense"], 2),
    ],
)
def test_exit_codes_tell_wrong_input_from_a_failed_job(tmp_path: Path, arguments: list[str], code: int) -> None:
    done = run(tmp_path, *arguments)
    assert done.returncode == code and done.stderr.strip() and "Traceback" not in done.stderr


def test_with_the_page_running_it_asks_the_page(tmp_path: Path) -> None:
    with live(tmp_path) as server:
        done = run(tmp_path, "debug", "--json", "--seed", "3")
        assert done.returncode == 0, done.stderr
        record = Record.model_validate(json.loads(done.stdout))
        assert server.json("GET", f"/api/tracks/{record.id}")["parameters"]["seed"] == 3
        failed = run(tmp_path, "debug", "--fail", "INTERNAL")
        assert failed.returncode == 1 and "Failed as asked" in failed.stderr


def test_it_says_that_the_queue_is_on_hold_and_goes_on_with_it(tmp_path: Path) -> None:
    with live(tmp_path) as server:
        slow = server.json("POST", "/api/jobs", {"command": "debug", "params": {"steps": 1000, "step_s": 0.1}})
        server.reached(slow["job_id"], "RUNNING")
        assert server.json("POST", "/api/queue/pause", {"paused": True}) == {"paused": True}
        command = command_line(tmp_path, "debug", "--seed", "9")
        asked = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert asked.stderr and "paused" in asked.stderr.readline()
        server.json("POST", "/api/queue/pause", {"paused": False})
        server.json("POST", f"/api/jobs/{slow['job_id']}/cancel", {})
        assert asked.wait(60) == 0


def test_it_leaves_other_peoples_jobs_to_the_page(tmp_path: Path) -> None:
    with live(tmp_path) as server:
        slow = server.json("POST", "/api/jobs", {"command": "debug", "params": {"steps": 1000, "step_s": 0.1}})
        waiting = server.json("POST", "/api/jobs", {"command": "debug", "params": {"seed": 5}})
        server.reached(slow["job_id"], "RUNNING")
        assert server.json("POST", "/api/queue/pause", {"paused": True}) == {"paused": True}
    assert run(tmp_path, "debug", "--seed", "6").returncode == 0, "what the page holds back is not this job"
    with live(tmp_path) as server:
        assert server.json("GET", "/api/state")["paused"] is True
        assert server.json("GET", f"/api/jobs/{slow['job_id']}")["held"] is True
        assert server.json("POST", "/api/queue/pause", {"paused": False}) == {"paused": False}
        server.reached(slow["job_id"], "RUNNING")
        server.json("POST", f"/api/jobs/{slow['job_id']}/cancel", {})
        assert server.finished(waiting["job_id"])["status"] == "COMPLETED"
        assert server.finished(slow["job_id"])["status"] == "CANCELED"


def test_when_the_page_is_killed_it_waits_for_the_next_one_and_says_so_in_vain(tmp_path: Path) -> None:
    for comes_back in (True, False):
        page = start(tmp_path)
        command = command_line(tmp_path, "debug", "--steps", "60", "--step-s", "0.05", "--seed", "7")
        asked = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        (row,) = until(lambda page=page: [r for r in jobs_of(page) if r["status"] == "RUNNING"])
        page.stop(signal.SIGKILL)
        if comes_back:
            page = start(tmp_path)  # on another port
        out, err = asked.communicate(timeout=60)
        if comes_back:
            assert asked.returncode == 0 and out.strip().endswith(".json") and "starting again" in err
            assert page.json("GET", f"/api/jobs/{row['id']}")["interruptions"] == 1
            page.stop()
        else:
            assert asked.returncode == 1 and "continues automatically" in err and "Traceback" not in err


def test_it_says_that_it_waits_for_the_folder_and_asks_the_page_that_gets_it_first(tmp_path: Path) -> None:
    application = Application.open(make_settings(tmp_path))
    command = command_line(tmp_path, "debug", "--seed", "7")
    asked = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert asked.stderr and "Another process is using the folder" in asked.stderr.readline()
    finally:
        application.close()
    assert asked.wait(60) == 0


def test_reindex_makes_the_index_anew(tmp_path: Path) -> None:
    run(tmp_path, "debug", "--seed", "1")
    for index in (tmp_path / "out" / "settings").glob("library.db*"):
        index.unlink()
    assert "1 tracks; 1 added" in run(tmp_path, "reindex").stdout


def test_report_bundles_logs_without_a_password(tmp_path: Path) -> None:
    run(tmp_path, "debug", "--seed", "1")
    done = run(
        tmp_path, "report", "--database-url", "postgresql://me:hunter2@host/db", "--oidc-client-secret", "swordfish"
    )
    import zipfile

    with zipfile.ZipFile(PROJECT / done.stdout.strip()) as archive:
        names = archive.namelist()
        assert "facts.json" in names and any(name.startswith("logs/worker-light") for name in names)
        facts = archive.read("facts.json")
        assert b"postgresql" in facts and b"hunter2" not in facts and b"swordfish" not in facts


def test_a_second_start_points_to_the_page_that_runs(tmp_path: Path) -> None:
    with live(tmp_path) as server:
        again = run(tmp_path, "--no-browser", "--port", "0")
        assert again.returncode == 0 and f"Already running: {server.address}" in again.stdout


def test_help_names_settings_and_commands(tmp_path: Path) -> None:
    text = run(tmp_path, "--help").stdout
    assert "--unload-after-gen" in text and "generate" in text and "reindex" in text


def test_a_file_reaches_the_running_page_under_its_own_name(tmp_path: Path) -> None:
    sound = tmp_path / 'моя "песня".wav'
    write(sound, noise(2, 5000), 44_100, format=Format.WAV)
    with live(tmp_path / "page") as page:
        key = Page(page.address, page.settings).upload(sound)
        facts = page.json("GET", f"/api/uploads/{key.removeprefix('upload:')}")
        assert (facts["name"], facts["channels"]) == (sound.name, 2)
        sound.write_bytes(b"no sound")
        with pytest.raises(AppError) as refused:
            Page(page.address, page.settings).upload(sound)
        assert refused.value.code is Code.UNSUPPORTED_AUDIO
        assert len(page.json("GET", "/api/uploads")["uploads"]) == 1


SPEAKERS = {"Anna": "espeak:en", "Tom": {"voice": "espeak:en", "effect": "telephone"}, "Narrator": "espeak:en"}


def test_a_script_and_its_cast_are_files(tmp_path: Path) -> None:
    """With voices that need no download."""
    script, cast = tmp_path / "A visit.txt", tmp_path / "cast.json"
    script.write_text("Anna: Who is there?\nTom: It is me. [sfx: knock]\nAnna: Come in!\nTom: Yes.\n")
    cast.write_text(json.dumps(SPEAKERS))
    done = run(tmp_path, "drama", str(script), "--cast", str(cast), "--seed", "5", "--json")
    assert done.returncode == 0, done.stderr
    record = Record.model_validate(json.loads(done.stdout))
    assert record.title == "A visit" and record.details["cast"] == {"Anna": "espeak:en", "Tom": "espeak:en"}
    assert [stem.name for stem in record.stems] == ["dialogue", "effects"]
    project = json.loads((tmp_path / "out" / "audio" / str(record.project)).read_text(encoding="utf-8"))
    assert [line["text"] for line in project["lines"]] == ["Who is there?", "It is me.", "Come in!", "Yes."]
    assert soundfile.info(tmp_path / "out" / "audio" / record.file).duration == pytest.approx(project["duration_s"])


@pytest.mark.parametrize(
    "given",
    [["gone.txt"], ["--script", "gone.epub"], ["Anna: Hi.", "--cast", "gone.json"], ["Anna: Hi.", "--cast", "{"]],
)
def test_a_script_that_is_not_there_and_a_cast_that_is_none_are_refused(tmp_path: Path, given: list[str]) -> None:
    done = run(tmp_path, "drama", *given)
    assert done.returncode == 2 and (given[-1].removeprefix("{") in done.stderr)
    assert done.stderr.strip() and not list((tmp_path / "out").glob("audio/*.wav"))
