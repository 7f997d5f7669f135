"""The OpenAPI document of the operations: made when it is first asked for, for it is of no use to whoever does not."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from engine import __version__
from engine.errors import HTTP_STATUS, Code
from engine.web.v1.operations import JSON, Answer, Later, Operation, Sent, Surface

REF = "#/components/schemas/{model}"
PARTS = {
    "job_id": "Id of the job.",
    "track_id": "Id of the track.",
    "upload_id": "Id of the upload, or its key: `upload:ID`.",
    "batch_id": "Id of the batch.",
    "preset_id": "Id of the preset.",
    "delivery_id": "Id of the delivery.",
    "task_id": "Id of the task, which is its job.",
    "stem": "Name of the stem: drums, bass, vocals, ….",
    "number": "Number of the part, from 1.",
    "annotation_id": "Id of the annotation.",
    "token_id": "Id of the token.",
    "link_id": "Id of the link.",
    "session_id": "Id of the session or login.",
    "invitation_id": "Id of the invitation.",
    "user_id": "Id of the user.",
}
"""What the parts of a path mean."""
TAGS = {
    "jobs": "Commands that were asked for: submit, wait, follow, cancel.",
    "batches": "One command for many sounds.",
    "tracks": "What was made: records, sound, stems, pictures.",
    "uploads": "Sounds and scripts of yours.",
    "presets": "Parameters kept under a name.",
    "drama": "Audio dramas, as programs for sequential generation ask for them.",
    "webhooks": "What tells your server that a job or batch has ended.",
    "speech": "Speech, as clients of OpenAI's interface ask for it.",
    "accounts": "Users, their logins and tokens; only where the server has accounts.",
    "service": "The server itself.",
}

CODES = {
    Code.INVALID_INPUT: "What was asked for cannot be done as asked.",
    Code.NOT_FOUND: "There is no such thing, or it is not yours.",
    Code.UNAUTHORIZED: "Nobody is logged in, where the server has accounts.",
    Code.FORBIDDEN: "The request comes from a foreign page, or from somebody who may not do this.",
    Code.METHOD_NOT_ALLOWED: "This address has other methods.",
    Code.CONFLICT: "It clashes with what is there.",
    Code.TOO_LARGE: "The body is too large.",
    Code.UNSUPPORTED_MEDIA: "The body is of a type that is not taken here.",
    Code.RANGE_NOT_SATISFIABLE: "The range lies beyond the end.",
    Code.UNAVAILABLE: "The server is not ready.",
    Code.RATE_LIMITED: "Too much at once: try again later.",
    Code.UNSUPPORTED_AUDIO: "The sound cannot be read.",
    Code.MODEL_MISSING: "A model is not there and cannot be fetched.",
    Code.OUT_OF_MEMORY: "There is not enough memory.",
    Code.DISK_FULL: "The disk is full.",
    Code.CANCELED: "It was canceled.",
    Code.INTERRUPTED: "The work was interrupted.",
    Code.INTERNAL: "Something went wrong in the server.",
}
"""What each code means."""

INTRODUCTION = """Everything that the page can do, for programs. Times are Unix seconds, lengths seconds, sizes bytes.

Sounds are named by keys: `track:ID` of the library, `upload:ID` of what was uploaded. Errors are
`{code, message, detail}`; `code` is for programs. Lists come in parts: `next_cursor` begins the next one."""


def document(surfaces: Sequence[Surface]) -> dict[str, Any]:
    """All of it, as OpenAPI 3.1."""
    operations = [(surface, each) for surface in surfaces for each in surface.operations.values()]
    schemas = _Schemas(each for _, each in operations)
    paths: dict[str, dict[str, Any]] = {}
    for surface, each in operations:
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", surface.prefix + each.rule)
        paths.setdefault(path, {})[each.method.lower()] = _operation(each, schemas)
    tags = {each.tag for _, each in operations}
    return {
        "openapi": "3.1.0",
        "info": {"title": "audiocraft-webui", "version": __version__, "description": INTRODUCTION},
        "servers": [{"url": "/", "description": "This server."}],
        "tags": [{"name": name, "description": said} for name, said in TAGS.items() if name in tags],
        "paths": paths,
        "components": {
            "schemas": schemas.all,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token for programs, or an access token. Only where the server has accounts.",
                },
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "audiocraft-webui",
                    "description": "The page's own session, from `POST /api/session`, whose answer has the `csrf` that "
                    "`X-CSRF-Token` says with whatever changes something. Only where the server has accounts.",
                },
                "address": {
                    "type": "apiKey",
                    "in": "query",
                    "name": "signature",
                    "description": "Of an address that an answer told, which is taken as it was given, with `user` and "
                    "`expires`: it is good for this file alone. Only where the server has accounts.",
                },
            },
        },
        "security": _SECURITY,
    }


_SECURITY: list[dict[str, list[str]]] = [{}, {"bearer": []}, {"cookie": []}]


class _Schemas:
    """The JSON Schema of every model that an operation names, once each."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._later: dict[Later, Any] = {}
        wanted: dict[tuple[Any, Any], None] = {}
        for each in operations:
            wanted[each.error, "serialization"] = None
            if (body := self.model_of(each.body)) is not None:
                wanted[body, "validation"] = None
            for answer in each.answers.values():
                if isinstance(answer.body, type):
                    wanted[answer.body, "serialization"] = None
        refs, found = models_json_schema(list(wanted), ref_template=REF)
        self._refs = refs
        self.all: dict[str, Any] = found.get("$defs", {})
        for schema in self.all.values():
            for part in schema.get("properties", {}).values():
                if isinstance(part.get("default"), dict) and part["default"]:
                    del part["default"]  # its own fields say theirs, and generators of clients know none of objects

    def model_of(self, body: Any) -> Any:
        if isinstance(body, Later):
            if body not in self._later:
                self._later[body] = body.make()
            return self._later[body]
        return body if isinstance(body, type) else None

    def ref(self, model: Any, mode: Any) -> dict[str, Any]:
        return dict(self._refs[model, mode])


