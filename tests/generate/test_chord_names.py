"""Chords of a composed piece, by name and in seconds."""

from itertools import pairwise

import pytest

from engine.generate.composer.chord_names import chord_name, harmony
from engine.generate.composer.composition import compose
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.theory import Key, chord
from engine.generate.run import details


@pytest.mark.parametrize(
    ("numeral", "key", "name"),
    [
        ("I", Key(0), "C"), ("vi", Key(0), "Am"), ("V7", Key(7), "D7"), ("ii7", Key(10), "Cm7"),
        ("i", Key(4, "minor"), "Em"),
        ("bVII", Key(0), "Bb"), ("viio", Key(0), "Bdim"), ("iiø7", Key(9, "minor"), "Bm7b5"), ("I^3", Key(0), "C/E"),
        ("V7sus4", Key(0), "G7sus4"), ("Imaj9", Key(5), "Fmaj9"), ("I5", Key(9), "A5"), ("V7/ii", Key(0), "A7"),
        ("V13", Key(3), "Bb13"), ("viio7", Key(9, "minor"), "G#dim7"), ("#ivo7", Key(0), "F#dim7"),
    ],
)  # fmt: skip
def test_chords_are_called_what_musicians_call_them(numeral: str, key: Key, name: str) -> None:
    assert chord_name(chord(numeral, key.tonic), key) == name


@pytest.mark.parametrize(
    "prompt", ["jazz in 3/4", "blues", "heavy metal", "baroque", "trap loop", "chinese", "ambient"]
)
def test_every_piece_has_its_chords_in_order_within_its_length(prompt: str) -> None:
    for seed in range(8):
        piece = compose(prompt, 40.0, Sampling(seed, 1.0, 250, 0.0, 3.0))
        found = harmony(piece.written, ending=not piece.plan.loop)
        starts = [entry["start_s"] for entry in found]
        assert starts[0] == 0 and all(a < b for a, b in pairwise(starts)) and starts[-1] < 40
        assert all(a["chord"] != b["chord"] for a, b in pairwise(found))
        told = details(piece)
        assert told["harmony"] == found
        sections = {entry["start_s"] for entry in told["form"]}
        assert max(sections) < 40, "the sections lie in the piece too"
