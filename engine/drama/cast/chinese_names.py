"""Chinese: names and which of them are one person. Tables: `chinese.toml`, `foreign.toml`."""

import re
from collections.abc import Iterator
from functools import cached_property

from engine.drama.cast.aliases import rooted
from engine.drama.cast.chinese_people import family, people_of
from engine.drama.cast.passages import Book
from engine.drama.cast.rules import Ref
from engine.drama.cast.tables import table, words
from engine.drama.project import Age, Gender

_ARTICLE = re.compile(
    r"(?:[这那众又]|又?有|内中|早有)?(?:一?(?:个|位|些|名)(?:[\u3400-\u9fff]{1,6}的)?)?(?:[二三四五六七八九]|年轻|年老|中年|陌生)?"
)
_SIZES = ("老", "小", "大")
_AFTER_ONE = "曰道谓大乃遂即又亦从见闻引与自欲问答笑怒喜惊叹令命叱奏视拜起入出"
"""What follows a name of one character, which would be a part of other words elsewhere."""


class ChineseNames:
    def __init__(self) -> None:
        self.names: set[str] = set()
        self._persons = words("chinese", "persons")
        self._classical = False

    def learn(self, book: Book) -> None:
        text = "\n".join(book.told)
        self._classical = "她" not in text
        self.names = people_of(book, classical=self._classical)
        self.names |= {each for each in self._persons if each in text}

    @cached_property
    def _by_letter(self) -> dict[str, list[str]]:
        """First character -> names, the longest first."""
        found: dict[str, list[str]] = {}
        for name in sorted(self.names | self._persons, key=lambda each: (-len(each), each)):
            found.setdefault(name[0], []).append(name)
        return found

    def _name_at(self, text: str, at: int = 0, *, head: bool = False) -> str:
        """The name that begins at a place, which may be the head of a clause; empty where none does."""
        for name in self._by_letter.get(text[at : at + 1], ()):
            stop = at + len(name)
            if text.startswith(name, at) and (head or len(name) > 1 or text[stop : stop + 1] in _AFTER_ONE):
                return name
        return ""

    def _named(self, text: str) -> str:
        """The name that a text begins with, behind an article."""
        at = 0
        name = self._name_at(text, head=True)
        if not name and (article := _ARTICLE.match(text)):
            at = article.end()
            name = self._name_at(text, at)
        if not name and text[at : at + 1] in _SIZES and (noun := self._name_at(text, at + 1)) in self._persons and noun:
            name = text[at] + noun
        while name in self._persons and (further := self._name_at(text, at + len(name))):
            at, name = at + len(name), further
        return name

    def _names_in(self, text: str, at: int = 0) -> Iterator[str]:
        while at < len(text):
            name = self._name_at(text, at)
            if name:
                yield name
            at += len(name) or 1

    def _ref(self, name: str) -> Ref:
        gender = self.gender(name)
        if name in words("chinese", "kin"):
            return Ref("noun", name, gender, self.age(name))
        common = name in self._persons or (name[0] in _SIZES and name[1:] in self._persons)
        return Ref("noun" if common else "name", name, gender, self.age(name))

    def same_person(self, names: dict[str, int]) -> dict[str, str]:
        merged: dict[str, str] = {}
        for name in sorted(names, key=lambda each: (len(each), each)):
            longer = [other for other in names if self._form_of(name, other) or self._styled(name, other)]
            if len(longer) == 1:
                merged[name] = longer[0]
        return rooted(merged)

    def _form_of(self, name: str, other: str) -> bool:
        """Whether the longer is the shorter with a surname before it, or a suffix behind."""
        if not 0 < len(other) - len(name) <= 2 or (len(name) == 1 and other in self._persons):
            return False
        if len(name) == 1 and not family().match(other):
            return False
        if other in self._persons and (name not in self._persons or other[0] in "老外祖舅大"):
            return False
        mine, theirs = self.gender(name), self.gender(other)
        if "unknown" not in (mine, theirs) and mine != theirs:
            return False
        return other.endswith(name) or other in (name + "儿", "阿" + name, name + "的")

    def _styled(self, name: str, other: str) -> bool:
        """Whether the first is the second's surname with a style: 鲁提辖, 鲁达."""
        own = words("chinese", "own_styles")
        if name[1:] not in own or other[1:] in own | words("chinese", "styles") or not 1 < len(other) < 4:
            return False
        return other[0] == name[0] and other in self.names and self.gender(other) in ("unknown", self.gender(name))

    def kin(self, ref: Ref, names: list[str]) -> list[int]:
        return []

    def gender(self, name: str) -> Gender:
        parts = {name, *name.split("·")}
        for each in ("female", "male"):
            if name.endswith(tuple(words("chinese", each))) or parts & words("foreign", each):
                return each
        return "unknown"

    def likely_gender(self, name: str) -> Gender:
        """By the characters of a given name, the last one first."""
        foreign = table("foreign")
        if len(name) > 2 and set(name) <= set(foreign["letters"]) | {"·"}:
            return (
                "female"
                if name[-1] in foreign["female_ends"]
                else "male"
                if name[-1] in foreign["male_ends"]
                else "unknown"
            )
        for letter in reversed(name[-2:] if len(name) < 4 else name[-1:]):
            if letter in table("chinese")["female_letters"]:
                return "female"
            if letter in table("chinese")["male_letters"]:
                return "male"
        return "unknown"

    def age(self, name: str) -> Age:
        if name in words("chinese", "child"):
            return "child"
        return (
            "old" if name in words("chinese", "old") or (name[0] == "老" and name[1:] in self._persons) else "unknown"
        )
