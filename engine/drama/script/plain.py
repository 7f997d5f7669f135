"""Plain text and Markdown as a manuscript: which lines are wrapped, which are verse, what is a heading or a notice."""

import itertools
import re
import unicodedata
from dataclasses import replace

from engine.drama.project import Language
from engine.drama.script import labels
from engine.drama.script.dashes import OPENING
from engine.drama.script.headings import LONGEST, is_bare, is_number, is_numbered_title, is_rule, is_title, level_of
from engine.drama.script.language import language_of
from engine.drama.script.manuscript import Manuscript, Paragraph
from engine.drama.script.words import CLOSERS, SENTENCE_END

_LINE = re.compile(r"[^\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_BREAK = re.compile(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_WIDEST = 100
"""Columns of a line in a text that is wrapped by hand."""
_NARROW = 50
_START = re.compile(r"\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG E(?:BOOK|TEXT)[^\n]*", re.IGNORECASE)
_STOP = re.compile(
    r"(?:\*\*\* ?END OF (?:THE|THIS) PROJECT GUTENBERG E(?:BOOK|TEXT)|^End of (?:the )?Project Gutenberg)", re.I | re.M
)
_FIELD = re.compile(r"^(Title|Author):[ \t]*(\S[^\r\n]*)", re.MULTILINE)
_HASH = re.compile(r"(#{1,6})[ \t]+(?=\S)")
_ITEM = re.compile(r"(?:[-*+•][ \t]+(?=\S)|(?:>[ \t]*)+(?=\S))")
_FENCE = re.compile(r"(?:```|~~~).*")
_UNDERLINE = re.compile(r"=+|-+")
_CELL = re.compile(r"[^|]+")
_TABLE_RULE = re.compile(r"[|+:\-= \t]{3,}")


def looks_like_markdown(source: str, name: str) -> bool:
    if name.lower().endswith((".md", ".markdown", ".mdown")):
        return True
    return re.search(r"^#{1,6} \S", source, re.MULTILINE) is not None


def manuscript(source: str, name: str = "") -> Manuscript:
    markdown = looks_like_markdown(source, name)
    begin, end, title, author = _book(source)
    language = language_of(source[begin:end])
    lines = _lines(source, begin, end)
    found = Manuscript(source, language, markdown=markdown, title=title, author=author)
    if source[:begin].strip():
        found.paragraphs.append(Paragraph(*_trimmed(source, 0, begin), role="notice"))
    found.paragraphs += _paragraphs(source, lines, language, markdown)
    if source[end:].strip():
        found.paragraphs.append(Paragraph(*_trimmed(source, end, len(source)), role="notice"))
    return found


def _trimmed(source: str, start: int, end: int) -> tuple[int, int]:
    text = source[start:end]
    return start + len(text) - len(text.lstrip()), start + len(text.rstrip())


def _book(source: str) -> tuple[int, int, str, str]:
    """Where the book itself is between the notices of Project Gutenberg, and what they say of it."""
    start = _START.search(source, 0, min(len(source), 60_000))
    begin = start.end() if start else 0
    stop = _STOP.search(source, max(begin, len(source) - 60_000)) if start else None
    end = stop.start() if stop else len(source)
    told = {match[1]: match[2].strip() for match in _FIELD.finditer(source, 0, begin)}
    return begin, end, told.get("Title", ""), told.get("Author", "")


def _lines(source: str, begin: int, end: int) -> list[Paragraph]:
    """Physical lines that are not blank."""
    found: list[Paragraph] = []
    last = begin
    for match in _LINE.finditer(source, begin, end):
        start, stop = _trimmed(source, match.start(), match.end())
        if start >= stop:
            continue
        leads = not found or len(_BREAK.findall(source, last, start)) > 1
        found.append(Paragraph(start, stop, leads=leads))
        last = stop
    return found


def _columns(text: str) -> int:
    if text.isascii():
        return len(text)
    return len(text) + sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)


