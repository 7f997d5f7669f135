"""Flask and Flask-SocketIO put together: security headers, error bodies, and the ways to serve."""

import errno
import logging
import secrets
import socket
import sys
from functools import partial
from importlib import import_module
from typing import Any

from flask import Flask, Response, g, jsonify, request
from flask.json.provider import DefaultJSONProvider
from flask_socketio import SocketIO
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestedRangeNotSatisfiable, RequestEntityTooLarge
from werkzeug.routing import Rule

from engine.accounts.turns import beside_the_loop
from engine.app import Application
from engine.errors import HTTP_STATUS, AppError, Code
from engine.faults import as_app_error
from engine.jobs.outbox import Sender
from engine.parameters import finite
from engine.settings import PROJECT
from engine.web import (
    analysis,
    api,
    batches,
    drama_sounds,
    dramas,
    duplicates,
    file_tags,
    match,
    me,
    outlines,
    packets,
    pages,
    playlists,
    request_log,
    session,
    sockets,
    sounds,
    stems,
    tagging,
    tracks,
    understanding,
    uploads,
    voices,
)
from engine.web.addresses import cookie_path
from engine.web.guard import Guard
from engine.web.in_turn import InTurn
from engine.web.proxy import behind
from engine.web.request_log import RequestLog
from engine.web.routes import Site
from engine.web.shapes import OPENAI, V1, error_body

MAX_JSON_BYTES = 2**20
PORTS_TRIED = 50

log = logging.getLogger(__name__)


class FiniteJson(DefaultJSONProvider):
    """JSON that every browser reads: no NaN, text as text."""

    ensure_ascii = False
    sort_keys = False

    def dumps(self, obj: Any, **options: Any) -> str:
        return super().dumps(finite(obj), allow_nan=False, **options)


def create_web(application: Application) -> tuple[Flask, SocketIO]:
    """The WSGI application and its sockets for a running application."""
    settings = application.settings
    app = Site("audiocraft-webui", static_folder=None, template_folder=str(PROJECT / "templates"))
    app.json = FiniteJson(app)
    me.attach(app, application)
    app.url_map.merge_slashes = False
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_JSON_BYTES
    app.config["APPLICATION_ROOT"] = cookie_path(settings)
    socketio = SocketIO(
        app,
        async_mode=application.settings.chosen_async_mode,
        max_http_buffer_size=MAX_JSON_BYTES,
        manage_session=False,
        logger=logging.getLogger("socketio"),  # ours, or it would print each error a second time by itself
        engineio_logger=logging.getLogger("engineio"),
        cors_allowed_origins=[],  # the guard below has checked the origin already, by a stricter rule
    )
    packets.judge(socketio)
    app.wsgi_app = packets.JudgedPosts(app.wsgi_app, MAX_JSON_BYTES)  # type: ignore[method-assign]
    if settings.websocket_only:
        app.wsgi_app = packets.WebSocketsAlone(app.wsgi_app, settings.language)  # type: ignore[method-assign]
    app.wsgi_app = Guard(  # type: ignore[method-assign]
        app.wsgi_app,
        settings.host,
        settings.language,
        settings.allowed_hosts,
        proxied=settings.proxy_hops > 0,
        accounts=application.accounts is not None,
    )
    app.wsgi_app = behind(RequestLog(app.wsgi_app), settings)  # type: ignore[assignment, method-assign]
    if settings.chosen_async_mode == "eventlet":
        app.wsgi_app = InTurn(app.wsgi_app)  # type: ignore[method-assign]
    request_log.attach(app)
    app.before_request(_prepare)
    who_connects: sockets.Authenticate = sockets.local
    if application.accounts is None:
        app.register_blueprint(session.blueprint())
    else:
        from engine.web.auth.attach import attach

        who_connects = attach(app, socketio, application.settings, application.accounts)
    app.after_request(partial(_headers, application.storage.origin))
    app.register_error_handler(Exception, lambda error: _answer(error, application.settings.language))
    for module in (
        pages, tracks, analysis, file_tags, stems, sounds, match, outlines, uploads, batches, tagging,
        playlists, duplicates, dramas, drama_sounds, voices,
        understanding, api,
    ):  # fmt: skip
        app.register_blueprint(module.blueprint(application))
    app.url_map.later((V1, OPENAI), lambda: _version_1(app, application))
    application.outbox.open(application.database, lambda: _courier(app, application))
    sockets.Sockets(socketio, application, who_connects)
    if settings.metrics:
        from engine.web import metrics

        app.register_blueprint(metrics.blueprint(application, socketio))
        if settings.chosen_async_mode == "eventlet":
            metrics.watch_loop(socketio)
    return app, socketio


