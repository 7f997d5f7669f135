"""Changes with a figure, read as a whole before the words: "up a tone", "на 10 bpm быстрее", "快一倍"."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engine.generate.composer.edit import Edit
from engine.speech.numbers import NUMBER, number

_UNIT = (
    r"(?P<octave>octaves?|октав\w*|个?八度)|(?P<half>semi-?tones?|half[- ]?(?:steps?|tones?)|полутон\w*|个?半音)|"
    r"(?P<tone>(?:whole[- ])?(?:steps?|tones?)|тон(?:а|ов)?(?!\w)|个?全音)|"
    r"(?P<fifth>(?:perfect )?fifths?|квинт\w*|纯?五度)|"
    r"(?P<fourth>(?:perfect )?fourths?|кварт\w*|纯?四度)|(?P<minor_third>minor thirds?|мал\w+ терци\w*|小三度)|"
    r"(?P<major_third>major thirds?|больш\w+ терци\w*|大三度)|(?P<second>大二度)"
)
_SEMITONES = {
    "octave": 12, "half": 1, "tone": 2, "fifth": 7, "fourth": 5, "minor_third": 3, "major_third": 4, "second": 2,
}  # fmt: skip
_COUNT = rf"(?:(?P<n>{NUMBER})|(?P<half_of>half an?|a half|пол)|an?|one|a whole)?[ -]?"
_UP = r"up|higher|raise|raised|вверх|выше|повыше|подними\w*|повысь\w*|升高?|提高|调高|上移|移高|高"
_DOWN = r"down|lower|lowered|вниз|ниже|пониже|опусти\w*|понизь\w*|понизи\w*|降低?|调低|下移|移低|低"
_IT = r"(?: (?:it|this|everything|all|the key|the whole thing|все|ее|его|тональность))?"
_TRANSPOSED = (
    re.compile(rf"(?<!\w)(?:(?P<up>{_UP})|(?P<down>{_DOWN})){_IT}(?: by| на)? ?{_COUNT}(?:{_UNIT})(?!\w)"),
    re.compile(rf"(?<!\w)(?:на |by )?{_COUNT}(?:{_UNIT}) ?(?:(?P<up>{_UP})|(?P<down>{_DOWN}))(?!\w)"),
    re.compile(rf"(?:(?P<up>升高?|提高|调高|上移|移高|高)|(?P<down>降低?|调低|下移|移低|低))了?{_COUNT}(?:{_UNIT})"),
)
_BPM = r"(?:bpm|beats per minute|уд\w*(?: в минуту)?|拍)"
_N = r"(?P<n>\d{1,3}(?:[.,]\d)?)"
_FASTER = r"(?P<up>faster|quicker|быстрее|быстрей|快|加快)|(?P<down>slower|медленнее|медленней|慢|放慢|减慢)"
_BY_BPM = (
    re.compile(rf"(?:{_FASTER})(?:,| by| на|了)* ?{_N} ?{_BPM}"),
    re.compile(rf"(?:by |на )?{_N} ?{_BPM} (?:{_FASTER})"),
    re.compile(rf"(?:(?P<up>\+)|(?P<down>[-−])) ?{_N} ?{_BPM}"),
)
_BY_SHARE = (
    re.compile(rf"(?:{_FASTER})(?: by| на)? ?{_N} ?(?:%|percent|процент\w*)"),
    re.compile(rf"(?:by |на )?{_N} ?(?:%|percent|процент\w*) (?:{_FASTER})"),
)
_TIMES = (
    (
        re.compile(
            r"twice as fast|double(?: the)? (?:tempo|speed|time)|(?:в два раза|вдвое) быстрее|"
            r"快一倍|两倍速度?|速度加倍"
        ),
        Edit("tempo", "scale", 2.0),
    ),
    (
        re.compile(
            r"half as fast|twice as slow|half(?: the)? (?:tempo|speed)|half-time|(?:в два раза|вдвое) медленнее|"
            r"慢一倍|一半速度|速度减半"
        ),
        Edit("tempo", "scale", 0.5),
    ),
    (
        re.compile(
            r"twice as long|double(?: the)? length|(?:в два раза|вдвое) (?:длиннее|дольше)|"
            r"长一倍|两倍长|加长一倍|长度加倍"
        ),
        Edit("length", "scale", 2.0),
    ),
    (
        re.compile(
            r"half as long|twice as short|half(?: the)? length|(?:в два раза|вдвое) короче|短一半|一半长|长度减半"
        ),
        Edit("length", "scale", 0.5),
    ),
)
_TEMPO_TO = re.compile(r"(?:tempo|speed|темп\w*|速度)(?: to| at| до| на|到|为|改成|改为|调到)* ?(?P<n>\d{2,3})(?!\d|%)")


@dataclass
class Reader:
    """The text that is left, and what has been heard."""

    text: str
    edits: list[Edit] = field(default_factory=list)
    not_heard: list[str] = field(default_factory=list)

    def take(self, patterns: Sequence[re.Pattern[str]], made: Callable[[re.Match[str]], Edit]) -> None:
        for pattern in patterns:
            if match := pattern.search(self.text):
                self.edits.append(made(match))
                self.text = f"{self.text[: match.start()]} , {self.text[match.end() :]}"
                return


def _signed(match: re.Match[str], value: float) -> float:
    return value if match["up"] else -value


def _semitones(match: re.Match[str]) -> Edit:
    unit = next(value for name, value in _SEMITONES.items() if match[name])
    count = number(match["n"]) if match["n"] else 0.5 if match["half_of"] else 1.0
    return Edit("transpose", value=_signed(match, float(max(1, round(count * unit)))))


def _by_bpm(match: re.Match[str]) -> Edit:
    return Edit("tempo", "add", _signed(match, float(match["n"].replace(",", "."))))


def _by_share(match: re.Match[str]) -> Edit:
    share = min(0.9, float(match["n"].replace(",", ".")) / 100)
    return Edit("tempo", "scale", round(1 + _signed(match, share), 3))


def take_changes(reader: Reader) -> None:
    """Changes of tempo and pitch by a figure, and of tempo and length by a factor."""
    reader.take(_BY_BPM, _by_bpm)
    reader.take(_BY_SHARE, _by_share)
    for pattern, edit in _TIMES:
        reader.take([pattern], lambda _, edit=edit: edit)  # type: ignore[misc]
    reader.take(_TRANSPOSED, _semitones)


def take_tempo_to(reader: Reader) -> None:
    """A tempo that is named without its unit: "tempo to 90"."""
    reader.take([_TEMPO_TO], lambda match: Edit("tempo", "set", float(match["n"])))
