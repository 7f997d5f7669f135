"""English: who said it, by verb, name and pronoun around the quotation. Tables: `english.toml`."""

import re

from engine.drama.cast.english_names import POSSESSIVES, TITLE_DOTS, EnglishNames, bare
from engine.drama.cast.passages import BookParagraph
from engine.drama.cast.rules import Address, DialogueTag, Ref
from engine.drama.cast.tables import words
from engine.drama.project import Gender

_SENTENCE = re.compile(r"(?<=[.!?;])[”\"’)]?\s+(?=[A-Z(“])")
_PREPOSITIONS = {"of", "at", "to", "in", "on", "by", "with", "from", "upon", "over", "into"}


class English(EnglishNames):
    def one_speaker(self, paragraph: BookParagraph) -> bool:
        return True

    def ends_within(self, told: str) -> bool:
        return len(_SENTENCE.split(told.strip())) > 1

    # what narration says of a quotation

    def before(self, told: str) -> DialogueTag | None:
        sentence = self._last(told)
        if not sentence:
            return None
        tokens = self._tokens(sentence)
        opened = told.rstrip()[-1:] in ",:" or told.rstrip()[-1:].isalpha()
        if self._silent.search(sentence.lower()):
            subject = self._subject(tokens, 0)
            return DialogueTag(subject, "silent") if subject else None
        if opened:
            for at in range(len(tokens) - 1, -1, -1):
                if tokens[at].lower() in self._speech and (found := self._speaker_before(tokens, at)):
                    return DialogueTag(found, "verb", self._listener(tokens, at + 1))
        subject = self._subject(tokens, 0)
        if subject is None or (subject.kind == "self" and self._sees(tokens)):
            return None
        return DialogueTag(subject, "verb" if told.rstrip().endswith(":") else "beat")

    def after(self, told: str) -> DialogueTag | None:
        text = told.strip()
        sentence = _SENTENCE.split(TITLE_DOTS.sub(r"\1", text))[0]
        tokens = self._tokens(sentence.lstrip("—–-(, "))
        if not tokens:
            return None
        if tag := self._inverted(tokens):
            return tag
        if found := self._subject_at(tokens, int(tokens[0].lower() == "as")):
            subject, at = found
            if subject.kind == "self" and self._sees(tokens):
                return None
            steps = 0
            while at < len(tokens) and steps < 5:
                word = tokens[at].lower()
                if word in self._speech:
                    return DialogueTag(subject, "verb", self._listener(tokens, at + 1))
                if not word[0].isalpha() or word in self._stops - {"then", "again", "once", "only"}:
                    break
                at, steps = at + 1, steps + 1
            if subject.kind != "many" and text[:1].isalpha():
                lower = text[0].islower()
                return DialogueTag(subject, "verb" if lower and self._near_speech(tokens) else "beat")
        return None

    def _sees(self, tokens: list[str]) -> bool:
        """Whether the teller watches, so that somebody else does something."""
        at = next((at for at, token in enumerate(tokens) if token == "I"), len(tokens))
        return any(token.lower() in words("english", "sees") for token in tokens[at + 1 : at + 4])

    def _near_speech(self, tokens: list[str]) -> bool:
        return any(token.lower() in self._speech for token in tokens[:12])

    def _inverted(self, tokens: list[str]) -> DialogueTag | None:
        """`said the old man`, `put in Anna`, `cried he`."""
        first = tokens[0].lower()
        at = 1
        if first not in self._speech and not (first.endswith(("ed", "ing")) and tokens[0].islower()):
            return None
        while (
            at < len(tokens)
            and at < 4
            and (tokens[at].lower().endswith("ly") or tokens[at].lower() in {"in", "out", "on", "up", "again"})
        ):
            at += 1
        found = self._subject_at(tokens, at)
        if found is None or (found[0].kind == "pronoun" and tokens[at].lower() in POSSESSIVES):
            return None
        return DialogueTag(found[0], "verb", self._listener(tokens, found[1]))

    def _speaker_before(self, tokens: list[str], verb: int) -> Ref | None:
        """The subject of the verb at a place: right before it, or the sentence's own."""
        if found := self._subject_at(tokens, verb + 1):
            following = tokens[verb + 1].lower()
            if (
                found[0].kind in ("name", "noun", "kin")
                and following not in POSSESSIVES | {"a", "an"}
                and found[1] >= len(tokens) - 1
            ):
                before = self._subject(tokens[:verb], 0)
                if before is None:
                    return found[0]
        best: Ref | None = None
        at = 0
        while at < verb:
            found = self._subject_at(tokens, at)
            if found is None:
                at += 1
                continue
            ref, stop = found
            clause = (
                at == 0
                or not tokens[at - 1][0].isalpha()
                or tokens[at - 1].lower() in {"and", "but", "then", "so", "when", "while", "as", "said", "for"}
            )
            if clause or best is None:
                previous = tokens[at - 1].lower() if at else ""
                named = best is not None and best.kind == "name" and best.gender in ("unknown", ref.gender)
                if previous not in _PREPOSITIONS and not (named and ref.kind == "pronoun"):
                    best = ref
            at = max(stop, at + 1)
        return best

    def _listener(self, tokens: list[str], at: int) -> Ref | None:
        for place in range(at, min(at + 6, len(tokens) - 1)):
            if tokens[place].lower() == "to":
                found = self._subject_at(tokens, place + 1)
                return found[0] if found else None
        return None

    def _last(self, told: str) -> str:
        parts = [each for each in _SENTENCE.split(TITLE_DOTS.sub(r"\1", told.strip())) if each.strip()]
        return parts[-1] if parts else ""

    def _subject(self, tokens: list[str], at: int) -> Ref | None:
        """Whom a sentence that begins at a place is about."""
        while at < len(tokens) and (
            tokens[at].lower() in self._adverbs | {"and", "but", "so", "at", "for", "yet"}
            or not tokens[at][0].isalpha()
        ):
            at += 1
        if at < len(tokens) and tokens[at].lower() in {"when", "while", "as", "after", "before", "if"} | self._stops:
            while at < len(tokens) and tokens[at] != ",":
                at += 1
            at += 1
        found = self._subject_at(tokens, at)
        if found:
            return found[0]
        for place in range(at, min(at + 12, len(tokens))):
            if tokens[place] == "," and (found := self._subject_at(tokens, place + 1)):
                return found[0]
        return None

    # everything else

    def refs(self, told: str) -> list[Ref]:
        found: list[Ref] = []
        for sentence in _SENTENCE.split(TITLE_DOTS.sub(r"\1", told)):
            tokens = self._tokens(sentence)
            at, first = 0, True
            while at < len(tokens):
                word = tokens[at].lower()
                if word in ("him", "himself", "his", "her", "herself") and not self._subject_at(tokens, at):
                    found.append(Ref("pronoun", word, "male" if word[0:2] == "hi" else "female"))
                    at += 1
                    continue
                hit = self._subject_at(tokens, at)
                vague = word in ("a", "an", "every", "each", "some", "another", "one")
                if hit is None or hit[0].kind == "many" or (vague and hit[0].kind == "noun"):
                    at += 1
                    continue
                ref, stop = hit
                found.append(Ref(ref.kind, ref.words, ref.gender, ref.age, subject=first))
                first = False
                at = max(stop, at + 1)
        return found

    def address(self, quote: str) -> Address:
        text = TITLE_DOTS.sub(r"\1", quote)
        names: list[str] = []
        for match in re.finditer(
            r"(?:^[“‘\"'—\s]*|[,.!?;—…]\s*)((?:(?:my|dear|dearest|poor|little|old|oh|ah|well|and|then|now|come|no|yes|good)\s+)*)([A-Z][\w’'-]*(?:\s[A-Z][\w’'-]*){0,2})\s*(?=[,.!?;—…’”\"]|$)",
            text,
            re.IGNORECASE,
        ):
            tokens = match[2].split()
            whole = match.start() == 0 and len(tokens) == len(text.split())
            if whole and text[match.end() : match.end() + 1] not in ",!?—" and text.strip("“”‘’\"' ")[-1:] not in "!?,":
                continue
            while tokens and not (
                tokens[0][0].isupper() and (bare(tokens[0]) in self.names or self._is_title(tokens[0]))
            ):
                tokens = tokens[1:]
            named = self._named(tokens, 0) if tokens else None
            if named and named[1] == len(tokens):
                names.append(named[0].words)
        gender: Gender = "unknown"
        for match in re.finditer(
            r"[,!.?—“]\s*(?:my |dear |your |dearest |oh |no |yes )*([a-z’']+)(?=[,.!?;—…”]|$)", text, re.IGNORECASE
        ):
            word = match[1].casefold().replace("’", "'")
            if word in words("english", "vocative_male"):
                gender = "male"
            elif word in words("english", "vocative_female"):
                gender = "female"
        return Address(names, gender)

    def speaker_gender(self, quote: str) -> Gender:
        return "unknown"
