"""What a language has to tell of a text: whom narration names, beside a quotation and anywhere else."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from engine.drama.cast.passages import Book, BookParagraph
from engine.drama.project import Age, Gender

Kind = Literal["name", "noun", "kin", "pronoun", "self", "many"]
"""A proper name; a common noun (`the clerk`); a relative (`his wife`); he or she; the first person; several."""


@dataclass(frozen=True)
class Ref:
    """Somebody as narration puts it. `words`: the basic form, without article or case."""

    kind: Kind
    words: str = ""
    gender: Gender = "unknown"
    age: Age = "unknown"
    subject: bool = False
    at: int = 0


@dataclass(frozen=True)
class DialogueTag:
    """Who speaks, says narration beside a quotation. `verb`: a verb of speech; `beat`: somebody who acts there;
    `silent`: somebody who does not answer, or whose answer is told.
    """

    ref: Ref
    rule: Literal["verb", "beat", "silent"]
    listener: Ref | None = None


@dataclass
class Address:
    """Who is spoken to in a quotation."""

    names: list[str] = field(default_factory=list)
    gender: Gender = "unknown"


class NarrationRules(Protocol):
    """Rules of one language. `learn` comes first; it reads the whole text once."""

    def one_speaker(self, paragraph: BookParagraph) -> bool:
        """Whether a paragraph is one person's speech unless it says otherwise."""

    def learn(self, book: Book) -> None: ...

    def ends_within(self, told: str) -> bool:
        """Whether narration between two quotations is more than what leads to the second one."""

    def before(self, told: str) -> DialogueTag | None:
        """From the narration that a quotation follows."""

    def after(self, told: str) -> DialogueTag | None:
        """From the narration that follows a quotation."""

    def refs(self, told: str) -> list[Ref]:
        """Everybody that narration speaks of, in order."""

    def address(self, quote: str) -> Address: ...

    def speaker_gender(self, quote: str) -> Gender:
        """What a speaker's own words tell of them."""

    def same_person(self, names: dict[str, int]) -> dict[str, str]:
        """Alias -> the fullest name of the same person, for names with how often they occur."""

    def kin(self, ref: Ref, names: list[str]) -> list[int]:
        """Places of the names that a word of kinship fits: for a wife those of married women."""

    def gender(self, name: str) -> Gender: ...

    def likely_gender(self, name: str) -> Gender:
        """What the look of a name makes likely, where nothing tells."""

    def age(self, name: str) -> Age: ...
