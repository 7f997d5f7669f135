"""A TangoFlux of a few thousand weights, in files of the published form."""

import json
from pathlib import Path

import torch
from diffusers import AutoencoderOobleck
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from engine.drama.sounds.tangoflux.architecture import TangoFlux, TangoFluxShape, TextEncoderShape
from engine.drama.sounds.tangoflux.checkpoint import TIED

WIDTH, CHANNELS, FRAMES = 24, 8, 20
SHAPE = {
    "num_layers": 1, "num_single_layers": 1, "in_channels": CHANNELS, "attention_head_dim": 128,
    "joint_attention_dim": WIDTH, "num_attention_heads": 1, "audio_seq_len": FRAMES, "max_duration": 30,
    "uncondition": False, "text_encoder_name": "google/flan-t5-large",
}  # fmt: skip
TEXT = {
    "d_model": WIDTH, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2, "vocab_size": 64,
    "feed_forward_proj": "gated-gelu", "model_type": "t5", "decoder_start_token_id": 0, "dropout_rate": 0.1,
}  # fmt: skip
WORDS = ["<pad>", "</s>", "<unk>", *"a the rain wind dog barks thunder sea falls on roof loud soft".split()]  # noqa: SIM905


def write_tangoflux(models_dir: Path) -> list[Path]:
    """The files of `tangoflux` and `flan-t5-words`, in the catalogue's order."""
    torch.manual_seed(4)
    folder, text_folder = models_dir / "tangoflux", models_dir / "flan-t5-words"
    for each in (folder, text_folder):
        each.mkdir(parents=True, exist_ok=True)
    flow = TangoFlux(TangoFluxShape(**SHAPE), TextEncoderShape(**TEXT))  # type: ignore[arg-type]
    for parameter in flow.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    state = {name: tensor.clone() for name, tensor in flow.state_dict().items() if name != TIED}
    vae = AutoencoderOobleck(
        encoder_hidden_size=8, downsampling_ratios=[8, 16], channel_multiples=[1, 2], decoder_channels=8,
        decoder_input_channels=CHANNELS,
    )  # fmt: skip
    save_file(state, folder / "tangoflux.safetensors")
    save_file({name: tensor.contiguous() for name, tensor in vae.state_dict().items()}, folder / "vae.safetensors")
    (folder / "config.json").write_text(json.dumps(SHAPE))
    (text_folder / "config.json").write_text(json.dumps(TEXT))
    words = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    words.save(str(text_folder / "tokenizer.json"))
    return [
        folder / "config.json", folder / "tangoflux.safetensors", folder / "vae.safetensors",
        text_folder / "config.json", text_folder / "tokenizer.json",
    ]  # fmt: skip
