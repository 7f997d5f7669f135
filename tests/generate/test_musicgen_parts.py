"""Checkpoint files, codec and conditions: what audiocraft's own classes make of the same files."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from engine.errors import AppError, Code
from engine.generate.musicgen.checkpoint import read_checkpoint, read_codec_package
from engine.generate.musicgen.codec import Codec
from engine.generate.musicgen.conditions import Conditioner
from engine.generate.musicgen.decoder import guidance
from engine.generate.musicgen.melody import MelodyFinder
from engine.models.ensure import located
from engine.upstream import audiocraft, torchaudio
from tests.audio.sounds import noise
from tests.fake_job import FakeJob
from tests.generate.checkpoints import CARD, KINDS, SEGMENT_S, write_checkpoint, write_text_encoder
from tests.split.test_demucs import placed


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for kind in KINDS:
        write_checkpoint(folder / kind, kind, pointer="facebook/encodec_32khz" if kind == "stereo" else None)
    write_text_encoder(folder / "t5-base")
    return folder


def test_nothing_that_was_lent_stays_behind() -> None:
    audiocraft.load()
    assert not {"torchaudio", "spacy", "audiocraft.solvers"} & set(sys.modules)
    with pytest.raises(RuntimeError, match="not part of this program"):
        from audiocraft.modules.conditioners import WhiteSpaceTokenizer

        WhiteSpaceTokenizer(10)


def test_the_spectrogram_of_a_sine_is_what_the_window_promises() -> None:
    rate, size = 16_000, 1024
    tone = 0.5 * torch.sin(2 * torch.pi * 64 * torch.arange(rate) / size)
    spectrum = torchaudio.Spectrogram(n_fft=size, hop_length=256, power=2, normalized=True)(tone[None])
    assert spectrum.shape == (1, 513, rate // 256 + 1)
    hann = torch.hann_window(size)
    peak = (0.5 / 2 * hann.sum()) ** 2 / hann.square().sum()
    assert spectrum[0, :, 20].argmax() == 64 and spectrum[0, 64, 20] == pytest.approx(float(peak), rel=1e-4)


@pytest.mark.parametrize("level_dbfs", [-23.0, -33.0])
def test_loudness_is_that_of_ebu_tech_3341(level_dbfs: float) -> None:
    rate = 48_000
    tone = 10 ** (level_dbfs / 20) * torch.sin(2 * torch.pi * 1000 * torch.arange(20 * rate) / rate)
    assert torchaudio.Loudness(rate)(tone.repeat(2, 1)).item() == pytest.approx(level_dbfs, abs=0.1)


@pytest.mark.parametrize("kind", ["text", "stereo"])
def test_the_codec_is_audiocrafts(models: Path, kind: str) -> None:
    checkpoint = read_checkpoint(models / kind, kind)
    package = read_codec_package(models / kind, models, checkpoint.arch.rate_hz, kind)
    codec = Codec(package, stereo=checkpoint.arch.stereo)
    from audiocraft.models import builders, loaders

    theirs: Any = loaders.load_compression_model(models / "text")
    if checkpoint.arch.stereo:
        from audiocraft.models.encodec import InterleaveStereoCompressionModel

        theirs = InterleaveStereoCompressionModel(theirs)
    assert builders is not None
    wave = np.random.default_rng(1).normal(size=(codec.channels, 9_000)).astype(np.float32) * 0.3
    with torch.no_grad():
        codes = theirs.encode(torch.from_numpy(wave)[None])[0]
        sound = theirs.decode(codes)[0].numpy()
    np.testing.assert_array_equal(codec.encode(wave), codes[0].numpy())
    np.testing.assert_allclose(codec.decode(codes[0].numpy()), sound, atol=1e-5)


@pytest.mark.parametrize("kind", ["text", "stereo"])
@pytest.mark.parametrize("pieces", [[1] * 40, [3, 50, 7], [100], [0, 11, 0, 19]], ids=str)
def test_a_stream_of_codes_sounds_as_all_of_them_at_once(models: Path, kind: str, pieces: list[int]) -> None:
    checkpoint = read_checkpoint(models / kind, kind)
    package = read_codec_package(models / kind, models, 32_000, kind)
    codec = Codec(package, stereo=checkpoint.arch.stereo)
    codes = np.random.default_rng(2).integers(0, CARD, (checkpoint.arch.codebooks, sum(pieces)))
    whole = codec.decode(codes)
    stream, heard, start = codec.stream(), [], 0
    for index, size in enumerate(pieces):
        heard.append(stream.feed(codes[:, start : start + size], last=index == len(pieces) - 1))
        start += size
    joined = np.concatenate(heard, axis=1)
    assert joined.shape == whole.shape == (codec.channels, sum(pieces) * codec.hop)
    assert np.abs(joined - whole).max() < 1e-5 * max(1.0, np.abs(whole).max())
    if len(pieces) > 20:
        assert sum(piece.size > 0 for piece in heard) > 20, "sound must come before the last code"


def _their_conditions(folder: Path, text_folder: Path, attributes: list[Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """audiocraft's own loader and conditioners; the separator hears everything as melody."""
    import demucs.apply
    import demucs.pretrained
    from audiocraft.models import loaders

    separator = SimpleNamespace(
        sources=["drums", "bass", "other", "vocals"], samplerate=32_000, audio_channels=1, to=lambda device: separator
    )
    monkeypatch.setattr(demucs.pretrained, "get_model", lambda name: separator)
    monkeypatch.setattr(demucs.apply, "apply_model", lambda model, wave, device: torch.stack([wave / 2] * 4, dim=1))
    with audiocraft.local_text_encoder(text_folder):
        model = loaders.load_lm_model(folder)
    provider = model.condition_provider
    if "self_wav" in provider.conditioners:
        provider.conditioners["self_wav"].match_len_on_eval = True
        provider.conditioners["self_wav"]._use_masking = False
    from audiocraft.modules.conditioners import ClassifierFreeGuidanceDropout

    with torch.no_grad():
        both = attributes + ClassifierFreeGuidanceDropout(p=1.0)(attributes)
        found = provider(provider.tokenize(both))
    return model, {name: tensor for name, (tensor, _) in found.items()}


