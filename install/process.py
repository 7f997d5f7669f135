"""Starting pip, npm and the like, with all they say in the log."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from install.failure import InstallError, advice
from install.layout import Project

TAIL_BYTES = 20_000
LOGIN = re.compile(r"(//)[^/@\s]+@")


def logged(project: Project, what: str, command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> None:
    """Runs in the project's folder with the output in the log; raises InstallError with advice if it fails."""
    words = [str(word) for word in command]
    project.log.parent.mkdir(parents=True, exist_ok=True)
    with project.log.open("ab") as log:
        log.write(LOGIN.sub(r"\1***@", f"\n$ {' '.join(words)}\n").encode())
        log.flush()
        start = log.tell()
        try:
            code = subprocess.call(
                words, cwd=project.root, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        except OSError as error:
            log.write(f"{error}\n".encode())
            code = 1
    if code:
        with project.log.open("rb") as log:
            log.seek(max(start, project.log.stat().st_size - TAIL_BYTES))
            output = log.read().decode("utf-8", "replace")
        raise InstallError(advice(what, output, str(project.log.relative_to(project.root))))


def answer(command: Sequence[str | Path], timeout_s: float, env: Mapping[str, str] | None = None) -> str | None:
    """What a program prints, or None if it cannot be run, fails or takes too long."""
    try:
        run = subprocess.run(
            [str(word) for word in command],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout_s,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return run.stdout.decode("utf-8", "replace").strip()


def python_environment(project: Project) -> dict[str, str]:
    """The user's environment for .venv's Python, less what would mix another Python's packages in."""
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    env |= {"PYTHONNOUSERSITE": "1", "PYTHONIOENCODING": "utf-8"}
    return conda_libraries(project, env)


def conda_libraries(project: Project, env: dict[str, str]) -> dict[str, str]:
    """On Windows a .venv made from Conda's Python finds OpenSSL only if Conda's own folder is on the PATH."""
    if os.name == "nt" and project.python_minor:
        home = re.search(r"^home\s*=\s*(.+)$", (project.venv / "pyvenv.cfg").read_text("utf-8"), re.MULTILINE)
        if home and (Path(home.group(1).strip()) / "conda-meta").is_dir():
            libraries = Path(home.group(1).strip()) / "Library" / "bin"
            return env | {"PATH": f"{libraries}{os.pathsep}{env.get('PATH', '')}"}
    return env
