"""A spoken line in the forms that clients of speech interfaces want."""

from pathlib import Path

import numpy as np

from engine.audio.decode import blocks, open_source, read
from engine.audio.encode import write
from engine.drama.delivery.book import RATE_HZ, encode_aac
from engine.parameters import Format

PCM_HZ = 24_000


def encode_speech(path: Path, target: Path, form: str) -> None:
    """`form`: aac (ADTS), pcm (16-bit little-endian at 24 kHz, one channel, without a header), or a format of ours."""
    if form == "pcm":
        sound, _ = read(path, rate_hz=PCM_HZ, channels=1)
        target.write_bytes((np.clip(sound[0], -1, 1) * 32767).round().astype("<i2").tobytes())
    elif form == "aac":
        encode_aac(blocks(path, rate_hz=RATE_HZ, channels=2), target, "adts", lambda: None, [])
    else:
        with open_source(path) as source:
            rate_hz = source.rate_hz
        write(target, blocks(path), rate_hz, format=Format(form), bit_depth="16")