def _operation(each: Operation, schemas: _Schemas) -> dict[str, Any]:
    summary, _, description = each.says.strip().partition("\n\n")
    told: dict[str, Any] = {
        "operationId": each.name,
        "tags": [each.tag],
        "summary": _flowing(summary),
        "description": "\n\n".join(map(_flowing, description.split("\n\n"))) or _flowing(summary),
        "parameters": _parameters(each),
        "responses": _responses(each, schemas),
    }
    if isinstance(each.body, Sent):
        content = {mime: {"schema": schema} for mime, schema in each.body.content.items()}
        told["requestBody"] = {"required": each.body.required, "description": each.body.said, "content": content}
    elif each.body is not None:
        ref = schemas.ref(schemas.model_of(each.body), "validation")
        told["requestBody"] = {"required": True, "content": {JSON: {"schema": ref}}}
    if each.anonymous:
        told["security"] = []
    elif each.signed:
        told["security"] = [*_SECURITY, {"address": []}]
    return {name: value for name, value in told.items() if value != [] or name == "security"}


def _parameters(each: Operation) -> list[dict[str, Any]]:
    found = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PARTS[name],
            "schema": _PARTS[kind],
        }
        for kind, name in re.findall(r"<(?:(\w+):)?(\w+)>", each.rule)
    ]
    found += [_query(name, schema, required) for name, schema, required in _fields(each.query)]
    text = {"type": "string"}
    found += [
        {"name": name, "in": "header", "description": said, "schema": text} for name, said in each.headers.items()
    ]
    return found


_PARTS: dict[str, dict[str, Any]] = {"": {"type": "string"}, "int": {"type": "integer", "minimum": 0}}
"""Schemas of what Flask converts parts of a path to."""


def _fields(model: type[BaseModel] | None) -> list[tuple[str, dict[str, Any], bool]]:
    """Name, schema and whether it is required, of each field; schemas without references."""
    if model is None:
        return []
    schema = model.model_json_schema()
    defs = schema.get("$defs", {})
    required = schema.get("required", [])
    return [(name, _inlined(part, defs), name in required) for name, part in schema.get("properties", {}).items()]


def _inlined(schema: Any, defs: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(part, defs) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        rest = {name: value for name, value in schema.items() if name != "$ref"}
        return {**_inlined(defs[schema["$ref"].rpartition("/")[2]], defs), **rest}
    return {name: _inlined(value, defs) for name, value in schema.items()}


def _query(name: str, schema: dict[str, Any], required: bool) -> dict[str, Any]:
    described = schema.pop("description", "")
    kinds = [kind for kind in schema.pop("anyOf", []) if kind.get("type") != "null"]
    if len(kinds) == 1:  # nothing in a query string is null: what is optional is left out
        schema = {**kinds[0], **{name: value for name, value in schema.items() if name != "default"}}
    return {"name": name, "in": "query", "required": required, "description": described, "schema": schema}


def _responses(each: Operation, schemas: _Schemas) -> dict[str, Any]:
    told = {str(status): _answer(answer, schemas) for status, answer in each.answers.items()}
    by_status: dict[int, list[Code]] = {}
    for code in each.codes:
        by_status.setdefault(HTTP_STATUS[code], []).append(code)
    for status, codes in sorted(by_status.items()):
        said = " ".join(f"{code}: {CODES[code]}" for code in codes)
        refused = {"description": said, "content": {JSON: {"schema": schemas.ref(each.error, "serialization")}}}
        told.setdefault(str(status), refused)
    return told


def _answer(answer: Answer, schemas: _Schemas) -> dict[str, Any]:
    told: dict[str, Any] = {"description": answer.said}
    if isinstance(answer.body, type):
        told["content"] = {JSON: {"schema": schemas.ref(answer.body, "serialization")}}
    elif isinstance(answer.body, str):
        told["content"] = {answer.body: {"schema": _of_media(answer.body)}}
    if answer.headers:
        text = {"type": "string"}
        told["headers"] = {name: {"description": said, "schema": text} for name, said in answer.headers.items()}
    return told


def _of_media(mime: str) -> dict[str, Any]:
    """Schema of what has no model: any JSON, any stream of events, a text, or bytes."""
    if mime in (JSON, "text/event-stream"):
        return {}
    return {"type": "string"} if mime.startswith("text/") else {"type": "string", "format": "binary"}


def _flowing(text: str) -> str:
    return " ".join(text.split())
