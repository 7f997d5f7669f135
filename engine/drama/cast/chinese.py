"""Chinese: who said it, by the subject before a verb of speech. Tables: `chinese.toml`.

Names are found in the text itself: what stands at the head of a clause that ends in a verb of speech, with nothing
between but adverbs. A segmenter is no help there: it takes names for idioms and places.
"""

import re
from functools import cache
from itertools import pairwise

from engine.drama.cast.chinese_names import ChineseNames
from engine.drama.cast.chinese_people import clauses, either, lead, without_article
from engine.drama.cast.passages import BookParagraph
from engine.drama.cast.rules import Address, DialogueTag, Ref
from engine.drama.cast.tables import words
from engine.drama.project import Gender

_GOES_ON = re.compile("[又便再因遂乃仍即忙说言语念看一将把拿取放走转回指起坐站笑叹想沉随接伸拍点摇低抬]|连忙|于是|然后")
_SOMEBODY = re.compile(
    "有人|一个|听得|听见|闻得|只听|忽听|旨意|各|都|俱|众|二人|两人|未已|未了|未毕|犹未|正说|正议|[说言讲]间"
)
"""Somebody else may be meant where a subject is left out."""
_COMES = re.compile(
    r"(?:^|[^听没])(?:有|(?<=[只忽早又却但])见|闪[过上出]?|走[出进]|转出|跑出|来了|出来|撞[出见]|立着|坐着|站着)"
    r"(?:一|[两几])?(?:[个位名对双群])?(.+)$"
)
"""Somebody who appears: `旁边闪过法师`, `内中有一个舵工`."""
_STOP = re.compile(r"[。！？；…”」』]")


@cache
def _verb_at_end() -> re.Pattern[str]:
    return re.compile(rf"(?:{either('speech')})(?:了|着|过)?(?:一?[声句])?$")


