"""Russian: who said it, by verb and agreement, name and patronymic around the speech. Tables: `russian.toml`."""

import re

from engine.drama.cast.morphology import WordForm, form, plain, speaks, stem
from engine.drama.cast.passages import BookParagraph
from engine.drama.cast.rules import Address, DialogueTag, Ref
from engine.drama.cast.russian_names import TOKEN, RussianNames
from engine.drama.cast.tables import words
from engine.drama.project import Gender

_SENTENCE = re.compile(r"(?<=[.!?…])[»”\")]*\s+(?=[А-ЯЁ«(—])")
_FIRST = re.compile(r"\bя\b(?:\s+(?!бы\b)[а-яё-]+){0,2}?\s+([а-яё]+)", re.IGNORECASE)


class Russian(RussianNames):
    def one_speaker(self, paragraph: BookParagraph) -> bool:
        return True

    def ends_within(self, told: str) -> bool:
        return len(_SENTENCE.split(told.strip())) > 1

    # what narration says of speech

    def before(self, told: str) -> DialogueTag | None:
        parts = [each for each in _SENTENCE.split(told.strip()) if re.search(r"\w", each)]
        if not parts:
            return None
        sentence = parts[-1]
        tokens = TOKEN.findall(sentence)
        subjects = self._subjects(tokens)
        verbs = [
            at for at, token in enumerate(tokens) if token.islower() and form(token).finite and not form(token).first
        ]
        opened = told.rstrip().endswith(":")
        speech = [at for at in verbs if speaks(tokens[at])]
        if opened and not subjects and speech:
            return DialogueTag(Ref("pronoun", "", form(tokens[speech[-1]]).gender), "verb")
        if not subjects:
            return None
        if not opened and self._silent.search(sentence.casefold()):
            return DialogueTag(subjects[0][1], "silent")
        verb = (speech or verbs or [0])[-1]
        found = self._agreeing(subjects, tokens, verb, last=opened)
        if found is None:
            return None
        return DialogueTag(found, "verb" if opened and (speech or len(subjects) == 1) else "beat")

    def after(self, told: str) -> DialogueTag | None:
        text = told.strip().lstrip("—–-, ")
        first = _SENTENCE.split(text)[0]
        tokens = TOKEN.findall(first)
        verbs = [at for at, token in enumerate(tokens) if token.islower() and form(token).finite]
        subjects = self._subjects(tokens)
        speech = [at for at in verbs if speaks(tokens[at])]
        small = text[:1].islower()
        if verbs and verbs[0] < 3 and form(tokens[verbs[0]]).lemma in words("russian", "hears"):
            return None
        if speech and (small or speech[0] < 4):
            verb = speech[0]
            if form(tokens[verb]).first:
                return DialogueTag(Ref("self"), "verb")
            found = self._agreeing(subjects, tokens, verb)
            if found is None and not form(tokens[verb]).plural:
                found = Ref("pronoun", "", form(tokens[verb]).gender)
            return DialogueTag(found, "verb", self._listener(tokens, verb)) if found else None
        found = self._agreeing(subjects, tokens, verbs[0]) if subjects and verbs else None
        if found is None or found.kind == "many":
            return None
        return DialogueTag(found, "verb" if small and verbs[0] < 3 else "beat")

    def _subjects(self, tokens: list[str]) -> list[tuple[int, Ref]]:
        """Everybody in the nominative, with their places."""
        found: list[tuple[int, Ref]] = []
        at = 0
        while at < len(tokens):
            hit = self._subject_at(tokens, at)
            if hit is None:
                at += 1
                continue
            found.append((at, hit[0]))
            at = hit[1]
        return found

    def _agreeing(
        self, subjects: list[tuple[int, Ref]], tokens: list[str], verb: int, *, last: bool = False
    ) -> Ref | None:
        """Who goes with the verb at a place: the nearest after it, else before it, of its gender."""
        told = form(tokens[verb])
        fits = [(at, ref) for at, ref in subjects if self._fits(ref, told)]
        if not fits:
            return None
        if last:
            earlier = [each for each in fits if each[0] < verb]
            names = [each for each in earlier if each[1].kind != "pronoun"]
            return (names or earlier or fits)[0][1]
        near = [each for each in fits if each[0] > verb and not self._broken(tokens, verb, each[0])]
        earlier = [each for each in fits if each[0] < verb and "," not in tokens[each[0] : verb]]
        chosen = (near or earlier[::-1] or [each for each in fits if each[0] > verb] or fits)[0][1]
        if told.gender != "unknown" and chosen.gender == "unknown" and chosen.kind in ("name", "noun"):
            chosen = Ref(chosen.kind, chosen.words, told.gender, chosen.age, at=chosen.at)
        return chosen

    def _broken(self, tokens: list[str], verb: int, at: int) -> bool:
        """Whether another verb stands between: then somebody is another verb's."""
        return any(token.islower() and form(token).finite for token in tokens[verb + 1 : at])

    def _fits(self, ref: Ref, verb: WordForm) -> bool:
        if verb.plural:
            return ref.kind == "many"
        if ref.kind == "many":
            return False
        if ref.words.endswith("голос"):
            return verb.gender != "female"
        return "unknown" in (ref.gender, verb.gender) or ref.gender == verb.gender

    def _listener(self, tokens: list[str], verb: int) -> Ref | None:
        for at in range(verb + 1, min(verb + 6, len(tokens))):
            if tokens[at][0].isupper() and stem(tokens[at]) in self._nominative and not form(tokens[at]).subject:
                named = self._named(tokens, at, nominative=False)
                return named[0] if named else None
        return None

    # everything else

    def refs(self, told: str) -> list[Ref]:
        found: list[Ref] = []
        for sentence in _SENTENCE.split(told):
            tokens = TOKEN.findall(sentence)
            at = 0
            while at < len(tokens):
                hit = self._subject_at(tokens, at)
                subject = hit is not None
                if hit is None and tokens[at][0].isupper():
                    hit = self._named(tokens, at, nominative=False)
                if hit is None or hit[0].kind in ("many", "pronoun"):
                    at += 1 if hit is None else max(1, hit[1] - at)
                    continue
                ref = hit[0]
                if ref.kind != "noun" or (ref.words.split()[-1] in self._persons and "голос" not in ref.words):
                    found.append(Ref(ref.kind, ref.words, ref.gender, ref.age, subject=subject))
                at = max(hit[1], at + 1)
        return found

    def address(self, quote: str) -> Address:
        names: list[str] = []
        gender: Gender = "unknown"
        if re.search(r"(?:[А-ЯЁ][а-яё]+,\s){2}[А-ЯЁ]", quote):
            return Address()
        for match in re.finditer(
            r"(?:^|[,.!?…—«])\s*((?:[а-яё]+\s+){0,2}?)([А-ЯЁа-яё]+(?:\s[А-ЯЁ][а-яё]+)?)\s*(?=[,.!?…»]|$)", quote
        ):
            token = match[2].split()[0]
            low = plain(match[2].split()[-1])
            if low in words("russian", "vocative_male"):
                gender = "male"
            elif low in words("russian", "vocative_female"):
                gender = "female"
            if token[0].isupper() and stem(token) in self._nominative:
                named = self._named(match[2].split(), 0, nominative=True)
                if (
                    named
                    and named[1] == len(match[2].split())
                    and ","
                    in quote[max(0, match.start() - 1) : match.end() + 1]
                    + ("," if "!" in quote[match.end() : match.end() + 1] else "")
                ):
                    names.append(named[0].words)
        return Address(names, gender)

    def speaker_gender(self, quote: str) -> Gender:
        for match in _FIRST.finditer(quote):
            told = form(match[1].casefold())
            if told.finite and told.gender != "unknown" and not told.plural:
                return told.gender
        return "unknown"
