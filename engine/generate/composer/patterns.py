"""One-bar patterns on a grid of sixteenths: bass lines, chord figures and drum grooves, by metre.

A bass or chord pattern: a sign begins a note, `-` holds it, `.` is silence. Bass signs: Root, Fifth, Octave, Third,
Sixth, Approach to the next root. Chord signs: Chord, Upper voices, a digit for one voice from below.
A drum pattern: `X` accent, `x` stroke, `o` ghost, `?` perhaps.
"""

BASS: dict[str, dict[str, tuple[str, ...]]] = {
    "hold": {"4/4": ("R---------------",), "3/4": ("R-----------",), "6/8": ("R-----------",)},
    "two": {"4/4": ("R-------F-------", "R-------R---A---"), "3/4": ("R-------F---",), "6/8": ("R-----F-----",)},
    "pulse": {"4/4": ("R-R-R-R-R-R-R-R-", "R-R-R-R-R-R-R-A-"), "3/4": ("R-R-R-R-R-R-",), "6/8": ("R-R-R-R-R-R-",)},
    "pop": {
        "4/4": ("R-----R-R---F---", "R---..R-R-----A-", "R-----R-..R-F-A-"),
        "3/4": ("R-----R-F---",),
        "6/8": ("R---R-F---A-",),
    },
    "offbeat": {"4/4": ("..R-..R-..R-..R-", "..R-..O-..R-..O-", "R.O-R.O-R.O-R.O-")},
    "techno": {"4/4": ("..R...R...R...R.", "..RR..RR..RR..RO")},
    "walking": {
        "4/4": ("R---T---F---A---", "R---F---T---A---", "R---T---F---S---", "R---O---F---A---"),
        "3/4": ("R---T---A---", "R---F---A---"),
        "6/8": ("R---T-F---A-",),
    },
    "boogie": {"4/4": ("R-R-T-T-F-F-S-S-", "R---T---F---S---", "R-R-F-F-S-S-F-F-"), "6/8": ("R-T-F-S-F-T-",)},
    "bossa": {"4/4": ("R-----F-F-----R-", "R-----F-F-----A-")},
    "funk": {"4/4": ("R..R..O.R..R.F.A", "R.R...O.R..O..A.", "R..O..R...R-F-A-")},
    "reggae": {"4/4": ("....R-R---F-..R-", "R---..R-F---R---", "..R-R---..F-A---")},
    "laid back": {"4/4": ("R-----..R-R-....", "R----.R---..F-A-", "R-------..R-F---"), "6/8": ("R-----..F-A-",)},
    "sub": {"4/4": ("R-----R---------", "R-------..R-F---", "R---------R-A---")},
    "gallop": {"4/4": ("R.RRR.RRR.RRR.RR", "R-R-R-R-R-R-R.RR")},
    "waltz": {"3/4": ("R-----------", "R-------F---"), "6/8": ("R-----F-----",)},
}

