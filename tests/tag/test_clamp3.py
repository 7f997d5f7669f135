"""CLaMP 3 at a fraction of its width, against transformers' own classes put together as upstream does it."""

import io
import itertools
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from engine.errors import AppError, Code
from engine.models import ModelStore, find
from engine.models.ensure import needed
from engine.tag.clamp3 import engine
from engine.tag.clamp3.engine import Clamp3
from engine.tag.clamp3.files import MODEL, ClampFiles, there
from engine.tag.clamp3.hearing import AudioEmbedding, ClampListener, features
from engine.tag.clamp3.queries import QueryEncoder
from engine.tag.clamp3.text import ClampTokenizer, text_vector
from engine.tag.clamp3.tower import read_tower, segments
from engine.tag.descriptors import load
from engine.tag.descriptors.ranking import cosines
from engine.tag.listener import Mono
from engine.upstream.mert import read_mert
from tests.fake_job import FakeJob
from tests.generate.checkpoints import build_mert, write_mert
from tests.tag.clamp_checkpoints import OUT, TEXTS, WIDTH, build, install, state_dict, write_clamp

RATE_HZ = 24_000
CLOSE = {"rtol": 1e-5, "atol": 1e-5}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> ClampFiles:
    return write_clamp(tmp_path_factory.mktemp("clamp3"))


@pytest.fixture(scope="module")
def clamp(files: ClampFiles, tmp_path_factory: pytest.TempPathFactory) -> Clamp3:
    made = Clamp3(files)
    made.load(FakeJob(tmp_path_factory.mktemp("job")))
    return made


