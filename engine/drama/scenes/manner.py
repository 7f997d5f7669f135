"""What an emotion does to a voice that cannot act: a little of pace, pitch, level and silence.

Signs and order follow the measures of acted speech (Murray & Arnott 1993, J. Acoust. Soc. Am. 93, table 1; Banse &
Scherer 1996; Juslin & Laukka 2003, Psychol. Bull. 129, table 7); the sizes are a fraction of theirs, for a synthesised
voice that moves as far as an actor's sounds like another person.
"""

from dataclasses import dataclass
from types import MappingProxyType

from engine.drama.project import Emotion


@dataclass(frozen=True)
class Manner:
    """Factors and offsets on top of a voice's own."""

    speed: float = 1.0
    """Of the pace: 1.1 is a tenth faster. 0.85 to 1.2."""
    pitch_semitones: float = 0.0
    """-1.5 to 1.5."""
    gain_db: float = 0.0
    """-6 to 6."""
    pause: float = 1.0
    """Factor of the silence after the line."""
    breath: float = 0.0
    """Share of a breathy voice of the same engine to blend in, where it has one: 0 to 0.5."""


MANNERS = MappingProxyType[Emotion, Manner](
    {
        "neutral": Manner(),
        "happy": Manner(speed=1.06, pitch_semitones=0.7, gain_db=1.0, pause=0.9),
        "sad": Manner(speed=0.9, pitch_semitones=-0.6, gain_db=-2.0, pause=1.3, breath=0.1),
        "angry": Manner(speed=1.07, pitch_semitones=0.4, gain_db=3.0, pause=0.85),
        "afraid": Manner(speed=1.1, pitch_semitones=0.9, gain_db=-1.0, pause=0.9, breath=0.15),
        "surprised": Manner(speed=1.03, pitch_semitones=1.0, gain_db=1.0, pause=1.05),
        "tender": Manner(speed=0.93, pitch_semitones=-0.2, gain_db=-2.5, pause=1.15, breath=0.2),
        "tense": Manner(speed=1.05, pitch_semitones=-0.3, gain_db=-0.5, pause=1.1),
        "whispering": Manner(speed=0.93, pitch_semitones=-0.3, gain_db=-6.0, pause=1.1, breath=0.5),
        "shouting": Manner(speed=1.03, pitch_semitones=1.3, gain_db=5.0, pause=0.9),
    }
)


def manner(emotion: Emotion, confidence: float = 1.0) -> Manner:
    """What `emotion` does, the less the less sure it is: at confidence 0 nothing."""
    whole, share = MANNERS[emotion], min(max(confidence, 0.0), 1.0)
    return Manner(
        speed=1 + (whole.speed - 1) * share,
        pitch_semitones=whole.pitch_semitones * share,
        gain_db=whole.gain_db * share,
        pause=1 + (whole.pause - 1) * share,
        breath=whole.breath * share,
    )
