"""What each line asks of an engine: its text, its voice, and what emotion and settings make of that."""

from engine.drama.project import NARRATOR, Line, Project
from engine.drama.scenes.manner import manner
from engine.drama.voices.utterance import Utterance

SLOWEST, FASTEST = 0.5, 2.0
MOST_SEMITONES = 8.0


def has_words(line: Line) -> bool:
    """Whether there is anything to say; dots, dashes and stars alone are a pause."""
    return any(letter.isalnum() for letter in line.text)


def utterance_of(project: Project, line: Line, pace: float = 1.0) -> Utterance:
    """`pace`: of the whole drama. Raises ValueError where nobody was cast."""
    character = project.character(line.speaker or NARRATOR)
    voice = line.voice or character.voice
    if voice is None:
        raise ValueError(f"{character.id} has no voice")
    acted = manner(line.emotion, line.emotion_confidence)
    speed = pace * character.speed * line.speed * acted.speed
    pitch = character.pitch_semitones + line.pitch_semitones + acted.pitch_semitones
    text = line.text.lower()
    return Utterance(
        text=line.text,
        language=line.language or project.language,
        voice=voice,
        emotion=line.emotion,
        speed=round(min(max(speed, SLOWEST), FASTEST), 3),
        pitch_semitones=round(min(max(pitch, -MOST_SEMITONES), MOST_SEMITONES), 2),
        pronunciations={word: said for word, said in project.pronunciations.items() if word.lower() in text},
    )
