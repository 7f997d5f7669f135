"""MusicGen and AudioGen as an engine: loaded once, asked for as many performances as jobs want."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.audio.block import Audio
from engine.generate.levels import joined
from engine.generate.musicgen.architecture import unsupported
from engine.generate.musicgen.checkpoint import CODEC, Checkpoint, read_checkpoint, read_codec_package, text_folder
from engine.generate.musicgen.codec import Codec, CodecStream
from engine.generate.musicgen.conditions import Conditioner
from engine.generate.musicgen.decoder import Condition, Decoder, TwoPass, guidance
from engine.generate.musicgen.fidelity import measured
from engine.generate.musicgen.generation import generate_codes
from engine.generate.musicgen.graphs import GraphDecoder
from engine.generate.musicgen.pattern import Codes
from engine.generate.musicgen.reference import TorchDecoder
from engine.generate.musicgen.sampling import Draw
from engine.generate.musicgen.windows import plan_windows, steps_of
from engine.models.device import torch_dtype
from engine.models.engine import ModelEngine

if TYPE_CHECKING:
    from engine.context import JobContext

DECODED_FRAMES = 100
"""The codec is given this many frames at a time, two seconds; of the real one, 8 more are computed with them."""


@dataclass(frozen=True)
class GenerationRequest:
    """`melody`: float32 [1, samples] at the model's rate, without drums and bass. `style`: MERT's features of a clip,
    [frames, width]; `style_codebooks` of the quantiser are kept of them, and with words besides `style_beta` says how
    much more the words count. `prompt_codes`: [codebooks, frames] that come first; `duration_s` counts what is new."""

    prompt: str
    duration_s: float
    seed: int
    draw: Draw = field(default_factory=Draw)
    guidance: float = 3.0
    two_step: bool = False
    batch: int = 1
    stride_s: float = 18.0
    melody: Audio | None = None
    style: Audio | None = None
    style_codebooks: int = 3
    style_beta: float = 5.0
    prompt_codes: Codes | None = None


@dataclass
class Performance:
    """What came of it: for each of the batch, its codes [codebooks, frames] and its sound [channels, samples].

    `given` frames at the beginning of both are the prompt's.
    """

    codes: list[Codes]
    sounds: list[Audio]
    given: int


class MusicGen(ModelEngine[tuple[Checkpoint, Decoder, Conditioner, Codec]]):
    """A loaded checkpoint. `rate_hz`, `channels` and `facts` hold after `load`."""

    device_key = "musicgen"

    def __init__(self, folder: Path, precision: str, device: str, *, offload: bool = False) -> None:
        """`offload`: the layers wait in main memory and are on the device one by one."""
        self._folder, self._name, self._precision, self._device = folder, folder.name, precision, device
        self._offload = offload
        self.facts: dict[str, Any] = {}

    def _read(self, job: "JobContext") -> tuple[Checkpoint, Decoder, Conditioner, Codec]:
        checkpoint = read_checkpoint(self._folder, self._name)
        arch = checkpoint.arch
        words = text_folder(arch.text_encoder, job.models_dir) if arch.text_encoder else None
        package = read_codec_package(self._folder, job.models_dir, arch.rate_hz, self._name)
        job.check_canceled()
        decoder = self._decoder(checkpoint)
        job.check_canceled()
        conditioner = Conditioner(checkpoint, words)  # on the processor: it works once a window
        codec = Codec(package, stereo=arch.stereo, device=self._device)
        if codec.rate_hz != arch.rate_hz or codec.cardinality < arch.cardinality or codec.codebooks < arch.codebooks:
            raise unsupported(self._name, f"{CODEC}: sample_rate {codec.rate_hz}, rvq.bins {codec.cardinality}")
        self.facts = {
            "precision": measured(checkpoint, decoder), "device": self._device, "offloaded": self._offload
        }  # fmt: skip
        return checkpoint, decoder, conditioner, codec

    def _decoder(self, checkpoint: Checkpoint) -> Decoder:
        if self._precision == "int8":
            from engine.generate.musicgen.native.decoder import NativeDecoder, fits

            if not fits(arch := checkpoint.arch):
                raise unsupported(self._name, f"int8: dim {arch.dim}, num_heads {arch.heads}, hidden_scale")
            return NativeDecoder(checkpoint.arch, checkpoint.state)
        arch, state, dtype = checkpoint.arch, checkpoint.state, torch_dtype(self._precision)
        if self._offload:  # a graph has fixed addresses; and the copies take longer than launching kernels
            return TorchDecoder(arch, state, device=self._device, dtype=dtype, hold="host")
        kind = TorchDecoder if self._device == "cpu" else GraphDecoder
        return kind(arch, state, device=self._device, dtype=dtype)

    @property
    def codec(self) -> Codec:
        return self._loaded[3]

    @property
    def rate_hz(self) -> int:
        return self._loaded[3].rate_hz

    @property
    def segment_s(self) -> float:
        return self._loaded[0].arch.segment_s

    @property
    def takes_melody(self) -> bool:
        return self._loaded[0].arch.melody

    @property
    def takes_style(self) -> bool:
        return self._loaded[0].arch.style

    def perform(
        self,
        request: GenerationRequest,
        job: "JobContext",
        stage: str = "GENERATING",
        heard: Callable[[int, Audio], None] | None = None,
    ) -> Performance:
        """Generate and decode; `heard(index, sound)` is given every two seconds of sound as soon as it is known.

        Progress counts the steps of all windows. Canceled within one step.
        """
        checkpoint, decoder, conditioner, codec = self._loaded
        arch = checkpoint.arch
        rate = codec.frame_rate
        segment, stride = int(arch.segment_s * rate), int(request.stride_s * rate)
        given = 0 if request.prompt_codes is None else request.prompt_codes.shape[1]
        total = given + -(-round(request.duration_s * codec.rate_hz) // codec.hop)
        windows = plan_windows(total, given, segment, min(stride, segment - 1))
        delay = max(arch.delays)
        steps, done = steps_of(windows, delay), 0
        codes = np.zeros((request.batch, arch.codebooks, total), np.int64)
        if request.prompt_codes is not None:
            codes[:, :, :given] = request.prompt_codes
        streams = [CodecStream(codec) for _ in range(request.batch)]
        pieces: list[list[Audio]] = [[] for _ in range(request.batch)]
        dice = np.random.default_rng(request.seed)
        decoded = 0
        if request.two_step:
            decoder = TwoPass(decoder)

        def decode(until: int) -> None:
            nonlocal decoded
            for index, stream in enumerate(streams):
                piece = stream.feed(codes[index, :, decoded:until], last=until == total)
                pieces[index].append(piece)
                if heard is not None and piece.size:
                    heard(index, piece)
            decoded = until

        for window in windows:

            def written(part: Codes, complete: int, offset: int = window.offset) -> None:
                nonlocal done
                done += 1
                job.progress(done, steps, stage)
                if offset + complete >= decoded + DECODED_FRAMES and offset + complete < total:
                    codes[:, :, offset : offset + complete] = part[:, :, :complete]
                    decode(offset + complete)

            prompt = codes[:, :, window.offset : window.offset + window.given] if window.given else None
            part = generate_codes(
                decoder, arch, self._condition(request, conditioner, window.offset / rate, len(windows) > 1),
                window.frames, request.draw, dice, prompt, written,
            )  # fmt: skip
            codes[:, :, window.offset : window.offset + window.frames] = part
        decode(total)
        return Performance(list(codes), [joined(piece, codec.channels) for piece in pieces], given)

    def _condition(
        self, request: GenerationRequest, conditioner: Conditioner, offset_s: float, several: bool
    ) -> Condition:
        """The condition of one window. In several windows the melody goes on where it stopped, over and over."""
        weights = guidance(request.guidance)
        reference = None
        if request.melody is not None:
            tune = request.melody
            if several:
                begin, count = int(offset_s * self.rate_hz), int(self.segment_s * self.rate_hz)
                tune = tune[:, np.arange(begin, begin + count) % tune.shape[1]]
            reference = conditioner.melody(tune, self.rate_hz)
        elif request.style is not None:
            reference = conditioner.style(request.style, request.style_codebooks)
            if request.prompt and request.style_beta != 1:  # at 1 both guidances are the same
                weights = guidance(request.guidance, style_beta=request.style_beta)
        made = conditioner.parts if request.two_step else conditioner.condition
        return made(request.prompt, request.batch, weights, reference)
