"""Musical keys as people name them: in words and letters of three languages, and by the wheels of disc jockeys."""

import re
from dataclasses import dataclass
from typing import Literal

from engine.speech.numbers import normalise

MAJOR_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MINOR_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
"""How tonics are spelled, from C upwards."""
SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_FLAT_MAJORS = (1, 3, 5, 8, 10)
_MINOR_MODES = ("minor", "dorian", "phrygian")


@dataclass(frozen=True)
class Tonality:
    """A major or minor key; `tonic` 0 is C. Written `E minor`, which the page translates (`term.note`, `term.mode`)."""

    tonic: int
    mode: Literal["major", "minor"]

    @property
    def name(self) -> str:
        return f"{(MINOR_NAMES if self.mode == 'minor' else MAJOR_NAMES)[self.tonic]} {self.mode}"

    @property
    def _hour(self) -> int:
        """Place on the circle of fifths, 0 for C major and A minor."""
        return 7 * (self.tonic + (3 if self.mode == "minor" else 0)) % 12

    @property
    def camelot(self) -> str:
        """`8B` for C major, `8A` for A minor; a fifth up is one more."""
        return f"{(self._hour + 7) % 12 + 1}{'A' if self.mode == 'minor' else 'B'}"

    @property
    def open_key(self) -> str:
        """`1d` for C major, `1m` for A minor; a fifth up is one more."""
        return f"{self._hour + 1}{'m' if self.mode == 'minor' else 'd'}"

    @property
    def relative(self) -> "Tonality":
        """The key of the other mode with the same notes."""
        if self.mode == "minor":
            return Tonality((self.tonic + 3) % 12, "major")
        return Tonality((self.tonic - 3) % 12, "minor")

    @property
    def compatible(self) -> tuple["Tonality", ...]:
        """Keys that mix with this one: itself, a fifth up, a fifth down, its relative."""
        up, down = (Tonality((self.tonic + step) % 12, self.mode) for step in (7, 5))
        return self, up, down, self.relative


TONALITIES = tuple(Tonality(tonic, mode) for mode in ("major", "minor") for tonic in range(12))
"""The major keys from C upwards, then the minor ones."""


def notes_in(tonic: int, *, minor: bool) -> tuple[str, ...]:
    """The twelve notes from C upwards as they are spelled in a key: those between the white ones sharp or flat."""
    named_flat = (MINOR_NAMES if minor else MAJOR_NAMES)[tonic].endswith("b")
    return FLATS if named_flat or (tonic + (3 if minor else 0)) % 12 in _FLAT_MAJORS else SHARPS


def tonality(text: str) -> Tonality | None:
    """The key that a text names and nothing else: `E minor`, `Em`, `E`, `9A`, `2m`, `ми минор`, `E小调`. A church mode
    is the key of its third. None for anything else."""
    said = normalise(text).strip()
    for known in TONALITIES:
        if said in (known.camelot.lower(), known.open_key):
            return known
    match = _ALONE.fullmatch(said)
    if match is None:
        return None
    tonic = _pitch_class(match["note"], match["before"], match["shift"])
    mode = _MODE_WORDS.get(match["mode"] or "", match["mode"] or "major")
    return Tonality(tonic, "minor" if mode in _MINOR_MODES else "major")


_LETTERS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_SYLLABLES = {"до": 0, "ре": 2, "ми": 4, "фа": 5, "соль": 7, "ля": 9, "си": 11}
_SHIFT = {"#": 1, "♯": 1, "b": -1, "♭": -1, "sharp": 1, "flat": -1, "диез": 1, "бемоль": -1, "升": 1, "降": -1}
_MODE = r"major|maj|dur|minor|min|moll|dorian|phrygian|lydian|mixolydian|pentatonic"
_KEYS = (
    re.compile(
        rf"(?<!\w)(?P<note>[a-g])(?:[\s-]*(?P<shift>[#♯♭]|b(?=[\s-]|m)|sharp|flat))?[\s-]*(?P<mode>{_MODE})(?!\w)"
    ),
    re.compile(r"(?:key(?: of)?|key:)\s*(?P<note>[a-g])[\s-]*(?P<shift>[#♯♭b]|sharp|flat)?(?P<mode>m)?(?!\w)"),
    re.compile(r"(?<!\w)in\s+(?P<note>[a-g])(?P<shift>[#♯♭b])?(?P<mode>m)?(?=\s*(?:$|[,.;!?]))"),
    re.compile(r"(?<!\w)(?P<note>[a-g])(?P<shift>[#♯])(?P<mode>m)?(?!\w)"),
    re.compile(
        r"(?<!\w)(?P<note>до|ре|ми|фа|соль|ля|си)(?:[\s-]*(?P<shift>диез|бемоль)\w*)?[\s-]*"
        r"(?P<mode>мажор|минор|дорийск|фригийск|лидийск|миксолидийск)\w*"
    ),
    re.compile(
        r"(?P<before>[升降#♯♭])?(?P<note>[a-g])(?P<shift>[#♯♭b])?\s*(?P<mode>大调|小调|多利亚|弗里吉亚|利底亚|混合利底亚)"
    ),
)
_MODE_WORDS = {
    "maj": "major",
    "dur": "major",
    "min": "minor",
    "moll": "minor",
    "m": "minor",
    "мажор": "major",
    "минор": "minor",
    "大调": "major",
    "小调": "minor",
    "дорийск": "dorian",
    "фригийск": "phrygian",
    "лидийск": "lydian",
    "миксолидийск": "mixolydian",
    "多利亚": "dorian",
    "弗里吉亚": "phrygian",
    "利底亚": "lydian",
    "混合利底亚": "mixolydian",
}
_ALONE = re.compile(
    rf"(?P<before>[升降#♯♭])?(?P<note>[a-g]|до|ре|ми|фа|соль|ля|си)"
    rf"(?:[\s-]*(?P<shift>[#♯♭b]|sharp|flat|диез|бемоль))?[\s-]*"
    rf"(?:(?P<mode>{_MODE}|m|{'|'.join(word for word in _MODE_WORDS if not word.isascii())})(?:(?<=[а-я])[а-я]*)?)?"
)


_SHORT_MINOR = re.compile(r"(?<!\w)(?P<note>[A-G])(?P<shift>[#♯♭b])?m(?!\w)(?! I )")
"""`Gm`, `F#m`: told from the verb of `I am` by the capital."""


def take_short_minor(prompt: str, text: str) -> tuple[int | None, str | None, str]:
    """Tonic and mode of a `Gm` in the prompt, and the normalised text without it."""
    match = _SHORT_MINOR.search(prompt)
    if match is None:
        return None, None, text
    tonic = _pitch_class(match["note"].lower(), match["shift"])
    return tonic, "minor", text.replace(match[0].lower(), " ", 1)


def _pitch_class(note: str, *shifts: str | None) -> int:
    tonic = _LETTERS[note] if note in _LETTERS else _SYLLABLES[note]
    return (tonic + sum(_SHIFT[shift] for shift in shifts if shift)) % 12


def take_key(text: str) -> tuple[int | None, str | None, bool, str]:
    """Tonic, mode, whether pentatonic, and the text without them."""
    for pattern in _KEYS:
        if match := pattern.search(text):
            found = match.groupdict()
            tonic = _pitch_class(found["note"], found.get("shift"), found.get("before"))
            mode = _MODE_WORDS.get(found["mode"] or "", found["mode"])
            rest = text[: match.start()] + " " + text[match.end() :]
            pentatonic = mode == "pentatonic"
            return tonic, None if pentatonic else mode, pentatonic, rest
    return None, None, False, text
