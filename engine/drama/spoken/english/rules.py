"""How English writing is said: numbers, dates, times, money, units, abbreviations, addresses of the internet."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from engine.drama.spoken.english import abbreviations, dates, letters, quantities
from engine.drama.spoken.english.beside import MONTH
from engine.drama.spoken.english.quantities import NUMBER, VULGAR
from engine.drama.spoken.scanner import Accent, Match, Rule
from engine.drama.spoken.words import tables

_STARTS: Final = (
    "The|He|She|It|They|We|You|But|And|Then|This|That|There|In|On|At|An|If|When|What|Why|How|So|No|Yes|For|His|Her|My|Our"
    "|Their|Not|Now|Oh"
)
"""Words that begin sentences, and follow no initial."""


_SCALES: Final = r"thousand|million|billion|trillion"


def _address(match: Match, accent: Accent) -> str:
    text = match[0].rstrip(".,;:!?'\")")
    return letters.address(text)


def _cased(words: Iterable[str]) -> list[str]:
    """As they stand in a sentence, at its beginning, and in capitals."""
    return [form for word in words for form in {word, word.capitalize(), word.upper()}]


def _alternatives(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@cache
def rules() -> list[Rule]:
    """In the order in which they are tried."""
    known = tables("english")
    units = _alternatives(list(known["units"]))
    signs = _alternatives(list(known["money"]))
    half = rf"(?P<half>[{VULGAR}])?"
    written: list[tuple[str, object]] = [
        (r"(?:https?://|ftp://|www\.)[^\s<>\"“”«»]*[^\s<>\"“”«».,;:!?')\]]", _address),
        (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}", _address),
        (
            r"(?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|io|co\.uk|ru|cn|de|fr|info|dev|ai)(?:/[\w./-]*\w)?(?![\w])",
            _address,
        ),
        (rf"(?:{_alternatives(list(known['forms']))})(?!\w)", abbreviations.form),
        (
            r"(?:£(?P<l>\d+) )?(?P<s>\d{1,2})s\.? (?P<d>\d{1,2})d\b\.?|£(?P<l2>\d+) (?P<s2>\d{1,2})s\b\.?",
            quantities.shillings,
        ),
        (
            rf"(?P<minus>-)?(?P<sign>{signs}) ?(?P<whole>\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.(?P<part>\d+))?"
            rf"(?:[ -]?(?P<scale>{_SCALES}|bn|mn|tn|[kKmMbB])\b)?",
            quantities.money,
        ),
        (rf"({NUMBER}) ?({'|'.join(known['codes'])})(?!\w)", quantities.code),
        (r"(\d{4})-(\d\d)-(\d\d)(?!\w)", dates.iso_date),
        (r"(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<year>\d{4}|\d\d)(?![\d/])", dates.numeric_date),
        (r"(?P<a>\d{1,2})\.(?P<b>\d{1,2})\.(?P<year>\d{4})(?![\d.]*\d)", dates.numeric_date),
        (rf"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?=(?P<of> of)? {MONTH}(?!\w))", dates.day),
        (
            r"(?P<h>\d{1,2}):(?P<m>\d\d)(?::(?P<s>\d\d))?(?: ?(?P<half>[ap]\.m\.|[ap]m\b|[AP]\.M\.|[AP]M\b))?(?![\d:])",
            dates.time,
        ),
        (r"(?P<h>\d{1,2})(?:\.(?P<m>[0-5]\d))?(?P<s>) ?(?P<half>[ap]\.m\.|[ap]m\b|[AP]\.M\.|[AP]M\b)", dates.time),
        (
            r"(?<=the )(?P<h>\d{1,2})\.(?P<m>[0-5]\d)(?P<s>)(?P<half>)(?= (?:to|from|for|train|express|bus)\b)",
            dates.time,
        ),
        (r"(?:(?<=°)|(?<=° ))(\d{1,2})['′’](?: ?(\d{1,2})[\"″”])?", quantities.arc),
        (r"(?:\+\d{1,3}[ -])?\(\d{2,5}\) ?\d{2,4}(?:[ -]\d{2,4}){1,3}(?![\d-])", quantities.phone),
        (r"\+\d{1,3}(?:[ -]?\(?\d{2,4}\)?){2,5}(?!\d)", quantities.phone),
        (r"\d{3}[ -.]\d{3}[ -.]\d{4}(?![\d-])|\d{3}-\d{4}(?![\d-])|0\d{2,4} \d{3,4} \d{3,4}(?!\d)", quantities.phone),
        (r"['’]?(\d{4}|\d\d)['’]?s(?!\w)", dates.decade),
        (rf"(?P<a>{NUMBER}) ?[-–—] ?(?P<b>{NUMBER}) ?(?P<unit>{units})(?![\w'’])", quantities.range_unit),
        (r"(\d+)['′’] ?(\d{1,2})(?:[\"″”]|'')", quantities.feet),
        (
            rf"(?P<a>{NUMBER}) ?(?P<sign>[x×]) ?(?P<b>{NUMBER})(?: ?(?P<unit>{units}))?(?![\w'’])",
            quantities.times_sign,
        ),
        (
            rf"(?P<minus>-(?<!\w-))?(?=[\d{VULGAR}])(?P<n>{NUMBER})?{half}(?P<dash>[ -]?)"
            rf"(?P<unit>{units})(?![\w'’/])",
            quantities.unit,
        ),
        (rf"(?P<a>{NUMBER})(?:-|–| – )(?P<b>{NUMBER})(?![\w-])", quantities.interval),
        (r"(\d{1,3}(?:,\d{3})+|\d{1,15})(?:st|nd|rd|th|ST|ND|RD|TH)(?!\w)", quantities.ordinal_number),
        (r"(?:(?P<whole>\d+) )?(?P<top>\d{1,2})/(?P<bottom>\d{1,3})(?![\d/])", quantities.fraction),
        (rf"(\d+) ?([{VULGAR}])", quantities.mixed_number),
        (r"\d+(?:\.\d+){2,}(?!\w)", quantities.version),
        (r"\^(?=\d)|(?<=\d )-(?= \d+(?:\.\d+)? =)|(?:(?<=\d)|(?<=\d ))[<>](?= ?\d)", quantities.sign_between),
        (
            r"(?<=[\w²³])/(?=(?:month|year|week|day|hour|minute|second|person|night|mile|pound|kg|lb)s?\b)",
            quantities.per,
        ),
        (
            r"(?<=\w)\.(?=(?:txt|pdf|docx?|jpe?g|png|mp3|wav|exe|zip|html?|py|js|json|csv|com|org|net)\b)",
            quantities.dot,
        ),
        (r"#(?=[^\W\d_])", quantities.hashtag),
        (r"# ?(\d+)(?![\w.])", quantities.number_sign),
        (r"(\d+):(\d+)(?![\d:])", quantities.ratio),
        (r"\d{1,2}(?![\d.,:]\d|\w)", dates.day_of_month),
        (r"\d{4}(?![\d,.]\d|\w)", dates.bare_year),
        (rf"(?P<minus>-(?<!\w-))?(?P<n>{NUMBER}|\.\d+)(?:(?P<k>[kK]|bn|mn)(?!\w))?", quantities.plain_number),
        (r"-(?=[$£€¥₽]\d)", quantities.minus_sign),
        (r"(?:[A-Za-z]\.){2,}(?!\w)", abbreviations.initials),
        (r"(?:St|ST)\.(?!\w)", abbreviations.saint_or_street),
        (r"Dr\.?(?= [A-Z])|(?:Dr|DR)\.(?!\w)", abbreviations.doctor_or_drive),
        (r"(Mr|Mrs|Ms|Messrs|Prof|Capt)(?=[ \u00a0][A-Z])", abbreviations.abbreviation),
        (r"(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\.(?!\w)", abbreviations.month),
        (r"(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)(?= \d|,? \d{4})", abbreviations.month),
        (rf"({_alternatives(_cased(known['numbered']))})\.(?= ?\d| [IVXLC]+\b)", abbreviations.numbered),
        (rf"({_alternatives(_cased(known['abbreviations']))})\.(?!\w)", abbreviations.abbreviation),
        (r"([IVXLC]+)(?:th|st|nd|rd)(?!\w)", abbreviations.numeral_with_ending),
        (r"[IVXLCDM]+(?![\w'’])", abbreviations.after_crowned),
        (r"(?:[IVXLCDM]+|[ivxl]+)(?![\w'’])", abbreviations.after_counted),
        (rf"([A-Z])\.(?= ?[A-Z](?:\.|[a-z’']))(?! (?:{_STARTS})\b)", abbreviations.initial),
        (r"[IVX]{2,}(?![\w'’])", abbreviations.bare_numeral),
    ]
    return [(re.compile(pattern), words) for pattern, words in written]  # type: ignore[misc]
