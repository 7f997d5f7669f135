"""What a text says about the result besides its music: length, number, file format, loop, parts."""

import re
from collections.abc import Iterator
from dataclasses import replace

from engine.speech.length import length
from engine.speech.numbers import BEGIN, END, NUMBER, number
from engine.speech.wish import Wish, spoken

_KINDS = (
    r"versions?|variants?|variations?|takes?|alternatives?|renditions?|options?|"
    r"вариант\w*|верси[яиюй]\w*|вариаци\w+|дубл(?:я|ей|ь)"
)
_PIECES = r"songs?|tracks?|pieces?|tunes?|songs?|песн\w+|трек\w*|композици\w+|мелоди\w+"
_ADJECTIVE = (
    r"(?: (?:different|other|short|alternative|possible|new|разн\w+|друг\w+|коротк\w+|нов\w+|альтернативн\w+))?"
)
_ASK = (
    r"(?:make|generate|create|compose|write|give me|do|i want|i need|сделай\w*|создай\w*|напиши\w*|сочини\w*|"
    r"сгенерируй\w*|дай\w*|хочу|нужно|нужны)(?: me| us| мне)?"
)
_COUNT = re.compile(
    rf"(?P<n>{NUMBER}|{BEGIN}(?:a couple of|a pair of|пар[ауы]){END}){_ADJECTIVE} (?:{_KINDS}){END}(?! on{END})"
    rf"|(?P<ask>{BEGIN}{_ASK} )(?P<n_asked>{NUMBER}){_ADJECTIVE} (?:{_PIECES}){END}"
    rf"|(?P<n_zh>{NUMBER})(?:个|种|款|版|份)(?:不同的?|各异的)?(?:版本?|变体|变奏版|方案|备选|变化)?"
    rf"|(?:做|写|来|生成|给我|创作|要)(?P<n_pieces>{NUMBER})(?:首|支|段|条)"
)
_NOT_COUNTED = re.compile(rf"(?:{BEGIN}(?:theme and|theme with|goldberg|on|тема (?:и|с)|с|со|из)|主题与|主题和) ?$")
_COUPLE = re.compile("couple|pair|пар")

_FORMATS = r"wav|wave|flac|mp3|ogg|opus|vorbis"
_SAVE = (
    r"(?:save|saved|export|exported|write|written|deliver|сохрани\w*|экспорт\w*|выведи|запиши)(?: it| это| его| ее)? "
)
_FORMAT = re.compile(
    rf"{BEGIN}(?:{_SAVE})?(?:as|in|to|into|format|в|во|формат\w*)(?: an?| the)?(?: (?:format|формат\w*))?[: ]+"
    rf"\.?(?P<a>{_FORMATS}){END}(?: (?:file|files|format|файл\w*|формат\w*){END})?"
    rf"|{BEGIN}\.?(?P<b>{_FORMATS})(?:[ -](?:file|files|format|please|пожалуйста){END}|\s*(?:格式|文件))的?"
    rf"|(?:(?:保?存|导出|输出|保存)(?:成|为|到)?|格式[为是:用]?|用|以|做成|转成)\s*(?P<c>{_FORMATS})(?:\s*(?:格式|文件))?"
    rf"|{BEGIN}(?:файл(?:ом)?|формат) (?P<d>{_FORMATS}){END}"
)
_NO_FORMAT = re.compile(
    r"\s*-?(?:no\.?|op\.?|#|№|\d|quality|player|era|compression|artefacts?|artifacts?|sound|style|качеств\w+|плеер\w*|"
    r"音质|播放器)"
)
_NAMED = {"wave": "wav", "vorbis": "ogg"}