@pytest.mark.parametrize("melody", [False, True])
@pytest.mark.parametrize("kind", ["text", "melody"])
def test_conditions_are_audiocrafts(models: Path, kind: str, melody: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    audiocraft.load()
    from audiocraft.modules.conditioners import ConditioningAttributes, WavCondition

    rate = 32_000
    time_s = np.arange(int(1.3 * rate)) / rate
    tune = (np.sin(2 * np.pi * 440 * time_s) * (time_s < 0.6) + np.sin(2 * np.pi * 523.25 * time_s)).astype(np.float32)
    wave = torch.from_numpy(tune)[None, None] if melody else torch.zeros(1, 1, 1)
    attributes = [
        ConditioningAttributes(
            text={"description": "slow rock 90"},
            wav={"self_wav": WavCondition(wave, torch.tensor([wave.shape[-1] if melody else 0]), [rate], [None])},
        )
        for _ in range(2)
    ]
    model, theirs = _their_conditions(models / kind, models / "t5-base", attributes, monkeypatch)
    checkpoint = read_checkpoint(models / kind, kind)
    conditioner = Conditioner(checkpoint, models / "t5-base")
    known = conditioner.melody(tune[None], rate) if melody and kind == "melody" else None
    ours = conditioner.condition("slow rock 90", 2, guidance(3.0), known)
    with torch.no_grad():
        fused, cross = model.fuser(torch.zeros(4, 0, checkpoint.arch.dim), {k: (v, None) for k, v in theirs.items()})
    if kind == "melody":
        assert ours.prefix is not None and ours.cross is None
        assert ours.prefix.shape[1] == 1 + int(SEGMENT_S * rate) // 4096 + theirs["description"].shape[1]
        np.testing.assert_allclose(ours.prefix, fused.numpy(), atol=1e-5)
    else:
        assert ours.cross is not None and ours.prefix is None
        np.testing.assert_allclose(ours.cross, cross.numpy(), atol=1e-5)
        assert not ours.cross[2:].any()


def test_without_words_one_group_is_enough(models: Path) -> None:
    conditioner = Conditioner(read_checkpoint(models / "text", "text"), models / "t5-base")
    assert conditioner.condition("", 3, guidance(3.0)).rows == 3
    assert conditioner.condition("x", 3, guidance(1.0)).rows == 3
    assert conditioner.condition("x", 3, guidance(3.0)).rows == 6


def test_damaged_foreign_and_absent_files_are_named(models: Path, tmp_path: Path) -> None:
    def code_of(deed: Any) -> tuple[Code, str]:
        with pytest.raises(AppError) as error:
            deed()
        return error.value.code, error.value.key

    assert code_of(lambda: read_checkpoint(tmp_path, "x")) == (Code.MODEL_MISSING, "checkpoint_file_missing")
    (tmp_path / "state_dict.bin").write_bytes((models / "text" / "state_dict.bin").read_bytes()[:5000])
    assert code_of(lambda: read_checkpoint(tmp_path, "x")) == (Code.INVALID_INPUT, "checkpoint_damaged")
    torch.save({"best_state": {}, "xp.cfg": "lm_model: lstm\ntransformer_lm: {}"}, tmp_path / "state_dict.bin")
    assert code_of(lambda: read_checkpoint(tmp_path, "x")) == (Code.INVALID_INPUT, "unsupported_checkpoint")
    alone = write_checkpoint(tmp_path / "alone", "stereo", pointer="facebook/encodec_32khz")
    assert code_of(lambda: read_codec_package(alone, tmp_path, 32_000, "x")) == (Code.MODEL_MISSING, "codec_missing")


@pytest.mark.parametrize(
    "memo", ["[" * 100_000, "{}", '{"stamp": STAMP, "facts": {"name": "int8", "x": [[1]]}}'], ids=len
)
def test_a_strangers_note_on_how_exact_a_runtime_is_is_not_believed(models: Path, tmp_path: Path, memo: str) -> None:
    from engine.generate.musicgen.fidelity import measured
    from engine.generate.musicgen.native.decoder import NativeDecoder

    folder = write_checkpoint(tmp_path / "mine", "text")
    stat = (folder / "state_dict.bin").stat()
    path = folder / ".fidelity-int8.json"
    path.write_text(memo.replace("STAMP", f"[{stat.st_size}, {stat.st_mtime_ns}]"), encoding="utf-8")
    checkpoint = read_checkpoint(folder, "mine")
    decoder = NativeDecoder(checkpoint.arch, checkpoint.state)
    facts = measured(checkpoint, decoder)
    assert 0 < facts["logits_relative_error"] < 0.1 and facts["steps"] == 24
    kept = path.read_text(encoding="utf-8")
    assert measured(checkpoint, decoder) == facts and path.read_text(encoding="utf-8") == kept


def test_a_melody_is_heard_through_whatever_form_of_htdemucs_is_there(tmp_path: Path) -> None:
    placed(tmp_path, "htdemucs")
    (tmp_path / "models" / "htdemucs").rename(tmp_path / "models" / "htdemucs-hub")
    job, finder = FakeJob(tmp_path), MelodyFinder(located("htdemucs", tmp_path / "models"))
    finder.load(job)
    assert finder.melody(noise(2, 32_000), 32_000, job).any()
