"""How close a runtime is to float32 on one checkpoint: measured, and told in the record."""

import json
from contextlib import suppress
from typing import Annotated, Any

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field

from engine.errors import AppError
from engine.generate.models import LANGUAGE_MODEL
from engine.generate.musicgen.checkpoint import Checkpoint
from engine.generate.musicgen.decoder import Condition, Decoder
from engine.generate.musicgen.pattern import DelayPattern
from engine.generate.musicgen.reference import TorchDecoder
from engine.upstream.documents import judged, read_file, read_json

STEPS = 24
LIKELIEST = 250


class Likeness(BaseModel):
    """What `compare` found, for the record."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    name: Annotated[str, Field(max_length=20)]
    logits_relative_error: float
    top_250_overlap: Annotated[float, Field(ge=0, le=1)]
    steps: int


class Memo(BaseModel):
    """`facts` hold for the file of this size and time of change."""

    stamp: list[int] = Field(min_length=2, max_length=2)
    facts: Likeness


def measured(checkpoint: Checkpoint, decoder: Decoder) -> dict[str, Any]:
    """Relative error of the logits (RMS) and the share of the 250 likeliest codes that both have.

    Over `STEPS` steps of random codes without a condition; the float32 layers are read from disk one by one, so no
    second model is held. Kept beside the checkpoint, for its next load.
    """
    if decoder.precision == "fp32":
        return {"name": "fp32"}
    file = checkpoint.folder / LANGUAGE_MODEL
    stamp = [file.stat().st_size, file.stat().st_mtime_ns]
    memo = checkpoint.folder / f".fidelity-{decoder.precision}.json"
    with suppress(AppError):  # none yet, or one that a stranger put beside a checkpoint
        kept = judged(Memo, read_json(read_file(memo), memo.name), memo.name)
        if kept.stamp == stamp and kept.facts.name == decoder.precision:
            return kept.facts.model_dump()
    facts = {"name": decoder.precision, **compare(checkpoint, decoder)}
    with suppress(OSError):  # a models folder that cannot be written only costs the time to measure again
        memo.write_text(json.dumps({"stamp": stamp, "facts": facts}), encoding="utf-8")
    return facts


def compare(checkpoint: Checkpoint, decoder: Decoder, steps: int = STEPS) -> dict[str, float]:
    """`logits_relative_error`, `top_250_overlap`, `steps`."""
    arch = checkpoint.arch
    reference = TorchDecoder(arch, checkpoint.state, dtype=torch.float32, hold="disk")
    codes = np.random.default_rng(0).integers(0, arch.cardinality, (1, arch.codebooks, steps))
    pattern = DelayPattern(arch.delays, steps, arch.special)
    columns = np.stack([pattern.column(codes, step) for step in range(steps)], axis=2)
    condition = Condition(1, (1.0,))
    exact = reference.score(condition, columns)[0]
    cache, logits = decoder.prefill(condition, columns[:, :, :1], steps)
    found = [logits[0]]
    for step in range(1, steps):
        found.append(decoder.step(columns[:, :, step], cache)[0])
    rough = np.stack(found)
    error = np.sqrt(np.mean((rough - exact) ** 2) / np.mean((exact - exact.mean(-1, keepdims=True)) ** 2))
    count = min(LIKELIEST, arch.cardinality // 2)
    ours, theirs = (np.argpartition(-scores, count, axis=-1)[..., :count] for scores in (rough, exact))
    shared = [
        len(np.intersect1d(a, b))
        for a, b in zip(ours.reshape(-1, count), theirs.reshape(-1, count), strict=True)
    ]  # fmt: skip
    return {
        "logits_relative_error": round(float(error), 5),
        "top_250_overlap": round(float(np.mean(shared)) / count, 4),
        "steps": steps,
    }
