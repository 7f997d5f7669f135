"""JSON that other programs write for novels: segments with speakers, in the versions that are about.

AI-Sound (`synthesis_plan`, `segments`, `analysis_result.narrative_segments`, `novel_content`), WavJourney's list of
speech, music and effects, lists of `{speaker, text}`, chapters of texts; and the project file of this program.
"""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from engine.drama.project import (
    FORM,
    NARRATOR,
    VOICE,
    Age,
    Anchor,
    Clip,
    Emotion,
    Gender,
    Lane,
    Project,
)
from engine.drama.script.compose import compose
from engine.drama.script.draft import Draft, LineKind
from engine.drama.script.language import language_of
from engine.drama.script.manuscript import Manuscript
from engine.drama.script.plain import manuscript
from engine.drama.script.words import sayable, tables
from engine.errors import invalid

_LISTS = (
    "synthesis_plan",
    "narrative_segments",
    "segments",
    "dialogues",
    "lines",
    "script",
    "nodes",
    "items",
    "content",
)
_WRAPPERS = ("analysis_result", "data", "result", "output", "project", "synthesis_json", "novel", "book")
_TEXTS = ("text", "content", "line", "sentence", "dialogue", "desc", "description")
_SPEAKERS = ("speaker", "character", "role", "name", "character_name")
_CHAPTER = ("chapter_number", "chapter_id")
_USUAL_LUFS = {"speech": -15.0, "music": -35.0, "sound effect": -35.0}
"""Of WavJourney's nodes that say nothing of their level."""
_GAP = "\n\n"


def project(text: str) -> Project:
    """Raises INVALID_INPUT `script_json`, `script_json_form`, `drama_project`."""
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise invalid("script_json", line=error.lineno, column=error.colno) from None
    except (RecursionError, ValueError):
        raise invalid("script_json", line=1, column=1) from None
    if isinstance(values, dict) and values.get("form") == FORM:
        return Project.read(values)
    found = _found(values, 0)
    if isinstance(found, str):
        return compose(_titled(manuscript(_clean(found)), values))
    if not found:
        raise invalid("script_json_form")
    return _Novel(found, values).project()


def is_json(text: str) -> bool:
    """Whether a text begins as JSON does that holds a script."""
    return re.match(r"\s*(?:\[\s*)?\{\s*\"", text) is not None


def _found(values: Any, depth: int) -> list[dict[str, Any]] | str:
    """The segments, or the whole text, wherever they lie."""
    if depth > 6:
        return []
    if isinstance(values, list):
        segments = [each for each in values if isinstance(each, dict) and (_text(each) or _is_sound(each))]
        texts = [{"text": each} for each in values if isinstance(each, str) and each.strip()]
        return segments or texts
    if not isinstance(values, dict):
        return []
    if isinstance(chapters := values.get("chapters"), list) and (inside := list(_chapters(chapters, depth))):
        return inside
    for key in (*_LISTS, *_WRAPPERS):
        inner = values.get(key)
        if isinstance(inner, list | dict) and (deeper := _found(inner, depth + 1)):
            return deeper
    for key in ("novel_content", "text", "content", "novel", "script", "input"):
        if isinstance(whole := values.get(key), str) and whole.strip():
            return whole
    return []


def _chapters(chapters: list[Any], depth: int) -> Iterator[dict[str, Any]]:
    for number, chapter in enumerate(chapters, 1):
        inside = _found(chapter, depth + 1)
        title = _string(chapter, ("title", "chapter_title", "name")) if isinstance(chapter, dict) else ""
        segments = [{"text": inside}] if isinstance(inside, str) else inside
        for segment in segments:
            yield {"chapter_number": number, "chapter_title": title, **segment}


def _string(values: dict[str, Any], keys: tuple[str, ...]) -> str:
    return next(
        (
            _clean(str(values[key]).strip())
            for key in keys
            if isinstance(values.get(key), str | int) and str(values[key]).strip()
        ),
        "",
    )


