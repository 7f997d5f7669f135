"""Tracks on disk that `/tag` seems to have heard: facts as it writes them, without a model."""

from pathlib import Path
from typing import Any

import numpy as np

from engine.library.record import Record
from engine.tag.facts import TAGGER_VERSION
from tests.made_tracks import make_tracks
from tests.tagged import as_text, listened, tagged


def heard(tags: tuple[str, ...], bpm: float, key: str, way: tuple[float, ...]) -> dict[str, Any]:
    """Facts of a track on which musicnn hears `tags`, CATEGORY/NAME, and whose embedding begins with `way`."""
    embedding = np.zeros(400)
    embedding[: len(way)] = way
    facts = listened(1, *(tag.split("/")[1] for tag in tags)) | tagged(bpm, key, *tags)
    facts["vectors"]["musicnn"] = as_text(embedding)
    return facts | {"analysis": {"version": TAGGER_VERSION, "models": ["musicnn"]}}


def make_heard(audio_dir: Path, tracks: dict[str, dict[str, Any]], *, untagged: int = 0) -> list[Record]:
    """Tracks of these titles with these facts, the newest last, after `untagged` others."""
    records = make_tracks(audio_dir, untagged + len(tracks))
    for record, (title, facts) in zip(records[untagged:], tracks.items(), strict=True):
        record.title = record.made_title = record.prompt = title
        record.facts = facts
        record.command, record.model, record.favourite = "generate", "composer", False
        (audio_dir / f"{record.name}.json").write_text(record.model_dump_json(), encoding="utf-8")
    return records[untagged:]
