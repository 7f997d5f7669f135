"""Speech inside quotation marks: which marks open and close it, and whether what they hold is said by somebody.

Rules for the marks: Chicago Manual of Style 13.30-13.40 and New Hart's Rules 9.2 (English), Rosenthal's handbook of
Russian punctuation, GB/T 15834-2011 (Chinese). What is nested stays with the outer quotation.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.drama.project import Language
from engine.drama.script.words import sayable, verb

Kind = Literal["narration", "dialogue", "thought"]
Part = tuple[int, int, Kind]
"""Start, end and kind of a stretch of a paragraph."""

_PAIRS = {"“": "”", "„": "“”", "«": "»", "「": "」", "『": "』", '"': '"', "‘": "’", "'": "'", "＂": "＂", "〝": "〞"}
_CURLY = '“„«「『"＂〝'
_FINAL = ".!?…。！？—–~～⋯-"
_TAIL = re.compile(r"[,.;:!?…，。；：！？]+")
_DASH = re.compile(r"\s*[—–-]")
_AUTHORS = re.compile(r"[,.!?…]\s*[—–-]\s+(?=[а-яё])")
"""Before the author's words inside a quotation."""
_NEAR = 40


@dataclass(frozen=True)
class Quote:
    start: int
    """Of the opening mark."""
    inner: int
    """End of what is inside."""
    end: int
    """One past the closing mark, or the paragraph's end where there is none."""


def single_quoted(text: str) -> str:
    """The single marks that a whole text puts around speech, if it does: `‘`, `'`, or none. British books do; in others
    they are apostrophes and quotations inside quotations.
    """
    double = len(re.findall(r"[“\"「«]", text))
    for opener, closer in (("‘", "’"), ("'", "'")):
        pattern = rf"(?:^|(?<=[\s(—–]))[{opener}][\w“\"][^{opener}\n]*?[,.!?…—–-][{closer}](?!\w)"
        if len(re.findall(pattern, text, re.MULTILINE)) > max(1, double):
            return opener
    return ""


def quotes(text: str, start: int, end: int, single: str) -> Iterator[Quote]:
    """Outermost quotations of a paragraph. `single`: of `single_quoted`."""
    marks = re.compile(rf"[{_CURLY}{single}”»」』’']")
    opener, begin, depth = "", start, 0
    for match in marks.finditer(text, start, end):
        mark, at = match[0], match.start()
        if not opener:
            if (mark in _CURLY or mark == single) and _may_open(text, at, start, end):
                opener, begin, depth = mark, at, 1
        elif mark in _PAIRS[opener] and (mark not in "\"'’＂" or _may_close(text, at, start, end, mark)):
            depth -= 1
            if depth == 0:
                yield Quote(begin, at, at + 1)
                opener = ""
        elif mark == opener == "«":
            depth += 1
    if opener:
        yield Quote(begin, end, end)


def _may_open(text: str, at: int, start: int, end: int) -> bool:
    mark = text[at]
    before = text[at - 1] if at > start else " "
    after = text[at + 1] if at + 1 < end else " "
    if mark in "“„«「『＂〝":
        return True
    if after.isspace():
        return False
    if mark == '"':
        return not (before.isalnum() and after in ",.!?;:") or at == start
    return not before.isalnum() and (after.isalnum() or after in '“"«—…')


def _may_close(text: str, at: int, start: int, end: int, mark: str) -> bool:
    """Whether a mark that also opens or abbreviates closes here."""
    before = text[at - 1] if at > start else " "
    after = text[at + 1] if at + 1 < end else " "
    if mark in '"＂':
        return not before.isspace() or not after.isalnum()
    if after.isalnum() or before.isspace():
        return False
    owner = before in "sSzZ" and re.match(r"\s+[a-z]", text[at + 1 : at + 4])
    return not owner


def parts(text: str, start: int, end: int, language: Language, single: str) -> list[Part]:
    """A paragraph as narration, dialogue and thoughts that tile it."""
    found: list[Part] = []
    at = start
    for quote in quotes(text, start, end, single):
        kind = _kind(text, start, end, quote, language)
        if kind == "narration":
            continue
        tail = _TAIL.match(text, quote.end, end)
        stop = tail.end() if tail else quote.end
        if at < quote.start:
            found.append((at, quote.start, "narration"))
        found.append((quote.start, stop, kind))
        at = stop
    if at < end:
        found.append((at, end, "narration"))
    return found


def _kind(text: str, start: int, end: int, quote: Quote, language: Language) -> Kind:
    before = text[max(start, quote.start - _NEAR) : quote.start].rstrip()
    after = text[quote.end : min(end, quote.end + _NEAR)]
    if not _is_speech(text, quote, before, after, language):
        return "narration"
    return "thought" if thinks(before, after) else "dialogue"


def thinks(before: str, after: str) -> bool:
    """Whether the words around a quotation say that it is thought, not said."""
    return _verb_before(before, "thought") or (_verb_after(after, "thought") and not _verb_after(after, "speech"))


def _verb_before(before: str, section: str) -> bool:
    last = re.split(r"[.!?…。！？]", before.lower())[-1]
    last = re.split("，", last.rstrip("，"))[-1]
    found = list(verb(section).finditer(last))
    return bool(found) and len(last) - found[-1].end() <= 25


def _verb_after(after: str, section: str) -> bool:
    first = re.split(r"[.!?…。！？;；]|(?<=\w)[,，]", after.lower().lstrip(" ,，—–-"))[0]
    found = verb(section).search(first)
    return found is not None and len(re.findall(r"\w+", first[: found.start()])) <= 3


def _tells(text: str, at: int) -> bool:
    """Whether a verb of speech or thought follows soon."""
    near = text[at : at + _NEAR].lower()
    return bool(verb("speech").search(near) or verb("thought").search(near))


def _is_speech(text: str, quote: Quote, before: str, after: str, language: Language) -> bool:
    """Told from titles, irony and single words by the marks and verbs around and inside."""
    inside = text[quote.start + 1 : quote.inner].strip()
    if not sayable(inside):
        return False
    if quote.end == quote.inner:
        return not before or before[-1] in ":：,，.!?…。！？—–"
    last, lead = inside[-1], before[-1:] or ""
    words = len(inside) if language == "zh" else len(inside.split())
    ended = last in _FINAL or last in ",，"
    closes = not after.strip() or after.lstrip()[0] in ",.，。!?！？;；—–"
    if lead and lead in ":：":
        return True
    told_after = _verb_after(after, "speech") or _verb_after(after, "thought")
    if told_after and (ended or language != "ru" or (after[:1] in ",." and _DASH.match(after, 1))):
        return True
    if (_verb_before(before, "speech") or _verb_before(before, "thought")) and (ended or closes):
        return True
    if language == "ru" and after[:1] == "," and _DASH.match(after, 1):
        return True
    if language == "ru" and any(_tells(inside, match.end()) for match in _AUTHORS.finditer(inside)):
        return True
    if not lead or lead in '.!?…。！？”»’"':
        return ended or (not lead and not after.strip(" .\t"))
    if lead in ",，—–-;；(（":
        return ended or (closes and words >= (8 if language == "zh" else 4))
    return words >= (2 if last in "!?！？" else 5) and ended
