"""Chinese: names, found in the text itself, and which of them are one person. Tables: `chinese.toml`.

What stands at the head of a clause that ends in a verb of speech, with nothing between but adverbs, is a name. A
segmenter is no help there: it takes names for idioms and places.
"""

import re
from collections import Counter
from functools import cached_property

from engine.drama.cast.aliases import rooted
from engine.drama.cast.passages import Book
from engine.drama.cast.rules import Ref
from engine.drama.cast.tables import table, words
from engine.drama.project import Age, Gender

CLAUSE = re.compile(r"[，。！？；：…—“”「」『』\s（）()]+")
_HAN = r"[\u3400-\u9fffA-Za-z·]"


class ChineseNames:
    def __init__(self) -> None:
        self.names: set[str] = set()
        self._persons = words("chinese", "persons")
        self._classical = False

    @cached_property
    def _spoken(self) -> re.Pattern[str]:
        """A clause of speech: somebody, adverbs, a verb."""
        adverbs = either("adverbs")
        return re.compile(rf"^({_HAN}{{1,5}}?)(?:{adverbs})*(?:{either('speech')})(?:了|着|过)?(?:一?[声句])?$")

    @cached_property
    def _lead(self) -> re.Pattern[str]:
        return re.compile(rf"^(?:{either('connectives')})+(?=.)")

    @cached_property
    def _verb_at_end(self) -> re.Pattern[str]:
        return re.compile(rf"(?:{either('speech')})(?:了|着|过)?(?:一?[声句])?$")

    def learn(self, book: Book) -> None:
        found: Counter[str] = Counter()
        told = book.told
        for paragraph in book.paragraphs:
            for at, passage in enumerate(paragraph.passages[:-1]):
                if passage.said or not paragraph.passages[at + 1].said:
                    continue
                clauses = [each for each in CLAUSE.split(passage.text) if each]
                for clause in clauses[-2:]:
                    for each in (clause, self._lead.sub("", clause)):
                        if match := self._spoken.match(each):
                            name = match[1] + "道" * f"{match[1]}道".endswith("学道")
                            found[self._without_article(name)] += 1
                            break
            for at, passage in enumerate(paragraph.passages[1:], 1):
                if not passage.said and paragraph.passages[at - 1].said:
                    head = CLAUSE.split(passage.text.lstrip("，。 "))[0]
                    if match := re.match(
                        rf"({_HAN}{{2,4}}?)(?:{either('adverbs')})*(?:{either('after')})(?:{_HAN}{{0,3}})$", head
                    ):
                        found[self._without_article(match[1])] += 1
        text = "\n".join(told)
        self._classical = "她" not in text
        surnames, barred = table("chinese")["surnames"], words("chinese", "not_names")
        for match in re.finditer(rf"[{surnames}](?:{either('styles')})", text):
            found[match[0]] += 1
        for match in re.finditer(r"这是([^的是，。]{2,6}?)到了", text):
            found[match[1]] += 2
        for match in re.finditer(r"(?:一个|有个|那个|这个)([\u3400-\u9fff]{1,6}?的人)(?=[，说道问站])", text):
            found[match[1]] += 2
        found.update(self._family_names(book))
        kept: dict[str, int] = {}
        for name, count in found.items():
            if not name or name in barred or odd(name) or f"{name}道".endswith("学道"):
                continue
            styled = name[0] in surnames and 1 < len(name) < 4
            if count < 2 and (len(name) == 1 or not (styled or text.count(name) > 1 or name in self._persons)):
                continue
            kept[name] = count
        for name in kept:
            whole = self._persons | set(kept)
            longer = any(name != each and len(each) > 1 and name.startswith(each) for each in whole)
            if not longer or name in self._persons or name.endswith("的人"):
                self.names.add(name)
        self.names |= {each for each in self._persons if each in text}

    def _family_names(self, book: Book) -> Counter[str]:
        """Names by their family name, where clauses begin with them and the text has them twice at least."""
        text = "\n".join([*book.told, *book.quotes])
        singles = "".join(words("chinese", "family_names"))
        family = f"(?:{either('family_pairs')}|[{singles}])"
        heads: Counter[str] = Counter()
        for told in book.told:
            for clause in CLAUSE.split(told):
                match = re.match(rf"(?:{either('connectives')})?({family})([\u3400-\u9fff]{{1,2}})", clause)
                if match and not match[0].startswith(tuple(words("chinese", "no_people"))):
                    for length in range(1, len(match[2]) + 1):
                        heads[match[1] + match[2][:length]] += 1
        styled = set(re.findall(f"{family}(?:{either('styles')}|{either('own_styles')})", text))
        found: Counter[str] = Counter()
        for name in sorted(heads, key=lambda each: -len(each)):
            count = text.count(name)
            longer = any(other.startswith(name) and text.count(other) > 0.6 * count for other in found)
            longest = len(name) - (2 if name[:2] in words("chinese", "family_pairs") else 1) == 2
            used = heads[name] > 1 and (not longest or count > 0.8 * text.count(name[:-1]))
            whole = not longer and not any(each.startswith(name) for each in styled)
            if used and whole and name[-1] not in "的了着地道说笑问是在也就又不便都把被听看见想":
                found[name] = count
        return found

    def _without_article(self, name: str) -> str:
        return re.sub(r"^(?:这|那|众)(?:个|位|些)?(?=..)", "", name)

    @cached_property
    def _named(self) -> re.Pattern[str]:
        names = sorted(self.names | self._persons, key=len, reverse=True)
        return re.compile(rf"(?:这|那|众)?(?:个|位|些)?({'|'.join(map(re.escape, names))})")

    def _ref(self, name: str) -> Ref:
        gender = self.gender(name)
        if name in words("chinese", "kin"):
            return Ref("noun", name, gender, self.age(name))
        return Ref("noun" if name in self._persons else "name", name, gender, self.age(name))

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
        for each in ("female", "male"):
            if any(name.endswith(word) for word in words("chinese", each)):
                return each
        if len(name) >= 2 and set(name[-2:]) & set(table("chinese")["female_letters"]):
            return "female"
        if len(name) >= 2 and name[-1] in table("chinese")["male_letters"]:
            return "male"
        return "unknown"

    def age(self, name: str) -> Age:
        if name in words("chinese", "child"):
            return "child"
        return "old" if name in words("chinese", "old") else "unknown"


def odd(name: str) -> bool:
    """Whether a string is no name by the characters at its edges."""
    if name.startswith(
        (
            "他",
            "她",
            "我",
            "你",
            "伊",
            "这",
            "那",
            "众",
            "两",
            "一",
            "有",
            "听",
            "见",
            "只",
            "正",
            "不",
            "其",
            "又",
            "便",
            "忙",
            "因",
            "人",
        )
    ):
        return True
    return name[-1] in "了着地说笑问看听又便忙颜" or (name[-1] == "的" and name != "报录的" and name != "掌柜的")


def either(section: str) -> str:
    return "|".join(map(re.escape, sorted(words("chinese", section), key=len, reverse=True)))
