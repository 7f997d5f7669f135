"""From wishes to a plan: genre, tempo, key, metre, who plays, and a form that fits the duration."""

import dataclasses
from dataclasses import dataclass

from engine.generate.composer.form import form
from engine.generate.composer.genres import GENRES, LIKELIHOOD, MOODS, Genre
from engine.generate.composer.instruments import INSTRUMENTS, ROLES, Instrument, excluded
from engine.generate.composer.metre import METRES, Metre, metre_named
from engine.generate.composer.patterns import PIECES, grooves
from engine.generate.composer.prompt import PromptIntent
from engine.generate.composer.reference import Reference
from engine.generate.composer.sampling import Dice, Sampling
from engine.generate.composer.score import Section
from engine.generate.composer.taken_tempo import fits, tempo_taken
from engine.generate.composer.theory import QUARTER, Key
from engine.speech.tempi import FASTEST_BPM, SLOWEST_BPM

MOST_PARTS = 12
_TONICS = (
    (0, 4.0),
    (2, 4.0),
    (7, 4.0),
    (9, 4.0),
    (5, 3.0),
    (4, 3.0),
    (10, 2.0),
    (3, 2.0),
    (11, 1.0),
    (8, 1.0),
    (1, 0.7),
    (6, 0.7),
)
_INSTRUMENT_GENRES = {
    "erhu": "chinese",
    "guzheng": "chinese",
    "pipa": "chinese",
    "dizi": "chinese",
    "balalaika": "russian",
    "saxophone": "jazz",
    "muted trumpet": "jazz",
    "synth": "synthwave",
    "pad": "ambient",
    "distorted guitar": "metal",
    "overdriven guitar": "rock",
    "electric guitar": "rock",
    "guitar": "folk",
    "acoustic guitar": "folk",
    "fiddle": "folk",
    "banjo": "folk",
    "harmonica": "blues",
    "harpsichord": "baroque",
    "violin": "classical",
    "cello": "classical",
    "flute": "classical",
    "strings": "orchestral",
    "french horn": "orchestral",
    "brass": "orchestral",
    "timpani": "orchestral",
    "choir": "orchestral",
    "square lead": "chiptune",
    "piano": "piano",
    "drum machine": "hiphop",
    "drums": "rock",
    "electric piano": "lofi",
    "slap bass": "funk",
    "bandoneon": "tango",
    "accordion": "folk",
    "music box": "lullaby",
    "bagpipes": "celtic",
    "marimba": "minimalism",
}

_METRE_GENRES = {
    "3/4": ("waltz",),
    "2/4": ("march",),
    "2/2": ("march",),
    "9/8": ("celtic",),
    "12/8": ("blues", "ballad"),
}
"""Genres that a metre alone suggests."""
_FOREIGN_TEMPO = 0.3
"""How much less a genre that was not named is meant where a clip's tempo is not its own."""


@dataclass(frozen=True)
class Plan:
    """`ending` is the tick where the last chord begins; it rings until `end`. A `loop` has none: its end is its
    beginning. `contour`: a clip's melody to follow, start and length in ticks and pitch class. `pieces` of the drum kit
    are played beside the groove, `silent` ones are left out. `fades`: it ends with a fade."""

    genre: Genre
    key: Key
    metre: Metre
    quarter_us: int
    parts: tuple[tuple[str, Instrument], ...]
    form: tuple[Section, ...]
    ending: int
    end: int
    energy: float
    ignored: tuple[str, ...]
    loop: bool = False
    key_asked: bool = False
    contour: tuple[tuple[int, int, int], ...] = ()
    pieces: tuple[str, ...] = ()
    silent: frozenset[str] = frozenset()
    fades: bool = False


