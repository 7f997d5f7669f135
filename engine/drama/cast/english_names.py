"""English: words for people, names and common nouns, and which of them are one person. Tables: `english.toml`."""

import re
from collections import Counter

from engine.drama.cast.english_persons import EnglishPersons
from engine.drama.cast.passages import Book
from engine.drama.cast.rules import Ref
from engine.drama.cast.tables import words
from engine.drama.project import Age, Gender

TOKEN = re.compile(r"[A-Za-z]+(?:[’'-][A-Za-z]+)*\.?|[^\sA-Za-z]")
_ARTICLES = {"the", "a", "an", "this", "that", "another", "one", "each", "every", "some"}
_VOICES = {"voice", "voices", "tone", "tones"}
POSSESSIVES = {"his", "her", "my", "our", "their", "your", "its"}
TITLE_DOTS = re.compile(r"\b(Mr|Mrs|Ms|Dr|St|Messrs|Prof|Capt|Col|Gen|Rev|Hon)\.")
_GRAMMAR = (
    _ARTICLES
    | POSSESSIVES
    | {"i", "he", "she", "they", "we", "you", "it", "but", "and", "then", "so", "as", "poor", "dear"}
)
_FIRST = {"i", "myself"}


class EnglishNames(EnglishPersons):
    def learn(self, book: Book) -> None:
        capital: Counter[str] = Counter()
        small: Counter[str] = Counter()
        initial: Counter[str] = Counter()
        for paragraph in book.paragraphs:
            if paragraph.heading:
                continue
            ended = True
            for passage in paragraph.passages:
                text = TITLE_DOTS.sub(r"\1", passage.text)
                for token in TOKEN.findall(text):
                    if not token[0].isalpha():
                        ended = token in ".!?“‘:—;" or (ended and token in "”’\"'(")
                        continue
                    word = token.rstrip(".")
                    if word[0].islower():
                        small[word] += 1
                    else:
                        (initial if ended else capital)[bare(word)] += 1
                    ended = token.endswith(".") and word.casefold() not in self._all_titles
                if passage.said:
                    ended = text.rstrip("”’\"' ")[-1:] in ".!?"
                    ended = False
        barred = words("english", "not_names") - {"may", "june", "april", "august"}
        barred |= self._adverbs | self._stops | _GRAMMAR
        given = self._given["male"] | self._given["female"]
        for word, count in initial.items():
            known = word.casefold() in given and word.casefold() not in (
                "will",
                "may",
                "mark",
                "grace",
                "rose",
                "ray",
                "max",
            )
            if known or (count > 2 and not small[word.casefold()] and not re.search(r"(ly|ing|ed|n[’']t)$", word)):
                capital[word] += count
        self.names = {
            word
            for word, count in capital.items()
            if word.casefold() not in barred
            and word.casefold() not in self._all_titles
            and not (word.isupper() and len(word) > 1)
            and (count > small[word.casefold()] or word.casefold() in given)
            and len(word) > 1
        }

    def _tokens(self, text: str) -> list[str]:
        return [token.rstrip(".") or token for token in TOKEN.findall(TITLE_DOTS.sub(r"\1", text))]

    def _subject_at(self, tokens: list[str], at: int) -> tuple[Ref, int] | None:
        """Somebody named at this place, and where the words for them end."""
        if at >= len(tokens):
            return None
        word = tokens[at].lower()
        if word in ("he", "she"):
            return Ref("pronoun", word, "male" if word == "he" else "female", at=at), at + 1
        if word in _FIRST:
            return Ref("self", at=at), at + 1
        if word in ("they", "we", "both", "all", "everybody"):
            return Ref("many", at=at), at + 1
        if found := self._named(tokens, at):
            ref, stop = found
            if tokens[stop - 1].endswith(("’s", "'s")) and stop < len(tokens):
                if behind := self._voice_at(tokens, stop):
                    return ref, behind
                return self._noun(tokens, stop, kin=True) or None
            return ref, stop
        if word in _ARTICLES:
            return self._noun(tokens, at + 1, kin=False)
        if word in POSSESSIVES and (stop := self._voice_at(tokens, at + 1)):
            kind, gender = {"his": ("pronoun", "male"), "her": ("pronoun", "female"), "my": ("self", "unknown")}.get(
                word, ("many", "unknown")
            )
            return Ref(kind, word if kind == "pronoun" else "", gender, at=at), stop  # type: ignore[arg-type]
        if word in POSSESSIVES:
            return self._noun(tokens, at + 1, kin=word not in ("my", "our"))
        return None

    def _voice_at(self, tokens: list[str], at: int) -> int:
        """Where `own deep voice` ends, if a voice is named there; it is its owner who speaks with it."""
        for place in range(at, min(at + 3, len(tokens))):
            if tokens[place].lower() in _VOICES:
                return place + 1
            if not tokens[place][0].isalpha() or tokens[place].lower() in self._stops:
                break
        return 0

    def _named(self, tokens: list[str], at: int) -> tuple[Ref, int] | None:
        parts: list[str] = []
        gender: Gender = "unknown"
        stop = at
        while stop < len(tokens):
            token = tokens[stop]
            core = bare(token)
            title = core.casefold() in self._all_titles and token[0].isupper()
            if title and (parts and not self._is_title(parts[-1])):
                break
            known = title or core in self.names
            by_name = stop == at > 0 and stop + 1 < len(tokens) and bare(tokens[stop + 1]) in self.names
            if not (token[0].isupper() and (known or (by_name and core.casefold() not in _GRAMMAR))):
                break
            if title:
                for each, listed in self._titles.items():
                    if core.casefold() in listed and each != "unknown":
                        gender = each  # type: ignore[assignment]
            parts.append(core)
            stop += 1
            if token != core:
                break
        if not parts or (len(parts) == 1 and self._is_title(parts[0])):
            return None
        name = " ".join(f"{part}." if part in ("Mr", "Mrs", "Dr", "Ms") else part for part in parts)
        return Ref("name", name, gender, at=at), stop

    def _is_title(self, word: str) -> bool:
        return word.casefold() in self._all_titles

    def _noun(self, tokens: list[str], at: int, *, kin: bool) -> tuple[Ref, int] | None:
        """A common noun for a person, after an article or a possessive."""
        if at < len(tokens) and tokens[at].lower() == "of":
            at += 2
        named: list[str] = []
        for place in range(at, min(at + 5, len(tokens))):
            token, word = tokens[place], tokens[place].lower()
            core = bare(token)
            if not token[0].isalpha() or word in self._stops:
                return (self._made(named), place) if named else None
            if token[0].isupper() and (core in self.names or named or core.casefold() in self._all_titles):
                named.append(core)
                if token != core and place + 1 < len(tokens):
                    return self._noun(tokens, place + 1, kin=True)
                continue
            if named:
                return self._made(named), place
            if core.casefold().rpartition("-")[2] in self._people:
                core = core.rpartition("-")[2]
                if token.endswith(("’s", "'s")) and place + 1 < len(tokens):
                    if behind := self._voice_at(tokens, place + 1):
                        return self._common(core, tokens[at:place], kin), behind
                    return self._noun(tokens, place + 1, kin=True)
                return self._common(core, tokens[at:place], kin), place + 1
            if single := self._singular(core.casefold()):
                if "one" in (tokens[max(0, at - 3)].lower(), tokens[max(0, at - 2)].lower()):
                    return self._common(single, [], kin), place + 1
                return Ref("many", at=at), place + 1
        if named:
            return self._made(named), min(at + 5, len(tokens))
        return None

    def _singular(self, word: str) -> str:
        """Of a plural for people; nothing for other words."""
        for single in (word.removesuffix("s"), word.removesuffix("es"), re.sub("men$", "man", word)):
            if single != word and single in self._people:
                return single
        return ""

    def _made(self, named: list[str]) -> Ref:
        return Ref("name", " ".join(named), self.gender(" ".join(named)))

    def _common(self, head: str, before: list[str], kin: bool) -> Ref:
        word = head.casefold()
        gender: Gender = "male" if word in self._male else "female" if word in self._female else "unknown"
        lowered = {each.lower() for each in before}
        for each in ("male", "female"):
            if lowered & words("english", f"looks_{each}"):
                gender = each
        age: Age = "old" if lowered & {"old", "aged", "elderly"} else self.age(word)
        relation = kin and word in self._kin
        return Ref("kin" if relation else "noun", word, gender, age)


def bare(word: str) -> str:
    return re.sub(r"[’']s?$", "", word).rstrip(".")
