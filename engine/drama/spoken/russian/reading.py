"""How Russian writing is said: numbers in their case, dates, times, money, units, abbreviations, Roman numerals."""

import re
from functools import cache
from typing import Final

from engine.drama.spoken import marks
from engine.drama.spoken.russian import abbreviations, dates, letters, numerals, quantities
from engine.drama.spoken.russian.dates import MONTH, YEAR_FORMS
from engine.drama.spoken.scanner import Accent, LanguageRules, Match, Rule
from engine.drama.spoken.words import tables

_WHOLE: Final = r"(?:\d{1,3}(?: \d{3})+(?!\d)|\d+)"


_NUMBER: Final = rf"(?:{_WHOLE}(?:[,.]\d+)?)"


_DASH: Final = r"(?: ?[–—] ?|-)"


_VULGAR: Final = "½⅓⅔¼¾⅕⅛⅜⅝⅞"


def _address(match: Match, accent: Accent) -> str:
    return letters.address(match[0])


@cache
def reader() -> LanguageRules:
    known = tables("russian")

    def any_of(words: list[str]) -> str:
        return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))

    units, scales = any_of(list(known["units"])), any_of(list(known["scales"]))
    phrases = "|".join(
        re.escape(short).replace(r"\ ", " ?") for short in sorted(known["phrases"], key=len, reverse=True)
    )
    minus = r"(?P<minus>-(?<![\w)]-))?"
    years = "|".join(YEAR_FORMS)
    written: list[tuple[str, object]] = [
        (r"(?:https?://|www\.)[^\s<>\"“”«»]*[\w/]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", _address),
        (r"(?:[A-Za-z0-9-]+\.)+(?:ru|com|org|net|рф)(?:/[\w./-]*\w)?(?!\w)", _address),
        (r"(\d{4})-(\d\d)-(\d\d)(?!\d)", dates.iso_date),
        (r"(\d{1,2})[./](\d{1,2})[./](\d{4}|\d\d)(?![\d.]*\d)", dates.date),
        (rf"(\d{{1,2}}){_DASH}(\d{{1,2}})(?= {MONTH}(?!\w))", dates.days),
        (rf"\d{{1,2}}(?= (?i:{MONTH})(?!\w))", dates.day),
        (r"[12]\d{3}(?=(?: по | до | и | или |, )[12]\d{3} год)", dates.listed_year),
        (rf"(?P<a>\d{{3,4}}){_DASH}(?P<b>\d{{2,4}})(?=(?:-[а-я]+)? ?(?P<word>(?:{years})(?!\w)|гг?\.))", dates.years),
        (rf"(?P<y>\d{{3,4}})(?:-[а-яё]{{1,3}})?(?= ?(?P<word>(?:{years})(?!\w)|гг?\.|гг(?!\w)))", dates.year),
        (r"(?:(?<=\d )|(?<=\d))гг?\.(?!\w)|(?<=\d )гг(?!\w)", dates.year_word),
        (r"(?<=\()[12]\d{3}(?=\))", dates.lone_year),
        (r"(?<=\()([12]\d{3}) ?[–—-] ?([12]\d{3})(?=\))", dates.lone_years),
        (r"(\d{1,2}):(\d\d)(?::(\d\d))?(?![\d:])", dates.time),
        (
            r"(?:(?<=[Вв] )|(?<= с )|(?<= до )|(?<= к ))([01]?\d|2[0-4])\.([0-5]\d)()(?![\d.,]*\d| ?%| [а-яё])",
            dates.time,
        ),
        (r"(?:\+7|8)[ -]?\(?\d{3}\)?[ -]?\d{3}[ -]?\d\d[ -]?\d\d(?!\d)|\d{2,3}-\d\d-\d\d(?!\d)", quantities.telephone),
        (r"\+\d{1,3}(?:[ -]?\(?\d{2,4}\)?){2,5}(?!\d)", quantities.telephone),
        (
            rf"{minus}(?P<sign>[$€£¥₽]) ?(?P<n>{_NUMBER})(?: ?(?P<scale>{scales}|тысяч|миллионов|миллиардов)(?!\w))?",
            quantities.money,
        ),
        (rf"(?P<n>{_NUMBER}) ?(?P<scale>{scales})(?!\w)(?: (?P<unit>{units})(?!\w))?", quantities.scaled),
        (rf"{minus}(?:(?P<a>{_NUMBER}){_DASH})?(?P<b>{_NUMBER}) ?(?P<unit>{units})(?![\w²³/])", quantities.unit),
        (r"(\d+)-(ти|мя|ью)(?![\w-])|([234])-(х)(?![\w-])", quantities.cardinal_with_ending),
        (
            rf"({_WHOLE})-?(ый|ий|ой|ая|ое|ые|ого|его|ому|ему|ым|ых|ыми|ую|им|их|ью|го|му|ми|ей|й|я|е|м|х|ю)(?![\w-])",
            quantities.ordinal_number,
        ),
        (r"(\d{1,6})-([а-яё]{3,})", quantities.compound_word),
        (rf"({_NUMBER}){_DASH}({_NUMBER})(?![\d-])", quantities.interval),
        (r"(\d{1,3})/(\d{1,3})(?![\d/])", quantities.fraction),
        (r"(?:(?<=\d)|(?<=\d ))[xхXХ<>](?= ?\d)", quantities.sign_between),
        (rf"({_WHOLE}) ?½", quantities.with_half),
        (rf"(\d+) ?([{_VULGAR}])", quantities.mixed_number),
        (rf"[№#] ?({_WHOLE})", quantities.number_sign),
        (
            r"(?:(?<=[Гг]лава )|(?<=[Чч]асть )|(?<=[Тт]ом )|(?<=[Сс]траница )|(?<=[Дд]ом )|(?<=стр\. )|(?<=гл\. )"
            r"|(?<=д\. )|(?<=кв\. ))\d+(?![\d,.]\d)",
            quantities.nominative,
        ),
        (r"\d+[,.]\d+", quantities.plain_number),
        (_WHOLE, quantities.counted_number),
        (r"([IVXLC]+) ?[–—-] ?([IVXLC]+)(?= (?:вв?\.|век))", numerals.centuries),
        (r"([IVXLC]+)(?:-[а-я]{1,3})?(?= (?:вв?\.|ст\.|[а-яё]+))", numerals.century),
        (r"[IVXLC]+(?![\w])", numerals.after_noun),
        (r"[IVX]{2,}(?![\w])", numerals.bare_numeral),
        (r"(?:(?<=[IVXLC] )|(?<=[IVXLC]))вв?\.(?!\w)", numerals.century_word),
        (rf"(?i:{phrases})(?!\w)", abbreviations.phrase),
        (r"(?<=[А-ЯЁ]\. )([А-ЯЁ])\.(?= [а-яё])|(?<=[А-ЯЁ]\.)([А-ЯЁ])\.(?= [а-яё])", abbreviations.last_initial),
        (r"([А-ЯЁ])\.(?= ?[А-ЯЁ](?:\.|[а-яё]))", abbreviations.initial),
        (rf"(?<![\w-])(?i:({any_of(list(known['abbreviations']))}))\.(?!\w)", abbreviations.abbreviation),
        (rf"(?i:{any_of(list(known['dashed']))})(?!\w)", abbreviations.dashed),
        (r"-(?=\d)(?<![\w)]-)", lambda match, accent: "минус"),
    ]
    rules: list[Rule] = [(re.compile(pattern), words) for pattern, words in written]  # type: ignore[misc]
    return LanguageRules([*rules, *marks.RULES], letters.word, known["signs"], marks.MARKS)
