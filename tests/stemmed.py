"""Tracks with stems as files on disk, in any format and of any sound."""

import time
import uuid
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.audio.decode import probe
from engine.audio.encode import write
from engine.audio.layouts import Layout
from engine.library.record import EngineInfo, Levels, Record, RecordParameters, StemFile
from engine.parameters import BitDepth, Format
from engine.settings import Settings

RATE_HZ = 44_100


def noise(seconds: float, seed: int, channels: int = 2, rate_hz: int = RATE_HZ, level: float = 0.3) -> np.ndarray:
    """float32 [channels, samples], uniform within ±level."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-level, level, (channels, round(seconds * rate_hz))).astype(np.float32)


def make_stemmed(
    settings: Settings,
    stems: Mapping[str, np.ndarray],
    *,
    name: str = "stemmed",
    title: str = "",
    rate_hz: int = RATE_HZ,
    layout: Layout | None = None,
    format: Format = Format.WAV,  # noqa: A002
    bit_depth: BitDepth = "32f",
    tags: Mapping[str, str] | None = None,
) -> Record:
    """A track whose sound is the sum of its stems, with its record; the library finds it at its next look."""
    settings.audio_dir.mkdir(parents=True, exist_ok=True)
    folder = settings.output / "stems" / name
    folder.mkdir(parents=True)
    entries = []
    for stem, audio in stems.items():
        path = folder / f"{stem}.{format}"
        write(path, audio, rate_hz, layout=layout, format=format, bit_depth=bit_depth)
        info = probe(path)
        facts: dict[str, Any] = {"samples": info.samples, "rate_hz": info.rate_hz, "channels": info.channels}
        entries.append(StemFile(name=stem, file=path.name, duration_s=info.duration_s, **facts))
    longest = max(audio.shape[1] for audio in stems.values())
    channels = max(audio.shape[0] for audio in stems.values())
    total = np.zeros((channels, longest), np.float32)
    for audio in stems.values():
        total[:, : audio.shape[1]] += audio
    file = settings.audio_dir / f"{name}.wav"
    write(file, total, rate_hz, format=Format.WAV, bit_depth="32f", tags=tags)
    record = Record(
        id=uuid.uuid5(uuid.NAMESPACE_OID, name).hex,
        job_id=uuid.uuid5(uuid.NAMESPACE_URL, name).hex,
        title=title or name,
        made_title=title or name,
        name=name,
        file=file.name,
        command="generate",
        model="composer",
        prompt="stems to mix",
        created_at=time.time(),
        parameters=RecordParameters.model_validate(
            {
                "format": "wav", "format_requested": "wav", "sample_rate": rate_hz, "sample_rate_requested": "original",
                "bit_depth": "32f", "bit_depth_requested": "32f", "channels": channels, "channels_original": channels,
            }
        ),
        duration_s=longest / rate_hz,
        samples=longest,
        levels=Levels(),
        stems=entries,
        engine=EngineInfo(name="composer", version="1"),
    )  # fmt: skip
    (settings.audio_dir / f"{name}.json").write_text(record.model_dump_json(), encoding="utf-8")
    return record
