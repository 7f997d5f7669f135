"""The scripts as a user runs them: what they make, that they then do nothing, and that they mend what breaks."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.install.conftest import ROOT, SmallProject
from tests.waiting import until


def traces(project: SmallProject) -> tuple[int, str]:
    """What a run of pip or npm would change."""
    return (project.root / "settings/install.log").stat().st_mtime_ns, (project.root / "npm-calls").read_text()


def test_a_first_run_installs_everything_and_starts_the_page(installed: SmallProject) -> None:
    for name in ("first", "second", "loose", "torch-2.13.0+cpu.dist-info"):
        assert (installed.site_packages / name).exists()
    assert (
        installed.root / "static/vendor/lit/index.js"
    ).read_text() == 'import "./sub.js"; export * from "./index.js";\n'
    assert not (installed.site_packages / "tested").exists()


def test_arguments_folder_and_stdout_reach_the_program_untouched(installed: SmallProject) -> None:
    done = installed.run("generate", "calm piano, 80 bpm", "--seed", "7", "", "*", script="run.sh")
    assert json.loads(done.stdout) == [
        ["generate", "calm piano, 80 bpm", "--seed", "7", "", "*"],
        str(installed.root.parent),
    ]
    assert done.stderr == ""


def test_a_run_with_nothing_missing_starts_no_pip_and_no_npm_and_is_quick(installed: SmallProject) -> None:
    before, start = traces(installed), time.monotonic()
    assert installed.run("x").returncode == 0
    assert time.monotonic() - start < 2
    assert traces(installed) == before


def delete(pattern: str) -> Callable[[SmallProject], None]:
    def damage(project: SmallProject) -> None:
        found = list(project.root.glob(pattern))
        assert found
        for path in found:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    return damage


def interrupt_pip(project: SmallProject) -> None:
    """What a pip leaves that was killed while it copied `second`."""
    stamp = project.root / ".venv/installed.json"
    stamp.write_text(json.dumps(json.loads(stamp.read_text()) | {"steps": {}}))
    (project.site_packages / "second-1.0.dist-info/RECORD").unlink()
    (project.site_packages / "second/__init__.py").unlink()
    (project.site_packages / "~econd").mkdir()


def break_python(project: SmallProject) -> None:
    for link in (project.root / ".venv/bin").glob("python*"):
        link.unlink()
        link.symlink_to("/nowhere/python")


def empty_venv(project: SmallProject) -> None:
    shutil.rmtree(project.root / ".venv")
    (project.root / ".venv/bin").mkdir(parents=True)


def garble_stamp(project: SmallProject) -> None:
    (project.root / ".venv/installed.json").write_text('{"steps": ')


@pytest.mark.parametrize(
    "damage",
    [
        delete(".venv/lib/*/site-packages/second"),
        delete(".venv/lib/*/site-packages/loose*"),
        delete(".venv/lib/*/site-packages/torch*"),
        delete("static/vendor"),
        delete("static/vendor/lit/sub.js"),
        delete(".venv/installed.json"),
        interrupt_pip,
        break_python,
        empty_venv,
        garble_stamp,
    ],
)
def test_the_next_run_mends_what_is_broken(installed: SmallProject, damage: Callable[[SmallProject], None]) -> None:
    damage(installed)
    done = installed.run("x")
    assert done.returncode == 0, done.stderr
    for name in ("first", "second", "loose", "torch"):
        assert (installed.site_packages / name / "__init__.py").is_file()
    assert (installed.root / "static/vendor/lit/sub.js").is_file()
    before = traces(installed)
    assert installed.run("x").stderr == ""
    assert traces(installed) == before


def test_repair_finds_a_file_that_is_missing_inside_a_package(installed: SmallProject) -> None:
    (installed.site_packages / "second/__init__.py").unlink()
    done = installed.run("--repair", script="install.sh")
    assert (installed.site_packages / "second/__init__.py").is_file()
    assert "second-1.0" in done.stderr


def test_a_lost_pip_comes_back_when_it_is_needed(installed: SmallProject) -> None:
    shutil.rmtree(installed.site_packages / "pip")
    assert installed.run("x").returncode == 0
    assert (installed.site_packages / "pip/__main__.py").is_file()


def test_a_changed_pin_is_installed(installed: SmallProject) -> None:
    pins = installed.root / "requirements.txt"
    old = pins.read_text()
    for text, version in ((old.replace("first==1.0", "first==2.0"), "2.0"), (old, "1.0")):
        pins.write_text(text)
        assert installed.run("x").returncode == 0
        assert version in (installed.site_packages / "first/__init__.py").read_text()


def test_a_pin_that_cannot_be_had_ends_in_one_sentence_and_is_tried_again(installed: SmallProject) -> None:
    pins = installed.root / "requirements.txt"
    old = pins.read_text()
    pins.write_text(old + "nowhere==3.0\n")
    for _ in range(2):
        done = installed.run("x")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.splitlines()[-1].startswith("nowhere==3.0 is not offered here")
    assert "nowhere==3.0" in (installed.root / "settings/install.log").read_text()
    pins.write_text(old)
    assert installed.run("x").returncode == 0


def test_a_step_that_failed_is_done_by_the_next_run(installed: SmallProject) -> None:
    (installed.root / "npm-fails").touch()
    shutil.rmtree(installed.root / "static/vendor")
    failed = installed.run("x")
    (installed.root / "npm-fails").unlink()
    assert failed.returncode == 1
    assert "connect to the network" in failed.stderr.splitlines()[-1]
    assert installed.run("x").returncode == 0
    assert (installed.root / "static/vendor/lit/index.js").is_file()


def test_two_runs_at_once_do_the_work_once(installed: SmallProject) -> None:
    shutil.rmtree(installed.root / "static/vendor")
    calls = (installed.root / "npm-calls").read_text().count("\n")
    both = [
        subprocess.Popen(
            installed.command("run.sh", "x"), env=installed.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    said = [run.communicate(timeout=120)[1].decode() for run in both]
    assert [run.returncode for run in both] == [0, 0], said
    assert (installed.root / "npm-calls").read_text().count("\n") == calls + 1


def test_an_install_that_was_killed_goes_on(installed: SmallProject) -> None:
    shutil.rmtree(installed.root / ".venv")
    run = subprocess.Popen(
        installed.command("run.sh", "x"),
        env=installed.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until(lambda: list(installed.root.glob(".venv/lib/*/site-packages/torch*")), 60)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    done = installed.run("x")
    assert done.returncode == 0, done.stderr
    assert (installed.site_packages / "loose/__init__.py").is_file()


def test_test_packages_come_on_demand_and_stay(installed: SmallProject) -> None:
    assert installed.run("--test", script="install.sh").returncode == 0
    assert "--include=dev" in (installed.root / "npm-calls").read_text().splitlines()[-1]
    shutil.rmtree(installed.site_packages / "tested")
    assert installed.run("x").returncode == 0
    assert (installed.site_packages / "tested/__init__.py").is_file()


@pytest.mark.parametrize("name", ["plain", "unknown", "../with_peer", ""])
def test_a_benchmark_without_needs_brings_nothing(installed: SmallProject, name: str) -> None:
    before = traces(installed)
    done = installed.run("bench", name, "--seeds", "2")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)[0] == ["bench", name, "--seeds", "2"]
    assert traces(installed) == before


def test_what_a_benchmark_needs_comes_when_it_is_asked_for_and_once(installed: SmallProject) -> None:
    with_peer = installed.run("bench", "with-peer")
    assert json.loads(with_peer.stdout)[0] == ["bench", "with-peer"], with_peer.stderr
    assert (installed.site_packages / "measured/__init__.py").is_file()
    before = traces(installed)
    assert installed.run("bench", "with-peer").stderr == ""
    assert traces(installed) == before


@pytest.mark.parametrize(
    ("arguments", "package", "again"),
    [
        (["bench", "with-peer", "--x"], "measured", "./run.sh bench with-peer again"),
        (["test", "-q"], "tested", "./run.sh test -q again"),
    ],
)
def test_where_it_cannot_be_had_one_sentence_says_so(
    installed: SmallProject, arguments: list[str], package: str, again: str
) -> None:
    stamp = installed.root / ".venv/installed.json"
    facts = json.loads(stamp.read_text())
    facts["steps"] = {name: made for name, made in facts["steps"].items() if name not in ("bench", "test")}
    facts["site_packages"] = [name for name in facts["site_packages"] if not name.startswith(package)]
    stamp.write_text(json.dumps(facts))
    for found in installed.site_packages.glob(f"{package}*"):
        shutil.rmtree(found)
    done = installed.run(*arguments, PIP_FIND_LINKS=str(installed.programs))
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert f"{package}==1.0 is not offered here" in last and again in last
    nowhere = {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "1"}
    refused = installed.run(*arguments, **nowhere)
    last = refused.stderr.splitlines()[-1]
    assert refused.returncode == 1 and "connect to the network" in last and again in last, refused.stderr


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A copy of the scripts with no .venv, and `programs` with nothing in it but what the scripts need."""
    shutil.copytree(ROOT / "install", tmp_path / "install", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "run.sh", tmp_path / "run.sh")
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs/dirname").symlink_to(str(shutil.which("dirname")))
    return tmp_path


