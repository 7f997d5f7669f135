"""Behind a proxy: what it says of the client is believed as far as the settings allow, and its prefix is taken off."""

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

from engine.settings import Settings

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Prefix:
    """WSGI middleware. The application lies below `prefix`, whether the proxy passes that on or takes it off itself."""

    def __init__(self, app: Wsgi, prefix: str) -> None:
        self._app, self._prefix = app, prefix

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/")
        if path == self._prefix:  # relative links of a page without a slash at its end would lead elsewhere
            query = environ.get("QUERY_STRING", "")
            target = f"{self._prefix}/{f'?{query}' if query else ''}"
            start_response("308 PERMANENT REDIRECT", [("Location", target), ("Content-Length", "0")])
            return []
        if path.startswith(f"{self._prefix}/"):
            environ["PATH_INFO"] = path[len(self._prefix) :]
        environ["SCRIPT_NAME"] = self._prefix
        return self._app(environ, start_response)


def behind(app: Wsgi, settings: Settings) -> Wsgi:
    """`app` as it is reached through the proxies of the settings; without any, as it is.

    So many proxies as `proxy_hops` says are believed, the last ones of the chain: what stands in front of their words
    came from the client and means nothing. https://werkzeug.palletsprojects.com/en/stable/deployment/proxy_fix/
    """
    if settings.url_prefix:
        app = Prefix(app, settings.url_prefix)
    hops = settings.proxy_hops
    return ProxyFix(app, x_for=hops, x_proto=hops, x_host=hops) if hops else app
