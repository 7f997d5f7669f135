"""Harmony: phrases of chords with their cadences, by the loops of a genre or by functional progression.

Which degree follows which in the functional genres is the table of usual root progressions (Piston, Harmony, ch. 3).
"""

from functools import cache

from engine.generate.composer.genres import Choices, Genre, habits
from engine.generate.composer.metre import Metre
from engine.generate.composer.sampling import Dice
from engine.generate.composer.theory import STEP, Chord, Key, chord, coloured, fit

Bar = tuple[Chord, ...]
"""The chords of a bar, equally long."""
Span = tuple[int, int, Chord]
"""Start and length in ticks, and the chord that sounds."""

NEXT: dict[str, dict[str, Choices]] = {
    "major": {
        "I": (("IV", 4), ("V", 3), ("vi", 3), ("ii", 3), ("iii", 1)),
        "ii": (("V", 6), ("IV", 1), ("I", 0.5)),
        "iii": (("vi", 4), ("IV", 3)),
        "IV": (("V", 4), ("I", 3), ("ii", 2)),
        "V": (("I", 5), ("vi", 3), ("IV", 0.5)),
        "vi": (("ii", 4), ("IV", 4), ("V", 1), ("iii", 1)),
    },
    "minor": {
        "i": (("iv", 4), ("V", 3), ("bVI", 3), ("iio", 1.5), ("bIII", 2)),
        "iio": (("V", 6), ("i", 0.5)),
        "bIII": (("bVI", 4), ("iv", 3), ("bVII", 2)),
        "iv": (("V", 4), ("i", 2), ("bVII", 2), ("iio", 1)),
        "V": (("i", 5), ("bVI", 2)),
        "bVI": (("iv", 3), ("iio", 2), ("bVII", 2), ("bIII", 2)),
        "bVII": (("bIII", 5), ("i", 1)),
    },
}
_OPENINGS: dict[str, dict[str, Choices]] = {
    "B": {"major": (("V", 3), ("IV", 2), ("vi", 2)), "minor": (("bIII", 4), ("iv", 2), ("V", 1))},
    "C": {"major": (("vi", 4), ("ii", 2), ("IV", 1)), "minor": (("bVI", 3), ("iv", 2), ("bIII", 2))},
}
"""Where contrasting sections of the functional genres begin."""
_FULL_CADENCES: dict[str, Choices] = {
    "major": (("IV,V7", 3.0), ("I^5,V7", 2.0), ("ii^3,V7", 3.0), ("V7sus4,V7", 1.0)),
    "minor": (("iv,V7", 3.0), ("iiø7^3,V7", 2.0), ("i^5,V7", 2.0)),
}
_BACKDOOR: dict[str, Choices] = {
    "major": (("bVII", 2.0), ("IV", 1.0), ("V", 1.0)),
    "minor": (("bVII", 3.0), ("iv", 1.0), ("V", 1.0)),
}
_CADENCES: dict[str, dict[str, Choices]] = {
    "modal": {"major": (("IV", 3.0), ("iv", 1.0), ("V", 1.0)), "minor": (("iv", 2.0), ("bVII", 2.0))},
    "celtic": {"major": (("V", 3.0), ("bVII", 1.0)), "minor": (("bVII", 3.0), ("v", 1.0))},
    "jazz": {"major": (("ii,V7", 3.0), ("ii,bII7", 1.0)), "minor": (("iiø7,V7", 1.0),)},
    "soul": {
        "major": (("IV,V7sus4", 2.0), ("iv", 1.0), ("ii,V7sus4", 2.0)),
        "minor": (("iv,V7", 2.0), ("bVI,V7", 1.0)),
    },
    "blues": {"major": (("V7", 1.0),), "minor": (("V7", 1.0),)},
    "pentatonic": {"major": (("V", 1.0),), "minor": (("bVII", 1.0),)},
    **dict.fromkeys(("rock", "metal", "techno", "synth", "funk", "house", "trap"), _BACKDOOR),
}
_MODAL_CADENCES = {"dorian": "IV", "phrygian": "bII", "lydian": "II", "mixolydian": "bVII"}
_NO_BORROWING = {"blues", "techno", "metal", "pentatonic", "modal", "celtic", "trap"}
_NO_BRIDGE = {"blues", "techno", "metal", "pentatonic", "modal", "jazz", "trap"}


