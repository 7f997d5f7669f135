"""Which torch is chosen on which computer."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from install.failure import InstallError
from install.layout import Project
from install.steps import torch_build
from install.steps.torch_build import CPU_INDEX, CUDA_INDEX, Hardware, Torch, choose, detect, wished_index
from tests.wants import wants

NONE = Hardware("none", "no NVIDIA GPU found")
NVIDIA = Hardware("nvidia", "found GeForce")
APPLE = Hardware("apple", "Apple silicon")
PLAIN = {None: ["2.15.0", "2.13.0"]}
LOCAL_CPU = {None: ["2.13.0+cpu", "2.13.0"]}
CPU = {CPU_INDEX: ["2.13.0+cpu"]}
CUDA = {CUDA_INDEX: ["2.13.0+cu130"]}


@pytest.mark.parametrize(
    ("system", "hardware", "offers", "requirement", "index_url"),
    [
        ("linux", NONE, PLAIN | LOCAL_CPU | CPU, "torch==2.13.0+cpu", None),
        ("linux", NONE, PLAIN | CPU, "torch==2.13.0+cpu", CPU_INDEX),
        ("linux", NONE, PLAIN, "torch==2.13.0", None),
        ("linux", NONE, {}, "torch==2.13.0", None),
        ("linux", NVIDIA, LOCAL_CPU | CPU, "torch==2.13.0,!=2.13.0+cpu", None),
        ("win32", NVIDIA, PLAIN | CUDA, "torch==2.13.0+cu130", CUDA_INDEX),
        ("win32", NVIDIA, PLAIN, "torch==2.13.0", None),
        ("win32", NONE, PLAIN | CUDA, "torch==2.13.0", None),
        ("darwin", APPLE, PLAIN | CPU, "torch==2.13.0", None),
    ],
)
def test_the_build_follows_from_the_computer_and_what_is_offered(
    system: str, hardware: Hardware, offers: Mapping[str | None, list[str]], requirement: str, index_url: str | None
) -> None:
    build = choose("2.13.0", hardware, system, {}, lambda url: offers.get(url, []))
    assert (build.requirement, build.index_url) == (requirement, index_url)
    assert hardware.words in build.words


def test_torch_index_url_is_remembered_until_another_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(tmp_path)
    project.stamp.parent.mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("torch==2.13.0\n")
    monkeypatch.delenv("TORCH_INDEX_URL", raising=False)
    assert wished_index(project) == ""
    project.stamp.with_name("torch-index-url.txt").write_text("https://mirror/cu126")
    before = Torch().fingerprint(project)
    assert wished_index(project) == "https://mirror/cu126"
    monkeypatch.setenv("TORCH_INDEX_URL", "https://mirror/cu126")
    assert Torch().fingerprint(project) == before, "naming it again installs nothing again"
    monkeypatch.setenv("TORCH_INDEX_URL", "")
    assert wished_index(project) == ""


def test_torch_index_url_comes_before_everything() -> None:
    offers = {"https://mirror/cu126": ["2.13.0+cu126", "2.13.0+cpu", "2.12.0+cu126"]} | LOCAL_CPU
    environ = {"TORCH_INDEX_URL": "https://mirror/cu126"}
    build = choose("2.13.0", NONE, "linux", environ, lambda url: offers.get(url, []))
    assert (build.requirement, build.index_url) == ("torch==2.13.0+cu126", "https://mirror/cu126")


def test_a_torch_index_url_without_the_pin_is_an_error() -> None:
    with pytest.raises(InstallError, match="TORCH_INDEX_URL"):
        choose("2.13.0", NONE, "linux", {"TORCH_INDEX_URL": "https://mirror"}, lambda _: ["2.12.0"])


@pytest.mark.skipif(
    sys.platform != "linux", reason=wants("another operating system", "the nvidia-smi here is a shell script")
)
@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        ("echo 'NVIDIA H100, 590.12'", "nvidia", "NVIDIA H100"),
        ("echo 'GeForce 970, 470.1'", "nvidia", "too old"),
        ("echo failed; exit 9", "none", "finds no"),
    ],
)
def test_nvidia_smi_must_answer_to_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, kind: str, words: str
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(torch_build, "_driver_loaded", lambda: False)
    found = detect()
    assert found.kind == kind
    assert words in found.words


def test_an_intel_mac_is_told_the_truth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    with pytest.raises(InstallError, match="Intel Mac"):
        detect()
