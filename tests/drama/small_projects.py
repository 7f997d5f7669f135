"""Projects written down in a line, as the reader of scripts makes them."""

import re

from engine.drama.project import Language, Line, Project


def project(text: str, language: Language = "en", **fields: object) -> Project:
    """`text`: a paragraph a line; `<speech>` stands for dialogue, `# ` begins a heading; the rest is narration."""
    lines: list[Line] = []
    at = 0
    for paragraph in text.strip().split("\n"):
        heading = paragraph.startswith("# ")
        parts = [each for each in re.split(r"(<[^>]*>)", paragraph.removeprefix("# ")) if each.strip()]
        for place, part in enumerate(parts):
            said = part.strip("<>").strip()
            kind = "heading" if heading else "dialogue" if part.startswith("<") else "narration"
            ends = "sentence" if place < len(parts) - 1 else "chapter" if heading else "paragraph"
            line = {"id": f"l{len(lines) + 1}", "start": at, "end": at + len(said), "text": said}
            lines.append(Line.model_validate({**line, "kind": kind, "break_after": ends}))
            at += len(said)
    source = "".join(line.text for line in lines)
    return Project.model_validate({"language": language, "source": source, "lines": lines, **fields})


def speakers(found: Project) -> list[str]:
    """Names of who speaks the dialogue, line by line."""
    return [found.character(line.speaker).name for line in found.lines if line.kind in ("dialogue", "thought")]
