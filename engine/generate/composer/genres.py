"""The habits of each genre: what is usual when the prompt says nothing else."""

from dataclasses import dataclass

Choices = tuple[tuple[str, float], ...]


def _choices(text: str) -> Choices:
    """`piano 4, - 1` as weighted choices; `-` means no such part."""
    pairs = (item.rsplit(" ", 1) for item in text.split(", "))
    return tuple((name if name != "-" else "", float(weight)) for name, weight in pairs)


@dataclass(frozen=True)
class Genre:
    """`swing` 0..1: how far off-beats move towards the triplet, on the grid of `swing_ticks`. `density` 0..1: how busy
    the melody is; `syncopation` 0..1. `tension` 0..1: how much chords are borrowed or secondary dominants. `dynamics`
    0..1: how much quieter the quiet sections are. `drums_from`: intensity at which the drums come in.
    `looseness_ms`: how far players stray from the beat."""

    name: str
    tempo: tuple[int, int]
    harmony: str
    parts: dict[str, Choices]
    groove: str
    bass: tuple[str, ...]
    figures: tuple[str, ...]
    arpeggios: tuple[str, ...] = ("eighth arp",)
    minor: float = 0.4
    metres: Choices = (("4/4", 1.0),)
    colour: str = "triad"
    density: float = 0.5
    syncopation: float = 0.25
    swing: float = 0.0
    swing_ticks: int = 240
    tension: float = 0.15
    pentatonic: float = 0.0
    reverb: float = 0.3
    drums_db: float = 0.0
    drums_from: float = 0.5
    dynamics: float = 0.5
    section_bars: int = 4
    bars_per_chord: int = 1
    looseness_ms: int = 8


def _genre(name: str, tempo: tuple[int, int], harmony: str, parts: str, **habits: object) -> Genre:
    read = dict(row.strip().split(": ", 1) for row in parts.strip().splitlines())
    return Genre(name, tempo, harmony, {role: _choices(row) for role, row in read.items()}, **habits)  # type: ignore[arg-type]


