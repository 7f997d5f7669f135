"""Every voice that can be cast, as `voices.toml` lists them. Light: the server knows them."""

import tomllib
from pathlib import Path
from typing import Any, get_args

from engine.drama.project import Age, Language
from engine.drama.voices.utterance import Voice
from engine.errors import AppError, Code
from engine.models.catalogue import MODELS

OWN = "megatts3"
"""The engine whose voices are clips of the user's: see `own_voices`."""
VERSIONS = {"kokoro": 1, "silero": 1, "piper": 2, "espeak": 1, "megatts3": 1}
"""Engine -> a number that grows whenever the same utterance would sound different."""

SPEAKS: dict[str, tuple[Language, ...]] = {"kokoro": ("en", "zh"), OWN: ("en", "zh")}
"""Engines whose every voice speaks more than its own language."""


def _voices(row: dict[str, Any]) -> list[Voice]:
    engine, said, found = row["engine"], row.pop("voices"), []
    for name, (gender, grade, *more) in said.items():
        age = next((word for word in more if word in get_args(Age)), "adult")
        title = name.partition("_")[2] or name
        common = {"id": f"{engine}:{name}", "name": title.capitalize(), "gender": gender, "grade": grade, "age": age}
        found.append(Voice(**row, **common, narrates="narrates" in more))
    return found


_FILE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
VOICES = {voice.id: voice for row in _FILE["engines"] for voice in _voices(row)}
"""Every voice by id, the best engines first."""
SAMPLES: dict[Language, str] = _FILE["samples"]
"""What voices of a language are heard by: about ten seconds."""


def engine_of(voice: str) -> str:
    """The engine in `ENGINE:NAME` and `ENGINE:NAME+OTHER@0.3`. Raises NOT_FOUND for an unknown one."""
    engine = voice.partition(":")[0]
    if engine not in VERSIONS:
        raise AppError(Code.NOT_FOUND, "unknown_voice", voice=voice[:60])
    return engine


def parts_of(voice: str) -> tuple[str, str | None, float]:
    """What stands behind the engine's name: the voice, the one that is blended in, and its share."""
    name, _, blend = voice.partition(":")[2].partition("+")
    other, _, share = blend.partition("@")
    return name, other or None, float(share or 0)


def known(voice: str) -> Voice:
    """The voice, a blend's first one; any of the user's own. Raises NOT_FOUND for one that no engine has, a blend's
    second one included."""
    engine = engine_of(voice)
    name, other, _ = parts_of(voice)
    if engine == OWN:
        return Voice(f"{OWN}:{name}", name, OWN, "en", "unknown")
    for each in (name, *([other] if other else ())):
        if f"{engine}:{each}" not in VOICES:
            raise AppError(Code.NOT_FOUND, "unknown_voice", voice=f"{engine}:{each}"[:60])
    return VOICES[f"{engine}:{name}"]


def languages_of(voice: str) -> tuple[Language, ...]:
    """Of which a voice can say something. Raises NOT_FOUND as `known` does."""
    found = known(voice)
    return SPEAKS.get(found.engine, (found.language,))


def models_of(engine: str) -> list[str]:
    """Rows of the model catalogue that an engine reads."""
    return list(dict.fromkeys(each.model for each in VOICES.values() if each.engine == engine and each.model))


def version_of(engine: str) -> str:
    """What a line's key holds of the engine: our version of it, and the checksum of its first file."""
    checksums = [(MODELS[model].files[0].sha256 or "")[:12] for model in models_of(engine)]
    return "-".join([engine, str(VERSIONS[engine]), *checksums])
