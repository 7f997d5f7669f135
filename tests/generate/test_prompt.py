"""What a prompt says is understood, in three languages; what it does not say stays open."""

import tomllib
from pathlib import Path

import pytest

from engine.generate.composer import genres, instruments, patterns, words
from engine.generate.composer.form import form
from engine.generate.composer.plan import draw_up
from engine.generate.composer.prompt import understand
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.theory import SCALES, Key


@pytest.mark.parametrize(
    ("text", "bpm"),
    [
        ("piano, 80 bpm", 80),
        ("92.5 BPM", 92.5),
        ("tempo 120", 120),
        ("tempo of 66", 66),
        ("174bpm jungle", 174),
        ("темп 90", 90),
        ("100 ударов в минуту", 100),
        ("110 уд/мин", 110),
        ("速度90", 90),
        ("每分钟90拍", 90),
        ("９０ bpm", 90),
        ("jazz in 3/4", None),
        ("400 bpm", None),
        ("80s synth", None),
    ],
)
def test_tempo(text, bpm):
    assert understand(text).tempo_bpm == bpm


@pytest.mark.parametrize(
    ("text", "pace"),
    [
        ("slow", 64),
        ("very fast", 172),
        ("медленно", 64),
        ("очень быстро", 172),
        ("быстрый темп", 138),
        ("慢速", 64),
        ("快节奏", 138),
        ("非常快", 172),
        ("not too fast", 104),
    ],
)
def test_pace(text, pace):
    assert understand(text).pace_bpm == pace


@pytest.mark.parametrize(
    ("text", "tonic", "mode"),
    [
        ("in D minor", 2, "minor"),
        ("C# major", 1, "major"),
        ("Bb maj", 10, "major"),
        ("f-sharp minor", 6, "minor"),
        ("key of Am", 9, "minor"),
        ("a song in G", 7, None),
        ("E dorian", 4, "dorian"),
        ("ре минор", 2, "minor"),
        ("в до-диез миноре", 1, "minor"),
        ("ми-бемоль мажор", 3, "major"),
        ("соль мажор", 7, "major"),
        ("D小调", 2, "minor"),
        ("升F小调", 6, "minor"),
        ("降B大调", 10, "major"),
        ("C大调", 0, "major"),
        ("minor", None, "minor"),
        ("大调", None, "major"),
        ("a calm song", None, None),
    ],
)
def test_key(text, tonic, mode):
    intent = understand(text)
    assert (intent.tonic, intent.mode) == (tonic, mode)


@pytest.mark.parametrize(
    ("text", "metre"),
    [
        ("3/4", "3/4"),
        ("6/8 jig", "6/8"),
        ("три четверти", "3/4"),
        ("三拍子", "3/4"),
        ("六八拍", "6/8"),
        ("piano", None),
    ],
)
def test_metre(text, metre):
    assert understand(text).metre == metre


@pytest.mark.parametrize(
    ("text", "genre"),
    [
        ("Jazzy tune", "jazz"),
        ("lo-fi beats", "lofi"),
        ("deep house", "house"),
        ("drum and bass", "dnb"),
        ("hip hop", "hiphop"),
        ("retrowave", "synthwave"),
        ("тяжёлый рок", "rock"),
        ("джазовый", "jazz"),
        ("босса-нова", "bossa"),
        ("эмбиент", "ambient"),
        ("барочная фуга", "baroque"),
        ("русская народная", "russian"),
        ("爵士乐", "jazz"),
        ("古风", "chinese"),
        ("圆舞曲", "waltz"),
        ("蓝调", "blues"),
        ("金属", "metal"),
        ("8-bit", "chiptune"),
    ],
)
def test_genre(text, genre):
    assert genre in understand(text).genres


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("calm", "calm"),
        ("melancholic", "sad"),
        ("грустная", "sad"),
        ("весёлый", "happy"),
        ("тёмный", "dark"),
        ("悲伤的", "sad"),
        ("史诗般", "epic"),
        ("梦幻", "dreamy"),
    ],
)
def test_mood(text, mood):
    assert mood in understand(text).moods


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("piano and double bass", ("piano", "double bass")),
        ("electric guitar", ("electric guitar",)),
        ("скрипка и фортепиано", ("violin", "piano")),
        ("с виолончелью", ("cello",)),
        ("二胡和古筝", ("erhu", "guzheng")),
        ("бас-гитара, барабаны", ("bass", "drums")),
        ("organic forest", ()),
        ("female vocals", ("voice",)),
    ],
)
def test_instruments(text, wanted):
    assert understand(text).instruments == wanted


