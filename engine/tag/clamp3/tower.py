"""The two towers of a CLaMP 3 checkpoint that are used here: each a transformer, its mean, one projection."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from engine.errors import invalid
from engine.upstream.tensors import UnreadableError, filled, read_tensors, reason_of

HEAD = 64
"""Width of an attention head, in both."""
LENGTH = 128
"""Rows or tokens that a tower hears at once."""

WORDS = "encoder.embeddings.word_embeddings.weight"
"""A text tower's word pieces, [pieces, width]."""

Kind = Literal["audio", "text"]


def segments(count: int) -> list[tuple[slice, int]]:
    """Where the segments of `count` rows lie, and what each counts for: LENGTH rows one after the other.

    The last one is the final LENGTH rows, so it may overlap, but it counts only for what is new in it.
    """
    parts = [(slice(start, start + LENGTH), min(LENGTH, count - start)) for start in range(0, count, LENGTH)]
    parts[-1] = (slice(max(0, count - LENGTH), count), parts[-1][1])
    return parts


class Tower(nn.Module):
    """`encoder`: transformers' BertModel, which is fed rows, or XLMRobertaModel, which is fed token ids."""

    def __init__(self, encoder: nn.Module, out: int, width: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.projection = nn.Linear(width, out)

    @torch.inference_mode()
    def forward(self, found: Tensor) -> Tensor:
        """float32 [rows, width], or int64 [tokens], at least one -> float32 [out], not normalised.

        Upstream pads every segment to LENGTH and masks what it added; nothing is added here, which is the same.
        """
        given = "input_ids" if found.dim() == 1 else "inputs_embeds"
        vector = torch.zeros(self.projection.out_features, device=found.device)
        for part, weight in segments(len(found)):
            states = self.encoder(**{given: found[part][None]}).last_hidden_state[0]
            vector += weight * self.projection(states.mean(0))
        return vector / len(found)


def read_state(path: Path, kind: Kind) -> dict[str, Tensor]:
    """The tensors of one tower by the names of `Tower`, mapped from disk. Raises INVALID_INPUT `checkpoint_unreadable`.

    Buffers of positions, which older releases of transformers saved, are left out.
    """
    places = {f"{kind}_model.": "encoder.", f"{kind}_proj.": "projection."}
    try:
        package = read_tensors(path)
        package = package.get("model", package)
        state = {
            place + name.removeprefix(prefix): tensor.float()
            for prefix, place in places.items()
            for name, tensor in package.items()
            if name.startswith(prefix) and not name.endswith("position_ids")
        }
    except Exception as error:  # a damaged or hostile file; what is no tensor
        raise invalid("checkpoint_unreadable", file=path.name, reason=reason_of(error)) from error
    return state


def read_tower(path: Path, kind: Kind) -> Tower:
    """A tower as large as its tensors are, float32 on the processor. Raises INVALID_INPUT `checkpoint_unreadable`."""
    return tower_of(read_state(path, kind), kind, path)


def tower_of(state: Mapping[str, Tensor], kind: Kind, path: Path) -> Tower:
    """Of what `read_state` gives for the file at `path`; raises as `read_tower` does."""
    try:
        for name, tensor in state.items():
            if not torch.isfinite(tensor).all():
                raise UnreadableError(f"{name}: not finite")
        return filled(lambda: _built(state, kind), state).eval().requires_grad_(False)
    except Exception as error:  # tensors that are absent, or make no network
        raise invalid("checkpoint_unreadable", file=path.name, reason=reason_of(error)) from error


def fingerprint(path: Path, kind: Kind) -> str:
    """A checksum over a tower's biases, norms and projection: no two trainings share one. Raises as `read_state`."""
    digest = hashlib.sha256()
    for name, tensor in sorted(read_state(path, kind).items()):
        if tensor.dim() == 1 or name.startswith("projection."):
            digest.update(f"{name} {list(tensor.shape)}\n".encode())
            digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()


def _built(state: Mapping[str, Tensor], kind: Kind) -> Tower:
    """Upstream's configuration of a tower, with the sizes of its tensors."""
    from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel

    def size(name: str) -> tuple[int, int]:
        shape = state[name].shape if name in state else ()
        if len(shape) != 2:
            raise UnreadableError(f"-{name}")
        return shape[0], shape[1]

    vocabulary, width = size(WORDS)
    sizes: dict[str, Any] = {
        "vocab_size": vocabulary, "hidden_size": width, "num_attention_heads": width // HEAD,
        "num_hidden_layers": sum(name.endswith(".attention.self.query.weight") for name in state),
        "intermediate_size": size("encoder.encoder.layer.0.intermediate.dense.weight")[0],
        "max_position_embeddings": size("encoder.embeddings.position_embeddings.weight")[0],
    }  # fmt: skip
    encoder: Any = (
        BertModel(BertConfig(**sizes))
        if kind == "audio"
        else XLMRobertaModel(XLMRobertaConfig(**sizes, type_vocab_size=1, layer_norm_eps=1e-5))
    )
    return Tower(encoder, size("projection.weight")[0], width)
