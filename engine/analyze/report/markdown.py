"""The report for people: `analysis_report.md`, in three languages."""

import re
from collections.abc import Callable, Sequence
from itertools import groupby

from engine.analyze.report.bars import NO_CHORD, rounds
from engine.analyze.report.missing import only_clamp
from engine.analyze.report.result import AnalysisResult, SectionPart, analysis
from engine.analyze.report.words import ReportWords, clock, plain, table
from engine.library.record import Record
from engine.parameters import number
from engine.tag.clamp3.files import MODEL as CLAMP
from engine.tag.facts import TagFact, TempoFact

_MOST_LABELS, _MOST_CHORDS = 16, 24
_STEADY = 0.04
"""A tempo whose curve spreads less is one."""
_LOUD_DB = 1.0
"""So far from a target a track counts as of its loudness."""


def markdown(record: Record, language: str) -> str:
    """The report of a track; an unknown language is English."""
    found, words = analysis(record), ReportWords(language)
    lines = [f"# {plain(found.track.title)}", "", _about(found, words), "", _summary(found, words)]
    for part in (_sections, _chords, _tempo, _key, _tags, _stems, _loudness, _measures, _missing, _models):
        if told := part(found, words):
            name = part.__name__.removeprefix("_")
            lines += ["", f"## {words.say(f'heading.{name}')}", "", *told]
    return "\n".join(lines) + "\n"


def _about(found: AnalysisResult, words: ReportWords) -> str:
    track = found.track
    parts = [
        plain(track.artist or ""),
        clock(track.duration_s),
        track.format.upper(),
        words.say("rate", rate=words.number(rate / 1000)) if (rate := number(track.rate_hz)) else "",
        words.named(f"ui.layout.{track.layout}", track.layout) if track.layout else "",
    ]
    return f"*{' · '.join(part for part in parts if part)}*"


def _summary(found: AnalysisResult, words: ReportWords) -> str:
    """A few sentences that say the most of it."""
    said = []
    if found.sound:
        said.append(words.say(f"summary.kind.{found.sound.kind}"))
    for category in ("genre", "mood", "instruments", "voice"):
        if tags := found.tags.get(category):
            said.append(words.say(f"summary.{category}", tags=_listed(tags, words)))
    if found.tempo and found.tempo.bpm:
        beats = found.tempo.beats_per_bar
        key = "summary.tempo_and_bar" if beats else "summary.tempo"
        said.append(words.say(key, tempo=words.number(found.tempo.bpm), beats=beats))
    if found.key and found.key.name:
        said.append(words.say("summary.key", name=words.key(found.key.name), camelot=found.key.camelot or "–"))
    if found.sections:
        labels = [words.section(section.label) for section in found.sections[:_MOST_LABELS]]
        more = ["…"] if len(found.sections) > _MOST_LABELS else []
        said.append(words.say("summary.sections", labels=" – ".join([*labels, *more])))
    if found.levels.loudness_lufs is not None:
        said.append(words.say("summary.loudness", lufs=words.number(found.levels.loudness_lufs)))
    return ("" if words.language == "zh" else " ").join(said or [words.say("missing.not_listened")])


def _listed(tags: Sequence[TagFact], words: ReportWords) -> str:
    return words.say("comma").join(words.tag(tag.category, tag.name) for tag in tags)


def _columns(words: ReportWords, *names: str) -> list[str]:
    return [words.say(f"column.{name}") for name in names]


def _sections(found: AnalysisResult, words: ReportWords) -> list[str]:
    rows = [
        [
            str(number),
            words.section(section.label),
            clock(section.start_s),
            clock(section.end_s),
            str(len(section.bars)) if section.bars else "–",
            _bars(section) if section.bars else _within(found, section),
        ]
        for number, section in enumerate(found.sections, 1)
    ]
    return table(_columns(words, "number", "section", "from", "to", "bars", "chords"), rows) if rows else []


