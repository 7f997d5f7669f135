"""File names as the operating system wants them."""

import ntpath
import os
from pathlib import Path

WINDOWS_LIMIT = 240


def long_path(path: str | Path, *, windows: bool = os.name == "nt") -> str:
    r"""`path` for opening: on Windows a long one gets the `\\?\` prefix that lifts the 260 character limit."""
    text = os.fspath(path)
    if not windows or text.startswith("\\\\?\\"):
        return text
    full = ntpath.abspath(text) if os.name == "nt" else ntpath.normpath(text)
    if len(full) < WINDOWS_LIMIT or not ntpath.isabs(full):
        return text
    return "\\\\?\\UNC\\" + full[2:] if full.startswith("\\\\") else "\\\\?\\" + full
