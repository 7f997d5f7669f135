"""For developers: `python -m install.pin` makes the exact pins anew from requirements/*.in (needs uv on the PATH).

Pins that already stand are kept where they still fit; `python -m install.pin --upgrade` takes the newest of everything.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILE = ["uv", "pip", "compile", "--quiet", "--universal", "--fork-strategy", "fewest", "--python-version", "3.11"]
COMPILE += ["--no-header", "--no-annotate"]

HEADER = """\
# Every package with its exact version, direct and indirect, so that next year's install is the one that was tested.
# Made by `python -m install.pin` from requirements/{source}, which runs
#   {command}
# and leaves out the lines for systems that torch is not made for (Intel Macs, browsers)
# and torch's own nvidia-*, cuda-* and triton packages: the torch wheel that is chosen pins them exactly itself.

"""

TORCHS_OWN = re.compile(r"(nvidia(?!-ml-py)|cuda|triton)\b")
ELSEWHERE = re.compile(r"; platform_machine == 'x86_64' and sys_platform == 'darwin'|sys_platform == 'emscripten'")
ALWAYS_TRUE = re.compile(
    r" ; (platform_machine != 'x86_64' or sys_platform != 'darwin'|sys_platform != 'emscripten'"
    r"|python_full_version < '3.15'|implementation_name != 'PyPy')$"
)


def tidy(compiled: str) -> list[str]:
    """The pins that concern a system we install on, without conditions that always hold there."""
    lines = [line for line in compiled.splitlines() if line and not line.startswith("#")]
    return [ALWAYS_TRUE.sub("", line) for line in lines if not TORCHS_OWN.match(line) and not ELSEWHERE.search(line)]


def pin(source: str, target: str, options: list[str]) -> None:
    command = [*COMPILE, f"requirements/{source}", "-o", target]
    subprocess.run([*command, *options], cwd=ROOT, check=True)
    path = ROOT / target
    header = HEADER.format(source=source, command=" ".join(command))
    path.write_text(header + "\n".join(tidy(path.read_text("utf-8"))) + "\n", "utf-8")


if __name__ == "__main__":
    pin("main.in", "requirements.txt", sys.argv[1:])
    pin("server.in", "requirements/server.txt", ["--constraint", "requirements.txt"])
    pin("cluster.in", "requirements/cluster.txt", sys.argv[1:])
    pin("test.in", "requirements/test.txt", sys.argv[1:])
    pin("bench.in", "requirements/bench.txt", sys.argv[1:])
    pin("lint.in", "requirements/lint.txt", sys.argv[1:])
