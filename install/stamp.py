"""What has been installed: a file in .venv that tells, without starting anything, whether something is missing."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

FORMAT = 1
"""To be raised when an installer must redo what an older one has stamped."""


@dataclass
class Stamp:
    python: str = ""
    torch: str = ""
    steps: dict[str, str] = field(default_factory=dict)
    """step -> fingerprint of all that it was made from, written only after it succeeded"""
    site_packages: list[str] = field(default_factory=list)
    vendor: dict[str, int] = field(default_factory=dict)
    """file below static/vendor -> bytes"""
    server: bool = False
    """nothing but a server of a cluster is wanted here"""
    format: int = FORMAT

    @classmethod
    def read(cls, path: Path) -> "Stamp":
        """A missing, damaged or outdated file reads as an empty stamp: everything is looked at again."""
        try:
            stamp = cls(**json.loads(path.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return cls()
        return stamp if stamp.format == FORMAT else cls()

    def write(self, path: Path) -> None:
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self), indent=1), "utf-8")
        fresh.replace(path)


def fingerprint(*parts: Path | str) -> str:
    """One hash over files (their content; a missing one counts as empty) and words."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            part = hashlib.sha256(part.read_bytes()).hexdigest() if part.is_file() else ""
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()
