"""Tiny CLaMP 3 checkpoints with random weights, in the files that its authors publish."""

import io
from functools import cache
from pathlib import Path
from typing import Any

import sentencepiece
import torch

from engine.tag.clamp3.engine import ClampFiles
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
    package = {"model": state_dict(build(seed)), "epoch": 3, "best_epoch": 2, "min_eval_loss": 0.5}
    torch.save(package, folder / "clamp3_saas.pth")
    (folder / "sentencepiece.bpe.model").write_bytes(tokenizer())
    return ClampFiles(
        folder / "clamp3_saas.pth", write_mert(folder / "mert-v1-95m", WIDTH), folder / "sentencepiece.bpe.model",
        folder / "cache",
    )  # fmt: skip
