"""Operations: routes that say what they take and what they answer."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, get_origin

from flask import Response, jsonify, request
from pydantic import BaseModel, ValidationError
from werkzeug.routing import Rule

from engine.errors import HTTP_STATUS, Code, invalid
from engine.parameters import check_names, problems_of
from engine.web.api import json_body
from engine.web.auth.signing import SIGNED
from engine.web.v1.models import Error

JSON = "application/json"
ANYWHERE = (Code.UNAUTHORIZED, Code.FORBIDDEN, Code.RATE_LIMITED, Code.INTERNAL)
"""Errors that may meet every request, whatever it asks for."""

View = Callable[..., Any]


@dataclass(frozen=True)
class Answer:
    """One way in which an operation answers: `body` is a model, or the media type of what is no JSON."""

    body: Any = None
    said: str = "Done."
    headers: Mapping[str, str] = field(default_factory=dict)


Answers = Mapping[int, Answer]


@dataclass(frozen=True)
class Sent:
    """A body that is no JSON of a model: what it is, by media type, as JSON Schema."""

    content: Mapping[str, dict[str, Any]]
    said: str = ""
    required: bool = True


@dataclass(frozen=True)
class Later:
    """A JSON body that the view reads by itself; `make` gives its model when the document is asked for."""

    make: Callable[[], Any]


@dataclass(frozen=True)
class Operation:
    """`name` is its operationId. `anonymous`: it needs no login, or proves by a signature whom it is for.
    `signed`: its address may prove that instead of a login. `most_bytes`: of its body; None is the usual limit."""

    name: str
    method: str
    rule: str
    tag: str
    says: str
    answers: Mapping[int, Answer]
    errors: Sequence[Code] = ()
    query: type[BaseModel] | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    error: type[BaseModel] = Error
    anonymous: bool = False
    signed: bool = False
    most_bytes: int | None = None

    @property
    def codes(self) -> tuple[Code, ...]:
        """Every code with which it may refuse."""
        taken = [Code.INVALID_INPUT] if self.query or self.body or "<" in self.rule or self.headers else []
        bodies = [Code.TOO_LARGE] if self.body else []
        is_json = self.body and (not isinstance(self.body, Sent) or JSON in self.body.content)
        json = [Code.UNSUPPORTED_MEDIA] if is_json else []
        return tuple(dict.fromkeys([*taken, *bodies, *json, *self.errors, *ANYWHERE]))

    @property
    def statuses(self) -> set[int]:
        """Every status that it may answer with."""
        return {*self.answers, *(HTTP_STATUS[code] for code in self.codes)}


class OperationRule(Rule):
    """The route of an operation, with its `most_bytes` and `signed`."""

    provide_automatic_options = True  # Flask answers OPTIONS

    def __init__(self, rule: str, endpoint: str, operation: Operation) -> None:
        super().__init__(rule, endpoint=endpoint, methods=[operation.method, "OPTIONS"])
        self.most_bytes = operation.most_bytes
        self.signed = operation.signed


class Surface:
    """Operations below one path, and the views that serve them."""

    def __init__(self, name: str, prefix: str) -> None:
        self.name, self.prefix = name, prefix
        self.operations: dict[str, Operation] = {}
        self._views: dict[str, View] = {}

    def on(self, method: str, rule: str, tag: str, answers: Answers, **more: Any) -> Callable[[View], View]:
        """Serve `method rule` by the function, which is given the parts of the path by name, and `query` and `body` as
        their models where it has such. It returns what the first of `answers` says, that and a status, or a Response.
        Its docstring documents it: what it does in the first line, and the rest below."""

        def add(view: View) -> View:
            operation = Operation(view.__name__, method, rule, tag, view.__doc__ or "", answers, **more)
            self.operations[operation.name] = operation
            self._views[operation.name] = _served(operation, view)
            return view

        return add

    @property
    def views(self) -> dict[str, View]:
        """What serves them, by endpoint."""
        return {f"{self.name}.{name}": view for name, view in self._views.items()}

    @property
    def rules(self) -> list[OperationRule]:
        """Their routes, to be added to a map."""
        return [
            OperationRule(self.prefix + operation.rule, f"{self.name}.{name}", operation)
            for name, operation in self.operations.items()
        ]


def _served(operation: Operation, view: View) -> View:
    usual = next(iter(operation.answers))

    @wraps(view)
    def served(**parts: Any) -> Response:
        if operation.query is not None:
            parts["query"] = asked_query(operation.query, SIGNED if operation.signed else ())
        if isinstance(operation.body, type) and issubclass(operation.body, BaseModel):
            parts["body"] = checked(operation.body, json_body())
        told = view(**parts)
        status = usual
        if isinstance(told, tuple):
            told, status = told
        if isinstance(told, Response):
            return told
        if told is None:
            return Response(status=status)
        answer = jsonify(told.model_dump(mode="json") if isinstance(told, BaseModel) else told)
        answer.status_code = status
        return answer

    return served


def checked(model: type[BaseModel], values: Any) -> Any:
    """`values` of a body as the model: true is no number, and "1" neither.

    Raises INVALID_INPUT naming every field that is wrong.
    """
    if not isinstance(values, dict):
        raise invalid("params_not_object")
    check_names(model, values)
    return _as(lambda: model.model_validate_json(json.dumps(values), strict=True))


def _as(validated: Callable[[], Any]) -> Any:
    try:
        return validated()
    except ValidationError as error:
        problems = problems_of(error)
        raise invalid("invalid_params", detail={"fields": problems[:50]}, problems=problems[:5]) from None


def asked_query(model: type[BaseModel], besides: Collection[str] = ()) -> Any:
    """The query string as the model, without names `besides`. Raises INVALID_INPUT for unknown names too."""
    args = {name: value for name, value in request.args.items() if name not in besides}
    several = {name for name, part in model.model_fields.items() if get_origin(part.annotation) is list}
    values = {name: request.args.getlist(name) if name in several else args[name] for name in args}
    return _as(lambda: model.model_validate(values))
