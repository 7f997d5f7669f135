"""Sub-commands that look after an installation."""

import sys

from engine.app import Application, running_server
from engine.errors import AppError, Code
from engine.faults import disk_errors
from engine.logs import bundle, start_logging
from engine.settings import Settings
from engine.terminal import EXIT_INVALID


def reindex(settings: Settings) -> int:
    """Make the index anew from the records on disk and say what was found."""
    try:
        start_logging(settings, "terminal")
        if running_server(settings):
            raise AppError(Code.INVALID_INPUT, "page_is_running")
        application = Application.open(settings, own_only=True, wait_s=10)
    except AppError as error:
        print(error.body(settings.language)["message"], file=sys.stderr)
        return EXIT_INVALID
    try:
        found = application.library.sync(full=True)
        added, removed, broken = len(found.added), len(found.removed), len(found.broken)
        print(f"{application.library.count()} tracks; {added} added, {removed} removed, {broken} unreadable")
        for name in found.broken:
            print(f"  unreadable: {name}")
    finally:
        application.close()
    return 0


def report(settings: Settings) -> int:
    """Bundle logs and facts for a bug report and say where they lie."""
    try:
        start_logging(settings, "terminal")
        with disk_errors():
            print(bundle(settings))
    except AppError as error:
        print(error.body(settings.language)["message"], file=sys.stderr)
        return EXIT_INVALID
    return 0