GENRES = {
    genre.name: genre
    for genre in (
        _genre(
            "ambient",
            (60, 84),
            "modal",
            """
            melody: vibraphone 2, piano 3, flute 1, - 2
            chords: electric piano 2, piano 2, - 2
            arpeggio: celesta 1, harp 2, crystal 2, - 3
            pad: pad 4, space pad 3, sweep pad 2, synth strings 1
            bass: fretless bass 1, synth bass 1, - 3
            drums: - 1""",
            groove="soft",
            bass=("hold",),
            figures=("hold",),
            arpeggios=("sparse arp", "broken"),
            colour="ninth",
            density=0.12,
            syncopation=0.1,
            reverb=0.75,
            drums_db=-6,
            dynamics=0.35,
            bars_per_chord=2,
            minor=0.45,
            tension=0.05,
        ),
        _genre(
            "lofi",
            (70, 88),
            "lofi",
            """
            melody: vibraphone 2, piano 3, guitar 2, flute 1, - 1
            chords: electric piano 5, piano 2, jazz guitar 2
            arpeggio: - 4, guitar 1
            pad: pad 1, strings 1, - 3
            bass: bass 3, double bass 2, fretless bass 1
            drums: room drums 2, drums 2""",
            groove="lofi",
            bass=("laid back",),
            figures=("lofi", "charleston"),
            colour="ninth",
            density=0.35,
            syncopation=0.4,
            swing=0.5,
            swing_ticks=120,
            reverb=0.3,
            tension=0.25,
            drums_from=0.4,
            dynamics=0.3,
        ),
        _genre(
            "hiphop",
            (80, 98),
            "lofi",
            """
            melody: piano 3, synth 1, flute 2, violin 1, - 1
            chords: piano 2, electric piano 3, strings 1
            arpeggio: - 3, pizzicato 1, bells 1
            pad: pad 1, choir 1, - 2
            bass: synth bass 4, bass 1
            drums: drum machine 3, electronic drums 2""",
            looseness_ms=2,
            groove="hiphop",
            bass=("sub", "laid back"),
            figures=("lofi", "half"),
            colour="seventh",
            density=0.4,
            syncopation=0.5,
            swing=0.25,
            swing_ticks=120,
            minor=0.75,
            drums_db=1,
            drums_from=0.4,
            dynamics=0.3,
        ),
        _genre(
            "house",
            (118, 128),
            "house",
            """
            melody: synth 3, piano 2, square lead 1, - 2
            chords: piano 3, electric piano 1, organ 2, synth brass 1
            arpeggio: synth 1, crystal 1, - 2
            pad: pad 3, synth strings 3
            bass: synth bass 1
            drums: electronic drums 2, drum machine 1, drums 1""",
            looseness_ms=2,
            groove="house",
            bass=("offbeat",),
            figures=("stabs",),
            colour="seventh",
            density=0.45,
            syncopation=0.5,
            minor=0.65,
            drums_db=1,
            drums_from=0.3,
            dynamics=0.2,
        ),
        _genre(
            "techno",
            (126, 138),
            "techno",
            """
            melody: square lead 1, synth 2, - 3
            chords: synth brass 1, synth 1, organ 1, - 1
            arpeggio: synth 3, square lead 1, crystal 1
            pad: sweep pad 2, space pad 2, pad 1
            bass: synth bass 1
            drums: electronic drums 2, drum machine 2""",
            looseness_ms=2,
            groove="techno",
            bass=("techno",),
            figures=("stabs",),
            arpeggios=("ripple", "eighth arp"),
            density=0.35,
            syncopation=0.5,
            minor=0.95,
            drums_db=1,
            drums_from=0.3,
            dynamics=0.2,
            tension=0.0,
        ),
        _genre(
            "dnb",
            (168, 176),
            "synth",
            """
            melody: synth 2, electric piano 1, flute 1, - 1
            chords: electric piano 3, synth strings 1, - 1
            arpeggio: crystal 1, - 2
            pad: pad 3, space pad 2, synth strings 2
            bass: synth bass 3, fretless bass 1
            drums: electronic drums 2, drums 2""",
            looseness_ms=2,
            groove="dnb",
            bass=("sub", "pop"),
            figures=("half", "hold"),
            colour="ninth",
            density=0.3,
            syncopation=0.45,
            minor=0.8,
            drums_db=1,
            drums_from=0.4,
            dynamics=0.25,
            bars_per_chord=2,
        ),
        _genre(
            "synthwave",
            (84, 116),
            "synth",
            """
            melody: synth 4, square lead 2
            chords: synth brass 2, synth 1, - 1
            arpeggio: synth 2, crystal 1, - 1
            pad: pad 3, synth strings 3
            bass: synth bass 1
            drums: electronic drums 3, power drums 2""",
            looseness_ms=2,
            groove="synthwave",
            bass=("pulse",),
            figures=("half", "hold"),
            arpeggios=("eighth arp", "ripple"),
            density=0.4,
            minor=0.8,
            reverb=0.45,
            dynamics=0.3,
            tension=0.05,
        ),
        _genre(
            "pop",
            (84, 122),
            "pop",
            """
            melody: piano 2, synth 1, flute 1, violin 1, electric guitar 1
            chords: piano 4, acoustic guitar 3, electric piano 1
            arpeggio: guitar 2, - 3
            pad: strings 3, pad 2, - 1
            bass: bass 3, picked bass 1
            drums: drums 3, room drums 1""",
            groove="pop",
            bass=("pop",),
            figures=("pop", "quarters"),
            density=0.5,
            syncopation=0.35,
            minor=0.3,
        ),
        _genre(
            "rock",
            (108, 148),
            "rock",
            """
            melody: electric guitar 2, overdriven guitar 3, organ 1
            chords: overdriven guitar 3, electric guitar 3, distorted guitar 1
            arpeggio: electric guitar 1, - 4
            pad: organ 1, - 4
            bass: picked bass 3, bass 2
            drums: power drums 2, room drums 2, drums 1""",
            groove="rock",
            bass=("pulse", "pop"),
            figures=("strum", "pulse"),
            density=0.5,
            syncopation=0.35,
            minor=0.45,
            reverb=0.2,
            drums_db=1,
            dynamics=0.35,
        ),
        _genre(
            "metal",
            (120, 168),
            "metal",
            """
            melody: distorted guitar 2, overdriven guitar 2
            chords: distorted guitar 1
            arpeggio: - 1
            pad: choir 1, strings 1, - 4
            bass: picked bass 1
            drums: power drums 1""",
            groove="metal",
            bass=("gallop",),
            figures=("chug",),
            colour="power",
            density=0.6,
            minor=0.97,
            reverb=0.15,
            drums_db=1,
            drums_from=0.3,
            dynamics=0.2,
            tension=0.0,
        ),
        _genre(
            "blues",
            (72, 120),
            "blues",
            """
            melody: electric guitar 3, harmonica 3, saxophone 2, piano 1
            chords: piano 3, electric guitar 1, organ 2
            arpeggio: - 1
            pad: organ 1, - 4
            bass: bass 2, double bass 2
            drums: room drums 1, drums 2""",
            groove="shuffle",
            bass=("boogie", "walking"),
            figures=("shuffle", "charleston"),
            density=0.5,
            syncopation=0.3,
            swing=0.95,
            minor=0.15,
            pentatonic=0.7,
            section_bars=12,
            drums_from=0.4,
            dynamics=0.3,
        ),
        _genre(
            "jazz",
            (104, 176),
            "jazz",
            """
            melody: saxophone 4, muted trumpet 2, piano 2, vibraphone 2, clarinet 1
            chords: piano 5, jazz guitar 3
            arpeggio: - 1
            pad: - 1
            bass: double bass 1
            drums: jazz drums 2, brushes 2""",
            groove="jazz",
            bass=("walking",),
            figures=("charleston",),
            colour="seventh",
            density=0.6,
            syncopation=0.5,
            swing=0.85,
            tension=0.35,
            reverb=0.25,
            drums_db=-2,
            drums_from=0.4,
            dynamics=0.35,
            minor=0.35,
        ),
        _genre(
            "bossa",
            (116, 144),
            "jazz",
            """
            melody: flute 3, saxophone 2, vibraphone 1, guitar 1, piano 1
            chords: guitar 5, piano 1
            arpeggio: - 1
            pad: strings 1, - 3
            bass: double bass 2, bass 1
            drums: brushes 1, room drums 1, drums 1""",
            groove="bossa",
            bass=("bossa",),
            figures=("bossa",),
            colour="ninth",
            density=0.4,
            syncopation=0.55,
            tension=0.3,
            drums_db=-3,
            drums_from=0.4,
            dynamics=0.3,
        ),
        _genre(
            "funk",
            (96, 114),
            "funk",
            """
            melody: saxophone 2, brass 2, clavinet 1, organ 1
            chords: electric guitar 3, clavinet 2, electric piano 2
            arpeggio: - 1
            pad: organ 1, strings 1, - 3
            bass: slap bass 2, bass 3
            drums: drums 2, room drums 2""",
            groove="funk",
            bass=("funk",),
            figures=("scratch",),
            colour="ninth",
            density=0.5,
            syncopation=0.6,
            minor=0.7,
            swing=0.15,
            swing_ticks=120,
            reverb=0.15,
            drums_from=0.35,
            dynamics=0.25,
        ),
        _genre(
            "reggae",
            (68, 84),
            "rock",
            """
            melody: trumpet 1, saxophone 1, harmonica 1, guitar 1, organ 1
            chords: electric guitar 3, organ 2, piano 1
            arpeggio: - 1
            pad: organ 1, - 3
            bass: bass 1
            drums: room drums 2, drums 2""",
            groove="reggae",
            bass=("reggae",),
            figures=("skank",),
            density=0.4,
            syncopation=0.4,
            swing=0.2,
            minor=0.4,
            drums_from=0.35,
            dynamics=0.2,
        ),
        _genre(
            "folk",
            (84, 124),
            "folk",
            """
            melody: fiddle 2, flute 2, acoustic guitar 2, accordion 1, recorder 1
            chords: acoustic guitar 5, guitar 3
            arpeggio: harp 1, banjo 1, - 3
            pad: strings 1, - 3
            bass: double bass 2, - 2
            drums: drums 1, - 3""",
            groove="folk",
            bass=("two",),
            figures=("strum", "broken"),
            metres=(("4/4", 4.0), ("3/4", 1.0), ("6/8", 1.5)),
            density=0.55,
            syncopation=0.1,
            minor=0.35,
            drums_db=-4,
            tension=0.05,
        ),
        _genre(
            "russian",
            (76, 132),
            "folk",
            """
            melody: balalaika 4, accordion 3, violin 1
            chords: accordion 2, guitar 3, balalaika 1
            arpeggio: - 3, dulcimer 1
            pad: choir 1, strings 1, - 2
            bass: double bass 2, bass 1
            drums: - 2, drums 1""",
            groove="folk",
            bass=("two",),
            figures=("quarters", "strum"),
            metres=(("4/4", 3.0), ("3/4", 1.5)),
            density=0.5,
            syncopation=0.08,
            minor=0.85,
            drums_db=-4,
            tension=0.2,
        ),
        _genre(
            "waltz",
            (96, 168),
            "functional",
            """
            melody: violin 3, piano 3, accordion 2, clarinet 1, flute 1
            chords: piano 4, strings 2, guitar 1
            arpeggio: harp 1, - 3
            pad: strings 2, - 2
            bass: double bass 3, cello 1
            drums: - 1""",
            groove="waltz",
            bass=("waltz",),
            figures=("waltz",),
            metres=(("3/4", 1.0),),
            density=0.45,
            syncopation=0.05,
            tension=0.3,
            drums_db=-6,
        ),
        _genre(
            "baroque",
            (76, 116),
            "functional",
            """
            melody: violin 3, recorder 2, oboe 2, harpsichord 2
            chords: harpsichord 4, church organ 1
            arpeggio: - 1
            pad: strings 1, - 2
            bass: cello 3, bassoon 1
            drums: - 1""",
            groove="orchestral",
            bass=("pulse", "walking"),
            figures=("alberti", "broken", "half"),
            metres=(("4/4", 3.0), ("3/4", 1.0)),
            density=0.75,
            syncopation=0.05,
            tension=0.35,
            minor=0.45,
            drums_db=-8,
        ),
        _genre(
            "classical",
            (80, 132),
            "functional",
            """
            melody: violin 3, flute 1, clarinet 1, oboe 1, piano 2
            chords: piano 2, strings 2
            arpeggio: harp 1, pizzicato 1, - 2
            pad: viola 2, strings 2
            bass: cello 3, double bass 1
            drums: - 1""",
            groove="orchestral",
            bass=("two", "hold"),
            figures=("alberti", "broken"),
            metres=(("4/4", 3.0), ("3/4", 1.5)),
            density=0.55,
            syncopation=0.08,
            tension=0.3,
            reverb=0.4,
            drums_db=-8,
            dynamics=0.7,
        ),
        _genre(
            "orchestral",
            (72, 120),
            "cinematic",
            """
            melody: violin 2, french horn 3, oboe 1, cello 2, trumpet 1
            chords: strings 2, brass 1, pizzicato 1, - 1
            arpeggio: harp 2, pizzicato 2, piano 1
            pad: strings 4, choir 2
            bass: double bass 3, cello 1, tuba 1
            drums: orchestral percussion 3, - 1""",
            groove="orchestral",
            bass=("hold", "two", "pulse"),
            figures=("half", "hold"),
            arpeggios=("eighth arp", "broken"),
            density=0.35,
            syncopation=0.1,
            tension=0.25,
            minor=0.6,
            reverb=0.55,
            drums_db=-2,
            drums_from=0.6,
            dynamics=0.75,
        ),
        _genre(
            "piano",
            (66, 104),
            "pop",
            """
            melody: piano 1
            chords: piano 1
            arpeggio: - 1
            pad: - 1
            bass: - 1
            drums: - 1""",
            groove="soft",
            bass=("hold",),
            figures=("nocturne", "broken"),
            metres=(("4/4", 4.0), ("3/4", 1.0), ("6/8", 1.0)),
            colour="triad",
            density=0.45,
            syncopation=0.15,
            tension=0.3,
            minor=0.45,
            reverb=0.45,
            dynamics=0.6,
        ),
        _genre(
            "chiptune",
            (120, 160),
            "rock",
            """
            melody: square lead 1
            chords: square lead 1, synth 1, - 2
            arpeggio: square lead 2, synth 2
            pad: - 1
            bass: synth bass 1
            drums: electronic drums 3, drum machine 1""",
            looseness_ms=2,
            groove="pop",
            bass=("pulse", "offbeat"),
            figures=("stabs",),
            arpeggios=("ripple", "eighth arp"),
            density=0.7,
            syncopation=0.3,
            minor=0.4,
            reverb=0.08,
            drums_db=-1,
            drums_from=0.3,
            dynamics=0.2,
        ),
        _genre(
            "chinese",
            (64, 104),
            "pentatonic",
            """
            melody: erhu 4, dizi 3, guzheng 2, pipa 1
            chords: guzheng 3, dulcimer 1, - 1
            arpeggio: guzheng 3, pipa 2, harp 1
            pad: strings 2, pad 1, - 1
            bass: cello 2, double bass 1, - 1
            drums: drums 1, - 2""",
            groove="blocks",
            bass=("hold", "two"),
            figures=("half", "hold"),
            arpeggios=("broken", "sparse arp"),
            density=0.45,
            syncopation=0.1,
            pentatonic=1.0,
            minor=0.4,
            reverb=0.5,
            drums_db=-5,
            drums_from=0.55,
            tension=0.0,
        ),
    )
}

