"""Speech after a dash: `— Реплика, — сказал он. — Реплика.`

What ends the character's words and what begins them anew follows Rosenthal's handbook, chapter on direct speech: a
comma, an exclamation or question mark, dots or a full stop before the dash; a small letter after it for the author's
words, and where a capital follows a full stop, a verb of telling or another full stop and dash after them.
"""

import re

from engine.drama.script.quotes import Part
from engine.drama.script.words import verb

OPENING = re.compile(r"(?:[—–―]|--)\s*(?=[^\s—–-])|-[ \t\u00a0]+(?=[^\s-])")
"""How a paragraph of speech begins."""
_SWITCH = re.compile(r"(?<![,.!?…:;])([,.!?…:;]+[»”\")\]]*)(\s*(?:[—–―]|(?<=\s)-{1,2}(?=\s)|--(?=\s))\s*)(?=(\S))")
_PAST = re.compile(r"\b\w{2,}(?:л|ла|ло|ли)(?:ся|сь)?\b|\b\w+(?:нул|нула|ёл|шла|шли)\b")
_COLON = re.compile(r":(\s*[—–―]\s*)(?=[А-ЯЁA-Z«\d])")


def parts(text: str, start: int, end: int) -> list[Part]:
    """A paragraph that begins with a dash as dialogue and narration that tile it."""
    found: list[Part] = []
    at, speaking = start, True
    opening = OPENING.match(text, start, end)
    switches = list(_SWITCH.finditer(text, opening.end() if opening else start, end))
    for number, match in enumerate(switches):
        framed = number + 1 < len(switches) and match[1].rstrip(")]") == switches[number + 1][1] == "."
        if speaking and not framed and not _authors(text, match, end):
            continue
        cut = match.end(1)
        found.append((at, cut, "dialogue" if speaking else "narration"))
        at, speaking = cut, not speaking
    found.append((at, end, "dialogue" if speaking else "narration"))
    return found


def _authors(text: str, match: re.Match[str], end: int) -> bool:
    """Whether the author's words begin after the dash of the match."""
    marks, following = match[1], match[3]
    if marks[0] in ":;":
        return False
    rest = text[match.end() : min(end, match.end() + 100)]
    clause = re.split(r"[.!?…,;:]", rest.lower())[0]
    words = clause.split()
    near = " ".join(words[: 8 if following.islower() else 4])
    tells = bool(verb("speech").search(near) or verb("thought").search(near) or _PAST.search(near))
    if marks[0] == ",":
        return following.islower() and (tells or len(words) <= 3)
    return tells if following.isupper() else following.islower()


def inside(text: str, start: int, end: int) -> list[Part]:
    """A quotation with the author's words in it, as in `«Что это? — подумал он. — Не знаю».`; one part where there are
    none.
    """
    found = parts(text, start, end)
    own = [text[low:high].lower() for low, high, kind in found if kind == "narration"]
    if not own or not any(verb("speech").search(words) or verb("thought").search(words) for words in own):
        return [(start, end, "dialogue")]
    thought = any(verb("thought").search(words) for words in own)
    return [(low, high, "thought" if thought and kind == "dialogue" else kind) for low, high, kind in found]


def after_colon(text: str, start: int, end: int) -> list[Part]:
    """Narration that lets somebody speak after a colon and a dash: `Он сказал: — Пойдём.`"""
    match = _COLON.search(text, start, end)
    if match is None or not verb("speech").search(text[max(start, match.start() - 60) : match.start()].lower()):
        return [(start, end, "narration")]
    cut = match.start() + 1
    return [(start, cut, "narration"), *parts(text, cut, end)]
