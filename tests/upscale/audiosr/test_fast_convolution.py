"""Fast convolutions against torch's own."""

import pytest
import torch
from torch import Tensor, nn

from engine.upscale.audiosr.fast_convolution import FourierConv1d, WinogradConv2d, with_fast_convolutions


@pytest.fixture(autouse=True)
def _still() -> None:
    torch.manual_seed(0)


def apart(ours: Tensor, theirs: Tensor) -> float:
    return float((ours - theirs).norm() / theirs.norm())


def conv1d(ins: int, outs: int, taps: int, dilation: int = 1) -> nn.Conv1d:
    return nn.Conv1d(ins, outs, taps, dilation=dilation, padding=taps // 2 * dilation)


@pytest.mark.parametrize("taps", [3, 5, 7, 15, 41, 101])
@pytest.mark.parametrize("dilation", [1, 3, 5])
@torch.inference_mode()
def test_one_dimension_equals_torch(taps: int, dilation: int) -> None:
    layer, x = conv1d(32, 48, taps, dilation), torch.randn(2, 32, 997)
    made = FourierConv1d(layer)(x)
    assert made.shape == (2, 48, 997) and apart(made, layer(x)) < 1e-6


@pytest.mark.parametrize("samples", [1, 2, 15, 16, 500])
@torch.inference_mode()
def test_any_length(samples: int) -> None:
    layer, x = conv1d(32, 32, 7, 3), torch.randn(1, 32, samples)
    assert apart(FourierConv1d(layer)(x), layer(x)) < 1e-6


@pytest.mark.parametrize(("height", "width"), [(1, 1), (4, 4), (13, 7), (64, 33)])
@torch.inference_mode()
def test_two_dimensions_equal_torch(height: int, width: int) -> None:
    layer, x = nn.Conv2d(32, 64, 3, padding=1), torch.randn(2, 32, height, width)
    made = WinogradConv2d(layer)(x)
    assert made.shape == (2, 64, height, width) and apart(made, layer(x)) < 1e-5


@torch.inference_mode()
def test_large_weights_are_transformed_piece_by_piece() -> None:
    layer, x = conv1d(256, 256, 11, 3), torch.randn(1, 256, 3000)
    assert apart(FourierConv1d(layer)(x), layer(x)) < 1e-6
    wide, picture = nn.Conv2d(512, 512, 3, padding=1), torch.randn(1, 512, 9, 8)
    assert apart(WinogradConv2d(wide)(picture), wide(picture)) < 1e-5


@torch.inference_mode()
def test_hasten_takes_what_it_knows_and_keeps_names() -> None:
    network = nn.Sequential(
        conv1d(32, 32, 7),
        nn.Sequential(nn.Conv1d(32, 32, 7, stride=2, padding=3), conv1d(32, 32, 1), nn.Conv1d(32, 32, 4, padding=2)),
        nn.Conv1d(32, 32, 3, padding=1, groups=2),
        conv1d(32, 32, 9),
    )
    names, x = list(network.state_dict()), torch.randn(1, 32, 400)
    wanted = network(x)
    assert apart(with_fast_convolutions(network)(x), wanted) < 1e-6
    assert list(network.state_dict()) == names
    assert [type(layer) for layer in network.modules() if not list(layer.children())] == [
        FourierConv1d, nn.Conv1d, nn.Conv1d, nn.Conv1d, nn.Conv1d, FourierConv1d
    ]  # fmt: skip
