"""Multi-Band Diffusion: codes to sound by denoising instead of the codec's decoder (San Roman et al. 2023).

audiocraft's networks, processors and schedules; the loop is ours, so that a long sound is made in overlapping chunks
and memory does not grow with it. Noise belongs to places in the sound, not to chunks: where two chunks overlap they
start from the same noise, and the cross-fade joins what is nearly the same.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from julius.bands import SplitBands
from julius.fftconv import fft_conv1d

from engine.audio.block import Audio
from engine.errors import AppError, Code
from engine.generate.musicgen.checkpoint import damaged
from engine.generate.musicgen.codec import Codec, Codes
from engine.generate.musicgen.configuration import DiffusionBand
from engine.models.engine import ModelEngine
from engine.upstream import audiocraft
from engine.upstream.documents import MAX_DEPTH, MAX_VALUES, judged, sections
from engine.upstream.tensors import UnreadableError, agree, filled, read_tensors

if TYPE_CHECKING:
    from engine.context import JobContext

Tensor = torch.Tensor
FILE = "mbd_musicgen_32khz.th"
STEPS = (*range(999, 0, -50), 0)
"""Places in the schedule of a thousand; the last one is where the sound is clean."""

CHUNK_FRAMES, OVERLAP_FRAMES = 500, 50
EQ_BANDS = 32
NOISE_BLOCK = 32_000
MAX_BANDS = 32


@dataclass(frozen=True)
class BandDiffusion:
    """One of the networks that share the work, its schedule, and what brings its output back to the sound's scale."""

    network: Any
    schedule: Any
    processor: Any


class Diffusion(ModelEngine[list[BandDiffusion]]):
    """The engine. Its networks take turns with those of the language model, under one device key."""

    device_key = "musicgen"

    def __init__(self, path: Path, device: str = "cpu") -> None:
        self._path, self._device = path, device
        self.rate_hz = 0

    def _read(self, job: "JobContext") -> list[BandDiffusion]:
        self.rate_hz, bands = read_bands(self._path, self._device)
        return bands

    @property
    def calls(self) -> int:
        """Passes of a network for one chunk of one channel."""
        return len(self._loaded) * (len(STEPS) - 1)

    @torch.inference_mode()
    def decode(self, codes: Codes, codec: Codec, seed: int, tick: Callable[[int, int], None]) -> Audio:
        """[codebooks, frames] -> float32 [channels, frames * hop]. `tick(done, total)` is told after every pass."""
        bands = self._loaded
        frames = codes.shape[1]
        chunks = list(plan_chunks(frames))
        latent = codec.latent(codes)
        reference = codec.stream().feed(codes, last=True) if frames <= CHUNK_FRAMES else _streamed(codec, codes)
        total, done = codec.channels * len(chunks) * self.calls, 0

        def passed() -> None:
            nonlocal done
            done += 1
            tick(done, total)

        out = np.zeros((codec.channels, frames * codec.hop), np.float32)
        for channel in range(codec.channels):
            for begin, end in chunks:
                noise = DiffusionNoise(seed, channel, begin * codec.hop, self._device)
                part = self._chunk(bands, latent[channel : channel + 1, :, begin:end], codec.hop, noise, passed)
                _fade_in(out[channel], part, begin * codec.hop, begin > 0, codec.hop)
            out[channel] = equalised(out[channel], reference[channel], codec.rate_hz)
        return out

    def _chunk(
        self, bands: list[BandDiffusion], latent: Tensor, hop: int, noise: "DiffusionNoise", passed: Callable[[], None]
    ) -> Audio:
        """The sum of all bands for one stretch of one channel."""
        samples = latent.shape[-1] * hop
        total = torch.zeros(1, 1, samples, device=self._device)
        for number, band in enumerate(bands):
            total += denoised(band, latent, samples, partial(noise, number), passed)
        mono: Audio = total[0, 0].cpu().numpy()
        return mono


