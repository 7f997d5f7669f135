"""The lists of packages themselves."""

import ast
import json
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from install.cli import benchmark_needs
from install.layout import Project
from install.pin import tidy
from install.steps import EXTRAS

ROOT = Path(__file__).resolve().parents[2]
LISTS = [
    "requirements.txt",
    *(f"requirements/{name}.txt" for name in ("cluster", "server", "test", "bench", "lint", "no-deps", "node")),
]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([A-Za-z0-9.]+)( ; .+)?$")


def pins(name: str | Path) -> dict[str, str]:
    lines = [line for line in (ROOT / name).read_text("utf-8").splitlines() if line and not line.startswith("#")]
    found = [PIN.match(line) for line in lines]
    assert all(found), lines
    return {match.group(1).lower().replace("_", "-"): match.group(2) for match in found if match}


@pytest.mark.parametrize("name", LISTS)
def test_every_package_is_pinned_exactly_and_none_by_address(name: str) -> None:
    assert pins(name)
    assert "://" not in (ROOT / name).read_text("utf-8")


@pytest.mark.parametrize("extra", ["cluster", "server", "test", "bench"])
def test_what_the_tests_and_benchmarks_need_agrees_with_what_the_program_needs(extra: str) -> None:
    program, more = pins("requirements.txt"), pins(f"requirements/{extra}.txt")
    shared = more.keys() & program.keys()
    assert shared and {name: more[name] for name in shared} == {name: program[name] for name in shared}


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks").glob("*.py")), ids=lambda path: path.stem)
def test_a_benchmark_names_what_it_needs(path: Path) -> None:
    """Every package that it imports comes with the program or with a list that it names."""
    distributions = packages_distributions()
    known = sys.stdlib_module_names | {"engine", "benchmarks", "tests"}
    needs = benchmark_needs(Project(ROOT), [path.stem])
    assert needs <= EXTRAS.keys()
    offered = {name for of in ("requirements.txt", "requirements/no-deps.txt") for name in pins(ROOT / of)}
    offered |= {name for need in needs for name in pins(f"requirements/{need}.txt")}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for top in {name.partition(".")[0] for name in names} - known:
            brought = {name.lower().replace("_", "-") for name in distributions.get(top, [top])}
            assert brought & offered, f"{top} is in no list that {path.stem} names"


def test_each_package_without_its_dependencies_has_its_reason_above_it() -> None:
    lines = (ROOT / "requirements/no-deps.txt").read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        if line and not line.startswith("#"):
            assert lines[number - 1].startswith("#")


def test_nothing_is_installed_twice_from_different_lists() -> None:
    assert not pins("requirements.txt").keys() & pins("requirements/no-deps.txt").keys()


def test_pins_for_other_systems_and_torchs_own_are_left_out() -> None:
    compiled = [
        "# comment",
        "anyio==4 ; sys_platform != 'emscripten'",
        "colorama==1 ; sys_platform == 'win32'",
        "demucs==4.0.1 ; platform_machine == 'x86_64' and sys_platform == 'darwin'",
        "demucs==4.1.0 ; platform_machine != 'x86_64' or sys_platform != 'darwin'",
        "nvidia-cublas==13 ; sys_platform == 'linux'",
        "nvidia-ml-py==13.615.71",
        "triton==3 ; sys_platform == 'linux'",
    ]
    assert tidy("\n".join(compiled)) == [
        "anyio==4",
        "colorama==1 ; sys_platform == 'win32'",
        "demucs==4.1.0",
        "nvidia-ml-py==13.615.71",
    ]


def test_the_npm_lock_names_no_address() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    assert not [name for name, row in lock["packages"].items() if "resolved" in row]


@pytest.mark.parametrize("name", ["run.sh", "install.sh", "install/python.sh"])
def test_shell_scripts_have_unix_line_ends(name: str) -> None:
    assert b"\r" not in (ROOT / name).read_bytes()


@pytest.mark.parametrize("name", ["run.bat", "install.bat", "install/python.bat"])
def test_batch_files_have_windows_line_ends_and_plain_letters(name: str) -> None:
    text = (ROOT / name).read_bytes()
    assert text.count(b"\n") == text.count(b"\r\n") > 0
    assert text.isascii()
