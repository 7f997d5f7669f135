"""Fountain screenplays, https://fountain.io/syntax: headings become scene cues, characters speak, what stands in
parentheses directs, notes and the boneyard are not heard.
"""

import re
from bisect import bisect_left, bisect_right
from functools import cache
from typing import cast

from engine.drama.project import NARRATOR, Project, VoiceEffect
from engine.drama.script.cues import read as read_cue
from engine.drama.script.draft import Draft
from engine.drama.script.language import language_of
from engine.drama.script.words import tables

_SCENE = re.compile(
    r"(?:INT|EXT|EST|INT\.?/EXT|EXT\.?/INT|I/E|ИНТ|НАТ|ИНТ\.?/НАТ|内景|外景|内|外)(?:[.\s]|[/．、：:])\s*\S.*",
    re.IGNORECASE,
)
_SCENE_NUMBER = re.compile(r"(?<!\s)\s*#[\w.-]+#\s*$")
_CHARACTER = re.compile(
    r"(@)?(?P<name>[^()（）^\[\]:：]{1,60}?)\s*(?P<extensions>(?:[(（][^()（）]{1,40}[)）]\s*)*)(?P<dual>\^)?"
)
_EXTENSION = re.compile(r"[(（]([^()（）]+)[)）]")
_TRANSITION = re.compile(
    r"[^a-zа-яё]*(?:TO|К):|FADE (?:IN|OUT|TO BLACK)[.:]?|THE END|ЗАТЕМНЕНИЕ\.?|ИЗ ЗТМ\.?", re.UNICODE
)
_TITLE = re.compile(
    r"(Title|Credit|Author|Authors|Source|Notes|Draft date|Date|Contact|Copyright|Revision|Название|Автор)\s*:(.*)",
    re.IGNORECASE,
)
_HIDDEN = (("/*", "*/"), ("[[", "]]"))
_OPENER = re.compile(r"/\*|\[\[")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_PAGE = re.compile(r"={3,}")
_CUE = re.compile(r"[\[【［][^\[\]【】\n]+[\]】］]")


@cache
def _effects() -> dict[str, VoiceEffect]:
    """What stands after a character's name -> what the voice comes through."""
    return {word: cast(VoiceEffect, each) for each, words in tables()["extensions"].items() for word in words}


def is_fountain(text: str, name: str) -> bool:
    if name.lower().endswith((".fountain", ".spmd")):
        return True
    lines = [line.strip() for line in text[:60_000].splitlines()]
    scenes = sum(bool(_SCENE.fullmatch(line)) and line.isupper() for line in lines)
    cued = [line for before, line, after in zip(lines, lines[1:], lines[2:], strict=False) if not before and after]
    speakers = sum(line.isupper() and bool(_CHARACTER.fullmatch(line)) and not _SCENE.fullmatch(line) for line in cued)
    return scenes > 0 and speakers > 1


def project(text: str) -> Project:
    return _Reader(text).project()


