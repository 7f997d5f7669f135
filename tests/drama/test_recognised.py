"""A recogniser understands what the real voices say, also over storm and crowd, and hears the words when subtitles show
them."""

import itertools
import statistics
import tomllib
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from engine.audio.block import Audio
from engine.drama.clip_sounds import ClipSounds
from engine.drama.mix.mixture import RATE_HZ, mixed
from engine.drama.mix.timeline import LineLength, lay_out
from engine.drama.project import NARRATOR, Anchor, Character, Clip, Line, Project, Word
from engine.drama.voices.line_cache import LineCache, LineInfo
from engine.drama.voices.speak import speak_all
from engine.drama.voices.speech import Speech
from engine.drama.voices.utterance import Utterance
from engine.drama.voices.voices import models_of
from tests.drama.conftest import Weights
from tests.drama.recogniser import distance, heard, recogniser, units
from tests.fake_job import FakeJob

LINES = tomllib.loads(Path(__file__).with_name("dramatic_lines.toml").read_text(encoding="utf-8"))
FEW = 2
CASTS = {
    "en": ["kokoro:af_heart", "kokoro:bm_george", "kokoro:am_michael", "kokoro:bf_emma", "kokoro:am_fenrir"],
    "zh": ["kokoro:zf_xiaoxiao", "kokoro:zm_yunxi", "kokoro:zf_xiaobei"],
    "ru": ["silero:kseniya", "silero:aidar", "silero:baya", "silero:xenia"],
}
MOST = {"en": 0.10, "zh": 0.10, "ru": 0.12}
WORSE_IN_THE_MIX = 0.03
LATE_S = 0.08
MOST_OF_THEM = 0.85
PAUSE_S, NEAR_S = 0.12, 0.25