class Chinese(ChineseNames):
    def one_speaker(self, paragraph: BookParagraph) -> bool:
        """A colon inside a paragraph lets somebody else speak, and so does a verb of speech in one that narration
        begins."""
        parts = paragraph.passages
        inner = [each.text.rstrip() for each, following in pairwise(parts) if following.said and not each.said]
        inner = inner if parts[0].said else inner[1:]
        if any(each.endswith(("：", ":")) for each in inner):
            return False
        return parts[0].said or not any(_verb_at_end().search(each.rstrip("，, ")) for each in inner)

    def _at_head(self, clause: str) -> Ref | None:
        """Who a clause begins with."""
        begins = lead().match(clause)
        for text in dict.fromkeys((clause, clause[begins.end() :] if begins else clause)):
            if re.match(r"(?:他们|她们|众人|大家|旁人|有人|有的|所有|众(?!邻))", text):
                return Ref("many", "众人")
            if re.match(
                r"(?:二人|两个|两人|三人|我们|俱|都|齐声|那?[一二三四五六七八九十两几]+个?人|父女|父子|母女)", text
            ) and not text.startswith("一个人"):
                return Ref("many")
            described = re.match(r"(?:一个|有个|那个|这个)?([\u3400-\u9fff]{1,6}?的人)", text)
            if described and (described[1] in self.names or re.match(r"[便也又忙说道只]", text[described.end() :])):
                return Ref("noun", described[1], self.gender(described[1]))
            related = re.match(r"(?:我|他|她|伊)的?(?=..)", text)
            if related and (name := self._name_at(text, related.end())) in self._persons and name:
                return self._ref(name)
            if name := self._named(text):
                return self._ref(name)
            if text.startswith(("那人", "其人", "此人", "这人", "那汉")):
                return Ref("pronoun", "那人")
            if text[0] in "他她伊":
                gender: Gender = "female" if text[0] in "她伊" else "unknown" if self._classical else "male"
                return Ref("pronoun", text[0], gender)
            if text[0] == "我":
                return Ref("self")
        for match in re.finditer("的", clause[:14]):
            if name := self._named(clause[match.end() :]):
                return self._ref(name)
        return self._appearing(clause)

    def _appearing(self, clause: str) -> Ref | None:
        at = 0
        while match := _COMES.search(clause, at):
            comes, at = match[1], match.start() + 1
            name = self._named(comes) or next((each for each in self._names_in(comes) if comes.endswith(each)), "")
            if name:
                return self._ref(name)
        return None

    def ends_within(self, told: str) -> bool:
        return bool(_STOP.search(told.strip()[:-1]))

    # what narration says of a quotation

    def before(self, told: str) -> DialogueTag | None:
        text = told.strip()
        opened = text[-1:] in "：:，," or bool(_verb_at_end().search(text))
        told_in = clauses(text)
        if not told_in:
            return None
        speech = opened and any(_verb_at_end().search(each) for each in told_in[-2:])
        strong = text[-1:] in "：:" or speech
        sentence = self._sentence(text)
        subject: Ref | None = None
        for clause in reversed(sentence):
            if found := self._at_head(clause):
                subject = found
                if found.kind != "many" or found.words or clause is sentence[-1]:
                    break
        if subject is None and strong and not any(_SOMEBODY.search(each) for each in sentence):
            for earlier in reversed(_STOP.split(text.rstrip("：:，, "))[:-1]):
                heads = [found for each in clauses(earlier) if (found := self._at_head(each))]
                if heads:
                    subject = heads[0]
                    break
        if subject is None and strong and (come := re.findall(r"一个([\u3400-\u9fff]{1,8}?的人)", text)):
            subject = Ref("noun", come[-1], self.gender(come[-1]))
        if subject is None:
            other = any(_SOMEBODY.search(each) for each in sentence)
            if other or not strong:
                return None
            goes_on = any(_GOES_ON.match(each) for each in (sentence[0], clauses(text)[0]))
            return DialogueTag(Ref("pronoun", "same" if goes_on else "again"), "verb")
        listener = self._listener(told_in[-1])
        if strong:
            return DialogueTag(subject, "verb", listener)
        return DialogueTag(subject, "beat")

    def _sentence(self, text: str) -> list[str]:
        body = text.rstrip("：:，, 。！？…")
        last = _STOP.split(body)[-1]
        return clauses(last)

    def _listener(self, clause: str) -> Ref | None:
        if match := re.search(r"(?:向|对|问|看着|指定|吩咐|劝|望着)(.{1,4}?)(?:道|说|笑道|问|$)", clause):
            named = self._named(match[1])
            return self._ref(named) if named == without_article(match[1]) else None
        return None

    def after(self, told: str) -> DialogueTag | None:
        text = told.strip().lstrip("，。")
        if not text:
            return None
        head = next(iter(clauses(text)), "")
        if not head:
            return None
        heard = re.match(r"(?:这?是)?(?:远远地?听得)?(?:一个)?([^的是]{2,6}?)(?:的(?:带哭的)?声音|到了)", head)
        if heard:
            return DialogueTag(self._at_head(heard[1]) or Ref("noun", heard[1], self.gender(heard[1])), "verb")
        found = self._at_head(head)
        if found is None or found.kind == "many":
            return None
        if re.search(r"不|没|未", head):
            return DialogueTag(found, "silent")
        return DialogueTag(
            found, "verb" if re.search(either("after"), head) and not text.endswith(("：", ":")) else "beat"
        )

    # everything else

    def refs(self, told: str) -> list[Ref]:
        found: list[Ref] = []
        for sentence in _STOP.split(told):
            first = True
            for clause in clauses(sentence):
                head = self._at_head(clause)
                if head is not None and head.kind != "many":
                    found.append(Ref(head.kind, head.words, head.gender, head.age, subject=first))
                    first = False
                for name in self._names_in(clause, 1):
                    ref = self._ref(name)
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
