"""What every command must keep to, built in or a plug-in."""

from pathlib import Path
from typing import Any

from engine.command import Command, Lane
from engine.messages import LANGUAGES, catalogue
from engine.parameters import OutputParams, Params


def check_command(command: Command[Any], sample: Params) -> None:
    """Its parameters are documented, labelled and translated; what it says of `sample` is of the right kind."""
    fields = command.params.model_fields
    assert [name for name, field in fields.items() if not field.description] == [], "without a description"
    assert [name for name, field in fields.items() if not field.title] == [], "without a label"
    wanted = [f"command.{command.name}.summary"]
    for name in fields:
        group = "output" if name in OutputParams.model_fields else command.name
        wanted += [f"param.{group}.{name}.title", f"param.{group}.{name}.hint"]
    for language in LANGUAGES[1:]:
        assert [key for key in wanted if not catalogue(language).get(key)] == [], f"not translated: {language}"
    assert command.summary and command.params.model_json_schema()["properties"]
    assert command.lane(sample) in Lane and command.device_key(sample)
    assert command.memory_mb(sample, "cpu", Path("models")) >= 0 and command.max_concurrency(sample, 4.0) >= 1
    assert isinstance(command.follow_ups(sample), list)
    assert command.runner.count(":") == 1
