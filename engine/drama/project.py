"""The project of a drama: who says what, how and where, with which sounds.

A script becomes one, every step of the work completes it, the card edits it, and it is a file that opens again. All
places in texts are counted in code points. Pure data: whatever reads it stays light.
"""

from collections import Counter
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from engine.errors import invalid
from engine.parameters import problems_of

FORM: Final = "audiocraft-webui drama"
VERSION: Final = 1
MOST_UNSPOKEN: Final = 200
"""Of a line: more are not told."""
NARRATOR = "narrator"
"""The id of the character who speaks what nobody else does."""

Language = Literal["en", "ru", "zh"]
Emotion = Literal[
    "neutral", "happy", "sad", "angry", "afraid", "surprised", "tender", "tense", "whispering", "shouting"
]  # fmt: skip
VoiceEffect = Literal["none", "telephone", "radio", "thought", "loudspeaker", "distant"]
Reverb = Literal["none", "room", "hall", "church", "cave", "tunnel", "street", "forest", "outdoors"]
Gender = Literal["male", "female", "unknown"]
Age = Literal["child", "young", "adult", "old", "unknown"]
Break = Literal["sentence", "turn", "paragraph", "scene", "chapter"]
Lane = Literal["ambience", "effects", "music"]
VOICE = r"^[a-z][a-z0-9_]{1,19}:[\w.-]{1,60}(\+[\w.-]{1,60}@0\.\d{1,3})?$"
"""`ENGINE:NAME`, or `ENGINE:NAME+OTHER@0.3` for three tenths of another voice of the engine."""
VoiceName = Annotated[str, Field(pattern=VOICE.replace("{1,60}", "+"), max_length=148)]
"""The same, as long at most: counted repetitions of letters of all alphabets take pydantic 45 ms to compile."""

MOST_WORD_LETTERS: Final = 200
"""Of a word and of how it is to be read."""
_Word = Annotated[str, Field(max_length=MOST_WORD_LETTERS)]
Pronunciations = dict[Annotated[_Word, Field(min_length=1)], _Word]
"""Word -> how it is to be read, as a word or between slashes in IPA."""

_ID = r"^[a-z][a-z0-9_-]{0,39}$"


