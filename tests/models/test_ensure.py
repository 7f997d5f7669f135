"""A model is had in whatever form it lies there, else fetched, else missed with the next step."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.errors import AppError, Code
from engine.fetch.params import FetchParams
from engine.fetch.run import run
from engine.models import MODELS, Model, ModelFile
from engine.models.catalogue import offered
from engine.models.ensure import ensure, located, needed

from .conftest import CONTENT, SHA256


def put(folder: Path, name: str, content: bytes = b"x") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Put `tiny` and its mirror `twin` into the catalogue, each with its source."""

    def add(tiny: str, twin: str) -> None:
        for name, source, mirrors in (("tiny", tiny, ("twin",)), ("twin", twin, ())):
            file = ModelFile(name=f"{name}.bin", size=len(CONTENT), sha256=SHA256, sources=(source,))
            row = Model(
                id=name, model_family="tiny", title=name, commands=("debug",), licence="MIT", commercial_use=True,
                files=(file,), mirrors=mirrors,
            )  # fmt: skip
            monkeypatch.setitem(MODELS, name, row)

    return add


def test_what_located_is_not_fetched(job: Any, two: Callable[..., None], tmp_path: Path) -> None:
    two("file:/nowhere", "file:/nowhere")
    twin = put(job.models_dir, "twin/twin.bin", CONTENT)
    assert located("tiny", job.models_dir) == ensure("tiny", job) == [twin] and job.shares == []


def test_it_is_fetched_with_progress(job: Any, two: Callable[..., None], tmp_path: Path) -> None:
    two(f"file:{put(tmp_path, 'source', CONTENT)}", "file:/nowhere")
    assert not located("tiny", job.models_dir)
    assert ensure("tiny", job) == [job.models_dir / "tiny" / "tiny.bin"]
    assert {stage for stage, _ in job.shares} == {"DOWNLOADING", "VERIFYING"}


def test_the_mirror_is_tried_when_the_model_itself_is_not_delivered(
    job: Any, two: Callable[..., None], tmp_path: Path
) -> None:
    two("file:/nowhere", f"file:{put(tmp_path, 'source', CONTENT)}")
    assert ensure("tiny", job) == [job.models_dir / "twin" / "twin.bin"]


def test_the_first_fault_is_told(job: Any, two: Callable[..., None]) -> None:
    two("file:/nowhere/first", "file:/nowhere/second")
    with pytest.raises(AppError, match="nowhere/first") as caught:
        ensure("tiny", job)
    assert caught.value.code is Code.MODEL_MISSING


def test_half_a_file_is_fetched_anew(job: Any, two: Callable[..., None], tmp_path: Path) -> None:
    two(f"file:{put(tmp_path, 'source', CONTENT)}", "file:/nowhere")
    put(job.models_dir, "tiny/tiny.bin", CONTENT[:-1] + b"\0")
    assert ensure("tiny", job)[0].read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("model", "names"),
    [
        ("htdemucs", ["htdemucs-hub/955717e8.safetensors"]),
        ("htdemucs", ["htdemucs-hub/955717e8-8726e21a.th"]),
        ("htdemucs", ["htdemucs/955717e8-8726e21a.th"]),
        ("htdemucs_6s", ["htdemucs_6s-hub/5c90dfd2-34c22ccb.th"]),
        ("mdx", ["mdx/0d19c1c6-0f06f20e.th", "mdx/7ecf8ec1.safetensors", "mdx-hub/c511e2ab.th", "mdx/7d865c68-x.th"]),
        ("audiosr-basic", ["audiosr-basic/Mirror.SafeTensors"]),
        ("bs-roformer-sw", ["bs-roformer-sw/mine.CKPT"]),
        ("bs-roformer-sw", ["BS-Rofo-SW-Fixed.ckpt"]),
    ],
)
def test_every_form_is_found(model: str, names: list[str], job: Any) -> None:
    assert not located(model, job.models_dir)
    paths = [put(job.models_dir, name) for name in names]
    assert located(model, job.models_dir) == paths


@pytest.mark.parametrize("names", [["audiosr-basic/a.safetensors", "audiosr-basic/b.safetensors"], ["x/a.safetensors"]])
def test_what_could_be_either_is_not_taken(names: list[str], job: Any) -> None:
    for name in names:
        put(job.models_dir, name)
    assert not located("audiosr-basic", job.models_dir)


def test_what_a_model_works_with_is_downloaded_along(
    job: Any, two: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two(*(f"file:{put(tmp_path, name, CONTENT)}" for name in ("one", "another")))
    monkeypatch.setitem(MODELS, "tiny", MODELS["tiny"].model_copy(update={"requires": ("twin",), "mirrors": ()}))
    assert needed("tiny") == ("tiny", "twin")
    run(FetchParams.model_construct(model="tiny"), job)
    assert located("tiny", job.models_dir) and located("twin", job.models_dir)


def test_a_row_refers_to_rows() -> None:
    for model in MODELS.values():
        assert {*model.requires, *model.mirrors, *filter(None, [model.reference])} <= MODELS.keys(), model.id


@pytest.mark.parametrize("model", [model.id for model in offered("demucs", "bs-roformer", "audiosr", "audiolbm")])
def test_fewer_bits_never_take_more_memory_and_every_device_has_a_figure(model: str) -> None:
    for device in ("cpu", "cuda", "cuda:1", "mps"):
        whole, halved = (MODELS[model].need_mb(device, precision) for precision in ("fp32", "bf16"))
        assert 0 < halved <= whole and MODELS[model].need_mb(device) in (halved, whole)
