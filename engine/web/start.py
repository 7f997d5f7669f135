"""Starts the page: takes the output folder, finds a port, serves, opens the browser."""

import gc
import signal
import threading
import time
import webbrowser

from engine import spans
from engine.app import Application
from engine.errors import AppError
from engine.folder import running_server
from engine.logs import start_logging
from engine.messages import translate
from engine.settings import Settings
from engine.web.guard import LOOPBACK
from engine.web.server import create_web, listen, serve


def start(settings: Settings) -> int:
    """Serve until interrupted; the exit code. A second start shows the page that runs already.

    Raises INVALID_INPUT when the folder, the index, the address or the ports cannot be had.
    """
    try:
        start_logging(settings, "server", console=True)
        spans.start(settings.otel_endpoint, "server")
        application = _opened(settings)
    except AppError:
        if not (running := running_server(settings)):
            raise
        print(f"Already running: {running}", flush=True)
        _show(running, settings)
        return 0
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: stopping.append(number))
    try:
        app, socketio = create_web(application)
        listener = listen(settings.host, settings.port)
        port: int = listener.getsockname()[1]
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        address = f"http://{'localhost' if settings.host in ('0.0.0.0', '::') else host}:{port}{settings.url_prefix}"
        application.announce(port)
        threading.Timer(0.2, application.warm_up).start()
        print(f"audiocraft-webui: {address}", flush=True)
        if application.accounts and not application.accounts.users.all():
            print(translate("ui.nobody_added", settings.language), flush=True)
        if (settings.host not in LOOPBACK or settings.allowed_hosts) and not application.accounts:
            print("Anyone who reaches it through your network can use it: it has no password.", flush=True)
        _show(address, settings)
        gc.collect()
        gc.freeze()  # what was imported stays: looking through it again would hold every client up for 0.1 s
        threading.Thread(target=serve, args=(app, socketio, listener), name="serve", daemon=True).start()
        while not stopping:  # an exception from a signal handler would hit whichever green thread runs
            time.sleep(0.1)
        return 0
    finally:
        application.close()


def _opened(settings: Settings) -> Application:
    """In a cluster it waits for what is away."""
    if not settings.cluster:
        return Application.open(settings)
    from engine.cluster.patience import patiently

    return patiently(lambda: Application.open(settings), settings.language)


def _show(address: str, settings: Settings) -> None:
    if settings.browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
