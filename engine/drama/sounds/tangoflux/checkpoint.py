"""TangoFlux's files: `config.json`, `tangoflux.safetensors` with the text encoder in it, `vae.safetensors`; words come
from flan-T5's own `config.json` and `tokenizer.json`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import torch
from tokenizers import Tokenizer
from torch import Tensor

from engine.drama.sounds.tangoflux.architecture import TangoFlux, TangoFluxShape, TextEncoderShape
from engine.errors import AppError, invalid
from engine.upstream.documents import judged, read_file, read_json
from engine.upstream.tensors import UnreadableError, filled, read_tensors, reason_of

SHARED, TIED = "text_encoder.shared.weight", "text_encoder.encoder.embed_tokens.weight"
"""The words' embedding stands once in the file, and twice in the network."""


_Oobleck: Any = diffusers.AutoencoderOobleck
"""Without types of its own."""


@dataclass
class TangoFluxParts:
    """On the processor, in float32. `hop`: samples of a latent frame."""

    flow: TangoFlux
    decoder: Any
    tokenizer: Tokenizer
    hop: int

    @property
    def rate_hz(self) -> int:
        return int(self.decoder.config.sampling_rate)

    @property
    def longest_s(self) -> float:
        """645 frames of 2048 samples at 44.1 kHz: 29.954 s."""
        return self.flow.shape.audio_seq_len * self.hop / self.rate_hz


def read(config: Path, weights: Path, vae: Path, text_config: Path, tokenizer: Path) -> TangoFluxParts:
    """The networks of a checkpoint. Raises INVALID_INPUT `config_refused`, `checkpoint_damaged`."""
    shape = judged(TangoFluxShape, read_json(read_file(config), config.name), config.name)
    text = judged(TextEncoderShape, read_json(read_file(text_config), text_config.name), text_config.name)
    try:
        state = read_tensors(weights)
        if SHARED in state:
            state.setdefault(TIED, state[SHARED])
        flow = filled(lambda: TangoFlux(shape, text), state).eval()
        state = read_tensors(vae)
        measures = oobleck_shape(state)
        decoder: Any = filled(lambda: _Oobleck(**measures), state).eval()
        if text.d_model != shape.joint_attention_dim:
            raise UnreadableError(f"words of {text.d_model} numbers for a transformer of {shape.joint_attention_dim}")
        if measures["decoder_input_channels"] != shape.in_channels:
            raise UnreadableError(f"latents of {measures['decoder_input_channels']} and {shape.in_channels} channels")
        del decoder.encoder  # a sound is only ever decoded
        words = Tokenizer.from_file(str(tokenizer))
    except AppError:
        raise
    except Exception as error:  # readers say of damage what they like
        raise invalid(
            "checkpoint_damaged", name=weights.parent.name, file=weights.name, reason=reason_of(error)
        ) from error
    if words.get_vocab_size() > text.vocab_size:
        raise invalid("checkpoint_damaged", name=tokenizer.parent.name, file=tokenizer.name, reason="other words")
    hop = 1
    for stride in measures["downsampling_ratios"]:
        hop *= stride
    return TangoFluxParts(flow, decoder, words, hop)


def oobleck_shape(state: Mapping[str, Tensor]) -> dict[str, Any]:
    """The arguments of AutoencoderOobleck that its weights have been made with: no file says them. Raises
    UnreadableError."""
    try:
        first = state["encoder.conv1.weight_v"]
        kernels: list[Tensor] = []
        while (name := f"encoder.block.{len(kernels)}.conv1.weight_v") in state:
            kernels.append(state[name])
        hidden = first.shape[0]
        return {
            "encoder_hidden_size": hidden,
            "downsampling_ratios": [kernel.shape[2] // 2 for kernel in kernels],
            "channel_multiples": [max(1, kernel.shape[0] // hidden) for kernel in kernels],
            "decoder_channels": state["decoder.conv2.weight_v"].shape[1],
            "decoder_input_channels": state["decoder.conv1.weight_v"].shape[1],
            "audio_channels": first.shape[1],
        }
    except (KeyError, IndexError, ZeroDivisionError, AttributeError) as error:
        raise UnreadableError(f"no Oobleck autoencoder: {error}") from None


def token_ids(tokenizer: Tokenizer, text: str, most: int, length: int | None = None) -> tuple[Tensor, Tensor]:
    """Ids and mask int64 [1, tokens] of a text, `most` at most with its end; padded to `length`, if given."""
    ids = tokenizer.encode(text).ids
    ids = ids if len(ids) <= most else [*ids[: most - 1], ids[-1]]
    missing = max(0, (length or 0) - len(ids))
    mask = [1] * len(ids) + [0] * missing
    return torch.tensor([ids + [0] * missing]), torch.tensor([mask])
