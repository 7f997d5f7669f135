"""The instruments the composer knows: General MIDI sound, family, range, and what they like to play."""

from dataclasses import dataclass

ROLES = ("melody", "counter", "chords", "arpeggio", "pad", "bass", "drums")
"""What a part does. `counter` answers the melody."""


@dataclass(frozen=True)
class Instrument:
    """`program` counts from 0; for drums it names the kit. `low` to `high` is where it sounds well."""

    name: str
    program: int
    family: str
    roles: tuple[str, ...]
    low: int
    high: int

    @property
    def drums(self) -> bool:
        return self.family == "drums"


_ROLE_LETTERS = {"m": "melody", "c": "chords", "a": "arpeggio", "p": "pad", "b": "bass", "d": "drums"}
_TABLE = """
piano 0 piano mca 36 96
electric piano 4 piano cma 40 88
harpsichord 6 piano mca 41 86
clavinet 7 piano ca 41 79
celesta 8 bells ma 60 96
glockenspiel 9 bells ma 72 103
music box 10 bells ma 60 96
vibraphone 11 bells mca 53 89
marimba 12 bells am 48 84
xylophone 13 bells ma 65 96
bells 14 bells ma 55 84
dulcimer 15 bells ma 50 86
organ 16 organ cpm 40 84
church organ 19 organ pcm 36 84
accordion 21 reed mcp 53 86
harmonica 22 reed m 60 86
bandoneon 23 reed mc 50 84
guitar 24 guitar cam 40 79
acoustic guitar 25 guitar cam 40 79
jazz guitar 26 guitar cma 40 79
electric guitar 27 guitar cma 40 82
overdriven guitar 29 guitar cm 40 82
distorted guitar 30 guitar cm 38 82
double bass 32 bass b 28 55
bass 33 bass b 28 55
picked bass 34 bass b 28 55
fretless bass 35 bass b 28 55
slap bass 36 bass b 28 55
synth bass 38 bass b 26 52
violin 40 strings mp 55 93
viola 41 strings mp 50 81
cello 42 strings mpb 38 72
pizzicato 45 strings ac 43 84
harp 46 harp acm 40 91
timpani 47 timpani b 36 55
strings 48 strings pm 40 88
synth strings 50 synth pm 40 88
choir 52 voice pm 48 79
voice 53 voice pm 50 79
trumpet 56 brass m 55 82
trombone 57 brass mp 40 69
tuba 58 brass b 28 55
muted trumpet 59 brass m 55 82
french horn 60 brass mp 43 74
brass 61 brass cpm 45 79
synth brass 62 synth cpm 45 79
soprano saxophone 64 saxophone m 58 86
saxophone 66 saxophone m 49 77
oboe 68 woodwind m 58 86
english horn 69 woodwind m 53 79
bassoon 70 woodwind mb 36 69
clarinet 71 woodwind m 52 86
piccolo 72 woodwind m 74 101
flute 73 woodwind m 60 91
recorder 74 woodwind m 65 91
pan flute 75 woodwind m 60 88
shakuhachi 77 woodwind m 58 86
whistle 78 woodwind m 67 91
ocarina 79 woodwind m 62 88
square lead 80 synth mca 45 91
synth 81 synth mac 45 88
pad 89 pad p 43 84
space pad 91 pad p 43 84
sweep pad 95 pad p 43 84
crystal 98 pad ap 55 91
sitar 104 plucked ma 48 77
banjo 105 plucked ma 48 81
shamisen 106 plucked ma 50 79
pipa 106 plucked ma 50 81
balalaika 105 plucked mac 50 84
koto 107 plucked am 48 86
guzheng 107 plucked am 45 88
kalimba 108 bells am 55 86
bagpipes 109 reed m 58 79
erhu 110 strings m 55 86
fiddle 110 strings m 55 88
dizi 73 woodwind m 62 93
steel drums 114 bells ma 53 84
drums 0 drums d 35 81
room drums 8 drums d 35 81
power drums 16 drums d 35 81
electronic drums 24 drums d 35 81
drum machine 25 drums d 35 81
jazz drums 32 drums d 35 81
brushes 40 drums d 35 81
orchestral percussion 48 drums d 35 81
"""


def _read(line: str) -> Instrument:
    *name, program, family, roles, low, high = line.split()
    return Instrument(" ".join(name), int(program), family, tuple(_ROLE_LETTERS[r] for r in roles), int(low), int(high))


INSTRUMENTS = {i.name: i for i in (_read(line) for line in _TABLE.strip().splitlines())}


def excluded(instrument: Instrument, names: frozenset[str]) -> bool:
    """Whether a negated name, an instrument or a whole family, forbids this one."""
    return instrument.name in names or instrument.family in names