def _text(segment: dict[str, Any]) -> str:
    return _string({key: value for key, value in segment.items() if isinstance(value, str)}, _TEXTS)


def _is_sound(segment: dict[str, Any]) -> bool:
    return segment.get("audio_type", segment.get("type")) in ("music", "sound effect", "sound_effect")


def _titled(text: Manuscript, values: Any) -> Manuscript:
    for source in (values, values.get("project_info") or {}) if isinstance(values, dict) else ():
        if isinstance(source, dict):
            text.title = text.title or _string(source, ("title", "project_name", "novel_title", "book_name"))
            text.author = text.author or _string(source, ("author", "writer"))
    return text


class _Novel:
    """Segments as lines: the source is their texts, joined."""

    def __init__(self, segments: list[dict[str, Any]], values: Any) -> None:
        self.segments = segments
        self.values = values
        texts = ["" if _is_sound(each) else _text(each) for each in segments]
        self.source = _GAP.join(text for text in texts if text)
        self.texts = texts
        self.draft = Draft(self.source, language_of(self.source))
        self.labelled = any(_string(each, _SPEAKERS) for each in segments)
        self.ends: dict[str, str] = {}
        self.clips: list[tuple[dict[str, Any], str, str]] = []

    def project(self) -> Project:
        about = _titled(Manuscript(self.source, self.draft.language), self.values)
        self.draft.title, self.draft.author = about.title, about.author
        at, chapter, waiting = 0, "", list[dict[str, Any]]()
        for segment, text in zip(self.segments, self.texts, strict=True):
            if _is_sound(segment):
                waiting.append(segment)
                continue
            if not text:
                continue
            chapter = self._chapter(segment, chapter)
            first = len(self.draft.lines)
            self._sounds_before(waiting)
            self._segment(segment, text, at)
            self._sounds_at(waiting, first)
            waiting = []
            at += len(text) + len(_GAP)
        self._sounds_before(waiting)
        self._sounds_at(waiting, len(self.draft.lines))
        self._turns()
        told = self.draft.project()
        self._characters(told)
        told.clips = self._clips(told)
        return told

    def _chapter(self, segment: dict[str, Any], last: str) -> str:
        number = _string(segment, _CHAPTER)
        if number in ("", last):
            return last
        title = _string(segment, ("chapter_title", "chapter_name"))
        if last or title or len({_string(each, _CHAPTER) for each in self.segments}) > 1:
            self.draft.opens(title or number)
        return number

    def _segment(self, segment: dict[str, Any], text: str, at: int) -> None:
        name, kind = _string(segment, _SPEAKERS), _kind(segment)
        if not name and self.labelled and kind in (None, "narration"):
            name = NARRATOR
        speaker = self.draft.character(name) if name else ""
        said: LineKind = kind or ("narration" if speaker in ("", NARRATOR) else "dialogue")
        first = len(self.draft.lines)
        if not sayable(text):
            self.draft.skip(at, at + len(text), "markup")
            return
        self.draft.say(at, at + len(text), said, speaker)
        emotion = _emotion(segment)
        voice = _string(segment, ("voice", "voice_id", "voice_name"))
        for line in self.draft.lines[first:]:
            if emotion:
                line.emotion, line.emotion_confidence = emotion, 1.0
            if re.match(VOICE, voice):
                line.voice = voice
        if kind == "heading" and len(self.draft.lines) > first:
            self.draft.ends("paragraph")

    def _turns(self) -> None:
        for line, following in pairwise(self.draft.lines):
            between = self.source[line.end : following.start]
            if "\n" in between and line.break_after == "sentence":
                line.break_after = "turn" if line.speaker != following.speaker else "paragraph"

    def _characters(self, told: Project) -> None:
        """What the JSON's own list says of who speaks."""
        by_name = {each.name.casefold(): each for each in reversed(told.characters)}
        for entry in _listed_characters(self.values):
            known = by_name.get(_string(entry, ("name", "character_name", "speaker")).casefold())
            if known is None:
                continue
            known.gender = _gender(_string(entry, ("gender", "sex")))
            known.age = _age(_string(entry, ("estimated_age", "age_range", "age")))
            known.confidence = 1.0 if known.gender != "unknown" else 0.0
            voice = _string(entry, ("assigned_voice_id", "voice", "voice_id", "voice_name"))
            if re.match(VOICE, voice):
                known.voice = voice

    def _sounds_before(self, sounds: list[dict[str, Any]]) -> None:
        """What is heard in the foreground is heard before the next line: it makes its own pause."""
        for sound in sounds:
            if sound.get("layout", "foreground") != "background" and self.draft.lines:
                self.draft.pause((self.draft.lines[-1].pause_ms or 0) / 1000 + max(0.0, _number(sound, "len", 2.0)))

    def _sounds_at(self, sounds: list[dict[str, Any]], first: int) -> None:
        lines = self.draft.lines
        if not lines:
            return
        before = lines[first - 1].id if first else ""
        after = lines[first].id if first < len(lines) else ""
        for sound in sounds:
            if sound.get("action") == "end":
                self.ends[str(sound.get("id"))] = before or after
            else:
                self.clips.append((sound, before, after))

    def _clips(self, told: Project) -> list[Clip]:
        found = []
        for number, (sound, before, after) in enumerate(self.clips, 1):
            background = sound.get("layout", "foreground") == "background"
            music = "music" in str(sound.get("audio_type", sound.get("type")))
            lane: Lane = "music" if music else "ambience" if background else "effects"
            usual = _USUAL_LUFS["music" if music else "sound effect"]
            start = Anchor(line=after or before, edge="start" if after else "end")
            if not background and before:
                start = Anchor(line=before, edge="end")
            stop = self.ends.get(str(sound.get("id")))
            length = sound.get("len")
            end = Anchor(line=stop, edge="end") if stop and background else None
            if end is None and background:
                end = Anchor(line=told.lines[-1].id, edge="end")
            elif end is None and isinstance(length, int | float) and 0 < length <= 60:
                end = start.model_copy(update={"offset_s": float(length)})
            gain_db = max(-40.0, min(24.0, _number(sound, "vol", usual) - usual))
            words = _string(sound, ("desc", "description", "text", "content"))[:200]
            found.append(
                Clip(id=f"k{number}", lane=lane, prompt=words, words=words, start=start, end=end, gain_db=gain_db)
            )
        return found


