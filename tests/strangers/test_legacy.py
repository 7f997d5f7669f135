"""Files that torch wrote before 1.6, which are no archives and cannot be mapped, hold the same as today's."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from demucs.htdemucs import HTDemucs

from engine.errors import AppError, Code
from engine.generate.musicgen.checkpoint import CODEC, read_checkpoint, read_codec_package
from engine.generate.musicgen.codec import Codec
from engine.generate.musicgen.diffusion import read_bands
from engine.models import MODELS, ModelStore
from engine.upscale.audiosr import checkpoint as audiosr
from engine.upstream.demucs.checkpoint import networks
from engine.upstream.mert import read_mert
from tests.generate import checkpoints as generate
from tests.upscale.audiosr import tiny

Tensors = dict[str, torch.Tensor]


def as_legacy(path: Path) -> None:
    """The same file as it would have been written in 2019."""
    package = torch.load(path, weights_only=False)
    path.unlink()
    torch.save(package, path, _use_new_zipfile_serialization=False)
    assert path.read_bytes()[:2] != b"PK"


def language_model(folder: Path, age: Callable[[Path], None]) -> Tensors:
    mine = generate.write_checkpoint(folder / "mine", "text")
    age(mine / "state_dict.bin")
    return dict(read_checkpoint(mine, "mine").state)


def codec(folder: Path, age: Callable[[Path], None]) -> Tensors:
    mine = generate.write_checkpoint(folder / "mine", "text")
    age(mine / CODEC)
    return dict(Codec(read_codec_package(mine, folder, 32_000, "mine"), stereo=False).model.state_dict())


def diffusion(folder: Path, age: Callable[[Path], None]) -> Tensors:
    age(path := generate.write_diffusion(folder))
    _, bands = read_bands(path, "cpu")
    return {f"{n}.{name}": tensor for n, b in enumerate(bands) for name, tensor in b.network.state_dict().items()}


def mert(folder: Path, age: Callable[[Path], None]) -> Tensors:
    age(generate.write_mert(folder) / "pytorch_model.bin")
    return dict(read_mert(folder).state_dict())


def demucs(folder: Path, age: Callable[[Path], None]) -> Tensors:
    place = folder / "models" / "htdemucs"
    place.mkdir(parents=True)
    torch.manual_seed(0)
    sources = ["drums", "bass", "other", "vocals"]
    shape: dict[str, Any] = {"channels": 8, "bottom_channels": 32, "t_layers": 2, "dconv_mode": 3}
    state = HTDemucs(sources, **shape).state_dict()
    torch.save({"klass": HTDemucs, "args": (sources,), "kwargs": shape, "state": state}, place / "955717e8.th")
    age(place / "955717e8.th")
    [(network, _)] = networks(ModelStore(folder / "models").files(MODELS["htdemucs"]))
    return dict(network.state_dict())


def upscaler(folder: Path, age: Callable[[Path], None]) -> Tensors:
    age(path := tiny.install(folder))
    return dict(audiosr.read(path).unet.state_dict())


FAMILIES = (language_model, codec, diffusion, mert, demucs, upscaler)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_the_older_format_holds_equal_tensors(family: Callable[..., Tensors], tmp_path: Path) -> None:
    today, before = family(tmp_path / "new", lambda path: None), family(tmp_path / "old", as_legacy)
    assert today.keys() == before.keys() and len(today) > 5
    assert all(torch.equal(today[name], before[name]) for name in today)


def test_a_checkpoint_in_the_oldest_form_a_tar_is_refused_with_a_reason(tmp_path: Path) -> None:
    import tarfile

    path = tmp_path / "state_dict.bin"
    with tarfile.open(path, "w") as tar:
        for name in ("storages", "tensors", "pickle"):
            (tmp_path / name).write_bytes(b"\x80\x02K\x00.")
            tar.add(tmp_path / name, name)
    with pytest.raises(AppError) as error:
        read_checkpoint(tmp_path, "mine")
    assert error.value.code is Code.INVALID_INPUT and "tar" in str(error.value)
