"""What looks at deploy/: programs of .linters, an environment of their own that .ci/linters makes."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from engine.settings import PROJECT
from tests.wants import wants

DEPLOY = PROJECT / "deploy"
CONTAINERFILES = sorted(DEPLOY.glob("Containerfile.*"))
PROGRAMS = PROJECT / ".linters" / "bin"
COMPOSE_SCHEMA = """
import json, sys, types
from pathlib import Path
import compose_spec.models

file = Path(compose_spec.models.__file__)
strict = types.ModuleType("strict")  # as the specification is; the package overlooks what it does not know
sys.modules["strict"] = strict
exec(compile(file.read_text().replace('extra="ignore"', 'extra="forbid"'), file, "exec"), vars(strict))
project = {name: part for name, part in json.load(sys.stdin).items() if not name.startswith("x-")}
strict.ComposeSpecification.model_validate(project)
"""


def run(program: str, *arguments: str | Path, said: str = "") -> "subprocess.CompletedProcess[str]":
    """Skips where it is not installed."""
    if not (PROGRAMS / program).exists():
        pytest.skip(wants("linters"))
    environment = {**os.environ, "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"}
    command = [str(PROGRAMS / program), *map(str, arguments)]
    return subprocess.run(command, input=said, env=environment, capture_output=True, text=True, check=False)


def hadolint(file: Path) -> str:
    """What is wrong with a container file."""
    return run("hadolint", "--no-color", file).stdout


def shellcheck(*files: Path) -> str:
    return run("shellcheck", "-x", *files).stdout


def compose_schema(project: Any) -> str:
    """What is wrong with a file of compose, by the schema of its specification."""
    return run("python", "-c", COMPOSE_SCHEMA, said=json.dumps(project)).stderr


def kubernetes(*files: Path) -> str:
    """What is wrong with resources of Kubernetes, by their schemas; a field that they do not know is a fault, too."""
    done = run("kubernetes-validate", "--strict", "--quiet", *files)
    return done.stdout + done.stderr if done.returncode else ""


def checkov(folder: Path, *frameworks: str) -> dict[str, list[str]]:
    """Whatever it looked at, with the checks that failed there. It knows a container file by its name Dockerfile.*."""
    done = run(
        "checkov", "-d", folder, "--framework", *frameworks, "--skip-download", "--compact", "--output", "json",
    )  # fmt: skip
    reports = json.loads(done.stdout)
    found: dict[str, list[str]] = {}
    for report in reports if isinstance(reports, list) else [reports]:
        for kind in ("passed_checks", "failed_checks"):
            for check in report.get("results", {}).get(kind, ()):
                failed = found.setdefault(check["resource"], [])
                failed += [f"{check['check_id']} {check['check_name']}"] if kind == "failed_checks" else []
    return found
