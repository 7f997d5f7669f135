"""What a folder of sounds holds, as a table and as playlists."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.library.m3u import M3uEntry, as_titled, m3u
from engine.messages import LANGUAGES, catalogue, translate
from engine.tag.facts import CATEGORIES
from engine.text import file_label

_STEP_BPM = 10
COLUMNS = ("file", "title", "artist", "duration_s", "kind", "bpm", "bpm_confidence", "key", "camelot", "open_key",
           "key_confidence", *CATEGORIES, "sections", "loudness_lufs", "true_peak_dbtp", "energy", "error")  # fmt: skip

Row = Mapping[str, Any]
"""A file of the folder: `file`, its path below it; `path`; `result` of its analysis, or `error`, a sentence."""


def as_csv(rows: Iterable[Row]) -> str:
    """A table with COLUMNS; no cell of it is a formula for a spreadsheet."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for row in rows:
        told = _cells(row)
        table.writerow([_harmless(told.get(name)) for name in COLUMNS])
    return text.getvalue()


def _cells(row: Row) -> dict[str, Any]:
    found = row.get("result") or {}
    parts = {name: found.get(name) or {} for name in ("track", "sound", "tempo", "key", "levels", "measures")}
    return {
        "file": row["file"],
        "error": row.get("error"),
        **{name: parts["track"].get(name) for name in ("title", "artist", "duration_s")},
        "kind": parts["sound"].get("kind"),
        "bpm": parts["tempo"].get("bpm"),
        "bpm_confidence": parts["tempo"].get("confidence"),
        "key": parts["key"].get("name"),
        **{name: parts["key"].get(name) for name in ("camelot", "open_key")},
        "key_confidence": parts["key"].get("confidence"),
        **{name: "; ".join(tag["name"] for tag in tags) for name, tags in (found.get("tags") or {}).items()},
        "sections": " ".join(one["label"] for one in found.get("sections") or ()),
        **{name: parts["levels"].get(name) for name in ("loudness_lufs", "true_peak_dbtp")},
        "energy": parts["measures"].get("energy"),
    }


def _harmless(value: Any) -> Any:
    """Text that a spreadsheet would compute is put behind an apostrophe (OWASP, CSV injection)."""
    return (
        f"'{value}"
        if isinstance(value, str) and value.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
        else value
    )


def playlists(rows: Sequence[Row], language: str) -> dict[str, str]:
    """By file name: one for each mood, each ten beats a minute and each key that there is."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        for name in _groups(row.get("result") or {}, language):
            groups.setdefault(name, []).append(row)
    return {
        f"{file_label(name)}.m3u8": m3u((_entry(row) for row in group), name) for name, group in sorted(groups.items())
    }


def prefixes() -> tuple[str, ...]:
    """What the names of such playlists begin with, in any language."""
    kinds = [(kind, language) for kind in ("mood", "tempo", "key") for language in LANGUAGES]
    return tuple(translate(f"report.playlist.{kind}", language, name="|").partition("|")[0] for kind, language in kinds)


def _groups(found: Mapping[str, Any], language: str) -> list[str]:
    known, names = catalogue(language), []
    for tag in (found.get("tags") or {}).get("mood", ()):
        mood = known.get(f"term.tag.mood/{tag['name']}", tag["name"])
        names.append(translate("report.playlist.mood", language, name=mood))
    if bpm := (found.get("tempo") or {}).get("bpm"):
        low = int(bpm // _STEP_BPM) * _STEP_BPM
        names.append(translate("report.playlist.tempo", language, name=f"{low}–{low + _STEP_BPM - 1}"))
    if (key := found.get("key") or {}).get("name"):
        place = f"{key['camelot']} " if key.get("camelot") else ""
        names.append(translate("report.playlist.key", language, name=f"{place}{key['name']}"))
    return names


def _entry(row: Row) -> M3uEntry:
    track = row["result"]["track"]
    return M3uEntry(str(Path(row["path"])), as_titled(track.get("artist"), track["title"]), track["duration_s"])
