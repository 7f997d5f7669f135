"""A style written as files for other programs: asked of a light worker by the page."""

import zipfile
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from engine.audio.layouts import STEREO
from engine.errors import invalid
from engine.match.export import export_preset
from engine.match.spot import response
from engine.match.style import StyleParams
from engine.parameters import problems_of
from engine.text import file_label

SUFFIX = {
    "json": ".json", "ir_wav": ".wav", "equalizer_apo": ".txt", "camilladsp": ".yml", "vstpreset": ".vstpreset",
}  # fmt: skip
ZIP = "zip"
"""All of them, and the impulse response that two of them name."""


def write_export(
    style: dict[str, Any], form: str, target: Path, rate_hz: int, name: str, impulse_response: Path | None
) -> str:
    """Write `style` as a file of `form` (SUFFIX, or ZIP); the name that it should have.

    `impulse_response`: the file that the style's `ir_key` names. Raises INVALID_INPUT `match_export_form`,
    `match_style_form`.
    """
    if form not in (*SUFFIX, ZIP):
        raise invalid("match_export_form")
    try:
        wanted = StyleParams.model_validate(style)
    except ValidationError as error:
        raise invalid("match_style_form", reason=problems_of(error)[:1]) from None
    name = file_label(name) or "match"
    used = impulse_response if wanted.reverb and wanted.reverb.ir_key else None
    given = response(used, rate_hz, STEREO) if used else None
    files = export_preset(wanted, name, rate_hz=rate_hz, impulse_response=given)
    if form == ZIP:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for file, content in files.items():
                archive.writestr(file, content)
        return f"{name}.zip"
    file = f"{name}{SUFFIX[form]}"
    target.write_bytes(files[file])
    return file
