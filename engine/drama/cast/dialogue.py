"""What speaks for whom: the remarks of a text with all that narration, forms of address and labels say of them."""

from collections import Counter
from dataclasses import dataclass, field

from engine.drama.cast.passages import Book, BookParagraph, Passage
from engine.drama.cast.people import TELLER, People
from engine.drama.cast.rules import DialogueTag, NarrationRules, Ref
from engine.drama.project import Gender

_LONG = 12
"""Code points of narration after which somebody else may speak, where a paragraph holds a whole conversation."""
_FADES = 0.6
"""What is left of a mention's weight a paragraph later."""


@dataclass
class Remark:
    """What one person says in a paragraph, in one passage or several."""

    passages: list[Passage]
    person: int | None = None
    """Known for certain: a label, or a name with a verb of speech."""
    rule: str = ""
    pronoun: Ref | None = None
    """He or she said it."""
    kin: int | None = None
    """Who goes by the words `his wife`, where nobody better is found for them."""
    beat: int | None = None
    beat_pronoun: Ref | None = None
    listener: int | None = None
    addressed: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """Those spoken to, as they are called."""
    addressed_gender: Gender = "unknown"
    gender: Gender = "unknown"
    salience: dict[int, float] = field(default_factory=dict)
    """Person -> how present they are where it stands."""
    silent: int | None = None
    """Who did not answer, just before."""
    named: list[int] = field(default_factory=list)
    """Who its words speak of."""
    apart: bool = False
    begins: bool = False
    antecedent: int | None = None
    """Whom he or she stands for, by the narration before."""
    again: bool = False
    """Whether narration tells who speaks by leaving it out: whoever spoke before."""

    @property
    def text(self) -> str:
        return " ".join(passage.text for passage in self.passages)


