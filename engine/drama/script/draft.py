"""A project while it is read: whoever reads a form says what each stretch of the source is, from its beginning to its
end; what nobody claims is said by the narrator or is space, so that nothing is lost.
"""

import re
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Final, Literal

from engine.drama.project import NARRATOR, Anchor, Break, Chapter, Character, Cue, Language, Line, Project, Unspoken
from engine.drama.script.cues import Bracket, CueKind, brackets, parentheticals
from engine.drama.script.language import other_language
from engine.drama.script.sentences import pieces
from engine.drama.script.words import CLOSERS, SENTENCE_END, listed, sayable

Reason = Literal["space", "label", "cue", "direction", "markup", "number", "notice"]
LineKind = Literal["narration", "dialogue", "thought", "heading"]
JOINT_MS: Final = 120
"""Silence where a sentence goes on in another line."""
CHAPTER_MS: Final = 3000
"""Silence between chapters: a shorter pause that the script asks for is in it."""
BREAKS: tuple[Break, ...] = ("sentence", "turn", "paragraph", "scene", "chapter")

_UNSEEN = re.compile(r"[\u200b\u2060\ufeff\u00ad\ufffe\uffff\x00-\x08\x0e-\x1b\x7f-\x9f]")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"]*\")?\)")
_EMPHASIS = re.compile(r"(?<![\w*_])[*_]{1,3}(?=[^\s*_])|(?<=[^\s*_])[*_]{1,3}(?![\w*_])|`+")
_WRAPPED_HAN = re.compile(r"(?<=[\u3001-\u9fff\uff00-\uffef])[^\S\r\n]*[\r\n]\s*(?=[\u3001-\u9fff\uff00-\uffef])")
_QUOTED = re.compile(r"(?:\r\n?|\n)[ \t]*>+ ?")
_WHITE = re.compile(r"\s+")


def as_said(raw: str, *, markdown: bool = False, tags: re.Pattern[str] | None = None) -> str:
    """A stretch of the source as one line of text: without the marks of emphasis, breaks, tags and characters that
    nobody sees; of a Markdown link its words.
    """
    text = _UNSEEN.sub("", raw)
    if tags:
        text = tags.sub("", text)
    if markdown:
        text = _LINK.sub(r"\1", _QUOTED.sub("\n", text))
    text = _EMPHASIS.sub("", text)
    return _WHITE.sub(" ", _WRAPPED_HAN.sub("", text)).strip()


@dataclass
class _Waiting:
    """A cue that no line has followed yet."""

    kind: CueKind
    text: str
    seconds: float | None
    inline: bool
    """Whether it stands between the words of a paragraph: then it belongs to the next word."""


