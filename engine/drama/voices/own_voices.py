"""The user's own voices: clips in `<output>/voices/`, for engines that speak as somebody else does. Light."""

import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import get_args

from engine.drama.project import Gender, Language
from engine.drama.voices.utterance import Voice
from engine.drama.voices.voices import OWN

SOUNDS = (".wav", ".mp3", ".flac", ".ogg", ".m4a")
NAME = re.compile(r"[\w-]{1,40}")
MOST = 500


def own_voices(folder: Path) -> dict[str, Voice]:
    """Voices by id. A file is called `NAME.wav`, or with what is known of the voice between: `NAME.zh.female.wav`;
    a latent of it is `NAME.npy`, or `NAME.zh.female.npy`."""
    found: dict[str, Voice] = {}
    for path in _clips(folder):
        name, *facts = path.stem.split(".")
        language: Language = next((each for each in get_args(Language) if each in facts), "en")
        gender: Gender = next((each for each in get_args(Gender) if each in facts), "unknown")
        voice = Voice(f"{OWN}:{name}", name, OWN, language, gender, grade=0.7)
        found.setdefault(voice.id, voice)
    return found


def clip_of(folder: Path, name: str) -> Path | None:
    """The file of a voice; None where there is none."""
    return next((path for path in _clips(folder) if path.stem.split(".")[0] == name), None)


def latent_of(clip: Path) -> Path | None:
    """What lies beside a clip for engines that want it; None where nothing does."""
    path = clip.with_suffix(".npy")
    return path if path.is_file() else None


def digest_of(folder: Path, name: str) -> str:
    """Of what a voice is made of, its clip and its latent: another one where either was replaced; empty where there is
    no clip. Files that have not changed are not read again."""
    clip = clip_of(folder, name)
    if clip is None:
        return ""
    try:
        parts = [
            _digest(path, (stat := path.stat()).st_size, stat.st_mtime_ns) for path in (clip, latent_of(clip)) if path
        ]
    except OSError:  # removed meanwhile
        return ""
    return "-".join(parts)


@lru_cache(MOST)
def _digest(path: Path, size: int, changed_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _clips(folder: Path) -> list[Path]:
    try:
        paths = sorted(folder.iterdir())
    except OSError:  # no such folder
        return []
    clips = [path for path in paths if path.suffix.lower() in SOUNDS and NAME.fullmatch(path.stem.split(".")[0])]
    return [path for path in clips if path.is_file()][:MOST]
