"""Plans: how much a user may use."""

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from engine.errors import invalid

STANDARD = "standard"


class Allowance(BaseModel):
    """What one user may use at most; None for no limit."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    jobs_waiting: int | None = Field(None, ge=0, description="Jobs that wait at the same time.")
    minutes_a_day: float | None = Field(None, ge=0, description="Minutes of sound made within 24 hours.")
    gigabytes: float | None = Field(None, ge=0, description="Gigabytes (10^9 bytes) of tracks, stems and uploads kept.")


class Plans:
    """Those of `plans.toml` in the settings folder, else of the program. Raises INVALID_INPUT for a broken file."""

    def __init__(self, folder: Path) -> None:
        own = folder / "plans.toml"
        path = own if own.exists() else Path(__file__).parent / "plans.toml"
        try:
            found = tomllib.loads(path.read_text(encoding="utf-8"))
            self._plans = TypeAdapter(dict[str, Allowance]).validate_python(found)
        except (OSError, ValueError, ValidationError) as error:
            reason = str(error).splitlines()[0][:200]
            raise invalid("plans_unreadable", reason=reason, plan=STANDARD) from error
        if STANDARD not in self._plans:
            raise invalid("plans_unreadable", reason=STANDARD, plan=STANDARD)

    def checked(self, name: str) -> str:
        """The name of a plan. Raises INVALID_INPUT for one that is not there."""
        if name not in self._plans:
            raise invalid("plan_unknown", name=name[:40], known=", ".join(self._plans))
        return name

    def get(self, name: str) -> Allowance:
        """The standard one for a name that is no longer there."""
        return self._plans.get(name, self._plans[STANDARD])
