"""Sounds and bundles for the tests of musicnn."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from engine.tag.musicnn.network import Musicnn, shapes
from engine.tag.musicnn.spectrum import RATE_HZ, WINDOW


def played(seconds: float = 2 * WINDOW / RATE_HZ) -> np.ndarray:
    """Chords of decaying partials over hits of noise, float32 [samples] at 16 kHz; made from a fixed seed."""
    random = np.random.default_rng(17)
    sound = np.zeros(round(seconds * RATE_HZ))
    step = RATE_HZ // 4
    time_s = np.arange(2 * step) / RATE_HZ
    for at in range(0, len(sound), step):
        note = np.zeros(2 * step)
        for hz in 110 * 2 ** (random.integers(0, 36, 3) / 12):
            for partial in range(1, 8):
                note += 0.1 / partial * np.sin(2 * np.pi * partial * hz * time_s) * np.exp(-partial * time_s * 3)
        note[:step] += 0.2 * random.standard_normal(step) * np.exp(-time_s[:step] * 40)
        end = min(len(sound), at + 2 * step)
        sound[at:end] += note[: end - at]
    return (sound * (0.5 / np.abs(sound).max())).astype(np.float32)


def variables(seed: int = 1) -> dict[str, np.ndarray]:
    """Random numbers for every variable of a network, by TensorFlow's names; variances are above zero."""
    random = np.random.default_rng(seed)
    with torch.device("meta"):
        wanted = shapes(Musicnn())
    made = {name: 0.05 * random.standard_normal(shape) for name, shape in wanted.items()}
    return {
        name: (np.abs(value) + 0.5 if name.endswith(("variance", "gamma")) else value).astype("<f4")
        for name, value in made.items()
    }


def write_bundle(index: Path, data: Path, values: Mapping[str, np.ndarray]) -> None:
    """As TensorFlow writes a bundle: names share their beginnings, and a checksum that none here reads ends a block."""
    entries, content = [(b"", b"\x08\x01")], b""
    for name, value in sorted(values.items()):
        shape = b"".join(_field(2, _number(1, side)) for side in value.shape)
        raw = value.astype("<f4").tobytes()
        place = _number(4, len(content)) + _number(5, len(raw))
        entries.append((name.encode(), _number(1, 1) + _field(2, shape) + place))
        content += raw
    table = b""

    def put(block: bytes) -> bytes:
        nonlocal table
        handle = _varint(len(table)) + _varint(len(block))
        table += block + b"\0" + b"\0" * 4
        return handle

    handles = [(part[-1][0], put(_block(part))) for part in (entries[:20], entries[20:])]
    footer = put(_block([])) + put(_block(handles))
    index.write_bytes(table + footer.ljust(40, b"\0") + bytes.fromhex("57fb808b247547db"))
    data.write_bytes(content)


def install(folder: Path) -> list[Path]:
    """Two networks of random numbers, as the catalogue has them."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / name for name in ("msd.index", "msd.data", "mtt.index", "mtt.data")]
    for seed, at in enumerate((0, 2)):
        write_bundle(files[at], files[at + 1], variables(seed))
    return files


def _block(entries: list[tuple[bytes, bytes]]) -> bytes:
    block, last = b"", b""
    for key, value in entries:
        shared = next(
            (at for at, (a, b) in enumerate(zip(key, last, strict=False)) if a != b), min(len(key), len(last))
        )
        block += _varint(shared) + _varint(len(key) - shared) + _varint(len(value)) + key[shared:] + value
        last = key
    return block + (0).to_bytes(4, "little") + (1).to_bytes(4, "little")


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _field(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value
