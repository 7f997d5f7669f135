"""Every sound that there is, and finding one by words. Light: the server lists them."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from engine.drama.sounds.own import PREFIX, own_sound, own_sounds
from engine.drama.sounds.sound import Kind, Sound
from engine.drama.sounds.words import named, tags, words_of
from engine.errors import AppError, Code, invalid
from engine.models.catalogue import MODELS

MADE = "made:"
LICENCE = "GPL-3.0-or-later"
"""Of our synthesisers, as of the program; what they make belongs to whoever makes it."""


@cache
def made() -> dict[str, dict[str, Any]]:
    """The rows of `made.toml`."""
    return _table("made.toml")


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))


@cache
def built_in() -> dict[str, Sound]:
    """Ours and those of packages, by id."""
    found: list[Sound] = []
    for name, row in made().items():
        own_tags = tuple(row.get("tags", [name]))
        kind = tags()[own_tags[0]].kind
        parameters = {each: (float(a), float(b), float(c)) for each, (a, b, c) in row.get("parameters", {}).items()}
        loops = kind == "ambience" or row.get("repeats", False)
        found.append(
            Sound(MADE + name, kind, own_tags, loops, licence=LICENCE, parameters=parameters, quality=row["quality"])
        )
    for model, package in _table("packages.toml").items():
        for file, row in package["files"].items():
            kind = tags()[row["tags"][0]].kind
            found.append(
                Sound(
                    f"{package['prefix']}:{file.rpartition('.')[0]}", kind, tuple(row["tags"]), kind == "ambience",
                    row["duration_s"], row["credit"], package["licence"], model, quality=row["quality"],
                )
            )  # fmt: skip
    return {sound.id: sound for sound in found}


def sounds(models_dir: Path | None = None, folder: Path | None = None) -> list[Sound]:
    """Every sound: the user's own in `folder`, then ours and those of packages, by tag and quality.

    With `models_dir` only the packages that are there; without, all of them.
    """
    known = sorted(built_in().values(), key=lambda sound: (sound.kind, sound.tags[0], -sound.quality))
    return own_sounds(folder) + [sound for sound in known if models_dir is None or installed(sound, models_dir)]


def find(
    words: str,
    kind: Kind | None = None,
    language: str | None = None,
    folder: Path | None = None,
    *,
    commercial_use: bool = False,
) -> list[Sound]:
    """Sounds that words in any of the three languages name, or a tag, the best first: the user's own, then by how many
    letters name them, then by quality.

    `kind`: only these. `language`: words of this one only. `commercial_use`: only what may be used so. Nothing is
    found where no word is known.
    """
    wanted, asked = named(words, language), words_of(words)
    ranked: list[tuple[bool, int, bool, float, Sound]] = []
    for sound in sounds(folder=folder):
        if kind not in (None, sound.kind) or (commercial_use and not _commercial(sound)):
            continue
        hits = ((wanted[tag], tag == sound.tags[0]) for tag in sound.tags if tag in wanted)
        letters, is_first = max(hits, default=(0, False))
        is_own = sound.id.startswith(PREFIX)
        if is_own and asked:
            said = words_of(sound.id.removeprefix(PREFIX).rpartition(".")[0])
            if all(word in said for word in asked):
                letters = max(letters, sum(map(len, asked)))
        if letters:
            ranked.append((is_own, letters, is_first, sound.quality, sound))
    ranked.sort(key=lambda row: row[:4], reverse=True)
    return [row[4] for row in ranked]


def first(
    words: str, kind: Kind | None = None, folder: Path | None = None, *, commercial_use: bool = False
) -> str | None:
    """Id of the best sound for words or a tag; None where there is none."""
    found = find(words, kind, folder=folder, commercial_use=commercial_use)
    return found[0].id if found else None


def _commercial(sound: Sound) -> bool:
    """Whether it may be used so; for the licences of the user's own sounds they answer."""
    return sound.model is None or MODELS[sound.model].commercial_use


def sound_of(sound_id: str, folder: Path | None = None) -> Sound:
    """The sound with this id. Raises NOT_FOUND `no_such_sound`."""
    if sound_id.startswith(PREFIX):
        return own_sound(sound_id, folder)
    known = built_in()
    if sound_id not in known:
        raise AppError(Code.NOT_FOUND, "no_such_sound", sound=sound_id[:200])
    return known[sound_id]


def installed(sound: Sound, models_dir: Path) -> bool:
    """Whether nothing has to be fetched for it."""

    return sound.model is None or package_file(sound, models_dir) is not None


def package_file(sound: Sound, models_dir: Path) -> Path | None:
    """The file of a package's sound, where it is there."""
    assert sound.model is not None
    path = models_dir / sound.model / _file_names()[sound.id]
    return path if path.is_file() else None


@cache
def _file_names() -> dict[str, str]:
    return {
        f"{package['prefix']}:{file.rpartition('.')[0]}": file
        for package in _table("packages.toml").values()
        for file in package["files"]
    }


def stand_in(sound: Sound) -> Sound | None:
    """The best of ours with the same first tag, or else another of its tags: heard where a package is not had."""
    for tag in sound.tags:
        found = [each for each in built_in().values() if each.model is None and tag in each.tags]
        if found:
            return max(found, key=lambda each: (each.tags[0] == tag, each.quality))
    return None


def title_of(sound: Sound, language: str) -> str:
    """What people call it: the user's own by its file, ours by its tag, a recording by both."""
    if sound.title:
        return sound.title
    name = sound.id.rpartition(":")[2]
    if sound.model is None and "title" in made()[name]:
        return str(made()[name]["title"][language])
    title = tags()[sound.tags[0]].title[language]
    return title if sound.model is None else f"{title} · {name.rpartition('/')[2].replace('-', ' ')}"


def checked_parameters(sound: Sound, given: dict[str, float]) -> dict[str, float]:
    """Every parameter of a sound, as usual where not given. Raises INVALID_INPUT `sound_parameter`, `number_range`."""
    if unknown := set(given) - set(sound.parameters):
        raise invalid(
            "sound_parameter", name=sorted(unknown)[0][:40], sound=sound.id, known=", ".join(sound.parameters)
        )
    values = {name: usual for name, (_, usual, _) in sound.parameters.items()}
    for name, value in given.items():
        low, _, high = sound.parameters[name]
        if not low <= value <= high:
            raise invalid("number_range", name=name, low=low, high=high)
        values[name] = float(value)
    return values
