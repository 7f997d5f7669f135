"""The page's JavaScript: npm fetches it, static/vendor/ receives the files that vendor.json names.

vendor.json: [{"package": "lit", "files": ["index.js", "directives/*.js"], "entry": "index.js"}]
"""

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from install import console
from install.failure import AGAIN, InstallError
from install.layout import Project
from install.process import logged
from install.stamp import Stamp, fingerprint
from install.steps import node
from install.steps.packages import top_level
from install.steps.venv import remove

TITLE = "The page's JavaScript"
SPECIFIER = re.compile(r"""(\bfrom\s*|\bimport\s*\(\s*|\bimport\s*)(["'])([^"'\n]+)\2""")
SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)
LICENCES = ("LICENSE*", "LICENCE*", "NOTICE*")


@dataclass(frozen=True)
class Package:
    package: str
    files: tuple[str, ...]
    entry: str


@dataclass(frozen=True)
class Page:
    dev: bool
    """with what the tests of the page need"""
    name: str = "page"

    def fingerprint(self, project: Project) -> str:
        root = project.root
        return fingerprint(root / "package.json", root / "package-lock.json", root / "vendor.json", str(self.dev))

    def intact(self, project: Project, stamp: Stamp) -> bool:
        if self.dev and not _node_modules_present(project.root):
            return False
        try:
            return bool(stamp.vendor) and all(
                (project.vendor / name).stat().st_size == size for name, size in stamp.vendor.items()
            )
        except OSError:
            return False

    def run(self, project: Project, stamp: Stamp) -> None:
        found = node.find(project)
        words = found.words if found else "fetching Node.js first, for no npm works here"
        with console.step(f"{TITLE} ({words})"):
            if not found:
                found = node.install(project)
                stamp.site_packages = top_level(project.site_packages)
            command = [*found.npm, "ci", "--include=dev" if self.dev else "--omit=dev"]
            command += ["--ignore-scripts", "--no-audit", "--no-fund"]
            logged(project, TITLE, command, found.environment())
            stamp.vendor = vendor(project, read(project.root / "vendor.json"))


def read(path: Path) -> list[Package]:
    try:
        rows = json.loads(path.read_text("utf-8"))
        return [Package(row["package"], tuple(row["files"]), row["entry"]) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InstallError(
            f"vendor.json is damaged ({error!r}): get a complete copy of the program and {AGAIN}."
        ) from error


def vendor(project: Project, packages: list[Package]) -> dict[str, int]:
    """Builds static/vendor aside and swaps it in whole; returns each file with its size."""
    fresh, old = project.scratch / "vendor.new", project.scratch / "vendor.old"
    for path in (fresh, old):
        remove(path)
    entries = {package.package: package.entry for package in packages}
    for package in packages:
        _copy(project.root / "node_modules" / package.package, fresh / package.package, package)
    scripts = [path for path in fresh.rglob("*") if path.suffix in (".js", ".mjs") and path.is_file()]
    for path in scripts:
        name = path.relative_to(fresh).as_posix()
        code = relative_imports(path.read_text("utf-8"), name, entries, lambda target: (fresh / target).is_file())
        path.write_text(SOURCE_MAP.sub("", code), "utf-8", newline="\n")
    project.vendor.parent.mkdir(parents=True, exist_ok=True)
    if project.vendor.exists():
        project.vendor.rename(old)
    fresh.rename(project.vendor)
    remove(old)
    files = (path for path in project.vendor.rglob("*") if path.is_file())
    return {path.relative_to(project.vendor).as_posix(): path.stat().st_size for path in sorted(files)}


def _copy(source: Path, target: Path, package: Package) -> None:
    for pattern in (*package.files, *LICENCES):
        found = [path for path in source.glob(pattern) if path.is_file()]
        if not found and pattern not in LICENCES:
            raise InstallError(f"npm brought no {package.package}/{pattern}: correct vendor.json and {AGAIN}.")
        for path in found:
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    if not (target / package.entry).is_file():
        raise InstallError(f"vendor.json leaves out {package.package}'s entry {package.entry}: correct it and {AGAIN}.")


def relative_imports(code: str, name: str, entries: dict[str, str], exists: Callable[[str], bool]) -> str:
    """Names of vendored packages in `code`, the script `name` below static/vendor, become relative paths.

    A browser resolves no bare names. What is not vendored stays as it is: it may stand in a comment.
    """

    def rewrite(found: re.Match[str]) -> str:
        lead, quote, specifier = found.groups()
        target = _target(specifier, entries)
        if target is None or not exists(target):
            return found.group()
        path = PurePosixPath(os.path.relpath(target, PurePosixPath(name).parent).replace(os.sep, "/")).as_posix()
        return f"{lead}{quote}{path if path.startswith('.') else f'./{path}'}{quote}"

    return SPECIFIER.sub(rewrite, code)


def _target(specifier: str, entries: dict[str, str]) -> str | None:
    """`lit` -> `lit/index.js`, `lit/decorators.js` -> itself, what is not vendored -> None."""
    if specifier in entries:
        return f"{specifier}/{entries[specifier]}"
    parts = 2 if specifier.startswith("@") else 1
    package = "/".join(specifier.split("/")[:parts])
    return specifier if package in entries else None


def _node_modules_present(root: Path) -> bool:
    """Whether every package of package-lock.json that is not tied to some system lies in node_modules."""
    try:
        locked = json.loads((root / "package-lock.json").read_text("utf-8"))["packages"]
    except (OSError, ValueError, KeyError):
        return False
    needed = [name for name, row in locked.items() if name and not row.get("optional")]
    return all((root / name / "package.json").is_file() for name in needed)
