"""Configurations that strangers wrote, YAML and JSON, as plain data: judged while they are read, nothing in them run.

Importing this stays light: no torch.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from engine.errors import AppError, invalid
from engine.parameters import problem_of

MAX_BYTES = 1 << 20
MAX_VALUES = 50_000
"""Values in one document; an alias or a reference counts as all that it stands for. Published ones have under 1,000."""
MAX_DEPTH = 40
MAX_DIGITS = 18
MAX_HOPS = 8
"""So many references may lead from one to the next."""
MAX_TEXT = 10_000

Problem = dict[str, Any]
Path_ = tuple[Any, ...]
T = TypeVar("T", bound=BaseModel)

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_resolver: Any = yaml.resolver.Resolver()
_constructor: Any = yaml.constructor.SafeConstructor()
_YAML = "tag:yaml.org,2002:"
_PLAIN = {f"{_YAML}{kind}" for kind in ("str", "int", "float", "bool", "null", "seq", "map")}
_TUPLE = f"{_YAML}python/tuple"
_REFERENCE = re.compile(r"\$\{([^{}]*)\}")


def refused(file: str, *problems: Problem) -> AppError:
    """INVALID_INPUT `config_refused`, with `problems` as `problem` makes them."""
    return invalid(
        "config_refused", detail={"fields": list(problems)[:50]}, file=file[:80], problems=list(problems)[:5]
    )


def problem(kind: str, path: Path_ = (), **values: Any) -> Problem:
    """What is wrong with one value, as a sentence of the catalogue: `problem.KIND`."""
    return {"field": dotted(path), "key": f"problem.{kind}", "values": {"field": dotted(path), **values}}


def dotted(path: Path_) -> str:
    return ".".join(str(part)[:40] for part in path)[:120] or "-"


def read_file(path: Path, name: str | None = None) -> bytes:
    """What a file of at most MAX_BYTES holds. Raises INVALID_INPUT `config_refused`."""
    name = name or path.name
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise refused(name, problem("document_unreadable", reason=(error.strerror or "?"))) from None
    if len(content) > MAX_BYTES:
        raise refused(name, problem("document_large", most_kb=MAX_BYTES >> 10))
    return content


def looks_like_weights(path: Path) -> None:
    """Raises INVALID_INPUT `not_weights` for a file that cannot be opened, or whose first bytes are those of neither a
    torch checkpoint, old or new, nor a safetensors file."""
    try:
        with path.open("rb") as file:
            head, size = file.read(9), path.stat().st_size
    except OSError as error:
        raise invalid("not_weights", file=path.name, reason=error.strerror or "?") from None
    if path.suffix.lower() == ".safetensors":
        fits = len(head) == 9 and int.from_bytes(head[:8], "little") < size and head[8:] == b"{"
    else:
        fits = head.startswith((b"PK\x03\x04", b"\x80"))
    if not fits:
        raise invalid("not_weights", file=path.name, reason=f"{head[:4].hex(' ')} … ({size})")


def read_json(content: bytes, file: str) -> Any:
    """A JSON document. Integers of more than MAX_DIGITS stay text and NaN stays a float, for a schema to name them.

    Raises INVALID_INPUT `config_refused`.
    """
    if len(content) > MAX_BYTES:
        raise refused(file, problem("document_large", most_kb=MAX_BYTES >> 10))
    try:
        return json.loads(content, parse_int=lambda digits: int(digits) if len(digits) <= MAX_DIGITS else digits[:40])
    except RecursionError:
        raise refused(file, problem("document_deep", most=MAX_DEPTH)) from None
    except ValueError as error:
        raise refused(file, problem("document_syntax", line=getattr(error, "lineno", 1))) from None


def read_yaml(content: str | bytes, file: str) -> Any:
    """A YAML document as dicts, lists, tuples (`!!python/tuple`), texts, numbers, booleans and None.

    Aliases stand for the same object. Merge keys and any other tag are refused. Raises INVALID_INPUT `config_refused`,
    naming the field.
    """
    if len(content) > MAX_BYTES:
        raise refused(file, problem("document_large", most_kb=MAX_BYTES >> 10))
    reader = _Reader(file)
    try:
        return reader.document(yaml.parse(content, _Parser))
    except yaml.YAMLError as error:
        raise refused(file, problem("document_syntax", line=_line(getattr(error, "problem_mark", None)))) from None
    except ValueError:  # bytes that are no text, lone surrogates
        raise refused(file, problem("document_syntax", line=1)) from None


def _line(mark: Any) -> int:
    return 1 if mark is None else mark.line + 1


@dataclass
class _Open:
    """A mapping or a sequence that is being read. `values`, `depth`: of all that is in it so far."""

    kind: type
    anchor: str | None
    path: Path_
    found: Any
    key: Any = None
    keyed: bool = False
    values: int = 1
    depth: int = 1


@dataclass
class _Reader:
    """Builds the document from the parser's events, so that every bound holds before memory is taken."""

    file: str
    values: int = 0
    anchors: dict[str, tuple[Any, int, int] | None] = field(default_factory=dict)
    stack: list[_Open] = field(default_factory=list)
    root: Any = None

    def document(self, events: Iterator[Any]) -> Any:
        documents = 0
        for event in events:
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        self._refuse("document_syntax", line=_line(event.start_mark))
                case yaml.MappingStartEvent():
                    self._begin(event, dict)
                case yaml.SequenceStartEvent():
                    self._begin(event, tuple if event.tag == _TUPLE else list)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    done = self.stack.pop()
                    value = tuple(done.found) if done.kind is tuple else done.found
                    self._keep(done.anchor, value, done.values, done.depth)
                    self._put(value, done.values, done.depth)
                case yaml.AliasEvent():
                    self._alias(event.anchor)
                case yaml.ScalarEvent():
                    value = self._scalar(event)
                    self._keep(event.anchor, value, 1, 0)
                    self._put(value, 1, 0)
        return self.root

    def _begin(self, event: Any, kind: type) -> None:
        self._judge_tag(event.tag, scalar=False)
        if len(self.stack) >= MAX_DEPTH:
            self._refuse("document_deep", most=MAX_DEPTH)
        if self.stack and self.stack[-1].kind is dict and not self.stack[-1].keyed:
            self._refuse("document_key")
        if event.anchor:
            self.anchors[event.anchor] = None
        self._count(1)
        self.stack.append(_Open(kind, event.anchor, self._path(), {} if kind is dict else []))

    def _alias(self, anchor: str | None) -> None:
        known = self.anchors.get(anchor or "")
        if known is None:
            self._refuse("document_alias", alias=str(anchor)[:40])
        value, values, depth = known
        if len(self.stack) + depth > MAX_DEPTH:
            self._refuse("document_deep", most=MAX_DEPTH)
        self._count(values)
        self._put(value, values, depth)

    def _keep(self, anchor: str | None, value: Any, values: int, depth: int) -> None:
        if anchor:
            self.anchors[anchor] = (value, values, depth)

    def _put(self, value: Any, values: int, depth: int) -> None:
        """Into what is open: as its next key, value or element."""
        if not self.stack:
            self.root = value
            return
        top = self.stack[-1]
        top.values += values
        top.depth = max(top.depth, depth + 1)
        if top.kind is not dict:
            top.found.append(value)
        elif top.keyed:
            top.found[top.key] = value
            top.keyed = False
        else:
            if isinstance(value, dict | list | tuple):
                self._refuse("document_key")
            top.key, top.keyed = value, True

    def _scalar(self, event: Any) -> Any:
        self._count(1)
        tag, text = event.tag, event.value
        self._judge_tag(tag, scalar=True)
        if tag in (None, "!"):
            tag = _resolver.resolve(yaml.ScalarNode, text, event.implicit if tag is None else (False, True))
        if tag == f"{_YAML}merge" and self.stack and self.stack[-1].kind is dict and not self.stack[-1].keyed:
            self._refuse("document_merge")
        if tag == f"{_YAML}int" and sum(sign.isalnum() for sign in text) > MAX_DIGITS:
            self._refuse("document_digits", most=MAX_DIGITS)
        kind = tag.removeprefix(_YAML)
        if kind in ("null", "bool", "int", "float"):
            try:
                return getattr(_constructor, f"construct_yaml_{kind}")(yaml.ScalarNode(tag, text))
            except (ValueError, KeyError, IndexError, OverflowError):
                self._refuse("document_scalar", tag=kind, value=text[:40])
        return text

    def _judge_tag(self, tag: str | None, *, scalar: bool) -> None:
        if tag not in (None, "!") and tag not in _PLAIN and (scalar or tag != _TUPLE):
            self._refuse("document_tag", tag=str(tag).removeprefix(_YAML)[:60])

    def _count(self, values: int) -> None:
        self.values += values
        if self.values > MAX_VALUES:
            self._refuse("document_values", most=MAX_VALUES)

    def _path(self) -> Path_:
        """Of what is read next."""
        if not self.stack:
            return ()
        top = self.stack[-1]
        if top.kind is dict:
            return (*top.path, top.key) if top.keyed else top.path
        return (*top.path, len(top.found))

    def _refuse(self, kind: str, **values: Any) -> NoReturn:
        raise refused(self.file, problem(kind, self._path(), **values))


