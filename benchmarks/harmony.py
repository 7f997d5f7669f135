"""`bench harmony`: how often key and chords are heard right in pieces of the composer, by our method and by madmom's.

For each method, `key`: share of the pieces whose key is that of the score; `key_weighted`: with 0.5 for a fifth, 0.3
for the relative and 0.2 for the parallel key (MIREX); `chords`: share of the time of major and minor chords, sevenths
and the like counted with them, that is called so; `times_real_time`: seconds of music over seconds of a core. The
`ratio` is madmom's seconds over ours, where its weights are there. Options: `--pieces 40`; `--models DIR`, with
madmom's weights and a SoundFont if they shall be heard; `--fit 255`: first make the figures of
`engine/tag/harmony/profiles.py` anew out of so many other pieces, and print them.
"""

import argparse
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.generate.composer.genres import GENRES
from engine.generate.params import GenerateParams
from engine.generate.run import run
from engine.models.ensure import located
from engine.speech.keys import TONALITIES, Tonality, tonality
from engine.tag.harmony.chroma import CHROMA_PER_S, Chromagram, ChromaReader
from engine.tag.harmony.ear import HarmonyListener
from engine.tag.harmony.heard import Harmony
from engine.tag.harmony.madmom import ChordNetwork, KeyNetwork
from engine.tag.harmony.own import chords_in, key_features
from engine.tag.harmony.profiles import Profiles
from engine.tag.harmony.spectrum import RATE_HZ, Spectra
from engine.tag.listener import Mono
from tests.fake_job import FakeJob

NEEDS = ("test",)
LEARNT = 2000
"""Seeds of the pieces that figures are made of lie this far beyond those of the pieces that are measured."""
CHORD_DECAY, KEY_DECAY, SURENESS = 1e-3, 3e-3, 2.0
"""Pull of the weights towards 0; and by how much the key's are made larger, for the probabilities to come true."""
_MAJOR = ("", "7", "maj7", "6", "add9", "9", "maj9", "13")
_MINOR = ("m", "m7", "m6", "m9", "m(maj7)")


@dataclass(frozen=True)
class Piece:
    """`sound` at RATE_HZ, its `key`, and where each chord begins, those that are neither major nor minor as None."""

    sound: Mono
    key: Tonality
    chords: list[tuple[float, Tonality | None]]

    def chord_at(self, moments_s: NDArray[np.float64]) -> list[Tonality | None]:
        at = np.searchsorted([start for start, _ in self.chords], moments_s + 1e-9) - 1
        return [self.chords[place][1] for place in at]


def pieces(first: int, count: int, job: FakeJob) -> Iterator[Piece]:
    genres = sorted(GENRES)
    for number in range(first, first + count):
        job.tracks.clear()
        duration = 40.0 + 7 * (number % 4)
        run(GenerateParams(prompt=genres[number % len(genres)], duration=duration, seed=1000 + number), job)
        track = job.tracks[0]
        key = tonality(track["details"]["key"])
        if key is None:
            raise ValueError(f"no key: {track['details']['key']}")
        chords = [(change["start_s"], _triad(change["chord"])) for change in track["details"]["harmony"]]
        end = (chords[-1][0] + 2.0, None)
        yield Piece(np.asarray(track["audio"]).mean(axis=0, dtype=np.float32), key, [*chords, end])


def _triad(name: str) -> Tonality | None:
    match = re.match(r"([A-G][#b]?)([^/]*)", name)
    if match is None or match[2] not in _MAJOR + _MINOR:
        return None
    return tonality(f"{match[1]} {'minor' if match[2] in _MINOR else 'major'}")


def weighted(heard: Tonality, right: Tonality) -> float:
    """MIREX's worth of a key."""
    if heard == right:
        return 1.0
    if heard == right.relative:
        return 0.3
    if heard.tonic == right.tonic:
        return 0.2
    return 0.5 if heard in right.compatible else 0.0


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="bench harmony")
    parser.add_argument("--pieces", type=int, default=40)
    parser.add_argument("--models", type=Path)
    parser.add_argument("--fit", type=int, default=0)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        job = FakeJob(Path(folder))
        job.models_dir = asked.models or job.models_dir
        if asked.fit:
            print(_fitted(pieces(LEARNT, asked.fit, job)))
        methods: dict[str, tuple[Any, ...]] = {"chroma": ()}
        files = [located(name, job.models_dir) for name in ("madmom-key", "madmom-chords")]
        if all(files):
            methods["madmom"] = (KeyNetwork(*files[0]), ChordNetwork(*files[1]))
            for network in methods["madmom"]:
                network.load(job)
        rows: dict[str, list[tuple[float, float, float, float, float, float]]] = {name: [] for name in methods}
        for piece in pieces(0, asked.pieces, job):
            for name, networks in methods.items():
                began = time.process_time()
                listener = HarmonyListener(*networks)
                listener.add(piece.sound)
                found = listener.result()
                rows[name].append((*_judged(found, piece), len(piece.sound) / RATE_HZ, time.process_time() - began))
    took = {name: sum(row[-1] for row in found) for name, found in rows.items()}
    peer = {"peer_s": round(took["madmom"], 2), "ours_s": round(took["chroma"], 2)} if "madmom" in took else {}
    return {"pieces": asked.pieces, **{name: _told(np.array(found)) for name, found in rows.items()}, **peer}


