"""The container files: linted, complete, and naming only what there is."""

import json
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from engine.settings import PROJECT, Settings
from tests.deploy.linters import CONTAINERFILES, DEPLOY, checkov, hadolint, shellcheck

SHELL_SCRIPTS = ["install.sh", "run.sh", "install/python.sh", "deploy/secrets.sh", ".ci/run", ".ci/linters"]
BAD = "FROM debian:latest\nRUN apt-get update && apt-get install curl\nRUN cd /tmp\nUSER root\n"


def instructions(file: Path) -> list[tuple[str, str]]:
    """Each with what follows it."""
    text = re.sub(r"\\\n\s*", "", "\n".join(line for line in file.read_text().splitlines() if not line.startswith("#")))
    return [(found[1], found[2]) for line in text.splitlines() if (found := re.match(r"\s*([A-Z]+)\s+(.*)", line))]


def environment(file: Path) -> dict[str, str]:
    """The settings of the program that it makes."""
    pairs = [pair for name, rest in instructions(file) if name == "ENV" for pair in shlex.split(rest)]
    known = dict(pair.split("=", 1) for pair in pairs)
    return {name: value for name, value in known.items() if name.startswith("AUDIOCRAFT_WEBUI_")}


def settings_of(environment: dict[str, str]) -> Settings:
    """Raises for one that is none, and for a value that it cannot have."""
    return Settings(**{name.removeprefix("AUDIOCRAFT_WEBUI_").lower(): value for name, value in environment.items()})


def accepts(command: list[str]) -> bool:
    """Whether the program has this subcommand with these deeds and flags: its own help says so. No command is none."""
    if not command:
        return False
    done = subprocess.run(
        [sys.executable, "webui.py", command[0], "--help"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    named = [word for word in command[1:] if word.startswith("--") or word in ("upgrade", "check")]
    return done.returncode == 0 and all(re.search(rf"(?<![\w-]){word}(?![\w-])", done.stdout) for word in named)


def secrets_made(folder: Path) -> dict[str, str]:
    """The .env that secrets.sh puts into a folder."""
    script = ["sh", str(DEPLOY / "secrets.sh"), "music.example.org", "/c.pem", "/k.pem", str(folder)]
    subprocess.run(script, capture_output=True, check=True)
    return dict(line.split("=", 1) for line in (folder / ".env").read_text().splitlines())


@pytest.mark.parametrize("file", CONTAINERFILES, ids=lambda file: file.name)
def test_hadolint_finds_nothing(file: Path) -> None:
    assert hadolint(file) == ""


def test_checkov_finds_nothing(tmp_path: Path) -> None:
    for file in CONTAINERFILES:
        shutil.copy(file, tmp_path / f"Dockerfile{file.suffix}")
    found = checkov(tmp_path, "dockerfile")
    assert {resource.split(".")[1] for resource in found} == {"server", "node"}
    assert {resource: failed for resource, failed in found.items() if failed} == {}


def test_a_bad_container_file_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(BAD)
    assert {"DL3007", "DL3008", "DL3003"} <= set(re.findall(r"DL\d+", hadolint(tmp_path / "Dockerfile")))
    failed = " ".join(name for names in checkov(tmp_path, "dockerfile").values() for name in names)
    assert {"CKV_DOCKER_2", "CKV_DOCKER_7", "CKV_DOCKER_8"} <= set(failed.split())


def test_shellcheck_finds_nothing_in_our_scripts() -> None:
    assert shellcheck(*(PROJECT / script for script in SHELL_SCRIPTS)) == ""


def test_a_bad_script_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "bad.sh").write_text("#!/bin/sh\nrm $1/*\n")
    assert "SC2086" in shellcheck(tmp_path / "bad.sh")


@pytest.mark.parametrize("file", CONTAINERFILES, ids=lambda file: file.name)
def test_what_is_copied_is_there_and_let_in(file: Path) -> None:
    let_in = [line[1:] for line in (PROJECT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    copied = [rest.split()[:-1] for name, rest in instructions(file) if name == "COPY" and "--from" not in rest]
    sources = [source for group in copied for source in group]
    assert {"engine", "webui.py", "install"} <= set(sources)
    for source in sources:
        assert (PROJECT / source).exists(), source
        assert any(path == source or path.startswith(f"{source}/") for path in let_in), source
    assert [path for path in let_in if not (PROJECT / path).exists()] == []


@pytest.mark.parametrize("file", CONTAINERFILES, ids=lambda file: file.name)
def test_it_runs_as_nobody_in_particular_and_in_the_clustered_form(file: Path) -> None:
    known = dict(instructions(file))  # the last of each
    assert known["USER"] == "10001:10001" and known["STOPSIGNAL"] == "SIGTERM"
    settings = settings_of(environment(file))
    assert settings.cluster and settings.chosen_async_mode == "threading" and settings.output == Path("/data")
    assert json.loads(known["ENTRYPOINT"]) == [".venv/bin/python", "webui.py"]
    if "CMD" in known:
        assert accepts(json.loads(known["CMD"]))


def test_a_command_that_there_is_not_is_found_out() -> None:
    assert accepts(["node", "--check"]) and accepts(["database", "upgrade"])
    assert not accepts(["node", "--nonsense"]) and not accepts(["storage", "upgrade"])


def test_the_installer_is_asked_for_what_it_knows() -> None:
    asked = {word for file in CONTAINERFILES for word in re.findall(r"install\.sh (--\w+)", file.read_text())}
    usage = subprocess.run([sys.executable, "-m", "install", "--help"], cwd=PROJECT, capture_output=True, text=True)
    assert asked == {"--server", "--cluster"} and all(word in usage.stdout + usage.stderr for word in asked)


def test_secrets_are_new_each_time_and_never_empty(tmp_path: Path) -> None:
    values: set[str] = set()
    for folder in (tmp_path / "one", tmp_path / "two"):
        made = secrets_made(folder)
        assert made.pop("HOST_NAME") == "music.example.org"
        assert (made.pop("TLS_CERTIFICATE"), made.pop("TLS_KEY")) == ("/c.pem", "/k.pem")
        values |= set(made.values()) | {path.read_text() for path in (folder / "secrets").iterdir()}
    assert len(values) == 12 and all(re.fullmatch(r"[0-9a-f]{48}", value) for value in values)


def test_who_else_is_here_reads_no_secret_and_services_do(tmp_path: Path) -> None:
    """A service has a user of its own, and its file is mounted without the folder above it."""
    secrets_made(tmp_path)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / ".env", tmp_path / "secrets")}
    assert modes == {".env": 0o600, "secrets": 0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "secrets").iterdir()} == {0o644}


def test_secrets_that_are_in_use_are_not_replaced(tmp_path: Path) -> None:
    before = secrets_made(tmp_path)
    with pytest.raises(subprocess.CalledProcessError):
        secrets_made(tmp_path)
    after = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines())
    assert after == before and (tmp_path / "secrets/postgres_password").read_text() == after["POSTGRES_PASSWORD"]
