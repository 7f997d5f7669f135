"""Prompts of pieces to search among: moods and instruments of every genre."""

PIECES = """
ambient: calm pad, dreamy synth, dark choir
lo-fi: calm electric piano, nostalgic vibraphone, sad piano
hip-hop: aggressive bass, energetic drums, dark piano
house: happy piano, energetic synth, dreamy pad
techno: dark synth, energetic drum machine, tense synth bass
drum and bass: energetic synth bass, dark pad, aggressive drums
rock: energetic electric guitar, happy organ, sad electric guitar
metal: aggressive distorted guitar, dark distorted guitar, epic distorted guitar
blues: sad harmonica, calm jazz guitar, playful piano
jazz: calm saxophone, romantic piano, playful trumpet
bossa nova: romantic guitar, calm flute, happy guitar
funk: energetic slap bass, happy brass, playful clavinet
reggae: happy organ, calm guitar, energetic brass
folk: calm acoustic guitar, sad fiddle, happy banjo
waltz: romantic violin, playful accordion, sad piano
baroque: playful harpsichord, sad violin, epic church organ
classical: calm piano, sad cello, romantic string quartet
orchestral: epic brass, mysterious strings, happy flute
chiptune: happy square lead, energetic square lead, tense square lead
country: happy acoustic guitar, sad harmonica, energetic banjo
"""
"""A piece's prompt is `MOOD GENRE with INSTRUMENT`."""
ASKED = [
    (*piece.split(" ", 1), genre)
    for genre, _, pieces in (line.partition(": ") for line in PIECES.strip().splitlines())
    for piece in pieces.split(", ")
]
"""Mood, instrument and genre of each."""