class Draft:
    """Claims come in the order of the source. `directed`: brackets are directions, as in plays. `tags`: what is a mark
    of the form wherever it stands.
    """

    def __init__(
        self,
        source: str,
        language: Language,
        *,
        directed: bool = False,
        markdown: bool = False,
        tags: re.Pattern[str] | None = None,
    ) -> None:
        self.source = source
        self.language = language
        self.directed = directed
        self._as_said = partial(as_said, markdown=markdown, tags=tags)
        self.title = ""
        self.author = ""
        self.lines: list[Line] = []
        self.characters: dict[str, Character] = {}
        self.cues: list[Cue] = []
        self._unspoken: list[Unspoken] = []
        self._chapters: list[Chapter] = []
        self._waiting: list[_Waiting] = []
        self._at = 0
        self._in_paragraph = False
        self._headings_in_a_row = 0
        self._opens = ""

    def skip(self, start: int, end: int, reason: Reason) -> None:
        """This stretch is not said."""
        self._reach(start)
        if end > self._at:
            self._leave(end, reason)

    def say(
        self, start: int, end: int, kind: LineKind = "narration", speaker: str = "", *, rule: str = "label"
    ) -> list[Line]:
        """This stretch is said: as one line or several, without the cues in it."""
        self._reach(start)
        first = len(self.lines)
        found = list(brackets(self.source, start, end, directed=self.directed))
        if speaker and speaker != NARRATOR:
            found += parentheticals(self.source, start, end)
        for cue in sorted(found, key=lambda each: each.start):
            if cue.start < self._at:
                continue
            self._speak(cue.start, kind, speaker, rule)
            self._pass(cue)
        self._speak(end, kind, speaker, rule)
        return self.lines[first:]

    def heading(self, start: int, end: int, *, chapter: bool) -> None:
        """A heading: of a chapter, or of a scene within one. Headings that follow each other begin one chapter."""
        if not self._headings_in_a_row:
            self.ends("chapter" if chapter else "scene")
        said = self.say(start, end, "heading")
        if not said:
            return
        title = " ".join(line.text for line in said)
        named = bool(self._chapters) and self._chapters[-1].line == said[0].id  # by the table of contents
        if chapter and not named and self._headings_in_a_row and self._chapters:
            last = self._chapters[-1]
            if title.casefold() not in last.title.casefold():
                joint = " " if last.title[-1:] in ".:,;—–-!?…" else ". "
                last.title = f"{last.title}{joint}{title}"[:300]
        elif chapter and not named:
            self._chapters.append(Chapter(title=title[:300], line=said[0].id))
        elif not chapter:
            self.cues.append(Cue(kind="scene", text=title[:500], at=Anchor(line=said[0].id)))
        self._headings_in_a_row += 1
        self.ends("paragraph")

    def opens(self, title: str) -> None:
        """A chapter begins with the next line, under a heading or without one."""
        self.ends("chapter")
        self._opens = title

    def cue(self, kind: CueKind, text: str, start: int, end: int, seconds: float | None = None) -> None:
        """A cue that stands there, however it is written."""
        self._reach(start)
        self._pass(Bracket(start, end, kind, text, seconds))

    def direct(self, text: str) -> None:
        """A direction for the next line that stands in its label."""
        self._waiting.append(_Waiting("direction", text[:500], None, self._in_paragraph))

    def ends(self, what: Break) -> None:
        """Something ends after the last line."""
        if what in ("paragraph", "scene", "chapter", "turn"):
            self._settle_inline()
            self._in_paragraph = False
        if self.lines and BREAKS.index(what) > BREAKS.index(self.lines[-1].break_after):
            self.lines[-1].break_after = what

    def pause(self, seconds: float) -> None:
        """Silence after the last line, in place of what its break gives."""
        if self.lines:
            self.lines[-1].pause_ms = round(min(seconds, 60.0) * 1000)

    def character(self, name: str, aliases: tuple[str, ...] = ()) -> str:
        """The id of who is named so; the same name gives the same id in every script."""
        told = _WHITE.sub(" ", name).strip()[:100]
        key = told.casefold()
        if key in listed("labels", "narrator"):
            identity = NARRATOR
        else:
            slug = re.sub(r"[^a-z0-9]+", "-", key).strip("-")[:36]
            plain = key.isascii() and slug[:1].isalpha() and slug != NARRATOR
            identity = slug if plain else f"c-{sha256(key.encode()).hexdigest()[:10]}"
        known = self.characters.setdefault(identity, Character(id=identity, name=told))
        known.aliases += [alias for alias in aliases if alias and alias not in (*known.aliases, known.name)]
        return identity

    def project(self) -> Project:
        """What was read. Raises nothing; may be without lines."""
        self._reach(len(self.source))
        self._settle_inline()
        if self.lines:
            edge = self.lines[-1].id
            self.cues += [_cue(each, Anchor(line=edge, edge="end")) for each in self._waiting]
        self._finish_breaks()
        place = {line.id: at for at, line in enumerate(self.lines)}
        self.cues.sort(key=lambda cue: (place[cue.at.line], cue.at.edge == "end"))
        lead = [self.characters.pop(NARRATOR)] if NARRATOR in self.characters else []
        return Project(
            title=self.title[:300],
            author=self.author[:300],
            language=self.language,
            source=self.source,
            lines=self.lines,
            unspoken=self._unspoken,
            chapters=self._chapters,
            cues=self.cues,
            characters=[*lead, *self.characters.values()],
        )

    def _reach(self, start: int) -> None:
        """What nobody claimed up to `start`."""
        if start > self._at:
            self._speak(start, "narration", "", "")

    def _leave(self, end: int, reason: Reason) -> None:
        last = self._unspoken[-1] if self._unspoken else None
        if last is not None and last.end == self._at and last.reason == reason:
            last.end = end
        else:
            self._unspoken.append(Unspoken(start=self._at, end=end, reason=reason))
        self._at = end

    def _speak(self, end: int, kind: LineKind, speaker: str, rule: str) -> None:
        """Lines from here to `end`."""
        text = self.source[self._at : end]
        stripped = text.strip()
        if not sayable(stripped) or not sayable(self._as_said(stripped)):
            self._leave_marks(text, end)
            return
        base = self._at + len(text) - len(text.lstrip())
        at = 0
        for stop in pieces(stripped, together=kind != "narration"):
            self._line(base + at, base + stop, kind, speaker, rule)
            at = stop
        if end > self._at:
            self._leave(end, "space")

    def _line(self, start: int, end: int, kind: LineKind, speaker: str, rule: str) -> None:
        raw = self.source[start:end]
        stop = start + len(raw.rstrip())
        text = self._as_said(raw)
        if not sayable(text):
            self._leave_marks(raw, end)
            return
        first = end - len(raw.lstrip())
        if first > self._at:
            self._leave(first, "space")
        line = Line(id=f"l{len(self.lines) + 1}", start=first, end=stop, text=text, kind=kind, speaker=speaker)
        if speaker:
            line.confidence, line.rule = 1.0, rule
        line.language = other_language(text, self.language)
        self.lines.append(line)
        self._at = stop
        anchors = [(each, Anchor(line=line.id, at=0 if each.inline else None)) for each in self._waiting]
        self.cues += [_cue(each, anchor) for each, anchor in anchors]
        self._waiting = []
        self._in_paragraph = True
        if self._opens:
            self._chapters.append(Chapter(title=self._opens[:300], line=line.id))
            self._opens = ""
        if kind != "heading":
            self._headings_in_a_row = 0
        if end > stop:
            self._leave(end, "space")

    def _leave_marks(self, text: str, end: int) -> None:
        """Marks that nobody says, without the space around them."""
        marks = text.strip()
        before = len(text) - len(text.lstrip())
        for length, reason in ((before if marks else len(text), "space"), (len(marks), "markup")):
            if length:
                self._leave(self._at + length, reason)  # type: ignore[arg-type]
        if self._at < end:
            self._leave(end, "space")

    def _pass(self, cue: Bracket) -> None:
        if cue.kind is None:
            self._leave(cue.end, "number")
            return
        self._leave(cue.end, "direction" if cue.kind in ("direction", "scene") else "cue")
        waiting = _Waiting(cue.kind, cue.text[:500], cue.seconds, self._in_paragraph)
        if self.lines and (cue.kind == "pause" or (cue.kind == "effect" and not self._in_paragraph)):
            if cue.kind == "pause":
                self.pause(cue.seconds or 0.0)
            self.cues.append(_cue(waiting, Anchor(line=self.lines[-1].id, edge="end")))
        else:
            self._waiting.append(waiting)

    def _settle_inline(self) -> None:
        """Cues at the end of a paragraph belong to its last line, not to the next one's first."""
        for each in [each for each in self._waiting if each.inline and self.lines]:
            self.cues.append(_cue(each, Anchor(line=self.lines[-1].id, edge="end")))
            self._waiting.remove(each)

    def _finish_breaks(self) -> None:
        for line, following in zip(self.lines, self.lines[1:], strict=False):
            if line.break_after == "paragraph" and line.kind == following.kind == "dialogue":
                line.break_after = "turn"
            goes_on = line.text.rstrip(CLOSERS)[-1:] not in SENTENCE_END
            if line.break_after == "sentence" and line.pause_ms is None and goes_on:
                line.pause_ms = JOINT_MS
            if line.break_after == "chapter" and line.pause_ms is not None and line.pause_ms < CHAPTER_MS:
                line.pause_ms = None
        if self.lines and BREAKS.index(self.lines[-1].break_after) < BREAKS.index("paragraph"):
            self.lines[-1].break_after = "paragraph"


def _cue(waiting: _Waiting, anchor: Anchor) -> Cue:
    return Cue(kind=waiting.kind, text=waiting.text, seconds=waiting.seconds, at=anchor)