FIGURES: dict[str, dict[str, tuple[str, ...]]] = {
    "hold": {"4/4": ("C---------------",), "3/4": ("C-----------",), "6/8": ("C-----------",)},
    "half": {"4/4": ("C-------C-------",), "3/4": ("C-------C---",), "6/8": ("C-----C-----",)},
    "quarters": {"4/4": ("C---C---C---C---", "C---C---C---C-U-"), "3/4": ("C---C---C---",), "6/8": ("C---U-C---U-",)},
    "pop": {
        "4/4": ("C-----C-C-------", "C---U---C-U-U---", "0-U-U-0-U-U-0-U-"),
        "3/4": ("C-----U-U---",),
        "6/8": ("C---U-C---U-",),
    },
    "strum": {
        "4/4": ("C---C-U-..U-C-U-", "C---U-U-C-U-U-U-"),
        "3/4": ("C---U-U-U---", "C---U---U-U-"),
        "6/8": ("C---U-C-U-U-",),
    },
    "broken": {
        "4/4": ("0-1-2-1-3-1-2-1-", "0-1-2-3-2-1-2-1-", "0-2-1-2-3-2-1-2-"),
        "3/4": ("0-1-2-3-2-1-",),
        "6/8": ("0-1-2-3-2-1-", "0-1-2-1-2-1-"),
    },
    "alberti": {"4/4": ("0-2-1-2-0-2-1-2-", "0-1-2-1-0-1-2-1-"), "3/4": ("0-2-1-2-1-2-",), "6/8": ("0-1-2-0-1-2-",)},
    "nocturne": {
        "4/4": ("0---1-2-3---2-1-", "0-1-2-3---2-1-2-"),
        "3/4": ("0---1-2-3---", "0-1-2---3-2-"),
        "6/8": ("0-1-2-3---2-",),
    },
    "ripple": {
        "4/4": ("0123210123212321", "0121321001213210", "0321032103210321"),
        "3/4": ("012321012321",),
        "6/8": ("012321012321",),
    },
    "eighth arp": {"4/4": ("0-2-3-2-1-2-3-2-", "3-2-1-0-3-2-1-0-"), "3/4": ("0-2-3-2-1-2-",), "6/8": ("0-2-3-1-2-3-",)},
    "sparse arp": {
        "4/4": ("0---2-----3-----", "..0-....2---3---", "0-----1-----3---"),
        "3/4": ("0---2---3---",),
        "6/8": ("0---2---3---",),
    },
    "charleston": {
        "4/4": ("C---..C-........", "..C-....C---....", "......C-......C-", "C-....C---..C-.."),
        "3/4": ("....C---..C-", "C---..C-...."),
        "6/8": ("C---C-....C-",),
    },
    "bossa": {"4/4": ("C--C--C...C--C..", "C-..C--C..C--C..")},
    "stabs": {"4/4": ("..C...C..C....C.", "C..C..C...C..C..", "..C-..C-..C-..C-")},
    "scratch": {"4/4": ("..C..C..C..C....", "C...C..C..C..CC.", ".CC..C.C..C..C..")},
    "skank": {"4/4": ("....C.......C...", "..C...C...C...C.")},
    "chug": {"4/4": ("C.CCC.CCC.CCC.CC", "C-------C---C---", "C-C-C.CCC-C-C.CC")},
    "shuffle": {"4/4": ("C-C-C-C-C-C-C-C-", "C---..C-C---..C-"), "6/8": ("C---C-C---C-",)},
    "lofi": {"4/4": ("C---------..C---", "C-----..C-------", "..C-------C-....")},
    "waltz": {"3/4": ("....U---U---", "....U---U-U-"), "6/8": ("..U-U-..U-U-",)},
    "pulse": {"4/4": ("C-C-C-C-C-C-C-C-",), "3/4": ("C-C-C-C-C-C-",), "6/8": ("C-C-C-C-C-C-",)},
}

DRUMS = {
    "kick": 36,
    "snare": 38,
    "rim": 37,
    "clap": 39,
    "hat": 42,
    "open": 46,
    "pedal": 44,
    "ride": 51,
    "crash": 49,
    "low tom": 45,
    "mid tom": 47,
    "high tom": 50,
    "tambourine": 54,
    "shaker": 70,
    "conga": 63,
    "low conga": 64,
    "block": 76,
    "low block": 77,
    "triangle": 81,
}