def sections(document: Any, names: Sequence[str], file: str) -> dict[str, Any]:
    """Those of the named top-level entries that are there, references between a document's own entries put in.

    `${a.b}` and `${..b}` are what OmegaConf writes for such references. Everything else between those brackets, which
    OmegaConf would look up outside of the document, is refused by the name of the field and never looked at; entries
    that are not asked for may hold what they like. Raises INVALID_INPUT `config_refused`.
    """
    if not isinstance(document, Mapping):
        raise refused(file, problem("document_mapping"))
    whole = _References(document, file)
    return {name: whole.settled(document[name], (name,), 0) for name in names if name in document}


@dataclass
class _References:
    document: Mapping[Any, Any]
    file: str
    values: int = 0

    def settled(self, value: Any, path: Path_, hops: int) -> Any:
        self.values += 1
        if self.values > MAX_VALUES or len(path) > MAX_DEPTH:
            raise refused(self.file, problem("document_values", path, most=MAX_VALUES))
        match value:
            case Mapping():
                return {key: self.settled(part, (*path, key), hops) for key, part in value.items()}
            case list() | tuple():
                return [self.settled(part, (*path, place), hops) for place, part in enumerate(value)]
            case str() if "${" in value:
                return self._text(value, path, hops)
        return value

    def _text(self, text: str, path: Path_, hops: int) -> Any:
        if hops >= MAX_HOPS or len(text) > MAX_TEXT:
            raise refused(self.file, problem("document_reference", path, reference=text[:60]))
        if alone := _REFERENCE.fullmatch(text):
            return self._target(alone[1], path, hops)
        pieces, at = [], 0
        for match in _REFERENCE.finditer(text):
            target = self._target(match[1], path, hops)
            if isinstance(target, Mapping | list):
                raise refused(self.file, problem("document_reference", path, reference=match[1][:60]))
            pieces += [text[at : match.start()], str(target)]
            at = match.end()
        whole = "".join([*pieces, text[at:]])
        if "${" in whole or len(whole) > MAX_TEXT:
            raise refused(self.file, problem("document_reference", path, reference=text[:60]))
        return whole

    def _target(self, reference: str, path: Path_, hops: int) -> Any:
        """What `reference` names, seen from the entry at `path`."""
        name, colon, _ = reference.partition(":")
        if colon:
            raise refused(self.file, problem("document_resolver", path, resolver=name.strip()[:40]))
        rest = reference.strip().lstrip(".")
        dots = len(reference.strip()) - len(rest)
        if dots > len(path):
            raise refused(self.file, problem("document_reference", path, reference=reference[:60]))
        steps: list[Any] = [step for step in re.split(r"[.\[\]]", rest) if step]
        full: list[Any] = [*(path[: len(path) - dots] if dots else ()), *steps]
        here: Any = self.document
        for place, step in enumerate(full):
            try:
                here = here[int(step) if isinstance(here, list | tuple) else step]
            except (KeyError, IndexError, TypeError, ValueError):
                raise refused(self.file, problem("document_reference", path, reference=reference[:60])) from None
            if isinstance(here, str) and "${" in here:
                here = self.settled(here, tuple(full[: place + 1]), hops + 1)
        if not steps:
            raise refused(self.file, problem("document_reference", path, reference=reference[:60]))
        return self.settled(here, tuple(full), hops + 1)


