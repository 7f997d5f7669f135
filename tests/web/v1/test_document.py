"""The document tells what the server does, and nothing else."""

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from flask import Flask

import webui
from engine.commands import commands
from engine.errors import HTTP_STATUS, Code
from engine.web.auth.access import PUBLIC
from engine.web.v1.ground import Ground
from engine.web.v1.openapi import CODES, PARTS, TAGS, document
from engine.web.v1.operations import Surface
from engine.web.v1.version_1 import surfaces
from tests.conftest import Running
from tests.web.v1.conftest import DocumentedClient, routes


@pytest.fixture
def api(client: DocumentedClient) -> Any:
    return client.get("/api/v1/openapi.json").json


@pytest.fixture(scope="module")
def everything(running: Running) -> list[Surface]:
    """What a server with accounts offers."""
    return surfaces(replace(Ground.of(running.application), accounts=True))


@pytest.fixture(scope="module")
def whole(everything: list[Surface]) -> Any:
    return document(everything)


def test_every_route_and_method_is_in_it_and_nothing_else(web: Flask, api: Any) -> None:
    told = {(method.upper(), path) for path, methods in api["paths"].items() for method in methods}
    assert len(told) > 20 and told == routes(web)


def test_it_is_openapi_with_all_its_references(whole: Any) -> None:
    assert whole["openapi"] == "3.1.0"
    text = json.dumps(whole)
    named = {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert len(named) > 20 and named <= set(whole["components"]["schemas"])
    for schema in whole["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    ids = [each["operationId"] for methods in whole["paths"].values() for each in methods.values()]
    assert len(ids) == len(set(ids)) and all(name.isidentifier() for name in ids)


def test_every_field_and_parameter_has_a_description(whole: Any) -> None:
    missing = [
        f"{name}.{field}"
        for name, schema in whole["components"]["schemas"].items()
        for field, known in schema.get("properties", {}).items()
        if not known.get("description") and "$ref" not in known
    ]
    for methods in whole["paths"].values():
        for each in methods.values():
            missing += [
                f"{each['operationId']}?{p['name']}" for p in each.get("parameters", ()) if not p["description"]
            ]
    assert missing == []


def test_every_operation_has_its_words_and_every_word_its_use(everything: list[Surface], whole: Any) -> None:
    for surface in everything:
        assert [name for name, each in surface.operations.items() if not each.says.strip()] == []
    assert {tag["name"] for tag in whole["tags"]} == set(TAGS)
    used = {
        p["name"]
        for m in whole["paths"].values()
        for e in m.values()
        for p in e.get("parameters", ())
        if p["in"] == "path"
    }
    assert used == set(PARTS)
    assert set(CODES) == set(Code) == set(HTTP_STATUS)


def test_a_job_is_one_of_all_commands_told_apart_by_its_name(api: Any) -> None:
    schemas = api["components"]["schemas"]
    forms = schemas["JobRequest"]["anyOf"]
    [union] = [form for form in forms if "discriminator" in form]
    assert union["discriminator"]["propertyName"] == "command"
    assert set(union["discriminator"]["mapping"]) == set(commands(debug=True))
    generate = schemas["GenerateJob"]["properties"]
    assert generate["command"]["const"] == "generate" and "$ref" in json.dumps(generate["params"])
    wanted = {"StyleMatchJob", "TypedJob", "PresetJob"}
    assert {form["$ref"].rpartition("/")[2] for form in forms if "$ref" in form} == wanted


@pytest.mark.parametrize("sent", [{"command": "debug", "params": {"steps": 3}}, {"text": "/debug hello"}])
def test_the_schema_of_a_job_takes_what_the_server_takes(api: Any, sent: Any) -> None:
    schema = {"$ref": "#/components/schemas/JobRequest", "components": api["components"]}
    jsonschema.Draft202012Validator(schema).validate(sent)
    assert not jsonschema.Draft202012Validator(schema).is_valid({**sent, "unknown": 1})


def test_the_page_tells_every_operation(client: DocumentedClient, api: Any) -> None:
    page = client.get("/api/v1/docs")
    assert page.mimetype == "text/html" and "<script" not in page.text
    for path, methods in api["paths"].items():
        assert path in page.text
        assert all(f'id="{each["operationId"]}"' in page.text for each in methods.values())


def test_who_needs_no_login_here_needs_none_where_there_are_accounts(operations: list[Surface]) -> None:
    every = [(surface.prefix + each.rule, each) for surface in operations for each in surface.operations.values()]
    anonymous = {rule for rule, each in every if each.anonymous}
    assert len(anonymous) > 4 and anonymous <= PUBLIC


def test_the_terminal_prints_it_without_a_server(api: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert webui.main(["openapi", "--debug"]) == 0
    assert json.loads(capsys.readouterr().out) == api