def upstream(rows: torch.Tensor, hear: Callable[[torch.Tensor, torch.Tensor], Any], projection: Any, pad: int) -> Any:
    """Segments of 128 padded with `pad` and masked, the mean of each projected, their mean by what is new in each."""
    parts = [rows[start : start + 128] for start in range(0, len(rows), 128)]
    parts[-1] = rows[-128:]
    weights = [128] * (len(rows) // 128) + ([len(rows) % 128] if len(rows) % 128 else [])
    total = torch.zeros(OUT)
    for part, weight in zip(parts, weights, strict=True):
        more = 128 - len(part)
        mask = torch.cat([torch.ones(len(part)), torch.zeros(more)])[None]
        padded = torch.cat([part, torch.full((more, *part.shape[1:]), pad, dtype=part.dtype)])[None]
        states = hear(padded, mask).last_hidden_state
        mean = (states * mask[..., None]).sum(1) / mask[..., None].sum(1)
        total += projection(mean)[0] * weight
    return total / sum(weights)


def upstream_audio(rows: torch.Tensor) -> Any:
    parts = build()
    return upstream(rows, lambda x, mask: parts["audio_model"](inputs_embeds=x, attention_mask=mask),
                    parts["audio_proj"], 0)  # fmt: skip


def upstream_rows(sound: Mono) -> torch.Tensor:
    """Normalised as a whole, windows of 5 s, 13 states (3 here) averaged over time, then over the layers."""
    from transformers import Wav2Vec2FeatureExtractor

    extract = Wav2Vec2FeatureExtractor(1, RATE_HZ, 0.0, return_attention_mask=True, do_normalize=True)
    wave = extract(torch.from_numpy(sound)[None], return_tensors="pt", sampling_rate=RATE_HZ, padding=True)
    windows = list(torch.split(wave.input_values[0], 5 * RATE_HZ, dim=1))
    if windows[-1].shape[1] < RATE_HZ:
        windows.pop()
    mert = build_mert(width=WIDTH)
    rows = []
    for window in windows:
        x = mert.feature_projection(mert.feature_extractor(window).transpose(1, 2))
        x = mert.encoder.layer_norm(x + mert.encoder.pos_conv_embed(x))
        states = [x]
        for layer in mert.encoder.layers:
            x = layer(x)
            states.append(x)
        rows.append(torch.stack(states).mean(-2).mean(0))
    return torch.cat(rows)


def heard(clamp: Clamp3, sound: Mono, blocks: Iterable[int] = (), folder: Path | None = None) -> AudioEmbedding:
    listener = clamp.listener(folder, lambda done, of: None)
    for part in np.split(sound, list(blocks)):
        listener.add(part)
    return listener.result()


def noise(seconds: float, level: float = 0.3, offset: float = 0.0) -> Mono:
    rng = np.random.default_rng(3)
    swell = np.linspace(0.01, 1, round(seconds * RATE_HZ))
    return (level * swell * rng.standard_normal(len(swell)) + offset).astype(np.float32)


def test_segments_count_every_row_once_and_hold_128_where_there_are_so_many() -> None:
    for count in range(1, 600):
        parts = segments(count)
        assert [part.start for part, _ in parts[:-1]] == [*range(0, 128 * len(parts) - 128, 128)]
        assert {part.stop - part.start for part, _ in parts if part.stop <= count} <= {min(count, 128)}
        assert parts[-1][0].stop in (count, 128) and sum(weight for _, weight in parts) == count
        assert len(range(count)[parts[-1][0]]) == min(count, 128)


@pytest.mark.parametrize("rows", [1, 3, 128, 129, 256, 300])
def test_the_audio_tower_is_upstreams(rows: int, files: ClampFiles) -> None:
    torch.manual_seed(rows)
    given = torch.randn(rows, WIDTH)
    torch.testing.assert_close(read_tower(files.weights, "audio")(given), upstream_audio(given), **CLOSE)


@pytest.mark.parametrize("text", ["", "Music", "\n".join(TEXTS), "\n\n".join([*TEXTS, *TEXTS]), " ".join(TEXTS * 3)])
def test_the_text_tower_hears_upstreams_tokens_as_upstream_does(text: str, files: ClampFiles) -> None:
    from transformers import XLMRobertaTokenizer

    theirs: Any = XLMRobertaTokenizer.from_pretrained(files.tokenizer.parent)
    joined = theirs.sep_token.join(line for line in dict.fromkeys(text.split("\n")) if line)
    ids = theirs(joined)["input_ids"]
    ours = ClampTokenizer(files.tokenizer)
    assert ours.ids(text) == ids
    parts = build()
    expected = upstream(torch.tensor(ids), lambda x, mask: parts["text_model"](x, attention_mask=mask),
                        parts["text_proj"], theirs.pad_token_id)  # fmt: skip
    found = torch.from_numpy(text_vector(text, ours, read_tower(files.weights, "text")))
    torch.testing.assert_close(found, expected, **CLOSE)


def test_a_query_is_the_text_towers_vector_at_length_1_and_kept(files: ClampFiles) -> None:
    queries = QueryEncoder(files)
    tokenizer, tower = ClampTokenizer(files.tokenizer), read_tower(files.weights, "text")
    for text in ("", "Грустная музыка", " ".join(TEXTS * 3)):
        expected = text_vector(text, tokenizer, tower)
        assert np.allclose(queries.vector(text), expected / np.linalg.norm(expected), rtol=1e-5, atol=1e-6)
    assert queries.vector("Грустная музыка") is queries.vector("Грустная музыка")


@pytest.mark.parametrize(
    ("seconds", "level", "offset", "windows"),
    [(1, 0.3, 0, 1), (3.2, 0.3, 0.1, 1), (5.9, 0.3, 0, 1), (11.3, 1e-3, -0.4, 3), (6.5, 1e-5, 0, 2)],
)
def test_a_sound_is_heard_as_upstream_hears_it(
    seconds: float, level: float, offset: float, windows: int, clamp: Clamp3, tmp_path: Path
) -> None:
    sound = noise(seconds, level, offset)
    rows = upstream_rows(sound)
    edge = torch.zeros(1, WIDTH)
    found = heard(clamp, sound, [1000, 1001, 70_000], tmp_path)
    assert found.windows == len(rows) == windows
    torch.testing.assert_close(torch.from_numpy(found.vector), upstream_audio(torch.cat([edge, rows, edge])), **CLOSE)


def test_what_comes_out_of_a_window_is_the_mean_of_all_layers(files: ClampFiles) -> None:
    sound = noise(2)
    normal = (sound - sound.mean()) / np.sqrt(sound.var() + 1e-7)
    found = features(read_mert(files.mert), torch.from_numpy(normal))
    torch.testing.assert_close(found, upstream_rows(sound)[0], **CLOSE)


@pytest.mark.parametrize("cuts", [[], [1], [119_999, 120_000, 120_001], list(range(7, 130_000, 4099))])
def test_the_blocks_make_no_difference(cuts: list[int], clamp: Clamp3) -> None:
    sound = noise(6.2)
    assert np.array_equal(heard(clamp, sound, cuts).vector, heard(clamp, sound).vector)


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(0, np.float32), np.zeros(1, np.float32), np.ones(1, np.float32), np.zeros(130_000, np.float32),
        np.full(30_000, 1, np.float32), np.sign(noise(0.2)), np.sign(noise(5.2)),
    ],
    ids=["nothing", "a zero", "a sample", "silence", "a constant", "short", "full scale"],
)  # fmt: skip
def test_every_sound_has_a_vector(sound: Mono, clamp: Clamp3) -> None:
    found = heard(clamp, sound)
    assert found.windows == 1 and found.vector.shape == (OUT,) and found.vector.dtype == np.float32
    assert np.isfinite(found.vector).all()
    assert found.cosines.shape == (160,) and np.abs(found.cosines).max() <= 1
    assert all(0.5 < match.score <= 1 for match in found.matches)