GROOVES: dict[str, dict[str, tuple[dict[str, str], ...]]] = {
    "rock": {
        "4/4": (
            {"kick": "X.....x.X.x.....", "snare": "....X.......X...", "hat": "X.x.X.x.X.x.X.x."},
            {"kick": "X..x....X.x...?.", "snare": "....X.......X..?", "hat": "X.x.X.x.X.x.X.x."},
        ),
        "3/4": ({"kick": "X.......?...", "snare": "....x...x...", "hat": "X.x.X.x.X.x."},),
        "6/8": ({"kick": "X.....?.....", "snare": "......X.....", "hat": "X.x.x.X.x.x."},),
    },
    "pop": {
        "4/4": (
            {"kick": "X......xX.......", "snare": "....X.......X..o", "hat": "X.x.x.x.X.x.x.x."},
            {
                "kick": "X.....x...x.....",
                "snare": "....X.......X...",
                "hat": "x.x.x.x.x.x.x.x.",
                "shaker": "..x...x...x...x.",
            },
        ),
        "3/4": ({"kick": "X...........", "rim": "....x...x...", "hat": "X.x.X.x.X.x."},),
        "6/8": ({"kick": "X.........?.", "snare": "......X.....", "hat": "X.x.x.X.x.x."},),
    },
    "house": {
        "4/4": (
            {
                "kick": "X...X...X...X...",
                "clap": "....X.......X...",
                "open": "..x...x...x...x.",
                "hat": "x.ox?.oxx.ox?.ox",
            },
            {
                "kick": "X...X...X...X...",
                "clap": "....X.......X..?",
                "hat": "..X...X...X...X.",
                "shaker": "xoxoxoxoxoxoxoxo",
            },
        ),
    },
    "techno": {
        "4/4": (
            {
                "kick": "X...X...X...X...",
                "open": "..x...x...x...x.",
                "hat": "xoxoxoxoxoxoxoxo",
                "rim": "...x..x....x..?.",
            },
            {
                "kick": "X...X...X...X...",
                "hat": "..X...X...X...X.",
                "clap": "....x.......x...",
                "low tom": "......?..x....?.",
            },
        ),
    },
    "dnb": {
        "4/4": (
            {
                "kick": "X.........X.....",
                "snare": "....X..o.o..X..?",
                "hat": "x.x.x.x.x.x.x.x.",
                "ride": "..?...?...?...?.",
            },
            {"kick": "X.x.......X.....", "snare": "....X..o.x..X.o.", "hat": "xox.xox.xox.xox."},
        ),
    },
    "hiphop": {
        "4/4": (
            {"kick": "X..?..x...x..x..", "snare": "....X.......X...", "hat": "x.x.x.x.x.x.x.xx"},
            {"kick": "X......x..x.....", "clap": "....X.......X...", "hat": "x.xxx.x.x.x.xxx."},
        ),
    },
    "lofi": {
        "4/4": (
            {"kick": "X......x..x.....", "rim": "....X.......X..?", "hat": "x.x.x.xox.x.x.x."},
            {"kick": "X.....?...x..?..", "snare": "....x.......x...", "hat": "x.o.x.o.x.o.x.ox"},
        ),
        "6/8": ({"kick": "X.........?.", "rim": "......x.....", "hat": "x.x.x.x.x.x."},),
    },
    "synthwave": {
        "4/4": (
            {"kick": "X...x...X...x...", "snare": "....X.......X...", "hat": "x.xxx.xxx.xxx.xx"},
            {"kick": "X.....x.X.....?.", "snare": "....X.......X...", "hat": "x.x.x.x.x.x.x.x."},
        ),
    },
    "metal": {
        "4/4": (
            {"kick": "X.xxX.xxX.xxX.xx", "snare": "....X.......X...", "hat": "X...X...X...X..."},
            {"kick": "X..x..x.X..x..x.", "snare": "........X.......", "ride": "X...X...X...X..."},
        ),
        "6/8": ({"kick": "X.x.x.X.x.x.", "snare": "......X.....", "ride": "X.....X....."},),
    },
    "jazz": {
        "4/4": (
            {
                "ride": "X...x.x.X...x.x.",
                "pedal": "....x.......x...",
                "snare": "......?.....o.?.",
                "kick": "o.......?.......",
            },
            {
                "ride": "X...x.x.X...x.x.",
                "pedal": "....x.......x...",
                "rim": "..............?.",
                "kick": "o.....?.........",
            },
        ),
        "3/4": ({"ride": "X...x.x.x.x.", "pedal": "....x...x...", "kick": "o...........", "snare": "......?....."},),
    },
    "shuffle": {
        "4/4": (
            {"kick": "X.......X.?.....", "snare": "....X.......X...", "hat": "X.x.X.x.X.x.X.x."},
            {"kick": "X.....x.X.......", "snare": "....X.o.....X.?.", "ride": "X.x.X.x.X.x.X.x."},
        ),
        "6/8": ({"kick": "X.....?.....", "snare": "......X.....", "hat": "X.x.x.X.x.x."},),
    },
    "bossa": {
        "4/4": (
            {"rim": "x..x..x...x..x..", "kick": "X.....o.X.....o.", "hat": "x.x.x.x.x.x.x.x."},
            {"rim": "..x..x..x..x..x.", "kick": "X.....o.X.....o.", "shaker": "xoxoxoxoxoxoxoxo"},
        ),
    },
    "funk": {
        "4/4": (
            {"kick": "X.x...?...x..x..", "snare": "....X..o.o..X..o", "hat": "X.xxx.x.X.xxx.x."},
            {
                "kick": "X..x..x.....x...",
                "snare": "....X..o.o.oX...",
                "hat": "x.x.x.x.x.x.x...",
                "open": "..............x.",
            },
        ),
    },
    "reggae": {
        "4/4": (
            {"kick": "........X.......", "rim": "........X.......", "hat": "x.x.x.x.x.x.x.xo"},
            {"kick": "X.......X.......", "rim": "....x.......x...", "hat": "..x...x...x...x."},
        ),
    },
    "folk": {
        "4/4": (
            {"kick": "X.......X.......", "shaker": "x.x.x.x.x.x.x.x.", "tambourine": "....x.......x..."},
            {"kick": "X.......x.....?.", "shaker": "xoxoxoxoxoxoxoxo"},
        ),
        "3/4": ({"kick": "X...........", "shaker": "x.x.x.x.x.x.", "tambourine": "....x...x..."},),
        "6/8": ({"kick": "X.....x.....", "tambourine": "....x.....x.", "shaker": "x.x.x.x.x.x."},),
    },
    "orchestral": {
        "4/4": (
            {"kick": "X.......x.......", "snare": "....o.o.o...o.oo"},
            {"kick": "X.....x.X...x.x.", "snare": "............o.oo"},
        ),
        "3/4": ({"kick": "X...........", "snare": "....o...o.o."},),
        "6/8": ({"kick": "X.....x.....", "snare": "......o.o.o."},),
    },
    "blocks": {
        "4/4": (
            {"low block": "X.......x.......", "block": "....x.x.....x...", "triangle": "x..............."},
            {"kick": "o.......o.......", "block": "..x...x...x..x.."},
        ),
        "3/4": ({"low block": "X...........", "block": "....x...x..."},),
        "6/8": ({"low block": "X.....x.....", "block": "....x.....x."},),
    },
    "waltz": {
        "3/4": (
            {"kick": "X...........", "rim": "....x...x...", "hat": "x...x...x..."},
            {"kick": "x...........", "pedal": "....x...x...", "ride": "X...x...x.?."},
        ),
        "6/8": ({"kick": "X.....o.....", "rim": "....x.....x.", "hat": "x.x.x.x.x.x."},),
    },
    "soft": {
        "4/4": ({"kick": "x.......o.......", "rim": "............?...", "shaker": "o.x.o.x.o.x.o.x."},),
        "6/8": ({"kick": "x.....o.....", "shaker": "o.x.o.x.o.x."},),
    },
}


def grooves(name: str, metre: str) -> tuple[dict[str, str], ...]:
    """The drum grooves of a style in a metre; plain ones of that metre where the style has none."""
    return GROOVES[name].get(metre) or GROOVES["folk"][metre]


def bass_patterns(name: str, metre: str) -> tuple[str, ...]:
    return BASS[name].get(metre) or BASS["two"][metre]


def figures(name: str, metre: str) -> tuple[str, ...]:
    return FIGURES[name].get(metre) or FIGURES["broken" if metre == "6/8" else "quarters"][metre]


def strokes(pattern: str) -> list[tuple[str, int, int]]:
    """The notes of a bass or chord pattern: sign, first step, steps held."""
    found: list[tuple[str, int, int]] = []
    for step, sign in enumerate(pattern):
        if sign == "-" and found:
            name, start, held = found[-1]
            found[-1] = (name, start, held + 1)
        elif sign not in "-.":
            found.append((sign, step, 1))
    return found
