"""Chromaprint's words to the bit, and recordings known again among others.

`data/fingerprint.npz` holds the words of fpcalc 1.5.1 (`fpcalc -raw`) for `sound(150 s)` as a 16-bit WAV at 11,025 Hz.
"""

from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.audio.encode import write
from engine.audio.resample import resample
from engine.generate.composer.composition import compose
from engine.generate.composer.engine import RATE_HZ, Composer
from engine.generate.composer.sampling import Sampling
from engine.parameters import Format
from engine.tag import duplicates as duplicates_module
from engine.tag import fingerprint
from engine.tag.duplicates import LEAST_WORDS, SAME, duplicates, similarity
from engine.tag.fingerprint import Fingerprint, FingerprintListener, Words
from engine.tag.listener import Mono, listen
from tests.fake_job import FakeJob

DATA = Path(__file__).parent / "data" / "fingerprint.npz"


@cache
def sound(length_s: int, seed: int = 17) -> Mono:
    """Plucked tones in noise, whole 16-bit steps, at 11,025 Hz."""
    random, rate_hz = np.random.default_rng(seed), fingerprint.RATE_HZ
    time_s = np.arange(rate_hz) / rate_hz
    tones = 0.01 * random.standard_normal((length_s + 1) * rate_hz)
    for start in range(0, length_s * rate_hz, 3300):
        frequency_hz = 55 * 2 ** (random.integers(0, 60) / 12)
        tone = sum(np.sin(2 * np.pi * frequency_hz * k * time_s) / k for k in (1, 2, 3))
        tones[start : start + rate_hz] += random.uniform(0.05, 0.4) * np.exp(-4 * time_s) * tone
    return (np.clip(np.rint(12_000 * tones[: length_s * rate_hz]), -32768, 32767) / 32768).astype(np.float32)


def heard(samples: Mono, blocks: int = 1, most_s: float | None = fingerprint.LENGTH_S) -> Fingerprint:
    listener = FingerprintListener(most_s)
    for block in np.array_split(samples, blocks):
        listener.add(block)
    return listener.result()


def test_every_bit_is_that_of_fpcalc() -> None:
    found = heard(sound(150), 7)
    assert np.array_equal(found.words, np.load(DATA)["words"])
    assert found.length_s == 150.0
    every = heard(sound(150), most_s=None).words
    assert every.size == 1190
    assert np.array_equal(every[: found.words.size], found.words)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, 60_000), min_size=1, max_size=6))
def test_words_do_not_depend_on_the_blocks(cuts: list[int]) -> None:
    samples = sound(30)
    listener = FingerprintListener()
    for part in np.split(samples, np.cumsum(cuts)):
        listener.add(part)
    assert np.array_equal(listener.result().words, heard(samples).words)


@pytest.mark.parametrize("samples", [0, 1, 4096, 30_030])
def test_a_sound_under_three_seconds_has_no_words(samples: int) -> None:
    noise = np.random.default_rng(1).uniform(-1, 1, samples).astype(np.float32)
    assert heard(noise).words.shape == (0,)
    assert similarity(heard(noise).words, heard(sound(10)).words) == 0.0


def test_silence_is_one_word_and_no_evidence() -> None:
    silent = heard(np.zeros(11_025 * 20, np.float32)).words
    assert set(silent) == {fingerprint.SILENCE}
    assert similarity(silent, silent) == 0.0
    gap = np.zeros(11_025 * 60, np.float32)
    one, other = (heard(np.concatenate([sound(10, seed), gap])).words for seed in (1, 2))
    assert similarity(one, other) < 0.4
    assert [(found.first, found.second) for found in duplicates([silent, silent, one, other, one])] == [(2, 4)]


def test_full_scale_noise_has_words() -> None:
    loud = np.random.default_rng(2).choice([-1.0, 1.0], 11_025 * 5).astype(np.float32)
    assert heard(loud).words.size == 19


def test_the_text_of_a_record_is_read_again() -> None:
    found = heard(sound(10))
    again = Fingerprint.of_text(found.text(), found.length_s)
    assert np.array_equal(again.words, found.words)
    assert again.words.dtype == np.uint32
    with pytest.raises(ValueError, match="base64"):
        Fingerprint.of_text("no base64!", 1.0)


def flipped(words: Words, share: float, seed: int) -> Words:
    wrong = np.random.default_rng(seed).random((words.size, 32)) < share
    mask = np.packbits(wrong, axis=1, bitorder="little").view("<u4")[:, 0]
    return (words ^ mask).astype(np.uint32)


def random_words(count: int, seed: int) -> Words:
    return np.random.default_rng(seed).integers(0, 2**32, count, np.uint32)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 200), st.integers(0, 200), st.integers(-90, 90), st.integers(0, 9))
