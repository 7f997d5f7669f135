"""Functional harmony: phrases of chords with their cadences, and voicings that move as little as they can."""

from itertools import pairwise

from engine.generate.composer.genres import Genre
from engine.generate.composer.sampling import Dice
from engine.generate.composer.theory import Chord, Key, chord, coloured

Bar = tuple[Chord, ...]
"""The chords of a bar, equally long."""

LOOPS: dict[str, dict[str, tuple[tuple[str, float], ...]]] = {
    "pop": {
        "major": (
            ("I V vi IV", 5),
            ("vi IV I V", 4),
            ("I vi IV V", 4),
            ("I iii IV V", 2),
            ("IV I V vi", 2),
            ("I IV vi V", 3),
            ("I ii vi IV", 1),
            ("I V IV IV", 1),
        ),
        "minor": (
            ("i bVI bIII bVII", 5),
            ("i iv bVI V", 3),
            ("i bVII bVI bVII", 3),
            ("i bIII bVII iv", 2),
            ("bVI bVII i i", 2),
            ("i v bVI bVII", 2),
        ),
    },
    "rock": {
        "major": (("I bVII IV I", 4), ("I IV V IV", 4), ("I V IV IV", 3), ("I vi IV V", 2), ("I bIII IV I", 1)),
        "minor": (("i bVII bVI bVII", 4), ("i bVI bIII bVII", 4), ("i bIII bVII iv", 2), ("i iv bVII bIII", 2)),
    },
    "metal": {
        "major": (("I bVII bVI bVII", 2), ("I bII I bVII", 1)),
        "minor": (
            ("i bVI bVII i", 4),
            ("i i bVI bVII", 4),
            ("i bII i bVII", 2),
            ("i bVI bIII bVII", 3),
            ("i iv bVI V", 2),
        ),
    },
    "lofi": {
        "major": (
            ("ii V I vi", 5),
            ("IV iii ii I", 4),
            ("IV iii vi ii", 3),
            ("I vi ii V", 3),
            ("IV iv I vi", 3),
            ("I iii IV iv", 2),
        ),
        "minor": (("i iv bVII bIII", 4), ("iv v i i", 2), ("bVI v i i", 3), ("iv bVII bIII bVI", 4), ("i bVI iv V", 2)),
    },
    "house": {
        "major": (("IV V iii vi", 4), ("vi IV I V", 3), ("ii iii IV V", 2), ("I ii vi IV", 2)),
        "minor": (
            ("i bVI bVII v", 3),
            ("i bIII bVII iv", 3),
            ("bVI bVII i i", 4),
            ("i iv i v", 2),
            ("i bVI bIII bVII", 2),
        ),
    },
    "techno": {
        "major": (("I I bVII bVII", 2), ("I I IV I", 1)),
        "minor": (("i i i bVII", 3), ("i i bVI bVII", 3), ("i i i bII", 1), ("i i iv i", 2)),
    },
    "synth": {
        "major": (("vi IV I V", 4), ("I V vi IV", 3), ("IV V vi vi", 3)),
        "minor": (("i bVI bIII bVII", 5), ("bVI bVII i i", 4), ("i bVII bVI v", 3), ("i iv bVI bVII", 3)),
    },
    "funk": {
        "major": (("I IV I IV", 3), ("I bVII IV I", 2), ("ii V ii V", 2)),
        "minor": (("i IV i IV", 5), ("i i iv iv", 2), ("i bVII IV i", 2), ("i bIII IV i", 1)),
    },
    "folk": {
        "major": (("I IV I V", 4), ("I V vi IV", 2), ("I I IV V", 3), ("I vi IV V", 2), ("I IV V I", 3)),
        "minor": (("i bVII i V", 3), ("i iv V i", 4), ("i bVI bVII i", 2), ("i iv bVII bIII", 3), ("i i iv V", 2)),
    },
    "cinematic": {
        "major": (("I V vi IV", 3), ("I iii IV V", 2), ("IV V vi I", 2), ("I bVI bVII I", 2), ("vi IV I V", 3)),
        "minor": (
            ("i bVI bIII bVII", 4),
            ("i bVI iv V", 3),
            ("i bIII bVII iv", 2),
            ("i v bVI iv", 2),
            ("i bVI i V", 2),
        ),
    },
    "modal": {
        "major": (("I IV I IV", 3), ("I iii IV I", 2), ("I II I II", 1), ("IV I vi IV", 2), ("I v IV I", 1)),
        "minor": (
            ("i bVI i bVI", 3),
            ("i bVII bVI bVII", 2),
            ("i iv i bVII", 2),
            ("i IV i IV", 2),
            ("i bIII bVI bVII", 2),
        ),
    },
    "pentatonic": {
        "major": (("I vi ii V", 3), ("I I vi V", 3), ("I IV vi V", 2), ("vi ii I V", 2), ("I V vi I", 2)),
        "minor": (("i bIII iv i", 2), ("i bVII bIII i", 3), ("i i bVII bIII", 3), ("i iv bVII i", 2)),
    },
    "blues": {
        "major": (("I7 IV7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 V7", 4), ("I7 I7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 I7", 3)),
        "minor": (("i7 iv7 i7 i7 iv7 iv7 i7 i7 bVI7 V7 i7 V7", 1), ("i7 i7 i7 i7 iv7 iv7 i7 i7 v7 iv7 i7 V7", 1)),
    },
    "jazz": {
        "major": (
            ("ii,V I vi,V7/ii ii,V", 4),
            ("I,vi ii,V iii,V7/ii ii,V", 4),
            ("ii V I I", 3),
            ("I V7/ii ii V", 3),
            ("IV,iv iii,V7/ii ii,V I", 3),
        ),
        "minor": (("iio7,V i iv,bVII bIII", 3), ("i iv iio7 V", 3), ("iv bVII bIII bVI", 4), ("i,bVI iio7,V i V", 3)),
    },
}

