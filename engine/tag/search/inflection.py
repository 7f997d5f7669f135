"""One form for all forms of a word: English plurals, Russian endings."""

import re

_ENDINGS = (
    "иями|ями|ами|иях|ях|ах|иям|ям|ам|ием|ем|ом|ией|ей|ой|ий|ый|ью|ья|ье|ию|ия|ии|ие|ев|ов|ее|ая|яя|ое|ые|ую|юю|"
    "его|ого|ему|ому|ими|ыми|их|ых|им|ым|а|я|о|е|у|ю|ы|и|ь|й"
)
_RUSSIAN = re.compile(f"(?:{_ENDINGS})$")
_SHORTEST = 3


def stem(word: str) -> str:
    """The part that all forms of a normalised word share; of short words, and of other scripts, all of it."""
    if "а" <= word[-1] <= "я":
        found = _RUSSIAN.sub("", word)
        return found if len(found) >= _SHORTEST else word
    if len(word) > _SHORTEST and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
