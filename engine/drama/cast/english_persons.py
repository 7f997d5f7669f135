"""English: what a name or a noun tells of a person, and which names are one person's. Tables: `english.toml`."""

import re

from engine.drama.cast.aliases import rooted
from engine.drama.cast.rules import Ref
from engine.drama.cast.tables import table, words
from engine.drama.project import Age, Gender


class EnglishPersons:
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
        return (
            not title
            and len(parts) == 1
            and parts[0] not in given
            and any(other != name and theirs[1][-1] == parts[0] for other, theirs in split.items())
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


def contains(longer: tuple[str, ...], shorter: tuple[str, ...], short: dict[str, set[str]]) -> bool:
    return all(part in longer or short.get(part, set()) & set(longer) for part in shorter)
