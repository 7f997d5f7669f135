"""The shape of an error by where it is met: the page's, that of version 1, those of programs that it stands for."""

from typing import Any

from engine.errors import AppError, Code

V1 = "/api/v1/"
OPENAI = "/v1/"
DRAMA = ("/api/v1/audio-generation/", "/api/v1/tasks/")

_OPENAI_TYPES = {
    Code.UNAUTHORIZED: "authentication_error",
    Code.FORBIDDEN: "permission_error",
    Code.RATE_LIMITED: "rate_limit_error",
    Code.INTERNAL: "server_error",
}


def error_body(error: AppError, path: str, language: str) -> dict[str, Any]:
    """The body of the answer to a request for `path`."""
    said = error.body(language)
    if path.startswith(DRAMA):
        return {"success": False, "error": {"type": str(error.code).lower(), "message": said["message"]}}
    if path.startswith(V1):
        return said
    if path.startswith(OPENAI):
        kind = _OPENAI_TYPES.get(error.code, "invalid_request_error")
        return {"error": {"message": said["message"], "type": kind, "param": None, "code": str(error.code).lower()}}
    return {"error": said}
