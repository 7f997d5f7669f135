"""The decoding loop gives what audiocraft's own gives."""

from typing import Any

import numpy as np
import pytest
import torch

from engine.generate.musicgen.architecture import read_architecture
from engine.generate.musicgen.decoder import Condition, TwoPass, guidance
from engine.generate.musicgen.generation import generate_codes
from engine.generate.musicgen.graphs import GraphDecoder
from engine.generate.musicgen.native.decoder import NativeDecoder, Pace, pack
from engine.generate.musicgen.native.kernels import exponential, gelu
from engine.generate.musicgen.pattern import DelayPattern
from engine.generate.musicgen.reference import TorchDecoder
from engine.generate.musicgen.sampling import Draw, probabilities, sampled
from tests.generate.checkpoints import CARD, DIM, KINDS, build_language_model, language_model_config

pytestmark = pytest.mark.usefixtures("one_thread")
COEF = 3.0
STEPS = 310


class Peer:
    """audiocraft's LMModel, given condition tensors instead of conditioners."""

    def __init__(self, kind: str) -> None:
        self.config = language_model_config(kind)
        self.arch = read_architecture(self.config, kind)
        self.model: Any = build_language_model(self.config)

    def conditions(self, batch: int, groups: int = 2) -> dict[str, torch.Tensor]:
        """What the conditioners would give: the last group is the null condition."""
        torch.manual_seed(17)
        text = torch.randn(groups * batch, 7, DIM)
        text[-batch:] = 0
        found = {"description": text}
        if self.arch.prepend:
            wave = torch.randn(groups * batch, 9, DIM)
            wave[-batch:] = torch.randn(DIM)
            found["self_wav"] = wave
        return found

    def generate(
        self, conditions: dict[str, torch.Tensor], batch: int, frames: int, prompt: Any, **options: Any
    ) -> Any:
        with_masks = {name: (tensor, torch.ones(tensor.shape[:2])) for name, tensor in conditions.items()}
        self.model.condition_provider.tokenize = lambda attributes: attributes
        self.model.condition_provider.forward = lambda tokenized: with_masks
        from audiocraft.modules.conditioners import ConditioningAttributes

        attributes = [ConditioningAttributes(text={"description": "x"}) for _ in range(batch)]
        prompt = None if prompt is None else torch.from_numpy(prompt)
        with torch.no_grad():
            return self.model.generate(
                prompt, attributes, num_samples=batch, max_gen_len=frames, cfg_coef=COEF, check=True, **options
            ).numpy()

    def generate_two_step(self, tensors: dict[str, torch.Tensor], frames: int) -> Any:
        """With conditions of unequal length: 7 frames for the condition, 4 for the null condition."""
        from audiocraft.modules.conditioners import ConditioningAttributes

        self.model.condition_provider.tokenize = lambda attributes: attributes
        answers = [
            {name: (tensor[row : row + 1, : 4 + 3 * (row == 0)], None) for name, tensor in tensors.items()}
            for row in range(2)
        ]
        self.model.condition_provider.forward = lambda tokenized: answers.pop(0)
        self.model.cfg_coef = COEF
        attributes = [ConditioningAttributes(text={"description": "x"})]
        with torch.no_grad():
            return self.model.generate(
                None, attributes, max_gen_len=frames, use_sampling=False, two_step_cfg=True, check=True
            ).numpy()

    def condition(self, tensors: dict[str, torch.Tensor], batch: int, weights: tuple[float, ...]) -> Condition:
        order = [name for name in ("self_wav", "description") if name in tensors]
        whole = torch.cat([tensors[name] for name in order], dim=1).numpy()
        if self.arch.prepend:
            return Condition(batch, weights, prefix=whole)
        return Condition(batch, weights, cross=whole)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("prompt_frames", [0, 40])
