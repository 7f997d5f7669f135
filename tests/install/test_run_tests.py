"""`run test`: which runs of pytest there are, and what they end with."""

import sys
from pathlib import Path

import pytest

from install import cli
from install.cli import BESIDE, NO_TESTS, run_tests
from install.layout import Project


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    runs: list[list[str]] = []

    def beside(commands: list[list[str]], project: Project) -> list[int]:
        runs.extend(command[3:] for command in commands)
        return [0, 1, 0][: len(commands)]

    monkeypatch.setattr(cli, "_run_beside", beside)
    return runs


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for folder in ("audio", "browser", "other"):
        (tmp_path / "tests" / folder).mkdir(parents=True)
    return Project(tmp_path)


def test_groups_of_folders_run_beside_the_others(project: Project, asked: list[list[str]]) -> None:
    assert run_tests(project, ["-k", "lease"]) == 1
    ignored = ["--ignore=tests/browser", "--ignore=tests/audio"]
    assert asked == [
        ["-k", "lease", "tests", *ignored],
        ["-k", "lease", "tests/browser"],
        ["-k", "lease", "tests/audio"],
    ]


def test_every_group_is_of_folders_that_are_there() -> None:
    root = Path(__file__).parents[2]
    assert all((root / folder).is_dir() for group in BESIDE for folder in group)


def test_one_group_has_the_one_postgresql_database() -> None:
    tests = Path(__file__).parents[1]
    users = [path for path in tests.rglob("*.py") if "tests.database.conftest" + " import" in path.read_text("utf-8")]
    folders = {f"tests/{path.relative_to(tests).parts[0]}" for path in users} | {"tests/database"}
    assert sum(not folders.isdisjoint(group) for group in BESIDE) == 1
    assert any(folders <= set(group) for group in BESIDE)


@pytest.mark.parametrize("options", [["tests/browser", "-x"], ["--help"]])
def test_a_path_is_one_run(project: Project, asked: list[list[str]], options: list[str]) -> None:
    assert run_tests(project, options) == 0
    assert asked == [options]


@pytest.mark.parametrize(("ended", "code"), [([0, NO_TESTS], 0), ([NO_TESTS] * 2, NO_TESTS), ([2, NO_TESTS], 2)])
def test_a_part_without_tests_is_no_failure(
    project: Project, monkeypatch: pytest.MonkeyPatch, ended: list[int], code: int
) -> None:
    monkeypatch.setattr(cli, "_run_beside", lambda commands, project: ended)
    assert run_tests(project, []) == code


def test_what_runs_beside_speaks_afterwards(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    first = "import time; time.sleep(0.5); print('first', flush=True)"
    commands = [[sys.executable, "-c", code] for code in (first, "print('second'); raise SystemExit(3)")]
    assert cli._run_beside(commands, project) == [0, 3]
    assert capfd.readouterr().out.split() == ["first", "second"]
