"""What was skipped is said, with what it wants and the way to get it; where all must run, a skip is a failure."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.settings import PROJECT
from tests.wants import ADVICE, INSTALL, PACKAGES, advice, told, wanted, wants

TESTS = Path(__file__).parent

SKIPPING = """
import pytest
from tests.wants import wants

@pytest.mark.parametrize("number", range(3))
def test_browser(number): pytest.skip(wants("Chromium"))

@pytest.mark.skipif(True, reason=wants("PostgreSQL"))
def test_database(): ...

@pytest.mark.skipif(True, reason="Tuesday")
def test_other(): ...

def test_plain(): ...
"""


def run(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    (folder / "test_skipping.py").write_text(SKIPPING)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "tests.conftest",
        str(folder),
        "--rootdir",
        str(folder),
        *options,
    ]
    return subprocess.run(
        command, cwd=PROJECT, env=os.environ | {"PYTHONPATH": str(PROJECT)}, capture_output=True, text=True, check=False
    )


def test_the_last_lines_say_what_was_skipped_and_the_way_out(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-3:] == [
        f"3 tests were skipped for want of Chromium: {advice('Chromium')}",
        f"1 test was skipped for want of PostgreSQL: {ADVICE['PostgreSQL']}",
        "1 test was skipped: Tuesday",
    ]


@pytest.mark.parametrize(("demanded", "code"), [("Chromium,PostgreSQL", 1), ("PostgreSQL", 1), ("npm", 0)])
def test_where_something_must_be_there_its_want_is_a_failure(tmp_path: Path, demanded: str, code: int) -> None:
    assert run(tmp_path, f"--must-run={demanded}").returncode == code
    assert run(tmp_path, f"--must-run={demanded}", "-k", "plain").returncode == 0


@pytest.mark.parametrize("manager", [*INSTALL, None])
@pytest.mark.parametrize("what", [*PACKAGES, *ADVICE])
def test_the_command_is_that_of_this_computer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manager: str | None, what: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if manager:
        (tmp_path / manager).write_text("#!/bin/sh\n")
        (tmp_path / manager).chmod(0o755)
    said = advice(what)
    assert said and "\n" not in said
    if what in PACKAGES:
        assert said.removeprefix("sudo ").startswith(INSTALL[manager] if manager else "install")
    assert wanted(wants(what, "because: of, this")) == what
    assert told([wants(what), wants(what, "x")]) == [f"2 tests were skipped for want of {what}: {said}"]


def test_every_skip_names_what_it_wants() -> None:
    for path in TESTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            reasons = [k.value for k in node.keywords if k.arg == "reason"] or node.args
            if ast.unparse(node.func) in (
                "pytest.skip",
                "pytest.mark.skipif",
                "pytest.mark.skip",
                "pytest.importorskip",
            ):
                reason = reasons[-1]
                named = isinstance(reason, ast.Call) and ast.unparse(reason.func) == "wants"
                assert named, f"{path}:{node.lineno}"
