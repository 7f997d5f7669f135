"""Russian numbers, money and measures, in their case and gender.

Each says a match of its pattern in `reading.py`, or None to leave it to the next.
"""

import re

from engine.drama.spoken.russian.agreement import Agreement, noun_after, of_count, preposition
from engine.drama.spoken.russian.beside import around, stop
from engine.drama.spoken.russian.morphology import Case, cases_after, counted, inflected, nouns
from engine.drama.spoken.russian.numbers import (
    LONGEST,
    cardinal,
    compound,
    decimal,
    digits,
    ordinal,
    ordinal_forms,
    whole,
)
from engine.drama.spoken.scanner import Accent, Match
from engine.drama.spoken.words import tables


def _value(text: str) -> int:
    plain = re.split("[,.]", text.replace(" ", ""))[0]
    return int(plain) if plain and len(plain) <= LONGEST else 0


def counted_number(match: Match, accent: Accent) -> str:
    before, after = around(match)
    text = match[0].rstrip(" ½")
    agreement = of_count(_value(text), before, after)
    return whole(text, agreement.case, agreement.gender, animate=agreement.animate)


def plain_number(match: Match, accent: Accent) -> str:
    word = preposition(around(match)[0])
    cases = cases_after(word)
    return decimal(match[0], "gent" if cases == ("gent",) else "nomn")


def _measured(text: str, lemma: str, before: str, half: str = "") -> str:
    """A number and what it counts, in the case of the preposition."""
    word = preposition(before)
    cases = cases_after(word)
    case: Case = "gent" if word in ("с", "со") else cases[0] if len(cases) == 1 and cases[0] != "accs" else "nomn"
    if "," in text or "." in text:
        return f"{decimal(text, case)} {counted(lemma, 0, case, part=True)}"
    head = lemma.split(" ")[-1] if lemma.startswith(("лошадиная", "квадратный", "кубический")) else lemma.split(" ")[0]
    gender = next((form.gender for form in nouns(head)), "masc")
    value = _value(text)
    if value % 10 == 1 and value % 100 != 11 and word in ("в", "на", "за", "через", "про"):
        case = "accs"
    return f"{whole(text, case, gender)}{half} {counted(lemma, value, case)}"


def unit(match: Match, accent: Accent) -> str:
    lemma = str(tables("russian")["units"][match["unit"]])
    before = around(match)[0]
    minus = "минус " if match["minus"] else ""
    end = stop(match) if match["unit"].endswith(".") else ""
    if match["a"]:
        agreement = _measured(match["b"], lemma, before)
        case: Case = "gent" if preposition(before) in ("с", "от", "до", "около", "из") else "nomn"
        first = decimal(match["a"], case) if re.search("[,.]", match["a"]) else whole(match["a"], case)
        return f"{minus}{first} — {agreement}{end}"
    return f"{minus}{_measured(match['b'], lemma, before)}{end}"


def money(match: Match, accent: Accent) -> str:
    lemma = str(tables("russian")["units"][match["sign"]])
    scale = match["scale"]
    minus = "минус " if match["minus"] else ""
    if scale:
        scaled = _measured(match["n"], str(tables("russian")["scales"].get(scale, scale)), around(match)[0])
        return f"{minus}{scaled} {inflected(lemma, 'gent', 'plur')}"
    return minus + _measured(match["n"], lemma, around(match)[0])


def scaled(match: Match, accent: Accent) -> str:
    known = tables("russian")
    said = _measured(match["n"], str(known["scales"][match["scale"]]), around(match)[0])
    if match["unit"]:
        said += f" {inflected(str(known['units'][match['unit']]), 'gent', 'plur')}"
        return said + (stop(match) if match["unit"].endswith(".") else "")
    return said


def interval(match: Match, accent: Accent) -> str:
    before, after = around(match)
    agreement = of_count(_value(match[2]), before, after)
    return " — ".join(_ranged(part, agreement) for part in (match[1], match[2]))


def _ranged(text: str, agreement: Agreement) -> str:
    if re.search("[,.]", text):
        return decimal(text, agreement.case)
    return whole(text, agreement.case, agreement.gender)


def ordinal_number(match: Match, accent: Accent) -> str | None:
    """`2-й этаж`, `90-е`, `5-го`: the form whose ending is written, in the case of what follows."""
    number, ending = _value(match[1]), match[2].lower()
    fitting = [form for form in ordinal_forms(number) if form[0].endswith(ending)]
    if not fitting:
        return None
    if number % 10 == 0 and number > 10 and ending in ("е", "х", "м", "ми", "ые", "ых"):
        fitting.sort(key=lambda form: form[2] != "plur")  # the nineties, unless what follows is one
    before, after = around(match)
    wanted = [(noun.case, "plur" if noun.number == "plur" else noun.gender) for noun in nouns(noun_after(after))]
    cases = cases_after(preposition(before))
    agreeing = [form for form in fitting if form[1:] in wanted]
    ruled = [form for form in agreeing or fitting if form[1] in cases]
    return (ruled or agreeing or fitting)[0][0]


def compound_word(match: Match, accent: Accent) -> str:
    return compound(int(match[1])) + match[2]


def fraction(match: Match, accent: Accent) -> str | None:
    top, bottom = int(match[1]), int(match[2])
    if not 1 < bottom <= 100 or not 0 < top < bottom:
        return f"{cardinal(top)} дробь {cardinal(bottom)}"
    one = top % 10 == 1 and top % 100 != 11
    if bottom == 3:
        return f"{cardinal(top, gender='femn')} {'треть' if one else 'трети'}"
    return (
        f"{cardinal(top, gender='femn')} {ordinal(bottom, 'nomn', 'femn') if one else ordinal(bottom, 'gent', 'plur')}"
    )


def mixed_number(match: Match, accent: Accent) -> str:
    return f"{whole(match[1])} и {tables('russian')['signs'][match[2]]}"


def telephone(match: Match, accent: Accent) -> str:
    groups = re.findall(r"\d+", match[0])
    said = [digits(group) if group[0] == "0" or len(group) > 3 else cardinal(int(group)) for group in groups]
    return ("плюс " if match[0][0] == "+" else "") + ", ".join(said)


def number_sign(match: Match, accent: Accent) -> str:
    return f"номер {whole(match[1])}"


def nominative(match: Match, accent: Accent) -> str:
    return whole(match[0])


# Roman numerals


def sign_between(match: Match, accent: Accent) -> str:
    return {"<": "меньше", ">": "больше"}.get(match[0], "на")


def with_half(match: Match, accent: Accent) -> str:
    return "полтора" if match[1] == "1" else f"{counted_number(match, accent)} с половиной"


def cardinal_with_ending(match: Match, accent: Accent) -> str:
    """`5-ти`, `3-мя`, `2-х`: the count whose ending is written."""
    return whole(match[1] or match[3], "ablt" if match[2] in ("мя", "ью") else "gent")