@cache
def loops(family: str, kind: str) -> Choices:
    """The loops of a family in `habits/progressions.toml` with their weights."""
    rows = [row.rsplit(" ", 1) for row in habits("progressions")[family][kind]]
    return tuple((loop, float(weight)) for loop, weight in rows)


def progression(
    key: Key, genre: Genre, bars: int, letter: str, dice: Dice, *, avoid: str = "", asked: bool = False
) -> tuple[list[str], str]:
    """Numerals for the bars of a section, `,` parting those within a bar, and the loop that they came from.

    `letter` A opens at home, B and C elsewhere where the genre has it so; `avoid` is a loop already in use. `asked`:
    the key is an explicit wish, so that loops which leave no doubt of it are preferred.
    """
    if genre.harmony == "functional" and key.mode in NEXT:
        return _functional(key, genre, bars, letter, dice), ""
    kind = "minor" if key.minor else "major"
    if key.mode not in NEXT:
        options = loops(key.mode, "loops")
    elif letter == "C" and genre.harmony not in _NO_BRIDGE:
        options = loops("bridges", kind)
    else:
        options = loops("pop" if genre.harmony == "functional" else genre.harmony, kind)
    likely = [(name, weight * (0.1 if name == avoid else 1.0)) for name, weight in options]
    loop = dice.choose(likely, (lambda name: _certainty(name, key)) if asked else None)
    written = loop.split()
    if genre.harmony == "blues" and bars < 12:
        written = [written[0], written[4], written[0], written[8]]
    slow = genre.bars_per_chord if bars >= 4 * genre.bars_per_chord else 1
    numerals = [written[(bar // slow) % len(written)] for bar in range(bars)]
    if genre.harmony not in _NO_BORROWING and key.mode in NEXT:
        numerals = _spiced(numerals, genre.tension, key, dice)
    return numerals, loop


def _certainty(loop: str, key: Key) -> float:
    """How plainly a loop states its key, 0.05 to 1.5: by how much its tones fit it better than any foreign one."""
    heard = [0] * 12
    for bar in loop.split():
        for numeral in bar.split(","):
            for pitch_class in chord(numeral, key.tonic).pitch_classes:
                heard[pitch_class] += 1
    relative = (key.tonic + (3 if key.minor else 9)) % 12, not key.minor
    own = fit(heard, key.tonic, minor=key.minor)
    others = [
        fit(heard, tonic, minor=minor)
        for tonic in range(12)
        for minor in (False, True)
        if (tonic, minor) not in ((key.tonic, key.minor), relative)
    ]
    return max(0.05, 0.5 + own - max(others))


def _functional(key: Key, genre: Genre, bars: int, letter: str, dice: Dice) -> list[str]:
    """Phrases of four bars: the first of a pair asks with a half cadence, the second answers with a full one."""
    numerals: list[str] = []
    while len(numerals) < bars:
        length = min(4, bars - len(numerals))
        closed = (len(numerals) // 4) % 2 == 1 or bars - len(numerals) <= 4
        first = letter if not numerals else "A"
        elsewhere = first != "A" and length == 4 and dice.chance(0.35 + genre.tension)
        repeats = closed and len(numerals) >= 4 and length == 4 and letter == "A" and dice.chance(0.6)
        if repeats:
            numerals += [*numerals[:2], *_closing(key, dice)]
        elif elsewhere:
            numerals += _excursion(key, genre, first, dice)
        else:
            numerals += _walk(key, genre, length, closed, first, dice)
    return numerals


_NEAR_KEYS = {
    ("B", "major"): ("V", False),
    ("C", "major"): ("vi", True),
    ("B", "minor"): ("bIII", False),
    ("C", "minor"): ("iv", True),
}
"""Where a contrasting section of a functional genre may modulate to: the degree, and whether it is minor there."""


def _excursion(key: Key, genre: Genre, letter: str, dice: Dice) -> list[str]:
    """Four bars with a cadence in a near key, and the dominant that leads home."""
    degree, minor = _NEAR_KEYS[letter, key.mode]
    there = Key(chord(degree, key.tonic).root, "minor" if minor else "major")
    walked = _walk(there, genre, 4, True, "A", dice)
    numerals = [",".join(_seen_from_home(n, degree) for n in bar.split(",")) for bar in walked]
    return [*numerals[:-1], f"{degree},V7" if degree != "V" else "V7"]


def _seen_from_home(numeral: str, degree: str) -> str:
    """A numeral of another key as one of this: `ii` in the key of the fifth is `ii/V`."""
    plain, _, lowest = numeral.partition("^")
    plain, _, of = plain.partition("/")
    return "/".join(filter(None, (plain, of, degree))) + (f"^{lowest}" if lowest else "")


def _closing(key: Key, dice: Dice) -> list[str]:
    cadence = dice.choose(_FULL_CADENCES["minor" if key.minor else "major"])
    return [cadence, "i" if key.minor else "I"]


def _walk(key: Key, genre: Genre, bars: int, closed: bool, letter: str, dice: Dice) -> list[str]:
    """A phrase that opens as its letter does and walks to a half or a full cadence."""
    tonic = "i" if key.minor else "I"
    table = NEXT[key.mode]
    first = dice.choose(_OPENINGS[letter][key.mode]) if letter in _OPENINGS else tonic
    pace = genre.chords_per_bar
    degrees = [first]
    while len(degrees) < bars * pace:
        degrees.append(dice.choose(table[degrees[-1]]))
    walked = [",".join(dict.fromkeys(degrees[at : at + pace])) for at in range(0, len(degrees), pace)]
    if bars >= 2:
        walked[-1] = tonic if closed else "V"
    if bars >= 3:
        predominant: Choices = (("iv", 3.0), ("iio", 2.0)) if key.minor else (("ii", 3.0), ("IV", 3.0))
        walked[-2] = _closing(key, dice)[0] if closed else dice.choose(predominant)
    if bars >= 4 and closed:
        walked[-3] = "iv" if key.minor else dice.choose((("ii", 3.0), ("IV", 2.0), ("vi", 1.0)))
    return _smoothed(_spiced(walked, genre.tension, key, dice), dice)


def _spiced(numerals: list[str], tension: float, key: Key, dice: Dice) -> list[str]:
    """Now and then a secondary dominant in the second half of a bar, or a chord borrowed from the parallel minor."""
    spiced = list(numerals)
    for bar, numeral in enumerate(numerals[:-1]):
        following = numerals[bar + 1]
        if "," in numeral or "/" in numeral or "^" in numeral:
            continue
        if following in ("ii", "vi", "V", "iv") and numeral != following and dice.chance(0.5 * tension):
            spiced[bar] = f"{numeral},V7/{following}"
        elif numeral == "IV" and following == "I" and not key.minor and dice.chance(tension):
            spiced[bar] = "IV,iv"
        elif numeral == "V" and following in ("I", "i") and dice.chance(0.6 * tension):
            spiced[bar] = "V7sus4,V7"
    return spiced


_PASSING = {("I", "V", "vi"): "V^3", ("I", "V", "I"): "V^3", ("i", "V", "i"): "V^3", ("IV", "I", "ii"): "I^3"}


def _smoothed(numerals: list[str], dice: Dice) -> list[str]:
    """Here and there an inversion, so that the bass goes by step where it would leap."""
    smooth = list(numerals)
    for bar in range(1, len(numerals) - 1):
        inverted = _PASSING.get((numerals[bar - 1], numerals[bar], numerals[bar + 1]))
        if inverted and dice.chance(0.5):
            smooth[bar] = inverted
    return smooth


_AUTHENTIC = {"functional", "jazz", "blues", "ballad", "soul", "folk", "russian", "ragtime", "latin", "pop"}


def turnaround(numerals: list[str], last: int, key: Key, genre: Genre) -> list[str]:
    """The same bars, with bar `last` leading home where it rests there already: what a loop has in place of an end."""
    if chord(numerals[last].split(",")[-1], key.tonic).root != key.tonic:
        return numerals
    if key.mode in _MODAL_CADENCES:
        back = _MODAL_CADENCES[key.mode]
    elif genre.harmony in _AUTHENTIC:
        back = "V7"
    else:
        back = "bVII" if key.minor or genre.harmony in ("rock", "metal") else "V"
    return [*numerals[:last], f"{numerals[last]},{back}", *numerals[last + 1 :]]


def realise(numerals: list[str], key: Key, colour: str) -> list[Bar]:
    return [tuple(chord(coloured(n, colour, minor=key.minor), key.tonic) for n in bar.split(",")) for bar in numerals]


def spans(bars: tuple[Bar, ...], metre: Metre) -> list[Span]:
    """Every chord with its start and length; a bar of two or four chords changes on its pulses."""
    found: list[Span] = []
    for bar, chords in enumerate(bars):
        start = bar * metre.bar_ticks
        pulses = [-(-len(metre.pulses) * i // len(chords)) for i in range(len(chords) + 1)]
        whole = len(set(pulses)) > len(chords)
        even = [metre.bar_ticks * i // len(chords) // STEP * STEP for i in range(len(chords) + 1)]
        edges = [metre.pulse_starts[pulse] for pulse in pulses] if whole else even
        found += [(start + edges[i], edges[i + 1] - edges[i], now) for i, now in enumerate(chords)]
    return found


class Changes:
    """The chords of a section, asked for by tick."""

    def __init__(self, found: list[Span]) -> None:
        self.spans = found
        self._at = 0

    def at(self, tick: int) -> Chord:
        """The chord that sounds at `tick`; beyond the ends the nearest."""
        if tick < self.spans[self._at][0]:
            self._at = 0
        while self._at + 1 < len(self.spans) and self.spans[self._at + 1][0] <= tick:
            self._at += 1
        return self.spans[self._at][2]


def final_cadence(key: Key, genre: Genre, dice: Dice) -> tuple[Bar, Chord]:
    """The bar before the last chord, and that chord."""
    kind = "minor" if key.minor else "major"
    if key.mode in _MODAL_CADENCES:
        approach = _MODAL_CADENCES[key.mode]
    elif genre.harmony in _CADENCES:
        approach = dice.choose(_CADENCES[genre.harmony][kind])
    else:
        approach = dice.choose(_FULL_CADENCES[kind])
    last = "i" if key.minor else "I"
    if genre.harmony == "blues":
        last = "i7" if key.minor else "I7"
    elif genre.harmony == "jazz":
        last = "i6" if key.minor else "I6"
    elif genre.colour == "power":
        last += "5"
    elif genre.colour == "ninth":
        last += "9" if key.minor else "add9"
    elif genre.name == "baroque" and key.minor and dice.chance(0.5):
        last = "I"
    return realise([approach], key, genre.colour)[0], chord(last, key.tonic)


def harmonised(key: Key, genre: Genre, heard: list[dict[int, int]], dice: Dice) -> list[str]:
    """A chord for each bar of a given melody: the usual progressions, drawn to what holds most of the bar's tones.

    `heard`: pitch class -> ticks, for each bar.
    """
    mode = "minor" if key.minor else "major"
    table, tonic = NEXT[mode], "i" if key.minor else "I"
    numerals: list[str] = []
    for bar, classes in enumerate(heard):
        options = table[numerals[-1]] if numerals else ((tonic, 4.0), *table[tonic])
        if numerals:
            options = (*options, (numerals[-1], 1.5))
        if bar == len(heard) - 1:
            options = ((tonic, 6.0), *options)
        total = sum(classes.values())

        def fit(numeral: str, classes: dict[int, int] = classes, total: int = total) -> float:
            if not total:
                return 1.0
            tones = chord(numeral, key.tonic).pitch_classes
            return 0.1 + sum(ticks for pc, ticks in classes.items() if pc in tones) / total

        numerals.append(dice.choose(options, fit))
    return numerals