LIKELIHOOD = {
    "pop": 3.0,
    "piano": 3.0,
    "lofi": 2.0,
    "ambient": 2.0,
    "folk": 2.0,
    "orchestral": 2.0,
    "classical": 1.0,
    "synthwave": 1.0,
    "rock": 1.0,
    "jazz": 1.0,
    "house": 1.0,
}
"""How often each genre is meant when none is named; the others wait to be asked for."""


@dataclass(frozen=True)
class Mood:
    """`tempo` multiplies; `minor` is how much likelier a minor key gets; `energy` shifts loudness and density, -1..1;
    `genres` are those it suggests."""

    tempo: float = 1.0
    minor: float = 1.0
    energy: float = 0.0
    genres: tuple[str, ...] = ()


MOODS = {
    "calm": Mood(0.88, 0.9, -0.4, ("ambient", "piano", "lofi")),
    "sad": Mood(0.85, 2.5, -0.25, ("piano", "classical")),
    "happy": Mood(1.12, 0.35, 0.25, ("pop", "folk")),
    "dark": Mood(0.95, 3.0, 0.0, ("orchestral", "ambient", "synthwave")),
    "bright": Mood(1.05, 0.45, 0.1, ("pop", "folk")),
    "energetic": Mood(1.12, 1.0, 0.5, ("rock", "house", "synthwave")),
    "epic": Mood(1.0, 1.5, 0.5, ("orchestral",)),
    "romantic": Mood(0.9, 0.8, -0.15, ("piano", "classical", "jazz")),
    "dreamy": Mood(0.92, 0.8, -0.3, ("ambient", "piano")),
    "mysterious": Mood(0.95, 2.2, -0.1, ("orchestral", "ambient")),
    "nostalgic": Mood(0.95, 1.1, -0.15, ("lofi", "synthwave", "piano")),
    "tense": Mood(1.08, 2.6, 0.25, ("orchestral", "synthwave")),
    "playful": Mood(1.12, 0.4, 0.15, ("folk", "classical")),
    "aggressive": Mood(1.12, 2.4, 0.7, ("rock",)),
    "hopeful": Mood(1.03, 0.5, 0.15, ("pop", "orchestral")),
    "lonely": Mood(0.86, 1.9, -0.35, ("piano", "ambient")),
    "warm": Mood(0.95, 0.7, -0.1, ("folk", "lofi")),
    "cold": Mood(0.93, 1.8, -0.2, ("ambient", "piano")),
    "sleepy": Mood(0.8, 0.8, -0.6, ("ambient", "piano")),
    "festive": Mood(1.15, 0.4, 0.4, ("folk", "pop", "house")),
    "spiritual": Mood(0.85, 0.9, -0.2, ("ambient", "orchestral")),
    "elegant": Mood(0.98, 0.8, -0.05, ("classical", "jazz")),
    "rainy": Mood(0.9, 1.5, -0.25, ("lofi", "piano")),
    "nocturnal": Mood(0.93, 1.5, -0.15, ("lofi", "jazz", "synthwave")),
}
