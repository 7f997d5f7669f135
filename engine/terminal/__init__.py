"""The command line: the same parameters, queue and records as on the page, without a browser."""

import json
import sys
from pathlib import Path

from engine.errors import AppError, Code
from engine.text import label

POLL_S = 0.1
EXIT_INVALID = 2
EXIT_FAILED = 1


def path_of(said: str) -> Path:
    """The path that somebody typed. Raises NOT_FOUND for what is none."""
    try:
        path = Path(said).expanduser()
    except RuntimeError:  # of a user whom nobody knows
        raise AppError(Code.NOT_FOUND, "file_not_found", name=label(said)) from None
    if not said:
        raise AppError(Code.NOT_FOUND, "file_not_found", name="“”")
    return path


def refused(error: AppError, language: str, *, as_json: bool) -> int:
    """Say on the standard error what went wrong; the exit code for it."""
    body = error.body(language)
    print(json.dumps({"error": body}, ensure_ascii=False) if as_json else body["message"], file=sys.stderr)
    return EXIT_FAILED if error.code in (Code.INTERNAL, Code.INTERRUPTED) else EXIT_INVALID
