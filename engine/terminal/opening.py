"""Finds the place where a command runs."""

import sys
import time

from engine.app import Application
from engine.errors import AppError
from engine.folder import running_server
from engine.messages import translate
from engine.settings import Settings
from engine.terminal.place import InThisProcess, WorkPlace

WAIT_FOR_FOLDER_S = 24 * 3600.0


def open_place(settings: Settings) -> WorkPlace:
    """As `open_or_find` does."""
    found = open_or_find(settings)
    if isinstance(found, Application):
        return InThisProcess(found)
    from engine.terminal.page import OnPage

    return OnPage(found, settings)


def open_or_find(settings: Settings) -> Application | str:
    """Where to work: an application here, or the address of the page that owns the folder, whichever can be had first.

    Raises INVALID_INPUT when another process keeps the folder for a day.
    """
    deadline = time.monotonic() + WAIT_FOR_FOLDER_S
    announced = False
    while True:
        if address := running_server(settings):
            return address
        try:
            return Application.open(settings, own_only=True, wait_s=1.0)
        except AppError as error:
            if error.key != "folder_in_use" or time.monotonic() > deadline:
                raise
        if not announced:
            print(translate("ui.waiting_for_folder", settings.language, folder=settings.output.name), file=sys.stderr)
        announced = True