def _judged(found: Harmony, piece: Piece) -> tuple[float, float, float, float]:
    """Whether the key is right, its worth; tenths of seconds of chords that are right, and of all."""
    key = found.key.key if found.key else None
    moments = np.arange(0, piece.chords[-1][0], 0.1)
    spans = found.chords.spans
    at = np.searchsorted([span.start_s for span in spans], moments + 1e-9) - 1
    heard = [tonality(span.name) for span in spans]
    pairs = [(heard[place], right) for place, right in zip(at, piece.chord_at(moments), strict=True) if right]
    hits = sum(one == right for one, right in pairs)
    return float(key == piece.key), weighted(key, piece.key) if key else 0.0, float(hits), float(len(pairs))


def _told(rows: NDArray[np.float64]) -> dict[str, float]:
    key, worth, hits, moments, music_s, taken_s = rows.sum(axis=0)
    return {
        "key": round(key / len(rows), 3),
        "key_weighted": round(worth / len(rows), 3),
        "chords": round(hits / moments, 3),
        "times_real_time": round(music_s / taken_s, 1),
    }


def _fitted(music: Iterator[Piece]) -> str:
    """The figures of `profiles.py`, out of `music`."""
    heard = [(_chroma(piece.sound), piece) for piece in music]
    frames, chords = [], []
    for chroma, piece in heard:
        triads = piece.chord_at(np.arange(len(chroma.frames)) / CHROMA_PER_S)
        known = [at for at, triad in enumerate(triads) if triad]
        frames.append(chroma.frames[known])
        chords += [TONALITIES.index(triad) for triad in triads if triad]
    some = np.random.default_rng(0).permutation(len(chords))[:12_000]
    chord, minor_chord = _regression(np.concatenate(frames)[some], np.array(chords)[some], CHORD_DECAY)
    keys = np.stack([key_features(chroma, chords_in(chroma, chord, minor_chord)) for chroma, _ in heard])
    key, minor_key = _regression(keys, np.array([TONALITIES.index(piece.key) for _, piece in heard]), KEY_DECAY)
    key = {mode: tuple(tuple(SURENESS * w for w in row) for row in rows) for mode, rows in key.items()}
    return f"{chord}\n{key}\n{minor_chord}, {SURENESS * minor_key}"


def _chroma(sound: Mono) -> Chromagram:
    spectra, reader = Spectra(), ChromaReader()
    for magnitudes in [*spectra.add(sound), *spectra.finish()]:
        reader.add(magnitudes)
    return reader.result()


def _regression(features: NDArray[Any], right: NDArray[Any], decay: float) -> tuple[Profiles, float]:
    """Logistic regression of `features`, [n, 12 * rows], to 12 major and 12 minor classes; weights turn with the tonic.

    Returns the weights of both modes, and what is added for minor.
    """
    rows = features.reshape(len(features), -1, 12)
    turned = np.stack([np.roll(rows, -tonic, axis=2).reshape(len(rows), -1) for tonic in range(12)], axis=1)
    known, wanted = torch.tensor(turned, dtype=torch.float32), torch.tensor(right)
    weights = torch.zeros(turned.shape[2], 2, requires_grad=True)
    added = torch.zeros(2, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, added], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> float:
        optimizer.zero_grad()
        scores = (known @ weights + added).transpose(1, 2).reshape(len(known), 24)
        value = torch.nn.functional.cross_entropy(scores, wanted) + decay * weights.square().sum()
        value.backward()  # type: ignore[no-untyped-call]
        return float(value.detach())

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    found = np.round(weights.detach().numpy().T.reshape(2, -1, 12).astype(float), 1)
    told = {mode: tuple(map(tuple, found[at].tolist())) for at, mode in enumerate(("major", "minor"))}
    return told, round(float(added[1] - added[0]), 2)
