"""Presets: kept, checked, shared, used."""

from typing import Any

import pytest
from flask import g

from engine.accounts import Caller
from tests.web.v1.conftest import DocumentedClient

STYLE = {"eq": [{"f_hz": 1000, "gain_db": 3}], "lufs": {"target_db": -16}}


def test_a_style_is_kept_and_a_match_made_with_it(client: DocumentedClient) -> None:
    answer = client.post("/api/v1/presets", json={"name": "Warm", "style_params": STYLE})
    assert answer.status_code == 201
    preset = answer.json
    assert preset["command"] == "match" and preset["style_params"]["eq"][0]["gain_db"] == 3
    assert client.get(f"/api/v1/presets/{preset['id']}").json == preset
    sound = f"track:{client.done(duration=1)['tracks'][0]['id']}"
    job = client.post("/api/v1/jobs", json={"preset": preset["id"], "params": {"source": sound}}).json
    assert job["command"] == "match" and '"gain_db":3.0' in job["params"]["style"]
    other = client.post("/api/v1/jobs", json={"mode": "B", "tgt_key": sound, "preset": preset["id"]}).json
    assert other["params"]["style"] == job["params"]["style"]


def test_parameters_of_any_command_are_kept_as_far_as_they_are_said(client: DocumentedClient) -> None:
    body = {"name": "Loud", "command": "upscale", "params": {"format": "flac"}}
    preset = client.post("/api/v1/presets", json=body).json
    assert (preset["params"], preset["style_params"]) == ({"format": "flac"}, None)
    for wrong in ({"format": "exe"}, {"nothing": 1}):
        refused = client.post("/api/v1/presets", json=body | {"name": "Wrong", "params": wrong})
        assert refused.json["code"] == "INVALID_INPUT"
    made = client.post("/api/v1/presets", json={"name": "Tone", "command": "debug", "params": {"steps": 7}}).json
    job = client.post("/api/v1/jobs", json={"preset": made["id"], "params": {"prompt": "mine"}}).json
    assert (job["params"]["steps"], job["params"]["prompt"]) == (7, "mine")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "x"},
        {"name": "", "style_params": STYLE},
        {"name": " \n", "style_params": STYLE},
        {"name": "x", "style_params": {"eq": 3}},
        {"name": "x", "style_params": STYLE, "command": "match"},
        {"name": "x", "command": "nothing"},
        {"name": "x", "params": {}},
    ],
)
def test_what_is_no_preset_is_refused(client: DocumentedClient, wrong: Any) -> None:
    assert client.post("/api/v1/presets", json=wrong).json["code"] == "INVALID_INPUT"


def test_a_name_is_taken_once(client: DocumentedClient) -> None:
    first = client.post("/api/v1/presets", json={"name": "Once", "style_params": STYLE}).json
    second = client.post("/api/v1/presets", json={"name": "Once", "style_params": STYLE})
    assert (second.status_code, second.json["code"]) == (409, "CONFLICT")
    other = client.post("/api/v1/presets", json={"name": "Twice", "style_params": STYLE}).json
    assert client.patch(f"/api/v1/presets/{other['id']}", json={"name": "Once"}).status_code == 409
    renamed = client.patch(f"/api/v1/presets/{first['id']}", json={"name": "Other", "public": True}).json
    assert (renamed["name"], renamed["public"], renamed["style_params"]) == ("Other", True, first["style_params"])
    replaced = client.put(f"/api/v1/presets/{first['id']}", json={"name": "Other", "command": "debug"}).json
    assert (replaced["command"], replaced["params"], replaced["public"]) == ("debug", {}, False)
    assert client.patch(f"/api/v1/presets/{first['id']}", json={"style_params": STYLE}).json["code"] == "INVALID_INPUT"
    assert client.delete(f"/api/v1/presets/{first['id']}").status_code == 204
    assert client.get(f"/api/v1/presets/{first['id']}").status_code == 404


def test_anothers_preset_is_there_when_it_is_public_and_never_to_be_changed(
    client: DocumentedClient, monkeypatch: Any
) -> None:
    private = client.post("/api/v1/presets", json={"name": "Private", "style_params": STYLE}).json
    public = client.post("/api/v1/presets", json={"name": "Public", "style_params": STYLE, "public": True}).json
    monkeypatch.setitem(client.application.before_request_funcs, "v1", [lambda: setattr(g, "caller", Caller("other"))])
    assert client.get(f"/api/v1/presets/{private['id']}").status_code == 404
    assert client.post("/api/v1/jobs", json={"preset": private["id"]}).status_code == 404
    seen = client.get(f"/api/v1/presets/{public['id']}").json
    assert seen["mine"] is False
    assert client.get("/api/v1/presets").json["items"] == []
    shared = client.get("/api/v1/presets?public=1").json["items"]
    assert public["id"] in {each["id"] for each in shared} and all(each["public"] for each in shared)
    for answer in (
        client.patch(f"/api/v1/presets/{public['id']}", json={"name": "Stolen"}),
        client.put(f"/api/v1/presets/{public['id']}", json={"name": "Stolen", "style_params": STYLE}),
        client.delete(f"/api/v1/presets/{public['id']}"),
    ):
        assert (answer.status_code, answer.json["code"]) == (404, "NOT_FOUND")
    assert client.post("/api/v1/presets", json={"name": "Public", "style_params": STYLE}).status_code == 201


def test_presets_come_in_pages(client: DocumentedClient) -> None:
    for number in range(3):
        client.post("/api/v1/presets", json={"name": f"Paged {number}", "command": "split"})
    first = client.get("/api/v1/presets?command=split&limit=2").json
    second = client.get("/api/v1/presets", query_string={"command": "split", "cursor": first["next_cursor"]}).json
    names = [each["name"] for page in (first, second) for each in page["items"]]
    assert names == ["Paged 2", "Paged 1", "Paged 0"] and second["next_cursor"] is None