MODAL = {
    "dorian": ("i IV i bVII", "i ii bIII IV", "i i IV i"),
    "phrygian": ("i bII i bvii", "i bII bIII bII"),
    "lydian": ("I II I V", "I II vii I", "I I II II"),
    "mixolydian": ("I bVII IV I", "I v bVII I", "I I bVII bVII"),
}

NEXT = {
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
"""Which degree follows which, in the common practice (after Piston, Harmony: table of usual root progressions)."""

_FULL_CADENCES = {"major": (("IV,V", 3.0), ("V", 3.0), ("ii,V", 2.0)), "minor": (("iv,V", 3.0), ("V", 3.0))}
_BACKDOOR: dict[str, tuple[tuple[str, float], ...]] = {
    "major": (("bVII", 2.0), ("IV", 1.0), ("V", 1.0)),
    "minor": (("bVII", 3.0), ("iv", 1.0), ("V", 1.0)),
}
_CADENCES: dict[str, dict[str, tuple[tuple[str, float], ...]]] = {
    "modal": {"major": (("IV", 3.0), ("iv", 1.0), ("V", 1.0)), "minor": (("iv", 2.0), ("bVII", 2.0))},
    "jazz": {"major": (("ii,V7", 1.0),), "minor": (("iio7,V7", 1.0),)},
    "blues": {"major": (("V7", 1.0),), "minor": (("V7", 1.0),)},
    "pentatonic": {"major": (("V", 1.0),), "minor": (("bVII", 1.0),)},
    **dict.fromkeys(("rock", "metal", "techno", "synth", "funk", "house"), _BACKDOOR),
}
_MODAL_CADENCES = {"dorian": "IV", "phrygian": "bII", "lydian": "II", "mixolydian": "bVII"}
_NO_BORROWING = {"blues", "techno", "metal", "pentatonic", "modal"}


def phrase(key: Key, genre: Genre, bars: int, closed: bool, dice: Dice, avoid: str = "") -> tuple[list[str], str]:
    """Numerals for `bars` bars, `,` parting those within a bar, and the loop they came from. `closed`: full cadence."""
    if genre.harmony == "functional" and key.mode in NEXT:
        return _functional(key, bars, closed, dice, genre.tension), ""
    if key.mode in MODAL:
        loops: list[tuple[str, float]] = [(loop, 1.0) for loop in MODAL[key.mode]]
    else:
        table = "pop" if genre.harmony == "functional" else genre.harmony
        loops = [(loop, weight) for loop, weight in LOOPS[table]["minor" if key.minor else "major"]]
    loop = dice.choose([(name, weight * (0.15 if name == avoid else 1.0)) for name, weight in loops])
    written = loop.split()
    if genre.harmony == "blues" and bars < 12:
        written = [written[0], written[4], written[0], written[8]]
    slow = genre.bars_per_chord if bars >= 4 * genre.bars_per_chord else 1
    numerals = [written[(bar // slow) % len(written)] for bar in range(bars)]
    if genre.harmony not in _NO_BORROWING and key.mode in NEXT:
        numerals = _spiced(numerals, genre.tension, key, dice)
    return numerals, loop


def _functional(key: Key, bars: int, closed: bool, dice: Dice, tension: float) -> list[str]:
    """A phrase that opens on the tonic and walks to a half or a full cadence."""
    tonic = "i" if key.minor else "I"
    table = NEXT[key.mode]
    degrees = [tonic]
    while len(degrees) < bars:
        degrees.append(dice.choose(table[degrees[-1]]))
    if bars >= 2:
        degrees[-1] = tonic if closed else "V"
    if bars >= 3:
        predominant = (("iv", 3.0), ("iio", 2.0)) if key.minor else (("ii", 3.0), ("IV", 3.0))
        degrees[-2] = "V7" if closed else dice.choose(predominant)
    if bars >= 4 and closed:
        degrees[-3] = "iv" if key.minor else dice.choose((("ii", 3.0), ("IV", 2.0), ("vi", 1.0)))
    return _spiced(degrees, tension, key, dice)


def _spiced(numerals: list[str], tension: float, key: Key, dice: Dice) -> list[str]:
    """Now and then a secondary dominant in the second half of a bar, or a chord borrowed from the parallel minor."""
    spiced = list(numerals)
    for bar, numeral in enumerate(numerals[:-1]):
        following = numerals[bar + 1]
        if "," in numeral:
            continue
        if following in ("ii", "vi", "V", "iv") and numeral != following and dice.chance(0.5 * tension):
            spiced[bar] = f"{numeral},V7/{following}"
        elif numeral == "IV" and following == "I" and not key.minor and dice.chance(0.5 * tension):
            spiced[bar] = "IV,iv"
    return spiced


def realise(numerals: list[str], key: Key, colour: str) -> list[Bar]:
    return [tuple(chord(coloured(n, colour), key.tonic) for n in bar.split(",")) for bar in numerals]


def final_cadence(key: Key, genre: Genre, dice: Dice) -> tuple[Bar, Chord]:
    """The bar before the last chord, and that chord."""
    if key.mode in _MODAL_CADENCES:
        approach = _MODAL_CADENCES[key.mode]
    elif genre.harmony in _CADENCES:
        approach = dice.choose(_CADENCES[genre.harmony]["minor" if key.minor else "major"])
    else:
        approach = dice.choose(_FULL_CADENCES["minor" if key.minor else "major"])
    last = "i" if key.minor else "I"
    if genre.harmony == "blues":
        last = "i7" if key.minor else "I7"
    elif genre.harmony == "jazz":
        last = "i6" if key.minor else "I6"
    elif genre.colour == "power":
        last += "5"
    elif genre.colour == "ninth":
        last += "9" if key.minor else "add9"
    return realise([approach], key, genre.colour)[0], chord(last, key.tonic)


def voicings(chords: list[Chord], low: int, high: int, voices: int, dice: Dice) -> list[tuple[int, ...]]:
    """Pitches for each chord, ascending within `low`..`high`: nearest to the last, no parallel fifths or octaves."""
    centre = (low + high) // 2
    placed: list[tuple[int, ...]] = []
    for harmony in chords:
        before = placed[-1] if placed else ()
        options = _positions(harmony, low, high, voices)
        best = sorted(options, key=lambda o: (_effort(before, o, centre), o))[:4]
        weights = [(o, 1.0 / (1.0 + _effort(before, o, centre)) ** 2) for o in best]
        placed.append(dice.choose(weights))
    return placed


def _positions(harmony: Chord, low: int, high: int, voices: int) -> list[tuple[int, ...]]:
    classes = list(harmony.pitch_classes)
    if len(classes) > voices and len(harmony.intervals) > 2:
        classes.remove((harmony.root + 7) % 12) if (harmony.root + 7) % 12 in classes else classes.pop()
    classes = classes if len(classes) <= voices else classes[1:][:voices]
    found = []
    for bottom in range(low, high + 1):
        if bottom % 12 not in classes:
            continue
        stack = [bottom]
        ring = sorted(classes, key=lambda c: (c - bottom) % 12)
        at = 1
        while len(stack) < voices:
            stack.append(stack[-1] + ((ring[at % len(ring)] - stack[-1]) % 12 or 12))
            at += 1
        found.append(tuple(stack))
        if voices >= 4:
            dropped = sorted([*stack[:-2], stack[-2] - 12, stack[-1]])
            found.append(tuple(dropped))
    inside = [f for f in found if f[0] >= low and f[-1] <= high and all(a < b for a, b in pairwise(f))]
    return inside or [found[0]]


def _effort(before: tuple[int, ...], now: tuple[int, ...], centre: int) -> float:
    drift = abs(sum(now) / len(now) - centre)
    if not before:
        return drift
    moves = sum(abs(a - b) for a, b in zip(before, now, strict=False))
    parallels = 0
    pairs = list(zip(before, now, strict=False))
    for i, (a, b) in enumerate(pairs):
        for c, d in pairs[i + 1 :]:
            if a != b and (c - a) % 12 in (0, 7) and (d - b) == (c - a):
                parallels += 1
    return moves + 4.0 * parallels + 0.35 * drift