def _version_1(app: Flask, application: Application) -> list[Rule]:
    version_1 = beside_the_loop(import_module, "engine.web.v1.version_1")
    return version_1.routes(app, application)  # type: ignore[no-any-return]


def _courier(app: Flask, application: Application) -> Sender:
    from engine.web.webhooks.courier import Courier

    def payload(row: Any) -> str:
        return beside_the_loop(import_module, "engine.web.v1.webhooks").payload(app, row)  # type: ignore[no-any-return]

    return Courier(application.database, application.settings, application.state, payload)


def _prepare() -> None:
    g.csp_nonce = secrets.token_urlsafe(16)
    request.max_content_length = _limit()


def _limit() -> int:
    if request.path == uploads.PATH:
        return uploads.MAX_BYTES
    return getattr(request.url_rule, "most_bytes", None) or MAX_JSON_BYTES


def _headers(origin: str | None, response: Response) -> Response:
    """`origin`: where sounds and pictures come from besides this server."""
    nonce, also = g.get("csp_nonce", ""), f" {origin}" if origin else ""
    csp = (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        f"img-src 'self' data: blob:{also}; media-src 'self' blob:{also}; connect-src 'self'{also}; "
        "font-src 'self'; manifest-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    response.headers.setdefault("Content-Security-Policy", csp)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="audiocraft-webui"'
    if request.path.startswith("/api/") and "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    return response


_KEPT = ("Allow", "Content-Range")
"""Headers of Flask's own errors that ours have too."""


def _answer(error: Exception, default_language: str) -> Response:
    """Any exception as an error body, in the language that the page speaks now, else that of the setting."""
    known = _known(error)
    if known.code is Code.INTERNAL:
        log.error(
            "request failed", exc_info=error, extra={"route": request.url_rule.rule if request.url_rule else "none"}
        )
    response = jsonify(error_body(known, request.path, api.language_of_page(default_language)))
    response.status_code = HTTP_STATUS[known.code]
    if known.code is Code.RATE_LIMITED and "retry_after_s" in known.detail:
        response.headers["Retry-After"] = str(known.detail["retry_after_s"])
    if isinstance(error, HTTPException):
        response.headers.extend((name, text) for name, text in error.get_headers() if name in _KEPT)
    return response


def _known(error: Exception) -> AppError:
    if isinstance(error, RequestEntityTooLarge):
        return AppError(Code.TOO_LARGE, "request_too_large", limit_mb=_limit() // 2**20)
    if isinstance(error, MethodNotAllowed):
        return AppError(Code.METHOD_NOT_ALLOWED, "method_not_allowed", method=request.method[:20])
    if isinstance(error, RequestedRangeNotSatisfiable):
        return AppError(Code.RANGE_NOT_SATISFIABLE, "range_not_satisfiable")
    if isinstance(error, HTTPException) and (error.code or 500) < 500:
        if error.code == 404:
            return AppError(Code.NOT_FOUND, "no_such_page")
        if error.code == 429:
            return AppError(Code.RATE_LIMITED, "too_many_requests")
        return AppError(Code.INVALID_INPUT, "bad_request", reason=error.name)
    return as_app_error(error)


def listen(host: str, first: int) -> socket.socket:
    """A listening socket on the first free port from `first` on; 0 lets the system choose.

    Raises INVALID_INPUT when the address is not this computer's or no port is free.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in [0] if first == 0 else range(first, min(first + PORTS_TRIED, 65536)):
        listener = socket.socket(family, socket.SOCK_STREAM)
        if sys.platform != "win32":  # there it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted sockets inherit it
        try:
            listener.bind((host, port))
            listener.listen(128)
            return listener
        except OSError as error:
            listener.close()
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                raise AppError(Code.INVALID_INPUT, "host_unknown", host=host) from None
    raise AppError(Code.INVALID_INPUT, "no_free_port", first=first)


def serve(app: Flask, socketio: SocketIO, listener: socket.socket) -> None:
    """Serve until interrupted. Small messages leave at once (TCP_NODELAY) in both modes."""
    if socketio.async_mode == "eventlet":
        import eventlet.wsgi

        eventlet.wsgi.server(listener, app, log_output=False, debug=False)
    else:
        from werkzeug.serving import WSGIRequestHandler, make_server

        class Prompt(WSGIRequestHandler):
            disable_nagle_algorithm = True

            def run_wsgi(self) -> None:
                super().run_wsgi()
                if "upgrade" in self.headers:  # a WebSocket that ended: its last frame is no HTTP request
                    self.close_connection = True

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                """Requests are not logged one by one."""

        host, port = listener.getsockname()[:2]
        make_server(host, port, app, threaded=True, request_handler=Prompt, fd=listener.fileno()).serve_forever()
