"""EnCodec: sound to codes and back, whole or as the codes come."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import pad

from engine.audio.block import Audio
from engine.generate.musicgen.architecture import unsupported
from engine.generate.musicgen.checkpoint import CODEC
from engine.generate.musicgen.configuration import Compression, read_compression
from engine.upstream import audiocraft
from engine.upstream.tensors import filled, reason_of

Codes = NDArray[np.int64]


class Codec:
    """One mono codec; stereo codes are two interleaved ones, left first."""

    def __init__(self, package: dict[str, Any], *, stereo: bool, device: str = "cpu") -> None:
        config = read_compression(package.get("xp.cfg"), f"xp.cfg ({CODEC})")
        self.rate_hz, self.hop = config.encodec.sample_rate, config.hop
        self.frame_rate = self.rate_hz // self.hop
        self.channels = 2 if stereo else 1
        self.codebooks, self.cardinality = config.rvq.n_q * self.channels, config.rvq.bins
        self.device = device
        self.model: Any = self._build(config, package["best_state"])

    def _build(self, config: Compression, state: Any) -> Any:
        audiocraft.load()
        from audiocraft.models.encodec import EncodecModel
        from audiocraft.modules.seanet import SEANetDecoder, SEANetEncoder
        from audiocraft.quantization.vq import ResidualVectorQuantizer

        def make() -> Any:
            encoder, quantizer = SEANetEncoder(**dict(config.encoder)), config.rvq
            return EncodecModel(
                encoder, SEANetDecoder(**dict(config.decoder)),
                ResidualVectorQuantizer(dimension=encoder.dimension, **dict(quantizer)),
                frame_rate=self.frame_rate, sample_rate=self.rate_hz, channels=1, causal=config.encodec.causal,
            )  # fmt: skip

        try:
            model = filled(make, state)
        except Exception as error:  # numbers that no layer can have, tensors of other names or shapes
            raise unsupported(CODEC, reason_of(error)) from error
        for module in model.modules():
            if hasattr(module, "weight_g"):
                torch.nn.utils.remove_weight_norm(module)  # the product is fixed: once is enough
        return model.to(self.device).eval().requires_grad_(False)

    @torch.inference_mode()
    def encode(self, audio: Audio) -> Codes:
        """float32 [channels, samples] at `rate_hz` -> [codebooks, frames]."""
        wave = torch.from_numpy(np.ascontiguousarray(audio)).to(self.device)
        codes = self.model.encode(wave[:, None])[0]
        merged: Codes = codes.permute(1, 0, 2).flatten(0, 1).cpu().numpy()
        return merged

    @torch.inference_mode()
    def decode(self, codes: Codes) -> Audio:
        """[codebooks, frames] -> float32 [channels, frames * hop], in one go."""
        audio: Audio = self.model.decode(self._apart(codes))[:, 0].cpu().numpy()
        return audio

    def latent(self, codes: Codes) -> torch.Tensor:
        """[channels, dimension, frames]: what the decoder, or a diffusion model in its place, starts from."""
        latent: torch.Tensor = self.model.decode_latent(self._apart(codes))
        return latent

    def _apart(self, codes: Codes) -> torch.Tensor:
        """[codebooks, frames] -> [channels, codebooks per channel, frames]"""
        books = torch.from_numpy(np.ascontiguousarray(codes)).to(self.device)
        return books.view(-1, self.channels, books.shape[-1]).transpose(0, 1).contiguous()

    def stream(self) -> "CodecStream":
        return CodecStream(self)


class CodecStream:
    """Decodes codes as they come; all pieces together are what `Codec.decode` makes of all codes at once.

    The first convolution and the upsampling see a few frames to both sides; the recurrent layers, all frames before.
    So pieces overlap by what the convolutions see, and the recurrent state is carried on.
    """

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        parts = list(codec.model.decoder.model)
        self._first = parts[0]
        self._recurrent = parts[1] if type(parts[1]).__name__ == "StreamableLSTM" else None
        self._rest = torch.nn.Sequential(*parts[2 if self._recurrent is not None else 1 :])
        self._near = self._first.conv.conv.kernel_size[0] // 2
        self._far = context_frames(self._rest)
        self._latent = torch.zeros(codec.channels, codec.model.decoder.dimension, 0, device=codec.device)
        self._hidden: torch.Tensor | None = None
        self._state: Any = None
        self._begun = self._read = self._latent_start = self._hidden_start = 0
        self._written = 0

    @torch.inference_mode()
    def feed(self, codes: Codes, *, last: bool = False) -> Audio:
        """The next codes, [codebooks, frames] -> the sound that they complete, float32 [channels, samples]."""
        if codes.shape[1]:
            self._latent = torch.cat([self._latent, self._codec.latent(codes)], dim=-1)
        end = self._latent_start + self._latent.shape[-1]
        self._advance(end if last else end - self._near, end)
        ready = self._read if last else self._read - self._far
        if self._hidden is None or ready <= self._written:
            return np.zeros((self._codec.channels, 0), np.float32)
        begin = max(0, self._written - self._far)
        until = min(self._read, ready + self._far)
        piece = self._rest(self._hidden[..., begin - self._hidden_start : until - self._hidden_start])
        hop = self._codec.hop
        sound = piece[:, 0, (self._written - begin) * hop : (ready - begin) * hop]
        self._written = ready
        keep = max(0, ready - self._far)
        self._hidden = self._hidden[..., keep - self._hidden_start :]
        self._hidden_start = keep
        audio: Audio = sound.cpu().numpy().copy()
        return audio

    def _advance(self, until: int, end: int) -> None:
        """The first convolution and the recurrent layers, up to frame `until` of the `end` that are known."""
        if until <= self._read:
            return
        near = self._near
        begin, stop = max(0, self._read - near), min(end, until + near)
        window = self._latent[..., begin - self._latent_start : stop - self._latent_start]
        window = pad(window, (near - (self._read - begin), near - (stop - until)))
        conv = self._first.conv.conv
        fresh = torch.nn.functional.conv1d(window, conv.weight, conv.bias)
        if self._recurrent is not None:
            answer, self._state = self._recurrent.lstm(fresh.permute(2, 0, 1), self._state)
            answer = answer.permute(1, 2, 0)
            fresh = answer + fresh if self._recurrent.skip else answer
        self._hidden = fresh if self._hidden is None else torch.cat([self._hidden, fresh], dim=-1)
        self._read = until
        keep = max(0, self._read - near)
        self._latent = self._latent[..., keep - self._latent_start :]
        self._latent_start = keep


def context_frames(layers: torch.nn.Module) -> int:
    """How many frames to each side a sample of the upsampling layers can see, plus one."""
    reach = 0.0
    for module in reversed(list(layers.modules())):
        if isinstance(module, torch.nn.ConvTranspose1d):
            reach = (reach + module.kernel_size[0]) / module.stride[0]
        elif isinstance(module, torch.nn.Conv1d):
            reach += (module.kernel_size[0] - 1) * module.dilation[0] / 2
    return int(reach) + 2