_ENDLESS = r"(?:(?:seamless(?:ly)?|perfect|endless|infinite|gapless|continuous)[ -])*"
_LOOP = re.compile(
    rf"{BEGIN}{_ENDLESS}(?:loop|loops|looped|looping|loopable){END}"
    rf"|{BEGIN}seamless(?:ly)?{END}(?! (?:transition|blend|flow|mix|shift|merg|segue|chang|mov|fus|combin)\w*)"
    rf"|{BEGIN}(?:(?:бесшовн\w+|бесконечн\w+|идеальн\w+) )?(?:луп|лупа|лупом|петл[яюеи]|петлей|петлю){END}"
    rf"|{BEGIN}(?:зациклен\w*|закольцован\w*|зацикли\w*|бесшовн\w+){END}(?! переход)"
    r"|(?:无缝|无限)?循环(?:播放)?|无缝(?!过渡|衔接|转换)"
)
_NO_LOOP_BEFORE = re.compile(
    rf"(?:{BEGIN}(?:no|not|without|never|not a|no seamless|don't|do not|isn't a|without any|without a|"
    r"не|без|нет|никак\w+)|不要|不|没有|无需|别) ?(?:a |an )?$"
)
_USED_BEFORE = re.compile(
    rf"{BEGIN}(?:drum|hi-?hat|tape|with|guitar|vocal|breakbeat|break|percussion|cassette|sampled|of|from|using|over|live|"
    r"с|из) $"
)
"""What stands before loops that a piece is made of."""
_NO_LOOP_BEHIND = re.compile(r" ?(?:pedal|station|machine|hole|педал\w+|станци\w+|效果器)")

_UNLIKE = r"(?: (?:distinct|contrasting|different|разн\w+|контрастн\w+))?"
_VOICES = r"(?! (?:harmon|counter|invention|voic|choir|canon|fugue|vocal|sinfonia)\w*)"
_PARTS = re.compile(
    rf"{BEGIN}(?:in|of|with|has|have|из|в|на|с) (?P<n>{NUMBER}){_UNLIKE} "
    rf"(?:parts|sections|част\w+|раздел\w*|секци\w+){END}"
    rf"|{BEGIN}(?P<n_joined>two|three|four|five|2|3|4|5)[ -](?:part|section){END}{_VOICES}"
    rf"|{BEGIN}(?P<n_ru>двух|трех|четырех|пяти)частн\w+"
    r"|(?:分(?:成|为)?|有|共)?(?P<n_zh>[两二三四五2345])(?:个?部分|段式|部曲式|个?段落|个乐段)的?"
)
_JOINED = {"двух": 2, "трех": 3, "четырех": 4, "пяти": 5}
MOST_PARTS = 5


def wishes(text: str) -> list[Wish]:
    """What a normalised text says of `duration`, `variations`, `format`, `loop_mode` and `parts`. That it is a loop
    may be said more than once."""
    found = [length(text), _count(text), file_format(text), _parts(text)]
    return [*(wish for wish in found if wish is not None), *_loops(text)]


def _count(text: str) -> Wish | None:
    for match in _COUNT.finditer(text):
        said = next(value for name, value in match.groupdict().items() if name != "ask" and value)
        count = 2.0 if _COUPLE.search(said) else number(said)
        counted_kind = match["n_zh"] is None or re.search("[版体奏案选]|变化", match[0][len(said) :])
        if count >= 2 and count == int(count) and counted_kind and not _NOT_COUNTED.search(text[: match.start()]):
            start = match.end("ask") if match["ask"] else match.start()
            return spoken("variations", int(count), text, start, match.end())
    return None


def file_format(text: str) -> Wish | None:
    """The `format` that a normalised text asks for."""
    for match in _FORMAT.finditer(text):
        said = match[match.lastgroup or 0]
        if not _NO_FORMAT.match(text, match.end()):
            return spoken("format", _NAMED.get(said, said), text, *match.span())
    return None


def _loops(text: str) -> Iterator[Wish]:
    for match in _LOOP.finditer(text):
        before = text[max(0, match.start() - 20) : match.start()]
        plural = match[0].endswith("loops") and _USED_BEFORE.search(before)
        tape = re.search(rf"{BEGIN}tape $", before)
        if not (plural or tape or _NO_LOOP_BEFORE.search(before) or _NO_LOOP_BEHIND.match(text, match.end())):
            yield replace(spoken("loop_mode", True, text, *match.span()), names_it=True)


def _parts(text: str) -> Wish | None:
    for match in _PARTS.finditer(text):
        said = next(value for value in match.groupdict().values() if value)
        count = _JOINED.get(said) or number(said)
        if 2 <= count <= MOST_PARTS and count == int(count):
            return spoken("parts", int(count), text, *match.span())
    return None