def denoised(
    band: BandDiffusion, latent: Tensor, samples: int, noise: Callable[[int, int], Tensor], passed: Callable[[], None]
) -> Tensor:
    """One band of one stretch, [1, 1, samples]: the reverse process over STEPS.

    After `NoiseSchedule.generate_subsampled`: x = (x - (1 - a) / sqrt(1 - A) e) / sqrt(a), with noise of the
    posterior's variance except at the last step; a is the ratio of two neighbouring A.
    """
    schedule = band.schedule
    bars = (1 - schedule.betas).cumprod(0)
    kept = bars[list(reversed(STEPS))]
    ratios = torch.cat([kept[:1], kept[1:] / kept[:-1]])
    current = noise(0, samples) * schedule.noise_scale
    bar = bars[schedule.num_steps - 1]
    for index, step in enumerate(STEPS[:-1]):
        estimate = band.network(current, step, condition=latent).sample * schedule.noise_scale
        ratio = ratios[len(STEPS) - 1 - index]
        current = (current - (1 - ratio) / (1 - bar).sqrt() * estimate) / ratio.sqrt()
        last = index == len(STEPS) - 2
        following = torch.tensor(1.0) if last else bars[STEPS[index + 1]]
        if not last:
            variance = (1 - following) / (1 - bar) * (1 - ratio)
            current = current + variance.sqrt() * noise(index + 1, samples) * schedule.noise_scale
        if schedule.clip:
            current = current.clamp(-schedule.clip, schedule.clip)
        bar = following
        passed()
    back: Tensor = band.processor.return_sample(current)
    return back


class DiffusionNoise:
    """Standard normal noise that depends on seed, channel, band, step and place alone."""

    def __init__(self, seed: int, channel: int, start: int, device: str) -> None:
        self._seed, self._channel, self._start, self._device = seed, channel, start, device

    def __call__(self, band: int, step: int, samples: int) -> Tensor:
        """[1, 1, samples] from the start on."""
        first, last = self._start // NOISE_BLOCK, (self._start + samples - 1) // NOISE_BLOCK
        drawn = np.concatenate(
            [
                np.random.default_rng([self._seed, self._channel, band, step, block]).standard_normal(
                    NOISE_BLOCK, dtype=np.float32
                )
                for block in range(first, last + 1)
            ]
        )
        skip = self._start - first * NOISE_BLOCK
        return torch.from_numpy(drawn[skip : skip + samples]).view(1, 1, -1).to(self._device)


def plan_chunks(frames: int) -> Iterator[tuple[int, int]]:
    """(begin, end) of overlapping stretches; no last one is shorter than the overlap."""
    begin = 0
    while frames - begin > CHUNK_FRAMES + OVERLAP_FRAMES:
        yield begin, begin + CHUNK_FRAMES
        begin += CHUNK_FRAMES - OVERLAP_FRAMES
    yield begin, frames


def _fade_in(out: Audio, part: Audio, start: int, overlaps: bool, hop: int) -> None:
    """Put `part` at `start` of `out`, cross-faded over the overlap: both are nearly the same there, so linearly."""
    shared = OVERLAP_FRAMES * hop if overlaps else 0
    turn = (np.arange(shared, dtype=np.float32) + 0.5) / max(1, shared)
    out[start : start + shared] = out[start : start + shared] * (1 - turn) + part[:shared] * turn
    out[start + shared : start + len(part)] = part[shared:]


def _streamed(codec: Codec, codes: Codes) -> Audio:
    stream, frames = codec.stream(), codes.shape[1]
    pieces = [
        stream.feed(codes[:, begin : begin + CHUNK_FRAMES], last=begin + CHUNK_FRAMES >= frames)
        for begin in range(0, frames, CHUNK_FRAMES)
    ]
    return np.concatenate(pieces, axis=1)


def equalised(sound: Audio, reference: Audio, rate_hz: int) -> Audio:
    """`sound` [samples] with the standard deviation of `reference` in each of 32 mel bands.

    As `MultiBandDiffusion.re_eq`, but one band at a time: 32 copies of a long sound would be gigabytes.
    """
    split = SplitBands(sample_rate=rate_hz, n_bands=EQ_BANDS)
    out = torch.zeros(len(sound))
    for band, goal in zip(bands_of(split, sound), bands_of(split, reference), strict=True):
        out += band * (goal.std() / band.std().clamp(min=1e-12))
    equal: Audio = out.numpy()
    return equal


