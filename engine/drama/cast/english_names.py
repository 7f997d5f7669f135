"""English: words for people, names and common nouns, and which of them are one person. Tables: `english.toml`."""

import re
from collections import Counter

from engine.drama.cast.aliases import rooted
from engine.drama.cast.passages import Book
from engine.drama.cast.rules import Ref
from engine.drama.cast.tables import table, words
from engine.drama.project import Age, Gender

TOKEN = re.compile(r"[A-Za-z]+(?:[’'-][A-Za-z]+)*\.?|[^\sA-Za-z]")
_ARTICLES = {"the", "a", "an", "this", "that", "another", "one", "each", "every", "some"}
_VOICES = {"voice", "voices", "tone", "tones"}
POSSESSIVES = {"his", "her", "my", "our", "their", "your", "its"}
TITLE_DOTS = re.compile(r"\b(Mr|Mrs|Ms|Dr|St|Messrs|Prof|Capt|Col|Gen|Rev|Hon)\.")
_GRAMMAR = _ARTICLES | POSSESSIVES | {"i", "he", "she", "they", "we", "you", "it", "but", "and", "then", "so", "as", "poor", "dear"}
_FIRST = {"i", "myself"}


class EnglishNames:
    def __init__(self) -> None:
        self.names: set[str] = set()
        self._speech = words("english", "speech")
        self._male, self._female = words("english", "male"), words("english", "female")
        self._people = self._male | self._female | words("english", "other")
        self._kin = words("english", "kin")
        self._stops, self._adverbs = words("english", "stops"), words("english", "adverbs")
        self._titles = {
            "male": words("english", "titles_male"),
            "female": words("english", "titles_female"),
            "unknown": words("english", "titles_other"),
        }
        self._all_titles = set().union(*self._titles.values())
        self._given = {"male": words("english", "names_male"), "female": words("english", "names_female")}
        self._silent = re.compile(table("english")["silent"].strip())

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
                gender = each  # type: ignore[assignment]
        age: Age = "old" if lowered & {"old", "aged", "elderly"} else self.age(word)
        relation = kin and word in self._kin
        return Ref("kin" if relation else "noun", word, gender, age)

    def same_person(self, names: dict[str, int]) -> dict[str, str]:
        short: dict[str, set[str]] = {}
        for entry in table("english")["short"].split():
            full, forms = entry.split(":")
            for form in forms.split(","):
                short.setdefault(form, set()).add(full)
        split = {name: self._split(name) for name in names}
        merged: dict[str, str] = {}
        by_size = sorted(names, key=lambda name: (len(split[name][1]), names[name]))
        for name in by_size:
            title, parts = split[name]
            fits = []
            for other in names:
                other_title, other_parts = split[other]
                if other == name or not contains(other_parts, parts, short):
                    continue
                if len(other_parts) == len(parts) and not (title == "" and other_title) and parts == other_parts:
                    continue
                mine, theirs = self.gender(name), self.gender(other)
                if "unknown" not in (mine, theirs) and mine != theirs:
                    continue
                if theirs == "female" and mine == "unknown" and self._surname(name, split) and other_title:
                    continue
                fits.append(other)
            if title == "miss" and len(parts) == 1:
                fits = [each for each in fits if len(split[each][1]) > 1]
            if self._surname(name, split):
                fits = [each for each in fits if self.gender(each) != "female"] or fits
                several = len({split[each][1] for each in fits if len(split[each][1]) > 1}) > 1
                fits = [] if several else fits
            roots = {merged.get(each, each) for each in fits}
            if len(roots) == 1 or (roots and not title):
                merged[name] = max(roots, key=lambda each: (names.get(each, 0), len(each)))
        for name in names:
            if name in words("english", "ranks"):
                alike = {name, "dr"} if name == "doctor" else {name}
                titled = [merged.get(each, each) for each in names if split[each][0] in alike and each != name]
                if len({split[each][1][-1] for each in titled}) == 1:
                    merged[name] = max(titled, key=lambda each: names.get(each, 0))
        return rooted(merged)

    def _surname(self, name: str, split: dict[str, tuple[str, tuple[str, ...]]]) -> bool:
        """Whether others have it behind a title or a given name: a whole family may."""
        title, parts = split[name]
        given = self._given["male"] | self._given["female"]
        return not title and len(parts) == 1 and parts[0] not in given and any(
            other != name and theirs[1][-1] == parts[0] for other, theirs in split.items()
        )

    def _split(self, name: str) -> tuple[str, tuple[str, ...]]:
        tokens = [each.rstrip(".").casefold() for each in name.split()]
        title = next((each for each in tokens if each in self._all_titles), "")
        return title, tuple(each for each in tokens if each not in self._all_titles) or tuple(tokens)

    def kin(self, ref: Ref, names: list[str]) -> list[int]:
        title = {
            "wife": "mrs",
            "lady": "mrs",
            "mother": "mrs",
            "mistress": "mrs",
            "hostess": "mrs",
            "husband": "mr",
            "father": "mr",
        }
        wanted = title.get(ref.words)
        return [at for at, name in enumerate(names) if wanted and name.split()[0].rstrip(".").casefold() == wanted]

    def gender(self, name: str) -> Gender:
        tokens = [each.rstrip(".").casefold() for each in name.split()]
        for token in tokens:
            if token in self._titles["male"]:
                return "male"
            if token in self._titles["female"]:
                return "female"
        for token in tokens:
            for gender in ("male", "female"):
                if token in self._given[gender]:
                    return gender
        if tokens and tokens[-1] in self._male:
            return "male"
        if tokens and tokens[-1] in self._female:
            return "female"
        return "unknown"

    def likely_gender(self, name: str) -> Gender:
        return "unknown"

    def age(self, name: str) -> Age:
        tokens = name.casefold().split()
        if any(token in words("english", "child") for token in tokens) or tokens[:1] == ["master"]:
            return "child"
        return "old" if any(token in words("english", "old") for token in tokens) else "unknown"


def bare(word: str) -> str:
    return re.sub(r"[’']s?$", "", word).rstrip(".")


def contains(longer: tuple[str, ...], shorter: tuple[str, ...], short: dict[str, set[str]]) -> bool:
    return all(part in longer or short.get(part, set()) & set(longer) for part in shorter)