def test_every_window_is_told_and_may_end_it(clamp: Clamp3, tmp_path: Path) -> None:
    told = []

    def tick(done: int, of: int) -> None:
        told.append((done, of))
        if done == 2:
            raise InterruptedError

    listener: ClampListener = clamp.listener(tmp_path, tick)
    listener.add(noise(15.5))
    with pytest.raises(InterruptedError):
        listener.result()
    assert told == [(1, 3), (2, 3)]
    assert not any(tmp_path.iterdir())


def test_safetensors_hold_the_same(files: ClampFiles, tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    save_file(state_dict(build()), path)
    given = torch.randn(5, WIDTH)
    assert torch.equal(read_tower(path, "audio")(given), read_tower(files.weights, "audio")(given))


def _lacking(state: dict[str, torch.Tensor]) -> None:
    del state["audio_model.encoder.layer.1.output.dense.bias"]


def _more(state: dict[str, torch.Tensor]) -> None:
    state["audio_model.encoder.layer.1.output.dense.scale"] = torch.ones(1)


def _reshaped(state: dict[str, torch.Tensor]) -> None:
    state["audio_model.embeddings.LayerNorm.bias"] = torch.ones(7)


def _no_number(state: dict[str, torch.Tensor]) -> None:
    state["audio_proj.weight"][0, 0] = torch.nan


def _empty(state: dict[str, torch.Tensor]) -> None:
    state.clear()


@pytest.mark.parametrize("change", [_lacking, _more, _reshaped, _no_number, _empty])
def test_a_checkpoint_with_other_tensors_is_refused(
    change: Callable[[dict[str, torch.Tensor]], None], tmp_path: Path
) -> None:
    state = state_dict(build())
    change(state)
    torch.save({"model": state}, tmp_path / "other.pth")
    with pytest.raises(AppError) as error:
        read_tower(tmp_path / "other.pth", "audio")
    assert error.value.code is Code.INVALID_INPUT and error.value.key == "checkpoint_unreadable"


def test_a_mert_of_another_width_is_refused(files: ClampFiles, tmp_path: Path) -> None:
    other = Clamp3(replace(files, mert=write_mert(tmp_path / "mert", 2 * WIDTH)))
    with pytest.raises(AppError) as error:
        other.load(FakeJob(tmp_path))
    assert error.value.code is Code.INVALID_INPUT and "mert" in str(error.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x02."])
def test_what_is_no_checkpoint_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.pth"
    path.write_bytes(content)
    deeds = (lambda: read_tower(path, "text"), lambda: ClampTokenizer(path))
    for deed in deeds:
        with pytest.raises(AppError) as error:
            deed()
        assert error.value.code is Code.INVALID_INPUT


def test_the_bank_goes_through_the_text_tower_once(
    files: ClampFiles, clamp: Clamp3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = FakeJob(tmp_path)
    made = engine.bank_vectors(load(), files, job)
    tower, words = read_tower(files.weights, "text"), ClampTokenizer(files.tokenizer)
    for at in (0, 97, 159):
        assert np.array_equal(made[at], text_vector(load().descriptors[at].prompt, words, tower))
    with monkeypatch.context() as without:
        without.setattr(engine, "read_tower", None)
        assert np.array_equal(engine.bank_vectors(load(), files, job), made)
        with pytest.raises(TypeError):  # another training: what is kept is not its own
            engine.bank_vectors(load(), replace(files, weights=write_clamp(tmp_path, seed=2).weights), job)
    [kept] = files.cache.iterdir()
    kept.write_bytes(kept.read_bytes()[:1000])
    assert np.array_equal(engine.bank_vectors(load(), files, job), made)


def test_words_of_another_vocabulary_are_refused(files: ClampFiles, tmp_path: Path) -> None:
    import sentencepiece

    file = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["abcdefgh"] * 9), model_writer=file, vocab_size=12, minloglevel=2, num_threads=1
    )
    (tmp_path / "own.model").write_bytes(file.getvalue())
    with pytest.raises(AppError) as error:
        engine.bank_vectors(load(), replace(files, tokenizer=tmp_path / "own.model"), FakeJob(tmp_path))
    assert error.value.code is Code.INVALID_INPUT and "own.model" in str(error.value)
    with pytest.raises(AppError) as error:
        QueryEncoder(replace(files, tokenizer=tmp_path / "own.model"))
    assert error.value.code is Code.INVALID_INPUT


def test_networks_by_chance_name_nothing(clamp: Clamp3) -> None:
    assert heard(clamp, noise(2)).matches == ()


def test_it_names_the_descriptors_that_a_sound_is_like(tmp_path: Path) -> None:
    like = (("mood", "nostalgic"), ("genre", "punk"), ("era", "1980s"))
    install(tmp_path, hears=like)
    files = there(tmp_path)
    assert files is not None
    made = Clamp3(files)
    made.load(FakeJob(tmp_path))
    found = heard(made, noise(2))
    assert {*like} <= {(match.category, match.name) for match in found.matches}
    vectors = engine.bank_vectors(load(), files, FakeJob(tmp_path))
    assert np.allclose(found.cosines, cosines(found.vector, vectors))


def test_files_are_found_under_their_names_and_others(files: ClampFiles, tmp_path: Path) -> None:
    folder = tmp_path / MODEL
    for path, place in (
        (files.weights, folder / "my clamp3 SaaS.pth"),
        (files.tokenizer, folder / files.tokenizer.name),
        (files.mert / "config.json", tmp_path / "mert-v1-95m" / "config.json"),
        (files.mert / "pytorch_model.bin", tmp_path / "mert-v1-95m" / "pytorch_model.bin"),
    ):
        assert there(tmp_path) is None
        place.parent.mkdir(exist_ok=True)
        place.symlink_to(path)
    found = there(tmp_path)
    assert found == ClampFiles(
        folder / "my clamp3 SaaS.pth", tmp_path / "mert-v1-95m", folder / "sentencepiece.bpe.model", folder
    )


@pytest.mark.parametrize("model", needed(MODEL))
def test_what_is_missing_is_said_with_the_next_step(model: str, tmp_path: Path) -> None:
    with pytest.raises(AppError) as error:
        ModelStore(tmp_path).files(find(model))
    assert error.value.code is Code.MODEL_MISSING
    assert f"/fetch {model}" in str(error.value) and str(tmp_path / model) in str(error.value)


def test_it_is_an_engine(files: ClampFiles, tmp_path: Path) -> None:
    made = Clamp3(files)
    deeds: list[Callable[[], Any]] = [lambda: made.listener(None, lambda done, of: None)]
    with pytest.raises(RuntimeError):
        deeds[0]()
    made.load(FakeJob(tmp_path))
    deeds[0]()
    for _ in range(2):
        made.dispose()
    for deed in itertools.chain(deeds, [lambda: made.load(FakeJob(tmp_path))]):
        with pytest.raises(RuntimeError):
            deed()
