"""Starts the page: takes the output folder, finds a port, serves, opens the browser."""

import contextlib
import signal
import sys
import threading
import webbrowser
from typing import Any

from engine.app import House, running_server
from engine.errors import AppError
from engine.logs import start_logging
from engine.settings import Settings
from engine.web.server import create_web, free_port, serve


def start(settings: Settings) -> int:
    """Serve until interrupted; the exit code. A second start shows the page that runs already."""
    start_logging(settings, "server", console=True)
    try:
        house = House.open(settings)
    except AppError as error:
        address = running_server(settings)
        if address:
            print(f"Already running: {address}", flush=True)
            _show(address, settings)
            return 0
        print(error.body(settings.language)["message"], file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app, socketio = create_web(house)
        port = free_port(settings.host, settings.port)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        address = f"http://{'localhost' if settings.host in ('0.0.0.0', '::') else host}:{port}"
        house.announce(port)
        threading.Timer(0.2, house.settle_in).start()
        print(f"audiocraft-webui: {address}", flush=True)
        _show(address, settings)
        with contextlib.suppress(KeyboardInterrupt):
            serve(app, socketio, settings.host, port)
        return 0
    except AppError as error:
        print(error.body(settings.language)["message"], file=sys.stderr)
        return 2
    finally:
        house.close()


def _show(address: str, settings: Settings) -> None:
    if settings.browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def _interrupt(_signal: int, _frame: Any) -> None:
    raise KeyboardInterrupt
