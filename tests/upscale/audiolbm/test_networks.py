from math import prod

import pytest
import torch
from torch import nn

from engine.upscale.audiolbm import vae
from engine.upscale.audiolbm.checkpoint import Config, StageNetworks, build
from tests.upscale.audiolbm.tiny import tiny_config


def _tiny(rate_hz: int = 48_000) -> StageNetworks:
    torch.manual_seed(3)
    return build(Config.model_validate(tiny_config(rate_hz)))


def _count(module: nn.Module) -> int:
    return sum(prod(parameter.shape) for parameter in module.parameters())


@pytest.mark.parametrize(
    ("rate_hz", "layers", "least", "most"),
    [(48_000, 24, 0.45e9, 0.55e9), (96_000, 16, 0.25e9, 0.35e9), (192_000, 16, 0.25e9, 0.35e9)],
)
def test_the_real_shapes_have_as_many_parameters_as_the_paper_says(
    rate_hz: int, layers: int, least: float, most: float
) -> None:
    with torch.device("meta"):
        stage = build(
            Config(
                format="audiolbm-1",
                rate_hz=rate_hz,
                latent_scale=1,
                crop_s=5.12,
                dit={"layers": layers, "heads": layers},
            )
        )
    assert least < _count(stage.dit) < most
    assert stage.config.window == 480 * rate_hz // 48_000
    with torch.device("meta"):
        latents = stage.vae.encoder(torch.zeros(1, 1, 512 * 7))
        assert latents.shape == (1, 128, 7)
        assert stage.vae.decoder(latents[:, :64]).shape == (1, 1, 512 * 7)


def test_sound_in_chunks_is_coded_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    network = _tiny().vae
    sound = torch.randn(2, 512 * 61)
    with torch.inference_mode():
        latents = network.encode(sound)
        whole = network.decode(latents)
        monkeypatch.setattr(vae, "CHUNK", 9)
        assert latents.shape == (2, 4, 61) and whole.shape == sound.shape
        assert torch.allclose(network.encode(sound), latents, atol=1e-5)
        assert torch.allclose(network.decode(latents), whole, atol=1e-5)


def test_the_chunks_surroundings_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    network = _tiny().vae
    latents = torch.randn(1, 4, 40)
    with torch.inference_mode():
        whole = network.decode(latents)
        monkeypatch.setattr(vae, "CHUNK", 9)
        monkeypatch.setattr(network, "_halo", 0)
        assert not torch.allclose(network.decode(latents), whole, atol=1e-5)


def test_the_transformer_hears_every_condition() -> None:
    network = _tiny(96_000).dit
    latent, prior = torch.randn(2, 3, 4, 20)
    with torch.inference_mode():
        told = network(latent, prior, 0.5, 20_000, 48_000, 0.3)
        assert told.shape == latent.shape
        for other in (
            network(latent, prior, 0.4, 20_000, 48_000, 0.3),
            network(latent, prior, 0.5, 16_000, 48_000, 0.3),
            network(latent, prior, 0.5, 20_000, 24_000, 0.3),
            network(latent, prior, 0.5, 20_000, 48_000, 0.0),
            network(latent, prior.flip(2), 0.5, 20_000, 48_000, 0.3),
        ):
            assert not torch.allclose(other, told, atol=1e-6)


def test_the_first_stage_knows_no_blur() -> None:
    network = _tiny().dit
    assert not any(name.startswith("b_r") for name in network.state_dict())
    with torch.inference_mode():
        latent, prior = torch.randn(2, 1, 4, 20)
        assert torch.equal(
            network(latent, prior, 0.5, 8000, 24_000, 0.0), network(latent, prior, 0.5, 8000, 24_000, 0.9)
        )
