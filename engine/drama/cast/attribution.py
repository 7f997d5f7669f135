"""Who speaks each line, by rules."""

from collections import Counter
from collections.abc import Callable, Sequence
from math import exp, log

from engine.drama.cast.dialogue import Dialogue, Remark, names_of
from engine.drama.cast.identity import identity
from engine.drama.cast.passages import passages
from engine.drama.cast.people import TELLER, People, Person
from engine.drama.cast.rules import NarrationRules
from engine.drama.cast.sameness import one_person
from engine.drama.cast.traditional import Spelling, simplified
from engine.drama.cast.turns import Turn, likely
from engine.drama.project import NARRATOR, Character, Language, Project
from engine.drama.ticks import Tick, untold

UNCLAIMED = 0.45
"""Below this, nobody is said to speak a line: the likeliest one does, and it is marked."""
_NEAR = 8
_CANDIDATES = 7
_AGAIN = 4.0
_TURN, _STEP = 0.97, 0.03
"""How sure a turn can be beside one that narration tells, and what each turn further off takes away."""
_SELDOM, _RARE = 3, 0.79
"""How sure a name is that the text has less often than this: it may be none, or another name of somebody."""
_READ_TIMES = 3
"""About how often each line is read."""
_PASSES = 3
"""Who was found to speak nearby, is looked for in the next pass."""
_NARRATOR = {"en": "Narrator", "ru": "Рассказчик", "zh": "旁白"}


def attribute(project: Project, tick: Tick = untold) -> Project:
    """The project with a speaker for every line, changed in place. Lines that have one keep it.

    Dialogue and thoughts get the likeliest character, with `confidence` and `rule`: `verb` (a verb of speech with a
    name), `pronoun` (with he or she), `beat` (somebody who acts beside it), `turn` (people take turns), `same` (it goes
    on), `unclaimed` (nothing tells; to be checked). All else is the narrator's, by rule `told`. `characters`: the
    narrator first, then by how much they say. Raises what `tick` does.
    """
    book = passages(project, simplified if project.language == "zh" else str)
    book.beat = _beats(len(project.lines), tick)
    rules = rules_for(project.language)
    rules.learn(book)
    people = People(rules)
    people.join(names_of(book, rules))
    labelled = _labelled(project, people)
    dialogue = Dialogue(book, rules, people, labelled)
    people.settle_genders()
    dialogue.replace(one_person(people))
    spoken = _counted([each.person for each in dialogue.remarks])
    guesses: list[int | None] = [each.person for each in dialogue.remarks]
    shares: list[dict[int, float]] = []
    for _ in range(_PASSES):
        shares = likely(_turns(dialogue, people, rules, spoken, guesses), book.beat)
        guesses = [max(each, key=lambda who: each[who]) if each else None for each in shares]
        spoken = _counted(guesses)
    for remark, found, steps in zip(dialogue.remarks, shares, _steps(dialogue.remarks), strict=True):
        _decide(remark, found, steps, people)
    if project.language == "zh":
        people.spell(Spelling(project.source).of)
    _write(project, dialogue, people)
    return project


def _beats(lines: int, tick: Tick) -> Callable[[], object]:
    """One for each time that something of the book is read. How often that will be, rules and text decide: the share
    grows ever more slowly, and never stands still."""
    count = 0

    def beat() -> None:
        nonlocal count
        count += 1
        tick(1 - exp(-count / (_READ_TIMES * lines)))

    return beat


def _counted(speakers: Sequence[int | None]) -> Counter[int]:
    return Counter(each for each in speakers if each is not None)


def rules_for(language: Language) -> NarrationRules:
    if language == "ru":
        from engine.drama.cast.russian import Russian

        return Russian()
    if language == "zh":
        from engine.drama.cast.chinese import Chinese

        return Chinese()
    from engine.drama.cast.english import English

    return English()


def _labelled(project: Project, people: People) -> dict[str, int]:
    found = {NARRATOR: TELLER}
    for character in project.characters:
        if character.id == NARRATOR:
            continue
        read = simplified if project.language == "zh" else str
        at = people.named(read(character.name))
        for alias in character.aliases:
            people.named(read(alias))
        people.all[at].character = people.all[at].character or character.id
        found[character.id] = at
    return found


