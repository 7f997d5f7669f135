"""Number by number the same as the PyPI package BS-RoFormer 0.4.1 on the same random weights."""

import math

import pytest
import torch

from engine.split.roformer.config import KNOWN, RoformerConfig
from engine.split.roformer.layout import recognise, tensor_shapes
from engine.split.roformer.network import Roformer
from tests.split.roformer.tiny import TINY, noise, peer_of, peer_stems, random_peer

CPU = torch.device("cpu")
FOUR = ("drums", "bass", "other", "vocals")

LAYOUTS = {
    "one stem": {},
    "four stems, narrow masks": {"num_stems": 4, "sources": FOUR, "mlp_expansion_factor": 2},
    "six stems, hop 512": {"num_stems": 6, "sources": tuple("abcdef"), "stft_hop_length": 512},
    "several blocks an axis": {"time_transformer_depth": 2, "freq_transformer_depth": 3},
    "three heads": {"heads": 3, "dim_head": 10},
    "deep masks": {"mask_estimator_depth": 3},
    "flat masks": {"mask_estimator_depth": 1},
    "short window": {"stft_win_length": 1600, "stft_hop_length": 400},
    "normalised transform": {"stft_normalized": True},
    "bands in no order": {"freqs_per_bands": (100, 25, 25, 100, 7, 256), "stft_n_fft": 1024, "stft_win_length": 1024},
}


def config_of(**changes: object) -> RoformerConfig:
    return RoformerConfig.model_validate({**TINY.model_dump(), **changes})


def distance(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a - b).norm() / b.norm())


def ours(config: RoformerConfig, weights: dict[str, torch.Tensor], dtype: torch.dtype = torch.float32) -> Roformer:
    return Roformer(config, weights, CPU, dtype)


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("samples", [44_100, 30_001])
def test_it_equals_the_peer(name: str, samples: int) -> None:
    config = config_of(**LAYOUTS[name])
    peer, mix = random_peer(config), torch.from_numpy(noise(samples))
    theirs = peer_stems(peer, mix)
    stems = ours(config, peer.state_dict())(mix)
    assert stems.shape == (config.num_stems, 2, samples) and stems.dtype == torch.float32
    assert theirs.norm() > 1
    assert distance(stems[..., : theirs.shape[-1]], theirs) < 1e-5


def test_the_peers_other_attention_gives_the_same() -> None:
    mix = torch.from_numpy(noise(20_000))
    peer = random_peer(TINY, flash=False)
    theirs = peer_stems(peer, mix)
    assert distance(ours(TINY, peer.state_dict())(mix)[..., : theirs.shape[-1]], theirs) < 1e-5


@pytest.mark.parametrize("rows", [1, 100, 1 << 20])
def test_the_size_of_a_tile_changes_nothing(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    weights, mix = random_peer(TINY).state_dict(), torch.from_numpy(noise(20_000))
    expected = ours(TINY, weights)(mix)
    monkeypatch.setattr("engine.split.roformer.network.tile_rows", lambda device: rows)
    assert distance(ours(TINY, weights)(mix), expected) < 1e-6


@pytest.mark.parametrize(
    ("model_id", "tensors", "parameters"),
    [
        ("bs-roformer-viperx", 699, 159_758_796),
        ("bs-roformer-4stem", 1355, 131_704_612),
        ("bs-roformer-sw", 1939, 174_657_268),
    ],
)
def test_a_published_layout_is_the_peers(model_id: str, tensors: int, parameters: int) -> None:
    config = KNOWN[model_id]
    with torch.device("meta"):
        theirs = {name: tuple(tensor.shape) for name, tensor in peer_of(config).state_dict().items()}
    assert tensor_shapes(config) == theirs
    assert (len(theirs), sum(map(math.prod, theirs.values()))) == (tensors, parameters)
    assert recognise(theirs) == config
    assert recognise(dict(list(theirs.items())[1:])) is None


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.usefixtures("only_full")
def test_it_equals_the_peer_at_the_size_of_viperx() -> None:
    config = KNOWN["bs-roformer-viperx"]
    torch.manual_seed(0)
    peer = peer_of(config)
    mix = torch.from_numpy(noise(config.window))
    theirs = peer_stems(peer, mix)
    stems = ours(config, peer.state_dict())(mix)
    assert distance(stems[..., : theirs.shape[-1]], theirs) < 1e-5


def test_sixteen_bits_stay_close() -> None:
    config = config_of(depth=6)
    weights, mix = random_peer(config).state_dict(), torch.from_numpy(noise(44_100))
    exact = ours(config, weights)(mix)
    assert distance(ours(config, weights, torch.bfloat16)(mix), exact) < 0.02  # -34 dB; -46 dB and better was seen
    assert distance(ours(config, weights, torch.float16)(mix), exact) < 0.002


def test_zero_dc_takes_away_what_lies_at_the_bottom_and_nothing_else() -> None:
    weights, mix = random_peer(TINY).state_dict(), torch.from_numpy(noise(44_100) + 0.3)
    taken = ours(TINY, weights)(mix) - ours(config_of(zero_dc=True), weights)(mix)
    power = torch.fft.rfft(taken).abs().square().sum(dim=(0, 1))  # one bin a hertz: the sound is one second long
    assert taken.norm() > 0.1
    assert power[:150].sum() / power.sum() > 0.999


def test_the_same_input_gives_the_same_bytes() -> None:
    weights, mix = random_peer(TINY).state_dict(), torch.from_numpy(noise(20_000))
    network = ours(TINY, weights, torch.bfloat16)
    assert torch.equal(network(mix), network(mix))


def test_the_last_rotation_of_an_axis_is_in_force_as_upstream_shares_it() -> None:
    peer, mix = random_peer(TINY), torch.from_numpy(noise(20_000))
    weights = {name: tensor.clone() for name, tensor in peer.state_dict().items()}
    weights["layers.1.0.layers.0.0.rotary_embed.freqs"] *= 1.5
    peer.load_state_dict(weights)
    theirs = peer_stems(peer, mix)
    assert distance(ours(TINY, weights)(mix)[..., : theirs.shape[-1]], theirs) < 1e-5


def test_ticks_rise_to_one() -> None:
    shares: list[float] = []
    ours(TINY, random_peer(TINY).state_dict())(torch.from_numpy(noise(5_000)), shares.append)
    assert shares == [0.25, 0.5, 0.75, 1.0]
