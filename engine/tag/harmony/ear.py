"""Hears key, chords and texture in one pass."""

from engine.tag.harmony.chroma import CHROMA_PER_S, ChromaReader
from engine.tag.harmony.heard import Harmony, chords_of, key_of
from engine.tag.harmony.madmom import ChordNetwork, KeyNetwork
from engine.tag.harmony.own import chords_in, key_in
from engine.tag.harmony.spectrum import FRAMES_PER_S, RATE_HZ, Magnitudes, Spectra
from engine.tag.harmony.texture import BandReader, Texture
from engine.tag.listener import Mono


class HarmonyListener:
    """A `Listener`. What the loaded networks `key` and `chords` are given for, they say; the rest our own method says.

    It keeps 31 kB a minute of sound for our method, 15 kB for madmom's chords, 14 kB for the texture.
    """

    rate_hz = RATE_HZ

    def __init__(self, key: KeyNetwork | None = None, chords: ChordNetwork | None = None) -> None:
        self._spectra = Spectra()
        self._chroma = ChromaReader()
        self._bands = BandReader()
        self._key = key.reader() if key else None
        self._chords = chords.reader() if chords else None

    def add(self, samples: Mono) -> None:
        for magnitudes in self._spectra.add(samples):
            self._hear(magnitudes)

    def result(self) -> Harmony:
        for magnitudes in self._spectra.finish():
            self._hear(magnitudes)
        chroma, duration_s = self._chroma.result(), self._spectra.duration_s
        own_chords = chords_in(chroma)
        key = key_in(chroma, own_chords)
        if key and self._key:
            key = key_of(self._key.result(), "madmom", chroma.tuning_hz)
        tonality = key.key if key else None
        texture = Texture(chroma.frames, self._bands.result(), duration_s)
        if self._chords:
            return Harmony(key, chords_of(self._chords.result(), FRAMES_PER_S, duration_s, tonality, "madmom"), texture)
        return Harmony(key, chords_of(own_chords, CHROMA_PER_S, duration_s, tonality, "chroma"), texture)

    def _hear(self, magnitudes: Magnitudes) -> None:
        self._chroma.add(magnitudes)
        self._bands.add(magnitudes)
        if self._key:
            self._key.add(magnitudes)
        if self._chords:
            self._chords.add(magnitudes)
