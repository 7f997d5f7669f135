"""Bytes as text, in whatever usual encoding they came.

Marks at the beginning and strict UTF-8 leave no doubt. Among the others the likeliest is taken by how its letters look
in the three languages: detectors of the shelf take short Chinese texts for nothing at all.
"""

import codecs
import re
from typing import Final

from engine.drama.script.sniff import utf_16_without_mark
from engine.errors import invalid

MOST_TEXT: Final = 8 * 2**20
"""Bytes of a text; a long novel has two million."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CANDIDATES = ("gb18030", "big5", "cp1251", "koi8_r", "cp866", "cp1252")
_HALVES = re.compile("[\ud800-\udfff]")
_COMMON = frozenset(
    "的一是不了人我在有他这这個个上们們来來到时時大地为為子中你说說生国國年着著就那和要她出也得里裡后後自以会會家可下而过過天去能对對小多然于於心学學"
    "么麼之都好看起发發当當没沒成只如事把还還用第样樣道想作种種开開美总總从從无無己面最女但现現前些所同日手又行意动動方期它头頭经經长長儿兒回位分爱愛老因"
    "很给給名法间間斯知世什两兩次使身者被高已亲親其进進此话話常与與活正感见見明问問力理尔爾点點文几幾定本公特做外孩相西果走将將月十实實向声聲车車全信重三"
    "机機工物气氣每并並别別真打太新比才便夫再书書部水像眼等体體却加电電主界门門利海受听聽表德少克代员員许許先口由死安写寫性马馬光白或住难難望教命花结結乐樂色笑"
    "，。！？：；“”「」『』、…—《》"
)


def decoded(data: bytes) -> str:
    """The text without a mark of its encoding. Raises INVALID_INPUT `script_too_long`, `script_not_text`."""
    if len(data) > MOST_TEXT:
        raise too_long()
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, errors="replace")
    if wide := utf_16_without_mark(data):
        return _checked(data.decode(wide, errors="replace"))
    try:
        return _checked(data.decode("utf-8"))
    except UnicodeDecodeError as fault:
        if fault.start > 0 and fault.start >= len(data) - 3 and not data[: fault.start].isascii():
            return data[: fault.start].decode("utf-8") + "\ufffd"  # cut in the middle of a character
    _refuse_binary(data)
    return max(_decodings(data), key=_looks, default="") or data.decode("latin-1")


def cleaned(text: str) -> str:
    """A text that came as one: without a byte order mark, halves of characters replaced one for one."""
    return _checked(_HALVES.sub("\ufffd", text.removeprefix("\ufeff")))


def too_long() -> Exception:
    return invalid("script_too_long", limit_mb=MOST_TEXT // 2**20)


def _checked(text: str) -> str:
    """Raises INVALID_INPUT for what has the bytes of a text and is none."""
    if text.count("\x00") > max(8, len(text) // 100):
        raise invalid("script_not_text")
    return text


def _refuse_binary(data: bytes) -> None:
    head = data[:65_536]
    controls = sum(head.count(byte) for byte in (*range(9), *range(14, 27), *range(28, 32)))
    if controls > max(2, len(head) // 500):
        raise invalid("script_not_text")


def _decodings(data: bytes) -> list[str]:
    found = []
    for name in _CANDIDATES:
        try:
            found.append(data.decode(name))
        except UnicodeDecodeError:
            found.append(data.decode(name, errors="replace"))
    return found


_WORD = re.compile(r"[^\W\d_]+")


def _looks(text: str) -> float:
    """How much a decoded text looks like one of the three languages: between -1 and 1, by its letters that are not of
    ASCII.
    """
    sample = text[:20_000]
    foreign = [letter for letter in sample if ord(letter) > 127]
    if not foreign:
        return 0.0
    score: float = sum(letter in _COMMON for letter in foreign) - sum(
        3 for letter in foreign if letter == "\ufffd" or 0x80 <= ord(letter) < 0xA0 or 0xE000 <= ord(letter) < 0xF900
    )
    score -= sum(0.5 for letter in foreign if 0x2500 <= ord(letter) < 0x25A0)
    for match in _WORD.finditer(sample):
        score += _word(match[0])
    return score / len(foreign)


def _word(word: str) -> float:
    """Of a word's letters outside ASCII: how many stand where they do in words."""
    foreign = [letter for letter in word if ord(letter) > 127]
    if not foreign or "\u3400" <= foreign[0] <= "\u9fff":
        return 0.0
    well_cased = word.islower() or word.istitle() or word.isupper()
    if "\u0400" <= foreign[0] <= "\u04ff":
        common = sum(letter in "оеаинтсрвлкмдпуяыьгзбч" for letter in foreign)
        return (0.2 * len(foreign) + 0.6 * common) if well_cased and not word.isupper() else -0.3 * len(foreign)
    latin = len(foreign) < len(word) or len(word) == 1
    return (
        0.7 * len(foreign) if well_cased and latin and len(foreign) <= max(1, len(word) // 2) else -0.5 * len(foreign)
    )
