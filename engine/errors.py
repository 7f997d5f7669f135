"""One shape of error everywhere: REST, sockets, records, command line."""

import contextlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from engine.messages import catalogue, translate
from engine.trace import request_id


class Code(StrEnum):
    INVALID_INPUT = "INVALID_INPUT"
    NOT_FOUND = "NOT_FOUND"
    UNAUTHORIZED = "UNAUTHORIZED"
    FORBIDDEN = "FORBIDDEN"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    CONFLICT = "CONFLICT"
    TOO_LARGE = "TOO_LARGE"
    UNSUPPORTED_MEDIA = "UNSUPPORTED_MEDIA"
    RANGE_NOT_SATISFIABLE = "RANGE_NOT_SATISFIABLE"
    UNAVAILABLE = "UNAVAILABLE"
    RATE_LIMITED = "RATE_LIMITED"
    UNSUPPORTED_AUDIO = "UNSUPPORTED_AUDIO"
    MODEL_MISSING = "MODEL_MISSING"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    DISK_FULL = "DISK_FULL"
    CANCELED = "CANCELED"
    INTERRUPTED = "INTERRUPTED"
    INTERNAL = "INTERNAL"


HTTP_STATUS = {
    Code.INVALID_INPUT: 400,
    Code.UNAUTHORIZED: 401,
    Code.FORBIDDEN: 403,
    Code.NOT_FOUND: 404,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.CONFLICT: 409,
    Code.TOO_LARGE: 413,
    Code.UNSUPPORTED_AUDIO: 415,
    Code.UNSUPPORTED_MEDIA: 415,
    Code.RANGE_NOT_SATISFIABLE: 416,
    Code.RATE_LIMITED: 429,
    Code.MODEL_MISSING: 409,
    Code.CANCELED: 409,
    Code.INTERRUPTED: 409,
    Code.OUT_OF_MEMORY: 507,
    Code.DISK_FULL: 507,
    Code.INTERNAL: 500,
    Code.UNAVAILABLE: 503,
}


class AppError(Exception):
    """An error that is shown to a person.

    `key` names the sentence in the message catalogue (`error.KEY`), `values` fill it in, `detail` holds further
    facts for programs. `recoverable` marks a fault that may pass by itself (a lost connection, a busy disk): such
    a job is tried again with a growing pause. `path`: the file that it is about, as `about` says; where somebody knows
    what people call that file, `values` get it as `name`, and the sentence begins with it.
    """

    path: Path | None = None

    def __init__(
        self, code: Code, key: str, *, detail: dict[str, Any] | None = None, recoverable: bool = False, **values: Any
    ) -> None:
        self.code = code
        self.key = key
        self.values = values
        self.detail = detail or {}
        self.recoverable = recoverable
        super().__init__(key)

    def __str__(self) -> str:
        return self.sentence()

    def body(self, language: str = "en") -> dict[str, Any]:
        """`{code, message, detail}`; `detail.key` and `detail.values` let the page say it in another language.

        A fault of the program names the request, by which the log tells of it.
        """
        asked = {"request_id": request_id()} if self.code is Code.INTERNAL and request_id() else {}
        return {
            "code": str(self.code),
            "message": self.sentence(language),
            "detail": {"key": f"error.{self.key}", "values": self.values, **asked, **self.detail},
        }

    def sentence(self, language: str = "en") -> str:
        """What happened, in words; `i18n.js` says it the same way."""
        key, name = f"error.{self.key}", self.values.get("name")
        said = translate(key, language, **self.values)
        if name is None or "{name}" in catalogue("en").get(key, ""):
            return said
        return translate("error.named", language, name=name, said=said)

    @classmethod
    def revived(cls, body: dict[str, Any]) -> "AppError":
        """The error behind a body that came over a wire."""
        detail = dict(body.get("detail") or {})
        key, values = str(detail.pop("key", "error.unexpected")), dict(detail.pop("values", {}))
        return cls(Code(body["code"]), key.removeprefix("error."), detail=detail, **values)


def invalid(key: str, *, detail: dict[str, Any] | None = None, **values: Any) -> AppError:
    """The commonest error: what was asked for cannot be done as asked."""
    return AppError(Code.INVALID_INPUT, key, detail=detail, **values)


@contextlib.contextmanager
def about(path: str | Path) -> Iterator[None]:
    """Whatever goes wrong in here is about the file at `path`, unless it is about another one already."""
    try:
        yield
    except AppError as error:
        error.path = error.path or Path(path)
        raise


class Canceled(Exception):  # noqa: N818
    """Control flow, not a failure: the user no longer wants this job."""
