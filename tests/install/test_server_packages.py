"""A server of a cluster is installed without models, and what it imports is all there then."""

import json
import shutil
import subprocess
import sys

import pytest

from engine.settings import PROJECT
from install.ensure import chosen
from install.stamp import Stamp
from tests.install.conftest import SmallProject
from tests.install.test_pins import pins

IMPORTS = """
import importlib, json, sys
from engine import app, commands
from engine.accounts import accounts
from engine.cluster import cluster
from engine.drama.tasks import DRAMA_TASKS
from engine.jobs import worker
from engine.jobs.light_tasks import SOUND_TASKS
from engine.library.s3 import incoming, storage
from engine.tag.tasks import TAG_TASKS
from engine.web import start
from engine.web.auth import oidc

sets = {SOUND_TASKS, TAG_TASKS, DRAMA_TASKS, *(command.tasks for command in commands.commands().values())}
for module in [module for tasks in sets - {None} for module in tasks.modules]:
    importlib.import_module(module)
from importlib.metadata import packages_distributions

brought = packages_distributions()
names = {name.partition(".")[0] for name in sys.modules}
print(json.dumps(sorted({package for name in names for package in brought.get(name, ())})))
"""
"""All that a server and its workers for light tasks import when they start."""
BROUGHT_BY_TESTS = {"setuptools", "websocket-client", "msgpack"}
"""What others import where it is there."""
MODELS = {"torch", "first", "loose"}
SERVER = {"server", "cluster"}
WHOLE = {"torch", "packages", "no-deps"}


@pytest.mark.parametrize(
    ("installed", "asked", "extras", "found"),
    [
        ("", None, set(), WHOLE),
        ("", True, set(), SERVER),
        ("server cluster", None, set(), SERVER),
        ("server cluster", True, set(), SERVER),
        ("server cluster", False, set(), WHOLE | {"cluster"}),
        ("server cluster", False, {"cluster"}, WHOLE | {"cluster"}),
        ("server cluster", None, {"test"}, WHOLE | {"cluster", "test"}),
        ("torch packages no-deps", True, set(), WHOLE | {"cluster"}),
        ("torch packages no-deps", None, set(), WHOLE),
        ("torch packages no-deps test", True, set(), WHOLE | {"cluster", "test"}),
    ],
)
def test_it_is_a_server_alone_where_that_was_asked_for_last_and_nothing_more_is_there(
    installed: str, asked: bool | None, extras: set[str], found: set[str]
) -> None:
    stamp = Stamp(steps=dict.fromkeys(installed.split(), "made"), server="server" in installed)
    steps, only_server = chosen(stamp, extras, asked)
    assert {step.name for step in steps} == found | {"page"}
    assert only_server is (found == SERVER)


def test_a_server_alone_stays_so_until_everything_is_asked_for(small_project: SmallProject) -> None:
    def there() -> set[str]:
        return {path.name for path in small_project.site_packages.iterdir()}

    shutil.rmtree(small_project.root / ".venv", ignore_errors=True)
    try:
        assert small_project.run("--server", script="install.sh").returncode == 0
        assert {"served", "shared"} <= there() and not MODELS & there()
        assert (small_project.root / "static/vendor/lit/index.js").is_file()
        shutil.rmtree(small_project.site_packages / "served")
        failed = small_project.run("x", PIP_FIND_LINKS=str(small_project.programs))
        assert failed.returncode == 1 and "run ./install.sh --server again" in failed.stderr.splitlines()[-1]
        assert small_project.run("x").returncode == 0
        assert "served" in there() and not MODELS & there(), "what failed is done again, and no more"
        assert small_project.run("--repair", script="install.sh").returncode == 0
        assert not MODELS & there()
        assert small_project.run(script="install.sh").returncode == 0
        assert there() >= MODELS
        assert small_project.run("x").stderr == "", "it stays so"
    finally:
        shutil.rmtree(small_project.root / ".venv")


def test_all_that_a_server_imports_is_in_its_list() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTS], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    imported = {name.lower().replace("_", "-") for name in json.loads(done.stdout)}
    listed = {*pins("requirements/server.txt"), *pins("requirements/cluster.txt")}
    assert {"numpy", "flask", "celery", "boto3"} <= imported
    assert imported - listed - BROUGHT_BY_TESTS == set()


def test_no_model_package_is_in_that_list() -> None:
    assert not {"torch", "transformers", "onnxruntime", "librosa", "pandas"} & pins("requirements/server.txt").keys()
