"""A short text as a project, without the readers of scripts: paragraphs, quotes, sentences."""

import re

from engine.drama.project import Break, Chapter, Language, Line, Project

_QUOTE = re.compile(r"(“[^”]*”|\"[^\"]*\"|«[^»]*»|「[^」]*」)")
_SENTENCE = re.compile(r".+?(?:(?<!Mr)(?<!Mrs)(?<!Dr)[.!?…]+[»”\"]?(?=\s|$)|[。！？]+|$)", re.DOTALL)
_DASH = re.compile(r"^[—–-]\s*(.*?)(?:,?\s+[—–]\s*([а-яё].*))?$", re.DOTALL)


def told(text: str, language: Language, title: str = "") -> Project:
    """`text` in lines; blank lines part paragraphs, `***` scenes; `title` becomes the heading of one chapter."""
    lines: list[Line] = []

    def add(said: str, kind: str, after: Break) -> None:
        if said.strip():
            lines.append(
                Line(id=f"l{len(lines)}", start=0, end=0, text=said.strip(), kind=kind, break_after=after)  # type: ignore[arg-type]
            )

    if title:
        add(title, "heading", "paragraph")
    for paragraph in text.strip().split("\n"):
        if paragraph.strip() == "***":
            lines[-1].break_after = "scene"
            continue
        dash = _DASH.match(paragraph.strip())
        if dash and paragraph.strip()[0] in "—–-":
            add(dash[1], "dialogue", "sentence")
            if dash[2]:
                add(dash[2], "narration", "sentence")
        else:
            for part in _QUOTE.split(paragraph):
                if _QUOTE.fullmatch(part):
                    add(part, "dialogue", "sentence")
                else:
                    for sentence in _SENTENCE.finditer(part):
                        add(sentence[0], "narration", "sentence")
        if lines:
            lines[-1].break_after = "paragraph"
    chapters = [Chapter(title=title, line="l0")] if title else []
    return Project(language=language, source=text, lines=lines, chapters=chapters)