def spoken(
    language: str, lines: list[str], folder: Path, weights: Weights, **how: Any
) -> tuple[LineCache, dict[str, LineInfo], list[Utterance]]:
    recogniser()
    cast = CASTS[language]
    voices = [cast[number % len(cast)] for number in range(len(lines))]
    said = [
        Utterance.model_validate({"text": line, "language": language, "voice": voice} | how)
        for line, voice in zip(lines, voices, strict=True)
    ]
    job = FakeJob(folder)
    for engine in {voice.partition(":")[0] for voice in voices}:
        for model in models_of(engine):
            job.models_dir = weights(model)[0].parent.parent
    cache = LineCache(folder / "lines")
    try:
        return cache, speak_all([(str(number), line) for number, line in enumerate(said)], job, cache), said
    finally:
        for engine in job.engines.values():
            engine.dispose()


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_every_language_is_understood(language: str, tmp_path: Path, speech_weights: Weights, full: bool) -> None:
    """A few lines are heard in the mix alone, where it is harder; of all of them it is known how much harder."""
    lines = LINES[language] if full else LINES[language][:: len(LINES[language]) // FEW]
    cache, infos, said = spoken(language, lines, tmp_path, speech_weights)
    pieces = list(_in_the_mix(language, said, infos, cache, FakeJob(tmp_path)))
    mixed_errors, late = _heard(pieces, language)
    within = sum(abs(each) <= LATE_S for each in late) / len(late)
    print(f"{language}: {mixed_errors:.3f} wrong in the mix, {len(late)} words {statistics.median(late):+.3f} s late")
    print(f"{within:.2f} of them within {LATE_S} s")
    assert mixed_errors <= MOST[language] + WORSE_IN_THE_MIX
    assert statistics.median(map(abs, late)) <= LATE_S
    if full:
        clean_errors, _ = _heard(_clean(said, infos, cache), language)
        print(f"{language}: {clean_errors:.3f} wrong without the mix")
        assert clean_errors <= MOST[language]
        assert mixed_errors <= clean_errors + WORSE_IN_THE_MIX
        begun = [each for piece in pieces for each in _late_after_pauses(piece)]
        at_once = sum(abs(each) <= LATE_S for each in begun) / len(begun)
        print(f"{at_once:.2f} of {len(begun)} begin as the sound does, {statistics.median(begun):+.3f} s late")
        assert at_once >= MOST_OF_THEM


class Piece(NamedTuple):
    """A line to be recognised: its sound, float32 [1, samples], its words from the sound's start, and the voice of it
    without anything else."""

    text: str
    audio: Audio
    rate_hz: int
    words: list[Word]
    voice: Audio


def _clean(said: list[Utterance], infos: dict[str, LineInfo], cache: LineCache) -> Iterator[Piece]:
    for number, utterance in enumerate(said):
        speech = kept(infos[str(number)], cache)
        yield Piece(utterance.text, speech.audio, speech.rate_hz, speech.words, speech.audio)


def _in_the_mix(
    language: str, said: list[Utterance], infos: dict[str, LineInfo], cache: LineCache, job: FakeJob
) -> Iterator[Piece]:
    """The lines as a drama has them, half in a storm and half in a crowd, cut out of its mix by the project's times."""
    names = [f"l{number}" for number in range(len(said))]
    halves = [names[: len(names) // 2], names[len(names) // 2 :]]
    clips = [
        Clip(id=f"a{number}", lane="ambience", sound=sound, start=Anchor(line=half[0]),
             end=Anchor(line=half[-1], edge="end"))
        for number, (half, sound) in enumerate(zip(halves, ("made:storm", "made:crowd"), strict=True))
    ]  # fmt: skip
    lines = [
        Line(id=name, start=0, end=0, text=each.text, speaker=each.voice.partition(":")[2], break_after="turn")
        for name, each in zip(names, said, strict=True)
    ]
    cast = [Character(id=speaker, name=speaker) for speaker in sorted({line.speaker for line in lines})]
    project = Project.model_validate(
        {"language": language, "lines": lines, "characters": [Character(id=NARRATOR, name=""), *cast], "clips": clips}
    )
    lengths = {f"l{key}": LineLength(info.seconds, info.words) for key, info in infos.items()}
    with ClipSounds(job, RATE_HZ, seed=1) as sounds:
        project = lay_out(project, lengths)
        mixture = mixed(project, lambda line: kept(infos[line.id[1:]], cache), sounds.sound)
        blocks = [np.stack([block.mix, block.stems["dialogue"]]).mean(axis=1) for block in mixture]
    whole = np.concatenate(blocks, axis=1)
    print(language, mixture.report.to_json())
    for line in project.lines:
        assert line.start_s is not None and line.end_s is not None
        first, last = (round(edge * RATE_HZ) for edge in (line.start_s, line.end_s))
        yield Piece(line.text, whole[:1, first:last], RATE_HZ, line.words, whole[1:, first:last])


def _late_after_pauses(piece: Piece) -> Iterator[float]:
    """How much later than the voice sets in after a pause the word is said to begin that does so, seconds: without a
    recogniser, whose times are some hundredths early themselves."""
    hop = piece.rate_hz // 200
    level = np.square(piece.voice[0, : piece.voice.shape[1] // hop * hop].reshape(-1, hop)).mean(axis=1)
    loud = np.flatnonzero(level > level.max() * 10**-3.4)
    for before, after in itertools.pairwise(loud):
        if (after - before) * hop > PAUSE_S * piece.rate_hz:
            begins_s = after * hop / piece.rate_hz
            late_s = min((word.start_s - begins_s for word in piece.words), key=abs)
            if abs(late_s) < NEAR_S:
                yield late_s


def kept(info: LineInfo, cache: LineCache) -> Speech:
    speech = cache.get(info.key)
    assert speech is not None
    return speech


def _heard(pieces: Iterable[Piece], language: str) -> tuple[float, list[float]]:
    """The share that was heard wrong, and how much later than it was heard each word is said to begin, seconds."""
    errors = total = 0
    late: list[float] = []
    for piece in pieces:
        text, words = heard(piece.audio, piece.rate_hz, language)
        wanted = units(piece.text, language)
        wrong = distance(wanted, units(text, language))
        print(language, wrong, len(wanted), piece.text, "|", text)
        errors, total = errors + wrong, total + len(wanted)
        late += _late(piece, words, language)
    return errors / total, late


def _late(piece: Piece, heard_words: list[tuple[str, float, float]], language: str) -> list[float]:
    """How far the starts of the words are from those that were heard, of words that both have. A recogniser lets the
    first one begin with the sound."""
    mine = [tuple(units(piece.text[word.at : word.at + word.length], language)) for word in piece.words]
    theirs = [tuple(units(word, language)) for word, _, _ in heard_words]
    blocks = SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks()
    pairs = [(block.a + step, block.b + step) for block in blocks for step in range(block.size)]
    return [piece.words[left].start_s - heard_words[right][1] for left, right in pairs if left and mine[left]]
