"""Chinese: which words of a text are people.

No list holds the names of a novel, and a segmenter takes them for idioms and places. They are found in the text itself:
what clauses begin with, and above all clauses that end in a verb of speech, with nothing between but adverbs. A name is
followed by many words; a piece of an idiom by one, always the same.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from engine.drama.cast.passages import Book
from engine.drama.cast.tables import table, words

CLAUSE = re.compile(r"[，。！？；：…—“”「」『』《》\s（）()]+")
_HAN = r"[\u3400-\u9fffA-Za-z·]"
_LONGEST = 6
_ACTS = (
    "从把在将走站坐看笑说道问点摇抬低转皱叹放拿接推拉伸瞪望听想连忙无慢轻冷微一又也就"
    "便却没不正已终突忽猛急随立掏举挥摆耸瞥盯跑跳沉咬握合打关端喝"
)
"""What a name goes with where somebody acts."""
_SPEECH = "道说曰云问笑答叫喝骂听见便忙又也都就正把将向对哭叹怒喊大低"
"""What follows a name more often than anything else without making it less of one."""


def either(section: str) -> str:
    return "|".join(map(re.escape, sorted(words("chinese", section), key=len, reverse=True)))


@cache
def lead() -> re.Pattern[str]:
    """What a clause may begin with before its subject."""
    return re.compile(rf"(?:{either('connectives')})+(?=.)")


@cache
def _spoken() -> re.Pattern[str]:
    """A clause of speech: somebody, adverbs, a verb."""
    return re.compile(rf"({_HAN}{{1,5}}?)(?:{either('adverbs')})*(?:{either('speech')})(?:了|着|过)?(?:一?[声句])?$")


@cache
def _nobody() -> re.Pattern[str]:
    """A clause of speech whose subject is left out."""
    return re.compile(rf"(?:{either('adverbs')}|{either('speech')})+(?:了|着|过)?(?:一?[声句])?$")


@cache
def _follows() -> re.Pattern[str]:
    return re.compile(rf"({_HAN}{{2,4}}?)(?:{either('adverbs')})*(?:{either('after')}){_HAN}{{0,3}}$")


@cache
def _acts() -> re.Pattern[str]:
    """Somebody by their family name, and a word that a name goes with."""
    names = "".join(words("chinese", "family_names"))
    return re.compile(f"((?:{either('family_pairs')}|[小老阿]?[{names}])[\u3400-\u9fff]{{0,2}}?)[{_ACTS}]")


@cache
def family() -> re.Pattern[str]:
    return re.compile(f"(?:{either('family_pairs')}|[{''.join(words('chinese', 'family_names'))}])")


def clauses(told: str) -> list[str]:
    return [each for each in CLAUSE.split(told) if each]


def without_article(name: str) -> str:
    return re.sub(r"^(?:[这那众又]|有|又有)?一?(?:个|位|些|名)?(?=..)", "", name) or name


class _Heads:
    """How often clauses begin with a word, and what follows it there."""

    def __init__(self, book: Book) -> None:
        self.count: Counter[str] = Counter()
        self._next: dict[str, Counter[str]] = {}
        for told in book.told:
            for clause in clauses(told):
                begins = lead().match(clause)
                text = without_article(clause[begins.end() :] if begins else clause)
                for length in range(1, min(_LONGEST, len(text)) + 1):
                    self.count[text[:length]] += 1
                if len(text) <= _LONGEST:
                    self.count[text + "\n"] += 1
        for head, count in self.count.items():
            if len(head) > 1:
                self._next.setdefault(head[:-1], Counter())[head[-1]] = count

    def whole(self, name: str) -> bool:
        """Whether different words follow, as they follow a name."""
        following = self._next.get(name)
        if following is None or self.count[name] < 3:
            return True
        if sum(following[each] for each in "一二三四五六七八九十") > 0.6 * self.count[name]:
            return False
        most, count = following.most_common(1)[0]
        return most in _SPEECH + "\n" or count <= 0.8 * self.count[name]


def people_of(book: Book, *, classical: bool) -> set[str]:
    heads = _Heads(book)
    speaking = Counter(_said(book))
    told = "\n".join(book.told)
    speaking.update(re.findall(rf"[{table('chinese')['surnames']}](?:{either('styles')})", told))
    for name in re.findall(r"这是([^的是，。]{2,6}?)到了", told):
        speaking[name] += 2
    for name in re.findall(r"(?:一个|有个|那个|这个)([\u3400-\u9fff]{1,6}?的人)(?=[，说道问站])", told):
        speaking[name] += 2
    named = _by_family(heads) | _foreign(heads, told)
    named |= _given(named, heads)
    found = named | {name for name, count in speaking.items() if _accepted(name, count, heads, named, classical)}
    return {name for name in found if not _continued(name, found, heads) and not _preceded(name, found)}


def _said(book: Book) -> Iterator[str]:
    """Whatever narration beside a quotation puts before its verb of speech."""
    for paragraph in book.paragraphs:
        parts = paragraph.passages
        for at, passage in enumerate(parts):
            if passage.said:
                continue
            if at + 1 < len(parts) or passage.text.rstrip()[-1:] in "：:":
                for clause in clauses(passage.text)[-2:]:
                    begins = lead().match(clause)
                    for each in dict.fromkeys((clause, clause[begins.end() :] if begins else clause)):
                        match = _spoken().match(each)
                        if match and not _nobody().match(each):
                            name = without_article(match[1] + "道" * f"{match[1]}道".endswith("学道"))
                            yield name
                            if 1 < len(name) < 4 and each.endswith((f"{name}道", f"{name}说", f"{name}笑道")):
                                yield name
                            break
            if at and parts[at - 1].said:
                head = CLAUSE.split(passage.text.lstrip("，。 "))[0]
                if match := _follows().match(head):
                    yield without_article(match[1])
            if (at and parts[at - 1].said) or at + 1 < len(parts):
                for clause in clauses(passage.text)[:1]:
                    if match := _acts().match(without_article(clause)):
                        yield match[1]


def _by_family(heads: _Heads) -> set[str]:
    """Names by their family name, where clauses begin with them twice at least."""
    found: set[str] = set()
    for name in sorted(heads.count, key=lambda each: -len(each)):
        match = family().match(name)
        if match is None or not 1 <= len(name) - match.end() <= 2 or heads.count[name] < 2 or "\n" in name:
            continue
        long = len(name) - match.end() == 2
        if long and heads.count[name] <= 0.8 * heads.count[name[:-1]]:
            continue
        if name[1:] in words("chinese", "styles") | words("chinese", "own_styles") or not _sound(name):
            continue
        if f"{name}道".endswith("学道"):
            continue
        if heads.whole(name) and not name.startswith(tuple(words("chinese", "no_people"))):
            found.add(name)
    return found


def _given(named: set[str], heads: _Heads) -> set[str]:
    """Names of two characters without the family name."""
    found = {
        name[-2:]
        for name in named
        if len(name) > 2 and len(name) - (match.end() if (match := family().match(name)) else 0) == 2
    }
    return {
        name
        for name in found
        if heads.count[name] > 1 and heads.whole(name) and name not in words("chinese", "not_names")
    }


def _foreign(heads: _Heads, told: str) -> set[str]:
    """Transliterated names: those of the list, and strings of such characters that clauses begin with."""
    listed = words("foreign", "male") | words("foreign", "female")
    letters = frozenset(table("foreign")["letters"])
    found = {name for name in listed if len(name) > 1 and name in told}
    found.update(re.findall(r"(?:[\u3400-\u9fff]{1,5}·)+[\u3400-\u9fff]{2,5}", told))
    for name, count in heads.count.items():
        if count > 1 and 2 < len(name) <= 5 and letters.issuperset(name) and heads.whole(name):
            found.add(name)
    return found


def _accepted(name: str, count: int, heads: _Heads, named: set[str], classical: bool) -> bool:
    if name in words("chinese", "persons"):
        return True
    if not name or not _sound(name) or f"{name}道".endswith("学道"):
        return False
    if len(name) == 1:
        fuller = any(name == each[1:] and family().match(each) for each in named)
        common = name in _SPEECH or name in words("chinese", "no_heads") or name in words("chinese", "adverbs")
        return classical and count > 1 and (fuller or not common)
    if any(name[at:] in named or name[at:] in words("chinese", "persons") for at in range(1, len(name) - 1)):
        style = name[-2:] in words("chinese", "styles") or name[-2:] in words("chinese", "own_styles")
        if not style and name[0] not in "老小阿大" and not family().match(name):
            return False
    if len(name) == 2 and name[0] in "小老阿" and not family().match(name[1]) and count + heads.count[name] < 3:
        return False
    styled = (name[0] in table("chinese")["surnames"] and len(name) < 4) or name[0] in "老小阿"
    if name[0] in words("chinese", "no_heads") and not name.endswith(tuple(words("chinese", "persons"))):
        return False
    return heads.whole(name) and (styled or count > 1 or heads.count[name] > 1)


def _continued(name: str, found: set[str], heads: _Heads) -> bool:
    """Whether it is another name with a word behind, such as the beginning of a verb."""
    persons = words("chinese", "persons")
    if name in persons or name.endswith("的人") or "·" in name:
        return False
    styles = words("chinese", "styles") | words("chinese", "own_styles") | {"儿", "的"}
    if len(name) > 1 and name[0] in found and not family().match(name):
        return True
    for stop in range(2, len(name)):
        shorter = name[:stop]
        if (shorter in found or shorter in persons) and name[stop:] not in styles:
            return len(name) > 3 or shorter in persons or heads.count[shorter] >= 3 * heads.count[name]
    return False


def _preceded(name: str, found: set[str]) -> bool:
    """Whether it is another name with a verb or a preposition before: somebody spoken to."""
    known = found | words("chinese", "persons")
    return name[0] in words("chinese", "no_heads") and any(name[at:] in known for at in range(1, len(name)))


def _sound(name: str) -> bool:
    """Whether nothing at the edges of a string speaks against a name."""
    if name in words("chinese", "not_names") or name in words("chinese", "adverbs") or "\n" in name:
        return False
    if name[0] in "他她我你伊这那众两一有听见只正不其又便忙因人的了着" or re.search(
        r"[一二三四五六七八九十几两][个位人名]", name
    ):
        return False
    if (
        name[-1]
        in "了着地说笑问看听又便忙颜里中上下内外前后边面来去起出手口气声道曰云谓把将向对与和同被使令见罢著没不但"
    ):
        return name in ("报录的", "掌柜的")
    return name[-1] != "的" or name in ("报录的", "掌柜的") or name.endswith("家的")