class Dialogue:
    """Reads a book from its beginning to its end. `remarks`: in order."""

    def __init__(self, book: Book, rules: NarrationRules, people: People, labelled: dict[str, int]) -> None:
        self._rules, self._people, self._labelled = rules, people, labelled
        self.remarks: list[Remark] = []
        self.first_person = False
        self._salience: dict[int, float] = {}
        self._apart = self._begins = True
        self._pending: DialogueTag | None = None
        self._silent: int | None = None
        self._open = False
        self._one = True
        for paragraph in book.paragraphs:
            self._read(paragraph)
        self._address()

    def replace(self, same: dict[int, int]) -> None:
        """Some people are others."""
        self._people.merge(same)
        for each in self.remarks:
            for name in ("person", "beat", "listener", "silent", "kin", "antecedent"):
                setattr(each, name, same.get(getattr(each, name), getattr(each, name)))
            each.addressed = [same.get(who, who) for who in each.addressed]
            salience: dict[int, float] = {}
            for who, weight in each.salience.items():
                salience[same.get(who, who)] = max(weight, salience.get(same.get(who, who), 0.0))
            each.salience = salience

    def _address(self) -> None:
        """Who is meant by those who are spoken to. Somebody whom nobody else names tells the story, where one of its
        people does.
        """
        called = Counter(name for each in self.remarks for name in each.names)
        for remark in self.remarks:
            for name in remark.names:
                person = self._people.known(name)
                if person is None and self.first_person and called[name] > 1:
                    person = self._people.teller(name)
                remark.addressed.append(self._people.named(name) if person is None else person)

    def _read(self, paragraph: BookParagraph) -> None:
        if paragraph.heading:
            self._apart = self._begins = True
            self._pending, self._salience = None, {}
            return
        for person in list(self._salience):
            self._salience[person] *= _FADES
            if self._salience[person] < 0.05:
                del self._salience[person]
        if paragraph.said:
            self._quoted(paragraph)
        else:
            self._told(paragraph)
        if paragraph.ends:
            self._begins = self._apart = True
            self._pending = None

    def _told(self, paragraph: BookParagraph) -> None:
        text = " ".join(passage.text for passage in paragraph.passages)
        tag = self._rules.before(text)
        self._silent = self._people.find(tag.ref) if tag and tag.rule == "silent" else None
        self._pending = tag if tag and tag.rule != "silent" else None
        if self._pending and self._pending.rule == "verb" and not text.rstrip().endswith((":", "：", ",", "，")):
            self._pending = DialogueTag(self._pending.ref, "beat")
        self._mention(text)
        self._apart, self._open = True, False

    def _mention(self, text: str) -> None:
        last: int | None = None
        for ref in self._rules.refs(text):
            if ref.kind == "pronoun":
                if last is not None and ref.gender != "unknown":
                    self._people.all[last].votes[ref.gender] += 0.5
                continue
            if ref.kind == "kin":
                continue
            person = self._people.find(ref)
            if person is None:
                continue
            self._salience[person] = min(3.0, self._salience.get(person, 0.0) + (1.0 if ref.subject else 0.5))
            if person != TELLER:
                last = person

    def _quoted(self, paragraph: BookParagraph) -> None:
        pending, self._pending = self._pending, None
        current: Remark | None = None
        parts = paragraph.passages
        self._one = self._rules.one_speaker(paragraph)
        for at, passage in enumerate(parts):
            if not passage.said:
                self._mention(passage.text)
                continue
            before = parts[at - 1] if at and not parts[at - 1].said else None
            after = parts[at + 1] if at + 1 < len(parts) and not parts[at + 1].said else None
            nested = at + 2 < len(parts) and parts[at + 2].said
            tags = self._tags(before, after, nested=nested, first=at == 0)
            same = current is not None and not self._differs(current, tags, parts, at)
            if same and current is not None:
                current.passages.append(passage)
                self._speaks_to(current, passage)
            else:
                first = current is None
                if first and self._open and not self._apart and not any(tag.rule == "verb" for tag in tags):
                    current = self.remarks[-1]
                    current.passages.append(passage)
                else:
                    current = self._begin(passage, first=first, apart=before is not None)
                    if first and pending is not None and not any(tag.rule == "verb" for tag in tags):
                        tags.append(pending)
            for tag in tags:
                self._weigh(current, tag)
            if current.pronoun is not None and current.antecedent is None and before is not None:
                current.antecedent = self._antecedent(current.pronoun, before.text)
            self._label(current, passage)
        if current is not None:
            self._open = current.passages[-1] is parts[-1] and parts[-1].open
        if not parts[-1].said and parts[-1].text.rstrip().endswith((":", "：")):
            self._pending = self._rules.before(parts[-1].text)
        for remark in self.remarks[-len(parts) :]:
            if not remark.salience:
                remark.salience = dict(self._salience)

    def _tags(self, before: Passage | None, after: Passage | None, *, nested: bool, first: bool) -> list[DialogueTag]:
        found: list[DialogueTag] = []
        if before is not None and (tag := self._rules.before(before.text)):
            found.append(tag)
        leads = nested and not self._rules.ends_within(after.text) if after is not None else False
        if leads and after is not None and first and after.text.rstrip().endswith(("，", ",")):
            leads = False
        if after is not None and (self._one or (before is None and not leads)):
            tag = self._rules.after(after.text)
            found += [tag] if tag else []
        if found and found[-1].rule == "verb":
            found = (
                [tag for tag in found if tag.rule == "verb"][-1:]
                if len(found) > 1 and found[0].rule != "verb"
                else found
            )
        return [tag for tag in found if tag.rule != "silent"]

    def _differs(self, current: Remark, tags: list[DialogueTag], parts: list[Passage], at: int) -> bool:
        """Whether this passage is another person's than the passage before it in the paragraph."""
        if parts[at - 1].said:
            return True
        if not self._one:
            return not any(tag.ref.words == "same" for tag in tags) and (bool(tags) or len(parts[at - 1].text) > _LONG)
        for tag in tags:
            if tag.rule != "verb":
                continue
            person = self._people.find(tag.ref)
            if person is not None and current.person is not None and person != current.person:
                return True
            if person is not None and current.person is None and current.pronoun is None and current.rule:
                return True
            if tag.ref.kind in ("pronoun", "kin") and current.person is not None:
                gender = self._people.all[current.person].gender
                if "unknown" not in (gender, tag.ref.gender) and gender != tag.ref.gender:
                    return True
        return False

    def _begin(self, passage: Passage, *, first: bool, apart: bool) -> Remark:
        remark = Remark([passage], apart=self._apart if first else apart, begins=self._begins and first)
        remark.silent = self._silent if first else None
        remark.salience = dict(self._salience)
        self._speaks_to(remark, passage)
        remark.gender = self._rules.speaker_gender(passage.text)
        self._apart = self._begins = self._open = False
        self._silent = None
        self.remarks.append(remark)
        return remark

    def _speaks_to(self, remark: Remark, passage: Passage) -> None:
        """Who is spoken to; of several passages the last one tells, for it is answered."""
        address = self._rules.address(passage.text)
        remark.names += address.names
        gender = address.gender
        if gender == "unknown" and len(address.names) == 1:
            gender = self._rules.gender(address.names[0])
        if gender != "unknown":
            remark.addressed_gender = gender

    def _weigh(self, remark: Remark, tag: DialogueTag) -> None:
        if tag.listener is not None and tag.listener.kind in ("name", "noun"):
            remark.listener = self._people.find(tag.listener)
        if tag.ref.kind == "many" and not tag.ref.words:
            return
        if tag.ref.words in ("same", "again"):
            remark.again = True
            return
        person = self._people.find(tag.ref) if tag.ref.kind != "kin" else None
        if tag.ref.kind == "kin" and remark.person is None and tag.rule == "verb":
            remark.kin = self._people.relative(tag.ref)
        if tag.ref.kind == "self":
            self.first_person = True
        if tag.rule == "verb":
            if person is not None and remark.person is None:
                remark.person, remark.rule = person, "verb"
            elif person is None and remark.pronoun is None and remark.person is None:
                remark.pronoun = tag.ref
        elif person is not None and remark.beat is None:
            remark.beat = person
        elif person is None and remark.beat_pronoun is None:
            remark.beat_pronoun = tag.ref

    def _antecedent(self, pronoun: Ref, told: str) -> int | None:
        """The last one that a sentence before was about, and who fits."""
        for ref in reversed(self._rules.refs(told)):
            if ref.subject and ref.kind in ("name", "noun") and (person := self._people.find(ref)) is not None:
                genders = {pronoun.gender, ref.gender, self._rules.gender(self._people.all[person].name)} - {"unknown"}
                if len(genders) < 2:
                    return person
        return None

    def _label(self, remark: Remark, passage: Passage) -> None:
        if speaker := passage.lines[0].speaker:
            remark.person, remark.rule = self._labelled.get(speaker, TELLER), "label"


def names_of(book: Book, rules: NarrationRules) -> Counter[str]:
    """Every name and noun of the text that may be a person's, with how often it occurs."""
    names: Counter[str] = Counter()
    for text in book.told:
        names.update(ref.words for ref in rules.refs(text) if ref.kind in ("name", "noun") and ref.words)
    for text in book.quotes:
        names.update(rules.address(text).names)
    return names
