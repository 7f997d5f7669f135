"""The record's JSON Schema is in the repository, agrees with the model, and documents every field."""

import json
from pathlib import Path
from typing import Any

import engine.library.record as record_module
from engine.library.record import record_schema

SCHEMA = Path(record_module.__file__).with_name("record.schema.json")


def test_the_schema_file_is_the_model() -> None:
    assert json.loads(SCHEMA.read_text()) == record_schema(), "run: python -m engine.library.record"


def test_every_field_says_what_it_means() -> None:
    schema = record_schema()
    objects: list[dict[str, Any]] = [schema, *schema["$defs"].values()]
    missing = [
        f"{obj.get('title')}.{name}"
        for obj in objects
        for name, field in obj.get("properties", {}).items()
        if not field.get("description")
    ]
    assert missing == []


def test_it_carries_the_fields_of_the_brief() -> None:
    schema = record_schema()
    parameters = set(schema["$defs"]["RecordParameters"]["properties"])
    assert parameters >= {
        "seed", "format", "format_requested", "format_note", "sample_rate", "channels", "channels_original",
        "audio_prompt", "continuation_source", "continuation_original_seconds", "append_mode", "auto_tune",
        "multi_band_diffusion", "stem_split", "continuation_loudness_gain_applied",
    }  # fmt: skip
    assert set(schema["properties"]) >= {
        "model", "prompt", "parameters", "postprocess", "command", "sources", "duration_s", "levels", "engine",
        "timings", "favourite", "locked",
    }  # fmt: skip
