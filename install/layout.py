"""Where everything lies that the installer reads or makes."""

import os
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Project:
    root: Path

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def scripts(self) -> Path:
        return self.venv / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> Path:
        return self.scripts / ("python.exe" if os.name == "nt" else "python")

    @property
    def stamp(self) -> Path:
        return self.venv / "installed.json"

    @cached_property
    def python_minor(self) -> str:
        """`3.11`, as .venv was made; empty when there is no .venv."""
        try:
            config = (self.venv / "pyvenv.cfg").read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return ""
        found = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+)", config, re.MULTILINE)
        return found.group(1) if found else ""

    @property
    def site_packages(self) -> Path:
        if os.name == "nt":
            return self.venv / "Lib" / "site-packages"
        return self.venv / "lib" / f"python{self.python_minor}" / "site-packages"

    @property
    def vendor(self) -> Path:
        return self.root / "static" / "vendor"

    @property
    def scratch(self) -> Path:
        """On the same disk as `vendor`, and ignored by git."""
        return self.root / "static" / ".cache"

    @property
    def log(self) -> Path:
        return self.root / "settings" / "install.log"

    @property
    def lock(self) -> Path:
        return self.root / "settings" / "install.lock"

    def runs_in_venv(self) -> bool:
        """Whether this very process is .venv's Python."""
        try:
            return Path(sys.executable).parent.samefile(self.scripts)
        except OSError:
            return False

    def forget_python(self) -> None:
        """To be called when .venv was made anew."""
        self.__dict__.pop("python_minor", None)
