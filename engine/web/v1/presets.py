"""Presets over REST."""

import json
from typing import Any

from pydantic import ValidationError

from engine.commands import command
from engine.errors import Code, invalid
from engine.library import presets as library
from engine.library.presets import Presets
from engine.match.style import StyleParams
from engine.parameters import problems_of
from engine.text import label
from engine.web.me import caller, me
from engine.web.v1.cursors import cursor, place_of
from engine.web.v1.ground import Ground
from engine.web.v1.models import CursorPage
from engine.web.v1.operations import Answer, Surface
from engine.web.v1.preset_models import NewPreset, PresetChange, PresetsQuery, PresetView

TAG = "presets"
_ANSWER = {200: Answer(PresetView, "The preset.")}


def add(surface: Surface, ground: Ground) -> None:
    presets = Presets(ground.database)

    @surface.on("GET", "/presets", TAG, {200: Answer(CursorPage[PresetView], "Presets.")}, query=PresetsQuery)
    def list_presets(query: PresetsQuery) -> CursorPage[PresetView]:
        """List your presets, or the public ones, the newest first."""
        after = place_of(query.cursor, float, str) if query.cursor else None
        found = presets.page(
            caller().user, limit=query.limit + 1, after=(after[0], after[1]) if after else None,
            command=query.command, public=query.public,
        )  # fmt: skip
        more, found = len(found) > query.limit, found[: query.limit]
        behind = cursor(found[-1].created_at, found[-1].id) if more else None
        return CursorPage[PresetView](items=[_told(each) for each in found], next_cursor=behind)

    @surface.on("POST", "/presets", TAG, {201: Answer(PresetView, "It is kept.")}, body=NewPreset,
                errors=(Code.CONFLICT, Code.DISK_FULL))  # fmt: skip
    def create_preset(body: NewPreset) -> Any:
        """Keep parameters under a name."""
        name, params = _params(body)
        return _told(presets.add(caller().user, _name(body.name), name, params, public=body.public)), 201

    @surface.on("GET", "/presets/<preset_id>", TAG, _ANSWER, errors=(Code.NOT_FOUND,))
    def get_preset(preset_id: str) -> PresetView:
        """A preset: your own, or a public one."""
        return _told(presets.find(preset_id, caller().user))

    @surface.on("PUT", "/presets/<preset_id>", TAG, _ANSWER, body=NewPreset,
                errors=(Code.NOT_FOUND, Code.CONFLICT, Code.DISK_FULL))  # fmt: skip
    def replace_preset(preset_id: str, body: NewPreset) -> PresetView:
        """Put other values in the place of your preset's."""
        name, params = _params(body)
        values = {"name": _name(body.name), "command": name, "params": params, "public": body.public}
        return _told(presets.change(preset_id, caller().user, **values))

    @surface.on("PATCH", "/presets/<preset_id>", TAG, _ANSWER, body=PresetChange,
                errors=(Code.NOT_FOUND, Code.CONFLICT, Code.DISK_FULL))  # fmt: skip
    def change_preset(preset_id: str, body: PresetChange) -> PresetView:
        """Change some values of your preset."""
        values: dict[str, Any] = {}
        if body.name is not None:
            values["name"] = _name(body.name)
        if body.public is not None:
            values["public"] = body.public
        known = presets.find(preset_id, caller().user).command
        if body.style_params is not None:
            if known != "match":
                raise invalid("preset_without_style")
            values["params"] = _of_style(body.style_params)
        elif body.params is not None:
            values["params"] = _checked(known, body.params)
        return _told(presets.change(preset_id, caller().user, **values))

    @surface.on("DELETE", "/presets/<preset_id>", TAG, {204: Answer(said="It is gone.")},
                errors=(Code.NOT_FOUND, Code.DISK_FULL))  # fmt: skip
    def delete_preset(preset_id: str) -> None:
        """Delete your preset. Jobs that were made with it stay as they are."""
        presets.delete(preset_id, caller().user)


def _params(body: NewPreset) -> tuple[str, dict[str, Any]]:
    """Command and parameters of what is to be kept. Raises INVALID_INPUT."""
    if body.style_params is not None:
        return "match", _of_style(body.style_params)
    assert body.command is not None
    return body.command, _checked(body.command, body.params or {})


def _of_style(style: StyleParams) -> dict[str, Any]:
    return {"style": style.model_dump_json()}


def _checked(name: str, params: dict[str, Any]) -> dict[str, Any]:
    """`params` themselves, where the command takes each of them; others may be missing. Raises INVALID_INPUT."""
    try:
        command(name, debug=me.settings.debug).params.model_validate(params)
    except ValidationError as error:
        each = zip(error.errors(include_url=False, include_input=False), problems_of(error), strict=False)
        problems = [said for kind, said in each if kind["type"] != "missing" and kind["loc"]]
        if problems:
            raise invalid("invalid_params", detail={"fields": problems[:50]}, problems=problems[:5]) from None
    return params


def _name(text: str) -> str:
    name = label(text)
    if not name:
        raise invalid("preset_name_form")
    return name


def _told(preset: library.KeptPreset) -> PresetView:
    style = preset.params.get("style") if preset.command == "match" else None
    facts = {name: value for name, value in vars(preset).items() if name != "user_id"}
    return PresetView(**facts, style_params=json.loads(style) if style else None, mine=preset.user_id == caller().user)
