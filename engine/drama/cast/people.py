"""The people of a text: one person under all their names, with what is known of them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from engine.drama.cast.rules import NarrationRules, Ref
from engine.drama.project import NARRATOR, Age, Gender

TELLER: Final = 0
"""The narrator, who says `I` in a text told by one of its people."""

_LIKELY = 0.6
"""How sure a gender is that only the look of a name tells."""


@dataclass
class Person:
    names: Counter[str] = field(default_factory=Counter)
    noun: bool = False
    """Known by a common noun only."""
    several: bool = False
    gender: Gender = "unknown"
    age: Age = "unknown"
    votes: dict[str, float] = field(default_factory=lambda: {"male": 0.0, "female": 0.0})
    """Gender -> how much the text says for it."""
    character: str = ""
    """Id, where the script itself named them."""

    @property
    def name(self) -> str:
        return self.names.most_common(1)[0][0] if self.names else NARRATOR


class People:
    """`rules` has learnt the text already."""

    def __init__(self, rules: NarrationRules) -> None:
        self._rules = rules
        self._known: dict[str, int] = {}
        self._fullest: dict[str, str] = {}
        self.all: list[Person] = [Person(character=NARRATOR)]

    def join(self, names: Counter[str]) -> None:
        """Learns which of these names are one person's."""
        self._fullest = self._rules.same_person(dict(names))

    def find(self, ref: Ref) -> int | None:
        """Who a name or a noun is; a new person where nobody is known by it. None for pronouns."""
        if ref.kind == "self":
            return TELLER
        if ref.kind == "pronoun" or not ref.words:
            return None
        if ref.kind == "many":
            at = self.named(ref.words, noun=True)
            self.all[at].several = True
            return at
        return self.named(ref.words, noun=ref.kind != "name", gender=ref.gender, age=ref.age)

    def named(self, name: str, *, noun: bool = False, gender: Gender = "unknown", age: Age = "unknown") -> int:
        key = self._fullest.get(name, name).casefold()
        at = self._known.get(key, self._known.get(name.casefold()))
        if at is None:
            at = len(self.all)
            self.all.append(Person(noun=noun))
        self._known[key] = self._known[name.casefold()] = at
        person = self.all[at]
        person.names[name] += 1
        person.noun = person.noun and noun
        if gender == "unknown":
            gender = self._rules.gender(name)
        if gender != "unknown":
            person.votes[gender] += 4
        if person.age == "unknown":
            person.age = age if age != "unknown" else self._rules.age(name)
        return at

    def relative(self, ref: Ref) -> int:
        """Somebody known by a relation to others only, `wife`; who it is may turn out later."""
        return self.named(ref.words, noun=True, gender=ref.gender, age=ref.age)

    def teller(self, name: str) -> int:
        """The narrator goes by this name."""
        self._known[self._fullest.get(name, name).casefold()] = self._known[name.casefold()] = TELLER
        return TELLER

    def known(self, name: str) -> int | None:
        return self._known.get(self._fullest.get(name, name).casefold(), self._known.get(name.casefold()))

    def merge(self, same: dict[int, int]) -> None:
        """The names of some people become others'."""
        for one, other in same.items():
            mine, theirs = self.all[one], self.all[other]
            theirs.names += mine.names
            theirs.age = mine.age if theirs.age == "unknown" else theirs.age
            self._known = {name: other if at == one else at for name, at in self._known.items()}

    def settle_genders(self) -> None:
        for person in self.all:
            male, female = person.votes["male"], person.votes["female"]
            if max(male, female) >= 1 and abs(male - female) > 0.25 * (male + female):
                person.gender = "male" if male > female else "female"
            elif person.names and max(male, female) < 1:
                person.gender = self._rules.likely_gender(person.name)

    def spell(self, of: Callable[[str], str]) -> None:
        """Names as the text writes them."""
        for person in self.all:
            person.names = Counter({of(name): count for name, count in person.names.items()})

    def certainty(self, person: Person) -> float:
        """How sure the gender is."""
        total = sum(person.votes.values())
        if person.gender == "unknown":
            return 0.0
        if not total:
            return _LIKELY
        return round(min(0.98, 0.5 + 0.5 * person.votes[person.gender] / (total + 1.0)), 2)