def _turns(
    dialogue: Dialogue, people: People, rules: NarrationRules, spoken: Counter[int], guesses: list[int | None]
) -> list[Turn]:
    remarks = dialogue.remarks
    around = _around(remarks, guesses)
    certain = Counter(who for each in remarks for who in (each.person, each.beat) if who is not None)
    turns = []
    for at, remark in enumerate(remarks):
        turn = Turn(apart=remark.apart, begins=remark.begins)
        if remark.person is not None:
            turn.scores = {remark.person: 0.0}
        else:
            near = around[at]
            pool = {who: near[who] for who in near}
            for who, weight in remark.salience.items():
                pool[who] = pool.get(who, 0.0) + 0.3 * weight
            for named in (remark.beat, remark.silent, remark.listener, remark.kin, remark.antecedent):
                if named is not None:
                    pool.setdefault(named, 0.1)
            relatives: list[int] = []
            if remark.pronoun is not None and remark.pronoun.kind == "kin":
                relatives = rules.kin(remark.pronoun, [each.name for each in people.all])
                for who in relatives:
                    pool[who] = pool.get(who, 0.0) + 1.5
            if not dialogue.first_person:
                pool.pop(TELLER, None)
            best = sorted(pool, key=lambda who: -pool[who])[:_CANDIDATES]
            best += [who for who in (remark.beat, remark.kin, remark.antecedent) if who is not None and who not in best]
            turn.scores = {
                who: min(pool[who], 1.5) + _standing(who, certain, spoken) + _score(remark, who, people.all[who])
                for who in best
            }
            for who in relatives:
                if who in turn.scores:
                    turn.scores[who] += 2.5
            _answering(turn, remarks, at, people)
            before = guesses[at - 1] if at else None
            if remark.again and before is not None and before in turn.scores:
                turn.scores[before] += _AGAIN
        turns.append(turn)
    return turns


def _standing(who: int, certain: Counter[int], spoken: Counter[int]) -> float:
    """Whoever is said to speak somewhere is likelier to speak elsewhere."""
    return 0.15 * log(1 + spoken[who]) + (0.15 * log(1 + certain[who]) if certain[who] else -1.0)


def _around(remarks: list[Remark], guesses: list[int | None]) -> list[dict[int, float]]:
    """For each remark, who is known to speak in its scene nearby, and how near. Somebody who speaks later, after
    narration, may have come in it."""
    found: list[dict[int, float]] = []
    for at in range(len(remarks)):
        here: dict[int, float] = {}
        for step, gap in ((-1, 0.1), (1, 0.4)):
            nearness, other = 0.0, at
            for _ in range(_NEAR):
                border = other if step < 0 else other + 1
                if not 0 <= other + step < len(remarks) or remarks[border].begins:
                    break
                other += step
                nearness -= 0.1 + gap * remarks[border].apart
                near = remarks[other]
                for who, weight in ((near.person, 1.2), (near.beat, 1.0), (guesses[other], 0.8)):
                    if who is not None:
                        here[who] = max(here.get(who, -1.0), weight + nearness)
                for who in near.addressed:
                    here[who] = max(here.get(who, -1.0), 0.7 + nearness)
        found.append(here)
    return found


def _score(remark: Remark, who: int, person: Person) -> float:
    score = 0.0
    for ref, weight in ((remark.pronoun, 7.0), (remark.beat_pronoun, 2.0)):
        if ref is None:
            continue
        if ref.gender != "unknown" and person.gender not in (ref.gender, "unknown"):
            score -= weight
        elif ref.gender != "unknown" and person.gender == ref.gender:
            score += 0.8
        if who == TELLER:
            score -= weight
        if person.several:
            score -= weight
        if ref.words == "那人" and person.noun:
            score += 1.5
        if ref.kind == "kin" and person.noun:
            score += 3.0 if who == remark.kin and person.names[person.name] > 2 else -1.5
        score += 0.5 * min(remark.salience.get(who, 0.0), 2.0)
    if remark.beat is not None:
        score += 4.0 if who == remark.beat else 0.0
    if who == remark.antecedent:
        score += 3.0
    if who == remark.silent:
        score -= 1.2
    if who == remark.listener:
        score -= 4.0
    if who in remark.addressed:
        score -= 3.5
    if remark.gender != "unknown" and person.gender not in (remark.gender, "unknown"):
        score -= 2.5
    return score