def draw_up(
    intent: PromptIntent,
    duration_s: float,
    sampling: Sampling,
    reference: Reference | None = None,
    *,
    loop: bool | None = None,
) -> Plan:
    """The plan for a piece. Explicit tempo, key, metre, instruments and negatives always hold, then what the reference
    has; the rest is drawn. A loop is a whole number of bars, for which its tempo is bent; None is as the words say."""
    dice = sampling.dice("plan")
    genre = _genre(intent, reference, dice)
    if reference:
        intent = _with_reference(intent, reference, genre)
    moods = [MOODS[m] for m in intent.moods]
    energy = max(-1.0, min(1.0, sum(m.energy for m in moods) * (0.4 + sampling.cfg_coef / 7)))
    metre = metre_named(intent.metre or dice.choose(genre.metres))
    key = _key(intent, genre, dice)
    parts, ignored = _parts(intent, genre, dice)
    loop = intent.loop if loop is None else loop
    if loop:
        bars, bar_s, bent = _looped(intent, genre, metre, duration_s, dice)
        ignored += bent
        quarter_us = int(bar_s * 1_000_000 * QUARTER / metre.bar_ticks)
        end = bars * metre.bar_ticks
    else:
        bars, bar_s = _timed(intent, genre, metre, duration_s, dice)
        quarter_us = round(bar_s * 1_000_000 * QUARTER / metre.bar_ticks)
        end = int(duration_s * 1_000_000 * QUARTER / quarter_us)
    return Plan(
        genre,
        key,
        metre,
        quarter_us,
        parts,
        form(bars, genre.section_bars, genre.form, intent.form, parts=intent.parts, loop=loop),
        bars * metre.bar_ticks,
        end,
        energy,
        ignored,
        loop,
        intent.tonic is not None,
        _contour(reference, quarter_us, end) if reference else (),
        intent.pieces,
        _silent(intent),
    )


def _with_reference(intent: PromptIntent, reference: Reference, genre: Genre) -> PromptIntent:
    """What the words leave open is taken over from the clip."""
    tempo = tempo_taken(intent, reference, genre if intent.genres else None)
    if intent.tonic is not None or reference.tonic is None:
        return dataclasses.replace(intent, tempo_bpm=tempo)
    return dataclasses.replace(intent, tempo_bpm=tempo, tonic=reference.tonic, mode=intent.mode or reference.mode)


def _contour(reference: Reference, quarter_us: int, end: int) -> tuple[tuple[int, int, int], ...]:
    """The clip's melody in ticks, from its beginning again as often as the piece is longer."""

    def ticks(seconds: float) -> int:
        return int(seconds * 1_000_000 * QUARTER / quarter_us)

    whole = ticks(reference.duration_s)
    if not reference.contour or whole < QUARTER:
        return ()
    return tuple(
        (turn + ticks(start), max(1, ticks(length)), pitch_class)
        for turn in range(0, end, whole)
        for start, length, pitch_class in reference.contour
        if turn + ticks(start) < end
    )


def _timed(intent: PromptIntent, genre: Genre, metre: Metre, duration_s: float, dice: Dice) -> tuple[int, float]:
    """Bars before the last chord, and the seconds of each; an open tempo is bent a little for whole phrases."""
    tail_s = min(4.0, max(0.7, 0.1 * duration_s)) if duration_s > 2 else 0.45 * duration_s
    music_s = duration_s - tail_s
    bpm = intent.tempo_bpm or _tempo(intent, genre, metre, music_s, dice)
    bar_s = metre.beats * 60 / bpm
    bars = int(music_s / bar_s + 1e-9)
    if intent.tempo_bpm is None and bars:
        bar_s = music_s / _nearest_phrase(bars, music_s / bar_s)
        bar_s = min(max(bar_s, metre.beats * 60 / (bpm * 1.04)), metre.beats * 60 / (bpm * 0.96))
        bars = int(music_s / bar_s + 1e-9)
    return bars, bar_s


_BENT = 0.01
"""How far an explicit tempo may be bent for a loop without saying so."""


