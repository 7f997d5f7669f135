"""Short questions that the server asks a light worker, because it never decodes audio itself."""

from pathlib import Path
from typing import Any

from engine.library.atomic import write_json


def probe_upload(path: str) -> dict[str, Any]:
    """Length, rate (Hz) and channels of a file, found by decoding all of it. Raises UNSUPPORTED_AUDIO."""
    from engine.audio.decode import probe

    info = probe(Path(path))
    return {"duration_s": round(info.duration_s, 6), "rate_hz": info.rate_hz, "channels": info.channels}


def make_peaks(path: str, target: str) -> None:
    """Waveform peaks of a track whose peaks file has gone."""
    from engine.audio.peaks import peaks

    write_json(Path(target), peaks(Path(path)))