def _bars(section: SectionPart) -> str:
    """Chords between bar lines; what is repeated stands once, with how often it is played."""
    bars = ["–".join(_chord(chord) for chord in bar) or "–" for bar in section.bars or ()]
    groups = [_group(group, times) for group, times in rounds(bars)]
    return " ".join(groups) if any(bar != "–" for bar in bars) else "–"


def _group(group: Sequence[str], times: int) -> str:
    """Between bar lines, or repeat signs."""
    line = " \\| ".join(group)
    return f"‖: {line} :‖ ×{times}" if times > 1 else f"\\| {line} \\|"


def _chord(name: str) -> str:
    return re.sub(r"(?<=[A-G])b|b(?=\d)", "♭", name.replace("#", "♯")).replace("_", "\\_").replace("|", "\\|")


def _within(found: AnalysisResult, section: SectionPart) -> str:
    """The chords of a section whose bars are unknown."""
    inside = [one for one in found.chords if one.start_s < section.end_s - 0.2 and one.end_s > section.start_s + 0.2]
    return _row([chord.chord for chord in inside])


def _row(chords: Sequence[str]) -> str:
    names = [_chord(name) for name, _ in groupby(chords) if name != NO_CHORD]
    parts = [" – ".join(group) + (f" ×{times}" if times > 1 else "") for group, times in rounds(names[:_MOST_CHORDS])]
    return "; ".join(parts) + (" …" if len(names) > _MOST_CHORDS else "") if names else "–"


def _chords(found: AnalysisResult, words: ReportWords) -> list[str]:
    """How long each chord sounds; and, where there are no sections to stand in, all of them."""
    length: dict[str, float] = {}
    for one in found.chords:
        if one.chord != NO_CHORD:
            length[one.chord] = length.get(one.chord, 0.0) + one.end_s - one.start_s
    whole = sum(length.values())
    if not whole:
        return []
    most = sorted(length, key=lambda name: -length[name])[:6]
    said = words.say("comma").join(f"{_chord(name)} {words.percent(length[name] / whole)}" for name in most)
    lines = [words.say("chords.most", chords=said)]
    return lines if found.sections else [*lines, "", _row([one.chord for one in found.chords])]


def _tempo(found: AnalysisResult, words: ReportWords) -> list[str]:
    tempo = found.tempo
    if tempo is None or tempo.bpm is None:
        return []
    lines = [_fact(words, "tempo.bpm", words.number(tempo.bpm, 2), _sure(words, tempo.source, tempo.confidence))]
    if tempo.alternative_bpm:
        lines.append(_fact(words, "tempo.alternative", words.number(tempo.alternative_bpm, 2)))
    if tempo.beats_per_bar:
        lines.append(_fact(words, "tempo.bar", str(tempo.beats_per_bar)))
    if course := _course(tempo, words):
        lines.append(course)
    return lines