def test_similarity_is_that_of_the_best_shift_and_the_same_both_ways(a: int, b: int, shift: int, seed: int) -> None:
    whole = random_words(400, seed)
    one, other = whole[100 : 100 + a], flipped(whole[100 + shift : 100 + shift + b], 0.1, seed)
    best = 0.0
    for at in range(-80, 81):
        left, right = one[max(0, at) :], other[max(0, -at) :]
        count = min(left.size, right.size)
        if count >= LEAST_WORDS:
            best = max(best, 1 - 2 * float(np.bitwise_count(left[:count] ^ right[:count]).mean()) / 32)
    assert similarity(one, other) == pytest.approx(best)
    assert similarity(other, one) == pytest.approx(best)


def test_in_a_large_library_whole_words_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates_module, "_MANY_WORDS", 5000)
    prints = [random_words(300, seed) for seed in range(60)]
    prints += [flipped(prints[place][40:], 0.07, place) for place in range(20)]
    assert [(pair.first, pair.second) for pair in duplicates(prints)] == [(place, 60 + place) for place in range(20)]


def test_duplicates_are_all_pairs_that_are_alike_enough() -> None:
    prints = [random_words(300, seed) for seed in range(60)]
    prints += [flipped(prints[place][place:], 0.11 * place / 20, place) for place in range(20)]
    found = duplicates(prints)
    assert [(pair.first, pair.second) for pair in found] == [(place, 60 + place) for place in range(20)]
    assert all(pair.similarity == similarity(prints[pair.first], prints[pair.second]) >= SAME for pair in found)
    assert duplicates([]) == []


@pytest.mark.parametrize("many", [duplicates_module._MANY_WORDS, 1000])
def test_a_hundred_copies_hang_together(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates_module, "_MANY_WORDS", many)
    found = duplicates([random_words(100, 1)] * 100)
    reached = {0}
    for pair in found:
        if pair.first in reached:
            reached.add(pair.second)
    assert reached == set(range(100))


def aac(path: Path, audio: np.ndarray) -> None:
    with av.open(str(path), "w") as file:
        stream = file.add_stream("aac", RATE_HZ, layout="stereo", bit_rate=96_000)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(audio), "fltp", "stereo")
        frame.sample_rate = RATE_HZ
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def print_of(path: Path) -> Words:
    listener = FingerprintListener()
    listen(path, [listener], lambda _: None)
    return listener.result().words


def print_at_once(audio: np.ndarray) -> Words:
    return heard(resample(audio.mean(axis=0, keepdims=True), RATE_HZ, fingerprint.RATE_HZ)[0]).words


@pytest.mark.slow
def test_composed_tracks_are_known_again_and_others_are_not(tmp_path: Path, full: bool) -> None:
    """76 tracks as `--full`, 4 otherwise, of 30 s each in six forms and 2 % faster.

    2 % faster is another recording: one of the 76 is 0.64 like its own, and 5 s less leave 0.86 at the least.
    """
    genres = ("rock", "pop", "jazz", "house", "lo-fi hip hop", "funk", "waltz", "ambient", "chiptune", "bossa nova")
    composer, job = Composer(), FakeJob(tmp_path)
    composer.load(job)
    forms: dict[str, list[Words]] = {}
    for seed in range(76 if full else 4):
        composition = compose(genres[seed % len(genres)], 30, Sampling(300 + seed, 1.2, 250, 0.67, 4.0))
        audio = composer.play(composition, 30, job).audio
        write(tmp_path / "a.mp3", audio, RATE_HZ, format=Format.MP3)
        write(tmp_path / "a.opus", audio, RATE_HZ, format=Format.OPUS)
        aac(tmp_path / "a.m4a", audio)
        for name, words in {
            "as it is": print_at_once(audio),
            "mp3": print_of(tmp_path / "a.mp3"),
            "opus": print_of(tmp_path / "a.opus"),
            "aac": print_of(tmp_path / "a.m4a"),
            "cut by 5 s": print_at_once(audio[:, 5 * RATE_HZ :]),
            "-20 dB": print_at_once(audio * np.float32(0.1)),
            "faded": print_at_once(
                audio * np.interp(np.arange(audio.shape[1]) / RATE_HZ, (0, 5, 25, 30), (0, 1, 1, 0))
            ),
            "2 % faster": print_at_once(resample(audio, 102, 100)),
        }.items():
            forms.setdefault(name, []).append(words)
    own, faster = forms.pop("as it is"), forms.pop("2 % faster")
    for name, prints in forms.items():
        alike = [similarity(a, b) for a, b in zip(own, prints, strict=True)]
        print(f"{name}: {min(alike):.3f} to {max(alike):.3f}")
        assert min(alike) > 0.8
    sped = [similarity(a, b) for a, b in zip(own, faster, strict=True)]
    others = [similarity(a, b) for place, a in enumerate(own) for b in own[:place]]
    print(f"2 % faster: {min(sped):.3f} to {max(sped):.3f}; others: {np.mean(others):.3f}, at most {max(others):.3f}")
    assert max(others) < SAME
    assert max(sped) < SAME
    library = [*own, *(words for prints in forms.values() for words in prints)]
    kinds = 1 + len(forms)
    expected = {
        (first + a * len(own), first + b * len(own))
        for first in range(len(own))
        for b in range(kinds)
        for a in range(b)
    }
    assert {(pair.first, pair.second) for pair in duplicates(library)} == expected
