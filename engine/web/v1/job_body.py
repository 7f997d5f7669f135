"""The body of `POST /jobs`: one model of all commands, made when somebody asks for the document."""

from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, RootModel, create_model

from engine.commands import commands
from engine.errors import invalid
from engine.web.v1.job_models import NewJob, PresetJob, StyleMatchJob, TypedJob
from engine.web.v1.operations import checked


class CommandJob(NewJob):
    """A command with its parameters."""

    command: str = Field(max_length=40, description="The command.")
    params: dict[str, Any] = Field({}, description="Its parameters.")


FORMS: dict[str, type[NewJob]] = {
    "mode": StyleMatchJob, "preset": PresetJob, "text": TypedJob, "command": CommandJob,
}  # fmt: skip
"""By the field that tells them apart, the first one that is there."""


def new_job(*, debug: bool) -> Any:
    """The model: a union, told apart by `command` where it has one, of what each command takes."""
    forms = [_form(command) for command in commands(debug=debug).values()]
    of_commands: Any = Annotated[reduce(or_, forms), Field(discriminator="command")]

    class JobRequest(RootModel[of_commands | TypedJob | PresetJob | StyleMatchJob]):
        """A job to be done, in one of the forms in which it can be asked for."""

        model_config = ConfigDict(title="JobRequest")

    return JobRequest


def _form(command: Any) -> Any:
    name = "".join(part.capitalize() for part in command.name.split("_"))
    named: Any = (Literal[command.name], Field(description=command.summary))
    wanted = any(field.is_required() for field in command.params.model_fields.values())
    params = (command.params, Field(... if wanted else None, description="Its parameters."))
    return create_model(f"{name}Job", __base__=NewJob, __doc__=command.summary, command=named, params=params)


Form = CommandJob | TypedJob | PresetJob | StyleMatchJob


def asked(body: Any) -> Form:
    """The form that a body has. Raises INVALID_INPUT."""
    if not isinstance(body, dict):
        raise invalid("params_not_object")
    forms: dict[str, type[NewJob]] = {
        "mode": StyleMatchJob,
        "preset": PresetJob,
        "text": TypedJob,
        "command": CommandJob,
    }
    form = next((form for name, form in forms.items() if name in body), None)
    if form is None:
        raise invalid("job_form")
    found: Form = checked(form, body)
    return found
