"""Chinese: who said it, by the subject before a verb of speech. Tables: `chinese.toml`.

Names are found in the text itself: what stands at the head of a clause that ends in a verb of speech, with nothing
between but adverbs. A segmenter is no help there: it takes names for idioms and places.
"""

import re
from collections import Counter
from functools import cached_property

from engine.drama.cast.passages import Book
from engine.drama.cast.reader import Address, Ref, Tag
from engine.drama.cast.tables import table, words
from engine.drama.project import Age, Gender

_CLAUSE = re.compile(r"[，。！？；：…—“”「」『』\s（）()]+")
_STOP = re.compile(r"[。！？；…”」』]")
_HAN = r"[\u3400-\u9fffA-Za-z·]"


class Chinese:
    paragraph_is_one = False

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._persons = words("chinese", "persons")
        self._classical = False

    @cached_property
    def _spoken(self) -> re.Pattern[str]:
        """A clause of speech: somebody, adverbs, a verb."""
        adverbs = _either("adverbs")
        return re.compile(rf"^({_HAN}{{1,5}}?)(?:{adverbs})*(?:{_either('speech')})(?:了|着|过)?(?:一?[声句])?$")

    @cached_property
    def _lead(self) -> re.Pattern[str]:
        return re.compile(rf"^(?:{_either('connectives')})+(?=.)")

    @cached_property
    def _verb_at_end(self) -> re.Pattern[str]:
        return re.compile(rf"(?:{_either('speech')})(?:了|着|过)?(?:一?[声句])?$")

    def learn(self, book: Book) -> None:
        found: Counter[str] = Counter()
        told = book.told
        for paragraph in book.paragraphs:
            for at, passage in enumerate(paragraph.passages[:-1]):
                if passage.said or not paragraph.passages[at + 1].said:
                    continue
                clauses = [each for each in _CLAUSE.split(passage.text) if each]
                for clause in clauses[-2:]:
                    for each in (clause, self._lead.sub("", clause)):
                        if match := self._spoken.match(each):
                            name = match[1] + "道" * f"{match[1]}道".endswith("学道")
                            found[self._without_article(name)] += 1
                            break
            for at, passage in enumerate(paragraph.passages[1:], 1):
                if not passage.said and paragraph.passages[at - 1].said:
                    head = _CLAUSE.split(passage.text.lstrip("，。 "))[0]
                    if match := re.match(
                        rf"({_HAN}{{2,4}}?)(?:{_either('adverbs')})*(?:{_either('after')})(?:{_HAN}{{0,3}})$", head
                    ):
                        found[self._without_article(match[1])] += 1
        text = "\n".join(told)
        self._classical = "她" not in text
        surnames, barred = table("chinese")["surnames"], words("chinese", "not_names")
        for match in re.finditer(rf"[{surnames}](?:{_either('styles')})", text):
            found[match[0]] += 1
        for match in re.finditer(r"(?:一个|有个|那个|这个)([\u3400-\u9fff]{1,6}?的人)(?=[，说道问站])", text):
            found[match[1]] += 2
        kept: dict[str, int] = {}
        for name, count in found.items():
            if not name or name in barred or _odd(name):
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

    def _without_article(self, name: str) -> str:
        return re.sub(r"^(?:这|那|众)(?:个|位|些)?(?=..)", "", name)

    @cached_property
    def _named(self) -> re.Pattern[str]:
        names = sorted(self.names | self._persons, key=len, reverse=True)
        return re.compile(rf"(?:这|那|众)?(?:个|位|些)?({'|'.join(map(re.escape, names))})")

    def _at_head(self, clause: str) -> Ref | None:
        """Who a clause begins with."""
        for text in (clause, self._lead.sub("", clause)):
            if re.match(r"(?:他们|她们|众人|大家|旁人|有的|所有|众(?!邻))", text):
                return Ref("noun", "众人")
            if re.match(
                r"(?:二人|两个|两人|我们|那?[一二三四五六七八九十两几]+个?人|父女|父子|母女)", text
            ) and not text.startswith("一个人"):
                return Ref("many")
            described = re.match(r"(?:一个|有个|那个|这个)?([\u3400-\u9fff]{1,6}?的人)", text)
            if described and described[1] in self.names:
                return self._ref(described[1])
            if match := self._named.match(text):
                return self._ref(match[1])
            if text.startswith(("那人", "其人", "此人", "这人", "那汉")):
                return Ref("pronoun", "那人")
            if text[:1] in "他她伊":
                gender: Gender = "female" if text[0] in "她伊" else "unknown" if self._classical else "male"
                return Ref("pronoun", text[0], gender)
            if text[:2] == "我的" and (match := self._named.match(text[2:])):
                return self._ref(match[1])
            if text[:1] == "我":
                return Ref("self")
        return None

    def _ref(self, name: str) -> Ref:
        gender = self.gender(name)
        if name in words("chinese", "kin"):
            return Ref("noun", name, gender, self.age(name))
        return Ref("noun" if name in self._persons else "name", name, gender, self.age(name))

    # what narration says of a quotation

    def before(self, told: str) -> Tag | None:
        text = told.strip()
        opened = text[-1:] in "：:，," or bool(self._verb_at_end.search(text))
        clauses = [each for each in _CLAUSE.split(text) if each]
        if not clauses:
            return None
        speech = opened and any(self._verb_at_end.search(each) for each in clauses[-2:])
        strong = text[-1:] in "：:" or speech
        sentence = self._sentence(text)
        subject: Ref | None = None
        for clause in reversed(sentence):
            if found := self._at_head(clause):
                subject = found
                if found.kind != "many" or clause is sentence[-1]:
                    break
        if subject is None and strong and not any("有人" in each or "一个" in each for each in sentence[-2:]):
            for earlier in reversed(_STOP.split(text.rstrip("：:，, "))[:-1]):
                heads = [found for each in _CLAUSE.split(earlier) if each and (found := self._at_head(each))]
                if heads:
                    subject = heads[0]
                    break
        if subject is None:
            return (
                Tag(Ref("pronoun", "same"), "verb")
                if strong and re.match(r"(?:便?又|再|因又|遂又|接着|便)", sentence[-1])
                else None
            )
        listener = self._listener(clauses[-1])
        if strong:
            return Tag(subject, "verb", listener)
        return Tag(subject, "beat")

    def _sentence(self, text: str) -> list[str]:
        body = text.rstrip("：:，, ")
        last = _STOP.split(body)[-1]
        return [each for each in _CLAUSE.split(last) if each]

    def _listener(self, clause: str) -> Ref | None:
        if match := re.search(r"(?:向|对|问|看着|指定|吩咐|劝|望着)(.{1,4}?)(?:道|说|笑道|问|$)", clause):
            named = self._named.match(match[1])
            if named and named.end() == len(match[1]):
                return self._ref(named[1])
        return None

    def after(self, told: str) -> Tag | None:
        text = told.strip().lstrip("，。")
        if not text:
            return None
        head = _CLAUSE.split(text)[0]
        heard = re.match(r"(?:这?是)?(?:远远地?听得)?(?:一个)?(.{1,8}?)(?:的(?:带哭的)?声音|到了)", head)
        if heard and (found := self._at_head(heard[1])):
            return Tag(found, "verb")
        found = self._at_head(head)
        if found is None or found.kind == "many":
            return None
        if re.search(r"不|没|未", head):
            return Tag(found, "silent")
        return Tag(found, "verb" if re.search(_either("after"), head) and not text.endswith(("：", ":")) else "beat")

    # everything else

    def refs(self, told: str) -> list[Ref]:
        found: list[Ref] = []
        for sentence in _STOP.split(told):
            first = True
            for clause in _CLAUSE.split(sentence):
                if not clause:
                    continue
                head = self._at_head(clause)
                if head is not None and head.kind not in ("many",):
                    found.append(Ref(head.kind, head.words, head.gender, head.age, subject=first))
                    first = False
                for match in self._named.finditer(clause, 1):
                    ref = self._ref(match[1])
                    if head is None or ref.words != head.words:
                        found.append(Ref(ref.kind, ref.words, ref.gender, ref.age))
        return [ref for ref in found if ref.words or ref.kind != "name"]

    def address(self, quote: str) -> Address:
        names: list[str] = []
        gender: Gender = "unknown"
        inside = quote.strip('“”「」『』" ')
        for match in re.finditer(r"(?:^|[，。！？；…—])([^，。！？；：…—]{1,6})(?=[，！。？…—]|$)", inside):
            word = match[1]
            if word in self.names and not (word == inside.rstrip("。") and len(inside) > 0 and inside[-1:] == "。"):
                names.append(word)
            tail = next(
                (
                    each
                    for each in sorted(
                        words("chinese", "vocative_male") | words("chinese", "vocative_female"), key=len, reverse=True
                    )
                    if word == each or (word.endswith(each) and len(word) <= len(each) + 2)
                ),
                None,
            )
            if tail:
                gender = "female" if tail in words("chinese", "vocative_female") else "male"
        return Address(names, gender)

    def speaker_gender(self, quote: str) -> Gender:
        if re.search(r"奴家|妾身|老身|婢子", quote):
            return "female"
        return "male" if re.search(r"洒家|老汉|小生|老夫|某家|贫僧|下官|小弟", quote) else "unknown"

    def same_person(self, names: dict[str, int]) -> dict[str, str]:
        merged: dict[str, str] = {}
        for name in sorted(names, key=len):
            longer = [other for other in names if self._form_of(name, other)]
            if len(longer) == 1:
                merged[name] = longer[0]
        return {name: _root(name, merged) for name in merged}

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


def _odd(name: str) -> bool:
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


def _either(section: str) -> str:
    return "|".join(map(re.escape, sorted(words("chinese", section), key=len, reverse=True)))


def _root(name: str, merged: dict[str, str]) -> str:
    seen = {name}
    while name in merged and merged[name] not in seen:
        name = merged[name]
        seen.add(name)
    return name
