"""What a link shows to whoever has it: one track, in a page of its own that needs no login and runs no script."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any, cast

from flask import Blueprint, Response, current_app, g, render_template, request

from engine.accounts import Caller, Role
from engine.errors import HTTP_STATUS, AppError, Code
from engine.messages import LANGUAGES, translate
from engine.web.addresses import address
from engine.web.auth.access import Scope
from engine.web.auth.proof import accounts
from engine.web.guard import SHARED
from engine.web.me import act_as, application, me

FILES = {
    "audio": "tracks.audio", "cover": "tracks.cover", "spectrogram": "tracks.spectrogram", "stems.zip": "stems.archive",
}  # fmt: skip
"""Name of a file below the page, and what answers it."""
ASKED = frozenset(("download", "language"))
ENDED = "link_ended"


def place(secret: str) -> str:
    """Where the page of a link is, from our root on."""
    return f"{SHARED}{secret}"


def blueprint() -> Blueprint:
    shared = Blueprint("shared", __name__, url_prefix=SHARED.rstrip("/"))

    @shared.get("/<secret>")
    def page(secret: str) -> Response:
        with _opened(secret) as (row, expires_at):
            has_stems = bool(me.library.record(row["id"]).stems)
        at = address(place(secret))
        return _page(
            row=row,
            length=_clock(row["duration_s"]),
            has_stems=has_stems,
            until=time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(expires_at)),
            files={name: f"{at}/{name}" for name in FILES},
        )

    @shared.get("/<secret>/<file>")
    def file(secret: str, file: str) -> Response:
        if file not in FILES or set(request.args) - ASKED:
            raise AppError(Code.NOT_FOUND, "no_such_page")
        with _opened(secret) as (row, _):
            answer: Any = current_app.view_functions[FILES[file]](track_id=row["id"])
        answer.headers["Cache-Control"] = "private, no-cache"
        return cast(Response, answer)

    @shared.errorhandler(AppError)
    def refused(error: AppError) -> Response:
        answer = _page(error=error.sentence(_language()))
        answer.status_code = 410 if error.key == ENDED else HTTP_STATUS[error.code]
        return answer

    @shared.after_request
    def unlisted(answer: Response) -> Response:
        answer.headers["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return shared


@contextlib.contextmanager
def _opened(secret: str) -> Iterator[tuple[dict[str, Any], float]]:
    """The row of what is shared by this secret, and until when; within, the application is as its user knows it.

    Raises NOT_FOUND, with the key ENDED for what was there before.
    """
    link = accounts().links.opened(secret)
    if link is None:
        raise AppError(Code.NOT_FOUND, ENDED)
    act_as(Caller(link.user_id, Role.USER, scopes=frozenset((Scope.READ,))))
    try:
        try:
            row = me.library.row(link.track_id)
        except AppError:  # deleted
            raise AppError(Code.NOT_FOUND, ENDED) from None
        yield row, link.expires_at
    finally:
        g.pop("caller")
        g.pop("mine", None)


def _page(**facts: Any) -> Response:
    """In the language that `?language=` names, or that the browser asks for."""
    language = _language()
    said = {name: translate(f"ui.account.shared.{name}", language) for name in ("download", "stems", "until")}
    said |= {"spectrogram": translate("ui.spectrogram", language), "bpm": translate("unit.bpm", language)}
    html = render_template("shared.html", language=language, languages=LANGUAGES, said=said, root=address(""), **facts)
    return Response(html, headers={"Content-Security-Policy": _policy(), "Cache-Control": "no-store"})


def _policy() -> str:
    seen = " ".join(filter(None, ("'self'", application().storage.origin)))
    return (
        f"default-src 'none'; style-src 'self'; img-src {seen}; media-src {seen}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _language() -> str:
    asked = request.args.get("language") or request.accept_languages.best_match(LANGUAGES)
    return asked if asked in LANGUAGES else application().settings.language


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
