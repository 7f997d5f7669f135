"""Free text in English, Russian or Chinese, understood as wishes. Nothing is guessed: what was not said stays open."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from engine.generate.composer import words
from engine.generate.composer.instruments import INSTRUMENTS

SLOWEST_BPM, FASTEST_BPM = 30.0, 240.0
_FAMILY_MEMBERS = {"woodwind": "flute"}


@dataclass(frozen=True)
class Wishes:
    """What the prompt asks for; empty fields leave it to the genre. `without` holds names, families and roles."""

    genres: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    tempo_bpm: float | None = None
    pace_bpm: float | None = None
    tonic: int | None = None
    mode: str | None = None
    pentatonic: bool = False
    metre: str | None = None
    alone: bool = False
    not_heard: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Word:
    kind: str
    value: str | int
    text: str


_LETTERS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_SYLLABLES = {"до": 0, "ре": 2, "ми": 4, "фа": 5, "соль": 7, "ля": 9, "си": 11}
_SHIFT = {"#": 1, "♯": 1, "b": -1, "♭": -1, "sharp": 1, "flat": -1, "диез": 1, "бемоль": -1, "升": 1, "降": -1}
_MODE = r"major|maj|minor|min|dorian|phrygian|lydian|mixolydian|pentatonic"
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
_NUMBER = r"(?P<bpm>\d{2,3}(?:[.,]\d{1,3})?)"
_TEMPI = (
    re.compile(rf"(?<![\d.]){_NUMBER}[\s-]*(?:bpm|beats per minute|уд\w*\.?\s*(?:/|в)\s*мин\w*|拍\s*(?:/|每)\s*分钟?)"),
    re.compile(rf"(?:bpm|tempo(?: of)?|темп\w*|速度|节奏|每分钟|[♩♪]\s*=)\s*[:=为是]?\s*{_NUMBER}(?!\d)(?:\s*拍)?"),
)
_CJK = re.compile(r"[\u3400-\u9fff]")


def _pattern(phrase: str) -> str:
    """One vocabulary entry as a regular expression."""
    stem = phrase.endswith("*")
    spoken = re.escape(phrase.replace("*", "\x00")).replace("\x00", r"\w*")
    spoken = re.sub(r"(?:\\ |\\-|-)+", r"[\\s-]*", spoken)
    if _CJK.search(phrase):
        return spoken.removesuffix(r"\w*")
    return rf"(?<!\w){spoken}" + ("" if stem else r"(?!\w)")


@cache
def _vocabulary() -> tuple[re.Pattern[str], tuple[tuple[str, str | int], ...]]:
    tables: list[tuple[str, dict[str, str] | dict[int, str]]] = [
        ("genre", words.GENRES),
        ("mood", words.MOODS),
        ("instrument", words.INSTRUMENTS),
        ("role", words.ROLES),
        ("metre", words.METRES),
        ("pace", words.TEMPO_BPM),
        ("mode", words.MODES),
        ("manner", words.MANNERS),
        ("negator", {"not": words.NEGATORS}),
        ("stop", {"but": words.ENDS_NEGATION}),
        ("filler", {"": words.FILLERS}),
    ]
    entries = [
        (phrase, (kind, value)) for kind, table in tables for value, row in table.items() for phrase in row.split("|")
    ]
    entries.sort(key=lambda entry: -len(entry[0].rstrip("*")))
    return re.compile("|".join(f"({_pattern(phrase)})" for phrase, _ in entries)), tuple(v for _, v in entries)


_TOKEN = re.compile(r"[^\W_]+|[^\w\s]")
_CLAUSE_ENDS = frozenset(",.;:!?。…()[]\n|/")


def normalise(text: str) -> str:
    """Lower case, full-width forms narrowed, ё as е, accents kept."""
    return unicodedata.normalize("NFKC", text).casefold().replace("ё", "е").replace("’", "'")


def _words(text: str) -> Iterator[_Word]:
    """Known words longest first, unknown ones, and the punctuation between them, in reading order."""
    pattern, meanings = _vocabulary()
    at = 0
    for match in pattern.finditer(text):
        yield from _unknown(text[at : match.start()])
        kind, value = meanings[(match.lastindex or 1) - 1]
        yield _Word(kind, value, match[0])
        at = match.end()
    yield from _unknown(text[at:])


def _unknown(text: str) -> Iterator[_Word]:
    for match in _TOKEN.finditer(text):
        punctuation = not match[0][0].isalnum()
        if not punctuation or match[0] in _CLAUSE_ENDS:
            yield _Word("end" if punctuation else "unknown", 0, match[0])


def _negations_in_front(text: str) -> str:
    """`drum-free` and `drumless` as `no drum`."""
    pattern, _ = _vocabulary()

    def turned(match: re.Match[str]) -> str:
        return f"no {match[1]} " if pattern.fullmatch(match[1]) else match[0]

    return re.sub(rf"(?<!\w)(\w{{3,12}}?)[- ]?(?:{words.AFTER_NEGATED})(?!\w)", turned, text)


def understand(prompt: str) -> Wishes:
    """The wishes in a text. Any text is accepted; what it says beyond the vocabulary is listed in `not_heard`."""
    text = normalise(prompt)
    not_heard: list[str] = []
    tempo, text = _take_tempo(text, not_heard)
    tonic, mode, pentatonic, text = _take_key(text)
    said: dict[str, list[str]] = {"genre": [], "mood": [], "instrument": [], "without": []}
    metre: str | None = None
    pace: float | None = None
    alone = False

    negating, patience, refused = False, 0, ""
    for word in _words(_negations_in_front(text)):
        value = str(word.value)
        if word.kind == "negator":
            negating, patience, refused = True, 3, ""
        elif word.kind in ("end", "stop"):
            negating = False
        elif word.kind == "unknown":
            patience -= 1
            negating = negating and patience > 0
            if not word.text.isdigit():
                not_heard.append(word.text)
        if word.kind == "manner":
            alone = alone or not negating
        elif word.kind == "mode" and not negating:
            pentatonic = pentatonic or value == "pentatonic"
            mode = mode or (value if value != "pentatonic" else None)
        elif word.kind == "metre" and not negating:
            metre = metre or value
        elif word.kind == "pace":
            pace = 104.0 if negating else pace or float(word.value)
        elif word.kind in ("genre", "mood", "instrument", "role"):
            if refused in ("instrument", "role") and word.kind in ("genre", "mood"):
                negating = False
            if negating:
                refused = word.kind
                said["without"] += ["drums", "bass"] if value == "dnb" else [value]
            elif word.kind != "role":
                said[word.kind].append(_FAMILY_MEMBERS.get(value, value))

    without = tuple(dict.fromkeys(said["without"]))
    kept = {kind: tuple(v for v in dict.fromkeys(said[kind]) if v not in without) for kind in said}
    instruments = tuple(i for i in kept["instrument"] if INSTRUMENTS[i].family not in without)
    return Wishes(
        kept["genre"],
        kept["mood"],
        instruments,
        without,
        tempo,
        pace,
        tonic,
        mode,
        pentatonic,
        metre,
        alone,
        tuple(dict.fromkeys(not_heard))[:40],
    )


def _take_tempo(text: str, not_heard: list[str]) -> tuple[float | None, str]:
    for pattern in _TEMPI:
        if match := pattern.search(text):
            rest = text[: match.start()] + " " + text[match.end() :]
            bpm = float(match["bpm"].replace(",", "."))
            if SLOWEST_BPM <= bpm <= FASTEST_BPM:
                return bpm, rest
            not_heard.append(match[0].strip())
            return None, rest
    return None, text


_MODE_WORDS = {
    "maj": "major",
    "min": "minor",
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


def _take_key(text: str) -> tuple[int | None, str | None, bool, str]:
    """Tonic, mode, whether pentatonic, and the text without them."""
    for pattern in _KEYS:
        if match := pattern.search(text):
            found = match.groupdict()
            note = found["note"]
            tonic = _LETTERS[note] if note in _LETTERS else _SYLLABLES[note]
            tonic += sum(_SHIFT[found[name]] for name in ("shift", "before") if found.get(name))
            mode = _MODE_WORDS.get(found["mode"] or "", found["mode"])
            rest = text[: match.start()] + " " + text[match.end() :]
            pentatonic = mode == "pentatonic"
            return tonic % 12, None if pentatonic else mode, pentatonic, rest
    return None, None, False, text
