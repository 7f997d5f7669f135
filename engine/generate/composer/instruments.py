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
bright piano 1 piano mca 36 96
electric grand 2 piano cma 36 96
honky-tonk piano 3 piano mca 36 96
electric piano 4 piano cma 40 88
fm piano 5 piano cma 40 88
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
percussive organ 17 organ cpm 40 84
rock organ 18 organ cpm 40 84
church organ 19 organ pcm 36 84
reed organ 20 organ pcm 40 84
accordion 21 reed mcp 53 86
harmonica 22 reed m 60 86
bandoneon 23 reed mc 50 84
guitar 24 guitar cam 40 79
acoustic guitar 25 guitar cam 40 79
jazz guitar 26 guitar cma 40 79
electric guitar 27 guitar cma 40 82
muted guitar 28 guitar ca 40 79
overdriven guitar 29 guitar cm 40 82
distorted guitar 30 guitar cm 38 82
guitar harmonics 31 guitar am 52 88
double bass 32 bass b 28 55
bass 33 bass b 28 55
picked bass 34 bass b 28 55
fretless bass 35 bass b 28 55
slap bass 36 bass b 28 55
pop bass 37 bass b 28 55
synth bass 38 bass b 26 52
acid bass 39 bass b 26 52
violin 40 strings mp 55 93
viola 41 strings mp 50 81
cello 42 strings mpb 38 72
bowed double bass 43 strings bp 28 60
tremolo strings 44 strings p 40 88
pizzicato 45 strings ac 43 84
harp 46 harp acm 40 91
timpani 47 timpani b 36 55
strings 48 strings pm 40 88
slow strings 49 strings p 40 88
synth strings 50 synth pm 40 88
string machine 51 synth pm 40 88
choir 52 voice pm 48 79
voice 53 voice pm 50 79
synth voice 54 voice pm 48 79
orchestra hit 55 brass c 48 72
trumpet 56 brass m 55 82
trombone 57 brass mp 40 69
tuba 58 brass b 28 55
muted trumpet 59 brass m 55 82
french horn 60 brass mp 43 74
brass 61 brass cpm 45 79
synth brass 62 synth cpm 45 79
warm synth brass 63 synth cpm 45 79
soprano saxophone 64 saxophone m 58 86
alto saxophone 65 saxophone m 49 80
saxophone 66 saxophone m 49 77
baritone saxophone 67 saxophone mb 36 69
oboe 68 woodwind m 58 86
english horn 69 woodwind m 53 79
bassoon 70 woodwind mb 36 69
clarinet 71 woodwind m 52 86
piccolo 72 woodwind m 74 101
flute 73 woodwind m 60 91
dizi 73 woodwind m 62 93
recorder 74 woodwind m 65 91
pan flute 75 woodwind m 60 88
bottle 76 woodwind m 60 88
shakuhachi 77 woodwind m 58 86
whistle 78 woodwind m 67 91
ocarina 79 woodwind m 62 88
square lead 80 synth mca 45 91
synth 81 synth mac 45 88
calliope 82 synth mca 55 91
chiff lead 83 synth mac 55 88
charang 84 synth mac 45 88
voice lead 85 synth mp 48 84
fifths lead 86 synth m 45 79
bass lead 87 synth mb 36 79
new age pad 88 pad pa 43 84
pad 89 pad p 43 84
polysynth 90 pad pca 43 84
space pad 91 pad p 43 84
bowed glass 92 pad p 43 84
metallic pad 93 pad p 43 84
halo pad 94 pad p 43 84
sweep pad 95 pad p 43 84
ice rain 96 pad ap 55 91
soundtrack pad 97 pad p 43 84
crystal 98 pad ap 55 91
atmosphere 99 pad ap 43 88
brightness 100 pad ap 43 88
goblins 101 pad p 43 84
echoes 102 pad ap 43 84
sci-fi 103 pad ap 43 84
sitar 104 plucked ma 48 77
banjo 105 plucked ma 48 81
balalaika 105 plucked mac 50 84
shamisen 106 plucked ma 50 79
pipa 106 plucked ma 50 81
koto 107 plucked am 48 86
guzheng 107 plucked am 45 88
kalimba 108 bells am 55 86
bagpipes 109 reed m 58 79
erhu 110 strings m 55 86
fiddle 110 strings m 55 88
shehnai 111 reed m 58 81
tinkle bell 112 bells am 60 96
agogo 113 percussive a 60 84
steel drums 114 bells ma 53 84
woodblock 115 percussive a 60 84
taiko 116 percussive b 36 55
melodic tom 117 percussive b 36 60
synth drum 118 percussive b 36 60
reverse cymbal 119 effects p 55 67
fret noise 120 effects a 55 67
breath 121 effects p 55 67
seashore 122 effects p 55 67
bird 123 effects p 60 72
telephone 124 effects p 60 72
helicopter 125 effects p 50 62
applause 126 effects p 55 67
gunshot 127 effects a 50 62
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
    if "drums" in names and instrument.family == "percussive":
        return True
    return instrument.name in names or instrument.family in names
