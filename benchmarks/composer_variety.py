"""`bench composer-variety`: whether two hundred seeds of one prompt differ, and whether they make sense as music.

The yardstick are string quartets of Haydn, Mozart and Beethoven in the music21 corpus, in stretches of sixteen bars:
pitch-class entropy of all parts, notes a beat of the leading part, and how far its bars resemble one another. A field
ending in `_range` is what 95 % of those stretches show, the field itself the share of seeds inside. Parallel fifths and
octaves between the outer voices are counted for both, a hundred moves each. `ratio`: seconds of music over seconds
taken to write it. Options: `--seeds N`, `--prompt TEXT`.
"""

import argparse
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from engine.generate.composer.composition import compose
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import Score, midi_bytes

NEEDS = ("bench",)
"""What `./run.sh bench` installs for it."""

PROMPT = "classical string quartet, violin melody, cello"
DURATION_S = 45.0
BARS = 16
QUARTETS = ("haydn/opus1no1", "haydn/opus74no1", "mozart/k80", "mozart/k155", "mozart/k156", "mozart/k458")

Event = tuple[float, float, int]
"""Start and length in quarter notes, and MIDI pitch."""


@dataclass(frozen=True)
class Stretch:
    """Some bars of a piece: each part's events, the leading part first and the lowest last."""

    parts: tuple[tuple[Event, ...], ...]
    bar_quarters: float
    bars: int


def entropy(stretch: Stretch) -> float:
    """Of pitch classes weighted by their duration, in bits: 0 to log2 12."""
    weights = [0.0] * 12
    for part in stretch.parts:
        for _, length, pitch in part:
            weights[pitch % 12] += length
    whole = sum(weights) or 1.0
    return -sum(w / whole * math.log2(w / whole) for w in weights if w)


def density(stretch: Stretch) -> float:
    """Notes of the leading part in a quarter note."""
    return len({start for start, _, _ in stretch.parts[0]}) / (stretch.bars * stretch.bar_quarters)


def repetition(stretch: Stretch) -> float:
    """How alike a bar of the leading part and the one most like it are: shared onsets with the same pitch class."""
    bars: list[set[tuple[int, int]]] = [set() for _ in range(stretch.bars)]
    for start, _, pitch in stretch.parts[0]:
        bar, inside = divmod(start, stretch.bar_quarters)
        if bar < stretch.bars:
            bars[int(bar)].add((round(inside * 4), pitch % 12))
    sounding = [bar for bar in bars if bar]
    if len(sounding) < 2:
        return 1.0
    best = [
        max(len(bar & other) / len(bar | other) for j, other in enumerate(sounding) if j != i)
        for i, bar in enumerate(sounding)
    ]
    return sum(best) / len(best)


def parallels(stretch: Stretch) -> tuple[int, int]:
    """Parallel fifths and octaves between the leading and the lowest part, and the moves in which they could be."""
    top, bottom = stretch.parts[0], stretch.parts[-1]
    heard = []
    for start, _, low in bottom:
        above = [p for s, length, p in top if s <= start < s + length]
        if above:
            heard.append((max(above), low))
    moves = [(a, b) for a, b in pairwise(heard) if a[0] != b[0] and a[1] != b[1]]
    found = [1 for (t, u), (v, w) in moves if (t - u) % 12 in (0, 7) and v - t == w - u]
    return len(found), len(moves)


def written(score: Score) -> Stretch:
    """A composed score; its melody leads and its bass is lowest."""
    order = sorted((p for p in score.parts if p.role != "drums"), key=lambda p: (p.role == "bass", p.role != "melody"))
    parts = tuple(tuple((n.start / 480, n.length / 480, n.pitch) for n in part.notes) for part in order)
    return Stretch(parts, score.metre.bar_ticks / 480, sum(s.bars for s in score.form))


def known() -> Iterator[Stretch]:
    """Stretches of the quartets, as many whole ones as each movement has."""
    from music21 import corpus

    for path in corpus.getPaths(fileExtensions=[".mxl"]):
        if path.parent.parent.name + "/" + path.parent.name in QUARTETS:
            yield from _stretches(corpus.parse(path))


def _stretches(piece: Any) -> Iterator[Stretch]:
    metre = float(piece.parts[0].flatten().getTimeSignatures()[0].barDuration.quarterLength)
    parts = []
    for part in piece.parts:
        notes = [n for n in part.stripTies().flatten().notes if n.pitches]
        parts.append([(float(n.offset), float(n.quarterLength), max(n.pitches).midi) for n in notes])
    length = BARS * metre
    end = max(start for part in parts for start, _, _ in part)
    for at in range(int(end // length)):
        begin = at * length
        inside = [tuple((s - begin, q, p) for s, q, p in part if begin <= s < begin + length) for part in parts]
        if all(inside):
            yield Stretch(tuple(inside), metre, BARS)


def measure(arguments: Sequence[str]) -> dict[str, Any]:
    options = argparse.ArgumentParser("composer-variety")
    options.add_argument("--seeds", type=int, default=200)
    options.add_argument("--prompt", default=PROMPT)
    chosen = options.parse_args(arguments)
    began = time.perf_counter()
    scores = [
        compose(chosen.prompt, DURATION_S, Sampling(seed, 1.2, 250, 0.67, 4.0)).written for seed in range(chosen.seeds)
    ]
    taken = time.perf_counter() - began
    ours, corpus = [written(score) for score in scores], list(known())
    figures: dict[str, Any] = {
        "peer_s": round(DURATION_S * chosen.seeds, 1),
        "ours_s": round(taken, 2),
        "seeds": chosen.seeds,
        "distinct": len({midi_bytes(score) for score in scores}),
        "stretches": len(corpus),
    }
    for name, of in (("entropy", entropy), ("density", density), ("repetition", repetition)):
        theirs = sorted(of(stretch) for stretch in corpus)
        low, high = theirs[len(theirs) // 40], theirs[-1 - len(theirs) // 40]
        own = sorted(of(stretch) for stretch in ours)
        figures[name] = round(sum(low <= value <= high for value in own) / len(own), 3)
        figures[f"{name}_range"] = [round(low, 2), round(high, 2)]
        figures[f"{name}_ours"] = [
            round(own[len(own) // 40], 2),
            round(own[len(own) // 2], 2),
            round(own[-1 - len(own) // 40], 2),
        ]
    for name, stretches in (("parallels", ours), ("parallels_corpus", corpus)):
        counted = [parallels(stretch) for stretch in stretches]
        figures[name] = round(100 * sum(f for f, _ in counted) / max(1, sum(m for _, m in counted)), 2)
    figures["out_of_range"] = sum(
        not part.instrument.low <= note.pitch <= part.instrument.high
        for score in scores
        for part in score.parts
        for note in part.notes
    )
    return figures