def found_python(bare: Path, **env: str) -> str:
    script = f'root="{bare}"; . "{bare}/install/python.sh"; echo "$python"'
    env |= {"PATH": str(bare / "programs")}
    return subprocess.run(["/bin/sh", "-c", script], env=env, capture_output=True, text=True, check=True).stdout.strip()


def test_a_shim_that_fails_and_an_old_python_are_passed_over(bare: Path) -> None:
    for name, body in (("python3.11", "exit 127"), ("python3.12", "exit 1"), ("python3", 'exec "$REAL" "$@"')):
        (bare / "programs" / name).write_text(f"#!/bin/sh\n{body}\n")
        (bare / "programs" / name).chmod(0o755)
    assert found_python(bare, REAL=sys.executable) == "python3"


def test_condas_python_is_found_without_being_on_the_path(bare: Path) -> None:
    (bare / "conda/bin").mkdir(parents=True)
    (bare / "conda/bin/python").symlink_to(Path(sys.executable).resolve())
    assert found_python(bare, CONDA_PREFIX=str(bare / "conda")) == str(bare / "conda/bin/python")
    assert found_python(bare, CONDA_EXE=str(bare / "conda/bin/conda")) == str(bare / "conda/bin/python")


def test_a_python_without_the_venv_module_is_taken_last(bare: Path) -> None:
    for name, body in (
        ("python3.11", 'case "$*" in *--without-pip*) exec "$REAL" "$@";; *) exit 1;; esac'),
        ("python3", 'exec "$REAL" "$@"'),
    ):
        (bare / "programs" / name).write_text(f"#!/bin/sh\n{body}\n")
        (bare / "programs" / name).chmod(0o755)
    assert found_python(bare, REAL=sys.executable) == "python3"
    (bare / "programs/python3").unlink()
    assert found_python(bare, REAL=sys.executable) == "python3.11"


def test_without_any_python_one_sentence_says_what_to_do(bare: Path) -> None:
    env = {"PATH": str(bare / "programs")}
    done = subprocess.run(["/bin/sh", str(bare / "run.sh")], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "install one" in done.stderr


def test_an_unknown_option_of_install_is_refused(installed: SmallProject) -> None:
    done = installed.run("--repare", script="install.sh")
    assert done.returncode == 2
    assert "--repair" in done.stderr