def _course(tempo: TempoFact, words: ReportWords) -> str:
    curve = sorted(bpm for _, bpm in tempo.curve)
    if len(curve) < 3:
        return ""
    low, high = curve[len(curve) // 10], curve[-1 - len(curve) // 10]
    if high - low < _STEADY * curve[len(curve) // 2]:
        return f"- {words.say('tempo.steady')}"
    return f"- {words.say('tempo.moves', low=words.number(low), high=words.number(high))}"


def _fact(words: ReportWords, key: str, value: str, note: str = "") -> str:
    return f"- {words.say(key)}: **{value}**{f' ({note})' if note else ''}"


def _sure(words: ReportWords, source: str, confidence: float) -> str:
    """Who says so, and how sure that is where it was heard."""
    if source in ("score", "user"):
        return words.say(f"source.{source}")
    return words.say("sure", percent=words.percent(confidence))


def _key(found: AnalysisResult, words: ReportWords) -> list[str]:
    key = found.key
    if key is None or key.name is None:
        return []
    lines = [_fact(words, "key.name", words.key(key.name), _sure(words, key.source, key.confidence))]
    if key.camelot and key.open_key:
        lines.append(_fact(words, "key.wheels", f"{key.camelot} / {key.open_key}"))
    if key.second:
        lines.append(_fact(words, "key.second", words.key(key.second)))
    if key.compatible:
        others = [f"{words.key(one.name)} ({one.camelot})" for one in key.compatible]
        lines.append(f"- {words.say('key.compatible')}: {words.say('comma').join(others)}")
    return lines


def _tags(found: AnalysisResult, words: ReportWords) -> list[str]:
    rows = [
        [words.named(f"ui.tag.category.{category}", category), words.tag(category, tag.name), _heard(tag, words)]
        for category, tags in found.tags.items()
        for tag in tags
    ]
    return table(_columns(words, "category", "tag", "sure"), rows) if rows else []


def _heard(tag: TagFact, words: ReportWords) -> str:
    source = words.named(f"ui.tag.source.{tag.source}", tag.source)
    return source if tag.source == "user" else f"{words.percent(tag.score)}, {source}"


def _stems(found: AnalysisResult, words: ReportWords) -> list[str]:
    rows = []
    for stem in found.stems:
        heard = stem.heard
        level = "–" if heard is None or heard.level_db is None else words.say("db", db=words.number(heard.level_db))
        tags = _listed(heard.tags, words) if heard and heard.tags else "–"
        rows.append([words.stem(stem.name), words.percent(heard.active_share) if heard else "–", level, tags])
    return table(_columns(words, "stem", "active", "level", "tags"), rows) if rows else []


def _loudness(found: AnalysisResult, words: ReportWords) -> list[str]:
    levels = found.levels
    if levels.loudness_lufs is None:
        return []
    lines = [_fact(words, "loudness.lufs", words.say("lufs", lufs=words.number(levels.loudness_lufs)))]
    if levels.true_peak_dbtp is not None:
        lines.append(_fact(words, "loudness.peak", words.say("dbtp", dbtp=words.number(levels.true_peak_dbtp))))
    rows = []
    for target in found.targets:
        key = "as_is" if abs(target.gain_db) < _LOUD_DB else "down" if target.gain_db < 0 else "up"
        key = "up_limited" if key == "up" and not target.room else key
        said = words.say(f"loudness.{key}", db=words.number(abs(target.gain_db)))
        rows.append(
            [
                words.say(f"loudness.place.{target.place}"),
                words.say("lufs", lufs=words.number(target.target_lufs)),
                said,
            ]
        )
    return [*lines, "", *table(_columns(words, "place", "target", "there"), rows)]


_FIGURES: dict[str, Callable[[ReportWords, float], str]] = {
    "energy": lambda words, value: words.number(value, 2),
    "density": lambda words, value: words.number(value, 1),
    "brightness_hz": lambda words, value: words.number(value, 0),
    "range_db": lambda words, value: words.number(value, 1),
    "noise_floor_dbfs": lambda words, value: words.number(value, 1),
    "silent_share": lambda words, value: words.percent(value),
}


def _measures(found: AnalysisResult, words: ReportWords) -> list[str]:
    held = found.measures.model_dump() if found.measures else {}
    rows = [
        [words.named(f"fact.{name}", name), said(words, held[name])]
        for name, said in _FIGURES.items()
        if held.get(name) is not None
    ]
    return table(_columns(words, "measure", "value"), rows) if rows else []


def _missing(found: AnalysisResult, words: ReportWords) -> list[str]:
    lines = []
    for one in found.missing:
        lines.append(f"- {words.say(f'missing.{one.why}', **one.values)}")
        if one.why == "no_clamp":
            counts = [f"{words.named(f'ui.tag.category.{c}', c)}: {count}" for c, count in only_clamp().items()]
            lines.append(f"  - {words.say('missing.only_clamp', counts=words.say('comma').join(counts), model=CLAMP)}")
    return lines


def _models(found: AnalysisResult, words: ReportWords) -> list[str]:
    rows = [
        [
            plain(model.title),
            f"[{plain(model.licence)}]({model.licence_url})" if model.licence_url else plain(model.licence),
            words.say("yes" if model.commercial_use else "no"),
        ]
        for model in found.models
    ]
    return table(_columns(words, "model", "licence", "commercial"), rows) if rows else []