def judged(schema: type[T], values: Any, file: str) -> T:
    """`values` as `schema`. Raises INVALID_INPUT `config_refused`: each wrong field, its value, what is allowed."""
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        raise refused(file, *problems_of(error)) from None
    except RecursionError:
        raise refused(file, problem("document_deep", most=MAX_DEPTH)) from None


def problems_of(error: ValidationError) -> list[Problem]:
    """Pydantic's objections with the values that they are about, shortened."""
    found = []
    for one in error.errors(include_url=False)[:50]:
        limits = dict(one.get("ctx", {}))
        place = (*one["loc"], *([limits.pop("field")] if one["type"] == TOGETHER else []))
        told = problem_of({"type": one["type"], "ctx": limits, "loc": place})
        valued = one["type"] not in ("missing", "extra_forbidden")
        if valued and isinstance(one.get("input"), str | int | float | bool | None):
            told = {**told, "key": "problem.with_value", "values": {"problem": [told], "value": shown(one["input"])}}
        found.append(told)
    return found


TOGETHER = "config_together"


def together(field: str) -> PydanticCustomError:
    """What a schema raises where `field` does not go with its neighbours."""
    return PydanticCustomError(TOGETHER, "does not go with the others", {"field": field})


def shown(value: Any) -> str:
    """A value for a sentence: short, and never a reference."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