class Part(BaseModel):
    """Base of everything in a project."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, validate_assignment=False)


class Finding(Part):
    """Something that was read out of the text."""

    value: str = Field(max_length=60, description="What was found: a word of the documented table.")
    confidence: float = Field(ge=0, le=1, description="How sure that is.")
    words: str = Field("", max_length=200, description="The words that say so.")


class Word(Part):
    """When a word of a line is heard."""

    at: int = Field(ge=0, description="Where it begins in the line's text.")
    length: int = Field(ge=1, description="How many code points it has.")
    start_s: float = Field(ge=0, description="From the line's own start, seconds.")
    end_s: float = Field(ge=0, description="From the line's own start, seconds.")


class Line(Part):
    """What one character says in one go; headings and narration too."""

    id: str = Field(pattern=_ID, description="Stays the same through every edit.")
    start: int = Field(ge=0, description="Where it stands in the source; start and end are equal for an added line.")
    end: int = Field(ge=0, description="One past its last code point in the source.")
    text: str = Field(max_length=5000, description="What is said, as written.")
    kind: Literal["narration", "dialogue", "thought", "heading"] = Field("narration", description="What it is.")
    speaker: str = Field("", max_length=40, description="Id of the character; empty while nobody has claimed it.")
    confidence: float = Field(0.0, ge=0, le=1, description="How sure the speaker is.")
    rule: str = Field("", max_length=40, description="What told the speaker: label, verb, turn, alias, user and so on.")
    language: Language | None = Field(None, description="Where it differs from the project's.")
    emotion: Emotion = Field("neutral", description="How it is said.")
    emotion_confidence: float = Field(0.0, ge=0, le=1, description="How sure that is.")
    voice: VoiceName | None = Field(None, description="In place of the character's own.")
    speed: float = Field(1.0, ge=0.5, le=2, description="On top of the character's and the emotion's.")
    pitch_semitones: float = Field(0.0, ge=-6, le=6, description="On top of the character's and the emotion's.")
    gain_db: float = Field(0.0, ge=-24, le=12, description="On top of the level that all lines have.")
    pause_ms: int | None = Field(None, ge=0, le=60_000, description="Silence after it; by its break where not set.")
    break_after: Break = Field("sentence", description="What ends with it; tells the silence.")
    effect: VoiceEffect | None = Field(None, description="In place of the character's own.")
    start_s: float | None = Field(None, ge=0, description="When it is heard in the mix, seconds.")
    end_s: float | None = Field(None, ge=0, description="When it ends in the mix, seconds.")
    words: list[Word] = Field([], description="When its words are heard.")
    spoken: str = Field("", max_length=100_000, description="What was really said, numbers and signs in words.")
    unspoken: list[str] = Field([], max_length=MOST_UNSPOKEN, description="What of its text could not be said.")


class Unspoken(Part):
    """A stretch of the source that is not said aloud, and why."""

    start: int = Field(ge=0, description="Where it begins in the source.")
    end: int = Field(ge=0, description="One past its last code point.")
    reason: Literal["space", "label", "cue", "direction", "markup", "number", "notice", "cut"] = Field(
        description="What it is; a notice is what a publisher puts around the book, cut is what the user took out."
    )


class Chapter(Part):
    title: str = Field(max_length=300, description="Its heading, or a number.")
    line: str = Field(description="Id of its first line.")


class Anchor(Part):
    """A moment of the drama, tied to the text so that it moves with it."""

    line: str = Field(description="Id of the line.")
    at: int | None = Field(None, ge=0, description="Place of the word in the line's text; none is the line's edge.")
    edge: Literal["start", "end"] = Field("start", description="Which edge of the word or the line.")
    offset_s: float = Field(0.0, ge=-60, le=60, description="Seconds after it, or before.")


class Cue(Part):
    """Something that the script itself demands: `[sfx: door slam]`, `(softly)`, `[amb: storm]`, a scene heading."""

    kind: Literal["pause", "effect", "ambience", "music", "direction", "scene"] = Field(description="What it asks for.")
    text: str = Field("", max_length=500, description="Its words.")
    seconds: float | None = Field(None, ge=0, le=60, description="Of a pause.")
    at: Anchor = Field(description="Where it stands.")


class Scene(Part):
    """A stretch of lines in one place."""

    id: str = Field(pattern=_ID, description="Stays the same through every edit.")
    line: str = Field(description="Id of its first line; it lasts until the next scene.")
    title: str = Field("", max_length=300, description="Its heading, if it has one.")
    place: Finding | None = Field(None, description="Where it is.")
    weather: Finding | None = Field(None, description="What weather there is.")
    time: Finding | None = Field(None, description="Time of the day.")
    mood: Finding | None = Field(None, description="How it feels.")
    reverb: Reverb = Field("none", description="How the place answers to voices.")


class Character(Part):
    """Who speaks."""

    id: str = Field(pattern=_ID, description="Stays the same through every edit; narrator is the narrator.")
    name: str = Field(max_length=100, description="As the script calls them.")
    aliases: list[str] = Field([], max_length=50, description="What else they are called.")
    gender: Gender = Field("unknown", description="As far as the text tells.")
    age: Age = Field("unknown", description="As far as the text tells.")
    confidence: float = Field(0.0, ge=0, le=1, description="How sure gender and age are.")
    voice: VoiceName | None = Field(None, description="Who plays them; none until somebody was cast.")
    speed: float = Field(1.0, ge=0.5, le=2, description="Pace of all their lines.")
    pitch_semitones: float = Field(0.0, ge=-6, le=6, description="Pitch of all their lines.")
    gain_db: float = Field(0.0, ge=-24, le=12, description="Level of all their lines.")
    pan: float = Field(0.0, ge=-1, le=1, description="Where they stand: -1 left, 1 right.")
    effect: VoiceEffect = Field("none", description="What their voice comes through.")
    hue: int | None = Field(None, ge=0, le=360, description="Colour of their lines on the desk, degrees.")


class Clip(Part):
    """A sound on the timeline that is no speech."""

    id: str = Field(pattern=_ID, description="Stays the same through every edit.")
    lane: Lane = Field(description="Where it lies; the stem that it belongs to.")
    sound: str = Field("", max_length=200, description="Id of the sound; empty where the prompt makes it.")
    prompt: str = Field("", max_length=500, description="What a composer or a model makes it of.")
    start: Anchor = Field(description="When it begins.")
    end: Anchor | None = Field(None, description="When it ends; none is its own length, once.")
    gain_db: float = Field(0.0, ge=-40, le=24, description="On top of its lane's level.")
    pan: float = Field(0.0, ge=-1, le=1, description="Where it is: -1 left, 1 right.")
    fade_in_s: float | None = Field(None, ge=0, le=30, description="By its lane where not set.")
    fade_out_s: float | None = Field(None, ge=0, le=30, description="By its lane where not set.")
    seed: int = Field(0, ge=0, le=99_999_999, description="What a made sound is drawn from.")
    parameters: dict[str, float] = Field({}, max_length=20, description="Of a made sound, by name.")
    confidence: float = Field(1.0, ge=0, le=1, description="How sure it belongs there; 1 where the script says so.")
    words: str = Field("", max_length=200, description="The words that ask for it.")
    start_s: float | None = Field(None, ge=0, description="When it begins in the mix, seconds.")
    end_s: float | None = Field(None, ge=0, description="When it ends in the mix, seconds.")


class Levels(Part):
    """Levels of the lanes, on top of what keeps them apart."""

    dialogue_db: float = Field(0.0, ge=-24, le=12, description="Of the voices.")
    ambience_db: float = Field(0.0, ge=-40, le=12, description="Of the ambience.")
    effects_db: float = Field(0.0, ge=-40, le=12, description="Of the effects.")
    music_db: float = Field(0.0, ge=-40, le=12, description="Of the music.")


class Project(Part):
    form: Literal["audiocraft-webui drama"] = Field(FORM, description="What file this is.")
    version: Literal[1] = Field(VERSION, description="Of this form.")
    title: str = Field("", max_length=300, description="What people call it.")
    author: str = Field("", max_length=300, description="Who wrote the text.")
    language: Language = Field("en", description="Of most of the text.")
    source: str = Field("", description="The text, as it came.")
    lines: list[Line] = Field([], description="What is said, in order.")
    unspoken: list[Unspoken] = Field([], description="What of the source is not said.")
    chapters: list[Chapter] = Field([], description="In order; none in a text without any.")
    cues: list[Cue] = Field([], description="What the script itself demands, in order.")
    scenes: list[Scene] = Field([], description="In order.")
    characters: list[Character] = Field([], description="The narrator first, then by how much they say.")
    clips: list[Clip] = Field([], description="Ambience, effects and music.")
    levels: Levels = Field(Levels(), description="Levels of the lanes.")
    pronunciations: Pronunciations = Field({}, max_length=5000, description="Word -> how it is to be read, as a word.")
    understood: bool = Field(False, description="Who speaks, scenes and sounds were found; they are not found anew.")
    duration_s: float | None = Field(None, ge=0, description="Length of the mix, seconds.")
    seed: int = Field(0, ge=0, le=99_999_999, description="What everything drawn by chance follows from.")
    notes: list[str] = Field([], max_length=200, description="What could not be done as asked, for the user.")

    @model_validator(mode="after")
    def _joined(self) -> Self:
        """What one part says of another is there, and no two are called the same."""
        for parts in (self.lines, self.characters, self.scenes, self.clips):
            name, times = next(iter(Counter(part.id for part in parts).most_common(1)), ("", 0))
            if times > 1:
                raise PydanticCustomError("drama_id_twice", "two parts have one id", {"id": name})
        ids = {line.id for line in self.lines}
        anchors = [clip.start for clip in self.clips] + [clip.end for clip in self.clips if clip.end]
        named = [anchor.line for anchor in anchors + [cue.at for cue in self.cues]]
        named += [chapter.line for chapter in self.chapters] + [scene.line for scene in self.scenes]
        if missing := [line for line in named if line not in ids]:
            raise PydanticCustomError("drama_no_such_id", "there is no such line", {"id": missing[0][:60]})
        speakers = {line.speaker or (NARRATOR if self.understood else "") for line in self.lines} - {""}
        lost = sorted(speakers - {character.id for character in self.characters})
        if lost and (self.characters or self.understood):
            raise PydanticCustomError("drama_no_such_id", "there is no such character", {"id": lost[0]})
        return self

    @classmethod
    def read(cls, values: Any) -> Self:
        """A project as it was written. Raises INVALID_INPUT `drama_project` with the first objections."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise invalid("drama_project", problems=problems_of(error)[:3]) from None

    def character(self, character_id: str) -> Character:
        """Raises KeyError for an unknown one."""
        found = next((each for each in self.characters if each.id == character_id), None)
        if found is None:
            raise KeyError(character_id)
        return found


def uncovered(project: Project) -> list[tuple[int, int]]:
    """Stretches of the source that neither a line nor an `Unspoken` holds, and those that two hold: none in a project
    as it was read."""
    spans = [(line.start, line.end) for line in project.lines] + [(part.start, part.end) for part in project.unspoken]
    faults, at = [], 0
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if start != at:
            faults.append((min(start, at), max(start, at)))
        at = max(at, end)
    if at != len(project.source):
        faults.append((at, len(project.source)))
    return faults
