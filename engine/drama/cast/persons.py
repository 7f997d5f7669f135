"""Which capitalised words of a Russian text are people: slovnet's recogniser of names (weights inside natasha, MIT)."""

from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from engine.drama.cast.morphology import stem
from engine.drama.cast.passages import Book

_MOST = 400_000
"""Code points that are looked through: names repeat."""


def persons(book: Book) -> tuple[set[str], set[str]]:
    """Stems of words that are people's, and of those that are other things'. Both empty without slovnet."""
    recognise = recogniser()
    if recognise is None:
        return set(), set()
    people: Counter[str] = Counter()
    others: Counter[str] = Counter()
    left = _MOST
    for text in book.told:
        if left < 0:
            break
        left -= len(text)
        if not any(character.isupper() for character in text[1:]):
            continue
        for span in recognise(text).spans:
            into = people if span.type == "PER" else others
            into.update(stem(word) for word in text[span.start : span.stop].split() if word[:1].isupper())
    return {key for key in people if people[key] >= others[key]}, {key for key in others if others[key] > people[key]}


def recogniser() -> Any:
    """Takes a second and 90 MB; None where slovnet or its weights are not installed."""
    try:
        from navec import Navec
        from slovnet import NER
    except ImportError:
        return None
    spec = find_spec("natasha")
    if spec is None or spec.origin is None:
        return None
    data = Path(spec.origin).parent / "data"
    found = NER.load(str(data / "model" / "slovnet_ner_news_v1.tar"))
    found.navec(Navec.load(str(data / "emb" / "navec_news_v1_1B_250K_300d_100q.tar")))
    return found