def test_greedy_codes_equal_audiocrafts_over_three_hundred_steps(kind: str, prompt_frames: int) -> None:
    peer, batch = Peer(kind), 2
    tensors = peer.conditions(batch)
    prompt = None
    if prompt_frames:
        prompt = np.random.default_rng(3).integers(0, CARD, (batch, peer.arch.codebooks, prompt_frames))
    theirs = peer.generate(tensors, batch, STEPS, prompt, use_sampling=False)
    decoder = TorchDecoder(peer.arch, peer.model.state_dict())
    condition = peer.condition(tensors, batch, guidance(COEF))
    ours = generate_codes(decoder, peer.arch, condition, STEPS, Draw(temperature=0), np.random.default_rng(0), prompt)
    assert len(np.unique(theirs)) > CARD // 4, "a model that always says the same proves nothing"
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("draw", [Draw(1.2, 20), Draw(0.9, 0, 0.67), Draw(1.0, 0), Draw(0.7, CARD)], ids=str)
@pytest.mark.parametrize("kind", ["text", "melody"])
def test_probabilities_fed_to_the_sampler_agree(kind: str, draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    peer = Peer(kind)
    from audiocraft.utils import utils

    theirs: list[np.ndarray] = []

    def keep(shares: torch.Tensor, num_samples: int) -> torch.Tensor:
        theirs.append(shares.clone().numpy()[0])
        return real(shares, num_samples)

    real = utils.multinomial
    monkeypatch.setattr(utils, "multinomial", keep)
    tensors = peer.conditions(1)
    torch.manual_seed(4)
    codes = peer.generate(
        tensors, 1, 60, None, use_sampling=True, temp=draw.temperature, top_k=draw.top_k, top_p=draw.top_p
    )
    decoder = TorchDecoder(peer.arch, peer.model.state_dict())
    pattern = DelayPattern(peer.arch.delays, 60, peer.arch.special)
    condition = peer.condition(tensors, 1, guidance(COEF))
    cache, logits = decoder.prefill(condition, pattern.column(codes, 0)[:, :, None], pattern.steps)
    for step in range(1, pattern.steps):
        ours = probabilities(logits, draw)[0]
        if draw.top_p > 0:
            ours = -np.sort(-ours, axis=-1)
        assert np.abs(ours - theirs[step - 1]).max() < 1e-5
        logits = decoder.step(pattern.column(codes, step), cache)


def test_double_guidance_is_the_formula_of_the_style_model() -> None:
    rng = np.random.default_rng(1)
    both, style, null = rng.normal(size=(3, 10))
    first, second, third = guidance(3.0, style_beta=5.0)
    expected = null + 3.0 * (style + 5.0 * (both - style) - null)
    np.testing.assert_allclose(first * both + second * style + third * null, expected, atol=1e-12)


def test_the_style_model_decodes_three_groups_as_a_full_forward_pass_does() -> None:
    peer, weights = Peer("style"), guidance(3.0, style_beta=5.0)
    tensors = peer.conditions(1, groups=3)
    decoder = TorchDecoder(peer.arch, peer.model.state_dict())
    condition = peer.condition(tensors, 1, weights)
    codes = generate_codes(decoder, peer.arch, condition, 50, Draw(temperature=0), np.random.default_rng(0))
    pattern = DelayPattern(peer.arch.delays, 50, peer.arch.special)
    sequence = torch.from_numpy(np.stack([pattern.column(codes, step) for step in range(pattern.steps)], axis=2))
    with torch.no_grad():
        with_masks = {name: (tensor, torch.ones(tensor.shape[:2])) for name, tensor in tensors.items()}
        logits = peer.model(sequence.repeat(3, 1, 1), [], with_masks)
    guided = (logits * torch.tensor(weights).view(3, 1, 1, 1)).sum(0).argmax(-1).numpy()
    for step in range(1, pattern.steps):
        valid = pattern.valid(step)
        np.testing.assert_array_equal(guided[valid, step - 1], sequence[0, valid, step].numpy())


def test_draws_follow_their_probabilities() -> None:
    logits = np.log(np.array([0.5, 0.25, 0.15, 0.1], np.float32))
    dice = np.random.default_rng(0)
    drawn = sampled(np.broadcast_to(logits, (20_000, 4)), Draw(1.0, 3), dice)
    shares = np.bincount(drawn, minlength=4) / len(drawn)
    np.testing.assert_allclose(shares, [0.5 / 0.9, 0.25 / 0.9, 0.15 / 0.9, 0], atol=0.015)


@pytest.mark.parametrize("delays", [(0, 1, 2, 3), (0, 0, 1, 1, 2, 2, 3, 3), (0, 0)])
def test_the_pattern_loses_nothing(delays: tuple[int, ...]) -> None:
    from audiocraft.modules.codebooks_patterns import DelayedPatternProvider

    codes = np.random.default_rng(2).integers(0, 50, (2, len(delays), 11))
    pattern = DelayPattern(delays, 11, 99)
    columns = np.stack([pattern.column(codes, step) for step in range(pattern.steps)], axis=2)
    theirs, _, mask = (
        DelayedPatternProvider(len(delays), list(delays))
        .get_pattern(11)
        .build_pattern_sequence(torch.from_numpy(codes), 99)
    )
    np.testing.assert_array_equal(columns, theirs.numpy())
    np.testing.assert_array_equal(np.stack([pattern.valid(s) for s in range(pattern.steps)], axis=1), mask.numpy())


@pytest.mark.parametrize("kind", ["text", "melody", "stereo"])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_compiled_kernels_are_the_reference_with_rounded_weights(kind: str, threads: int) -> None:
    peer, batch = Peer(kind), 2
    state = peer.model.state_dict()
    condition = peer.condition(peer.conditions(batch), batch, guidance(COEF))
    exact, kernels = TorchDecoder(peer.arch, rounded(state)), NativeDecoder(peer.arch, state, threads=threads)
    codes = np.random.default_rng(0).integers(0, CARD, (batch, peer.arch.codebooks, 70))
    pattern = DelayPattern(peer.arch.delays, 70, peer.arch.special)
    first = np.stack([pattern.column(codes, step) for step in range(41)], axis=2)
    theirs, expected = exact.prefill(condition, first, pattern.steps)
    ours, found = kernels.prefill(condition, first, pattern.steps)
    for step in range(41, pattern.steps):
        assert np.abs(found - expected).max() < 3e-3 * np.abs(expected).max()
        expected, found = (d.step(pattern.column(codes, step), c) for d, c in ((exact, theirs), (kernels, ours)))


@pytest.mark.parametrize("kind", ["text", "melody", "stereo"])
def test_steps_of_fixed_shape_are_the_reference(kind: str) -> None:
    """What CUDA graphs replay, run eagerly; over more than one span."""
    peer = Peer(kind)
    state = peer.model.state_dict()
    condition = peer.condition(peer.conditions(1), 1, guidance(COEF))
    ours, theirs = (
        generate_codes(made(peer.arch, state), peer.arch, condition, 270, Draw(temperature=0), np.random.default_rng(0))
        for made in (GraphDecoder, TorchDecoder)
    )
    np.testing.assert_array_equal(ours, theirs)


def test_a_step_is_given_as_many_threads_as_are_quickest_and_the_number_changes_nothing() -> None:
    pace = Pace(4)
    cost = {1: 3.0, 2: 2.0, 4: 1.0}

    def run(steps: int) -> list[int]:
        chosen = []
        for _ in range(steps):
            chosen.append(pace.choose())
            pace.took(chosen[-1], cost[chosen[-1]])
        return chosen

    assert run(3) == [4, 2, 1]
    assert run(320).count(4) >= 310
    cost[4] = 9.0
    assert run(640)[-300:].count(2) >= 285
    peer = Peer("text")
    condition = peer.condition(peer.conditions(1), 1, guidance(COEF))
    column = np.full((1, 4, 1), CARD)
    answers = []
    for threads in (1, 2, 4):
        decoder = NativeDecoder(peer.arch, peer.model.state_dict(), threads=threads)
        cache, _ = decoder.prefill(condition, column, 60)
        answers.append(np.stack([decoder.step(column[:, :, 0] - 1, cache) for _ in range(50)]))
    assert answers[0].tobytes() == answers[1].tobytes() == answers[2].tobytes()


def rounded(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Weights as the kernels hold them: int8 with a scale for each row, cross-attention's keys and values excepted."""

    def rows(matrix: torch.Tensor) -> torch.Tensor:
        scales = (matrix.abs().amax(1, keepdim=True) / 127).clamp(min=1e-12)
        return (matrix / scales).round() * scales

    found = {}
    for name, tensor in state.items():
        if "cross_attention.in_proj" in name:
            found[name] = torch.cat([rows(tensor[: len(tensor) // 3]), tensor[len(tensor) // 3 :]])
        else:
            found[name] = rows(tensor) if tensor.ndim == 2 and not name.startswith("emb") else tensor
    return found


def test_packed_weights_are_the_rounded_rows_in_the_kernels_order() -> None:
    matrix = torch.randn(24, 96)
    packed, scales = pack(matrix)
    order = packed.reshape(3, 3, 8, 32).transpose(0, 2, 1, 3).reshape(24, 96)
    assert np.abs(order * scales[:, None] - matrix.numpy()).max() <= scales.max() / 2 * 1.001


def test_the_kernels_exponential_and_gelu() -> None:
    x = np.linspace(-80, 10, 20_001).astype(np.float32)
    found = np.array([exponential(v) for v in x])
    np.testing.assert_allclose(found, np.exp(x.astype(np.float64)), rtol=5e-7)
    y = np.linspace(-8, 8, 20_001).astype(np.float32)
    expected = torch.nn.functional.gelu(torch.from_numpy(y).double()).numpy()
    assert np.abs(np.array([gelu(v) for v in y]) - expected).max() < 1e-6


@pytest.mark.parametrize("kind", ["text", "melody"])
def test_guidance_in_two_passes_is_audiocrafts(kind: str) -> None:
    peer = Peer(kind)
    tensors = peer.conditions(1)
    parts = tuple(
        peer.condition(
            {name: tensor[row : row + 1, : 4 + 3 * (row == 0)] for name, tensor in tensors.items()}, 1, (1.0,)
        )
        for row in range(2)
    )
    condition = Condition(1, guidance(COEF), parts=parts)
    decoder = TwoPass(TorchDecoder(peer.arch, peer.model.state_dict()))
    ours = generate_codes(decoder, peer.arch, condition, 80, Draw(temperature=0), np.random.default_rng(0))
    theirs = peer.generate_two_step(tensors, 80)
    np.testing.assert_array_equal(ours, theirs)
