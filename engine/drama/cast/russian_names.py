"""Russian: words for people, names and common nouns, and which of them are one person. Tables: `russian.toml`."""

import re
from collections import Counter, defaultdict
from functools import cached_property
from itertools import pairwise

from engine.drama.cast.aliases import rooted
from engine.drama.cast.morphology import form, plain, speaks, stem
from engine.drama.cast.passages import Book
from engine.drama.cast.persons import persons
from engine.drama.cast.rules import Ref
from engine.drama.cast.tables import table, words
from engine.drama.project import Age, Gender

TOKEN = re.compile(r"[А-Яа-яЁёA-Za-z]+(?:-[А-Яа-яЁёA-Za-z]+)*|[^\s\w]")
_PRONOUNS: dict[str, Gender] = {"он": "male", "она": "female", "тот": "male", "та": "female"}
_OBLIQUE: dict[str, Gender] = {
    "его": "male",
    "ему": "male",
    "ней": "female",
    "ей": "female",
    "нему": "male",
    "него": "male",
}


class RussianNames:
    def __init__(self) -> None:
        self._nominative: dict[str, str] = {}
        self._genders: dict[str, Gender] = {}
        self._adjectives: set[str] = set()
        self._titles = words("russian", "titles")
        self._silent = re.compile(table("russian")["silent"].strip())

    def learn(self, book: Book) -> None:
        capital: dict[str, Counter[str]] = defaultdict(Counter)
        small: Counter[str] = Counter()
        for paragraph in book.paragraphs:
            if paragraph.heading:
                continue
            for passage in paragraph.passages:
                ended = passage.said or not passage.text.lstrip("—–- ")[:1].islower()
                for token in TOKEN.findall(passage.text):
                    if not token[0].isalpha():
                        ended = token in ".!?…:«“(—-" if not (token in "—-" and not passage.said) else ended
                        continue
                    if plain(token) in words("russian", "function"):
                        ended = False
                        continue
                    if token[0].islower():
                        small[stem(token)] += 1
                    elif (not ended or form(token).name) and len(token) > 1 and not token.isupper():
                        capital[stem(token)][token] += 1
                    ended = False
        self._adjectives = self._spoken_of(book)
        people, places = persons(book)
        for key, forms in capital.items():
            count = sum(forms.values())
            if (small[key] > count and key not in people) or (key in places and key not in people):
                continue
            best = max(
                forms,
                key=lambda each: (form(each).subject and form(each).name, form(each).subject, forms[each], -len(each)),
            )
            if best.endswith("а") and best[:-1] in forms:
                best = best[:-1]
            told = form(best)
            if told.spoken and key not in people:
                continue
            if not told.subject and told.name and told.lemma not in (plain(best), ""):
                best = told.lemma.capitalize()
                told = form(best)
            common = not told.name and key not in people and not (told.person or told.subject)
            if common and (small[key] or told.place):
                continue
            self._nominative[key] = best
            self._genders[key] = told.gender

    def _spoken_of(self, book: Book) -> set[str]:
        """Adjectives that stand for people: a verb of speech goes with them."""
        found: set[str] = set()
        for told in book.told:
            tokens = TOKEN.findall(told)
            for one, other in pairwise(tokens):
                for verb, word in ((one, other), (other, one)):
                    if (
                        word.islower()
                        and form(word).adjective
                        and verb.islower()
                        and form(verb).finite
                        and speaks(verb)
                    ):
                        found.add(plain(word))
        return found

    def _subject_at(self, tokens: list[str], at: int) -> tuple[Ref, int] | None:
        token, low = tokens[at], plain(tokens[at])
        if not token[0].isalpha():
            return None
        if low in ("он", "она") and (token.islower() or at == 0 or not tokens[at - 1][0].isalpha()):
            return Ref("pronoun", low, _PRONOUNS[low], at=at), at + 1
        if low == "я":
            return Ref("self", at=at), at + 1
        if low in ("они", "мы", "оба", "все"):
            return Ref("many", at=at), at + 1
        if low == "один" and at + 2 < len(tokens) and tokens[at + 1] == "из":
            word = form(tokens[at + 2]).lemma
            return self._common(word, at), at + 3
        if low in ("тот", "та") and (at + 1 == len(tokens) or not form(tokens[at + 1]).subject):
            return Ref("pronoun", low, _PRONOUNS[low], at=at), at + 1
        if named := self._named(tokens, at, nominative=True):
            return named
        told = form(token)
        if token[0].isupper() and at and not told.person:
            return None
        if told.adjective and told.gender in ("male", "female"):
            stop = at + 1
            while stop < len(tokens) and form(tokens[stop]).adjective:
                stop += 1
            if stop < len(tokens) and tokens[stop][0].isalpha():
                following = form(tokens[stop])
                if plain(tokens[stop]) == "голос":
                    return self._voice(tokens, stop, low)
                if following.subject and following.person:
                    words_for = (
                        f"{low} {plain(tokens[stop])}" if plain(tokens[stop]) == "человек" else plain(tokens[stop])
                    )
                    return self._common(words_for, at, following.gender), stop + 1
            before = tokens[at - 1] if at else ""
            free = stop == len(tokens) or not form(tokens[stop]).person
            follows = not before or before in ",." or (before[0].isalpha() and form(before).finite)
            ends = stop == len(tokens) or not tokens[stop][0].isalpha() or tokens[stop].islower()
            if token.islower() and free and follows and ends and low in self._adjectives:
                return self._common(low, at, told.gender), at + 1
            return None
        if low == "голос":
            return self._voice(tokens, at)
        if told.subject and told.person and (low in self._persons or (not token[0].isupper() and low not in _OBLIQUE)):
            if low in ("кто", "что", "я", "ты", "вы", "это", "сам", "сама", "мы", "никто"):
                return None
            return self._common(low, at, told.gender), at + 1
        return None

    def _voice(self, tokens: list[str], at: int, kind: str = "") -> tuple[Ref, int]:
        """Whose voice it is, where that is said: `голос Анны`, `женский голос`."""
        if (
            at + 1 < len(tokens)
            and tokens[at + 1][0].isupper()
            and (owner := self._named(tokens, at + 1, nominative=False))
        ):
            return Ref("name", owner[0].words, at=at), owner[1]
        for gender in ("male", "female", "unknown"):
            if kind in words("russian", f"voice_{gender}"):
                return Ref(
                    "noun", f"{kind} голос", gender, "child" if gender == "unknown" else "unknown", at=at
                ), at + 1
        return Ref("noun", "голос", at=at), at + 1

    @cached_property
    def _persons(self) -> frozenset[str]:
        return words("russian", "male") | words("russian", "female") | words("russian", "neutral")

    def _named(self, tokens: list[str], at: int, *, nominative: bool) -> tuple[Ref, int] | None:
        """A proper name at a place, with the title before it."""
        stop, title = at, ""
        if plain(tokens[at]) in self._titles and at + 1 < len(tokens):
            title, stop = plain(tokens[at]), at + 1
        elif (
            not nominative
            and at + 1 < len(tokens)
            and form(tokens[at]).lemma in self._titles
            and tokens[at + 1][0].isupper()
        ):
            title, stop = form(tokens[at]).lemma, at + 1
        parts: list[str] = []
        gender: Gender = "unknown"
        while stop < len(tokens) and tokens[stop][0].isupper() and len(parts) < 3:
            key = stem(tokens[stop])
            if key not in self._nominative:
                break
            told = form(tokens[stop])
            best = self._nominative[key]
            if nominative and tokens[stop] != best and not self._nominal(tokens, stop, best):
                break
            if gender == "unknown" or told.name:
                gender = (
                    self._genders[key] if tokens[stop] == best else told.gender if told.subject else self._genders[key]
                )
            parts.append(tokens[stop] if nominative else best)
            stop += 1
        if not parts:
            return None
        if title in words("russian", "female"):
            gender = "female"
        name = " ".join(([title] if title and len(parts) == 1 else []) + parts)
        return Ref("name", name, gender, at=at), stop

    def _nominal(self, tokens: list[str], at: int, best: str) -> bool:
        """Whether a form other than the usual one is a nominative. `Шатова` is Шатов in the genitive, or a woman where
        a woman's verb stands beside it.
        """
        told = form(tokens[at])
        if not (told.subject and told.name):
            return False
        if told.gender != "female" or form(best).gender != "male":
            return True
        beside = [form(tokens[place]) for place in (at - 1, at + 1) if 0 <= place < len(tokens)]
        return any((each.finite or each.name) and each.gender == "female" for each in beside)

    def _common(self, word: str, at: int, gender: Gender = "unknown") -> Ref:
        for each in ("male", "female"):
            if word in words("russian", each):
                gender = each
        return Ref("kin" if word in words("russian", "kin") else "noun", word, gender, self.age(word), at=at)

    def same_person(self, names: dict[str, int]) -> dict[str, str]:
        short: dict[str, set[str]] = defaultdict(set)
        for entry in table("russian")["short"].split():
            full, forms = entry.split(":")
            for each in forms.split(","):
                short[stem(each)].add(stem(full))
        parts = {name: tuple(stem(each) for each in name.split() if plain(each) not in self._titles) for name in names}
        merged: dict[str, str] = {}
        for name in sorted(names, key=lambda each: (len(parts[each]), names[each])):
            mine = parts[name]
            fits = [
                other
                for other in names
                if other != name
                and parts[other]
                and (len(parts[other]) > len(mine) or (len(parts[other]) == len(mine) and names[other] > names[name]))
                and all(each in parts[other] or short[each] & set(parts[other]) for each in mine)
                and self._agree(name, other)
            ]
            found = rooted(merged)
            roots = {found.get(each, each) for each in fits} - {name}
            if len({parts[each] for each in roots}) == 1 or (len(roots) > 1 and len(mine) > 1):
                merged[name] = max(roots, key=lambda each: (names[each], len(each)))
        return rooted(merged)

    def _agree(self, one: str, other: str) -> bool:
        mine, theirs = self.gender(one), self.gender(other)
        return "unknown" in (mine, theirs) or mine == theirs

    def kin(self, ref: Ref, names: list[str]) -> list[int]:
        return []

    def gender(self, name: str) -> Gender:
        tokens = name.split()
        for token in tokens:
            if plain(token).endswith(("ич", "ыч")):
                return "male"
            if plain(token).endswith(("вна", "чна")):
                return "female"
            for each in ("male", "female"):
                if plain(token) in words("russian", each):
                    return each
        return self._genders.get(stem(tokens[0]), "unknown") if tokens else "unknown"

    def likely_gender(self, name: str) -> Gender:
        return "unknown"

    def age(self, name: str) -> Age:
        tokens = {plain(each) for each in name.split()}
        if tokens & words("russian", "child"):
            return "child"
        if tokens & words("russian", "old"):
            return "old"
        return "young" if tokens & {"молодой", "юноша", "девушка", "барышня"} else "unknown"
