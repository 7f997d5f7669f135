"""Sub-commands that look after an installation."""

from engine.app import Application
from engine.errors import invalid
from engine.faults import disk_errors
from engine.folder import running_server
from engine.logs import bundle, start_logging
from engine.settings import Settings


def reindex(settings: Settings) -> int:
    """Make the index anew from the records on disk and say what was found. Raises INVALID_INPUT while a page runs."""
    start_logging(settings, "terminal")
    if running_server(settings):
        raise invalid("page_is_running")
    application = Application.open(settings, own_only=True, wait_s=10)
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
    """Bundle logs and facts for a bug report and say where they lie. Raises DISK_FULL."""
    start_logging(settings, "terminal")
    with disk_errors():
        print(bundle(settings))
    return 0
