"""`install [--repair] [--test]`, `run test [pytest arguments]`, `run [arguments of webui.py]`."""

import errno
import os
import subprocess
import sys
import traceback
from pathlib import Path

from install import console
from install.ensure import ensure
from install.failure import AGAIN, DISK_FULL_ADVICE, InstallError
from install.layout import Project

USAGE = "Usage: install [--repair] [--test]: --repair looks at every file, --test adds what the tests need."


def main(arguments: list[str]) -> int:
    project = Project(Path(__file__).resolve().parent.parent)
    try:
        match arguments:
            case ["install", *options] if set(options) <= {"--repair", "--test"}:
                ensure(project, test="--test" in options, repair="--repair" in options)
                console.say("Everything is installed.")
                return 0
            case ["run", "test", *options]:
                ensure(project, test=True)
                return run_tests(project, options)
            case ["run", *options]:
                ensure(project)
                return start(project, options)
        console.say(USAGE)
        return 0 if "--help" in arguments else 2
    except KeyboardInterrupt:
        console.say(f"Stopped: {AGAIN} to go on.")
        return 130
    except InstallError as stop:
        console.say(str(stop))
    except OSError as error:
        console.say(_os_error(project, error))
    return 1


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
    """pytest, then the checks of the page's JavaScript; 0 only if all passed."""
    from install import node
    from install.process import python_environment

    paths = [option for option in options if (project.root / option.split("::")[0]).exists()]
    pytest = [str(project.python), "-m", "pytest", *options, *([] if paths else ["tests"])]
    codes = [subprocess.run(pytest, cwd=project.root, env=python_environment(project), check=False).returncode]
    found = node.find(project)
    if (project.root / "package.json").is_file():
        if not found:
            raise InstallError(f"npm is gone, so the page's JavaScript was not checked: {AGAIN} with --repair.")
        for script in ("check", "test"):
            npm = [*found.npm, "run", "--silent", script]
            codes.append(subprocess.run(npm, cwd=project.root, env=found.environment(), check=False).returncode)
    return next((code for code in codes if code), 0)


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
