"""Many tracks at once, as files on disk: what a library looks like after a year of use."""

import struct
import uuid
from pathlib import Path

from engine.library.record import EngineInfo, Levels, Record, RecordParameters

RATE_HZ = 8000
MOODS = ("calm", "bright", "dark", "тихий", "быстрый", "安静的", "明亮的")
STYLES = ("piano", "jazz trio", "lo-fi beat", "вальс", "синтвейв", "古筝", "电子乐")


def silence(samples: int) -> bytes:
    """A WAV file of 16-bit silence, mono."""
    data = bytes(2 * samples)
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, RATE_HZ, 2 * RATE_HZ,
                       2, 16, b"data", len(data))  # fmt: skip
    return head + data


def make_tracks(audio_dir: Path, count: int, *, first_at: float = 1_700_000_000.0) -> list[Record]:
    """`count` tracks with their records, a minute apart, the newest last; every seventh is a favourite."""
    audio_dir.mkdir(parents=True, exist_ok=True)
    records = []
    for number in range(count):
        samples = RATE_HZ // 10 * (1 + number % 30)
        name = f"composer_{number}_made"
        command = "generate" if number % 5 else "debug"
        title = f"{MOODS[number % len(MOODS)]} {STYLES[number // 7 % len(STYLES)]}, take {number}"
        record = Record(
            id=uuid.uuid5(uuid.NAMESPACE_OID, name).hex,
            job_id=uuid.uuid5(uuid.NAMESPACE_URL, name).hex,
            name=name,
            file=f"{name}.wav",
            command=command,
            model="composer" if command == "generate" else "debug",
            title=title,
            made_title=title,
            prompt=title,
            artist="Анна К" if number % 11 == 0 else None,
            created_at=first_at + 60.0 * number,
            parameters=RecordParameters.model_validate(
                {
                    "seed": number, "format": "wav", "format_requested": "wav", "sample_rate": RATE_HZ,
                    "sample_rate_requested": "original", "bit_depth": "16", "bit_depth_requested": "16",
                    "channels": 1, "channels_original": 1,
                }
            ),
            duration_s=samples / RATE_HZ,
            samples=samples,
            levels=Levels(),
            engine=EngineInfo(name="composer", version="1"),
            favourite=number % 7 == 0,
        )  # fmt: skip
        (audio_dir / record.file).write_bytes(silence(samples))
        (audio_dir / f"{name}.json").write_text(record.model_dump_json(), encoding="utf-8")
        records.append(record)
    return records