@pytest.mark.parametrize(
    ("text", "without", "wanted"),
    [
        ("no drums", ("drums",), ()),
        ("without any drums or bass", ("drums", "bass"), ()),
        ("drumless jazz", ("drums",), ()),
        ("no drums, piano", ("drums",), ("piano",)),
        ("no drums but piano", ("drums",), ("piano",)),
        ("no drums and soft piano", ("drums",), ("piano",)),
        ("без ударных", ("drums",), ()),
        ("без ударных и баса, с саксофоном", ("drums", "bass"), ("saxophone",)),
        ("不要鼓", ("drums",), ()),
        ("不要鼓、贝斯，钢琴", ("drums", "bass"), ("piano",)),
        ("没有人声", ("voice",), ()),
        ("no violin, strings", ("violin",), ("strings",)),
        ("strings section, no strings", ("strings",), ()),
        ("no drum and bass", ("drums", "bass"), ()),
    ],
)
def test_negatives(text, without, wanted):
    intent = understand(text)
    assert (intent.without, intent.instruments) == (without, wanted)


def test_what_is_not_understood_is_said():
    assert understand("a blorf at 400 bpm").not_heard == ("400 bpm", "blorf")
    assert understand("calm piano music, please").not_heard == ()
    assert understand("rock in 7/16").not_heard == ("7/16",)
    assert understand("disco, 118").not_heard == ("118",)
    assert understand("a 30 second jingle, 12 bar blues").not_heard == ("jingle",)
    assert understand("zero gravity ambient").genres == ("ambient",)


@pytest.mark.parametrize(
    ("text", "without", "wanted"),
    [
        ("no drums, bass or vocals", ("drums", "bass", "voice"), ()),
        ("without drums and bass but with piano", ("drums", "bass"), ("piano",)),
        ("drums off, calm piano", ("drums",), ("piano",)),
        ("instrumental pop with a flute", ("voice",), ("flute",)),
        ("не надо ударных, скрипка", ("drums",), ("violin",)),
        ("рок, ударные не нужны", ("drums",), ()),
        ("рок без духовых", ("woodwind", "saxophone", "brass", "reed"), ()),
        ("никаких барабанов, гитара", ("drums",), ("guitar",)),
        ("ни ударных, ни баса", ("drums", "bass"), ()),
        ("鼓不要，钢琴", ("drums",), ("piano",)),
        ("除了鼓，都可以，小提琴", ("drums",), ("violin",)),
    ],
)
def test_refusals_in_their_natural_forms(text, without, wanted):
    intent = understand(text)
    assert (intent.without, intent.instruments) == (without, wanted)


@pytest.mark.parametrize(
    ("text", "form", "loop"),
    [
        ("house with a build up and a drop", ("build", "drop"), False),
        ("верхний хаус: вступление, нарастание, дроп", ("intro", "build", "drop"), False),
        ("流行，前奏、主歌、副歌", ("intro", "verse", "chorus"), False),
        ("rock with a guitar solo", ("solo",), False),
        ("seamless lo-fi loop", (), True),
        ("бесшовный луп", (), True),
        ("无缝循环的钢琴", (), True),
        ("solo violin", (), False),
    ],
)
def test_form_and_loop(text, form, loop):
    intent = understand(text)
    assert (intent.form, intent.loop) == (form, loop)


def test_a_solo_alone_is_not_a_solo_in_a_band():
    assert understand("solo violin").alone
    assert understand("独奏小提琴").alone
    assert not understand("rock with a guitar solo").alone


@pytest.mark.parametrize(
    ("text", "tonic", "mode"),
    [
        ("Gm funk", 7, "minor"),
        ("F#m techno", 6, "minor"),
        ("вальс a-moll", 9, "minor"),
        ("march in B-flat major", 10, "major"),
        ("фа-диез минор", 6, "minor"),
        ("升C小调", 1, "minor"),
        ("降B大调", 10, "major"),
        ("I am happy", None, None),
    ],
)
def test_keys_in_short_and_in_other_notations(text, tonic, mode):
    intent = understand(text)
    assert (intent.tonic, intent.mode) == (tonic, mode)


@pytest.mark.parametrize("text", ["jazz in 5/4", "джаз на пять четвертей", "五四拍的爵士"])
def test_five_beats(text):
    assert understand(text).metre == "5/4"


def test_the_vocabulary_and_the_knowledge_agree():
    known = words.entries()
    assert known["genre"].keys() == genres.GENRES.keys()
    assert len(genres.GENRES) >= 24
    assert known["mood"].keys() == genres.MOODS.keys()
    assert len(genres.MOODS) >= 20
    assert known["instrument"].keys() == instruments.INSTRUMENTS.keys() | words.FAMILIES.keys()
    for genre in genres.GENRES.values():
        assert genre.parts.keys() == set(instruments.ROLES)
        named = {name for row in genre.parts.values() for name, _ in row if name}
        assert named <= instruments.INSTRUMENTS.keys()


def test_all_sounds_of_general_midi_can_be_asked_for():
    assert {i.program for i in instruments.INSTRUMENTS.values() if not i.drums} == set(range(128))


