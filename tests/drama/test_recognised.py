"""A recogniser understands what the real voices say, and hears the words when they are said to be heard."""

import statistics
import tomllib
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest

from engine.drama.voices.line_cache import LineCache, LineInfo
from engine.drama.voices.speak import speak_all
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
LATE_S = 0.08


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
    lines = LINES[language] if full else LINES[language][:: len(LINES[language]) // FEW]
    cache, infos, said = spoken(language, lines, tmp_path, speech_weights)
    errors = total = 0
    late: list[float] = []
    for number, utterance in enumerate(said):
        speech = cache.get(infos[str(number)].key)
        assert speech is not None
        text, words = heard(speech.audio, speech.rate_hz, language)
        wanted = units(utterance.text, language)
        wrong = distance(wanted, units(text, language))
        print(language, utterance.voice, wrong, len(wanted), utterance.text, "|", text)
        errors, total = errors + wrong, total + len(wanted)
        if language == "en":
            late += _late(utterance.text, speech.words, words)
    share = errors / total
    print(
        f"{language}: {share:.3f} of {total} wrong" + (f", words {statistics.median(late):.3f} s off" if late else "")
    )
    assert share <= MOST[language]
    if late:
        assert statistics.median(late) <= LATE_S


def _late(text: str, words: list[Any], heard_words: list[tuple[str, float, float]]) -> list[float]:
    """How far the starts of the words are from those that were heard, of words that both have. A recogniser lets the
    first one begin with the sound."""
    mine = [units(text[word.at : word.at + word.length], "en") for word in words]
    theirs = [units(word, "en") for word, _, _ in heard_words]
    blocks = SequenceMatcher(
        None, list(map(tuple, mine)), list(map(tuple, theirs)), autojunk=False
    ).get_matching_blocks()
    pairs = [(block.a + step, block.b + step) for block in blocks for step in range(block.size)]
    return [abs(words[left].start_s - heard_words[right][1]) for left, right in pairs if left]
