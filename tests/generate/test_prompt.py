"""What a prompt says is understood, in three languages; what it does not say stays open."""

import pytest

from engine.generate.composer import genres, instruments, patterns, words
from engine.generate.composer.prompt import understand


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
    wishes = understand(text)
    assert (wishes.tonic, wishes.mode) == (tonic, mode)


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
    wishes = understand(text)
    assert (wishes.without, wishes.instruments) == (without, wanted)


def test_what_is_not_understood_is_said():
    assert understand("a blorf at 400 bpm").not_heard == ("400 bpm", "blorf")
    assert understand("calm piano music, please").not_heard == ()


def test_the_vocabulary_and_the_knowledge_agree():
    assert words.GENRES.keys() == genres.GENRES.keys()
    assert words.MOODS.keys() == genres.MOODS.keys()
    assert words.INSTRUMENTS.keys() <= instruments.INSTRUMENTS.keys() | {"woodwind"}
    for genre in genres.GENRES.values():
        assert genre.groove in patterns.GROOVES
        assert {*genre.bass} <= patterns.BASS.keys()
        assert {*genre.figures, *genre.arpeggios} <= patterns.FIGURES.keys()
        assert genre.parts.keys() <= set(instruments.ROLES)
        named = {name for row in genre.parts.values() for name, _ in row if name}
        assert named <= instruments.INSTRUMENTS.keys()


def test_every_pattern_fills_its_bar():
    for table in (patterns.BASS, patterns.FIGURES):
        for by_metre in table.values():
            for metre, lines in by_metre.items():
                assert {len(line) for line in lines} == {16 if metre == "4/4" else 12}
    for by_metre in patterns.GROOVES.values():
        for metre, grooves in by_metre.items():
            assert {len(line) for groove in grooves for line in groove.values()} == {16 if metre == "4/4" else 12}