@pytest.mark.parametrize("table", ["genres", "moods", "instruments", "other"])
def test_every_word_has_three_languages(table):
    text = (Path(words.__file__).parent / "vocabulary" / f"{table}.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)
    rows = tables if table != "other" else {f"{k} {v}": r for k, t in tables.items() for v, r in t.items()}
    for name, languages in rows.items():
        assert len(languages) == 3, name
        assert all(row and all(row.split("|")) for row in languages), name


@pytest.mark.parametrize("at", range(3))
def test_every_name_that_is_shown_is_understood_again(at):
    """What the card says can be typed: the name of each meaning means it, in every language."""
    places = {"genre": "genres", "mood": "moods", "instrument": "instruments", "piece": "pieces", "form": "form"}
    meant = [
        (place, meaning, words.names()[words.NAMED[kind]][meaning][at])
        for kind, place in places.items()
        for meaning in words.entries()[kind].keys() - words.FAMILIES.keys()
    ]
    assert [m for m in meant if m[1] not in getattr(understand(m[2]), m[0])] == []
    modes = {mode: understand(words.names()["mode"][mode][at]) for mode in words.entries()["mode"]}
    assert all(heard.mode == mode or heard.pentatonic for mode, heard in modes.items())


def test_everything_that_a_record_names_has_a_name():
    named = words.names()
    assert {i.family for i in instruments.INSTRUMENTS.values()} <= named["instrument"].keys() | named["family"].keys()
    assert set(instruments.ROLES) <= named["role"].keys() | named["instrument"].keys()
    sections = {s.name for g in genres.GENRES.values() for bars in range(1, 80) for s in form(bars, kind=g.form)}
    assert sections <= named["section"].keys()
    keys = {Key(tonic, mode).name.split()[0] for tonic in range(12) for mode in SCALES}
    assert keys <= named["note"].keys() and SCALES.keys() <= named["mode"].keys()
    assert not any("*" in name for table in named.values() for row in table.values() for name in row)


INSTRUMENT_WORDS = [
    (name, phrase.replace("*", ""))
    for name, row in words.entries()["instrument"].items()
    for phrase in row.split("|")
    if name not in words.FAMILIES
]


@pytest.mark.parametrize("sentence", ["pop with {}", "поп, {}", "流行，{}"])
def test_every_instrument_is_heard_in_a_sentence(sentence):
    unheard = [
        (name, phrase)
        for name, phrase in INSTRUMENT_WORDS
        if name not in understand(sentence.format(phrase)).instruments
    ]
    assert unheard == []


def test_every_voice_of_a_groove_is_known():
    table = genres.habits("patterns")["grooves"]
    voices = {voice for rows in table.values() for grooves in rows.values() for groove in grooves for voice in groove}
    assert voices <= patterns.DRUMS.keys()


@pytest.mark.parametrize(
    ("text", "pieces", "without"),
    [
        ("salsa with congas and cowbell, no hi-hats", ("congas", "cowbell"), ("hi-hat",)),
        ("rock, no cymbals or snare", (), ("cymbals", "snare")),
        ("фолк с бубном, без тарелок", ("tambourine",), ("cymbals",)),
        ("拉丁，康加鼓，不要踩镲", ("congas",), ("hi-hat",)),
    ],
)
def test_pieces_of_the_drum_kit(text, pieces, without):
    intent = understand(text)
    assert (intent.pieces, intent.without, intent.not_heard) == (pieces, without, ())


@pytest.mark.parametrize(
    ("text", "genres", "instruments"),
    [
        ("a string quartet in G minor", ("classical",), ("violin", "viola", "cello")),
        ("baroque string quartet without cello", ("baroque",), ("violin", "viola")),
        ("джаз-трио", ("jazz",), ("piano", "double bass", "jazz drums")),
        ("铜管乐队", ("march",), ("trumpet", "french horn", "trombone", "tuba")),
    ],
)
def test_an_ensemble_is_its_players_and_nobody_else(text, genres, instruments):
    intent = understand(text)
    assert (intent.genres, intent.instruments, intent.alone) == (genres, instruments, True)


def test_ensembles_and_pieces_are_made_of_what_there_is():
    known = words.entries()
    assert known["ensemble"].keys() == words.ENSEMBLES.keys()
    for genre, members in words.ENSEMBLES.values():
        assert genre in genres.GENRES
        assert set(members) <= instruments.INSTRUMENTS.keys()
    assert known["piece"].keys() == patterns.PIECES.keys() == genres.habits("patterns")["pieces"].keys()
    assert {voice for voices in patterns.PIECES.values() for voice in voices} <= patterns.DRUMS.keys()


@pytest.mark.parametrize("prompt", ["harmonica", "二胡独奏", "волынка", "saxophone at night"])
def test_an_instrument_suggests_its_genre(prompt):
    usual = {"harmonica": "blues", "二胡独奏": "chinese", "волынка": "celtic", "saxophone at night": "jazz"}[prompt]
    found = [draw_up(understand(prompt), 10, Sampling(seed, 1.0, 0, 0.0, 4.0)).genre.name for seed in range(20)]
    assert found.count(usual) >= 15