def bands_of(split: Any, sound: Audio) -> Iterator[Tensor]:
    """What `julius.SplitBands` gives for [samples], one after the other."""
    wave = torch.from_numpy(np.ascontiguousarray(sound)).view(1, 1, -1)
    filters = split.lowpass
    padded = torch.nn.functional.pad(wave, (filters.half_size, filters.half_size), mode="replicate")
    before = torch.zeros_like(wave)
    for row in filters.filters:
        low = fft_conv1d(padded, row.view(1, 1, -1))
        yield (low - before)[0, 0]
        before = low
    yield (wave - before)[0, 0]


def read_bands(path: Path, device: str) -> tuple[int, list[BandDiffusion]]:
    """Rate and bands from a package as published. Raises MODEL_MISSING, INVALID_INPUT `checkpoint_damaged`."""
    audiocraft.load()
    name = path.parent.name
    if not path.is_file():
        raise AppError(Code.MODEL_MISSING, "checkpoint_file_missing", file=path.name, folder=str(path.parent))
    try:
        package = read_tensors(path, _known_types())
        rate_hz, count = int(package["sample_rate"]), int(package["n_bands"])
        if not (8_000 <= rate_hz <= 192_000 and 1 <= count <= MAX_BANDS):
            raise UnreadableError(f"sample_rate {rate_hz}, n_bands {count}")
        return rate_hz, [_band(package[index], rate_hz, f"{path.name}: {index}.cfg", device) for index in range(count)]
    except AppError:
        raise
    except Exception as error:  # absent entries, numbers that no layer can have, tensors of other names or shapes
        raise damaged(path, name, error) from error


def _band(part: Any, rate_hz: int, file: str, device: str) -> BandDiffusion:
    from audiocraft.models.unet import DiffusionUnet
    from audiocraft.modules.diffusion_schedule import MultiBandProcessor, NoiseSchedule, SampleProcessor

    document = _plain(part["cfg"])
    config = judged(DiffusionBand, sections(document, tuple(DiffusionBand.model_fields), file), file)
    shape, settings = config.schedule, config.processor
    network = filled(
        lambda: DiffusionUnet(chin=config.channels, num_steps=shape.num_steps, **dict(config.diffusion_unet)),
        part["model_state"],
    )

    def make() -> Any:
        if not settings.use or settings.name != "multi_band_processor":
            return SampleProcessor()
        return MultiBandProcessor(settings.n_bands, rate_hz, settings.num_samples, settings.power_std)

    processor = make()  # its filters are computed, and small
    agree({key: tensor.shape for key, tensor in processor.state_dict().items()}, part["processor_state"])
    processor.load_state_dict(part["processor_state"])
    processor.to(device).eval()
    schedule = NoiseSchedule(**dict(shape), sample_processor=processor, device=device)
    return BandDiffusion(network.to(device).eval().requires_grad_(False), schedule, processor)


def _plain(node: Any) -> Any:
    """A configuration that was pickled as OmegaConf's nodes, as plain data; nothing of OmegaConf's own is run, which
    would resolve what a stranger wrote into it. Raises UnreadableError for one that is too large or too deep."""
    values = 0

    def unwrapped(node: Any, depth: int) -> Any:
        nonlocal values
        values += 1
        if values > MAX_VALUES or depth > MAX_DEPTH:
            raise UnreadableError("its configuration is too large or too deep")
        inside = vars(node) if hasattr(node, "__dict__") else {}
        content = inside.get("_content", inside.get("_val", node))
        if isinstance(content, dict):
            return {key: unwrapped(part, depth + 1) for key, part in content.items()}
        if isinstance(content, list | tuple):
            return [unwrapped(part, depth + 1) for part in content]
        return content

    return unwrapped(node, 0)


def _known_types() -> list[Any]:
    """What such a package may hold besides tensors: nodes of OmegaConf, nothing that could run."""
    import collections
    import typing

    from omegaconf import DictConfig, ListConfig, nodes
    from omegaconf.base import ContainerMetadata, Metadata

    leaves = [nodes.AnyNode, nodes.IntegerNode, nodes.FloatNode, nodes.StringNode, nodes.BooleanNode]
    plain = [dict, list, int, float, str, bool, collections.defaultdict, typing.Any]
    return [DictConfig, ListConfig, ContainerMetadata, Metadata, *leaves, *plain]