def _width(source: str, blocks: list[list[Paragraph]]) -> int:
    """Columns at which somebody wrapped the text; 0 where nobody did."""
    inner = sorted(_columns(source[line.start : line.end]) for block in blocks for line in block[:-1])
    if len(inner) < 3:
        return 0
    width = inner[len(inner) * 19 // 20]
    full = sum(0.7 * width <= columns <= width + 3 for columns in inner)
    ended = sum(_ended(source, line) for block in blocks for line in block[:-1])
    return width if 35 <= width <= _WIDEST and full >= 0.6 * len(inner) and ended < 0.5 * len(inner) else 0


def _ended(source: str, line: Paragraph) -> bool:
    return source[line.start : line.end].rstrip(CLOSERS)[-1:] in tuple(SENTENCE_END)


def _paragraphs(source: str, lines: list[Paragraph], language: Language, markdown: bool) -> list[Paragraph]:
    blocks: list[list[Paragraph]] = []
    for line in lines:
        if line.leads:
            blocks.append([])
        blocks[-1].append(line)
    width = _width(source, blocks)
    known = labels.find(source, lines)
    found: list[Paragraph] = []
    for block in blocks:
        found += _block(source, block, width, known, language, markdown)
    return mark_headings(source, found, is_play=bool(known.names))


def _begins(source: str, line: Paragraph, known: labels.Labels, language: Language, markdown: bool) -> bool:
    """Whether a line begins a paragraph whatever stands before it."""
    text = source[line.start : line.end]
    if _bracket_alone(text) or (OPENING.match(text) and (language == "ru" or text[0] == "—")):
        return True
    if markdown and (_HASH.match(text) or _ITEM.match(text) or _FENCE.match(text) or text[0] == "|"):
        return True
    return known.at(source, line.start, line.end) is not None or level_of(text) is not None or is_rule(text)


def _indent(source: str, line: Paragraph) -> int:
    before = source[max(0, line.start - 40) : line.start]
    return len(before) - len(before.rstrip(" \t\u3000\u00a0"))


def _block(
    source: str, block: list[Paragraph], width: int, known: labels.Labels, language: Language, markdown: bool
) -> list[Paragraph]:
    """The lines of a block put together to paragraphs."""
    inner = block[:-1]
    full = sum(_columns(source[line.start : line.end]) >= 0.6 * width for line in inner)
    wrapped = bool(width) and full >= 0.6 * len(inner)
    verse = not wrapped and len(block) > 2
    verse = verse and all(_columns(source[line.start : line.end]) <= _NARROW for line in block)
    margin = min(_indent(source, line) for line in block)
    found: list[Paragraph] = []
    for at, line in enumerate(block):
        begins = at == 0 or _begins(source, line, known, language, markdown)
        ended = found and _is_alone(source, found[-1], markdown)
        if begins or ended or not wrapped or (_indent(source, line) > margin and _indent(source, line) < 12):
            if found and verse and not begins and not ended:
                found[-1].soft = True
            found.append(replace(line, leads=at == 0))
        else:
            found[-1].end = line.end
    if markdown:
        return _markdown(source, found)
    return found


def _bracket_alone(text: str) -> bool:
    return text[0] in "[【［" and text[-1] in "]】］"


def _is_alone(source: str, line: Paragraph, markdown: bool) -> bool:
    """Whether nothing can go on in the next line."""
    text = source[line.start : line.end]
    return (
        is_rule(text)
        or _bracket_alone(text)
        or level_of(text) is not None
        or bool(markdown and (_HASH.match(text) or _FENCE.match(text)))
    )


def _markdown(source: str, block: list[Paragraph]) -> list[Paragraph]:
    found: list[Paragraph] = []
    for line in block:
        text = source[line.start : line.end]
        if heading := _HASH.match(text):
            found.append(replace(line, role="heading", level=len(heading[1]), marks=heading.end()))
        elif found and found[-1].role == "text" and _UNDERLINE.fullmatch(text) and len(text) > 2:
            found[-1].role, found[-1].level = "heading", 1 if text[0] == "=" else 2
            found.append(replace(line, role="rule", level=0))
        elif _FENCE.fullmatch(text) or _TABLE_RULE.fullmatch(text):
            found.append(replace(line, marks=len(text)))
        elif item := _ITEM.match(text):
            found.append(replace(line, marks=item.end()))
        elif text[0] == "|":
            found += _cells(source, line)
        else:
            found.append(line)
    return found


def _cells(source: str, row: Paragraph) -> list[Paragraph]:
    """The cells of a table's row, each for itself; the strokes between them are left to nobody."""
    found: list[Paragraph] = []
    for match in _CELL.finditer(source, row.start, row.end):
        start, end = _trimmed(source, match.start(), match.end())
        if start < end:
            found.append(Paragraph(start, end, soft=True, leads=False))
    if found:
        found[-1].soft = False
    return found


def mark_headings(source: str, found: list[Paragraph], *, is_play: bool) -> list[Paragraph]:
    """The same paragraphs, with those that are headings or breaks marked so."""
    numbers = {at for at, each in enumerate(found) if each.leads and is_number(source[each.start : each.end])}
    for at, each in enumerate(found):
        text = source[each.start : each.end]
        if each.role != "text" or each.marks or len(text) > 200:
            continue
        if is_rule(text):
            each.role = "rule"
        elif (level := level_of(text)) is not None:
            each.role, each.level = "heading", level
        elif is_play or not each.leads or len(text) > LONGEST:
            continue
        elif (len(numbers) > 1 and at in numbers) or is_numbered_title(text):
            each.role, each.level = "heading", 2
    for heading, each in itertools.pairwise(found):
        bare = heading.role == "heading" and not heading.marks and is_bare(source[heading.start : heading.end])
        if bare and each.role == "text" and not each.marks and is_title(source[each.start : each.end]):
            each.role, each.level = "heading", heading.level
    _without_contents(found)
    return found


def _without_contents(found: list[Paragraph]) -> None:
    """Four headings and more of one level without a text between them are a table of contents: text."""
    run: list[Paragraph] = []
    for each in [*found, Paragraph(0, 0)]:
        if each.role == "heading":
            run.append(each)
            continue
        levels = [heading.level for heading in run]
        if max((levels.count(level) for level in levels), default=0) > 3:
            for heading in run[:-1]:
                heading.role = "text"
        run = []