def _clean(text: str) -> str:
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def _number(values: dict[str, Any], key: str, usual: float) -> float:
    value = values.get(key)
    return float(value) if isinstance(value, int | float) and abs(value) < 1e6 else usual


def _word(section: str, said: str) -> str:
    """The value whose words hold what was said."""
    table = tables()[section]
    return next((value for value, words in table.items() if said.strip().lower() in words), "")


def _kind(segment: dict[str, Any]) -> LineKind | None:
    return _word("kinds", _string(segment, ("text_type", "type", "segment_type"))) or None  # type: ignore[return-value]


def _emotion(segment: dict[str, Any]) -> Emotion | None:
    return _word("emotions", _string(segment, ("emotion", "mood", "tone"))) or None  # type: ignore[return-value]


def _gender(said: str) -> Gender:
    return _word("genders", said) or "unknown"  # type: ignore[return-value]


def _age(said: str) -> Age:
    years = [int(number) for number in re.findall(r"\d{1,3}", said)[:2]]
    if years:
        middle = sum(years) / len(years)
        return "child" if middle < 14 else "young" if middle < 30 else "adult" if middle < 60 else "old"
    return _word("ages", said) or "unknown"  # type: ignore[return-value]


def _listed_characters(values: Any) -> list[dict[str, Any]]:
    if not isinstance(values, dict):
        return []
    inside = values.get("analysis_result")
    lists = [
        source.get(key)
        for source in (values, inside if isinstance(inside, dict) else {})
        for key in ("characters", "detected_characters")
    ]
    return [entry for each in lists if isinstance(each, list) for entry in each if isinstance(entry, dict)]
