"""The OpenAPI document as people read it: chapters of operations, with fields in tables and a line for curl."""

import json
from typing import Any

MOST_DEPTH = 2
"""How far down the fields of fields are listed; what lies deeper is named by its schema."""

Schema = dict[str, Any]


def chapters(api: Schema) -> list[Schema]:
    """`{name, description, operations}` for each tag, in their order."""
    operations = [
        _operation(path, method, each, api)
        for path, methods in api["paths"].items()
        for method, each in methods.items()
    ]
    return [tag | {"operations": [each for each in operations if each["tag"] == tag["name"]]} for tag in api["tags"]]


def _operation(path: str, method: str, each: Schema, api: Schema) -> Schema:
    content = each.get("requestBody", {}).get("content", {})
    mime: str = next(iter(content), "")
    return {
        "id": each["operationId"],
        "tag": each["tags"][0],
        "method": method.upper(),
        "path": path,
        "summary": each["summary"],
        "description": each["description"],
        "parameters": [
            {"name": one["name"], "in": one["in"], "kind": _kind(one["schema"], api), "says": one["description"]}
            for one in each.get("parameters", ())
        ],
        "mime": mime,
        "body": _rows(_schema(content), api),
        "answers": [
            {"status": status, "says": answer["description"], "fields": _fields(answer, api)}
            for status, answer in each["responses"].items()
        ],
        "curl": _curl(path, method, mime),
    }


def _fields(answer: Schema, api: Schema) -> list[Schema]:
    return _rows(_schema(answer.get("content", {})), api)


def _schema(content: Schema) -> Schema:
    """That of the first media type."""
    for media in content.values():
        return dict(media["schema"])
    return {}


def _curl(path: str, method: str, mime: str) -> str:
    body = ""
    if mime == "application/json":
        body = " -H 'Content-Type: application/json' -d '{…}'"
    elif mime.startswith("multipart/"):
        body = " -F file=@sound.wav"
    elif mime:
        body = " --data-binary @sound.wav"
    how = "" if method == "get" else f" -X {method.upper()}"
    return f"curl{how} http://127.0.0.1:5000{path}{body}"


def _rows(schema: Schema, api: Schema, depth: int = 0, prefix: str = "") -> list[Schema]:
    """Name, kind and meaning of every field, those of alternatives one after the other under a heading."""
    schema = _resolved(schema, api)
    kinds = [kind for kind in _alternatives(schema) if kind.get("type") != "null"]
    if len(kinds) > 1 and any("$ref" in kind for kind in kinds):
        rows = []
        for kind in kinds:
            one = _resolved(kind, api)
            if "properties" in one:
                rows.append({"heading": one.get("description") or one.get("title", ""), "depth": depth})
            rows += _rows(kind, api, depth, prefix)
        return rows
    if len(kinds) == 1:
        return _rows(kinds[0], api, depth, prefix)
    if "items" in schema:
        return _rows(schema["items"], api, depth, f"{prefix}[]." if prefix else "")
    if depth > MOST_DEPTH:
        return []
    rows = []
    required = schema.get("required", ())
    for name, part in schema.get("properties", {}).items():
        known = {**_resolved(part, api), **{key: value for key, value in part.items() if key != "$ref"}}
        row = {"name": prefix + name, "kind": _kind(part, api), "says": known.get("description", ""), "depth": depth}
        if name not in required and known.get("default") not in (None, "", [], {}):
            row["default"] = json.dumps(known["default"], ensure_ascii=False)
        rows.append(row | {"required": name in required})
        rows += _rows(part, api, depth + 1, f"{prefix}{name}.")
    return rows


def _alternatives(schema: Schema) -> list[Schema]:
    return list(schema.get("oneOf") or schema.get("anyOf") or [])


def _resolved(schema: Schema, api: Schema) -> Schema:
    ref = schema.get("$ref")
    return api["components"]["schemas"][ref.rpartition("/")[2]] if ref else schema


def _kind(schema: Schema, api: Schema) -> str:
    """A word or two for what a value is."""
    schema = _resolved(schema, api)
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"][:8]) + (" …" if len(schema["enum"]) > 8 else "")
    kinds = [_kind(kind, api) for kind in _alternatives(schema) if kind.get("type") != "null"]
    if kinds:
        return " | ".join(dict.fromkeys(kinds))
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}), api)}"
    low, high = schema.get("minimum"), schema.get("maximum")
    return f"{kind}, {low} to {high}" if low is not None and high is not None else kind
