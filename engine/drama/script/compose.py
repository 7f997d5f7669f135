"""A manuscript as a project: headings, scene breaks, labelled speech, and the dialogue in paragraphs of prose."""

import re

from engine.drama.project import NARRATOR, Language, Project
from engine.drama.script import dashes, labels
from engine.drama.script.draft import Draft
from engine.drama.script.labels import Labels, NameLabel
from engine.drama.script.manuscript import Manuscript, Paragraph
from engine.drama.script.quotes import Part, parts, single_quoted, thinks
from engine.drama.script.words import listed, sayable

_FIELD = re.compile(r"\s*(?:\*\*)?([\w ]{2,12}?)(?:\*\*)?\s*[:：]\s*(?:\*\*)?\s*(?=\S)")
_HEAD = 6
"""Paragraphs at the beginning among which a title and an author may be told."""
_ITALICS = re.compile(r"(?<![\w*_])([*_])(?=[^\s*_])([^*_\n]{2,400}?)(?<=[^\s*_])\1(?![\w*_])")
_MARKED_LANGUAGES: dict[str, Language] = {
    **dict.fromkeys(("en", "english", "английский", "英语", "英文"), "en"),
    **dict.fromkeys(("ru", "russian", "русский", "俄语", "俄文"), "ru"),
    **dict.fromkeys(("zh", "chinese", "китайский", "中文", "汉语", "汉文"), "zh"),
}


def compose(text: Manuscript) -> Project:
    """The project of a manuscript: its lines, chapters, cues and labelled characters."""
    body = [each for each in text.paragraphs if each.role != "notice"]
    known = labels.find(text.source, [each for each in body if each.role == "text"])
    draft = Draft(text.source, text.language, directed=bool(known.names), markdown=text.markdown)
    draft.title, draft.author = text.title, text.author
    single = single_quoted(text.source)
    speaker, owed = "", False
    for at, paragraph in enumerate(text.paragraphs):
        if paragraph.opens and paragraph.role != "notice":
            draft.opens(paragraph.opens)
        if paragraph.role == "notice":
            draft.skip(paragraph.start, paragraph.end, "notice")
        elif paragraph.role == "rule":
            draft.skip(paragraph.start, paragraph.end, "markup")
            draft.ends("scene" if paragraph.level else "paragraph")
        elif paragraph.role in ("heading", "title"):
            speaker, owed = "", False
            draft.skip(paragraph.start, paragraph.start + paragraph.marks, "markup")
            _heading(draft, text, paragraph)
        else:
            start = paragraph.start + paragraph.marks
            draft.skip(paragraph.start, start, "markup")
            label = known.at(text.source, start, paragraph.end)
            if label is not None:
                speaker = _labelled(draft, known, label, start, paragraph.end)
                owed = not sayable(text.source, label.end, paragraph.end)
            elif owed or (speaker and not paragraph.leads and known.first_in_block):
                draft.say(start, paragraph.end, "narration" if speaker == NARRATOR else "dialogue", speaker)
                owed = False
            elif at >= _HEAD or draft.characters or not _field(draft, start, paragraph.end):
                speaker = ""
                _prose(draft, text, start, paragraph.end, single)
            draft.ends("sentence" if paragraph.soft else "paragraph")
    return draft.project()


def _heading(draft: Draft, text: Manuscript, paragraph: Paragraph) -> None:
    start = paragraph.start + paragraph.marks
    if paragraph.role == "title":
        said = draft.say(start, paragraph.end, "heading")
        draft.title = draft.title or " ".join(line.text for line in said)
        draft.ends("paragraph")
    else:
        draft.heading(start, paragraph.end, chapter=paragraph.level < 3)


def _labelled(draft: Draft, known: Labels, label: NameLabel, start: int, end: int) -> str:
    """A labelled speech; who speaks it."""
    full = known.full_name(label.name)
    speaker = draft.character(label.name, (full,) if full else ())
    low, high = label.direction_at
    if low < high:
        draft.skip(start, low, "label")
        draft.cue("direction", label.direction.strip(), low, high)
        draft.skip(high, label.end, "label")
    else:
        draft.skip(start, label.end, "label")
    draft.say(label.end, end, "narration" if speaker == NARRATOR else "dialogue", speaker)
    return speaker


def _field(draft: Draft, start: int, end: int) -> bool:
    """Whether the paragraph is `Title: …`, `Автор: …`, `语言：…`; what it tells is kept."""
    match = _FIELD.match(draft.source, start, end)
    word = match[1].strip().lower() if match else ""
    field = next((kind for kind in ("title", "author", "language") if word in listed("labels", kind)), "")
    if match is None or not field:
        return False
    value = draft.source[match.end() : end].strip().strip("*_")
    draft.skip(start, match.end(), "label")
    if field == "language":
        draft.language = _MARKED_LANGUAGES.get(value.lower(), draft.language)
        draft.skip(match.end(), end, "label")
        return True
    draft.say(match.end(), end, "heading" if field == "title" else "narration")
    setattr(draft, field, getattr(draft, field) or value)
    return True


def _prose(draft: Draft, text: Manuscript, start: int, end: int, single: str) -> None:
    """A paragraph of prose: what characters say becomes lines of its own."""
    for low, high, kind in _with_thoughts(text, prose_parts(text.source, start, end, draft.language, single)):
        draft.say(low, high, kind)


def prose_parts(source: str, start: int, end: int, language: Language, single: str) -> list[Part]:
    """A paragraph as narration, dialogue and thoughts that tile it."""
    opening = dashes.OPENING.match(source, start, end)
    if opening and language == "ru":
        told = dashes.parts(source, start, end)
        return [
            inner
            for part in told
            for inner in (parts(source, part[0], part[1], language, single) if part[2] == "narration" else [part])
        ]
    if opening and language == "en" and source[start] == "—":
        return [(start, end, "dialogue")]
    found = parts(source, start, end, language, single)
    if language != "ru":
        return found
    if len(found) == 1 and found[0][2] == "narration":
        return dashes.after_colon(source, start, end)
    told = []
    for part in found:
        inner = dashes.inside(source, part[0], part[1]) if part[2] != "narration" else [part]
        told += inner if len(inner) > 1 else [part]
    return told


def _with_thoughts(text: Manuscript, found: list[Part]) -> list[Part]:
    """The same parts, with what stands in italics and is thought taken out of the narration."""
    thought: list[Part] = []
    for start, end, kind in found:
        if kind == "narration":
            for low, high in _italics(text, start, end):
                before, after = text.source[start:low].rstrip()[-40:], text.source[high : min(end, high + 40)]
                if low >= start and _is_sentence(text.source[low:high]) and thinks(before, after):
                    if start < low:
                        thought.append((start, low, "narration"))
                    thought.append((low, high, "thought"))
                    start = high
        if start < end:
            thought.append((start, end, kind))
    return thought


def _is_sentence(text: str) -> bool:
    """Whether what stands in italics is more than a word that is stressed."""
    said = text.strip().strip("*_")
    return said[-1:] in tuple(".,!?…。，！？—") or len(said.split()) > 3


def _italics(text: Manuscript, start: int, end: int) -> list[tuple[int, int]]:
    if text.italics:
        return [span for span in text.italics if start <= span[0] and span[1] <= end]
    return [match.span() for match in _ITALICS.finditer(text.source, start, end)]
