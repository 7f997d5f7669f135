"""What a text says beside its wishes: "ten seconds of funk, two versions, as mp3" is called "funk"."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate

from engine.speech.numbers import normalise
from engine.speech.wish import Wish

_CUT = "\0"
_PUNCTUATION = ",;，；、"
_VERB = (
    r"(?:(?:please )?\b(?:make|generate|create|compose|write|give me|do|i want|i need|сделай\w*|создай\w*|напиши\w*|"
    r"сочини\w*|сгенерируй\w*|дай\w*|хочу|нужно|нужны)(?: me| us| мне)? +|(?:请|给我|帮我)*(?:做|写|来|生成|创作|要))"
)
_BEFORE = (
    r"(?:\b(?:for|in|as|with|of|about|around|lasting|на|в|во|из|с|около|примерно|длиной|длительностью|"
    r"продолжительностью) +)"
)
_ARTICLE = r"(?:\b(?:an?|the) +)"
_BEHIND = r"(?: *\b(?:long|длиной)\b)?"
_OF = rf" *(?:\bof\b|的|(?=[{_PUNCTUATION}.。!！?？\n]|$))"

_SEVERAL = re.compile(rf"{_CUT}(?:[\s{_PUNCTUATION}.。]*(?:(?:and|и) |[和并])?{_CUT})+", re.IGNORECASE)
_JOINTS = re.compile(rf"{_VERB}?{_BEFORE}?{_ARTICLE}?{_CUT}{_BEHIND}{_OF}|{_BEFORE}?{_CUT}{_BEHIND}", re.IGNORECASE)
_LONELY = re.compile(
    rf"^(?: *[{_PUNCTUATION}.。:：])+|(?: *[{_PUNCTUATION}])+(?= *(?:[{_PUNCTUATION}.。]|$))", re.MULTILINE
)
_INDEFINITE = re.compile(rf"\b(a)n? *{_CUT} *(?!of\b|long\b)(?=([aeio])?\w)", re.IGNORECASE | re.ASCII)


def beside(text: str, wishes: Iterable[Wish]) -> str:
    """`text` as it was typed, without the words of the wishes and what joined them to it; all of it where no word
    would be left. `wishes`: those of the normalised text."""
    cut = re.sub(r"[ \t]+", " ", _cut(text.replace(_CUT, " "), wishes))
    if _CUT not in cut:
        return text
    one = _INDEFINITE.sub(lambda match: match[1] + ("n " if match[2] else " "), _SEVERAL.sub(_CUT, cut))
    joined = _JOINTS.sub(lambda match: "" if re.search(r"[\u3400-\u9fff]$", one[: match.start()]) else " ", one)
    rest = re.sub(r" +", " ", _LONELY.sub("", re.sub(r" +(?=[,;.，；、。])", "", joined)))
    rest = "\n".join(line.strip() for line in rest.splitlines())
    return rest if re.search(r"\w", rest) else text


def _cut(text: str, wishes: Iterable[Wish]) -> str:
    """`text` with a mark for the words of each wish; as it is where its signs are not normalised one by one."""
    parts = [normalise(sign) for sign in text]
    parts = ["" if at and part == parts[at - 1] == " " else part for at, part in enumerate(parts)]
    if "".join(parts) != normalise(text):
        return text
    ends = list(accumulate(map(len, parts)))
    for wish in sorted(wishes, key=lambda wish: -wish.start):
        first, last = bisect_right(ends, wish.start), bisect_left(ends, wish.end)
        text = text[:first] + _CUT + text[last + 1 :]
    return text
