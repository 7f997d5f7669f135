"""The routes of a server, some of which are added when they are first needed: a start does not pay for them.

The routes of Flask's blueprints are closed with the first request, so these go straight into its map.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flask import Flask, Response, request
from werkzeug.routing import Map, MapAdapter, Rule
from werkzeug.wrappers import Request


class Routes(Map):
    """Whoever asks for one of them, or looks through them, finds all of them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._prefixes: tuple[str, ...] = ()
        self._make: Callable[[], Sequence[Rule]] | None = None
        self._making, self._adding = threading.Lock(), threading.RLock()

    def later(self, prefixes: tuple[str, ...], make: Callable[[], Sequence[Rule]]) -> None:
        """Add what `make` returns when a path is asked for that begins so."""
        self._prefixes, self._make = prefixes, make

    def complete(self) -> bool:
        """Add what is still to come; whether there was something."""
        if self._make is None:
            return False
        with self._making:
            if self._make is not None:
                rules = self._make()
                with self._adding:
                    for rule in rules:
                        self.add(rule)
                self._make = None
        return True

    def update(self) -> None:
        with self._adding:
            super().update()

    def iter_rules(self, endpoint: Any = None) -> Iterator[Rule]:
        self.complete()
        return super().iter_rules(endpoint)

    def bind_to_environ(self, environ: dict[str, Any] | Request, *args: Any, **options: Any) -> MapAdapter:
        asked = environ.environ if isinstance(environ, Request) else environ
        if asked.get("PATH_INFO", "").startswith(self._prefixes):
            self.complete()
        return super().bind_to_environ(environ, *args, **options)


class Site(Flask):
    """Flask with such routes."""

    url_map: Routes
    url_map_class = Routes

    def make_default_options_response(self) -> Response:
        """Tell the methods of this very route, and not those of one that would take its name for a variable."""
        answer = self.response_class()
        same = [
            rule.methods or ()
            for rule in self.url_map.iter_rules()
            if request.url_rule and rule.rule == request.url_rule.rule
        ]
        answer.allow.update(method for methods in same for method in methods)
        return answer

    def handle_url_build_error(self, error: Any, endpoint: str, values: dict[str, Any]) -> str:
        if self.url_map.complete():
            return self.url_for(endpoint, **values)
        return super().handle_url_build_error(error, endpoint, values)
