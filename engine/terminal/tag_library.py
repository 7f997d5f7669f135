"""`tag-library`: the whole library tagged, here where the folder is free, else by the page that owns it."""

import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from engine.app import Application
from engine.events import Event, TaggingChanged, told
from engine.logs import start_logging
from engine.messages import translate
from engine.owner import LOCAL
from engine.settings import Settings
from engine.terminal import EXIT_FAILED
from engine.terminal.opening import open_or_find
from engine.terminal.place import say_notice

Act = Callable[[str], Mapping[str, Any]]

LOOK_S = 1.0
"""How often it is asked how far it is."""


def tag_library(settings: Settings) -> int:
    """Go on until every track is tagged, and say how many are; Ctrl-C pauses, and the next time goes on from there.

    Exit code 0 when all are tagged, 1 otherwise. Raises what the page refuses with, INTERRUPTED when it is gone.
    """
    start_logging(settings, "terminal")
    place = open_or_find(settings)
    if isinstance(place, Application):
        try:
            return _here(place)
        finally:
            place.close()
    from engine.terminal.page import Page

    page = Page(place, settings)
    return _watched(
        settings.language,
        lambda action: page.post("/api/tagging", {"action": action}),
        lambda: page.get("/api/tagging"),
        threading.Event(),
    )


def _here(application: Application) -> int:
    changed, language = threading.Event(), application.settings.language

    def listen(event: Event) -> None:
        say_notice(event, language)
        if isinstance(event, TaggingChanged):
            changed.set()

    application.events.subscribe(listen)
    application.library.sync()
    tagging = application.tagging.of(LOCAL)
    return _watched(language, lambda action: told(tagging.act(action)), lambda: told(tagging.now()), changed)


def _watched(language: str, act: Act, now: Callable[[], Mapping[str, Any]], changed: threading.Event) -> int:
    found = act("start")
    try:
        while found["state"] == "running":
            _show(f"\r\033[K{_said(found, language)}")
            changed.wait(LOOK_S)
            changed.clear()
            found = now()
    except KeyboardInterrupt:
        found = act("pause")
    _show("\r\033[K")
    print(_said(found, language))
    return 0 if found["tagged"] == found["total"] else EXIT_FAILED


def _show(text: str) -> None:
    if sys.stderr.isatty():
        print(text, end="", file=sys.stderr, flush=True)


def _said(found: Mapping[str, Any], language: str) -> str:
    return translate("ui.tagging.said", language, **{name: found[name] for name in ("tagged", "total", "failed")})
