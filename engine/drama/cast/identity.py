"""Ids of characters: their name in small Latin letters."""

import re
from collections.abc import Collection
from hashlib import sha256
from unicodedata import normalize

_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "y",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu",
    "я": "ya", "і": "i", "ѣ": "e", "ѳ": "f", "ѵ": "i",
}  # fmt: skip


def identity(name: str, taken: Collection[str]) -> str:
    """An id for a name, as `^[a-z][a-z0-9_-]{0,39}$`, that nobody has: `anna`, `raskolnikov`, `baoyu`. The same name
    gives the same id while it is free.
    """
    slug = _latin(name)[:36].strip("-")
    if not slug or not slug[0].isalpha():
        slug = f"c-{sha256(name.encode()).hexdigest()[:8]}"
    found, number = slug, 2
    while found in taken:
        found, number = f"{slug}-{number}", number + 1
    return found


def _latin(name: str) -> str:
    text = name.casefold()
    if re.search(r"[\u3400-\u9fff]", text):
        text = _pinyin(text)
    text = "".join(_CYRILLIC.get(each, each) for each in text)
    text = normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")


def _pinyin(text: str) -> str:
    """Without pypinyin, nothing of Chinese characters is left, and the id becomes a number."""
    try:
        from pypinyin import lazy_pinyin
    except ImportError:
        return ""
    return "".join(lazy_pinyin(text))
