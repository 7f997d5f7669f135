"""TangoFlux's networks under the names that its checkpoint has, on today's diffusers and transformers."""

import math
from typing import Annotated, Any, Self

import diffusers
import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor, nn
from transformers import T5Config, T5EncoderModel

from engine.upstream.documents import together

Width = Annotated[int, Field(ge=1, le=16_384)]
Count = Annotated[int, Field(ge=1, le=256)]
ROPE_WIDTH = 128
"""Of a head: diffusers turns 16, 56 and 56 of its numbers by the three columns of a position."""
FOURIER = 256
"""Sines and cosines that a duration is told by."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class TangoFluxShape(_Section):
    """What `config.json` says; the usual values are those of the published model."""

    num_layers: Count = Field(6, description="Blocks in which text and sound have weights of their own.")
    num_single_layers: Count = Field(18, description="Blocks in which they share them.")
    in_channels: Width = Field(64, description="Channels of a latent.")
    attention_head_dim: Width = Field(128, description="Width of a head.")
    joint_attention_dim: Width = Field(1024, description="Width of what is told of the text.")
    num_attention_heads: Count = Field(8, description="Heads.")
    audio_seq_len: Annotated[int, Field(ge=1, le=8192)] = Field(645, description="Latent frames, always so many.")
    max_duration: float = Field(30, gt=0, le=600, description="Seconds that stand for 1 in the duration's embedding.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.attention_head_dim != ROPE_WIDTH:
            raise together("attention_head_dim")
        return self


class TextEncoderShape(_Section):
    """What shapes the encoder, by the names of transformers' T5Config."""

    d_model: Width
    d_kv: Annotated[int, Field(ge=1, le=1024)]
    d_ff: Annotated[int, Field(ge=1, le=131_072)]
    num_layers: Count
    num_heads: Count
    vocab_size: Annotated[int, Field(ge=1, le=1 << 20)]
    feed_forward_proj: Annotated[str, Field(pattern=r"^(gated-)?[a-z_]{1,20}$")] = "gated-gelu"
    relative_attention_num_buckets: Annotated[int, Field(ge=2, le=4096)] = 32
    relative_attention_max_distance: Annotated[int, Field(ge=2, le=1 << 16)] = 128
    layer_norm_epsilon: float = Field(1e-6, gt=0, lt=1)


class TimeEmbedding(nn.Module):
    """A share of the longest duration as itself, sines and cosines of it, at frequencies that were learned."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(width // 2))

    def forward(self, share: Tensor) -> Tensor:
        """[batch] -> [batch, 1 + width]."""
        share = share[:, None]
        turned = 2 * math.pi * share * self.weights
        return torch.cat([share, turned.sin(), turned.cos()], dim=1)


class DurationToken(nn.Module):
    """A duration as one more word of the text."""

    def __init__(self, width: int, longest_s: float) -> None:
        super().__init__()
        self._longest_s = longest_s
        self.time_positional_embedding = nn.Sequential(TimeEmbedding(FOURIER), nn.Linear(FOURIER + 1, width))

    def forward(self, seconds: Tensor) -> Tensor:
        """[batch] -> [batch, 1, width]; durations outside 0 and the longest count as these."""
        share = seconds.clamp(0, self._longest_s) / self._longest_s
        told: Tensor = self.time_positional_embedding(share)
        return told[:, None]


_Flux: Any = diffusers.FluxTransformer2DModel
"""Without types of its own."""


class TangoFlux(nn.Module):
    """`duration_emebdder` is spelled as in the checkpoint."""

    def __init__(self, shape: TangoFluxShape, text: TextEncoderShape) -> None:
        super().__init__()
        self.shape = shape
        self.text_encoder = T5EncoderModel(T5Config(**text.model_dump()))
        self.fc = nn.Sequential(nn.Linear(text.d_model, shape.joint_attention_dim), nn.ReLU())
        self.duration_emebdder = DurationToken(text.d_model, shape.max_duration)
        self.transformer = _Flux(
            in_channels=shape.in_channels,
            num_layers=shape.num_layers,
            num_single_layers=shape.num_single_layers,
            attention_head_dim=shape.attention_head_dim,
            num_attention_heads=shape.num_attention_heads,
            joint_attention_dim=shape.joint_attention_dim,
            pooled_projection_dim=text.d_model,
            guidance_embeds=False,
        )

    def told(self, ids: Tensor, mask: Tensor, seconds: float) -> tuple[Tensor, Tensor]:
        """What the transformer is told: of texts, `ids` and `mask` int64 [batch, tokens], and how long the sound is.

        ([batch, tokens + 1, width], [batch, width]): the words with the duration after them, padding among them as in
        training, and their mean without the padding.
        """
        words: Tensor = self.text_encoder(input_ids=ids, attention_mask=mask)[0]
        counted = mask[..., None].to(words.dtype)
        pooled = (words * counted).sum(dim=1) / counted.sum(dim=1).clamp(min=1)
        lengths = torch.full((len(ids),), seconds, dtype=words.dtype, device=words.device)
        return torch.cat([words, self.duration_emebdder(lengths)], dim=1), self.fc(pooled)

    def velocity(self, latents: Tensor, sigma: float, told: Tensor, pooled: Tensor) -> Tensor:
        """The flow at noise level `sigma` (1 all noise, 0 none), [batch, frames, channels] as `latents`.

        Every word has the position 0; frame n has n in all three columns.
        """
        frames = torch.arange(latents.shape[1], device=latents.device)
        flow: Tensor = self.transformer(
            hidden_states=latents,
            timestep=torch.full((len(latents),), sigma, dtype=latents.dtype, device=latents.device),
            pooled_projections=pooled,
            encoder_hidden_states=told,
            txt_ids=torch.zeros(told.shape[1], 3, device=latents.device),
            img_ids=frames[:, None].expand(-1, 3).to(torch.float32),
            return_dict=False,
        )[0]
        return flow
