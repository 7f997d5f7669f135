"""Records of tracks that somebody has listened to, for tests of the index and of the search."""

import base64
import time
import uuid
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine.library.record import EngineInfo, Levels, Record, RecordParameters
from engine.parameters import Format
from engine.tag.labels import tag_names


def record(name: str, facts: dict[str, Any], **more: Any) -> Record:
    return Record(
        id=uuid.uuid4().hex, job_id=uuid.uuid4().hex, job_index=0, made_title=name, name=name,
        file=f"{name}.wav", command="debug", created_at=time.time(), duration_s=1.0, samples=44100,
        levels=Levels(loudness_lufs=-14.0), engine=EngineInfo(name="debug", version="0"),
        parameters=RecordParameters(
            format=Format.WAV, format_requested=Format.WAV, sample_rate=44100, sample_rate_requested="original",
            bit_depth="24", bit_depth_requested="24", channels=2, channels_original=2,
        ),
        **{"model": "debug", "prompt": "", "title": name, "facts": facts, **more},
    )  # fmt: skip


def tagged(bpm: float | None, key: str | None, *tags: str) -> dict[str, Any]:
    """Facts with these tags, each as CATEGORY/NAME."""
    said = [dict(zip(("category", "name"), tag.split("/"), strict=True), source="musicnn") for tag in tags]
    return {"tempo": {"bpm": bpm, "source": "model"}, "key": {"name": key, "source": "chroma"}, "tags": said}


def as_text(values: ArrayLike) -> str:
    return base64.b64encode(np.asarray(values, "<f2").tobytes()).decode()


def listened(seed: int, *heard: str, bpm: float | None = None, key: str | None = None) -> dict[str, Any]:
    """Facts as `/tag` makes them of a piece of which musicnn is sure that these tags are `heard`, and of no others."""
    numbers = np.random.default_rng(seed)
    labels = numbers.uniform(0.01, 0.05, 100)
    for tag in tag_names():
        if tag.name in heard:
            labels[list(tag.labels)] = 0.9
    vectors = {"musicnn": as_text(numbers.normal(size=400)), "musicnn-labels": as_text(labels)}
    return {"vectors": vectors, "sound": {"singing": 0.1}, "measures": {"energy": 0.5, "brightness_hz": 1500.0},
            "tempo": {"bpm": bpm}, "key": {"name": key}}  # fmt: skip
