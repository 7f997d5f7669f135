"""English: who said it, by verb, name and pronoun around the quotation. Tables: `english.toml`."""

import re
from collections import Counter

from engine.drama.cast.passages import Book
from engine.drama.cast.reader import Address, Ref, Tag
from engine.drama.cast.tables import table, words
from engine.drama.project import Age, Gender

_TOKEN = re.compile(r"[A-Za-z]+(?:[’'-][A-Za-z]+)*\.?|[^\sA-Za-z]")
_ARTICLES = {"the", "a", "an", "this", "that", "another", "one", "each", "every", "some"}
_POSSESSIVES = {"his", "her", "my", "our", "their", "your", "its"}
_SENTENCE = re.compile(r"(?<=[.!?;])[”\"’)]?\s+(?=[A-Z(“])")
_TITLE_DOTS = re.compile(r"\b(Mr|Mrs|Ms|Dr|St|Messrs|Prof|Capt|Col|Gen|Rev|Hon)\.")
_FIRST = {"i", "myself"}
_PREPOSITIONS = {"of", "at", "to", "in", "on", "by", "with", "from", "upon", "over", "into"}


class English:
    paragraph_is_one = True

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._speech = words("english", "speech")
        self._male, self._female = words("english", "male"), words("english", "female")
        self._people = self._male | self._female | words("english", "other")
        self._kin = words("english", "kin")
        self._stops, self._adverbs = words("english", "stops"), words("english", "adverbs")
        self._titles = {
            "male": words("english", "titles_male"),
            "female": words("english", "titles_female"),
            "unknown": words("english", "titles_other"),
        }
        self._all_titles = set().union(*self._titles.values())
        self._given = {"male": words("english", "names_male"), "female": words("english", "names_female")}
        self._silent = re.compile(table("english")["silent"].strip())

    def learn(self, book: Book) -> None:
        capital: Counter[str] = Counter()
        small: Counter[str] = Counter()
        initial: Counter[str] = Counter()
        for paragraph in book.paragraphs:
            if paragraph.heading:
                continue
            ended = True
            for passage in paragraph.passages:
                text = _TITLE_DOTS.sub(r"\1", passage.text)
                for token in _TOKEN.findall(text):
                    if not token[0].isalpha():
                        ended = token in ".!?“‘:—;" or (ended and token in "”’\"'(")
                        continue
                    word = token.rstrip(".")
                    if word[0].islower():
                        small[word] += 1
                    else:
                        (initial if ended else capital)[_bare(word)] += 1
                    ended = token.endswith(".") and word.casefold() not in self._all_titles
                if passage.said:
                    ended = text.rstrip("”’\"' ")[-1:] in ".!?"
                    ended = False
        barred = words("english", "not_names") - {"may", "june", "april", "august"}
        given = self._given["male"] | self._given["female"]
        for word, count in initial.items():
            known = word.casefold() in given and word.casefold() not in (
                "will",
                "may",
                "mark",
                "grace",
                "rose",
                "ray",
                "max",
            )
            if known or (count > 2 and not small[word.casefold()] and not re.search(r"(ly|ing|ed|n[’']t)$", word)):
                capital[word] += count
        self.names = {
            word
            for word, count in capital.items()
            if word.casefold() not in barred
            and word.casefold() not in self._all_titles
            and not (word.isupper() and len(word) > 1)
            and (count > small[word.casefold()] or word.casefold() in given)
            and len(word) > 1
        }

    # what narration says of a quotation

    def before(self, told: str) -> Tag | None:
        sentence = self._last(told)
        if not sentence:
            return None
        tokens = self._tokens(sentence)
        opened = told.rstrip()[-1:] in ",:" or told.rstrip()[-1:].isalpha()
        if self._silent.search(sentence.lower()):
            subject = self._subject(tokens, 0)
            return Tag(subject, "silent") if subject else None
        if opened:
            for at in range(len(tokens) - 1, -1, -1):
                if tokens[at].lower() in self._speech and (found := self._speaker_before(tokens, at)):
                    return Tag(found, "verb", self._listener(tokens, at + 1))
        subject = self._subject(tokens, 0)
        if subject is None:
            return None
        return Tag(subject, "verb" if told.rstrip().endswith(":") else "beat")

    def after(self, told: str) -> Tag | None:
        text = told.strip()
        sentence = _SENTENCE.split(_TITLE_DOTS.sub(r"\1", text))[0]
        tokens = self._tokens(sentence.lstrip("—–-(, "))
        if not tokens:
            return None
        if tag := self._inverted(tokens):
            return tag
        if found := self._subject_at(tokens, 0):
            subject, at = found
            steps = 0
            while at < len(tokens) and steps < 5:
                word = tokens[at].lower()
                if word in self._speech:
                    return Tag(subject, "verb", self._listener(tokens, at + 1))
                if not word[0].isalpha() or word in self._stops - {"then", "again", "once", "only"}:
                    break
                at, steps = at + 1, steps + 1
            if subject.kind != "many" and text[:1].isalpha():
                lower = text[0].islower()
                return Tag(subject, "verb" if lower and self._near_speech(tokens) else "beat")
        return None

    def _near_speech(self, tokens: list[str]) -> bool:
        return any(token.lower() in self._speech for token in tokens[:12])

    def _inverted(self, tokens: list[str]) -> Tag | None:
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
        if found is None or (found[0].kind == "pronoun" and tokens[at].lower() in _POSSESSIVES):
            return None
        return Tag(found[0], "verb", self._listener(tokens, found[1]))

    def _speaker_before(self, tokens: list[str], verb: int) -> Ref | None:
        """The subject of the verb at a place: right before it, or the sentence's own."""
        if found := self._subject_at(tokens, verb + 1):
            following = tokens[verb + 1].lower()
            if (
                found[0].kind in ("name", "noun", "kin")
                and following not in _POSSESSIVES | {"a", "an"}
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
        parts = [each for each in _SENTENCE.split(_TITLE_DOTS.sub(r"\1", told.strip())) if each.strip()]
        return parts[-1] if parts else ""

    def _tokens(self, text: str) -> list[str]:
        return [token.rstrip(".") or token for token in _TOKEN.findall(_TITLE_DOTS.sub(r"\1", text))]

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

    def _subject_at(self, tokens: list[str], at: int) -> tuple[Ref, int] | None:
        """Somebody named at this place, and where the words for them end."""
        if at >= len(tokens):
            return None
        word = tokens[at].lower()
        if word in ("he", "she"):
            return Ref("pronoun", word, "male" if word == "he" else "female", at=at), at + 1
        if word in _FIRST:
            return Ref("self", at=at), at + 1
        if word in ("they", "we", "both", "all", "everybody"):
            return Ref("many", at=at), at + 1
        if found := self._named(tokens, at):
            ref, stop = found
            if tokens[stop - 1].endswith(("’s", "'s")) and stop < len(tokens):
                return self._noun(tokens, stop, kin=True) or None
            return ref, stop
        if word in _ARTICLES:
            return self._noun(tokens, at + 1, kin=False)
        if word in _POSSESSIVES:
            return self._noun(tokens, at + 1, kin=word not in ("my", "our"))
        return None

    def _named(self, tokens: list[str], at: int) -> tuple[Ref, int] | None:
        parts: list[str] = []
        gender: Gender = "unknown"
        stop = at
        while stop < len(tokens):
            token = tokens[stop]
            bare = _bare(token)
            title = bare.casefold() in self._all_titles and token[0].isupper()
            if title and (parts and not self._is_title(parts[-1])):
                break
            if not (token[0].isupper() and (title or bare in self.names)):
                break
            if title:
                for each, listed in self._titles.items():
                    if bare.casefold() in listed and each != "unknown":
                        gender = each  # type: ignore[assignment]
            parts.append(bare)
            stop += 1
            if token != bare:
                break
        if not parts or (len(parts) == 1 and self._is_title(parts[0])):
            return None
        name = " ".join(f"{part}." if part in ("Mr", "Mrs", "Dr", "Ms") else part for part in parts)
        return Ref("name", name, gender, at=at), stop

    def _is_title(self, word: str) -> bool:
        return word.casefold() in self._all_titles

    def _noun(self, tokens: list[str], at: int, *, kin: bool) -> tuple[Ref, int] | None:
        """A common noun for a person, after an article or a possessive."""
        if at < len(tokens) and tokens[at].lower() == "of":
            at += 2
        named: list[str] = []
        for place in range(at, min(at + 5, len(tokens))):
            token, word = tokens[place], tokens[place].lower()
            bare = _bare(token)
            if not token[0].isalpha() or word in self._stops:
                return (self._made(named), place) if named else None
            if token[0].isupper() and (bare in self.names or named or bare.casefold() in self._all_titles):
                named.append(bare)
                if token != bare and place + 1 < len(tokens):
                    return self._noun(tokens, place + 1, kin=True)
                continue
            if named:
                return self._made(named), place
            if bare.casefold() in self._people:
                if token.endswith(("’s", "'s")) and place + 1 < len(tokens):
                    return self._noun(tokens, place + 1, kin=True)
                return self._common(bare, tokens[at:place], kin), place + 1
            if single := self._singular(bare.casefold()):
                if "one" in (tokens[max(0, at - 3)].lower(), tokens[max(0, at - 2)].lower()):
                    return self._common(single, [], kin), place + 1
                return Ref("many", at=at), place + 1
        if named:
            return self._made(named), min(at + 5, len(tokens))
        return None

    def _singular(self, word: str) -> str:
        """Of a plural for people; nothing for other words."""
        for single in (word.removesuffix("s"), word.removesuffix("es"), re.sub("men$", "man", word)):
            if single != word and single in self._people:
                return single
        return ""

    def _made(self, named: list[str]) -> Ref:
        return Ref("name", " ".join(named), self.gender(" ".join(named)))

    def _common(self, head: str, before: list[str], kin: bool) -> Ref:
        word = head.casefold()
        gender: Gender = "male" if word in self._male else "female" if word in self._female else "unknown"
        lowered = {each.lower() for each in before}
        age: Age = "old" if lowered & {"old", "aged", "elderly"} else self.age(word)
        relation = kin and word in self._kin
        return Ref("kin" if relation else "noun", word, gender, age)

    # everything else

    def refs(self, told: str) -> list[Ref]:
        found: list[Ref] = []
        for sentence in _SENTENCE.split(_TITLE_DOTS.sub(r"\1", told)):
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
        text = _TITLE_DOTS.sub(r"\1", quote)
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
                tokens[0][0].isupper() and (_bare(tokens[0]) in self.names or self._is_title(tokens[0]))
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

    def same_person(self, names: dict[str, int]) -> dict[str, str]:
        short: dict[str, set[str]] = {}
        for entry in table("english")["short"].split():
            full, forms = entry.split(":")
            for form in forms.split(","):
                short.setdefault(form, set()).add(full)
        split = {name: self._split(name) for name in names}
        merged: dict[str, str] = {}
        by_size = sorted(names, key=lambda name: (len(split[name][1]), names[name]))
        for name in by_size:
            title, parts = split[name]
            fits = []
            for other in names:
                other_title, other_parts = split[other]
                if other == name or not _contains(other_parts, parts, short):
                    continue
                if len(other_parts) == len(parts) and not (title == "" and other_title) and parts == other_parts:
                    continue
                mine, theirs = self.gender(name), self.gender(other)
                if "unknown" not in (mine, theirs) and mine != theirs:
                    continue
                fits.append(other)
            if title == "miss" and len(parts) == 1:
                fits = [each for each in fits if len(split[each][1]) > 1]
            roots = {merged.get(each, each) for each in fits}
            if len(roots) == 1 or (roots and not title):
                merged[name] = max(roots, key=lambda each: (names.get(each, 0), len(each)))
        return {name: _root(name, merged) for name in merged}

    def _split(self, name: str) -> tuple[str, tuple[str, ...]]:
        tokens = [each.rstrip(".").casefold() for each in name.split()]
        title = next((each for each in tokens if each in self._all_titles), "")
        return title, tuple(each for each in tokens if each not in self._all_titles) or tuple(tokens)

    def kin(self, ref: Ref, names: list[str]) -> list[int]:
        title = {
            "wife": "mrs",
            "lady": "mrs",
            "mother": "mrs",
            "mistress": "mrs",
            "hostess": "mrs",
            "husband": "mr",
            "father": "mr",
        }
        wanted = title.get(ref.words)
        return [at for at, name in enumerate(names) if wanted and name.split()[0].rstrip(".").casefold() == wanted]

    def gender(self, name: str) -> Gender:
        tokens = [each.rstrip(".").casefold() for each in name.split()]
        for token in tokens:
            if token in self._titles["male"]:
                return "male"
            if token in self._titles["female"]:
                return "female"
        for token in tokens:
            for gender in ("male", "female"):
                if token in self._given[gender]:
                    return gender
        if tokens and tokens[-1] in self._male:
            return "male"
        if tokens and tokens[-1] in self._female:
            return "female"
        return "unknown"

    def age(self, name: str) -> Age:
        tokens = name.casefold().split()
        if any(token in words("english", "child") for token in tokens) or tokens[:1] == ["master"]:
            return "child"
        return "old" if any(token in words("english", "old") for token in tokens) else "unknown"


def _bare(word: str) -> str:
    return re.sub(r"[’']s?$", "", word).rstrip(".")


def _contains(longer: tuple[str, ...], shorter: tuple[str, ...], short: dict[str, set[str]]) -> bool:
    return all(part in longer or short.get(part, set()) & set(longer) for part in shorter)


def _root(name: str, merged: dict[str, str]) -> str:
    seen = {name}
    while name in merged and merged[name] not in seen:
        name = merged[name]
        seen.add(name)
    return name
