"""A server of a cluster is installed without models, and what it imports is all there then."""

import json
import subprocess
import sys

from engine.settings import PROJECT
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


def test_a_server_alone_comes_without_models_and_stays_so(small_project: SmallProject) -> None:
    import shutil

    if (small_project.root / ".venv").exists():
        shutil.rmtree(small_project.root / ".venv")
    try:
        assert small_project.run("--server", script="install.sh").returncode == 0
        assert small_project.run("x").returncode == 0
        there = {path.name for path in small_project.site_packages.iterdir()}
        assert {"served", "shared"} <= there and not {"torch", "first", "loose"} & there
        assert (small_project.root / "static/vendor/lit/index.js").is_file()
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
