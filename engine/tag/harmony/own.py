"""Key and chords out of chroma, by a method of our own that needs no weights of others."""

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from engine.speech.keys import TONALITIES
from engine.tag.harmony.chroma import CHROMA_PER_S, Chromagram
from engine.tag.harmony.decoding import Viterbi
from engine.tag.harmony.heard import HeardKey, KeySection, key_of
from engine.tag.harmony.profiles import CHORD_PROFILES, KEY_PROFILES, MINOR_CHORD, MINOR_KEY, Profiles

CHORDS = 25
"""Major chords from C upwards, minor ones, none."""
_CHANGE = 4.0
"""A change of chord is as likely as evidence that many nats against it."""
_NONE = -2.7
"""Evidence, in nats a frame, beyond which no chord is one."""
_SILENCE = -3.0
"""What a chord has for it where nothing sounds."""
_COLOURLESS = 0.1
"""Spread of the pitch classes beside their mean, below which they are noise; music has 0.16 and more."""
_FEWEST, _AUDIBLE = 3, 0.2
"""No key without so many pitch classes, each of that strength beside the strongest."""
_SHORTEST_S, _ENOUGH_S = 2.0, 10.0
"""No key in less, and full confidence only in more."""

_WINDOW, _STEP = 20 * CHROMA_PER_S, 5 * CHROMA_PER_S
"""Frames out of which a key at a moment is heard, and from one such moment to the next."""
_DOUBT = 1e-3
"""No key is less likely than that at any moment."""
_MODULATION = 18.0
"""A change of key is as likely as evidence that many nats against it."""


def _turned(profiles: Profiles) -> NDArray[np.float64]:
    """The weights of the twelve tonics in major, then in minor, [12 * rows, 24]."""
    return np.stack(
        [np.roll(profiles[mode], tonic, axis=1).ravel() for mode in ("major", "minor") for tonic in range(12)], axis=1
    )


def _log_shares(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    above: NDArray[np.float64] = scores - scores.max(axis=-1, keepdims=True)
    return np.asarray(above - np.log(np.exp(above).sum(axis=-1, keepdims=True)))


_KEY_WEIGHTS = _turned(KEY_PROFILES)
_MINOR = np.arange(24) // 12


def chords_in(chroma: Chromagram, profiles: Profiles = CHORD_PROFILES, minor: float = MINOR_CHORD) -> NDArray[np.uint8]:
    """The chord of every frame: 0 to 11 major from C upwards, 12 to 23 minor, 24 none."""
    moves = np.full((CHORDS, CHORDS), -_CHANGE)
    np.fill_diagonal(moves, 0.0)
    decoder = Viterbi(moves, np.zeros(CHORDS), np.zeros(CHORDS))
    evidence = np.full((len(chroma.frames), CHORDS), _NONE)
    evidence[:, :24] = _log_shares(chroma.frames @ _turned(profiles) + minor * _MINOR)
    evidence[~chroma.loud] = [_SILENCE] * 24 + [0.0]
    decoder.add(evidence)
    return decoder.result()


def key_features(chroma: Chromagram, chords: NDArray[np.uint8]) -> NDArray[np.float64]:
    """[48], rows of twelve from C upwards, of where it is loud: mean chroma of the bass and above it, roots of the
    shares of the time that major and minor chords have."""
    held = np.bincount(chords[chroma.loud], minlength=CHORDS)[:24] / chroma.loud.sum()
    return np.concatenate([chroma.frames[chroma.loud].mean(axis=0, dtype=np.float64), np.sqrt(held)])


def keys_in(chroma: Chromagram, chords: NDArray[np.uint8]) -> NDArray[np.float64] | None:
    """Probabilities of the 24 keys, major from C upwards, then minor; None where no pitch stands out."""
    sounding_s = chroma.loud.sum() / CHROMA_PER_S
    if sounding_s < _SHORTEST_S:
        return None
    features = key_features(chroma, chords)
    above = features[12:24]
    if above.std() < _COLOURLESS * above.mean() or (above > _AUDIBLE * above.max()).sum() < _FEWEST:
        return None
    scores = features @ _KEY_WEIGHTS + MINOR_KEY * _MINOR
    return np.exp(_log_shares(scores * min(1.0, sounding_s / _ENOUGH_S)))


def sections_in(chroma: Chromagram, chords: NDArray[np.uint8]) -> list[tuple[int, int, int]]:
    """Where the sound is in which of the 24 keys: first frame, frame behind the last, key, one after the other.

    A key is left only for one that is much more likely, for some fifteen seconds at the edges and thirty in between.
    """
    count = len(chroma.frames)
    within = min(count, _WINDOW)
    evidence = []
    for middle in range(_STEP // 2, count + _STEP // 2, _STEP):
        first = min(max(0, middle - within // 2), count - within)
        shares = keys_in(chroma.part(first, first + within), chords[first : first + within])
        evidence.append(np.zeros(24) if shares is None else np.log(np.maximum(shares, _DOUBT)))
    moves = np.full((24, 24), -_MODULATION)
    np.fill_diagonal(moves, 0.0)
    decoder = Viterbi(moves, np.zeros(24), np.zeros(24))
    decoder.add(np.array(evidence).reshape(-1, 24))
    found, at = [], 0
    for key, run in groupby(decoder.result().tolist()):
        end = min(count, at + _STEP * len(list(run)))
        found.append((at, end, int(key)))
        at = end
    return found


def key_in(chroma: Chromagram, chords: NDArray[np.uint8]) -> HeardKey | None:
    """The key of the longest section, or of all where it never changes; None where no pitch stands out."""
    shares = keys_in(chroma, chords)
    if shares is None:
        return None
    found = sections_in(chroma, chords)
    first, end, _ = max(found, key=lambda section: section[1] - section[0])
    there = keys_in(chroma.part(first, end), chords[first:end])
    sections = [KeySection(start / CHROMA_PER_S, stop / CHROMA_PER_S, TONALITIES[key]) for start, stop, key in found]
    return key_of(
        shares if there is None else there, "chroma", chroma.tuning_hz, tuple(sections) if len(sections) > 1 else ()
    )
