"""Tiny CLaMP 3 checkpoints with random weights, in the files that its authors publish."""

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece
import torch

from engine.tag.clamp3.files import MODEL, ClampFiles
from engine.tag.clamp3.text import ClampTokenizer, text_vector
from engine.tag.clamp3.tower import read_tower
from engine.tag.descriptors import load
from tests.generate.checkpoints import write_mert

WIDTH, OUT = 128, 48
TEXTS = (
    "Music whose mood is melancholic and calm.", "Грустная, спокойная музыка для дождя", "忧伤 的 钢琴 音乐",
    "drum and bass 808 R&B lo-fi", "Music from the 1980s",
)  # fmt: skip


@cache
def tokenizer() -> bytes:
    """A sentencepiece model of letters, with XLM-R's normalisation."""
    file = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS * 4), model_writer=file, vocab_size=150, hard_vocab_limit=False, minloglevel=2,
        character_coverage=1.0, num_threads=1,
    )  # fmt: skip
    return file.getvalue()


def build(seed: int = 1) -> dict[str, Any]:
    """Upstream's classes at a sixth of their width, by the names that its state dict has for them."""
    from transformers import BertConfig, BertModel, XLMRobertaConfig, XLMRobertaModel

    torch.manual_seed(seed)
    words = sentencepiece.SentencePieceProcessor(model_proto=tokenizer()).get_piece_size() + 2
    small: dict[str, Any] = {
        "hidden_size": WIDTH, "num_hidden_layers": 2, "num_attention_heads": WIDTH // 64, "intermediate_size": 64,
        "initializer_range": 0.2,
    }  # fmt: skip
    xlm_r = XLMRobertaConfig(
        **small, vocab_size=words, max_position_embeddings=140, type_vocab_size=1, layer_norm_eps=1e-5
    )
    parts = {
        "text_model": XLMRobertaModel(xlm_r),
        "text_proj": torch.nn.Linear(WIDTH, OUT),
        "audio_model": BertModel(BertConfig(**small, vocab_size=1, max_position_embeddings=128)),
        "audio_proj": torch.nn.Linear(WIDTH, OUT),
        "symbolic_proj": torch.nn.Linear(WIDTH, OUT),
    }
    return {name: part.eval().requires_grad_(False) for name, part in parts.items()}


def state_dict(parts: dict[str, Any]) -> dict[str, torch.Tensor]:
    state = {f"{name}.{key}": tensor for name, part in parts.items() for key, tensor in part.state_dict().items()}
    return {**state, "text_model.embeddings.position_ids": torch.arange(140)[None]}


def write_clamp(folder: Path, seed: int = 1) -> ClampFiles:
    folder.mkdir(parents=True, exist_ok=True)
    _save(folder / "clamp3_saas.pth", state_dict(build(seed)))
    (folder / "sentencepiece.bpe.model").write_bytes(tokenizer())
    return ClampFiles(
        folder / "clamp3_saas.pth", write_mert(folder / "mert-v1-95m", WIDTH), folder / "sentencepiece.bpe.model",
        folder / "cache",
    )  # fmt: skip


def install(models_dir: Path, *, hears: Sequence[tuple[str, str]] = ()) -> None:
    """Where the catalogue looks for them. `hears`: category and name of descriptors that any sound is like."""
    files = write_clamp(models_dir / MODEL)
    files.mert.rename(models_dir / files.mert.name)
    if hears:
        state = state_dict(build())
        words = ClampTokenizer(files.tokenizer)
        tower = read_tower(files.weights, "text")
        made = {(one.category, one.id): text_vector(one.prompt, words, tower) for one in load().descriptors}
        directions = []
        for key in hears:
            means = np.mean([vector for (category, _), vector in made.items() if category == key[0]], axis=0)
            directions.append((made[key] - means) / np.linalg.norm(made[key] - means))
        state["audio_proj.weight"] *= 1e-3
        state["audio_proj.bias"] = torch.from_numpy(np.sum(directions, axis=0))
        _save(files.weights, state)


def _save(path: Path, state: dict[str, torch.Tensor]) -> None:
    torch.save({"model": state, "epoch": 3, "best_epoch": 2, "min_eval_loss": 0.5}, path)