def _looped(
    intent: PromptIntent, genre: Genre, metre: Metre, duration_s: float, dice: Dice
) -> tuple[int, float, tuple[str, ...]]:
    """Bars that fill the duration exactly, the seconds of each, and the tempo that could not be kept."""
    bpm = intent.tempo_bpm or _tempo(intent, genre, metre, duration_s, dice)
    exact = duration_s * bpm / (60 * metre.beats)
    near = {max(1, round(exact)), *(max(n, n * round(exact / n)) for n in (2, 4))}
    strict = 10.0 if intent.tempo_bpm else 1.0

    def cost(bars: int) -> tuple[float, int]:
        return strict * abs(bars / exact - 1.0) + (0.0 if bars % 4 == 0 else 0.02 if bars % 2 == 0 else 0.04), bars

    bars = min(near, key=cost)
    bent = intent.tempo_bpm is not None and abs(bars / exact - 1.0) > _BENT
    return bars, duration_s / bars, (f"{bpm:g} bpm",) if bent else ()


def _genre(intent: PromptIntent, reference: Reference | None, dice: Dice) -> Genre:
    """The first genre named gives harmony and colours; a second one gives the rhythm ("jazz hip-hop"). Where none is
    named one is drawn that the words suggest and the clip's tempo suits."""
    if intent.genres:
        first, *others = (GENRES[g] for g in intent.genres)
        if not others:
            return first
        rhythm = others[0]
        return dataclasses.replace(
            first,
            name=f"{first.name} {rhythm.name}",
            tempo=rhythm.tempo,
            grooves=rhythm.grooves,
            fills=rhythm.fills,
            push=rhythm.push,
            swing=rhythm.swing,
            swing_ticks=rhythm.swing_ticks,
            metres=rhythm.metres,
            bass=rhythm.bass,
            drums_db=rhythm.drums_db,
            drums_from=rhythm.drums_from,
            parts=first.parts | {r: rhythm.parts[r] for r in ("drums", "bass") if _has(rhythm, r)},
        )
    suggested = [g for mood in intent.moods for g in MOODS[mood].genres]
    suggested += [_INSTRUMENT_GENRES[i] for i in intent.instruments if i in _INSTRUMENT_GENRES]
    suggested += _METRE_GENRES.get(intent.metre or "", ())
    usual = dict.fromkeys(GENRES, 0.02) | LIKELIHOOD
    usual |= {g: max(1.0, usual[g]) for g in suggested}
    open_to = [(g, usual[g]) for g in GENRES if g not in intent.without] or [("pop", 1.0)]
    tempo = tempo_taken(intent, reference, None) if reference else None

    def likelihood(name: str) -> float:
        foreign = tempo is not None and not fits(tempo, GENRES[name])
        return (1.0 + 3.0 * suggested.count(name)) * (_FOREIGN_TEMPO if foreign else 1.0)

    return GENRES[dice.choose(open_to, likelihood)]


def _has(genre: Genre, role: str) -> bool:
    return any(name for name, _ in genre.parts.get(role, ()))


def _key(intent: PromptIntent, genre: Genre, dice: Dice) -> Key:
    mode = intent.mode
    if mode is None:
        darkness = 1.0
        for mood in intent.moods:
            darkness *= MOODS[mood].minor
        shares = (("minor", genre.minor), ("major", 1.0 - genre.minor))
        mode = dice.choose(shares, lambda m: min(2.5, max(0.4, darkness)) if m == "minor" else 1.0)
    tonic = dice.choose(_TONICS) if intent.tonic is None else intent.tonic
    pentatonic = intent.pentatonic or genre.pentatonic >= 1 or (genre.pentatonic > 0 and dice.chance(genre.pentatonic))
    return Key(tonic, mode, pentatonic)


