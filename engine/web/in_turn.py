"""Under eventlet all requests share one loop, and one whose bytes are there already never waits for it: a hundred that
come at once, or a few connections that ask without a pause, would be answered in one go, and everybody's heartbeat and
progress only after them."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class InTurn:
    """WSGI middleware. Requests begin one after the other, and before each the loop looks at all that waits in it."""

    def __init__(self, app: Wsgi) -> None:
        self._app = app
        self._door = threading.Lock()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self._door:
            time.sleep(0)
        return self._app(environ, start_response)
