"""`install [--repair] [--cluster] [--server] [--test]`, `run test [pytest arguments]`, `run bench NAME ...`

and `run [arguments]` are what the scripts hand over.
"""

import ast
import errno
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import IO, TYPE_CHECKING

from install import console
from install.ensure import ensure
from install.failure import AGAIN, DISK_FULL_ADVICE, InstallError
from install.layout import Project
from install.stamp import Stamp

if TYPE_CHECKING:
    from install.steps.node import Node

BESIDE = (
    ("tests/browser",),
    ("tests/jobs",),
    ("tests/cluster", "tests/database", "tests/library", "tests/state", "tests/tag", "tests/web"),
    ("tests/audio", "tests/generate", "tests/split"),
    ("tests/drama", "tests/match", "tests/mix", "tests/models", "tests/speech"),
    ("tests/analyze", "tests/deploy", "tests/install", "tests/strangers", "tests/upscale"),
)
"""Folders of tests that run beside all others, each group in a process of its own, the longest first. What uses the one
PostgreSQL database is one group."""
NO_TESTS = 5
"""What pytest ends with when its options leave no test to run."""

USAGE = (
    "Usage: install [--repair] [--cluster] [--server] [--test]: --repair looks at every file, --cluster adds what "
    "several computers or an object store (S3) need, --server brings a server of a cluster and no models, where there "
    "are none yet, --test what the tests need."
)


def main(arguments: list[str]) -> int:
    project = Project(Path(__file__).resolve().parent.parent)
    try:
        match arguments:
            case ["install", *options] if set(options) <= {"--repair", "--cluster", "--server", "--test"}:
                extras = {option.removeprefix("--") for option in options} - {"repair", "server"}
                server = None if options == ["--repair"] else "--server" in options
                ensure(project, extras=extras, server=server, repair="--repair" in options)
                console.say("Everything is installed.")
                return 0
            case ["run", "test", *options]:
                ensure(project, extras={"test"})
                return run_tests(project, options)
            case ["run", "bench", *options]:
                ensure(project, extras=benchmark_needs(project, options))
                return start(project, arguments[1:])
            case ["run", *options]:
                ensure(project)
                return start(project, options)
        console.say(USAGE)
        return 0 if "--help" in arguments else 2
    except KeyboardInterrupt:
        console.say(f"Stopped: {AGAIN} to go on.".replace(AGAIN, _again(project, arguments)))
        return 130
    except InstallError as stop:
        console.say(str(stop).replace(AGAIN, _again(project, arguments)))
    except OSError as error:
        console.say(_os_error(project, error).replace(AGAIN, _again(project, arguments)))
    return 1


def _again(project: Project, arguments: list[str]) -> str:
    """What to type when it failed: ./install.sh alone would not bring what only these commands need, and would bring
    models where a server is enough."""
    match arguments:
        case ["run", "test" | "bench" as name, *rest]:
            script = "run.bat" if os.name == "nt" else "./run.sh"
            return f"run {' '.join([script, name, *rest[:1]])} again"
    return AGAIN.replace(" again", " --server again") if Stamp.read(project.stamp).server else AGAIN


def benchmark_needs(project: Project, options: list[str]) -> set[str]:
    """The extras that a benchmark names in its `NEEDS`; none for an unknown one, which the program itself refuses."""
    name = options[0].replace("-", "_") if options else ""
    path = project.root / "benchmarks" / f"{name}.py"
    if not name.isidentifier() or not path.is_file():
        return set()
    for line in ast.parse(path.read_text("utf-8")).body:
        if isinstance(line, ast.Assign) and [ast.unparse(target) for target in line.targets] == ["NEEDS"]:
            return set(ast.literal_eval(line.value))
    return set()


def start(project: Project, arguments: list[str]) -> int:
    """Hands over to webui.py. Where a process can become another one, it does."""
    from install.process import conda_libraries

    command = [str(project.python), str(project.root / "webui.py"), *arguments]
    if os.name != "nt":
        sys.stderr.flush()
        os.execv(command[0], command)
    server = subprocess.Popen(command, env=conda_libraries(project, dict(os.environ)))
    while True:
        try:
            return server.wait()
        except KeyboardInterrupt:
            continue  # Ctrl+C reached the server as well, and it is the server that decides when it ends.


def run_tests(project: Project, options: list[str]) -> int:
    """The checks of the page's JavaScript, then pytest, which ends with what it skipped; 0 only if all passed.

    Without paths they run in several processes beside each other: see `BESIDE`.
    """
    from install.steps import node

    whole = {"-h", "--help", "--version"}.isdisjoint(options)
    paths = [option for option in options if (project.root / option.split("::")[0]).exists()]
    found = node.find(project)
    scripts = ("check", "test") if (project.root / "package.json").is_file() else ()
    codes = [_npm_run(project, found, script) for script in scripts if found]
    groups = [[folder for folder in group if (project.root / folder).is_dir()] for group in BESIDE]
    ignored = [f"--ignore={folder}" for group in groups for folder in group]
    parts = [["tests", *ignored], *filter(None, groups)] if whole and not paths else [[]]
    ended = _run_beside([[str(project.python), "-m", "pytest", *options, *part] for part in parts], project)
    codes += [code for code in ended if code != NO_TESTS] or [NO_TESTS]
    if scripts and not found:
        raise InstallError("npm is gone, so the page's JavaScript was not checked: run ./install.sh --repair.")
    return next((code for code in reversed(codes) if code), 0)


def _run_beside(commands: list[list[str]], project: Project) -> list[int]:
    """Run them in their order, two more at a time than there are cores: most wait more than they compute.

    What the later ones say is printed after the first, one after the other.
    """
    import contextlib
    import shutil
    import tempfile
    from concurrent.futures import ThreadPoolExecutor

    from install.process import python_environment

    # threads that have nothing to do would take the cores from the other processes while they wait for each other
    environment = {"OMP_WAIT_POLICY": "PASSIVE"} | python_environment(project)
    running: list[subprocess.Popen[bytes]] = []

    def ended(command: list[str], output: IO[bytes] | None) -> int:
        process = subprocess.Popen(command, cwd=project.root, env=environment, stdout=output, stderr=subprocess.STDOUT)
        running.append(process)
        return process.wait()

    with contextlib.ExitStack() as opened:
        said = [None, *(opened.enter_context(tempfile.TemporaryFile()) for _ in commands[1:])]
        pool = opened.enter_context(ThreadPoolExecutor((os.cpu_count() or 1) + 2))
        begun = [pool.submit(ended, *each) for each in zip(commands, said, strict=True)]
        codes = []
        try:
            for run, output in zip(begun, said, strict=True):
                codes.append(run.result())
                if output:
                    output.seek(0)
                    sys.stdout.flush()
                    shutil.copyfileobj(output, sys.stdout.buffer)
            return codes
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in running:
                process.terminate()


def _npm_run(project: Project, node: "Node", script: str) -> int:
    npm = [*node.npm, "run", "--silent", script]
    return subprocess.run(npm, cwd=project.root, env=node.environment(), check=False).returncode


def _os_error(project: Project, error: OSError) -> str:
    """One sentence; the trace goes into the log if that can be written at all."""
    try:
        with project.log.open("a", encoding="utf-8") as log:
            traceback.print_exc(file=log)
    except OSError:
        pass
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        return f"{DISK_FULL_ADVICE} and {AGAIN}."
    return f"{error.strerror or error} ({error.filename}): check that this folder may be written to and {AGAIN}."
