"""CLaMP 3 as an engine: what sounds like which descriptor of the bank."""

import contextlib
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import AppError, invalid
from engine.library.atomic import write_bytes
from engine.models.device import threads_of_torch
from engine.models.engine import ModelEngine
from engine.tag.clamp3.files import ClampFiles
from engine.tag.clamp3.hearing import ClampListener, Tick
from engine.tag.clamp3.text import ClampTokenizer, text_vector
from engine.tag.clamp3.tower import WORDS, Tower, fingerprint, read_tower
from engine.tag.descriptors import DescriptorBank, load
from engine.upstream.mert import read_mert

if TYPE_CHECKING:
    from engine.context import JobContext


@dataclass(frozen=True)
class _Loaded:
    mert: Any
    tower: Tower
    sentences: NDArray[np.float32]


class Clamp3(ModelEngine[_Loaded]):
    """`_read` raises INVALID_INPUT `checkpoint_unreadable` or `config_refused`."""

    device_key = "clamp3"

    def __init__(self, files: ClampFiles) -> None:
        self._files = files

    def _read(self, job: "JobContext") -> _Loaded:
        sentences = bank_vectors(load(), self._files, job)  # its tower, the largest, goes before the others come
        tower = read_tower(self._files.weights, "audio").to(job.device)
        mert = read_mert(self._files.mert).to(job.device)
        if (width := mert.config.hidden_size) != (wanted := tower.projection.in_features):
            raise invalid("checkpoint_unreadable", file=self._files.mert.name, reason=f"width: {width}, not {wanted}")
        return _Loaded(mert, tower, sentences)

    def listener(self, folder: Path | None, tick: Tick) -> ClampListener:
        """`folder`: the job's own, for what waits on disk; None keeps it in memory."""
        loaded = self._loaded
        return ClampListener(loaded.mert, loaded.tower, loaded.sentences, folder, tick)


def bank_vectors(bank: DescriptorBank, files: ClampFiles, job: "JobContext") -> NDArray[np.float32]:
    """The sentences of the bank through the text tower, float32 [descriptors, width], not normalised.

    They are kept in `files.cache` under a checksum of tower, tokenizer and sentences. Raises INVALID_INPUT
    `checkpoint_unreadable`.
    """
    prompts = [one.prompt for one in bank.descriptors]
    digest = hashlib.sha256(fingerprint(files.weights, "text").encode() + files.tokenizer.read_bytes())
    digest.update("\n".join(prompts).encode())
    path = files.cache / f"descriptors-{digest.hexdigest()[:16]}.npy"
    with contextlib.suppress(OSError, ValueError, EOFError):  # not there yet, or half there
        found: NDArray[np.float32] = np.load(path, allow_pickle=False)
        if found.ndim == 2 and len(found) == len(prompts) and found.dtype == np.float32 and np.isfinite(found).all():
            return found
    tokenizer, tower = ClampTokenizer(files.tokenizer), read_tower(files.weights, "text").to(job.device)
    words = tower.get_parameter(WORDS).shape[0]
    if tokenizer.size != words:
        raise invalid(
            "checkpoint_unreadable", file=files.tokenizer.name, reason=f"vocabulary: {tokenizer.size}, not {words}"
        )
    made = []
    with threads_of_torch(1):  # a few words are not worth waiting for others
        for prompt in prompts:
            job.check_canceled()
            made.append(text_vector(prompt, tokenizer, tower))
    vectors = np.stack(made)
    file = io.BytesIO()
    np.save(file, vectors)
    with contextlib.suppress(OSError, AppError):  # a full disk costs the time to make them again
        files.cache.mkdir(parents=True, exist_ok=True)
        write_bytes(path, file.getvalue())
    return vectors
