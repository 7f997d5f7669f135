"""The networks and the sampler against the audiosr package on the same random weights; checkpoints."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from engine.errors import AppError, Code
from engine.models import MODELS, ModelStore
from engine.models.ensure import located
from engine.upscale.audiosr import checkpoint
from engine.upscale.audiosr.fast_convolution import with_fast_convolutions
from engine.upscale.audiosr.sampling import MAX_STEPS, SAMPLERS, TRAINED_STEPS, Ddim, betas, sampler
from engine.upscale.audiosr.unet import UNet
from engine.upscale.audiosr.vae import VaeDecoding, VaeEncoding
from engine.upscale.audiosr.vocoder import Vocoder
from engine.upstream import audiosr
from tests.upscale.audiosr import tiny


def upstream(module: str) -> Any:
    audiosr.load()
    return importlib.import_module(f"audiosr.{module}")


def apart(ours: Tensor, theirs: Tensor) -> float:
    return float((ours - theirs).norm() / theirs.norm())


@torch.no_grad()
def test_the_unet_is_the_packages() -> None:
    theirs = upstream("latent_diffusion.modules.diffusionmodules.openaimodel").UNetModel(
        image_size=64, in_channels=32, out_channels=16, model_channels=32, attention_resolutions=[8, 4, 2],
        num_res_blocks=2, channel_mult=[1, 2, 3, 5], num_head_channels=32, extra_sa_layer=True,
        use_spatial_transformer=True, transformer_depth=1,
    ).eval()  # fmt: skip
    tiny.randomise(theirs)
    ours = UNet(32).eval()
    ours.load_state_dict(theirs.state_dict())
    x, steps = torch.randn(2, 32, 16, 32), torch.tensor([7, 981])
    assert apart(ours(x, steps), theirs(x, steps, context_list=[], context_attn_mask_list=[])) < 1e-5


@torch.no_grad()
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_autoencoder_and_vocoder_are_the_packages() -> None:
    shape = {
        "double_z": True, "mel_bins": 256, "z_channels": 16, "resolution": 256, "downsample_time": False,
        "in_channels": 1, "out_ch": 1, "ch": 32, "ch_mult": [1, 2, 4, 8], "num_res_blocks": 2, "attn_resolutions": [],
        "dropout": 0.1,
    }  # fmt: skip
    # with this key it builds no vocoder, which would have its full size
    model = upstream("latent_encoder.autoencoder").AutoencoderKL(shape, embed_dim=16, image_key="stft").eval()
    hifigan, settings = upstream("hifigan"), upstream("utilities.model").get_vocoder_config_48k()
    speaker = hifigan.Generator_old(hifigan.AttrDict({**settings, "upsample_initial_channel": 64})).eval()
    speaker.remove_weight_norm()
    encoding, decoding, vocoder = VaeEncoding(32).eval(), VaeDecoding(32).eval(), Vocoder(64).eval()
    for network, source in ((encoding, model), (decoding, model), (vocoder, speaker)):
        tiny.randomise(source)
        state = source.state_dict()
        network.load_state_dict({name: state[name] for name in network.state_dict()})
    mel = torch.randn(1, 1, 64, 256) - 5
    torch.manual_seed(3)
    latent = model.encode(mel).sample()
    torch.manual_seed(3)
    assert apart(encoding(mel, torch.randn(1, 16, 8, 32)), latent) < 1e-5
    assert apart(decoding(latent), model.decode(latent)) < 1e-5
    frames = mel[:, 0].transpose(1, 2)
    assert apart(vocoder(frames), speaker(frames)[:, 0]) < 1e-5
    assert apart(with_fast_convolutions(decoding)(latent), model.decode(latent)) < 1e-4
    assert apart(with_fast_convolutions(vocoder)(frames), speaker(frames)[:, 0]) < 1e-5


class Oracle(torch.nn.Module):
    """Stands as the package's model: a velocity that depends on the input, and the package's own formulas."""

    num_timesteps, parameterization = TRAINED_STEPS, "v"

    def __init__(self) -> None:
        super().__init__()
        ddpm = upstream("latent_diffusion.models.ddpm").DDPM
        self.device = torch.device("cpu")
        self.v_posterior = 0.0
        ddpm.register_schedule(self, beta_schedule="cosine")
        self.predict_eps_from_z_and_v = ddpm.predict_eps_from_z_and_v.__get__(self)
        self.predict_start_from_z_and_v = ddpm.predict_start_from_z_and_v.__get__(self)

    def apply_model(self, x: Tensor, t: Tensor, cond: Any) -> Tensor:
        return velocity(x, int(t[0]))


def velocity(x: Tensor, time: int) -> Tensor:
    return torch.sin(3 * x + time / 100)


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("steps", [5, 25, 50])
def test_ddim_is_the_packages(steps: int) -> None:
    theirs = upstream("latent_diffusion.models.ddim").DDIMSampler(Oracle(), device=torch.device("cpu"))
    start = torch.randn(1, 16, 8, 4)
    torch.manual_seed(5)
    wanted, _ = theirs.sample(steps, 1, (16, 8, 4), conditioning={}, eta=1.0, verbose=False, x_T=start)
    torch.manual_seed(5)
    way, x = sampler("ddim", steps), start
    for place, time in enumerate(way.times):
        x = way.step(place, velocity(x, time), x, lambda: torch.randn(start.shape))
    assert apart(x, wanted) < 1e-5


@pytest.mark.parametrize("steps", [1, 2, 3, 9, 30, 37, 150, 333, MAX_STEPS])
def test_ddim_takes_any_number_of_steps(steps: int) -> None:
    times = Ddim(steps).times
    assert len(times) == steps and times == sorted(set(times), reverse=True) and 0 < times[-1] <= times[0] < 1000


@pytest.mark.parametrize("name", SAMPLERS[:2])
@pytest.mark.parametrize("steps", [1, 2, 14])
def test_the_solver_arrives_where_the_network_points(name: str, steps: int) -> None:
    """A network that knows the clean latent leads there, however few the steps."""
    signal = torch.tensor(np.cumprod(1 - betas()), dtype=torch.float32)
    clean, x = torch.randn(1, 16, 8, 4), torch.randn(1, 16, 8, 4)
    way = sampler(name, steps)
    assert len(way.times) == steps
    for place, time in enumerate(way.times):
        a, s = signal[time].sqrt(), (1 - signal[time]).sqrt()
        x = way.step(place, (a * x - clean) / s, x, lambda: torch.zeros(()))
    assert apart(x, clean) < 1e-3


def test_a_sampler_refuses_what_it_cannot_do() -> None:
    for name, steps in (("ddim", 0), ("ddim", MAX_STEPS + 1), ("euler", 5)):
        with pytest.raises(ValueError, match="no sampler"):
            sampler(name, steps)


def test_a_mirror_is_read_like_the_hubs_file(tmp_path: Path) -> None:
    hub = checkpoint.read(tiny.install(tmp_path / "a"))
    mirror = tmp_path / "b" / "audiosr-speech" / "audiosr_speech_fp32.safetensors"
    mirror.parent.mkdir(parents=True)
    save_file({name: tensor.clone() for name, tensor in tiny.state().items()}, mirror)
    assert located("audiosr-speech", tmp_path / "b") == [mirror]
    other = checkpoint.read(mirror)
    assert hub.scale == other.scale == pytest.approx(0.33424014)
    for name in ("encoding", "unet", "decoding", "vocoder"):
        ours, theirs = (getattr(parts, name).state_dict() for parts in (hub, other))
        assert all(torch.equal(ours[key], theirs[key]) for key in ours)


def test_a_checkpoint_that_lacks_something_is_refused_by_its_name(tmp_path: Path) -> None:
    tensors = tiny.state()
    name = checkpoint.UNET + "middle_block.1.proj_in.weight"
    del tensors[name]
    tensors[checkpoint.VOCODER + "conv_post.bias"] = torch.zeros(2)
    path = tmp_path / "pytorch_model.bin"
    torch.save({"state_dict": tensors}, path)
    with pytest.raises(AppError) as caught:
        checkpoint.read(path)
    assert caught.value.code is Code.INVALID_INPUT
    assert name in str(caught.value) and "conv_post.bias" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"\x80\x02."])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(content)
    with pytest.raises(AppError) as caught:
        checkpoint.read(path)
    assert (caught.value.code, caught.value.key) == (Code.INVALID_INPUT, "audiosr_checkpoint_unreadable")


def test_a_missing_model_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(AppError) as caught:
        ModelStore(tmp_path).files(MODELS["audiosr-basic"])
    assert caught.value.code is Code.MODEL_MISSING