def _answering(turn: Turn, remarks: list[Remark], at: int, people: People) -> None:
    """Whoever was spoken to answers, or spoke before."""
    for other in (at - 1, at + 1):
        if not 0 <= other < len(remarks) or remarks[max(at, other)].begins:
            continue
        neighbour = remarks[other]
        for who in turn.scores:
            person = people.all[who]
            if who in neighbour.addressed or who == neighbour.listener:
                turn.scores[who] += 1.5 if other < at else 0.8
            if neighbour.addressed_gender != "unknown" and person.gender != "unknown":
                turn.scores[who] += 0.4 if person.gender == neighbour.addressed_gender else -0.8


def _steps(remarks: list[Remark]) -> list[int]:
    """How many remarks away the nearest one is of which narration tells whose it is."""
    far = len(remarks)
    found = [far] * far
    for order in (range(far), reversed(range(far))):
        steps = far
        for at in order:
            sure = remarks[at].person is not None or remarks[at].beat is not None or remarks[at].pronoun is not None
            steps = 0 if sure else min(far, steps + 1)
            found[at] = min(found[at], steps)
    return found


def _decide(remark: Remark, shares: dict[int, float], steps: int, people: People) -> None:
    remark_rule = remark.rule
    if remark.person is not None:
        once = remark.person != TELLER and people.all[remark.person].names.total() < _SELDOM
        confidence = 1.0 if remark_rule == "label" else _RARE if once else 0.97
    elif shares:
        remark.person = max(shares, key=lambda who: shares[who])
        confidence = round(min(0.95, shares[remark.person]), 2)
        if remark.beat == remark.person:
            remark.rule = "beat"
        elif remark.pronoun is not None:
            remark.rule = "pronoun"
        else:
            remark.rule = "turn"
            confidence = min(confidence, max(0.5, round(_TURN - _STEP * steps, 2)))
        if confidence < UNCLAIMED:
            remark.rule = "unclaimed"
    else:
        remark.person, remark.rule, confidence = TELLER, "unclaimed", 0.1
    for place, passage in enumerate(remark.passages):
        for line in passage.lines:
            if not line.speaker:
                line.confidence = confidence
                line.rule = "same" if place and remark.rule != "unclaimed" else remark.rule


def _write(project: Project, dialogue: Dialogue, people: People) -> None:
    """Speakers into the lines, and the characters."""
    lengths: Counter[int] = Counter()
    for remark in dialogue.remarks:
        lengths[remark.person or TELLER] += sum(len(passage.text) for passage in remark.passages)
    old = {character.id: character for character in project.characters}
    taken = set(old) | {NARRATOR}
    speaking = [at for at in sorted(lengths, key=lambda at: (-lengths[at], at)) if at != TELLER]
    speaking += [at for at, each in enumerate(people.all) if each.character and at not in speaking and at != TELLER]
    characters = [old.get(NARRATOR) or Character(id=NARRATOR, name=_NARRATOR[project.language], confidence=1.0)]
    for at in speaking:
        person = people.all[at]
        if not person.character:
            person.character = identity(person.name, taken)
            taken.add(person.character)
        characters.append(_character(person, old.get(person.character), people.certainty(person)))
    for remark in dialogue.remarks:
        speaker = people.all[remark.person or TELLER].character
        for line in (line for passage in remark.passages for line in passage.lines):
            line.speaker = line.speaker or speaker
    for line in project.lines:
        if not line.speaker:
            line.speaker, line.confidence, line.rule = NARRATOR, 1.0, "told"
    project.characters = characters


def _character(person: Person, old: Character | None, certainty: float) -> Character:
    found = old or Character(id=person.character, name=person.name[:1].upper() + person.name[1:100])
    known = {name.casefold() for name in (found.name, *found.aliases)}
    found.aliases += [name[:100] for name, _ in person.names.most_common(20) if name.casefold() not in known]
    del found.aliases[50:]
    if found.gender == "unknown":
        found.gender, found.confidence = person.gender, certainty
    if found.age == "unknown":
        found.age = person.age
    return found