def _hidden(text: str) -> list[tuple[int, int]]:
    """Boneyard and notes; what is not closed is text."""
    found: list[tuple[int, int]] = []
    at = 0
    closers = dict(_HIDDEN)
    while closers and (opener := _OPENER.search(text, at)):
        closer = closers.get(opener[0])
        end = text.find(closer, opener.end()) if closer else -1
        if end < 0:
            closers.pop(opener[0], None)
            at = opener.end()
        else:
            at = end + 2
            found.append((opener.start(), at))
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.draft = Draft(text, language_of(text), directed=True)
        self._hidden = _hidden(text)
        self._hidden_starts = [start for start, _ in self._hidden]
        self._hidden_ends = [end for _, end in self._hidden]
        self.lines = [match.span() for match in _LINE.finditer(text) if match.end() > match.start()]

    def project(self) -> Project:
        at = self._title_page()
        while at < len(self.lines):
            at = self._element(at)
        return self.draft.project()

    def shown(self, at: int) -> str:
        """A line without what is hidden in it; empty where there is no line."""
        if not 0 <= at < len(self.lines):
            return ""
        start, end = self.lines[at]
        text, low = "", start
        for first, last in self._hidden_in(start, end):
            text += self.text[low : max(low, first)]
            low = max(low, last)
        return (text + self.text[low : max(low, end)]).strip()

    def _hidden_in(self, start: int, end: int) -> list[tuple[int, int]]:
        """Notes and boneyard that reach into a stretch."""
        first = bisect_right(self._hidden_ends, start)
        return self._hidden[first : bisect_left(self._hidden_starts, end)]

    def _claim(self, start: int, end: int, reason: str, speaker: str = "", kind: str = "narration") -> None:
        """A stretch without its hidden parts: said where `reason` is empty."""
        at = start
        for first, last in [*self._hidden_in(start, end), (end, end)]:
            if at < first:
                if reason:
                    self.draft.skip(at, min(first, end), reason)  # type: ignore[arg-type]
                else:
                    self.draft.say(at, min(first, end), kind, speaker)  # type: ignore[arg-type]
            if first < last:
                self.draft.skip(max(first, at), min(last, end), "markup")
            at = max(at, min(last, end))

    def _title_page(self) -> int:
        """The line after the title page; what it tells is kept."""
        at, told = 0, ""
        while at < len(self.lines) and not self.shown(at):
            at += 1
        if not _TITLE.fullmatch(self.shown(at)):
            return 0
        while at < len(self.lines) and (line := self.shown(at)):
            match = _TITLE.fullmatch(line)
            told = (
                match[1].lower()
                if match
                else told
                if self.text[self.lines[at][0]] in " \t"
                else line.partition(":")[0].lower()
            )
            value = (match[2] if match else line).strip().strip("_*").strip()
            if told in ("title", "название"):
                self.draft.title = f"{self.draft.title} {value}".strip()
            elif told in ("author", "authors", "автор"):
                self.draft.author = f"{self.draft.author} {value}".strip()
            self._claim(*self.lines[at], "label")
            at += 1
        return at

    def _element(self, at: int) -> int:
        """Claims what begins at a line; the line after it."""
        start, end = self.lines[at]
        line = self.shown(at)
        blank_before, follows = not self.shown(at - 1), self.shown(at + 1)
        if not line:
            self._claim(start, end, "space" if not self.text[start:end].strip() else "markup")
        elif _PAGE.fullmatch(line):
            self._claim(start, end, "markup")
        elif line[0] == "#":
            marks = len(line) - len(line.lstrip("#"))
            low = self.text.index("#", start)
            self.draft.skip(start, low + marks, "markup")
            self.draft.heading(low + marks, end, chapter=marks < 3)
        elif line[0] == "=":
            self._claim(start, end, "direction")
        elif (line[0] == "." and line[1:2] not in (".", "")) or (_SCENE.fullmatch(line) and blank_before):
            self.draft.ends("scene")
            self._cue("scene", _SCENE_NUMBER.sub("", line.lstrip(".")), start, end)
        elif line[0] == ">" or (_TRANSITION.fullmatch(line) and blank_before and not follows):
            centred = line[0] == ">" and line[-1] == "<"
            if centred:
                low, high = self.text.index(">", start), self.text.rindex("<", start, end)
                self.draft.skip(start, low + 1, "markup")
                self._claim(low + 1, high, "")
                self.draft.skip(high, end, "markup")
            else:
                self._cue("direction", line.lstrip("> "), start, end)
            self.draft.ends("paragraph")
        elif line[0] == "~":
            low = self.text.index("~", start)
            self.draft.skip(start, low + 1, "markup")
            self._claim(low + 1, end, "")
        elif blank_before and follows and line[0] != "!" and (line[0] == "@" or self._is_character(line)):
            return self._dialogue(at)
        else:
            return self._action(at)
        return at + 1

    def _is_character(self, line: str) -> bool:
        match = _CHARACTER.fullmatch(line)
        return match is not None and match["name"].isupper() and any(letter.isalpha() for letter in match["name"])

    def _cue(self, kind: str, words: str, start: int, end: int) -> None:
        first = start + len(self.text[start:end]) - len(self.text[start:end].lstrip())
        last = start + len(self.text[start:end].rstrip())
        self.draft.cue(kind, words.strip()[:500], first, last)  # type: ignore[arg-type]

    def _dialogue(self, at: int) -> int:
        """A character's cue and all that follows up to a blank line."""
        start, end = self.lines[at]
        match = _CHARACTER.fullmatch(self.shown(at))
        name = (match["name"] if match else self.shown(at)).lstrip("@").strip(" *_")
        extensions = _EXTENSION.findall(match["extensions"]) if match else []
        speaker = self.draft.character(name)
        self._claim(start, end, "label")
        effect: VoiceEffect = "none"
        effects = _effects()
        for extension in extensions:
            said = extension.strip().lower().rstrip(".")
            effect = effects.get(said, effect)
            if said not in effects and not said.startswith(("cont", "прод", "续")):
                self.draft.direct(extension.strip())
        first, kind = len(self.draft.lines), "narration" if speaker == NARRATOR else "dialogue"
        at += 1
        begin = self.lines[at][0] if at < len(self.lines) else end
        while at < len(self.lines) and self.text[slice(*self.lines[at])].strip("\r\n"):
            low, high = self.lines[at]
            line = self.shown(at)
            if line.startswith(("(", "（")) and line.endswith((")", "）")):
                self._claim(begin, low, "", speaker, kind)
                self._cue("direction", line.strip("()（）"), low, high)
                begin = high
            elif line.startswith("~"):
                self._claim(begin, low, "", speaker, kind)
                begin = self.text.index("~", low) + 1
                self.draft.skip(low, begin, "markup")
            end = high
            at += 1
        self._claim(begin, end, "", speaker, kind)
        for spoken in self.draft.lines[first:]:
            spoken.effect = effect if effect != "none" else None
            if effect == "thought":
                spoken.kind = "thought"
        self.draft.ends("turn")
        return at

    def _action(self, at: int) -> int:
        """A paragraph that the narrator tells."""
        start, end = self.lines[at]
        if self.shown(at).startswith("!"):
            mark = self.text.index("!", start)
            self.draft.skip(start, mark + 1, "markup")
            start = mark + 1
        while not _CUE.fullmatch(self.shown(at)) and (line := self.shown(at + 1)):
            if line[0] in "#=>~.!@" or _CUE.fullmatch(line):
                break
            at += 1
            end = self.lines[at][1]
        words = self.text[start:end].strip()
        cue = read_cue(words[1:-1]) if _CUE.fullmatch(words) else None
        if cue:
            kind, said, seconds = cue
            first = self.text.index(words, start)
            self.draft.cue(kind, said, first, first + len(words), seconds)
        else:
            self._claim(start, end, "")
        self.draft.ends("sentence" if self.shown(at + 1) else "paragraph")
        return at + 1