def _tempo(intent: PromptIntent, genre: Genre, metre: Metre, music_s: float, dice: Dice) -> float:
    low, high = genre.tempo
    low, high = (bpm * QUARTER // metre.beat_ticks for bpm in (low, high))
    middle = (low + high) / 2
    lean = 1.0
    for mood in intent.moods:
        lean *= MOODS[mood].tempo
    target = intent.pace_bpm or min(max(middle * lean, 0.9 * low), 1.1 * high)
    lowest, highest = int(max(SLOWEST_BPM, min(low, target))), int(min(FASTEST_BPM, max(high, target)))
    reach = max(12.0, high - low)

    def usual(bpm: int) -> float:
        off = (bpm - middle) / reach
        bars = music_s * bpm / (60 * metre.beats)
        whole_phrases = abs(bars - 4 * round(bars / 4)) < 0.02 * bars + 0.1
        return (2.0 if whole_phrases else 1.0) / (1.0 + 4 * off * off)

    def likelihood(bpm: int) -> float:
        off = (bpm - target) / 10
        return 1.0 / (1.0 + off * off)

    explicit = intent.pace_bpm is not None or bool(intent.moods)
    return float(dice.choose([(b, usual(b)) for b in range(lowest, highest + 1)], likelihood if explicit else None))


def _nearest_phrase(bars: int, exact: float) -> int:
    """Whole four-bar phrases when they are close, else whole bars."""
    phrases = 4 * round(exact / 4)
    return phrases if phrases and abs(exact - phrases) <= 0.04 * exact else max(1, bars)


def _parts(
    intent: PromptIntent, genre: Genre, dice: Dice
) -> tuple[tuple[tuple[str, Instrument], ...], tuple[str, ...]]:
    """Asked instruments first, each in the role it likes best; then the genre's own fill the roles left open."""
    without = frozenset(intent.without)
    open_roles = [r for r in ROLES if r not in without]
    asked = [INSTRUMENTS[name] for name in intent.instruments]
    if not _kit_left(intent, genre):
        open_roles = [r for r in open_roles if r != "drums"]
        asked = [i for i in asked if not i.drums]
    taken: dict[str, list[Instrument]] = {}
    for instrument in asked[:MOST_PARTS]:
        likes = [r for r in instrument.roles if r in open_roles]
        role = next((r for r in likes if r not in taken), None)
        if role is None and "counter" in open_roles and "melody" in instrument.roles and "counter" not in taken:
            role = "counter"
        role = role or (likes[0] if likes else "pad" if not instrument.drums else "drums")
        taken.setdefault(role, []).append(instrument)
    crowded = 1.0 + 0.12 * len(asked)
    if not intent.alone or not asked:
        for role in ROLES:
            if role in open_roles and role not in taken and role in genre.parts:
                allowed = [
                    (name, w) for name, w in genre.parts[role] if not name or not excluded(INSTRUMENTS[name], without)
                ]
                if role in ("arpeggio", "pad", "counter"):
                    other = "melody" if role == "counter" else "chords"
                    accompanying = {i.name for i in taken.get(other, ())}
                    allowed = [choice for choice in allowed if choice[0] not in accompanying]
                if role == "drums" and intent.pieces:
                    allowed = [choice for choice in allowed if choice[0]] or [("drums", 1.0)]
                if allowed and (name := dice.choose(allowed, lambda n: 1.0 if n else crowded)):
                    taken[role] = [INSTRUMENTS[name]]
    else:
        _fill_both_hands(taken, open_roles)
        if intent.pieces and "drums" in open_roles:
            taken.setdefault("drums", [INSTRUMENTS["drums"]])
    if not taken:
        spare = [i for i in INSTRUMENTS.values() if not excluded(i, without)]
        if spare:
            taken[spare[0].roles[0]] = [spare[0]]
    parts = tuple((role, instrument) for role in ROLES for instrument in taken.get(role, ()))
    return parts, tuple(name for name in intent.instruments if INSTRUMENTS[name] not in asked[:MOST_PARTS])


def _silent(intent: PromptIntent) -> frozenset[str]:
    """The voices of the drum kit that were refused."""
    return frozenset(voice for name in intent.without for voice in PIECES.get(name, ()))


def _kit_left(intent: PromptIntent, genre: Genre) -> bool:
    """Whether the drums of the genre have anything left to play."""
    voices = {
        v for name in genre.grooves for metre in METRES.values() for groove in grooves(name, metre) for v in groove
    }
    return bool(intent.pieces or voices - _silent(intent))


def _fill_both_hands(taken: dict[str, list[Instrument]], open_roles: list[str]) -> None:
    """A soloist that can play tune and accompaniment plays both."""
    for have, lack in (("melody", "chords"), ("chords", "melody")):
        if have in taken and lack not in taken and lack in open_roles:
            able = [i for i in taken[have] if lack in i.roles]
            if able:
                taken[lack] = able[:1]
