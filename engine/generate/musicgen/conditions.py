"""Words, melodies and styles as tensors: audiocraft's text conditioner and chroma, and MusicGen-Style's encoder, fused
as the checkpoint's fuser says."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.audio.block import Audio
from engine.generate.musicgen.checkpoint import Checkpoint
from engine.generate.musicgen.configuration import ChromaStem
from engine.generate.musicgen.decoder import Condition, positions
from engine.generate.musicgen.style import StyleEncoder
from engine.generate.musicgen.text_encoder import read_text_encoder
from engine.upstream import audiocraft

Stems = Callable[[Audio, int], Audio]
"""Sound float32 [2, samples] and its rate -> what carries the melody in it, without drums and bass."""

TEXT, WAVE = "description", "self_wav"

Group = tuple[str | None, torch.Tensor | None]
"""What a group of rows is told: words and reference."""


def _groups(prompt: str | None, reference: torch.Tensor | None, count: int) -> list[Group]:
    """Everything; with three groups the reference alone; with two or more nothing: what `guidance` gives weights to."""
    groups: list[Group] = [(prompt, reference), (None, reference), (None, None)]
    return groups if count == 3 else [groups[0], groups[2]][:count]


class Conditioner:
    """What a checkpoint's language model is told. The text encoder is not in the checkpoint: it has its own folder."""

    def __init__(self, checkpoint: Checkpoint, text_folder: Path | None) -> None:
        self._arch, self._state = checkpoint.arch, checkpoint.state
        parts = checkpoint.config.conditioners or {}
        self._text: Any = None
        if text_folder is not None and TEXT in parts and (words := parts[TEXT].t5):
            self._text = read_text_encoder(text_folder, words, self._arch.dim)
            self._load(self._text.output_proj, TEXT)
            self._text.eval()
        heard = parts.get(WAVE)
        self._chroma: Any = None
        if heard and heard.chroma_stem and self._arch.melody:
            self._chroma = Chroma(heard.chroma_stem, self._arch.segment_s)
            self._projection = torch.nn.Linear(self._chroma.bins, self._arch.dim)
            self._load(self._projection, WAVE)
        self._style: StyleEncoder | None = None
        if heard and heard.style and self._arch.style:
            root = f"condition_provider.conditioners.{WAVE}."
            self._style = StyleEncoder(heard.style, self._state, root, checkpoint.name)

    def _load(self, projection: torch.nn.Linear, attribute: str) -> None:
        root = f"condition_provider.conditioners.{attribute}.output_proj"
        projection.load_state_dict({part: self._state[f"{root}.{part}"].float() for part in ("weight", "bias")})
        projection.requires_grad_(False)

    @torch.inference_mode()
    def text(self, prompts: Sequence[str | None]) -> torch.Tensor:
        """[prompts, tokens, dim]; a row without words is zeros."""
        if self._text is None:
            raise RuntimeError("this model was loaded without its text encoder")
        embedded, _ = self._text(self._text.tokenize(list(prompts)))
        found: torch.Tensor = embedded.float()
        return found

    @torch.inference_mode()
    def melody(self, sound: Audio | None, rate_hz: int) -> torch.Tensor:
        """[1, frames, dim] for the part of a song that carries its melody, or for silence."""
        projected: torch.Tensor = self._projection(self._chroma(sound, rate_hz)[None])
        return projected

    def style(self, features: Audio, codebooks: int) -> torch.Tensor:
        """[1, frames, dim] for MERT's features [frames, width] of a clip."""
        if self._style is None:
            raise RuntimeError("this model hears no style")
        found: torch.Tensor = self._style(features, codebooks)
        return found

    def condition(
        self,
        prompt: str | None,
        batch: int,
        weights: tuple[float, ...],
        reference: torch.Tensor | None = None,
    ) -> Condition:
        """The condition of `batch` equal rows, and for each further group of `weights` what it leaves out.

        `reference`: what `melody` or `style` gave. Without it and words one group is enough: all would be the same.
        """
        if not prompt and reference is None:
            weights = (1.0,)
        return self._condition(_groups(prompt, reference, len(weights)), batch, weights)

    def parts(
        self, prompt: str | None, batch: int, weights: tuple[float, ...], reference: torch.Tensor | None
    ) -> Condition:
        """The same for `TwoPass`: each group by itself."""
        groups = _groups(prompt, reference, len(weights))
        return Condition(batch, weights, parts=tuple(self._condition([group], batch, (1.0,)) for group in groups))

    def _condition(self, groups: list["Group"], batch: int, weights: tuple[float, ...]) -> Condition:
        found: dict[str, torch.Tensor] = {}
        if self._arch.text_encoder:
            found[TEXT] = self.text([prompt for prompt, _ in groups for _ in range(batch)])
        if self._arch.melody or self._arch.style:
            null = self._null([reference for _, reference in groups])
            heard = [null if reference is None else reference for _, reference in groups]
            found[WAVE] = torch.cat([wave.expand(batch, -1, -1) for wave in heard])
        return Condition(batch, weights, self._joined(found, self._arch.prepend, front=True), self._crossed(found))

    def _null(self, references: Sequence[torch.Tensor | None]) -> torch.Tensor:
        """What stands where no clip is heard: the melody of silence; for a style nothing, as long as one beside it."""
        if self._arch.melody:
            return self.melody(None, self._chroma.rate_hz)
        frames = max((known.shape[1] for known in references if known is not None), default=1)
        return torch.zeros(1, frames, self._arch.dim)

    def _joined(self, found: dict[str, torch.Tensor], names: tuple[str, ...], *, front: bool) -> Any:
        """Side by side; each that is put in front stands before those that were there."""
        chosen = [found[name] for name in (TEXT, WAVE) if name in found and name in names]
        if not chosen:
            return None
        return torch.cat(chosen[::-1] if front else chosen, dim=1).numpy()

    def _crossed(self, found: dict[str, torch.Tensor]) -> Any:
        whole = self._joined(found, self._arch.cross, front=False)
        if whole is not None and self._arch.cross_position_scale:
            whole = whole + self._arch.cross_position_scale * positions(whole.shape[1], whole.shape[2])
        return whole


class Chroma:
    """Which of the twelve pitch classes is loudest, 7.8 times a second, as one-hot rows."""

    def __init__(self, options: ChromaStem, segment_s: float) -> None:
        audiocraft.load()
        from audiocraft.modules.chroma import ChromaExtractor

        self.rate_hz, self.bins = options.sample_rate, options.n_chroma
        self._extractor = ChromaExtractor(**dict(options))
        self.frames = self._extractor(torch.zeros(1, int(self.rate_hz * segment_s))).shape[1]

    def __call__(self, sound: Audio | None, rate_hz: int) -> torch.Tensor:
        """Sound of one channel at `self.rate_hz`, or None for silence -> [frames, bins], repeated or cut to length."""
        if rate_hz != self.rate_hz:
            raise ValueError(f"chroma is computed at {self.rate_hz} Hz, not at {rate_hz}")
        wave = torch.zeros(1, 1) if sound is None else torch.from_numpy(np.ascontiguousarray(sound.reshape(1, -1)))
        found: torch.Tensor = self._extractor(wave)[0]
        times = -(-self.frames // len(found))
        return found.repeat(times, 1)[: self.frames]
